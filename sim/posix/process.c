/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The process: its number, environment, random bytes, signals and forks.
 */
#include <stdlib.h>
#include <string.h>

#include "kernel/calls.h"
#include "kernel/process.h"
#include "posix/posix.h"

pid_t evsim_getpid(void)
{
        return evsim_sys_getpid(evsim_caller("getpid"));
}

void evsim_exit(int status)
{
        if (evsim_running == NULL)
                exit(status);
        evsim_process_end(evsim_running->host, status);
}

char *evsim_getenv(const char *name)
{
        const char *value = evsim_host_getenv(evsim_caller("getenv"), name);
        char *result; /* getenv(3) gives what is not to be written to without const */

        memcpy(&result, &value, sizeof result);
        return result;
}

ssize_t evsim_getrandom(void *buf, size_t len, unsigned flags)
{
        const int r = evsim_sys_random(evsim_caller("getrandom"), buf, len);

        (void)flags; /* the stream never lacks anything, whichever is asked */
        return evsim_result(r < 0 ? r : (ssize_t)len);
}

int evsim_sched_yield(void)
{
        evsim_sys_yield(evsim_caller("sched_yield"));
        return 0;
}

/* ---- Signals -----------------------------------------------------------------------------------
 */

/* There is no other process. */
int evsim_kill(pid_t pid, int signal_number)
{
        struct evsim_host *host = evsim_caller("kill");

        if (host->has_parent && pid == host->other_pid)
                evsim_unmodelled(host, "kill", "the other process of a fork");
        if (pid != 0 && pid != host->pid)
                return evsim_int_result(-ESRCH);
        return evsim_int_result(evsim_sys_kill(host, signal_number));
}

int evsim_raise(int signal_number)
{
        return evsim_int_result(
                evsim_sys_kill_task(evsim_caller("raise"), evsim_running, signal_number));
}

int evsim_sigaction(int signal_number, const struct sigaction *action, struct sigaction *before)
{
        return evsim_int_result(
                evsim_sys_sigaction(evsim_caller("sigaction"), signal_number, action, before));
}

/* As glibc has it: the handler stays, and calls go on (signal(2), 'Portability'). */
evsim_handler evsim_signal(int signal_number, evsim_handler handler)
{
        struct evsim_host *host = evsim_caller("signal");
        struct sigaction next = {.sa_flags = SA_RESTART};
        struct sigaction before;
        int r;

        next.sa_handler = handler;
        (void)sigemptyset(&next.sa_mask);
        r = handler == SIG_ERR ? -EINVAL : evsim_sys_sigaction(host, signal_number, &next, &before);
        if (r < 0) {
                errno = -r;
                return SIG_ERR;
        }
        return before.sa_handler;
}

/* 0 or -errno. */
static int change_mask(struct evsim_host *host, int how, const sigset_t *set, sigset_t *before)
{
        uint64_t bits;
        uint64_t was;
        int r;

        if (set != NULL)
                bits = evsim_sigset_bits(set);
        r = evsim_sys_sigprocmask(host, how, set != NULL ? &bits : NULL, &was);
        if (r == 0 && before != NULL)
                evsim_sigset_fill(before, was);
        return r;
}

int evsim_sigprocmask(int how, const sigset_t *set, sigset_t *before)
{
        return evsim_int_result(change_mask(evsim_caller("sigprocmask"), how, set, before));
}

/* Gives the error itself, and leaves errno alone (pthread_sigmask(3)). */
int evsim_pthread_sigmask(int how, const sigset_t *set, sigset_t *before)
{
        return -change_mask(evsim_caller("pthread_sigmask"), how, set, before);
}

int evsim_sigpending(sigset_t *set)
{
        struct evsim_host *host = evsim_caller("sigpending");
        const struct evsim_task *task = evsim_running;

        evsim_sigset_fill(set,
                          (host->signals.pending | task->signals_pending) & task->signals_blocked);
        return 0;
}

/* ---- Forks -------------------------------------------------------------------------------------
 */

pid_t evsim_fork(void)
{
        return evsim_int_result(evsim_sys_fork(evsim_caller("fork")));
}

void evsim_as_parent(bool is_parent)
{
        evsim_process_switch(evsim_caller("evsim_as_parent"), is_parent);
}

void evsim_parent_exit(void)
{
        evsim_process_end_parent(evsim_caller("evsim_parent_exit"));
}
