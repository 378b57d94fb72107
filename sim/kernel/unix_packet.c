/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Packets between unix sockets: datagrams, and SOCK_SEQPACKET's; and senders that wait for a socket
 * whose queue is full.
 */
#include <errno.h>
#include <string.h>

#include "kernel/unix.h"
#include "kernel/wait.h"

enum {
        PACKET_LINEAR = 16064, /* beyond that a packet's bytes go into pages */
        PACKET_PAGED = 17 * EVSIM_UNIX_PAGE,
        QUEUE_MAX = 10, /* datagrams to a socket that is not connected back: more than so many */
};

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

        evsim_sleepers_wake(&u->sleepers);
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
        evsim_unix_append(to, u, m->bytes, m->len,
                          evsim_unix_charge(m->len, PACKET_LINEAR, PACKET_PAGED));
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
                evsim_unix_give_back(
                        u, 0); /* Linux has charged the packet by then: it is given back, an edge */
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
        evsim_unix_tell_sender(message, m);
        if (part < len)
                m->flags_out |= MSG_TRUNC;
        if (evsim_unix_is_connecting(u))
                m->flags_out |= MSG_EOR;
        if ((m->flags & MSG_PEEK) == 0) {
                evsim_unix_drop_first(u);
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
