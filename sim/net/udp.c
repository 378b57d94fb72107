/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * UDP: a socket, its names and readiness.
 *
 * Modelled (udp(7), ip(7), connect(2); send(2) and recv(2) in udp_send.c and udp_receive.c):
 * datagrams that keep their boundaries; sockets connected to a peer, which take datagrams of that
 * alone; EACCES of the broadcast address; SO_REUSEADDR and SO_REUSEPORT; AF_UNSPEC, which
 * disconnects; always writable, as the send buffer is free again at once.
 * Not modelled: a send buffer that fills up, broadcast, multicast, UDP_CORK, IP_RECVERR, options.
 */
#include <errno.h>
#include <netinet/in.h>

#include "net/udp.h"

enum { BUFFER = 212992 };

void evsim_udp_unref(struct evsim_udp *u)
{
        if (--u->refs == 0)
                evsim_memory_free(evsim_udp_memory(u), u);
}

int evsim_udp_check_destination(struct evsim_udp *u, struct evsim_endpoint *to)
{
        if (to->address == EVSIM_ADDRESS_ANY4)
                to->address = EVSIM_ADDRESS_LOOPBACK4;
        if (to->address == EVSIM_ADDRESS_ANY6)
                to->address = EVSIM_ADDRESS_LOOPBACK6;
        if (to->address == EVSIM_ADDRESS_FOREIGN)
                return -ENETUNREACH;
        if (!evsim_address_is_v4(to->address) || (uint32_t)to->address < UINT32_C(0xe0000000))
                return 0;
        if ((uint32_t)to->address == UINT32_MAX && !u->inet.socket.does_broadcast)
                return -EACCES;
        evsim_unmodelled(evsim_udp_host(u), "sendto", "broadcast and multicast");
}

int evsim_udp_bind_to_any(struct evsim_udp *u)
{
        const struct evsim_endpoint any = {.address = u->inet.local.address};
        int r;

        if (u->inet.port != NULL)
                return 0;
        r = evsim_port_bind(&u->inet, &any);
        return r == 0 ? evsim_port_listen(&u->inet) : -EAGAIN;
}

static int bind_udp(struct evsim_socket *s, const struct sockaddr *address, socklen_t len)
{
        struct evsim_udp *u = evsim_udp_of(s);
        struct evsim_endpoint local;
        int r = evsim_endpoint_read(s, address, len, &local);

        if (r < 0)
                return r;
        if (u->inet.port != NULL)
                return -EINVAL;
        r = evsim_port_bind(&u->inet, &local);
        if (r < 0)
                return r;
        u->inet.is_held = local.port != 0;
        u->had_address = !evsim_address_is_any(local.address);
        return evsim_port_listen(&u->inet);
}

static int disconnect(struct evsim_udp *u)
{
        u->is_connected = false;
        u->inet.remote = (struct evsim_endpoint){0};
        if (!u->had_address)
                u->inet.local.address =
                        u->inet.socket.domain == AF_INET ? EVSIM_ADDRESS_ANY4 : EVSIM_ADDRESS_ANY6;
        if (!u->inet.is_held) {
                evsim_port_release(&u->inet);
                u->inet.local.port = 0;
        }
        return 0;
}

static int connect_udp(struct evsim_socket *s, const struct sockaddr *address, socklen_t len)
{
        struct evsim_udp *u = evsim_udp_of(s);
        struct evsim_endpoint remote;
        int r;

        if (address->sa_family == AF_UNSPEC)
                return disconnect(u);
        r = evsim_endpoint_read(s, address, len, &remote);
        if (r == 0)
                r = evsim_udp_check_destination(u, &remote);
        if (r == 0)
                r = evsim_udp_bind_to_any(u);
        if (r < 0)
                return r;
        if (!u->had_address)
                u->inet.local.address = evsim_address_towards(evsim_udp_host(u), remote.address);
        u->inet.remote = remote;
        u->is_connected = true;
        return 0;
}

static int shutdown_udp(struct evsim_socket *s, unsigned directions)
{
        s->shut |= directions;
        evsim_file_notify(&s->file, EVSIM_POLL_ALL);
        return evsim_udp_of(s)->is_connected ? 0 : -ENOTCONN;
}

static int name_of_udp(struct evsim_socket *s, bool is_peer, struct sockaddr_storage *address)
{
        const struct evsim_udp *u = evsim_udp_of(s);

        if (is_peer && (!u->is_connected || u->inet.remote.port == 0))
                return -ENOTCONN;
        return evsim_endpoint_write(s, is_peer ? &u->inet.remote : &u->inet.local, address);
}

static unsigned poll_udp(struct evsim_file *file)
{
        const struct evsim_udp *u = evsim_udp_of(evsim_socket_of(file));
        const struct evsim_socket *s = &u->inet.socket;
        unsigned bits = POLLOUT;

        if (s->error != 0)
                bits |= POLLERR;
        if (s->shut == EVSIM_SHUT_BOTH)
                bits |= POLLHUP;
        if ((s->shut & EVSIM_SHUT_READ) != 0)
                bits |= POLLIN | (unsigned)EVSIM_POLLRDHUP;
        if (u->first != NULL)
                bits |= POLLIN;
        return bits;
}

static void facts_of_udp(struct evsim_file *file, struct evsim_file_facts *facts)
{
        const struct evsim_udp *u = evsim_udp_of(evsim_socket_of(file));
        const struct evsim_socket *s = &u->inet.socket;

        facts->readable = u->first != NULL ? (int64_t)u->first->len : 0;
        facts->writable = s->send_buffer;
        facts->is_read_end = (s->shut & EVSIM_SHUT_READ) != 0;
        facts->is_write_end = (s->shut & EVSIM_SHUT_WRITE) != 0;
        facts->error = s->error;
}

static void release_udp(struct evsim_file *file)
{
        struct evsim_udp *u = evsim_udp_of(evsim_socket_of(file));

        u->is_dead = true;
        evsim_port_release(&u->inet);
        evsim_udp_drop_unread(u);
        evsim_udp_unref(u);
}

static const struct evsim_file_ops file_ops = {
        .name = "UDP socket",
        .poll = poll_udp,
        .facts = facts_of_udp,
        .release = release_udp,
        .is_socket = true,
};

static const struct evsim_socket_ops udp_ops = {
        .bind = bind_udp,
        .connect = connect_udp,
        .shutdown = shutdown_udp,
        .name = name_of_udp,
        .send = evsim_udp_send,
        .recv = evsim_udp_recv,
};

struct evsim_socket *evsim_udp_socket(struct evsim_host *host, int domain, int type, int protocol)
{
        struct evsim_udp *u = evsim_memory_zalloc(&host->world->memory, sizeof *u);

        evsim_socket_init(&u->inet.socket, &file_ops, &udp_ops, host, domain, type, protocol);
        u->inet.protocol = EVSIM_UDP;
        u->inet.local.address = domain == AF_INET ? EVSIM_ADDRESS_ANY4 : EVSIM_ADDRESS_ANY6;
        u->inet.socket.send_buffer = BUFFER;
        u->inet.socket.receive_buffer = BUFFER;
        u->refs = 1;
        return &u->inet.socket;
}
