/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The simulated kernel of the host that the caller is in.
 */
#include <evident/sim.h>
#include <evident/sim_calls.h>

#include "kernel.h"

enum { SETTLE_NS = 1000000 };

static struct evsim_task *other;
static void (*other_run)(void *arg);

/* Signals are for the first. */
static void run_other(void *arg)
{
        sigset_t all;

        sigfillset(&all);
        (void)evsim_pthread_sigmask(SIG_SETMASK, &all, NULL);
        other_run(arg);
}

static void sim_start(void (*run)(void *arg), void *arg)
{
        other_run = run;
        other = evsim_task_new(evsim_task_host(evsim_task_self()), "other", run_other, arg);
}

static void sim_join(void)
{
        evsim_task_join(other);
}

static void sim_interrupt(int signal_number)
{
        (void)evsim_kill(evsim_getpid(), signal_number);
}

static void sim_settle(void)
{
        evsim_sleep_ns(SETTLE_NS);
}

const struct kernel simulated_kernel = {
        .name = "the simulated kernel",
        .read = evsim_read,
        .write = evsim_write,
        .readv = evsim_readv,
        .writev = evsim_writev,
        .close = evsim_close,
        .dup = evsim_dup,
        .dup2 = evsim_dup2,
        .dup3 = evsim_dup3,
        .fcntl = evsim_fcntl,
        .ioctl = evsim_ioctl,
        .pipe2 = evsim_pipe2,
        .eventfd = evsim_eventfd,
        .timerfd_create = evsim_timerfd_create,
        .timerfd_settime = evsim_timerfd_settime,
        .timerfd_gettime = evsim_timerfd_gettime,
        .signalfd = evsim_signalfd,
        .open = evsim_open,
        .lseek = evsim_lseek,
        .pread = evsim_pread,
        .pwrite = evsim_pwrite,
        .ftruncate = evsim_ftruncate,
        .unlink = evsim_unlink,
        .socket = evsim_socket,
        .socketpair = evsim_socketpair,
        .bind = evsim_bind,
        .listen = evsim_listen,
        .accept4 = evsim_accept4,
        .connect = evsim_connect,
        .shutdown = evsim_shutdown,
        .getsockopt = evsim_getsockopt,
        .setsockopt = evsim_setsockopt,
        .getsockname = evsim_getsockname,
        .getpeername = evsim_getpeername,
        .send = evsim_send,
        .recv = evsim_recv,
        .sendto = evsim_sendto,
        .recvfrom = evsim_recvfrom,
        .sendmsg = evsim_sendmsg,
        .recvmsg = evsim_recvmsg,
        .poll = evsim_poll,
        .ppoll = evsim_ppoll,
        .select = evsim_select,
        .pselect = evsim_pselect,
        .epoll_create1 = evsim_epoll_create1,
        .epoll_ctl = evsim_epoll_ctl,
        .epoll_wait = evsim_epoll_wait,
        .epoll_pwait = evsim_epoll_pwait,
        .clock_gettime = evsim_clock_gettime,
        .raise = evsim_raise,
        .sigaction = evsim_sigaction,
        .sigprocmask = evsim_sigprocmask,
        .sigpending = evsim_sigpending,
        .start = sim_start,
        .join = sim_join,
        .interrupt = sim_interrupt,
        .settle = sim_settle,
};
