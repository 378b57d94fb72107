/* SPDX-License-Identifier: BSD-3-Clause */
#include "world/watching.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "world/world.h"

/* The environment as it was at the thread's first world: a world lives for microseconds, and to ask
 * each time would be a part of that. */
struct watching {
        bool is_known;
        uint32_t variant;
        const char *hashes; /* NULL: not wanted */
        const char *traces;
        uint64_t nworlds; /* that have ended */
};

static _Thread_local struct watching watching;

static struct watching *get(void)
{
        const char *variant;

        if (watching.is_known)
                return &watching;
        variant = getenv("EVSIM_VARIANT");
        watching.variant = variant != NULL ? (uint32_t)strtoul(variant, NULL, 10) : 0;
        watching.hashes = getenv("EVSIM_HASHES");
        watching.traces = getenv("EVSIM_TRACES");
        watching.is_known = true;
        return &watching;
}

void evsim_watching_begin(struct evsim_world_config *config)
{
        const struct watching *w = get();

        config->memory_variant += w->variant;
        if (w->traces != NULL)
                config->has_trace = true;
}

static FILE *open_to_append(const char *path)
{
        FILE *out = fopen(path, "a");

        if (out == NULL)
                evsim_die("%s (EVSIM_HASHES, EVSIM_TRACES) cannot be written", path);
        return out;
}

void evsim_watching_end(const struct evsim_world *world)
{
        struct watching *w = get();
        FILE *out;

        w->nworlds++;
        if (w->hashes != NULL) {
                out = open_to_append(w->hashes);
                fprintf(out, "%" PRIu64 " %016" PRIx64 " %s\n", w->nworlds, world->trace.hash,
                        evsim_outcome_name(world->outcome));
                fclose(out);
        }
        if (w->traces != NULL) {
                out = open_to_append(w->traces);
                fprintf(out, "---- world %" PRIu64 "\n", w->nworlds);
                evsim_world_print_trace(world, out);
                fclose(out);
        }
}
