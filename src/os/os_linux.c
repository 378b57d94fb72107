/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The real world of Linux: what every Unix has, with epoll, eventfd, timerfd, ppoll and getrandom.
 *
 * epoll_pwait2 (Linux 5.11) is called by its number, because C libraries that are still in use have
 * no function for it. The kernel then wants its own timespec, of two 64-bit numbers on every
 * architecture: the C library's, which has 32 bits on 32-bit ones, would be read as an endless
 * wait.
 */
#include "os/os_posix.h"

#if defined(EVI_WORLD_LINUX)

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/auxv.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "os/process.h"
#include "os/time.h"

/* Since Linux 5.1 a new call has the same number everywhere, on top of what each architecture
 * begins at; a call that is as old as that tells where. */
#if !defined(SYS_epoll_pwait2) && defined(SYS_pidfd_send_signal)
#define SYS_epoll_pwait2 (SYS_pidfd_send_signal - 424 + 441)
#endif

static int linux_random(struct os *os, void *buf, size_t len)
{
        unsigned char *at = buf;

        (void)os;
        while (len > 0) {
                const ssize_t count = getrandom(at, len, 0);

                if (count < 0 && errno == EINTR)
                        continue;
                if (count < 0)
                        return -errno;
                at += count;
                len -= (size_t)count;
        }
        return 0;
}

static bool linux_is_privileged(struct os *os)
{
        (void)os;
        return getauxval(AT_SECURE) != 0;
}

static int linux_pipe(struct os *os, int fds[2])
{
        (void)os;
        return pipe2(fds, O_NONBLOCK | O_CLOEXEC) == 0 ? 0 : -errno;
}

static int linux_eventfd(struct os *os)
{
        (void)os;
        return evi_posix_result(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
}

static int linux_epoll_create(struct os *os)
{
        (void)os;
        return evi_posix_result(epoll_create1(EPOLL_CLOEXEC));
}

static int linux_epoll_ctl(struct os *os, int epfd, int op, int fd, struct epoll_event *event)
{
        (void)os;
        return evi_posix_result(epoll_ctl(epfd, op, fd, event));
}

static int linux_epoll_wait(struct os *os, int epfd, struct epoll_event *events, int max,
                            int timeout_ms)
{
        (void)os;
        return evi_posix_result(epoll_wait(epfd, events, max, timeout_ms));
}

static int linux_epoll_pwait2(struct os *os, int epfd, struct epoll_event *events, int max,
                              int64_t timeout_ns)
{
#if defined(SYS_epoll_pwait2)
        const struct {
                int64_t tv_sec;
                int64_t tv_nsec;
        } timeout = {timeout_ns / OS_NS_PER_S, timeout_ns % OS_NS_PER_S};

        (void)os;
        return evi_posix_result((int)syscall(SYS_epoll_pwait2, (long)epfd, events, (long)max,
                                             timeout_ns >= 0 ? &timeout : NULL, NULL, (size_t)0));
#else
        (void)os;
        (void)epfd;
        (void)events;
        (void)max;
        (void)timeout_ns;
        return -ENOSYS;
#endif
}

static int linux_timerfd_create(struct os *os)
{
        (void)os;
        return evi_posix_result(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC));
}

static int linux_timerfd_settime(struct os *os, int fd, int64_t timeout_ns)
{
        const struct itimerspec once = {.it_value = os_timespec_from_ns(timeout_ns)};

        (void)os;
        return evi_posix_result(timerfd_settime(fd, 0, &once, NULL));
}

static int linux_poll(struct os *os, struct pollfd *fds, size_t count, int64_t timeout_ns)
{
        struct timespec timeout = {0};

        (void)os;
        if (timeout_ns >= 0)
                timeout = os_timespec_from_ns(timeout_ns);
        return evi_posix_result(ppoll(fds, count, timeout_ns >= 0 ? &timeout : NULL, NULL));
}

static const struct os_ops linux_ops = {
        .name = "linux",
        EVI_POSIX_CALLS,
        .random = linux_random,
        .is_privileged = linux_is_privileged,
        .pipe = linux_pipe,
        .eventfd = linux_eventfd,
        .epoll_create = linux_epoll_create,
        .epoll_ctl = linux_epoll_ctl,
        .epoll_wait = linux_epoll_wait,
        .epoll_pwait2 = linux_epoll_pwait2,
        .timerfd_create = linux_timerfd_create,
        .timerfd_settime = linux_timerfd_settime,
        .poll = linux_poll,
};

static struct os_process real_process;
static struct os real_world = {.ops = &linux_ops, .process = &real_process};

struct os *os_real(void)
{
        return &real_world;
}

#endif
