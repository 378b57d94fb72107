/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A kernel as a table of calls, with POSIX's and Linux's signatures: the real one, and the simulated
 * one. What is said to both in the same words can be compared.
 */
#ifndef EVIDENT_CONFORMANCE_KERNEL_H
#define EVIDENT_CONFORMANCE_KERNEL_H

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>

struct kernel {
        const char *name; /* as reports call it */
        bool is_real;

        ssize_t (*read)(int fd, void *buf, size_t len);
        ssize_t (*write)(int fd, const void *buf, size_t len);
        ssize_t (*readv)(int fd, const struct iovec *iov, int count);
        ssize_t (*writev)(int fd, const struct iovec *iov, int count);
        int (*close)(int fd);
        int (*dup)(int fd);
        int (*dup2)(int fd, int to);
        int (*dup3)(int fd, int to, int flags);
        int (*fcntl)(int fd, int command, ...);
        int (*ioctl)(int fd, unsigned long request, ...);
        int (*pipe2)(int fds[2], int flags);
        int (*eventfd)(unsigned initial, int flags);
        int (*timerfd_create)(int clock, int flags);
        int (*timerfd_settime)(int fd, int flags, const struct itimerspec *next,
                               struct itimerspec *before);
        int (*timerfd_gettime)(int fd, struct itimerspec *now);
        int (*signalfd)(int fd, const sigset_t *mask, int flags);

        int (*open)(const char *path, int flags, ...);
        off_t (*lseek)(int fd, off_t offset, int whence);
        ssize_t (*pread)(int fd, void *buf, size_t len, off_t offset);
        ssize_t (*pwrite)(int fd, const void *buf, size_t len, off_t offset);
        int (*ftruncate)(int fd, off_t length);
        int (*unlink)(const char *path);

        int (*socket)(int domain, int type, int protocol);
        int (*socketpair)(int domain, int type, int protocol, int fds[2]);
        int (*bind)(int fd, const struct sockaddr *address, socklen_t len);
        int (*listen)(int fd, int backlog);
        int (*accept4)(int fd, struct sockaddr *address, socklen_t *len, int flags);
        int (*connect)(int fd, const struct sockaddr *address, socklen_t len);
        int (*shutdown)(int fd, int how);
        int (*getsockopt)(int fd, int level, int name, void *value, socklen_t *len);
        int (*setsockopt)(int fd, int level, int name, const void *value, socklen_t len);
        int (*getsockname)(int fd, struct sockaddr *address, socklen_t *len);
        int (*getpeername)(int fd, struct sockaddr *address, socklen_t *len);
        ssize_t (*send)(int fd, const void *buf, size_t len, int flags);
        ssize_t (*recv)(int fd, void *buf, size_t len, int flags);
        ssize_t (*sendto)(int fd, const void *buf, size_t len, int flags, const struct sockaddr *to,
                          socklen_t to_len);
        ssize_t (*recvfrom)(int fd, void *buf, size_t len, int flags, struct sockaddr *from,
                            socklen_t *from_len);
        ssize_t (*sendmsg)(int fd, const struct msghdr *message, int flags);
        ssize_t (*recvmsg)(int fd, struct msghdr *message, int flags);

        int (*poll)(struct pollfd *fds, nfds_t count, int timeout_ms);
        int (*ppoll)(struct pollfd *fds, nfds_t count, const struct timespec *timeout,
                     const sigset_t *mask);
        int (*select)(int nfds, fd_set *readable, fd_set *writable, fd_set *except,
                      struct timeval *timeout);
        int (*pselect)(int nfds, fd_set *readable, fd_set *writable, fd_set *except,
                       const struct timespec *timeout, const sigset_t *mask);
        int (*epoll_create1)(int flags);
        int (*epoll_ctl)(int epfd, int op, int fd, struct epoll_event *event);
        int (*epoll_wait)(int epfd, struct epoll_event *events, int max, int timeout_ms);
        int (*epoll_pwait)(int epfd, struct epoll_event *events, int max, int timeout_ms,
                           const sigset_t *mask);

        int (*clock_gettime)(clockid_t clock, struct timespec *now);
        int (*raise)(int signal_number);
        int (*sigaction)(int signal_number, const struct sigaction *action,
                         struct sigaction *before);
        int (*sigprocmask)(int how, const sigset_t *set, sigset_t *before);
        int (*sigpending)(sigset_t *set);

        /* Another thread of the process, which runs until it returns; one at a time. */
        void (*start)(void (*run)(void *arg), void *arg);
        void (*join)(void);
        /* From the other thread: a signal to the one that started it, once that sleeps in a call. */
        void (*interrupt)(int signal_number);
        /* What is under way on the loopback arrives. */
        void (*settle)(void);
};

extern const struct kernel real_kernel;
extern const struct kernel simulated_kernel;

#endif
