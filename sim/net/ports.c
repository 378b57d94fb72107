/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Ports: who is bound to which, and who takes what comes.
 *
 * Modelled (ip(7), socket(7) SO_REUSEADDR, SO_REUSEPORT, ipv6(7) IPV6_V6ONLY): addresses that
 * overlap may not share a port, unless both say SO_REUSEADDR and none of them listens, or both say
 * SO_REUSEPORT; a socket of IPv6 takes IPv4 too unless it is told not to; accepted connections, and
 * those in TIME_WAIT, hold their port as their listener did. Ephemeral ports are 32768 to 60999, as
 * on Linux, but given out in their order; connections to different peers may share one. Of several
 * that listen by SO_REUSEPORT the peer's endpoint decides.
 */
#include <errno.h>

#include "net/net.h"
#include "world/random.h"

enum { EPHEMERAL_FIRST = 32768, EPHEMERAL_LAST = 60999 };

static struct evsim_host *host_of(const struct evsim_inet *inet)
{
        return inet->socket.file.host;
}

static struct evsim_table *table_of(struct evsim_host *host, enum evsim_protocol protocol)
{
        return &evsim_net_host_of(host)->ports[protocol];
}

static struct evsim_inet *inet_at(struct evi_link *link)
{
        return EVI_CONTAINER_OF(link, struct evsim_inet, port_link);
}

static struct evsim_port *find_port(struct evsim_host *host, enum evsim_protocol protocol,
                                    uint16_t number)
{
        struct evsim_node *node = evsim_table_first(table_of(host, protocol), evsim_mix(number));

        return node != NULL ? EVI_CONTAINER_OF(node, struct evsim_port, node) : NULL;
}

static struct evsim_port *get_port(struct evsim_host *host, enum evsim_protocol protocol,
                                   uint16_t number)
{
        struct evsim_port *port = find_port(host, protocol, number);

        if (port != NULL)
                return port;
        port = evsim_memory_zalloc(&host->world->memory, sizeof *port);
        port->number = number;
        evi_list_init(&port->listeners);
        evi_list_init(&port->owners);
        evsim_table_put(&host->world->memory, table_of(host, protocol), &port->node,
                        evsim_mix(number));
        return port;
}

/* ---- Who may have a port -----------------------------------------------------------------------
 */

/* What is bound to any takes what is sent to address. */
static bool covers(uint64_t any, bool is_v6only, uint64_t address)
{
        if (any == EVSIM_ADDRESS_ANY4)
                return evsim_address_is_v4(address) ||
                       (address == EVSIM_ADDRESS_ANY6 && !is_v6only);
        return any == EVSIM_ADDRESS_ANY6 && (!is_v6only || !evsim_address_is_v4(address));
}

static bool overlap(const struct evsim_inet *one, uint64_t address, const struct evsim_inet *other)
{
        const bool is_v6only = (address == EVSIM_ADDRESS_ANY6 && one->is_v6only) ||
                               (other->local.address == EVSIM_ADDRESS_ANY6 && other->is_v6only);

        return address == other->local.address ||
               covers(address, is_v6only, other->local.address) ||
               covers(other->local.address, is_v6only, address);
}

static bool may_share(const struct evsim_inet *one, const struct evsim_inet *other)
{
        const struct evsim_socket *a = &one->socket;
        const struct evsim_socket *b = &other->socket;

        return (a->may_reuse_address && b->may_reuse_address && !b->is_listening) ||
               (a->may_reuse_port && b->may_reuse_port);
}

static bool is_taken_in(struct evi_link *list, const struct evsim_inet *inet, uint64_t address)
{
        for (struct evi_link *l = evi_list_first(list); l != NULL; l = evi_list_next(list, l)) {
                const struct evsim_inet *other = inet_at(l);

                if (other != inet && overlap(inet, address, other) && !may_share(inet, other))
                        return true;
        }
        return false;
}

static bool is_taken(const struct evsim_inet *inet, const struct evsim_endpoint *local)
{
        struct evsim_port *port = find_port(host_of(inet), inet->protocol, local->port);

        return port != NULL && (is_taken_in(&port->listeners, inet, local->address) ||
                                is_taken_in(&port->owners, inet, local->address));
}

/* ---- Taking and leaving ------------------------------------------------------------------------
 */

static void take(struct evsim_inet *inet, const struct evsim_endpoint *local, bool is_explicit)
{
        struct evsim_port *port = get_port(host_of(inet), inet->protocol, local->port);

        inet->local = *local;
        inet->port = port;
        inet->is_explicit = is_explicit;
        port->nexplicit += is_explicit;
        evi_list_push_tail(&port->owners, &inet->port_link);
}

/* The ephemeral port after the last one given out, and so on until one is free. */
static uint16_t next_ephemeral(const struct evsim_inet *inet)
{
        uint16_t *next = &evsim_net_host_of(host_of(inet))->next_port[inet->protocol];
        const uint16_t number = *next;

        *next = number == EPHEMERAL_LAST ? EPHEMERAL_FIRST : (uint16_t)(number + 1);
        return number;
}

int evsim_port_bind(struct evsim_inet *inet, const struct evsim_endpoint *local)
{
        struct evsim_endpoint wanted = *local;

        if (!evsim_address_is_any(local->address) &&
            !evsim_address_is_local(host_of(inet), local->address))
                return -EADDRNOTAVAIL;
        if (local->port != 0) {
                if (is_taken(inet, &wanted))
                        return -EADDRINUSE;
                take(inet, &wanted, true);
                return 0;
        }
        for (int i = EPHEMERAL_FIRST; i <= EPHEMERAL_LAST; i++) {
                wanted.port = next_ephemeral(inet);
                if (find_port(host_of(inet), inet->protocol, wanted.port) == NULL) {
                        take(inet, &wanted, true);
                        return 0;
                }
        }
        return -EADDRINUSE;
}

static uint64_t hash_of(const struct evsim_inet *inet)
{
        return evsim_mix(evsim_mix(inet->local.address << 16 ^ inet->local.port) ^
                         (inet->remote.address << 16 ^ inet->remote.port));
}

/* Whether there is such a connection already. */
static bool is_connected(const struct evsim_inet *inet)
{
        const struct evsim_table *table = &evsim_net_host_of(host_of(inet))->connections;

        for (struct evsim_node *n = evsim_table_first(table, hash_of(inet)); n != NULL;
             n = evsim_table_next(n)) {
                const struct evsim_inet *other = EVI_CONTAINER_OF(n, struct evsim_inet, connection);

                if (other != inet && other->local.port == inet->local.port &&
                    other->local.address == inet->local.address &&
                    other->remote.port == inet->remote.port &&
                    other->remote.address == inet->remote.address)
                        return true;
        }
        return false;
}

int evsim_port_choose(struct evsim_inet *inet)
{
        if (inet->port != NULL)
                return is_connected(inet) ? -EADDRNOTAVAIL : 0;
        for (int i = EPHEMERAL_FIRST; i <= EPHEMERAL_LAST; i++) {
                const struct evsim_port *port;

                inet->local.port = next_ephemeral(inet);
                port = find_port(host_of(inet), inet->protocol, inet->local.port);
                if (port == NULL ||
                    (inet->protocol == EVSIM_TCP && port->nexplicit == 0 && !is_connected(inet))) {
                        const struct evsim_endpoint local = inet->local;

                        take(inet, &local, false);
                        return 0;
                }
        }
        inet->local.port = 0;
        return -EADDRNOTAVAIL;
}

void evsim_port_share(struct evsim_inet *inet)
{
        const struct evsim_endpoint local = inet->local;

        take(inet, &local, true);
}

void evsim_port_release(struct evsim_inet *inet)
{
        struct evsim_port *port = inet->port;
        struct evsim_host *host = host_of(inet);

        if (port == NULL)
                return;
        evi_list_remove(&inet->port_link);
        port->nexplicit -= inet->is_explicit;
        inet->port = NULL;
        if (!evi_list_is_empty(&port->listeners) || !evi_list_is_empty(&port->owners))
                return;
        evsim_table_remove(table_of(host, inet->protocol), &port->node);
        evsim_memory_free(&host->world->memory, port);
}

/* ---- Taking what comes -------------------------------------------------------------------------
 */

int evsim_port_listen(struct evsim_inet *inet)
{
        struct evsim_port *port = inet->port;

        if (inet->protocol == EVSIM_TCP && is_taken_in(&port->listeners, inet, inet->local.address))
                return -EADDRINUSE;
        evi_list_remove(&inet->port_link);
        evi_list_push_tail(&port->listeners, &inet->port_link);
        return 0;
}

void evsim_port_unlisten(struct evsim_inet *inet)
{
        evi_list_remove(&inet->port_link);
        evi_list_push_tail(&inet->port->owners, &inet->port_link);
}

/* How well a socket fits: 0 not at all, then by the address, and by the peer it is connected to. */
static int fitness(const struct evsim_inet *inet, const struct evsim_endpoint *from,
                   const struct evsim_endpoint *to)
{
        const uint64_t address = inet->local.address;
        int points = 1;

        if (address == to->address)
                points = 3;
        else if (!covers(address, inet->is_v6only, to->address))
                return 0;
        else if (address == EVSIM_ADDRESS_ANY4)
                points = 2;
        if (inet->remote.port == 0)
                return points;
        if (inet->remote.port != from->port || inet->remote.address != from->address)
                return 0;
        return points + 3;
}

struct evsim_inet *evsim_port_find(struct evsim_host *host, enum evsim_protocol protocol,
                                   const struct evsim_endpoint *from,
                                   const struct evsim_endpoint *to)
{
        struct evsim_port *port = find_port(host, protocol, to->port);
        struct evsim_inet *best = NULL;
        uint64_t stream = evsim_mix(from->address << 16 ^ from->port);
        int most = 0;
        uint32_t equals = 0;

        if (port == NULL)
                return NULL;
        for (struct evi_link *l = evi_list_first(&port->listeners); l != NULL;
             l = evi_list_next(&port->listeners, l)) {
                struct evsim_inet *inet = inet_at(l);
                const int points = fitness(inet, from, to);

                if (points == 0 || points < most)
                        continue;
                equals = points > most ? 1 : equals + 1;
                most = points;
                /* Each of those that fit equally well is as likely; without SO_REUSEPORT it is the
                 * last that was bound. */
                if (equals == 1 || !inet->socket.may_reuse_port ||
                    evsim_random_below(&stream, equals) == 0)
                        best = inet;
        }
        return best;
}

/* ---- Connections -------------------------------------------------------------------------------
 */

void evsim_connection_add(struct evsim_inet *inet)
{
        struct evsim_host *host = host_of(inet);

        evsim_table_put(&host->world->memory, &evsim_net_host_of(host)->connections,
                        &inet->connection, hash_of(inet));
        inet->is_known = true;
}

void evsim_connection_remove(struct evsim_inet *inet)
{
        if (!inet->is_known)
                return;
        evsim_table_remove(&evsim_net_host_of(host_of(inet))->connections, &inet->connection);
        inet->is_known = false;
}

void evsim_reset_connections(struct evsim_host *a, struct evsim_host *b)
{
        struct evsim_table *table = &evsim_net_host_of(a)->connections;
        struct evsim_inet **found =
                evsim_memory_alloc(&a->world->memory, (table->count + 1) * sizeof *found);
        size_t nfound = 0;

        for (size_t i = 0; i < table->capacity; i++)
                for (struct evsim_node *n = table->slots[i]; n != NULL; n = n->next) {
                        struct evsim_inet *inet =
                                EVI_CONTAINER_OF(n, struct evsim_inet, connection);

                        if (evsim_net_find(a, inet->remote.address) == b)
                                found[nfound++] = inet;
                }
        for (size_t i = 0; i < nfound; i++)
                if (found[i]->is_known)
                        evsim_tcp_reset_both(found[i]);
        evsim_memory_free(&a->world->memory, found);
}
