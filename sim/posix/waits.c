/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Demultiplexers. The signal mask of ppoll and kin is in force while the call sleeps, and no longer
 * (kernel/wait.h).
 */
#include "kernel/calls.h"
#include "kernel/wait.h"
#include "os/time.h"
#include "posix/posix.h"

static int64_t ns_of_ms(int timeout_ms)
{
        return timeout_ms < 0 ? -1 : (int64_t)timeout_ms * OS_NS_PER_MS;
}

/* From here to the end the running task waits with this mask; NULL: with its own. */
static void begin_mask(const sigset_t *mask, uint64_t *bits)
{
        if (mask == NULL)
                return;
        *bits = evsim_sigset_bits(mask);
        evsim_running->wait_mask = bits;
}

/* Signals that came meanwhile, and that the own mask lets through, are taken before the return. */
static int end_mask(struct evsim_host *host, int result)
{
        struct evsim_task *task = evsim_running;

        task->wait_mask = NULL;
        if (evsim_signals_are_due(&host->signals, task->signals_pending, task->signals_blocked))
                evsim_call_deliver(host);
        return result;
}

/* ---- poll --------------------------------------------------------------------------------------
 */

int evsim_poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
        return evsim_int_result(
                evsim_sys_poll(evsim_caller("poll"), fds, count, ns_of_ms(timeout_ms)));
}

int evsim_ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout,
                const sigset_t *mask)
{
        struct evsim_host *host = evsim_caller("ppoll");
        const int64_t timeout_ns = evsim_span_ns(timeout);
        uint64_t bits;

        if (timeout_ns == -EINVAL)
                return evsim_int_result(-EINVAL);
        begin_mask(mask, &bits);
        return evsim_int_result(end_mask(host, evsim_sys_poll(host, fds, count, timeout_ns)));
}

/* ---- select ------------------------------------------------------------------------------------
 */

/* An fd_set is an array of long, with a bit a descriptor (os.h). */
static unsigned long *words(fd_set *set)
{
        return (unsigned long *)(void *)set;
}

/* What is left of the timeout, as Linux writes it back (select(2)). */
static void set_left(const struct evsim_host *host, struct timeval *timeout, int64_t end_ns)
{
        const int64_t left_ns = end_ns - evsim_host_monotonic_ns(host);

        timeout->tv_sec = left_ns <= 0 ? 0 : (time_t)(left_ns / OS_NS_PER_S);
        timeout->tv_usec = left_ns <= 0 ? 0 : (suseconds_t)(left_ns % OS_NS_PER_S / 1000);
}

int evsim_select(int nfds, fd_set *readable, fd_set *writable, fd_set *except,
                 struct timeval *timeout)
{
        struct evsim_host *host = evsim_caller("select");
        const int64_t start_ns = evsim_host_monotonic_ns(host);
        int64_t timeout_ns = -1;
        int r;

        if (timeout != NULL && (timeout->tv_sec < 0 || timeout->tv_usec < 0))
                return evsim_int_result(-EINVAL);
        if (timeout != NULL)
                timeout_ns = os_ns_from_timespec(
                        &(struct timespec){.tv_sec = timeout->tv_sec + timeout->tv_usec / 1000000,
                                           .tv_nsec = timeout->tv_usec % 1000000 * 1000});
        r = evsim_sys_select(host, nfds, words(readable), words(writable), words(except),
                             timeout_ns);
        if (timeout != NULL && timeout_ns < INT64_MAX - start_ns)
                set_left(host, timeout, start_ns + timeout_ns);
        return evsim_int_result(r);
}

int evsim_pselect(int nfds, fd_set *readable, fd_set *writable, fd_set *except,
                  const struct timespec *timeout, const sigset_t *mask)
{
        struct evsim_host *host = evsim_caller("pselect");
        const int64_t timeout_ns = evsim_span_ns(timeout);
        uint64_t bits;

        if (timeout_ns == -EINVAL)
                return evsim_int_result(-EINVAL);
        begin_mask(mask, &bits);
        return evsim_int_result(
                end_mask(host, evsim_sys_select(host, nfds, words(readable), words(writable),
                                                words(except), timeout_ns)));
}

/* ---- epoll -------------------------------------------------------------------------------------
 */

int evsim_epoll_create(int size)
{
        struct evsim_host *host = evsim_caller("epoll_create");

        return evsim_int_result(size <= 0 ? -EINVAL : evsim_sys_epoll_create(host, 0));
}

int evsim_epoll_create1(int flags)
{
        return evsim_int_result(evsim_sys_epoll_create(evsim_caller("epoll_create1"), flags));
}

int evsim_epoll_ctl(int epfd, int op, int fd, struct epoll_event *event)
{
        return evsim_int_result(
                evsim_sys_epoll_ctl(evsim_caller("epoll_ctl"), epfd, op, fd, event));
}

int evsim_epoll_wait(int epfd, struct epoll_event *events, int max, int timeout_ms)
{
        return evsim_int_result(evsim_sys_epoll_wait(evsim_caller("epoll_wait"), epfd, events, max,
                                                     ns_of_ms(timeout_ms)));
}

int evsim_epoll_pwait(int epfd, struct epoll_event *events, int max, int timeout_ms,
                      const sigset_t *mask)
{
        struct evsim_host *host = evsim_caller("epoll_pwait");
        uint64_t bits;

        begin_mask(mask, &bits);
        return evsim_int_result(end_mask(
                host, evsim_sys_epoll_wait(host, epfd, events, max, ns_of_ms(timeout_ms))));
}

int evsim_epoll_pwait2(int epfd, struct epoll_event *events, int max,
                       const struct timespec *timeout, const sigset_t *mask)
{
        struct evsim_host *host = evsim_caller("epoll_pwait2");
        const int64_t timeout_ns = evsim_span_ns(timeout);
        uint64_t bits;

        if (timeout_ns == -EINVAL)
                return evsim_int_result(-EINVAL);
        begin_mask(mask, &bits);
        return evsim_int_result(
                end_mask(host, evsim_sys_epoll_wait(host, epfd, events, max, timeout_ns)));
}
