/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The calls of a simulated kernel: system calls, with the calling host first, their results as the
 * seam has them: >= 0, or -errno. What they mean is said by the manual pages of section 2, and by
 * the head of the file that has the object.
 */
#ifndef EVIDENT_SIM_CALLS_H
#define EVIDENT_SIM_CALLS_H

#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "os/epoll.h"
#include "os/kevent.h"
#include "os/os.h"
#include "os/ports.h"

struct evsim_host;
struct itimerspec;

/* descriptor.c */
ssize_t evsim_sys_read(struct evsim_host *host, int fd, void *buf, size_t len);
ssize_t evsim_sys_write(struct evsim_host *host, int fd, const void *buf, size_t len);
ssize_t evsim_sys_readv(struct evsim_host *host, int fd, const struct iovec *iov, int count);
ssize_t evsim_sys_writev(struct evsim_host *host, int fd, const struct iovec *iov, int count);
int evsim_sys_close(struct evsim_host *host, int fd);
int evsim_sys_dup(struct evsim_host *host, int fd);
int evsim_sys_dup3(struct evsim_host *host, int fd, int to, int flags);
int evsim_sys_fcntl(struct evsim_host *host, int fd, int command, int argument);
int evsim_sys_ioctl(struct evsim_host *host, int fd, unsigned long request, int *value);

/* pipe.c, eventfd.c, timerfd.c; flags are O_NONBLOCK, O_CLOEXEC and the call's own */
int evsim_sys_pipe(struct evsim_host *host, int fds[2], int flags);
int evsim_sys_eventfd(struct evsim_host *host, unsigned initial, int flags);
int evsim_sys_timerfd_create(struct evsim_host *host, int clock, int flags);
int evsim_sys_timerfd_settime(struct evsim_host *host, int fd, int flags,
                              const struct itimerspec *next, struct itimerspec *before);
int evsim_sys_timerfd_gettime(struct evsim_host *host, int fd, struct itimerspec *now);

/* epoll.c */
int evsim_sys_epoll_create(struct evsim_host *host, int flags);
int evsim_sys_epoll_ctl(struct evsim_host *host, int epfd, int op, int fd,
                        const struct epoll_event *event);
int evsim_sys_epoll_wait(struct evsim_host *host, int epfd, struct epoll_event *events, int max,
                         int64_t timeout_ns);

/* poll.c, select.c */
int evsim_sys_poll(struct evsim_host *host, struct pollfd *fds, size_t count, int64_t timeout_ns);
int evsim_sys_select(struct evsim_host *host, int nfds, unsigned long *readable,
                     unsigned long *writable, unsigned long *except, int64_t timeout_ns);

/* kqueue.c */
int evsim_sys_kqueue(struct evsim_host *host);
int evsim_sys_kevent(struct evsim_host *host, int kq, const struct kevent *changes, int nchanges,
                     struct kevent *events, int max, int64_t timeout_ns);

/* devpoll.c: /dev/poll opened, written to, DP_POLL and DP_ISPOLLED */
int evsim_sys_devpoll_open(struct evsim_host *host);
int evsim_sys_devpoll_write(struct evsim_host *host, int fd, const struct pollfd *changes,
                            size_t count);
int evsim_sys_devpoll_poll(struct evsim_host *host, int fd, struct pollfd *out, int max,
                           int64_t timeout_ns);
int evsim_sys_devpoll_is_polled(struct evsim_host *host, int fd, struct pollfd *about);

/* ports.c. *nget is how many events are wanted, and then how many there are; those may also be with
 * -ETIME. */
int evsim_sys_port_create(struct evsim_host *host);
int evsim_sys_port_associate(struct evsim_host *host, int port, int source, uintptr_t object,
                             int events, void *user);
int evsim_sys_port_dissociate(struct evsim_host *host, int port, int source, uintptr_t object);
int evsim_sys_port_send(struct evsim_host *host, int port, int events, void *user);
int evsim_sys_port_getn(struct evsim_host *host, int port, struct port_event *list, unsigned max,
                        unsigned *nget, int64_t timeout_ns);

/* clock.c */
int64_t evsim_sys_clock(struct evsim_host *host, enum os_clock clock);
int evsim_sys_sleep(struct evsim_host *host, int64_t timeout_ns);

#endif
