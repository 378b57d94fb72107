/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Datagrams as they come in, and refusals.
 *
 * Modelled (recv(2), udp(7)): a receive buffer, charged as Linux 6 does with overheads, that drops
 * what does not fit; truncation, MSG_TRUNC, MSG_PEEK; ECONNREFUSED, at the next call and with
 * POLLERR, for a connected socket whose peer has no such port.
 */
#include <errno.h>
#include <string.h>

#include "net/udp.h"

enum {
        STRUCTURE = 256,
        OVERHEAD = 320,
        HEADERS = 64,
        SMALL = 576,
        BUCKET = 1024,
        BUCKET_MAX = 16384,
        PAGE = 4096,
};

/* What a datagram takes of the buffer, measured: small ones have buffers of their own, then come
 * powers of two, then pages. */
static int charge_of(const struct evsim_datagram *datagram)
{
        const int needed = (int)datagram->len + HEADERS + OVERHEAD;
        int bucket = BUCKET;

        if (needed <= SMALL)
                return STRUCTURE + SMALL;
        if (needed > BUCKET_MAX)
                return STRUCTURE + (needed + PAGE - 1) / PAGE * PAGE;
        while (bucket < needed)
                bucket *= 2;
        return STRUCTURE + bucket;
}

void evsim_udp_drop(struct evsim_datagram *datagram)
{
        struct evsim_udp *sender = datagram->sender;

        evsim_memory_free(evsim_udp_memory(sender), datagram);
        evsim_udp_unref(sender);
}

static void enqueue(struct evsim_udp *u, struct evsim_datagram *datagram)
{
        const int charge = charge_of(datagram);

        if (u->charged > u->inet.socket.receive_buffer - charge) {
                evsim_udp_drop(datagram);
                return;
        }
        u->charged += charge;
        datagram->next = NULL;
        if (u->last != NULL)
                u->last->next = datagram;
        else
                u->first = datagram;
        u->last = datagram;
        evsim_file_notify(&u->inet.socket.file, POLLIN);
}

static struct evsim_datagram *dequeue(struct evsim_udp *u)
{
        struct evsim_datagram *datagram = u->first;

        u->first = datagram->next;
        if (u->first == NULL)
                u->last = NULL;
        u->charged -= charge_of(datagram);
        return datagram;
}

/* Nobody has the port: who is connected to it is told. */
static void be_refused(struct evsim_datagram *datagram)
{
        struct evsim_udp *u = datagram->sender;

        if (!u->is_dead && u->is_connected && u->inet.remote.port == datagram->to.port &&
            u->inet.remote.address == datagram->to.address) {
                u->inet.socket.error = ECONNREFUSED;
                evsim_file_notify(&u->inet.socket.file, POLLERR);
        }
        evsim_udp_drop(datagram);
}

static void refusal_arrives(struct evsim_appointment *a)
{
        struct evsim_datagram *datagram = EVI_CONTAINER_OF(a, struct evsim_datagram, arrival);

        if (evsim_way_arrive(datagram->way, 0))
                be_refused(datagram);
        else
                evsim_udp_drop(datagram);
}

static void refuse(struct evsim_datagram *datagram)
{
        struct evsim_transit transit;
        struct evsim_way *back;

        if (datagram->way == NULL || !datagram->sender->is_connected) {
                be_refused(datagram);
                return;
        }
        back = evsim_net_way(datagram->way->to, datagram->way->from);
        evsim_way_send(back, 0, false, &transit);
        if (transit.is_lost) {
                evsim_udp_drop(datagram);
                return;
        }
        datagram->way = back;
        datagram->arrival.keep = refusal_arrives;
        evsim_agenda_set(&back->from->world->agenda, &datagram->arrival, transit.arrival_ns);
}

void evsim_udp_deliver(struct evsim_host *host, struct evsim_datagram *datagram)
{
        struct evsim_inet *found = evsim_port_find(host, EVSIM_UDP, &datagram->from, &datagram->to);

        if (found == NULL)
                refuse(datagram);
        else
                enqueue(evsim_udp_of(&found->socket), datagram);
}

static ssize_t take_datagram(struct evsim_udp *u, struct evsim_message *m)
{
        const struct evsim_datagram *datagram = u->first;
        const size_t len = datagram->len;
        const size_t part = len < m->len ? len : m->len;

        if (part > 0)
                memcpy(m->room, datagram->data, part);
        if (m->wants_address)
                m->address_len = (socklen_t)evsim_endpoint_write(&u->inet.socket, &datagram->from,
                                                                 m->address);
        if (part < len)
                m->flags_out |= MSG_TRUNC;
        if ((m->flags & MSG_PEEK) == 0)
                evsim_udp_drop(dequeue(u));
        return (ssize_t)((m->flags & MSG_TRUNC) != 0 ? len : part);
}

ssize_t evsim_udp_recv(struct evsim_socket *s, struct evsim_message *m)
{
        struct evsim_udp *u = evsim_udp_of(s);
        const int r = evsim_socket_take_error(s);

        if (r < 0)
                return r;
        if (u->first != NULL)
                return take_datagram(u, m);
        if ((s->shut & EVSIM_SHUT_READ) != 0 && (m->flags & MSG_DONTWAIT) == 0)
                return 0;
        return -EAGAIN;
}

void evsim_udp_drop_unread(struct evsim_udp *u)
{
        while (u->first != NULL)
                evsim_udp_drop(dequeue(u));
}
