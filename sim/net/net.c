/* SPDX-License-Identifier: BSD-3-Clause */
#include "net/net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "world/random.h"

enum { EPHEMERAL_FIRST = 32768 };

/* The length of sockaddr_in6 before it had a scope: still accepted. */
enum { SOCKADDR_IN6_MIN = 24 };

struct known_host {
        struct evsim_node node;
        struct evsim_host *host;
};

struct evsim_net *evsim_net_of(struct evsim_world *world)
{
        if (world->net == NULL) {
                world->net = evsim_memory_zalloc(&world->memory, sizeof *world->net);
                world->net->world = world;
                world->net->link.latency_ns = 100000;
        }
        return world->net;
}

struct evsim_net_host *evsim_net_host_of(struct evsim_host *host)
{
        if (host->net == NULL) {
                host->net = evsim_memory_zalloc(&host->world->memory, sizeof *host->net);
                for (int i = 0; i < EVSIM_NPROTOCOLS; i++)
                        host->net->next_port[i] = EPHEMERAL_FIRST;
        }
        return host->net;
}

/* ---- Addresses ---------------------------------------------------------------------------------
 */

static uint64_t mapped(uint32_t address)
{
        return EVSIM_ADDRESS_ANY4 | ntohl(address);
}

static bool is_loopback(uint64_t address)
{
        return address == EVSIM_ADDRESS_LOOPBACK6 || address >> 24 == UINT64_C(0xffff7f);
}

bool evsim_address_is_local(const struct evsim_host *host, uint64_t address)
{
        return is_loopback(address) || address == mapped(host->address);
}

uint64_t evsim_address_towards(const struct evsim_host *host, uint64_t address)
{
        if (address == EVSIM_ADDRESS_LOOPBACK6)
                return address;
        return is_loopback(address) ? EVSIM_ADDRESS_LOOPBACK4 : mapped(host->address);
}

static struct evsim_host *find_host(const struct evsim_net *net, uint64_t address)
{
        for (struct evsim_node *n = evsim_table_first(&net->hosts, evsim_mix(address)); n != NULL;
             n = evsim_table_next(n)) {
                struct evsim_host *host = EVI_CONTAINER_OF(n, struct known_host, node)->host;

                if (mapped(host->address) == address)
                        return host;
        }
        return NULL;
}

/* Hosts that were made since the last time. */
static void learn_hosts(struct evsim_net *net)
{
        struct evsim_world *world = net->world;

        for (struct evi_link *l = evi_list_last(&world->hosts); l != NULL;
             l = evi_list_prev(&world->hosts, l)) {
                struct evsim_host *host = EVI_CONTAINER_OF(l, struct evsim_host, link);
                struct evsim_host *other;
                struct known_host *known;

                if (host->id <= net->nhosts)
                        break;
                other = find_host(net, mapped(host->address));
                if (other != NULL)
                        evsim_die("evsim_host_new: %s and %s have the same address", host->name,
                                  other->name);
                known = evsim_memory_zalloc(&world->memory, sizeof *known);
                known->host = host;
                evsim_table_put(&world->memory, &net->hosts, &known->node,
                                evsim_mix(mapped(host->address)));
        }
        net->nhosts = world->nhosts;
}

struct evsim_host *evsim_net_find(struct evsim_host *from, uint64_t address)
{
        struct evsim_net *net = evsim_net_of(from->world);

        if (evsim_address_is_local(from, address))
                return from;
        if (net->nhosts < from->world->nhosts)
                learn_hosts(net);
        return find_host(net, address);
}

static uint64_t read_v6(const struct in6_addr *address)
{
        uint64_t number = 0;
        uint64_t upper = 0;

        for (int i = 0; i < 8; i++) {
                upper |= address->s6_addr[i];
                number = number << 8 | address->s6_addr[8 + i];
        }
        if (upper != 0 || (number > EVSIM_ADDRESS_LOOPBACK6 && !evsim_address_is_v4(number)))
                return EVSIM_ADDRESS_FOREIGN;
        return number;
}

int evsim_endpoint_read(const struct evsim_socket *s, const struct sockaddr *address, socklen_t len,
                        struct evsim_endpoint *out)
{
        struct sockaddr_in v4;
        struct sockaddr_in6 v6 = {0};

        if (s->domain == AF_INET) {
                if (len < sizeof v4)
                        return -EINVAL;
                memcpy(&v4, address, sizeof v4);
                *out = (struct evsim_endpoint){mapped(v4.sin_addr.s_addr), ntohs(v4.sin_port)};
                return v4.sin_family == AF_INET ? 0 : -EAFNOSUPPORT;
        }
        if (len < SOCKADDR_IN6_MIN)
                return -EINVAL;
        memcpy(&v6, address, len < sizeof v6 ? len : sizeof v6);
        *out = (struct evsim_endpoint){read_v6(&v6.sin6_addr), ntohs(v6.sin6_port)};
        return v6.sin6_family == AF_INET6 ? 0 : -EAFNOSUPPORT;
}

int evsim_endpoint_write(const struct evsim_socket *s, const struct evsim_endpoint *endpoint,
                         struct sockaddr_storage *out)
{
        struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(endpoint->port)};
        struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(endpoint->port)};

        if (s->domain == AF_INET) {
                v4.sin_addr.s_addr = htonl((uint32_t)endpoint->address);
                memcpy(out, &v4, sizeof v4);
                return sizeof v4;
        }
        for (int i = 0; i < 8; i++)
                v6.sin6_addr.s6_addr[15 - i] = (unsigned char)(endpoint->address >> 8 * i);
        memcpy(out, &v6, sizeof v6);
        return sizeof v6;
}
