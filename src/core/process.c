/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The public setters of what is process-wide (os/process.h), and its end.
 *
 * They are for the start of a program, before other threads use the library.
 */
#include "os/process.h"

#include <errno.h>
#include <event2/event.h>
#include <evident/evident.h>

#include "core/debug.h"
#include "core/locks.h"
#include "core/signals.h"

#include "os/os.h"
#include "util/log.h"

void event_set_mem_functions(void *(*malloc_fn)(size_t size),
                             void *(*realloc_fn)(void *ptr, size_t size),
                             void (*free_fn)(void *ptr))
{
        struct os_process *process = os_current()->process;

        process->malloc_fn = malloc_fn;
        process->realloc_fn = realloc_fn;
        process->free_fn = free_fn;
}

void event_set_log_callback(event_log_cb callback)
{
        os_current()->process->log_cb = callback;
}

void event_set_fatal_callback(event_fatal_cb callback)
{
        os_current()->process->fatal_cb = callback;
}

void event_enable_debug_logging(uint32_t which)
{
        os_current()->process->debug_logging = which;
}

const char *event_get_version(void)
{
        return EVENT__VERSION;
}

uint32_t event_get_version_number(void)
{
        return EVENT__NUMERIC_VERSION;
}

const char *evident_version(void)
{
        return "0.1.0";
}

void libevent_global_shutdown(void)
{
        struct os *os = os_current();

        evi_debug_shutdown(os);
        if (!evi_signals_shutdown(os)) {
                evi_log(os, EVENT_LOG_WARN,
                        "libevent_global_shutdown: a base still watches signals; free it first");
                return;
        }
        evi_locks_shutdown(os);
}
