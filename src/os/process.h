/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * All that the public API makes process-wide, in one struct a world (README.md, 'Process-wide
 * state').
 *
 * libevent keeps its lock callbacks, log callbacks, debug mode and so on in globals. Here they
 * belong to the world, so that simulated hosts share nothing and a world leaves nothing behind. The
 * real world has one of these in static storage; os_process_init() makes all other ones.
 *
 * The setters of the public API (event_set_mem_functions, evthread_use_pthreads,
 * event_set_log_callback, ...) are to be called before other threads use the library, as libevent
 * demands; so these fields carry no lock, but where one is named. What a layer above hangs in here
 * is an opaque pointer: os knows nothing of it.
 */
#ifndef EVIDENT_OS_PROCESS_H
#define EVIDENT_OS_PROCESS_H

#include <event2/event.h>
#include <event2/thread.h>
#include <stdatomic.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "os/export.h"

struct evi_debug_map;
struct evi_signal_registry;

#define OS_PROCESS_METHODS_MAX 12

/* A world's threads, as evthread_use_pthreads() installs them. */
struct os_threads {
        struct evthread_lock_callbacks locks;
        struct evthread_condition_callbacks conditions;
        unsigned long (*id)(void);
};

struct os_process {
        /* Memory (event_set_mem_functions); NULL is the world's own. Used by the world's alloc,
         * realloc and free. */
        void *(*malloc_fn)(size_t size);
        void *(*realloc_fn)(void *ptr, size_t size);
        void (*free_fn)(void *ptr);

        /* Threads (evthread_set_*). locks.alloc == NULL: not enabled; no lock exists and none is
         * taken. */
        struct evthread_lock_callbacks locks;
        struct evthread_condition_callbacks conditions;
        unsigned long (*thread_id)(void);
        /* evthread_enable_lock_debugging: locks and conditions above are the checking ones; these
         * are under them. */
        bool lock_debugging;
        struct evthread_lock_callbacks plain_locks;
        struct evthread_condition_callbacks plain_conditions;

        /* Log (event_set_log_callback, event_set_fatal_callback, event_enable_debug_logging). */
        event_log_cb log_cb;
        event_fatal_cb fatal_cb;
        uint32_t debug_logging;

        /* Debug mode (event_enable_debug_mode). debug_map is guarded by debug_lock, which is NULL
         * without threads. */
        bool debug_mode;
        /* An event or base was made: from now on debug mode cannot be enabled. Events are made by any
         * thread without a lock. */
        atomic_bool debug_mode_too_late;
        struct evi_debug_map *debug_map;
        void *debug_lock;

        /* All bases, linked by themselves. Guarded by bases_lock, which is NULL without threads. */
        struct event_base *bases;
        void *bases_lock;

        /* event_init()'s base, which 1.4-style calls use; no lock, as there. */
        struct event_base *current_base;

        /* Which bases watch which signals, guarded by signal_lock (NULL without threads); handlers
         * read it without. */
        _Atomic(struct evi_signal_registry *) signals;
        atomic_int nsignal_handlers; /* that run now */
        void *signal_lock;

        /* event_get_supported_methods()'s result, made at its first call under bases_lock.
         * NULL-terminated. */
        const char *methods[OS_PROCESS_METHODS_MAX];
};

/* An empty state: own memory functions, no threads, no callbacks. */
EVI_EXPORT void os_process_init(struct os_process *process);

/* Asserts that what the layers above hung in here has been taken away again
 * (libevent_global_shutdown), and forgets the callbacks. */
EVI_EXPORT void os_process_clear(struct os_process *process);

#endif
