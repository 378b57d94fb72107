/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The calls of sockets, for every family; those that transfer bytes are in transfers.c.
 *
 * Modelled (the manual pages of section 2): SOCK_NONBLOCK and SOCK_CLOEXEC; EBADF, ENOTSOCK,
 * EAFNOSUPPORT, EPROTONOSUPPORT, EOPNOTSUPP of what the type has not; a blocking connect that a
 * signal ends, and that goes on; addresses that are cut to the room there is, with their full length
 * told; accept that finds its descriptor before its connection (EMFILE leaves the connection where
 * it is).
 * Not modelled: protocols other than TCP and UDP, raw sockets.
 */
#include "net/calls.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>

#include "kernel/descriptor.h"
#include "kernel/socket.h"
#include "kernel/unix.h"
#include "net/net.h"
#include "net/socket_calls.h"

#define TYPE_FLAGS (SOCK_NONBLOCK | SOCK_CLOEXEC)
#define TYPE_MAX   10 /* SOCK_PACKET: the last that Linux knows */

struct evsim_socket *evsim_socket_get(struct evsim_host *host, int fd, int *r)
{
        struct evsim_file *file = evsim_descriptor_get(host, fd);

        if (*r == 0 && file == NULL)
                *r = -EBADF;
        else if (*r == 0 && !file->ops->is_socket)
                *r = -ENOTSOCK;
        return *r == 0 ? evsim_socket_of(file) : NULL;
}

/* ---- New ones ----------------------------------------------------------------------------------
 */

static int open_flags(int type)
{
        return (type & SOCK_CLOEXEC) != 0 ? O_CLOEXEC : 0;
}

static struct evsim_socket *make_inet(struct evsim_host *host, int domain, int type, int protocol,
                                      int *error)
{
        const int kind = type & ~TYPE_FLAGS;

        if (kind == SOCK_STREAM && (protocol == 0 || protocol == IPPROTO_TCP))
                return evsim_tcp_socket(host, domain, type, IPPROTO_TCP);
        if (kind == SOCK_DGRAM && (protocol == 0 || protocol == IPPROTO_UDP))
                return evsim_udp_socket(host, domain, type, IPPROTO_UDP);
        if (kind != SOCK_STREAM && kind != SOCK_DGRAM)
                evsim_unmodelled(host, "socket", "type %d", kind);
        *error = -EPROTONOSUPPORT;
        return NULL;
}

static struct evsim_socket *make(struct evsim_host *host, int domain, int type, int protocol,
                                 int *error)
{
        const int kind = type & ~TYPE_FLAGS;

        *error = 0;
        if (kind < 0 || kind > TYPE_MAX)
                *error = -EINVAL;
        else if (domain == AF_UNIX && protocol != 0 && protocol != AF_UNIX)
                *error = -EPROTONOSUPPORT;
        else if (domain == AF_UNIX &&
                 (kind == SOCK_STREAM || kind == SOCK_DGRAM || kind == SOCK_SEQPACKET))
                return &evsim_unix_new(host, type, protocol)->socket;
        else if (domain == AF_UNIX)
                *error = -ESOCKTNOSUPPORT;
        else if (domain == AF_INET || domain == AF_INET6)
                return make_inet(host, domain, type, protocol, error);
        else
                *error = -EAFNOSUPPORT;
        return NULL;
}

int evsim_sys_socket(struct evsim_host *host, int domain, int type, int protocol)
{
        int r = evsim_call_begin(host, EVSIM_CALL_SOCKET);
        struct evsim_socket *s = r == 0 ? make(host, domain, type, protocol, &r) : NULL;

        if (s != NULL)
                r = evsim_descriptor_give(host, &s->file, open_flags(type));
        return (int)evsim_call_end(host, EVSIM_CALL_SOCKET, r, (int64_t)domain << 32 | type, r);
}

static int give_both(struct evsim_host *host, struct evsim_unix *pair[2], int type, int fds[2])
{
        const int first = evsim_descriptor_give(host, &pair[0]->socket.file, open_flags(type));
        int second;

        if (first < 0) {
                evsim_file_unref(&pair[1]->socket.file);
                return first;
        }
        second = evsim_descriptor_give(host, &pair[1]->socket.file, open_flags(type));
        if (second < 0) {
                (void)evsim_fdtable_close(&host->files, first);
                return second;
        }
        fds[0] = first;
        fds[1] = second;
        return 0;
}

static int make_pair(struct evsim_host *host, int domain, int type, int protocol, int fds[2])
{
        struct evsim_unix *pair[2];
        int r;

        if (domain != AF_UNIX)
                return domain == AF_INET || domain == AF_INET6 ? -EOPNOTSUPP : -EAFNOSUPPORT;
        for (int i = 0; i < 2; i++) {
                struct evsim_socket *s = make(host, domain, type, protocol, &r);

                if (s == NULL)
                        return r;
                pair[i] = evsim_unix_of(s);
        }
        evsim_unix_pair(pair[0], pair[1]);
        return give_both(host, pair, type, fds);
}

int evsim_sys_socketpair(struct evsim_host *host, int domain, int type, int protocol, int fds[2])
{
        int r = evsim_call_begin(host, EVSIM_CALL_SOCKETPAIR);

        if (r == 0)
                r = make_pair(host, domain, type, protocol, fds);
        return (int)evsim_call_end(host, EVSIM_CALL_SOCKETPAIR, r == 0 ? fds[0] : -1,
                                   (int64_t)domain << 32 | type, r);
}

/* ---- Connections -------------------------------------------------------------------------------
 */

bool evsim_is_address(const struct sockaddr *address, socklen_t len)
{
        return address != NULL && len >= sizeof address->sa_family &&
               len <= sizeof(struct sockaddr_storage);
}

int evsim_sys_bind(struct evsim_host *host, int fd, const struct sockaddr *address, socklen_t len)
{
        int r = evsim_call_begin(host, EVSIM_CALL_BIND);
        struct evsim_socket *s = evsim_socket_get(host, fd, &r);

        if (r == 0)
                r = evsim_is_address(address, len) ? s->ops->bind(s, address, len) : -EINVAL;
        return (int)evsim_call_end(host, EVSIM_CALL_BIND, fd, len, r);
}

int evsim_sys_listen(struct evsim_host *host, int fd, int backlog)
{
        int r = evsim_call_begin(host, EVSIM_CALL_LISTEN);
        struct evsim_socket *s = evsim_socket_get(host, fd, &r);

        if (r == 0)
                r = s->ops->listen != NULL ? s->ops->listen(s, backlog) : -EOPNOTSUPP;
        return (int)evsim_call_end(host, EVSIM_CALL_LISTEN, fd, backlog, r);
}

/* Sleeps until the connection stands or does not, which connecting again tells; interrupted, it goes
 * on all the same. */
static int connect_patiently(struct evsim_socket *s, const struct sockaddr *address, socklen_t len,
                             int fd)
{
        int r;

        for (;;) {
                s->busy_peer = NULL;
                r = s->ops->connect(s, address, len);
                if (r != -EINPROGRESS && r != -EALREADY && r != -EAGAIN)
                        return r;
                if (r == -EAGAIN && s->busy_peer == NULL)
                        return r;
                r = evsim_socket_wait(s, POLLOUT, "connect", fd);
                if (r < 0)
                        return r;
        }
}

static int connect_socket(struct evsim_socket *s, const struct sockaddr *address, socklen_t len,
                          int fd)
{
        int r;

        evsim_file_ref(&s->file);
        if ((s->file.flags & O_NONBLOCK) != 0)
                r = s->ops->connect(s, address, len);
        else
                r = connect_patiently(s, address, len, fd);
        if (r == 0)
                evsim_world_progress(s->file.host->world);
        evsim_file_unref(&s->file);
        return r;
}

int evsim_sys_connect(struct evsim_host *host, int fd, const struct sockaddr *address,
                      socklen_t len)
{
        int r = evsim_call_begin(host, EVSIM_CALL_CONNECT);
        struct evsim_socket *s = evsim_socket_get(host, fd, &r);

        if (r == 0)
                r = evsim_is_address(address, len) ? connect_socket(s, address, len, fd) : -EINVAL;
        return (int)evsim_call_end(host, EVSIM_CALL_CONNECT, fd, len, r);
}

void evsim_tell_address(const struct sockaddr_storage *from, socklen_t from_len,
                        struct sockaddr *address, socklen_t *len)
{
        if (address == NULL || len == NULL)
                return;
        memcpy(address, from, from_len < *len ? from_len : *len);
        *len = from_len;
}

static struct evsim_socket *take_connection(struct evsim_socket *s, int fd, int *error)
{
        struct evsim_socket *taken;

        if (s->ops->accept == NULL) {
                *error = -EOPNOTSUPP;
                return NULL;
        }
        for (;;) {
                s->busy_peer = NULL;
                taken = s->ops->accept(s, error);
                if (taken != NULL || *error != -EAGAIN || (s->file.flags & O_NONBLOCK) != 0)
                        return taken;
                if ((s->shut & EVSIM_SHUT_READ) != 0)
                        *error = -EINVAL;
                else
                        *error = evsim_socket_wait(s, POLLIN, "accept", fd);
                if (*error < 0)
                        return NULL;
        }
}

static int accept_on(struct evsim_socket *s, int fd, struct sockaddr *address, socklen_t *len,
                     int flags)
{
        struct evsim_host *host = s->file.host;
        struct sockaddr_storage peer;
        struct evsim_socket *taken;
        int name_len;
        int r = 0;

        if ((flags & ~TYPE_FLAGS) != 0)
                return -EINVAL;
        if (!evsim_fdtable_has_room(&host->files))
                return -EMFILE;
        taken = take_connection(s, fd, &r);
        if (taken == NULL)
                return r;
        evsim_world_progress(host->world);
        if ((flags & SOCK_NONBLOCK) != 0)
                taken->file.flags |= O_NONBLOCK;
        name_len = taken->ops->name(taken, true, &peer);
        if (name_len >= 0)
                evsim_tell_address(&peer, (socklen_t)name_len, address, len);
        else
                evsim_tell_address(&peer, 0, address, len);
        return evsim_descriptor_give(host, &taken->file, open_flags(flags));
}

/* The fault that the connection is gone: it is, if there was one. */
static int abort_connection(struct evsim_socket *s)
{
        int r;
        struct evsim_socket *lost = s->ops->accept != NULL ? s->ops->accept(s, &r) : NULL;

        if (lost == NULL)
                return 0;
        if (lost->ops->break_off != NULL)
                (void)lost->ops->break_off(lost, ECONNRESET);
        evsim_file_unref(&lost->file);
        return -ECONNABORTED;
}

int evsim_sys_accept(struct evsim_host *host, int fd, struct sockaddr *address, socklen_t *len,
                     int flags)
{
        const int fault = evsim_call_begin(host, EVSIM_CALL_ACCEPT);
        int r = 0;
        struct evsim_socket *s = evsim_socket_get(host, fd, &r);

        if (r == 0 && fault == -ECONNABORTED)
                r = abort_connection(s);
        else if (r == 0)
                r = evsim_transfer_fault(&s->file, fault, POLLIN);
        if (r == 0)
                r = accept_on(s, fd, address, len, flags);
        return (int)evsim_call_end(host, EVSIM_CALL_ACCEPT, fd, flags, r);
}

int evsim_sys_shutdown(struct evsim_host *host, int fd, int how)
{
        int r = evsim_call_begin(host, EVSIM_CALL_SHUTDOWN);
        struct evsim_socket *s = evsim_socket_get(host, fd, &r);

        if (r == 0 && (how < SHUT_RD || how > SHUT_RDWR))
                r = -EINVAL;
        if (r == 0)
                r = s->ops->shutdown(s, (unsigned)how + 1);
        return (int)evsim_call_end(host, EVSIM_CALL_SHUTDOWN, fd, how, r);
}

/* ---- Options and names -------------------------------------------------------------------------
 */

int evsim_sys_setsockopt(struct evsim_host *host, int fd, int level, int name, const void *value,
                         socklen_t len)
{
        int r = evsim_call_begin(host, EVSIM_CALL_SETSOCKOPT);
        struct evsim_socket *s = evsim_socket_get(host, fd, &r);

        if (r == 0)
                r = evsim_socket_set_option(s, level, name, value, len);
        return (int)evsim_call_end(host, EVSIM_CALL_SETSOCKOPT, fd, (int64_t)level << 32 | name, r);
}

int evsim_sys_getsockopt(struct evsim_host *host, int fd, int level, int name, void *value,
                         socklen_t *len)
{
        int r = evsim_call_begin(host, EVSIM_CALL_GETSOCKOPT);
        struct evsim_socket *s = evsim_socket_get(host, fd, &r);

        if (r == 0)
                r = evsim_socket_get_option(s, level, name, value, len);
        return (int)evsim_call_end(host, EVSIM_CALL_GETSOCKOPT, fd, (int64_t)level << 32 | name, r);
}

static int name_of(struct evsim_host *host, enum evsim_call call, int fd, bool is_peer,
                   struct sockaddr *address, socklen_t *len)
{
        struct sockaddr_storage name;
        int r = evsim_call_begin(host, call);
        struct evsim_socket *s = evsim_socket_get(host, fd, &r);

        if (r == 0)
                r = s->ops->name(s, is_peer, &name);
        if (r >= 0) {
                evsim_tell_address(&name, (socklen_t)r, address, len);
                r = 0;
        }
        return (int)evsim_call_end(host, call, fd, 0, r);
}

int evsim_sys_getsockname(struct evsim_host *host, int fd, struct sockaddr *address, socklen_t *len)
{
        return name_of(host, EVSIM_CALL_GETSOCKNAME, fd, false, address, len);
}

int evsim_sys_getpeername(struct evsim_host *host, int fd, struct sockaddr *address, socklen_t *len)
{
        return name_of(host, EVSIM_CALL_GETPEERNAME, fd, true, address, len);
}
