/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The beginning and the end of a world's process-wide state. An empty state is all zeros: the real
 * world's lies in static storage and is ready before any function is called.
 */
#include "os/process.h"

#include <assert.h>
#include <stddef.h>

void os_process_init(struct os_process *process)
{
        *process = (struct os_process){0};
}

void os_process_clear(struct os_process *process)
{
        assert(process->debug_map == NULL);
        assert(process->debug_lock == NULL);
        assert(process->signals == NULL);
        assert(process->signal_lock == NULL);
        os_process_init(process);
}
