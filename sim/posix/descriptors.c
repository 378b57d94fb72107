/* SPDX-License-Identifier: BSD-3-Clause */
#include <fcntl.h>
#include <stdarg.h>

#include "kernel/calls.h"
#include "posix/posix.h"

ssize_t evsim_read(int fd, void *buf, size_t len)
{
        return evsim_result(evsim_sys_read(evsim_caller("read"), fd, buf, len));
}

ssize_t evsim_write(int fd, const void *buf, size_t len)
{
        return evsim_result(evsim_sys_write(evsim_caller("write"), fd, buf, len));
}

ssize_t evsim_readv(int fd, const struct iovec *iov, int count)
{
        return evsim_result(evsim_sys_readv(evsim_caller("readv"), fd, iov, count));
}

ssize_t evsim_writev(int fd, const struct iovec *iov, int count)
{
        return evsim_result(evsim_sys_writev(evsim_caller("writev"), fd, iov, count));
}

int evsim_close(int fd)
{
        return evsim_int_result(evsim_sys_close(evsim_caller("close"), fd));
}

int evsim_dup(int fd)
{
        return evsim_int_result(evsim_sys_dup(evsim_caller("dup"), fd));
}

int evsim_dup2(int fd, int to)
{
        return evsim_int_result(evsim_sys_dup3(evsim_caller("dup2"), fd, to, -1));
}

int evsim_dup3(int fd, int to, int flags)
{
        struct evsim_host *host = evsim_caller("dup3");

        if (flags < 0)
                return evsim_int_result(-EINVAL);
        return evsim_int_result(evsim_sys_dup3(host, fd, to, flags));
}

/* All commands that are modelled take an int, or nothing. */
int evsim_fcntl(int fd, int command, ...)
{
        struct evsim_host *host = evsim_caller("fcntl");
        int argument = 0;
        va_list args;

        va_start(args, command);
        if (command != F_GETFD && command != F_GETFL)
                argument = va_arg(args, int);
        va_end(args);
        return evsim_int_result(evsim_sys_fcntl(host, fd, command, argument));
}

/* All requests that are modelled take an int *. */
int evsim_ioctl(int fd, unsigned long request, ...)
{
        struct evsim_host *host = evsim_caller("ioctl");
        int *value;
        va_list args;

        va_start(args, request);
        value = va_arg(args, int *);
        va_end(args);
        return evsim_int_result(evsim_sys_ioctl(host, fd, request, value));
}

int evsim_pipe(int fds[2])
{
        return evsim_int_result(evsim_sys_pipe(evsim_caller("pipe"), fds, 0));
}

int evsim_pipe2(int fds[2], int flags)
{
        return evsim_int_result(evsim_sys_pipe(evsim_caller("pipe2"), fds, flags));
}

int evsim_eventfd(unsigned initial, int flags)
{
        return evsim_int_result(evsim_sys_eventfd(evsim_caller("eventfd"), initial, flags));
}

int evsim_timerfd_create(int clock, int flags)
{
        return evsim_int_result(
                evsim_sys_timerfd_create(evsim_caller("timerfd_create"), clock, flags));
}

int evsim_timerfd_settime(int fd, int flags, const struct itimerspec *next,
                          struct itimerspec *before)
{
        return evsim_int_result(evsim_sys_timerfd_settime(evsim_caller("timerfd_settime"), fd,
                                                          flags, next, before));
}

int evsim_timerfd_gettime(int fd, struct itimerspec *now)
{
        return evsim_int_result(
                evsim_sys_timerfd_gettime(evsim_caller("timerfd_gettime"), fd, now));
}

int evsim_signalfd(int fd, const sigset_t *mask, int flags)
{
        return evsim_int_result(
                evsim_sys_signalfd(evsim_caller("signalfd"), fd, evsim_sigset_bits(mask), flags));
}
