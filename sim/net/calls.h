/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The calls of sockets, as kernel/calls.h has the others: the calling host first; >= 0, or -errno.
 */
#ifndef EVIDENT_SIM_NET_CALLS_H
#define EVIDENT_SIM_NET_CALLS_H

#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>

struct evsim_host;

int evsim_sys_socket(struct evsim_host *host, int domain, int type, int protocol);
int evsim_sys_socketpair(struct evsim_host *host, int domain, int type, int protocol, int fds[2]);
int evsim_sys_bind(struct evsim_host *host, int fd, const struct sockaddr *address, socklen_t len);
int evsim_sys_listen(struct evsim_host *host, int fd, int backlog);
/* flags: SOCK_NONBLOCK, SOCK_CLOEXEC. address and len: NULL or as accept(2) has them. */
int evsim_sys_accept(struct evsim_host *host, int fd, struct sockaddr *address, socklen_t *len,
                     int flags);
int evsim_sys_connect(struct evsim_host *host, int fd, const struct sockaddr *address,
                      socklen_t len);
int evsim_sys_shutdown(struct evsim_host *host, int fd, int how);
int evsim_sys_getsockopt(struct evsim_host *host, int fd, int level, int name, void *value,
                         socklen_t *len);
int evsim_sys_setsockopt(struct evsim_host *host, int fd, int level, int name, const void *value,
                         socklen_t len);
int evsim_sys_getsockname(struct evsim_host *host, int fd, struct sockaddr *address,
                          socklen_t *len);
int evsim_sys_getpeername(struct evsim_host *host, int fd, struct sockaddr *address,
                          socklen_t *len);
ssize_t evsim_sys_sendto(struct evsim_host *host, int fd, const void *buf, size_t len, int flags,
                         const struct sockaddr *to, socklen_t to_len);
ssize_t evsim_sys_recvfrom(struct evsim_host *host, int fd, void *buf, size_t len, int flags,
                           struct sockaddr *from, socklen_t *from_len);
ssize_t evsim_sys_sendmsg(struct evsim_host *host, int fd, const struct msghdr *message, int flags);
ssize_t evsim_sys_recvmsg(struct evsim_host *host, int fd, struct msghdr *message, int flags);

#endif
