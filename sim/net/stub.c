#include "net/calls.h"
#include <errno.h>
int evsim_sys_socket(struct evsim_host *host, int domain, int type, int protocol)
{
        (void)host;
        (void)domain;
        (void)type;
        (void)protocol;
        return -ENOSYS;
}
int evsim_sys_socketpair(struct evsim_host *host, int domain, int type, int protocol, int fds[2])
{
        (void)host;
        (void)domain;
        (void)type;
        (void)protocol;
        (void)fds;
        return -ENOSYS;
}
int evsim_sys_bind(struct evsim_host *host, int fd, const struct sockaddr *address, socklen_t len)
{
        (void)host;
        (void)fd;
        (void)address;
        (void)len;
        return -ENOSYS;
}
int evsim_sys_listen(struct evsim_host *host, int fd, int backlog)
{
        (void)host;
        (void)fd;
        (void)backlog;
        return -ENOSYS;
}
int evsim_sys_accept(struct evsim_host *host, int fd, struct sockaddr *address, socklen_t *len, int flags)
{
        (void)host;
        (void)fd;
        (void)address;
        (void)len;
        (void)flags;
        return -ENOSYS;
}
int evsim_sys_connect(struct evsim_host *host, int fd, const struct sockaddr *address, socklen_t len)
{
        (void)host;
        (void)fd;
        (void)address;
        (void)len;
        return -ENOSYS;
}
int evsim_sys_shutdown(struct evsim_host *host, int fd, int how)
{
        (void)host;
        (void)fd;
        (void)how;
        return -ENOSYS;
}
int evsim_sys_getsockopt(struct evsim_host *host, int fd, int level, int name, void *value, socklen_t *len)
{
        (void)host;
        (void)fd;
        (void)level;
        (void)name;
        (void)value;
        (void)len;
        return -ENOSYS;
}
int evsim_sys_setsockopt(struct evsim_host *host, int fd, int level, int name, const void *value, socklen_t len)
{
        (void)host;
        (void)fd;
        (void)level;
        (void)name;
        (void)value;
        (void)len;
        return -ENOSYS;
}
int evsim_sys_getsockname(struct evsim_host *host, int fd, struct sockaddr *address, socklen_t *len)
{
        (void)host;
        (void)fd;
        (void)address;
        (void)len;
        return -ENOSYS;
}
int evsim_sys_getpeername(struct evsim_host *host, int fd, struct sockaddr *address, socklen_t *len)
{
        (void)host;
        (void)fd;
        (void)address;
        (void)len;
        return -ENOSYS;
}
ssize_t evsim_sys_sendto(struct evsim_host *host, int fd, const void *buf, size_t len, int flags, const struct sockaddr *to, socklen_t to_len)
{
        (void)host;
        (void)fd;
        (void)buf;
        (void)len;
        (void)flags;
        (void)to;
        (void)to_len;
        return -ENOSYS;
}
ssize_t evsim_sys_recvfrom(struct evsim_host *host, int fd, void *buf, size_t len, int flags, struct sockaddr *from, socklen_t *from_len)
{
        (void)host;
        (void)fd;
        (void)buf;
        (void)len;
        (void)flags;
        (void)from;
        (void)from_len;
        return -ENOSYS;
}
ssize_t evsim_sys_sendmsg(struct evsim_host *host, int fd, const struct msghdr *message, int flags)
{
        (void)host;
        (void)fd;
        (void)message;
        (void)flags;
        return -ENOSYS;
}
ssize_t evsim_sys_recvmsg(struct evsim_host *host, int fd, struct msghdr *message, int flags)
{
        (void)host;
        (void)fd;
        (void)message;
        (void)flags;
        return -ENOSYS;
}
