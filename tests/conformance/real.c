/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The real kernel: libc's functions. Those whose declarations have types of libc's own (sockaddr
 * arguments, restrict) go through functions with the table's.
 */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "kernel.h"

static int real_bind(int fd, const struct sockaddr *address, socklen_t len)
{
        return bind(fd, address, len);
}

static int real_accept4(int fd, struct sockaddr *address, socklen_t *len, int flags)
{
        return accept4(fd, address, len, flags);
}

static int real_connect(int fd, const struct sockaddr *address, socklen_t len)
{
        return connect(fd, address, len);
}

static int real_getsockname(int fd, struct sockaddr *address, socklen_t *len)
{
        return getsockname(fd, address, len);
}

static int real_getpeername(int fd, struct sockaddr *address, socklen_t *len)
{
        return getpeername(fd, address, len);
}

static ssize_t real_sendto(int fd, const void *buf, size_t len, int flags,
                           const struct sockaddr *to, socklen_t to_len)
{
        return sendto(fd, buf, len, flags, to, to_len);
}

static ssize_t real_recvfrom(int fd, void *buf, size_t len, int flags, struct sockaddr *from,
                             socklen_t *from_len)
{
        return recvfrom(fd, buf, len, flags, from, from_len);
}

static int real_eventfd(unsigned initial, int flags)
{
        return eventfd(initial, flags);
}

static int real_timerfd_create(int clock, int flags)
{
        return timerfd_create((clockid_t)clock, flags);
}

static int real_clock_gettime(clockid_t clock, struct timespec *now)
{
        return clock_gettime(clock, now);
}

/* ---- The other thread -----------------------------------------------------------------------
 */

static pthread_t first;
static pid_t first_id;
static pthread_t other;
static void (*other_run)(void *arg);
static void *other_arg;

/* Signals are for the first. */
static void *run_other(void *arg)
{
        sigset_t all;

        (void)arg;
        sigfillset(&all);
        (void)pthread_sigmask(SIG_SETMASK, &all, NULL);
        other_run(other_arg);
        return NULL;
}

static void real_start(void (*run)(void *arg), void *arg)
{
        first = pthread_self();
        first_id = gettid();
        other_run = run;
        other_arg = arg;
        if (pthread_create(&other, NULL, run_other, NULL) != 0)
                abort();
}

static void real_join(void)
{
        (void)pthread_join(other, NULL);
}

/* Whether the first thread sleeps in a call, by proc(5): 'S' behind the name in parentheses. */
static bool is_asleep(void)
{
        char path[64];
        char text[256] = "";
        const char *behind;
        int fd;

        (void)snprintf(path, sizeof path, "/proc/self/task/%d/stat", (int)first_id);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0 || read(fd, text, sizeof text - 1) < 0)
                abort();
        (void)close(fd);
        behind = strrchr(text, ')');
        return behind != NULL && behind[1] == ' ' && behind[2] == 'S';
}

/* A flood of signals would leave it no time to come to its call: one, when it is there. */
static void real_interrupt(int signal_number)
{
        while (!is_asleep())
                (void)sched_yield();
        (void)pthread_kill(first, signal_number);
}

/* The loopback delivers within the call that sends. */
static void real_settle(void)
{
}

const struct kernel real_kernel = {
        .name = "the real kernel",
        .is_real = true,
        .read = read,
        .write = write,
        .readv = readv,
        .writev = writev,
        .close = close,
        .dup = dup,
        .dup2 = dup2,
        .dup3 = dup3,
        .fcntl = fcntl,
        .ioctl = ioctl,
        .pipe2 = pipe2,
        .eventfd = real_eventfd,
        .timerfd_create = real_timerfd_create,
        .timerfd_settime = timerfd_settime,
        .timerfd_gettime = timerfd_gettime,
        .signalfd = signalfd,
        .open = open,
        .lseek = lseek,
        .pread = pread,
        .pwrite = pwrite,
        .ftruncate = ftruncate,
        .unlink = unlink,
        .socket = socket,
        .socketpair = socketpair,
        .bind = real_bind,
        .listen = listen,
        .accept4 = real_accept4,
        .connect = real_connect,
        .shutdown = shutdown,
        .getsockopt = getsockopt,
        .setsockopt = setsockopt,
        .getsockname = real_getsockname,
        .getpeername = real_getpeername,
        .send = send,
        .recv = recv,
        .sendto = real_sendto,
        .recvfrom = real_recvfrom,
        .sendmsg = sendmsg,
        .recvmsg = recvmsg,
        .poll = poll,
        .ppoll = ppoll,
        .select = select,
        .pselect = pselect,
        .epoll_create1 = epoll_create1,
        .epoll_ctl = epoll_ctl,
        .epoll_wait = epoll_wait,
        .epoll_pwait = epoll_pwait,
        .clock_gettime = real_clock_gettime,
        .raise = raise,
        .sigaction = sigaction,
        .sigprocmask = sigprocmask,
        .sigpending = sigpending,
        .start = real_start,
        .join = real_join,
        .interrupt = real_interrupt,
        .settle = real_settle,
};
