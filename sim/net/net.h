/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The network of a world: addresses that lead to hosts, ports that lead to sockets, and ways, on
 * which packets take their time or are lost.
 *
 * An address is the lower half of an IPv6 address as a number, the upper half being 0: IPv4's are
 * mapped (::ffff:10.0.0.1), ::1 is 1 and :: is 0. All others are EVSIM_ADDRESS_FOREIGN: they can be
 * written down, but lead nowhere. Each host has 127.0.0.0/8, ::1 and an IPv4 address of its own.
 *
 * All that is drawn on a way is drawn from (seed, way, number of the packet on it), so that what
 * happens on one does not disturb the others. What a host sends to itself is there at once, as on
 * Linux: it is on no way.
 */
#ifndef EVIDENT_SIM_NET_H
#define EVIDENT_SIM_NET_H

#include <evident/sim.h>
#include <sys/socket.h>

#include "kernel/socket.h"
#include "net/table.h"
#include "world/agenda.h"

#define EVSIM_ADDRESS_ANY6      UINT64_C(0)
#define EVSIM_ADDRESS_LOOPBACK6 UINT64_C(1)
#define EVSIM_ADDRESS_ANY4      UINT64_C(0xffff00000000)
#define EVSIM_ADDRESS_LOOPBACK4 UINT64_C(0xffff7f000001)
#define EVSIM_ADDRESS_FOREIGN   UINT64_MAX

struct evsim_endpoint {
        uint64_t address;
        uint16_t port; /* in host byte order */
};

/* One direction between two hosts. It lasts as long as the world. */
struct evsim_way {
        struct evsim_node node; /* in net.ways */
        struct evsim_host *from;
        struct evsim_host *to;
        const struct evsim_link *link; /* the world's, or own */
        struct evsim_link own;
        bool is_cut;           /* partitioned */
        uint64_t npackets;     /* that were ever sent */
        int64_t busy_until_ns; /* until when its bandwidth is taken */
};

struct evsim_net {
        struct evsim_world *world;
        struct evsim_link link; /* the default */
        struct evsim_table ways;
        struct evsim_table hosts; /* by address */
        uint32_t nhosts;          /* of the world's that are in it */
};

/* What becomes of a packet. */
struct evsim_transit {
        bool is_lost;
        bool is_twice;
        int64_t arrival_ns;
        int64_t second_ns; /* if it is_twice */
};

struct evsim_inet;

/* A port that is in use. */
struct evsim_port {
        struct evsim_node node;    /* in the host's table of the protocol */
        struct evi_link listeners; /* sockets that take what comes: listening ones, and UDP's */
        struct evi_link owners;    /* the others that are bound to it */
        int nexplicit;             /* of all: not by a connect that chose it */
        uint16_t number;
};

enum evsim_protocol { EVSIM_TCP, EVSIM_UDP, EVSIM_NPROTOCOLS };

/* A host's part of it. */
struct evsim_net_host {
        struct evsim_table ports[EVSIM_NPROTOCOLS];
        struct evsim_table connections; /* of TCP, by both endpoints */
        uint16_t next_port[EVSIM_NPROTOCOLS];
};

/* A socket with endpoints: what TCP and UDP have in common. */
struct evsim_inet {
        struct evsim_socket socket; /* first */
        enum evsim_protocol protocol;
        struct evsim_endpoint local; /* port 0: not bound */
        struct evsim_endpoint remote;
        struct evsim_port *port; /* NULL: not bound */
        struct evi_link port_link;
        struct evsim_node connection; /* in the host's connections, if is_known */
        bool is_known;
        bool is_explicit; /* bound by bind(2), or accepted */
        bool is_held;     /* bind(2) named the port: it is kept until the file is closed */
        bool is_v6only;
};

static inline struct evsim_inet *evsim_inet_of(struct evsim_socket *s)
{
        return (struct evsim_inet *)(void *)s;
}

/* net.c */
struct evsim_net *evsim_net_of(struct evsim_world *world);
struct evsim_net_host *evsim_net_host_of(struct evsim_host *host);
/* The host that has the address, seen from a host; NULL: none has. */
struct evsim_host *evsim_net_find(struct evsim_host *from, uint64_t address);
bool evsim_address_is_local(const struct evsim_host *host, uint64_t address);
static inline bool evsim_address_is_any(uint64_t address)
{
        return address == EVSIM_ADDRESS_ANY4 || address == EVSIM_ADDRESS_ANY6;
}
static inline bool evsim_address_is_v4(uint64_t address)
{
        return address >> 32 == 0xffff;
}
/* The address from which a host sends to another. */
uint64_t evsim_address_towards(const struct evsim_host *host, uint64_t address);

/* An address of the socket's family; 0 or -errno. And back: its length. */
int evsim_endpoint_read(const struct evsim_socket *s, const struct sockaddr *address, socklen_t len,
                        struct evsim_endpoint *out);
int evsim_endpoint_write(const struct evsim_socket *s, const struct evsim_endpoint *endpoint,
                         struct sockaddr_storage *out);

/* link.c */
struct evsim_way *evsim_net_way(struct evsim_host *from, struct evsim_host *to);
/* A packet of so many bytes goes on the way. Its loss goes into the trace. */
void evsim_way_send(struct evsim_way *way, size_t size, bool is_datagram,
                    struct evsim_transit *transit);
/* It has arrived, and whether it has indeed: the way may have been cut meanwhile. Into the trace. */
bool evsim_way_arrive(struct evsim_way *way, size_t size);

/* ports.c: both are of the host of the socket's file. */
/* bind(2): 0, -EADDRINUSE, -EADDRNOTAVAIL. Port 0 chooses one. */
int evsim_port_bind(struct evsim_inet *inet, const struct evsim_endpoint *local);
/* A free port for a connection to the remote endpoint: 0 or -EADDRNOTAVAIL. */
int evsim_port_choose(struct evsim_inet *inet);
/* An accepted connection shares the port of its listener, whatever the rules. */
void evsim_port_share(struct evsim_inet *inet);
void evsim_port_release(struct evsim_inet *inet);
/* It begins to take what comes to the port: 0 or -EADDRINUSE, where another does. */
int evsim_port_listen(struct evsim_inet *inet);
void evsim_port_unlisten(struct evsim_inet *inet);
/* Who takes what comes from and goes to these endpoints; NULL: nobody. */
struct evsim_inet *evsim_port_find(struct evsim_host *host, enum evsim_protocol protocol,
                                   const struct evsim_endpoint *from,
                                   const struct evsim_endpoint *to);
/* The connection's endpoints are known, or no more. */
void evsim_connection_add(struct evsim_inet *inet);
void evsim_connection_remove(struct evsim_inet *inet);

/* tcp.c, udp.c */
struct evsim_socket *evsim_tcp_socket(struct evsim_host *host, int domain, int type, int protocol);
struct evsim_socket *evsim_udp_socket(struct evsim_host *host, int domain, int type, int protocol);
/* The connection breaks for both sides. */
void evsim_tcp_reset_both(struct evsim_inet *inet);

#endif
