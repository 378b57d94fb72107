/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Descriptors as every Unix has them. How they are made differs more, and is with each system.
 *
 * select(2)'s sets may be longer than fd_set: kernels take as many bits as nfds says, and the C
 * library passes the pointers on (FreeBSD and Linux; Darwin is asked for it by a macro).
 */
#if defined(__APPLE__)
#define _DARWIN_UNLIMITED_SELECT 1
#endif

#include "os/os_posix.h"

#if defined(__unix__) || defined(__APPLE__)

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <net/if.h>
#include <sys/select.h>
#include <unistd.h>

#include "os/time.h"

ssize_t evi_posix_read(struct os *os, int fd, void *buf, size_t len)
{
        const ssize_t result = read(fd, buf, len);

        (void)os;
        return result >= 0 ? result : -errno;
}

ssize_t evi_posix_write(struct os *os, int fd, const void *buf, size_t len)
{
        const ssize_t result = write(fd, buf, len);

        (void)os;
        return result >= 0 ? result : -errno;
}

/* After EINTR the descriptor is closed on the systems that we run on; a second close(2) could hit
 * one that another thread has just opened. */
int evi_posix_close(struct os *os, int fd)
{
        (void)os;
        return close(fd) == 0 || errno == EINTR ? 0 : -errno;
}

/* The flags of fd, read and set by these commands, include flag from now on. */
static int add_flag(int fd, int get_command, int set_command, int flag)
{
        const int flags = fcntl(fd, get_command);

        if (flags < 0)
                return -errno;
        if ((flags & flag) != 0)
                return 0;
        return fcntl(fd, set_command, flags | flag) == 0 ? 0 : -errno;
}

int evi_posix_set_nonblocking(struct os *os, int fd)
{
        (void)os;
        return add_flag(fd, F_GETFL, F_SETFL, O_NONBLOCK);
}

int evi_posix_is_nonblocking(struct os *os, int fd)
{
        const int flags = fcntl(fd, F_GETFL);

        (void)os;
        return flags < 0 ? -errno : (flags & O_NONBLOCK) != 0;
}

int evi_posix_set_cloexec(struct os *os, int fd)
{
        (void)os;
        return add_flag(fd, F_GETFD, F_SETFD, FD_CLOEXEC);
}

int evi_posix_setsockopt(struct os *os, int fd, int level, int name, const void *value,
                         socklen_t len)
{
        (void)os;
        return setsockopt(fd, level, name, value, len) == 0 ? 0 : -errno;
}

int evi_posix_socketpair(struct os *os, int domain, int type, int protocol, int fds[2])
{
        int made[2]; /* Linux writes here even when it fails */

        (void)os;
        if (socketpair(domain, type, protocol, made) != 0)
                return -errno;
        fds[0] = made[0];
        fds[1] = made[1];
        return 0;
}

/* Systems disagree about the error of an unknown name (ENODEV, ENXIO); want of descriptors or
 * memory is another matter. */
int evi_posix_if_index(struct os *os, const char *name)
{
        const unsigned index = if_nametoindex(name);

        (void)os;
        if (index > 0 && index <= INT_MAX)
                return (int)index;
        return index == 0 && (errno == EMFILE || errno == ENFILE || errno == ENOMEM) ? -errno
                                                                                     : -ENXIO;
}

int evi_posix_select(struct os *os, int nfds, unsigned long *readable, unsigned long *writable,
                     unsigned long *except, int64_t timeout_ns)
{
        struct timespec timeout = {0};
        int count;

        (void)os;
        if (timeout_ns >= 0)
                timeout = os_timespec_from_ns(timeout_ns);
        count = pselect(nfds, (fd_set *)(void *)readable, (fd_set *)(void *)writable,
                        (fd_set *)(void *)except, timeout_ns >= 0 ? &timeout : NULL, NULL);
        return count >= 0 ? count : -errno;
}

#endif
