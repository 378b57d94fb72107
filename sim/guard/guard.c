/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A library to be preloaded (LD_PRELOAD=libevident_guard.so) where worlds are in guard mode: it stands
 * before the C library's calls that take a descriptor, and where one is given a simulated number it
 * names the call and ends the process, while the program is still there where it went wrong. Without
 * it such a call fails with EBADF.
 *
 * Not guarded: calls by syscall(2), calls within the C library itself, select(2), whose sets have no
 * such numbers, and what takes descriptors inside of structures but poll(2).
 */
#include <dlfcn.h>
#include <poll.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "world/guard.h"

#define WRAPPER __attribute__((visibility("default")))

static void check(int fd, const char *call)
{
        if (fd < evsim_guard_first())
                return;
        fprintf(stderr, "evsim: the simulated descriptor %d was given to the real %s()\n", fd,
                call);
        abort();
}

/* The C library's function: the next one of that name. POSIX lets a function be had through void *. */
static void *next(const char *call)
{
        void *found = dlsym(RTLD_NEXT, call);

        if (found == NULL) {
                fprintf(stderr, "evsim: the guard finds no %s() behind it\n", call);
                abort();
        }
        return found;
}

/* GUARD(result, call, parameters, arguments): the descriptor is fd. Its own declaration is here as
 * well, because not every function is declared by the headers under each setting. */
#define GUARD(type, call, parameters, arguments)         \
        type call parameters;                            \
        WRAPPER type call parameters                     \
        {                                                \
                type(*behind) parameters;                \
                                                         \
                check(fd, #call);                        \
                *(void **)(void *)&behind = next(#call); \
                return behind arguments;                 \
        }

/* clang-format off */
GUARD(ssize_t, read, (int fd, void *buf, size_t len), (fd, buf, len))
GUARD(ssize_t, write, (int fd, const void *buf, size_t len), (fd, buf, len))
GUARD(ssize_t, readv, (int fd, const struct iovec *iov, int count), (fd, iov, count))
GUARD(ssize_t, writev, (int fd, const struct iovec *iov, int count), (fd, iov, count))
GUARD(ssize_t, pread, (int fd, void *buf, size_t len, off_t at), (fd, buf, len, at))
GUARD(ssize_t, pwrite, (int fd, const void *buf, size_t len, off_t at), (fd, buf, len, at))
GUARD(off_t, lseek, (int fd, off_t at, int whence), (fd, at, whence))
GUARD(int, ftruncate, (int fd, off_t length), (fd, length))
GUARD(int, fstat, (int fd, struct stat *status), (fd, status))
GUARD(int, fsync, (int fd), (fd))
GUARD(int, close, (int fd), (fd))
GUARD(int, dup, (int fd), (fd))
GUARD(int, dup2, (int fd, int to), (fd, to))
GUARD(int, dup3, (int fd, int to, int flags), (fd, to, flags))
GUARD(int, bind, (int fd, const struct sockaddr *address, socklen_t len), (fd, address, len))
GUARD(int, listen, (int fd, int backlog), (fd, backlog))
GUARD(int, accept, (int fd, struct sockaddr *address, socklen_t *len), (fd, address, len))
GUARD(int, accept4, (int fd, struct sockaddr *address, socklen_t *len, int flags),
      (fd, address, len, flags))
GUARD(int, connect, (int fd, const struct sockaddr *address, socklen_t len), (fd, address, len))
GUARD(int, shutdown, (int fd, int how), (fd, how))
GUARD(int, getsockopt, (int fd, int level, int name, void *value, socklen_t *len),
      (fd, level, name, value, len))
GUARD(int, setsockopt, (int fd, int level, int name, const void *value, socklen_t len),
      (fd, level, name, value, len))
GUARD(int, getsockname, (int fd, struct sockaddr *address, socklen_t *len), (fd, address, len))
GUARD(int, getpeername, (int fd, struct sockaddr *address, socklen_t *len), (fd, address, len))
GUARD(ssize_t, send, (int fd, const void *buf, size_t len, int flags), (fd, buf, len, flags))
GUARD(ssize_t, recv, (int fd, void *buf, size_t len, int flags), (fd, buf, len, flags))
GUARD(ssize_t, sendto, (int fd, const void *buf, size_t len, int flags, const struct sockaddr *to,
                        socklen_t to_len), (fd, buf, len, flags, to, to_len))
GUARD(ssize_t, recvfrom, (int fd, void *buf, size_t len, int flags, struct sockaddr *from,
                          socklen_t *from_len), (fd, buf, len, flags, from, from_len))
GUARD(ssize_t, sendmsg, (int fd, const struct msghdr *message, int flags), (fd, message, flags))
GUARD(ssize_t, recvmsg, (int fd, struct msghdr *message, int flags), (fd, message, flags))
GUARD(int, epoll_wait, (int fd, struct epoll_event *events, int max, int timeout),
      (fd, events, max, timeout))
/* clang-format on */

/* ---- Those that are not of that shape ------------------------------------------------------------
 */

WRAPPER int epoll_ctl(int epfd, int op, int fd, struct epoll_event *event)
{
        int (*behind)(int, int, int, struct epoll_event *);

        check(epfd, "epoll_ctl");
        check(fd, "epoll_ctl");
        *(void **)(void *)&behind = next("epoll_ctl");
        return behind(epfd, op, fd, event);
}

WRAPPER int poll(struct pollfd *fds, nfds_t count, int timeout)
{
        int (*behind)(struct pollfd *, nfds_t, int);

        for (nfds_t i = 0; i < count; i++)
                check(fds[i].fd, "poll");
        *(void **)(void *)&behind = next("poll");
        return behind(fds, count, timeout);
}

/* Whatever follows is at most one word, a number or a pointer. */
#define GUARD_OPEN_ENDED(call, number_type)               \
        int call(int fd, number_type number, ...);        \
        WRAPPER int call(int fd, number_type number, ...) \
        {                                                 \
                int (*behind)(int, number_type, ...);     \
                va_list args;                             \
                void *argument;                           \
                                                          \
                check(fd, #call);                         \
                va_start(args, number);                   \
                argument = va_arg(args, void *);          \
                va_end(args);                             \
                *(void **)(void *)&behind = next(#call);  \
                return behind(fd, number, argument);      \
        }

GUARD_OPEN_ENDED(fcntl, int)
GUARD_OPEN_ENDED(fcntl64, int)
GUARD_OPEN_ENDED(ioctl, unsigned long)
