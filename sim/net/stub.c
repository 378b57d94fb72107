#include "net/calls.h"
#include <errno.h>
int evsim_sys_setsockopt(struct evsim_host *host, int fd, int level, int name, const void *value, socklen_t len){(void)host;(void)fd;(void)level;(void)name;(void)value;(void)len;return -ENOSYS;}
int evsim_sys_socketpair(struct evsim_host *host, int domain, int type, int protocol, int fds[2]){(void)host;(void)domain;(void)type;(void)protocol;(void)fds;return -ENOSYS;}
