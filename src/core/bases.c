/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The list of the process's bases, linked through the bases themselves.
 */
#include "core/bases.h"

#include <stddef.h>

#include "core/base.h"
#include "os/os.h"

/* Where base is pointed to; the end of the list if it is not in it. With the lock. */
static struct event_base **place_of(struct os_process *process, const struct event_base *base)
{
        struct event_base **place = &process->bases;

        while (*place != NULL && *place != base)
                place = &(*place)->next_base;
        return place;
}

void evi_bases_add(struct event_base *base)
{
        struct os_process *process = base->process;

        os_lock(process, process->bases_lock);
        base->next_base = process->bases;
        process->bases = base;
        os_unlock(process, process->bases_lock);
}

void evi_bases_remove(struct event_base *base)
{
        struct os_process *process = base->process;

        os_lock(process, process->bases_lock);
        struct event_base **place = place_of(process, base);
        if (*place != NULL)
                *place = base->next_base;
        os_unlock(process, process->bases_lock);
}

bool evi_bases_has(struct os *os, const struct event_base *base)
{
        struct os_process *process = os->process;

        os_lock(process, process->bases_lock);
        const bool has = *place_of(process, base) != NULL;
        os_unlock(process, process->bases_lock);
        return has;
}
