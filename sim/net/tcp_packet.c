/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Packets of TCP that carry no bytes: they are lost or arrive, and who has sent them sees to it that
 * they are sent again.
 */
#include <errno.h>

#include "net/tcp.h"

struct packet {
        struct evsim_appointment arrival;
        enum evsim_tcp_packet kind;
        struct evsim_way *way;
        struct evsim_tcp *from; /* references; NULL: nobody */
        struct evsim_tcp *to;
};

static void take(enum evsim_tcp_packet kind, struct evsim_tcp *from, struct evsim_tcp *to)
{
        switch (kind) {
        case EVSIM_TCP_SYN:
                evsim_tcp_take_syn(from);
                break;
        case EVSIM_TCP_SYN_ACK:
                evsim_tcp_take_syn_ack(to, from);
                break;
        case EVSIM_TCP_ACK:
                evsim_tcp_take_ack(to);
                break;
        case EVSIM_TCP_RST:
                evsim_tcp_reset(to, ECONNRESET);
                break;
        }
}

/* Takes it, and lets its ends go. */
static void end(enum evsim_tcp_packet kind, struct evsim_tcp *from, struct evsim_tcp *to,
                bool has_arrived)
{
        if (has_arrived)
                take(kind, from, to);
        if (from != NULL)
                evsim_tcp_unref(from);
        if (to != NULL)
                evsim_tcp_unref(to);
}

static void arrive(struct evsim_appointment *a)
{
        struct packet *packet = EVI_CONTAINER_OF(a, struct packet, arrival);
        const struct packet copy = *packet;

        evsim_memory_free(&packet->way->from->world->memory, packet);
        end(copy.kind, copy.from, copy.to, evsim_way_arrive(copy.way, 0));
}

static void send_on(struct evsim_way *way, int64_t not_before_ns, enum evsim_tcp_packet kind,
                    struct evsim_tcp *from, struct evsim_tcp *to)
{
        struct evsim_world *world = way->from->world;
        struct evsim_transit transit;
        struct packet *packet;

        evsim_way_send(way, 0, false, &transit);
        if (transit.is_lost) {
                end(kind, from, to, false);
                return;
        }
        if (transit.arrival_ns < not_before_ns)
                transit.arrival_ns = not_before_ns;
        packet = evsim_memory_alloc(&world->memory, sizeof *packet);
        *packet = (struct packet){{arrive, 0}, kind, way, from, to};
        evsim_agenda_set(&world->agenda, &packet->arrival, transit.arrival_ns);
}

void evsim_tcp_send_packet(struct evsim_tcp *t, enum evsim_tcp_packet kind, struct evsim_tcp *to)
{
        evsim_tcp_ref(t);
        if (to != NULL)
                evsim_tcp_ref(to);
        if (t->out == NULL)
                end(kind, t, to, true);
        else
                send_on(t->out, t->last_arrival_ns, kind, t, to);
}

void evsim_tcp_refuse(struct evsim_tcp *t)
{
        evsim_tcp_ref(t);
        if (t->back == NULL)
                end(EVSIM_TCP_RST, NULL, t, true);
        else
                send_on(t->back, 0, EVSIM_TCP_RST, NULL, t);
}
