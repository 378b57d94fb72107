/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Choices at named sites. The k-th choice at a site is a function of seed, site and k, and of
 * nothing else; so what happens at other sites leaves it alone, and an exception (site, k) keeps
 * its meaning.
 */
#include <string.h>

#include "world/random.h"
#include "world/world.h"

struct evsim_named_exception {
        struct evsim_named_exception *next;
        uint32_t occurrence;
        uint32_t value;
};

/* In a list, newest first: a program has few. */
struct evsim_named_site {
        struct evsim_named_site *next;
        const char *name;
        uint64_t stream;
        uint32_t count; /* choices so far */
        struct evsim_named_exception *exceptions;
};

static struct evsim_named_site *find(struct evsim_world *world, const char *name)
{
        struct evsim_named_site *site = world->sites;

        while (site != NULL && strcmp(site->name, name) != 0)
                site = site->next;
        if (site != NULL)
                return site;
        site = evsim_memory_zalloc(&world->memory, sizeof *site);
        site->name = evsim_memory_strdup(&world->memory, name);
        site->stream = evsim_mix(world->config.seed ^ evsim_hash_text(name));
        site->next = world->sites;
        world->sites = site;
        return site;
}

/* 64 bits for the next choice of the site, or the value of an exception. */
static uint64_t draw(struct evsim_named_site *site, bool *is_exception)
{
        struct evsim_named_exception *e = site->exceptions;

        site->count++;
        while (e != NULL && e->occurrence != site->count)
                e = e->next;
        *is_exception = e != NULL;
        return e != NULL ? e->value : evsim_mix(site->stream + site->count);
}

static void note(struct evsim_world *world, const struct evsim_named_site *site, int64_t value)
{
        struct evsim_trace_entry entry = {
                .time_ns = world->now_ns,
                .task = evsim_running->id,
                .host = evsim_running->host_id,
                .call = EVSIM_CALL_CHOICE,
                .fd = -1,
                .argument = site->count,
                .result = value,
                .text = site->name,
        };

        evsim_trace_add(&world->trace, &entry);
}

uint32_t evsim_choose(const char *name, uint32_t n)
{
        struct evsim_world *world = evsim_world_current("evsim_choose");
        struct evsim_named_site *site = find(world, name);
        bool is_exception;
        uint32_t value;

        if (n == 0)
                evsim_die("evsim_choose: %s chooses among none", name);
        value = (uint32_t)(draw(site, &is_exception) % n);
        note(world, site, value);
        return value;
}

bool evsim_chance(const char *name, uint32_t per_million)
{
        struct evsim_world *world = evsim_world_current("evsim_chance");
        struct evsim_named_site *site = find(world, name);
        bool is_exception;
        const uint64_t drawn = draw(site, &is_exception);
        const bool happens = is_exception ? drawn % 2 == 1 : drawn % 1000000 < per_million;

        note(world, site, happens);
        return happens;
}

/* So many low bits, each number of bits as likely as another. */
static uint64_t log_uniform(uint64_t drawn, uint64_t max)
{
        int bits = 0;

        while (bits < 63 && (max >> bits) != 0)
                bits++;
        bits = (int)(drawn % (uint64_t)(bits + 1));
        return evsim_mix(drawn) & ((UINT64_C(1) << bits) - 1);
}

int64_t evsim_amount(const char *name, int64_t max)
{
        struct evsim_world *world = evsim_world_current("evsim_amount");
        struct evsim_named_site *site = find(world, name);
        bool is_exception;
        uint64_t value;

        if (max < 0)
                evsim_die("evsim_amount: %s has a negative maximum", name);
        value = draw(site, &is_exception);
        if (!is_exception)
                value = log_uniform(value, (uint64_t)max);
        if (value > (uint64_t)max)
                value = max == INT64_MAX ? value >> 1 : value % ((uint64_t)max + 1);
        note(world, site, (int64_t)value);
        return (int64_t)value;
}

void evsim_except(struct evsim_world *world, const char *name, uint32_t occurrence, uint32_t value)
{
        struct evsim_named_site *site = find(world, name);
        struct evsim_named_exception *e = evsim_memory_zalloc(&world->memory, sizeof *e);

        *e = (struct evsim_named_exception){site->exceptions, occurrence, value};
        site->exceptions = e;
}
