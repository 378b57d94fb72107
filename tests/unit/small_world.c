/* SPDX-License-Identifier: BSD-3-Clause */
/* See small_world.h. */
#include "small_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct small_world *world_of(struct os *os)
{
        return (struct small_world *)(void *)os;
}

static void *small_realloc(struct os *os, void *ptr, size_t size)
{
        struct small_world *w = world_of(os);

        w->calls++;
        w->last_size = size;
        if (w->is_out_of_memory)
                return NULL;
        void *result = realloc(ptr, size);
        if (result != NULL && ptr == NULL)
                w->blocks++;
        return result;
}

static void *small_alloc(struct os *os, size_t size)
{
        return small_realloc(os, NULL, size);
}

static void small_free(struct os *os, void *ptr)
{
        if (ptr != NULL)
                world_of(os)->blocks--;
        free(ptr);
}

static void small_log(struct os *os, int severity, const char *line)
{
        struct small_world *w = world_of(os);

        w->lines++;
        w->last_severity = severity;
        snprintf(w->last_line, sizeof w->last_line, "%s", line);
}

static void small_terminate(struct os *os, int code)
{
        struct small_world *w = world_of(os);

        w->exit_code = code;
        longjmp(w->end, 1);
}

static const struct os_ops small_ops = {
        .name = "small",
        .alloc = small_alloc,
        .realloc = small_realloc,
        .free = small_free,
        .log = small_log,
        .terminate = small_terminate,
};

void small_world_init(struct small_world *w)
{
        memset(w, 0, sizeof *w);
        w->os.ops = &small_ops;
        w->os.process = &w->process;
}
