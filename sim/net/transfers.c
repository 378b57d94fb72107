/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The calls of sockets that transfer bytes, for every family.
 *
 * Modelled (send(2), recv(2), sendmsg(2), recvmsg(2)): MSG_DONTWAIT, MSG_PEEK, MSG_NOSIGNAL,
 * MSG_WAITALL, MSG_TRUNC; parts that are gathered and scattered; addresses that are cut to the room
 * there is. MSG_MORE, MSG_EOR, MSG_CONFIRM and MSG_CMSG_CLOEXEC change nothing here.
 * Not modelled: control messages, MSG_OOB, MSG_ERRQUEUE, sendmmsg(2), recvmmsg(2).
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "kernel/descriptor.h"
#include "kernel/socket.h"
#include "net/calls.h"
#include "net/socket_calls.h"

#define IGNORED_FLAGS (MSG_MORE | MSG_EOR | MSG_CONFIRM | MSG_CMSG_CLOEXEC)
#define SEND_FLAGS    (MSG_DONTWAIT | MSG_NOSIGNAL | IGNORED_FLAGS)
#define RECV_FLAGS \
        (MSG_DONTWAIT | MSG_NOSIGNAL | MSG_PEEK | MSG_WAITALL | MSG_TRUNC | IGNORED_FLAGS)

static void check_flags(struct evsim_host *host, enum evsim_call call, int flags, int known)
{
        if ((flags & ~known) != 0)
                evsim_unmodelled(host, evsim_call_name(call), "flags %#x",
                                 (unsigned)(flags & ~known));
}

/* A transfer of fewer bytes than asked is a stream's alone; a send that may sleep sends all. */
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
        struct evsim_socket *s = evsim_socket_get(host, fd, &r);
        ssize_t n = r;

        check_flags(host, call, m->flags, SEND_FLAGS);
        if (r == 0)
                n = fault = evsim_transfer_fault(&s->file, fault, POLLOUT);
        if (fault == -EPIPE && s != NULL && (m->flags & MSG_NOSIGNAL) == 0)
                evsim_broken_pipe(host);
        if (n == 0) {
                if ((s->file.flags & O_NONBLOCK) != 0 || (m->flags & MSG_DONTWAIT) != 0)
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
        struct evsim_socket *s = evsim_socket_get(host, fd, &r);
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
        if (!evsim_is_address(to, to_len)) {
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
                evsim_tell_address(&address, m.address_len, from, from_len);
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
        if (message->msg_name != NULL &&
            evsim_is_address(message->msg_name, message->msg_namelen)) {
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
                evsim_tell_address(&address, m.address_len, message->msg_name,
                                   &message->msg_namelen);
                message->msg_controllen = 0;
                message->msg_flags = m.flags_out;
        }
        evsim_memory_free(memory, all);
        return n;
}
