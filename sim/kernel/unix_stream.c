/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Streams between unix sockets: bytes without boundaries.
 */
#include <errno.h>
#include <string.h>

#include "kernel/unix.h"

enum {
        STREAM_LINEAR = 3776, /* beyond that a message's bytes go into pages */
        STREAM_PAGED = 32768,
};

static int may_send_stream(const struct evsim_unix *u, const struct evsim_message *m)
{
        if (m->address_len > 0)
                return u->state == EVSIM_UNIX_CONNECTED ? -EISCONN : -EOPNOTSUPP;
        if (u->peer == NULL || u->state != EVSIM_UNIX_CONNECTED)
                return -ENOTCONN;
        if ((u->socket.shut & EVSIM_SHUT_WRITE) != 0)
                return -EPIPE;
        if (u->peer->is_dead || (u->peer->socket.shut & EVSIM_SHUT_READ) != 0)
                return -EPIPE;
        return 0;
}

static size_t stream_part(const struct evsim_unix *u, size_t left)
{
        const size_t half = (size_t)(u->socket.send_buffer / 2 - EVSIM_UNIX_LINE);
        const size_t most =
                half < STREAM_LINEAR + STREAM_PAGED ? half : STREAM_LINEAR + STREAM_PAGED;

        return left < most ? left : most;
}

ssize_t evsim_unix_send_stream(struct evsim_socket *s, struct evsim_message *m)
{
        struct evsim_unix *u = evsim_unix_of(s);
        size_t done = 0;
        int r = may_send_stream(u, m);

        if (r == 0 && m->len > 0)
                r = evsim_socket_take_error(s);
        if (r < 0)
                return r;
        while (done < m->len && u->charged < s->send_buffer) {
                const size_t part = stream_part(u, m->len - done);

                evsim_unix_append(u->peer, u, m->bytes + done, part,
                                  evsim_unix_charge(part, STREAM_LINEAR, STREAM_PAGED));
                done += part;
        }
        return done == 0 && m->len > 0 ? -EAGAIN : (ssize_t)done;
}

/* Takes, or only looks at, as many bytes as there is room for. */
static size_t copy_stream(struct evsim_unix *u, struct evsim_message *m)
{
        struct evsim_unix_message *message = u->first;
        const bool is_peek = (m->flags & MSG_PEEK) != 0;
        size_t done = 0;

        while (message != NULL && done < m->len) {
                const size_t held = message->len - message->at;
                const size_t part = held < m->len - done ? held : m->len - done;
                struct evsim_unix_message *next = message->next;

                memcpy(m->room + done, message->data + message->at, part);
                done += part;
                if (!is_peek) {
                        message->at += (uint32_t)part;
                        u->nbytes -= (int64_t)part;
                        if (message->at == message->len)
                                evsim_unix_drop_first(u);
                }
                message = next;
        }
        return done;
}

ssize_t evsim_unix_recv_stream(struct evsim_socket *s, struct evsim_message *m)
{
        struct evsim_unix *u = evsim_unix_of(s);
        int r;

        if (u->state != EVSIM_UNIX_CONNECTED)
                return -EINVAL;
        if (u->first != NULL) {
                evsim_unix_tell_sender(u->first, m);
                return (ssize_t)copy_stream(u, m);
        }
        r = evsim_socket_take_error(s);
        if (r < 0)
                return r;
        return (s->shut & EVSIM_SHUT_READ) != 0 ? 0 : -EAGAIN;
}
