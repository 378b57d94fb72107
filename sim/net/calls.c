/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The calls of sockets, for every family.
 *
 * Modelled (the manual pages of section 2): SOCK_NONBLOCK and SOCK_CLOEXEC; EBADF, ENOTSOCK,
 * EAFNOSUPPORT, EPROTONOSUPPORT, EOPNOTSUPP of what the type has not; a blocking connect that a
 * signal ends, and that goes on; addresses that are cut to the room there is, with their full length
 * told; accept that finds its descriptor before its connection (EMFILE leaves the connection where
 * it is); MSG_DONTWAIT, MSG_PEEK, MSG_NOSIGNAL, MSG_WAITALL, MSG_TRUNC. MSG_MORE, MSG_EOR,
 * MSG_CONFIRM and MSG_CMSG_CLOEXEC change nothing here.
 * Not modelled: control messages, MSG_OOB, MSG_ERRQUEUE, sendmmsg(2), recvmmsg(2).
 */
#include "net/calls.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <string.h>

#include "kernel/descriptor.h"
#include "kernel/socket.h"
#include "kernel/unix.h"
#include "net/net.h"

#define TYPE_FLAGS    (SOCK_NONBLOCK | SOCK_CLOEXEC)
#define TYPE_MAX      10 /* SOCK_PACKET: the last that Linux knows */
#define IGNORED_FLAGS (MSG_MORE | MSG_EOR | MSG_CONFIRM | MSG_CMSG_CLOEXEC)
#define SEND_FLAGS    (MSG_DONTWAIT | MSG_NOSIGNAL | IGNORED_FLAGS)
#define RECV_FLAGS \
        (MSG_DONTWAIT | MSG_NOSIGNAL | MSG_PEEK | MSG_WAITALL | MSG_TRUNC | IGNORED_FLAGS)

/* The socket under the number, unless r is an error already; else -errno in *r. */
static struct evsim_socket *get(struct evsim_host *host, int fd, int *r)
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

/* Enough of an address to be looked at. */
static bool is_address(const struct sockaddr *address, socklen_t len)
{
        return address != NULL && len >= sizeof address->sa_family &&
               len <= sizeof(struct sockaddr_storage);
}

int evsim_sys_bind(struct evsim_host *host, int fd, const struct sockaddr *address, socklen_t len)
{
        int r = evsim_call_begin(host, EVSIM_CALL_BIND);
        struct evsim_socket *s = get(host, fd, &r);

        if (r == 0)
                r = is_address(address, len) ? s->ops->bind(s, address, len) : -EINVAL;
        return (int)evsim_call_end(host, EVSIM_CALL_BIND, fd, len, r);
}

int evsim_sys_listen(struct evsim_host *host, int fd, int backlog)
{
        int r = evsim_call_begin(host, EVSIM_CALL_LISTEN);
        struct evsim_socket *s = get(host, fd, &r);

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
        struct evsim_socket *s = get(host, fd, &r);

        if (r == 0)
                r = is_address(address, len) ? connect_socket(s, address, len, fd) : -EINVAL;
        return (int)evsim_call_end(host, EVSIM_CALL_CONNECT, fd, len, r);
}

/* Copies an address to where the caller has *len bytes for it. */
static void tell_address(const struct sockaddr_storage *from, socklen_t from_len,
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
                tell_address(&peer, (socklen_t)name_len, address, len);
        else
                tell_address(&peer, 0, address, len);
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
        struct evsim_socket *s = get(host, fd, &r);

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
        struct evsim_socket *s = get(host, fd, &r);

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
        struct evsim_socket *s = get(host, fd, &r);

        if (r == 0)
                r = evsim_socket_set_option(s, level, name, value, len);
        return (int)evsim_call_end(host, EVSIM_CALL_SETSOCKOPT, fd, (int64_t)level << 32 | name, r);
}

int evsim_sys_getsockopt(struct evsim_host *host, int fd, int level, int name, void *value,
                         socklen_t *len)
{
        int r = evsim_call_begin(host, EVSIM_CALL_GETSOCKOPT);
        struct evsim_socket *s = get(host, fd, &r);

        if (r == 0)
                r = evsim_socket_get_option(s, level, name, value, len);
        return (int)evsim_call_end(host, EVSIM_CALL_GETSOCKOPT, fd, (int64_t)level << 32 | name, r);
}

static int name_of(struct evsim_host *host, enum evsim_call call, int fd, bool is_peer,
                   struct sockaddr *address, socklen_t *len)
{
        struct sockaddr_storage name;
        int r = evsim_call_begin(host, call);
        struct evsim_socket *s = get(host, fd, &r);

        if (r == 0)
                r = s->ops->name(s, is_peer, &name);
        if (r >= 0) {
                tell_address(&name, (socklen_t)r, address, len);
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

/* ---- Transfers ---------------------------------------------------------------------------------
 */

static void check_flags(struct evsim_host *host, enum evsim_call call, int flags, int known)
{
        if ((flags & ~known) != 0)
                evsim_unmodelled(host, evsim_call_name(call), "flags %#x",
                                 (unsigned)(flags & ~known));
}

/* A send with fewer bytes than asked is a stream's alone. */
static size_t shorten(struct evsim_host *host, const struct evsim_socket *s, enum evsim_call call,
                      size_t len)
{
        return s->ops->is_stream ? evsim_call_shorten(host, call, len) : len;
}

static ssize_t send_message(struct evsim_host *host, enum evsim_call call, int fd,
                            struct evsim_message *m)
{
        const int64_t len = (int64_t)m->len;
        int fault = evsim_call_begin(host, call);
        int r = 0;
        struct evsim_socket *s = get(host, fd, &r);
        ssize_t n = r;

        check_flags(host, call, m->flags, SEND_FLAGS);
        if (r == 0)
                n = fault = evsim_transfer_fault(&s->file, fault, POLLOUT);
        if (fault == -EPIPE && s != NULL && (m->flags & MSG_NOSIGNAL) == 0)
                evsim_broken_pipe(host);
        if (n == 0) {
                m->len = shorten(host, s, call, m->len);
                n = evsim_socket_send(s, m, evsim_call_name(call), fd);
        }
        return (ssize_t)evsim_call_end(host, call, fd, len, n);
}

static ssize_t recv_message(struct evsim_host *host, enum evsim_call call, int fd,
                            struct evsim_message *m)
{
        const int64_t len = (int64_t)m->len;
        const int fault = evsim_call_begin(host, call);
        int r = 0;
        struct evsim_socket *s = get(host, fd, &r);
        ssize_t n = r;

        check_flags(host, call, m->flags, RECV_FLAGS);
        if (r == 0)
                n = evsim_transfer_fault(&s->file, fault, POLLIN);
        if (n == 0) {
                m->len = shorten(host, s, call, m->len);
                n = evsim_socket_recv(s, m, evsim_call_name(call), fd);
        }
        return (ssize_t)evsim_call_end(host, call, fd, len, n);
}

ssize_t evsim_sys_sendto(struct evsim_host *host, int fd, const void *buf, size_t len, int flags,
                         const struct sockaddr *to, socklen_t to_len)
{
        struct sockaddr_storage address;
        struct evsim_message m = {.bytes = buf, .len = len, .flags = flags};

        if (to == NULL)
                return send_message(host, EVSIM_CALL_SEND, fd, &m);
        if (!is_address(to, to_len)) {
                (void)evsim_call_begin(host, EVSIM_CALL_SENDTO);
                return (ssize_t)evsim_call_end(host, EVSIM_CALL_SENDTO, fd, (int64_t)len, -EINVAL);
        }
        memcpy(&address, to, to_len);
        m.address = &address;
        m.address_len = to_len;
        return send_message(host, EVSIM_CALL_SENDTO, fd, &m);
}

ssize_t evsim_sys_recvfrom(struct evsim_host *host, int fd, void *buf, size_t len, int flags,
                           struct sockaddr *from, socklen_t *from_len)
{
        struct sockaddr_storage address;
        struct evsim_message m = {
                .room = buf,
                .len = len,
                .flags = flags,
                .address = &address,
                .wants_address = from != NULL,
        };
        ssize_t n =
                recv_message(host, from == NULL ? EVSIM_CALL_RECV : EVSIM_CALL_RECVFROM, fd, &m);

        if (n >= 0)
                tell_address(&address, m.address_len, from, from_len);
        return n;
}

/* ---- Messages in parts -------------------------------------------------------------------------
 */

/* The bytes of all parts; -EMSGSIZE and -EINVAL as sendmsg(2) has them. */
static ssize_t total(const struct msghdr *message)
{
        size_t sum = 0;

        if (message->msg_iovlen > 1024)
                return -EMSGSIZE;
        for (size_t i = 0; i < (size_t)message->msg_iovlen; i++) {
                if (message->msg_iov[i].iov_len > (size_t)SSIZE_MAX - sum)
                        return -EINVAL;
                sum += message->msg_iov[i].iov_len;
        }
        return (ssize_t)sum;
}

static void gather(const struct msghdr *message, unsigned char *all)
{
        for (size_t i = 0; i < (size_t)message->msg_iovlen; i++) {
                const struct iovec *part = &message->msg_iov[i];

                if (part->iov_len > 0)
                        memcpy(all, part->iov_base, part->iov_len);
                all += part->iov_len;
        }
}

static void scatter(const struct msghdr *message, const unsigned char *all, size_t len)
{
        for (size_t i = 0; i < (size_t)message->msg_iovlen && len > 0; i++) {
                const struct iovec *part = &message->msg_iov[i];
                const size_t count = part->iov_len < len ? part->iov_len : len;

                if (count > 0)
                        memcpy(part->iov_base, all, count);
                all += count;
                len -= count;
        }
}

ssize_t evsim_sys_sendmsg(struct evsim_host *host, int fd, const struct msghdr *message, int flags)
{
        struct evsim_memory *memory = &host->world->memory;
        struct sockaddr_storage address;
        struct evsim_message m = {.flags = flags};
        ssize_t n = total(message);
        unsigned char *all;

        if (n < 0) {
                (void)evsim_call_begin(host, EVSIM_CALL_SENDMSG);
                return (ssize_t)evsim_call_end(host, EVSIM_CALL_SENDMSG, fd, 0, n);
        }
        if (message->msg_control != NULL && message->msg_controllen > 0)
                evsim_unmodelled(host, "sendmsg", "control messages");
        if (message->msg_name != NULL && is_address(message->msg_name, message->msg_namelen)) {
                memcpy(&address, message->msg_name, message->msg_namelen);
                m.address = &address;
                m.address_len = message->msg_namelen;
        }
        all = evsim_memory_alloc(memory, (size_t)n);
        gather(message, all);
        m.bytes = all;
        m.len = (size_t)n;
        n = send_message(host, EVSIM_CALL_SENDMSG, fd, &m);
        evsim_memory_free(memory, all);
        return n;
}

ssize_t evsim_sys_recvmsg(struct evsim_host *host, int fd, struct msghdr *message, int flags)
{
        struct evsim_memory *memory = &host->world->memory;
        struct sockaddr_storage address;
        struct evsim_message m = {
                .flags = flags,
                .address = &address,
                .wants_address = message->msg_name != NULL,
        };
        ssize_t n = total(message);
        size_t room;
        unsigned char *all;

        if (n < 0) {
                (void)evsim_call_begin(host, EVSIM_CALL_RECVMSG);
                return (ssize_t)evsim_call_end(host, EVSIM_CALL_RECVMSG, fd, 0, n);
        }
        room = (size_t)n;
        all = evsim_memory_alloc(memory, room);
        m.room = all;
        m.len = room;
        n = recv_message(host, EVSIM_CALL_RECVMSG, fd, &m);
        if (n >= 0) {
                scatter(message, all, (size_t)n < room ? (size_t)n : room);
                tell_address(&address, m.address_len, message->msg_name, &message->msg_namelen);
                message->msg_controllen = 0;
                message->msg_flags = m.flags_out;
        }
        evsim_memory_free(memory, all);
        return n;
}
