/* SPDX-License-Identifier: BSD-3-Clause */
#include "net/calls.h"
#include "posix/posix.h"

int evsim_socket(int domain, int type, int protocol)
{
        return evsim_int_result(evsim_sys_socket(evsim_caller("socket"), domain, type, protocol));
}

int evsim_socketpair(int domain, int type, int protocol, int fds[2])
{
        return evsim_int_result(
                evsim_sys_socketpair(evsim_caller("socketpair"), domain, type, protocol, fds));
}

int evsim_bind(int fd, const struct sockaddr *address, socklen_t len)
{
        return evsim_int_result(evsim_sys_bind(evsim_caller("bind"), fd, address, len));
}

int evsim_listen(int fd, int backlog)
{
        return evsim_int_result(evsim_sys_listen(evsim_caller("listen"), fd, backlog));
}

int evsim_accept(int fd, struct sockaddr *address, socklen_t *len)
{
        return evsim_int_result(evsim_sys_accept(evsim_caller("accept"), fd, address, len, 0));
}

int evsim_accept4(int fd, struct sockaddr *address, socklen_t *len, int flags)
{
        return evsim_int_result(evsim_sys_accept(evsim_caller("accept4"), fd, address, len, flags));
}

int evsim_connect(int fd, const struct sockaddr *address, socklen_t len)
{
        return evsim_int_result(evsim_sys_connect(evsim_caller("connect"), fd, address, len));
}

int evsim_shutdown(int fd, int how)
{
        return evsim_int_result(evsim_sys_shutdown(evsim_caller("shutdown"), fd, how));
}

int evsim_getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
        return evsim_int_result(
                evsim_sys_getsockopt(evsim_caller("getsockopt"), fd, level, name, value, len));
}

int evsim_setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
        return evsim_int_result(
                evsim_sys_setsockopt(evsim_caller("setsockopt"), fd, level, name, value, len));
}

int evsim_getsockname(int fd, struct sockaddr *address, socklen_t *len)
{
        return evsim_int_result(
                evsim_sys_getsockname(evsim_caller("getsockname"), fd, address, len));
}

int evsim_getpeername(int fd, struct sockaddr *address, socklen_t *len)
{
        return evsim_int_result(
                evsim_sys_getpeername(evsim_caller("getpeername"), fd, address, len));
}

ssize_t evsim_send(int fd, const void *buf, size_t len, int flags)
{
        return evsim_result(evsim_sys_sendto(evsim_caller("send"), fd, buf, len, flags, NULL, 0));
}

ssize_t evsim_recv(int fd, void *buf, size_t len, int flags)
{
        return evsim_result(
                evsim_sys_recvfrom(evsim_caller("recv"), fd, buf, len, flags, NULL, NULL));
}

ssize_t evsim_sendto(int fd, const void *buf, size_t len, int flags, const struct sockaddr *to,
                     socklen_t to_len)
{
        return evsim_result(
                evsim_sys_sendto(evsim_caller("sendto"), fd, buf, len, flags, to, to_len));
}

ssize_t evsim_recvfrom(int fd, void *buf, size_t len, int flags, struct sockaddr *from,
                       socklen_t *from_len)
{
        return evsim_result(
                evsim_sys_recvfrom(evsim_caller("recvfrom"), fd, buf, len, flags, from, from_len));
}

ssize_t evsim_sendmsg(int fd, const struct msghdr *message, int flags)
{
        return evsim_result(evsim_sys_sendmsg(evsim_caller("sendmsg"), fd, message, flags));
}

ssize_t evsim_recvmsg(int fd, struct msghdr *message, int flags)
{
        return evsim_result(evsim_sys_recvmsg(evsim_caller("recvmsg"), fd, message, flags));
}
