/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Datagrams on their way out.
 *
 * Modelled (send(2), udp(7)): EMSGSIZE beyond 65,507 bytes, EDESTADDRREQ, EINVAL of port 0;
 * datagrams that may be lost, come twice, or late; an edge of POLLOUT at each that is sent.
 */
#include <errno.h>
#include <string.h>

#include "net/udp.h"

enum { PAYLOAD_MAX = 65507 };

static void arrive(struct evsim_appointment *a)
{
        struct evsim_datagram *datagram = EVI_CONTAINER_OF(a, struct evsim_datagram, arrival);

        if (evsim_way_arrive(datagram->way, datagram->len))
                evsim_udp_deliver(datagram->way->to, datagram);
        else
                evsim_udp_drop(datagram);
}

static struct evsim_datagram *make(struct evsim_udp *u, const struct evsim_endpoint *to,
                                   struct evsim_way *way, const unsigned char *bytes, size_t len)
{
        struct evsim_datagram *datagram =
                evsim_memory_alloc(evsim_udp_memory(u), sizeof *datagram + len);

        *datagram = (struct evsim_datagram){
                .arrival.keep = arrive,
                .sender = u,
                .way = way,
                .from = u->inet.local,
                .to = *to,
                .len = (uint32_t)len,
        };
        if (evsim_address_is_any(datagram->from.address))
                datagram->from.address = evsim_address_towards(evsim_udp_host(u), to->address);
        if (len > 0)
                memcpy(datagram->data, bytes, len);
        u->refs++;
        return datagram;
}

/* Finds the host and the way; false if nobody has the address. */
static bool find_way(struct evsim_udp *u, uint64_t address)
{
        struct evsim_host *host;

        if (u->known_host != NULL && u->known_address == address)
                return true;
        host = evsim_net_find(evsim_udp_host(u), address);
        if (host == NULL)
                return false;
        u->known_address = address;
        u->known_host = host;
        u->known_way = host != evsim_udp_host(u) ? evsim_net_way(evsim_udp_host(u), host) : NULL;
        return true;
}

static void launch(struct evsim_udp *u, const struct evsim_endpoint *to,
                   const struct evsim_message *m)
{
        struct evsim_agenda *agenda = &evsim_udp_host(u)->world->agenda;
        struct evsim_way *way = u->known_way;
        struct evsim_transit transit;

        if (way == NULL) {
                evsim_udp_deliver(u->known_host, make(u, to, NULL, m->bytes, m->len));
                return;
        }
        evsim_way_send(way, m->len, true, &transit);
        if (transit.is_lost)
                return;
        evsim_agenda_set(agenda, &make(u, to, way, m->bytes, m->len)->arrival, transit.arrival_ns);
        if (transit.is_twice)
                evsim_agenda_set(agenda, &make(u, to, way, m->bytes, m->len)->arrival,
                                 transit.second_ns);
}

/* To whom; 0 or -errno. */
static int receiver_of(struct evsim_udp *u, const struct evsim_message *m,
                       struct evsim_endpoint *to)
{
        struct evsim_socket *s = &u->inet.socket;
        int r;

        if (m->address_len == 0) {
                *to = u->inet.remote;
                return u->is_connected ? 0 : -EDESTADDRREQ;
        }
        r = evsim_endpoint_read(s, (const struct sockaddr *)m->address, m->address_len, to);
        if (r == 0 && to->port == 0)
                return -EINVAL;
        return r;
}

ssize_t evsim_udp_send(struct evsim_socket *s, struct evsim_message *m)
{
        struct evsim_udp *u = evsim_udp_of(s);
        struct evsim_endpoint to;
        int r;

        r = evsim_udp_bind_to_any(
                u); /* before all else: a send that fails leaves the socket bound */
        if (r == 0 && m->len > PAYLOAD_MAX)
                r = -EMSGSIZE;
        if (r == 0)
                r = receiver_of(u, m, &to);
        if (r == 0)
                r = evsim_udp_check_destination(u, &to);
        if (r == 0)
                r = evsim_socket_take_error(s);
        if (r == 0 && (s->shut & EVSIM_SHUT_WRITE) != 0)
                r = -EPIPE;
        if (r < 0)
                return r;
        evsim_file_notify(&s->file,
                          POLLOUT); /* first: the driver gives the buffer back as it takes it */
        if (find_way(u, to.address))
                launch(u, &to, m);
        return (ssize_t)m->len;
}
