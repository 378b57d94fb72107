/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * UDP.
 *
 * Modelled (udp(7), ip(7), connect(2), send(2), recv(2)): datagrams that keep their boundaries, may
 * be lost, come twice, or late; truncation, MSG_TRUNC; EMSGSIZE beyond 65,507 bytes; a receive
 * buffer, charged as Linux 6 does with overheads, that drops what does not fit; sockets connected to
 * a peer, which take datagrams of that alone; ECONNREFUSED, at the next call and with POLLERR, for a
 * connected socket whose peer has no such port; EDESTADDRREQ, EINVAL of port 0, EACCES of the
 * broadcast address; SO_REUSEADDR and SO_REUSEPORT; AF_UNSPEC, which disconnects; always writable,
 * with an edge of POLLOUT at each datagram sent, as its buffer is free again at once.
 * Not modelled: a send buffer that fills up, broadcast, multicast, UDP_CORK, IP_RECVERR, options.
 */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "net/net.h"

enum {
        BUFFER = 212992,
        PAYLOAD_MAX = 65507,
        STRUCTURE = 256,
        OVERHEAD = 320,
        HEADERS = 64,
        SMALL = 576,
        BUCKET = 1024,
        BUCKET_MAX = 16384,
        PAGE = 4096,
};

struct udp;

struct datagram {
        struct evsim_appointment arrival;
        struct datagram *next; /* in udp.first to last */
        struct udp *sender;    /* a reference, for the refusal */
        struct evsim_way *way; /* NULL: within the host */
        struct evsim_endpoint from;
        struct evsim_endpoint to;
        uint32_t len;
        unsigned char data[];
};

struct udp {
        struct evsim_inet inet; /* first */
        int refs;               /* the file, and datagrams that fly */
        bool is_dead;
        bool is_connected;
        bool had_address; /* before it was connected: bound to it */
        struct datagram *first;
        struct datagram *last;
        int charged; /* of the receive buffer */

        /* Where it has sent to last: the host that has the address, and the way there. */
        uint64_t known_address;
        struct evsim_host *known_host; /* NULL: none yet */
        struct evsim_way *known_way;   /* NULL: within the host */
};

static struct udp *udp_of(struct evsim_socket *s)
{
        return (struct udp *)(void *)s;
}

static struct evsim_host *host_of(const struct udp *u)
{
        return u->inet.socket.file.host;
}

static struct evsim_memory *memory_of(const struct udp *u)
{
        return &host_of(u)->world->memory;
}

static void unref(struct udp *u)
{
        if (--u->refs == 0)
                evsim_memory_free(memory_of(u), u);
}

/* ---- Receiving ---------------------------------------------------------------------------------
 */

/* What a datagram takes of the buffer, measured: small ones have buffers of their own, then come
 * powers of two, then pages. */
static int charge_of(const struct datagram *datagram)
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

static void drop(struct datagram *datagram)
{
        struct udp *sender = datagram->sender;

        evsim_memory_free(memory_of(sender), datagram);
        unref(sender);
}

static void enqueue(struct udp *u, struct datagram *datagram)
{
        const int charge = charge_of(datagram);

        if (u->charged > u->inet.socket.receive_buffer - charge) {
                drop(datagram);
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

static struct datagram *dequeue(struct udp *u)
{
        struct datagram *datagram = u->first;

        u->first = datagram->next;
        if (u->first == NULL)
                u->last = NULL;
        u->charged -= charge_of(datagram);
        return datagram;
}

/* Nobody has the port: who is connected to it is told. */
static void be_refused(struct datagram *datagram)
{
        struct udp *u = datagram->sender;

        if (!u->is_dead && u->is_connected && u->inet.remote.port == datagram->to.port &&
            u->inet.remote.address == datagram->to.address) {
                u->inet.socket.error = ECONNREFUSED;
                evsim_file_notify(&u->inet.socket.file, POLLERR);
        }
        drop(datagram);
}

static void refusal_arrives(struct evsim_appointment *a)
{
        struct datagram *datagram = EVI_CONTAINER_OF(a, struct datagram, arrival);

        if (evsim_way_arrive(datagram->way, 0))
                be_refused(datagram);
        else
                drop(datagram);
}

static void refuse(struct datagram *datagram)
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
                drop(datagram);
                return;
        }
        datagram->way = back;
        datagram->arrival.keep = refusal_arrives;
        evsim_agenda_set(&back->from->world->agenda, &datagram->arrival, transit.arrival_ns);
}

static void deliver(struct evsim_host *host, struct datagram *datagram)
{
        struct evsim_inet *found = evsim_port_find(host, EVSIM_UDP, &datagram->from, &datagram->to);

        if (found == NULL)
                refuse(datagram);
        else
                enqueue(udp_of(&found->socket), datagram);
}

static void arrive(struct evsim_appointment *a)
{
        struct datagram *datagram = EVI_CONTAINER_OF(a, struct datagram, arrival);

        if (evsim_way_arrive(datagram->way, datagram->len))
                deliver(datagram->way->to, datagram);
        else
                drop(datagram);
}

static ssize_t take_datagram(struct udp *u, struct evsim_message *m)
{
        const struct datagram *datagram = u->first;
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
                drop(dequeue(u));
        return (ssize_t)((m->flags & MSG_TRUNC) != 0 ? len : part);
}

static ssize_t recv_udp(struct evsim_socket *s, struct evsim_message *m)
{
        struct udp *u = udp_of(s);
        const int r = evsim_socket_take_error(s);

        if (r < 0)
                return r;
        if (u->first != NULL)
                return take_datagram(u, m);
        if ((s->shut & EVSIM_SHUT_READ) != 0 && (m->flags & MSG_DONTWAIT) == 0)
                return 0;
        return -EAGAIN;
}

/* ---- Sending -----------------------------------------------------------------------------------
 */

static struct datagram *make(struct udp *u, const struct evsim_endpoint *to, struct evsim_way *way,
                             const unsigned char *bytes, size_t len)
{
        struct datagram *datagram = evsim_memory_alloc(memory_of(u), sizeof *datagram + len);

        *datagram = (struct datagram){
                .arrival.keep = arrive,
                .sender = u,
                .way = way,
                .from = u->inet.local,
                .to = *to,
                .len = (uint32_t)len,
        };
        if (evsim_address_is_any(datagram->from.address))
                datagram->from.address = evsim_address_towards(host_of(u), to->address);
        if (len > 0)
                memcpy(datagram->data, bytes, len);
        u->refs++;
        return datagram;
}

/* Finds the host and the way; false if nobody has the address. */
static bool find_way(struct udp *u, uint64_t address)
{
        struct evsim_host *host;

        if (u->known_host != NULL && u->known_address == address)
                return true;
        host = evsim_net_find(host_of(u), address);
        if (host == NULL)
                return false;
        u->known_address = address;
        u->known_host = host;
        u->known_way = host != host_of(u) ? evsim_net_way(host_of(u), host) : NULL;
        return true;
}

static void launch(struct udp *u, const struct evsim_endpoint *to, const struct evsim_message *m)
{
        struct evsim_agenda *agenda = &host_of(u)->world->agenda;
        struct evsim_way *way = u->known_way;
        struct evsim_transit transit;

        if (way == NULL) {
                deliver(u->known_host, make(u, to, NULL, m->bytes, m->len));
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
static int receiver_of(struct udp *u, const struct evsim_message *m, struct evsim_endpoint *to)
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

static int check_destination(struct udp *u, struct evsim_endpoint *to)
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
        evsim_unmodelled(host_of(u), "sendto", "broadcast and multicast");
}

/* An address for what has none yet. */
static int bind_to_any(struct udp *u)
{
        const struct evsim_endpoint any = {.address = u->inet.local.address};
        int r;

        if (u->inet.port != NULL)
                return 0;
        r = evsim_port_bind(&u->inet, &any);
        return r == 0 ? evsim_port_listen(&u->inet) : -EAGAIN;
}

static ssize_t send_udp(struct evsim_socket *s, struct evsim_message *m)
{
        struct udp *u = udp_of(s);
        struct evsim_endpoint to;
        int r;

        r = bind_to_any(u); /* before all else: a send that fails leaves the socket bound */
        if (r == 0 && m->len > PAYLOAD_MAX)
                r = -EMSGSIZE;
        if (r == 0)
                r = receiver_of(u, m, &to);
        if (r == 0)
                r = check_destination(u, &to);
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

/* ---- The rest of a socket ----------------------------------------------------------------------
 */

static int bind_udp(struct evsim_socket *s, const struct sockaddr *address, socklen_t len)
{
        struct udp *u = udp_of(s);
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

static int disconnect(struct udp *u)
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
        struct udp *u = udp_of(s);
        struct evsim_endpoint remote;
        int r;

        if (address->sa_family == AF_UNSPEC)
                return disconnect(u);
        r = evsim_endpoint_read(s, address, len, &remote);
        if (r == 0)
                r = check_destination(u, &remote);
        if (r == 0)
                r = bind_to_any(u);
        if (r < 0)
                return r;
        if (!u->had_address)
                u->inet.local.address = evsim_address_towards(host_of(u), remote.address);
        u->inet.remote = remote;
        u->is_connected = true;
        return 0;
}

static int shutdown_udp(struct evsim_socket *s, unsigned directions)
{
        s->shut |= directions;
        evsim_file_notify(&s->file, EVSIM_POLL_ALL);
        return udp_of(s)->is_connected ? 0 : -ENOTCONN;
}

static int name_of_udp(struct evsim_socket *s, bool is_peer, struct sockaddr_storage *address)
{
        const struct udp *u = udp_of(s);

        if (is_peer && (!u->is_connected || u->inet.remote.port == 0))
                return -ENOTCONN;
        return evsim_endpoint_write(s, is_peer ? &u->inet.remote : &u->inet.local, address);
}

static unsigned poll_udp(struct evsim_file *file)
{
        const struct udp *u = udp_of(evsim_socket_of(file));
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
        const struct udp *u = udp_of(evsim_socket_of(file));
        const struct evsim_socket *s = &u->inet.socket;

        facts->readable = u->first != NULL ? (int64_t)u->first->len : 0;
        facts->writable = s->send_buffer;
        facts->is_read_end = (s->shut & EVSIM_SHUT_READ) != 0;
        facts->is_write_end = (s->shut & EVSIM_SHUT_WRITE) != 0;
        facts->error = s->error;
}

static void release_udp(struct evsim_file *file)
{
        struct udp *u = udp_of(evsim_socket_of(file));

        u->is_dead = true;
        evsim_port_release(&u->inet);
        while (u->first != NULL)
                drop(dequeue(u));
        unref(u);
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
        .send = send_udp,
        .recv = recv_udp,
};

struct evsim_socket *evsim_udp_socket(struct evsim_host *host, int domain, int type, int protocol)
{
        struct udp *u = evsim_memory_zalloc(&host->world->memory, sizeof *u);

        evsim_socket_init(&u->inet.socket, &file_ops, &udp_ops, host, domain, type, protocol);
        u->inet.protocol = EVSIM_UDP;
        u->inet.local.address = domain == AF_INET ? EVSIM_ADDRESS_ANY4 : EVSIM_ADDRESS_ANY6;
        u->inet.socket.send_buffer = BUFFER;
        u->inet.socket.receive_buffer = BUFFER;
        u->refs = 1;
        return &u->inet.socket;
}
