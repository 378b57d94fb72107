/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Ways between hosts, and what happens to packets on them.
 *
 * Modelled: latency and jitter; a bandwidth, behind which packets queue without end; loss of any
 * packet, duplication and reordering of datagrams; partitions, which also take what is under way
 * when it arrives. A packet's size is that of its payload and a header of 40 bytes.
 * Not modelled: a queue that overflows, routes that packets share.
 */
#include "net/net.h"
#include "world/random.h"

enum { HEADER = 40, MILLION = 1000000 };

#define NS_PER_S INT64_C(1000000000)

static uint64_t key_of(const struct evsim_host *from, const struct evsim_host *to)
{
        return evsim_mix((uint64_t)from->id << 32 | to->id);
}

struct evsim_way *evsim_net_way(struct evsim_host *from, struct evsim_host *to)
{
        struct evsim_net *net = evsim_net_of(from->world);
        const uint64_t key = key_of(from, to); /* mixing is one to one: no two ways have the same */
        struct evsim_node *node = evsim_table_first(&net->ways, key);
        struct evsim_way *way;

        if (node != NULL)
                return EVI_CONTAINER_OF(node, struct evsim_way, node);
        way = evsim_memory_zalloc(&net->world->memory, sizeof *way);
        way->from = from;
        way->to = to;
        way->link = &net->link;
        evsim_table_put(&net->world->memory, &net->ways, &way->node, key);
        return way;
}

/* ---- Packets -----------------------------------------------------------------------------------
 */

static void trace(struct evsim_way *way, enum evsim_call call, size_t size)
{
        struct evsim_world *world = way->from->world;
        const struct evsim_trace_entry entry = {
                .time_ns = world->now_ns,
                .host = way->to->id,
                .call = (uint16_t)call,
                .fd = -1,
                .argument = way->from->id,
                .result = (int64_t)size,
        };

        evsim_trace_add(&world->trace, &entry);
}

/* When the last bit has left: behind all that was sent before. */
static int64_t departure_ns(struct evsim_way *way, size_t size)
{
        const int64_t now_ns = way->from->world->now_ns;
        const int64_t begin_ns = way->busy_until_ns > now_ns ? way->busy_until_ns : now_ns;

        if (way->link->bandwidth <= 0)
                return now_ns;
        way->busy_until_ns = begin_ns + (int64_t)size * NS_PER_S / way->link->bandwidth;
        return way->busy_until_ns;
}

static bool happens(uint64_t *stream, uint32_t per_million)
{
        return per_million > 0 && evsim_random_below(stream, MILLION) < per_million;
}

static int64_t draw_jitter(uint64_t *stream, const struct evsim_link *link)
{
        if (link->jitter_ns <= 0)
                return 0;
        return (int64_t)evsim_random_below(stream, (uint64_t)link->jitter_ns + 1);
}

void evsim_way_send(struct evsim_way *way, size_t size, bool is_datagram,
                    struct evsim_transit *transit)
{
        const struct evsim_link *link = way->link;
        const int64_t departed_ns = departure_ns(way, size + HEADER);
        uint64_t stream =
                evsim_mix(way->from->world->config.seed ^ way->node.hash) + ++way->npackets;

        stream = evsim_mix(stream);
        *transit = (struct evsim_transit){
                .is_lost = way->is_cut || happens(&stream, link->loss),
                .arrival_ns = departed_ns + link->latency_ns + draw_jitter(&stream, link),
        };
        if (is_datagram && happens(&stream, link->reordering))
                transit->arrival_ns += link->jitter_ns > 0 ? link->jitter_ns : link->latency_ns;
        if (is_datagram && happens(&stream, link->duplication)) {
                transit->is_twice = true;
                transit->second_ns = departed_ns + link->latency_ns + draw_jitter(&stream, link);
        }
        if (transit->is_lost)
                trace(way, EVSIM_CALL_DROP, size);
}

bool evsim_way_arrive(struct evsim_way *way, size_t size)
{
        trace(way, way->is_cut ? EVSIM_CALL_DROP : EVSIM_CALL_DELIVER, size);
        return !way->is_cut;
}

/* ---- The public functions ----------------------------------------------------------------------
 */

static void check_link(const char *function, const struct evsim_link *link)
{
        if (link->latency_ns < 0 || link->jitter_ns < 0 || link->bandwidth < 0)
                evsim_die("%s: a negative latency, jitter or bandwidth", function);
}

void evsim_world_set_link(struct evsim_world *world, const struct evsim_link *link)
{
        check_link("evsim_world_set_link", link);
        evsim_net_of(world)->link = *link;
}

static void set_way(struct evsim_way *way, const struct evsim_link *link)
{
        way->own = *link;
        way->link = &way->own;
}

void evsim_set_link(struct evsim_host *a, struct evsim_host *b, const struct evsim_link *link,
                    bool is_oneway)
{
        check_link("evsim_set_link", link);
        set_way(evsim_net_way(a, b), link);
        if (!is_oneway)
                set_way(evsim_net_way(b, a), link);
}

void evsim_partition(struct evsim_host *a, struct evsim_host *b, bool is_oneway)
{
        evsim_net_way(a, b)->is_cut = true;
        if (!is_oneway)
                evsim_net_way(b, a)->is_cut = true;
}

void evsim_heal(struct evsim_host *a, struct evsim_host *b)
{
        evsim_net_way(a, b)->is_cut = false;
        evsim_net_way(b, a)->is_cut = false;
}
