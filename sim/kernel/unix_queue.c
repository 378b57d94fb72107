/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What unix sockets send to each other.
 *
 * A message lies in the receiver's queue, and is charged to the sender until it was read: with what
 * Linux 6 takes for it on x86-64, overhead included, because it is that which fills a send buffer
 * (278 writes of a byte do), and readiness depends on it. A send waits while the buffer is full;
 * POLLOUT is reported, and notified at every message that is read, once less than a quarter of it
 * is in use. Sizes and edges were measured.
 */
#include <errno.h>
#include <string.h>

#include "kernel/unix.h"

enum {
        PAGE = 4096,
        LINE = 64,
        OVERHEAD = 320,       /* behind the bytes of every buffer */
        STRUCTURE = 256,      /* that describes it */
        BUCKET_MIN = 512,     /* buffers come in powers of two from here */
        STREAM_LINEAR = 3776, /* beyond that a stream's bytes go into pages */
        STREAM_PAGED = 32768,
        PACKET_LINEAR = 16064, /* the same of a datagram's */
        PACKET_PAGED = 17 * PAGE,
        QUEUE_MAX = 10, /* datagrams to a socket that is not connected back: more than so many */
};

static struct evsim_memory *memory_of(struct evsim_unix *u)
{
        return &u->socket.file.host->world->memory;
}

/* ---- Charges -----------------------------------------------------------------------------------
 */

static size_t round_up(size_t n, size_t to)
{
        return (n + to - 1) / to * to;
}

/* What a message of len bytes takes when linear of them at most go into one buffer and the rest
 * into pages. */
static int charge_of(size_t len, size_t linear, size_t paged_max)
{
        size_t paged = len > linear ? round_up(len - linear, PAGE) : 0;
        size_t bucket = BUCKET_MIN;

        if (len > linear && len - linear > paged_max)
                paged = paged_max;
        if (paged > len)
                paged = len;
        while (bucket < round_up(len - paged, LINE) + OVERHEAD)
                bucket *= 2;
        return (int)(STRUCTURE + bucket + round_up(paged, PAGE));
}

bool evsim_unix_is_writable(const struct evsim_unix *u)
{
        return u->state != EVSIM_UNIX_LISTENING && (int64_t)u->charged * 4 < u->socket.send_buffer;
}

static void give_back(struct evsim_unix *sender, int charge)
{
        sender->charged -= charge;
        if (!sender->is_dead && evsim_unix_is_writable(sender))
                evsim_file_notify(&sender->socket.file, POLLOUT);
}

static void discharge(struct evsim_unix *sender, int charge)
{
        give_back(sender, charge);
        evsim_unix_unref(sender);
}

/* ---- The queue ---------------------------------------------------------------------------------
 */

static void append(struct evsim_unix *to, struct evsim_unix *from, const unsigned char *bytes,
                   size_t len, int charge)
{
        struct evsim_unix_message *message =
                evsim_memory_alloc(memory_of(to), sizeof *message + len);

        *message = (struct evsim_unix_message){
                .sender = from,
                .from = from->name,
                .charge = charge,
                .len = (uint32_t)len,
        };
        evsim_unix_ref(from);
        if (message->from != NULL)
                evsim_unix_name_ref(message->from);
        if (len > 0)
                memcpy(message->data, bytes, len);
        from->charged += charge;
        if (to->last != NULL)
                to->last->next = message;
        else
                to->first = message;
        to->last = message;
        to->nmessages++;
        to->nbytes += (int64_t)len;
        evsim_file_notify(&to->socket.file, POLLIN);
}

static void drop_first(struct evsim_unix *u)
{
        struct evsim_unix_message *message = u->first;
        struct evsim_unix *sender = message->sender;
        const int charge = message->charge;

        u->first = message->next;
        if (u->first == NULL)
                u->last = NULL;
        u->nmessages--;
        u->nbytes -= (int64_t)(message->len - message->at);
        evsim_unix_name_unref(u->socket.file.host, message->from);
        evsim_memory_free(memory_of(u), message);
        discharge(sender, charge);
}

void evsim_unix_drop_messages(struct evsim_unix *u)
{
        while (u->first != NULL)
                drop_first(u);
}

static void tell_sender(const struct evsim_unix_message *message, struct evsim_message *m)
{
        if (!m->wants_address || message->from == NULL)
                return;
        memcpy(m->address, &message->from->address, sizeof message->from->address);
        m->address_len = message->from->len;
}

/* ---- Streams -----------------------------------------------------------------------------------
 */

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
        const size_t half = (size_t)(u->socket.send_buffer / 2 - LINE);
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

                append(u->peer, u, m->bytes + done, part,
                       charge_of(part, STREAM_LINEAR, STREAM_PAGED));
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
                                drop_first(u);
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
                tell_sender(u->first, m);
                return (ssize_t)copy_stream(u, m);
        }
        r = evsim_socket_take_error(s);
        if (r < 0)
                return r;
        return (s->shut & EVSIM_SHUT_READ) != 0 ? 0 : -EAGAIN;
}

/* ---- Packets -----------------------------------------------------------------------------------
 */

bool evsim_unix_is_full_for(struct evsim_unix *to, struct evsim_unix *from)
{
        if (to->peer == from || to == from || to->is_dead || to->nmessages <= QUEUE_MAX)
                return false;
        if (from->peer == to && !evi_link_is_listed(&from->blocked_link))
                evi_list_push_tail(&to->blocked, &from->blocked_link);
        return true;
}

void evsim_unix_wake_blocked(struct evsim_unix *u)
{
        struct evi_link *link;

        evsim_socket_wake_sleepers(&u->sleepers);
        while ((link = evi_list_first(&u->blocked)) != NULL) {
                struct evsim_unix *sender = EVI_CONTAINER_OF(link, struct evsim_unix, blocked_link);

                evi_list_remove(link);
                evsim_file_notify(&sender->socket.file, POLLOUT);
        }
}

void evsim_unix_disconnect(struct evsim_unix *u)
{
        struct evsim_unix *peer = u->peer;

        u->peer = NULL;
        if (evi_link_is_listed(&u->blocked_link))
                evi_list_remove(&u->blocked_link);
        if (peer == NULL)
                return;
        if (u->first != NULL) {
                evsim_unix_drop_messages(u);
                evsim_unix_wake_blocked(u);
                if (!peer->is_dead && peer->peer == u) {
                        peer->socket.error = ECONNRESET;
                        evsim_file_notify(&peer->socket.file, POLLERR);
                }
        }
        evsim_unix_unref(peer);
}

/* The peer is no more: ECONNREFUSED once, and there is none then; where there must be, EPIPE. */
static int lose_peer(struct evsim_unix *u)
{
        if (evsim_unix_is_connecting(u))
                return -EPIPE;
        evsim_unix_disconnect(u);
        u->state = EVSIM_UNIX_CLOSED;
        return -ECONNREFUSED;
}

/* To whom; NULL: -errno in *error. */
static struct evsim_unix *receiver_of(struct evsim_unix *u, const struct evsim_message *m,
                                      int *error)
{
        if (m->address_len > 0 && !evsim_unix_is_connecting(u))
                return evsim_unix_find(u, (const struct sockaddr *)m->address, m->address_len,
                                       error);
        *error = u->peer == NULL ? -ENOTCONN : 0;
        return u->peer;
}

static int may_send_packet(struct evsim_unix *u, struct evsim_unix *to)
{
        if (to->is_dead)
                return to == u->peer ? lose_peer(u) : -ECONNREFUSED;
        if (to->peer != NULL && to->peer != u)
                return -EPERM;
        if ((to->socket.shut & EVSIM_SHUT_READ) != 0)
                return -EPIPE;
        return 0;
}

/* What is wrong before there is a packet. */
static int may_try_packet(const struct evsim_unix *u, const struct evsim_message *m)
{
        if (evsim_unix_is_connecting(u))
                return u->state == EVSIM_UNIX_CONNECTED ? 0 : -ENOTCONN;
        if (m->address_len == 0)
                return 0;
        return evsim_unix_check_address((const struct sockaddr *)m->address, m->address_len);
}

/* The packet is made; 0 or why it cannot be delivered. */
static int deliver(struct evsim_unix *u, const struct evsim_message *m)
{
        int r;
        struct evsim_unix *to = receiver_of(u, m, &r);

        if (to == NULL)
                return r;
        r = may_send_packet(u, to);
        if (r < 0)
                return r;
        if (evsim_unix_is_full_for(to, u)) {
                u->socket.busy_peer = &to->sleepers;
                return -EAGAIN;
        }
        append(to, u, m->bytes, m->len, charge_of(m->len, PACKET_LINEAR, PACKET_PAGED));
        return 0;
}

ssize_t evsim_unix_send_packet(struct evsim_socket *s, struct evsim_message *m)
{
        struct evsim_unix *u = evsim_unix_of(s);
        int r;

        r = may_try_packet(u, m);
        if (r < 0)
                return r;
        if (m->len > (size_t)(s->send_buffer - 32))
                return -EMSGSIZE;
        r = evsim_socket_take_error(s);
        if (r < 0)
                return r;
        if ((s->shut & EVSIM_SHUT_WRITE) != 0)
                return -EPIPE;
        if (u->charged >= s->send_buffer)
                return -EAGAIN;
        r = deliver(u, m);
        if (r < 0)
                give_back(u,
                          0); /* Linux has charged the packet by then: it is given back, an edge */
        return r < 0 ? r : (ssize_t)m->len;
}

/* A packet is taken as a whole, however much of it there is room for. */
static ssize_t copy_packet(struct evsim_unix *u, struct evsim_message *m)
{
        const struct evsim_unix_message *message = u->first;
        const size_t len = message->len;
        const size_t part = len < m->len ? len : m->len;

        if (part > 0)
                memcpy(m->room, message->data, part);
        tell_sender(message, m);
        if (part < len)
                m->flags_out |= MSG_TRUNC;
        if (evsim_unix_is_connecting(u))
                m->flags_out |= MSG_EOR;
        if ((m->flags & MSG_PEEK) == 0) {
                drop_first(u);
                evsim_unix_wake_blocked(u);
        }
        return (ssize_t)((m->flags & MSG_TRUNC) != 0 ? len : part);
}

ssize_t evsim_unix_recv_packet(struct evsim_socket *s, struct evsim_message *m)
{
        struct evsim_unix *u = evsim_unix_of(s);
        const bool is_patient = (m->flags & MSG_DONTWAIT) == 0;
        int r;

        if (evsim_unix_is_connecting(u) && u->state != EVSIM_UNIX_CONNECTED)
                return -ENOTCONN;
        r = evsim_socket_take_error(s);
        if (r < 0)
                return r;
        if (u->first != NULL)
                return copy_packet(u, m);
        if ((s->shut & EVSIM_SHUT_READ) != 0 && (evsim_unix_is_connecting(u) || is_patient))
                return 0;
        return -EAGAIN;
}
