/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * UDP: what its files share.
 *
 *   udp.c          a socket: its names, readiness, its end
 *   udp_send.c     datagrams on their way out
 *   udp_receive.c  datagrams as they come in, and refusals
 */
#ifndef EVIDENT_SIM_NET_UDP_H
#define EVIDENT_SIM_NET_UDP_H

#include "net/net.h"

struct evsim_udp;

struct evsim_datagram {
        struct evsim_appointment arrival;
        struct evsim_datagram *next; /* in udp.first to last */
        struct evsim_udp *sender;    /* a reference, for the refusal */
        struct evsim_way *way;       /* NULL: within the host */
        struct evsim_endpoint from;
        struct evsim_endpoint to;
        uint32_t len;
        unsigned char data[];
};

struct evsim_udp {
        struct evsim_inet inet; /* first */
        int refs;               /* the file, and datagrams that fly */
        bool is_dead;
        bool is_connected;
        bool had_address; /* before it was connected: bound to it */
        struct evsim_datagram *first;
        struct evsim_datagram *last;
        int charged; /* of the receive buffer */

        /* Where it has sent to last: the host that has the address, and the way there. */
        uint64_t known_address;
        struct evsim_host *known_host; /* NULL: none yet */
        struct evsim_way *known_way;   /* NULL: within the host */
};

static inline struct evsim_udp *evsim_udp_of(struct evsim_socket *s)
{
        return (struct evsim_udp *)(void *)s;
}

static inline struct evsim_host *evsim_udp_host(const struct evsim_udp *u)
{
        return u->inet.socket.file.host;
}

static inline struct evsim_memory *evsim_udp_memory(const struct evsim_udp *u)
{
        return &evsim_udp_host(u)->world->memory;
}

/* udp.c */
void evsim_udp_unref(struct evsim_udp *u);
/* What may be sent to: 0 or -errno; the unspecified address becomes that of the host itself. */
int evsim_udp_check_destination(struct evsim_udp *u, struct evsim_endpoint *to);
/* A port for what has none yet. */
int evsim_udp_bind_to_any(struct evsim_udp *u);

/* udp_send.c */
ssize_t evsim_udp_send(struct evsim_socket *s, struct evsim_message *m);

/* udp_receive.c */
ssize_t evsim_udp_recv(struct evsim_socket *s, struct evsim_message *m);
/* A datagram has come to the host: it is queued, dropped, or refused. */
void evsim_udp_deliver(struct evsim_host *host, struct evsim_datagram *datagram);
/* It comes to nothing. */
void evsim_udp_drop(struct evsim_datagram *datagram);
/* What is not read is dropped. */
void evsim_udp_drop_unread(struct evsim_udp *u);

#endif
