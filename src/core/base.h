/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An event base: one loop, what it waits for, and what it is to run.
 *
 * The states of an event
 * ----------------------
 * An event's state is which containers it is in. Its flags (EVLIST_* in evcb_flags) say so, and are
 * changed only by the functions that move it:
 *
 *   flag               container                     entered by           left by
 *   EVLIST_INIT        none: the event is assigned   event_assign         event_debug_unassign
 *   EVLIST_INSERTED    fd map or signal lists; none  insert (event.c)     extract (event.c)
 *                      for a descriptor below 0
 *   EVLIST_TIMEOUT     timer heap or common queue    evi_timer_set        evi_timer_cancel
 *   EVLIST_ACTIVE      queue of its priority         evi_event_activate   evi_event_deactivate
 *   EVLIST_FINALIZING  none: with ACTIVE only        event_finalize       evi_event_remove
 *
 *   state               flags                        moves
 *   raw                 none                         event_assign -> idle
 *   idle                INIT                         event_add -> pending
 *                                                    event_active -> active
 *   pending             INIT and INSERTED, TIMEOUT   ready, signal, due, event_active
 *                       or both                        -> pending and active
 *                                                    event_del -> idle
 *   active              INIT, ACTIVE                 its turn comes -> idle, and runs
 *                                                    event_add -> pending and active
 *                                                    event_del -> idle
 *   pending and active  all of these                 its turn comes -> idle, or, with EV_PERSIST,
 *                                                      pending; and runs
 *                                                    event_del -> idle
 *   finalizing          INIT, ACTIVE, FINALIZING     its turn comes: the finalizer runs, and the
 *                                                      memory is the program's again, or freed
 *
 * Becoming active never takes anything away: a deadline that passes leaves the registration, and
 * what the event is active for is added to ev_res, so no flag is lost when two reasons meet.
 * While an event runs, in whatever state, it is the base's running one, and event_del from another
 * thread waits for it.
 *
 * Invariants of a base
 * --------------------
 * Checked by evi_base_verify(), beside those of its parts (fdmap.h, timers.h, active.h).
 *  B1. count.added is the number of flags INSERTED, TIMEOUT and ACTIVE over all events, and
 *      count.active that of ACTIVE alone.
 *  B2. An event with FINALIZING is active and neither INSERTED nor TIMEOUT.
 *  B3. is_waiting only while the loop's thread is in the backend's wait, without the lock; then
 *      is_looping too.
 *  B4. wakeup.is_pending only if something was written that the loop has not drained.
 *  B5. running is NULL, or the loop's thread is in its callback.
 *  B6. What the backend was told is what the fd map says: its events' descriptors and the wake-up.
 *
 * Locks
 * -----
 * One lock a base, recursive, NULL where threads are not enabled. It guards everything below but
 * for what is fixed when the base is made. It is released while the loop waits and while a callback
 * runs. Order: base lock, then the process's signal lock or the debug map's.
 */
#ifndef EVIDENT_CORE_BASE_H
#define EVIDENT_CORE_BASE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/active.h"
#include "core/fdmap.h"
#include "core/signals.h"
#include "core/timers.h"
#include "core/wakeup.h"
#include "os/export.h"
#include "os/lock.h"

struct backend;
struct event_config;
struct os;

/* A number and the highest that it has been since somebody asked to forget. */
struct evi_count {
        int now;
        int max;
};

/* When a queue of active events stops to look for more important ones
 * (event_config_set_max_dispatch_interval). */
struct evi_dispatch_limits {
        int64_t interval_ns; /* -1: none */
        int max_callbacks;   /* INT_MAX: none */
        int min_priority;    /* they hold for this and all less important ones */
};

struct event_base {
        /* Fixed when the base is made (the backend: until event_reinit). */
        struct os *os;
        struct os_process *process;
        struct backend *backend;
        unsigned flags;         /* EVENT_BASE_FLAG_* */
        unsigned backend_flags; /* BACKEND_* */
        struct evi_dispatch_limits limits;
        struct event_base *next_base; /* in the process's list (bases.h), under its lock */
        void *lock;
        void *callback_done; /* the condition: running has ended, or who waited for that has seen it */

        /* What is waited for, and what is to run. */
        struct evi_fdmap fds;
        struct evi_timers timers;
        struct evi_signals signals;
        struct evi_active active;
        struct evi_wakeup wakeup;
        struct evi_link onces; /* event_base_once, not run yet */
        struct {
                struct evi_count
                        added; /* memberships: an event with descriptor and deadline counts twice */
                struct evi_count active;
                struct evi_count virtual_; /* work that is no event but keeps the loop alive; later
                                              layers' */
                int unlisted;              /* INSERTED without a descriptor: in no container */
        } count;

        /* The loop. */
        bool is_looping;
        bool is_waiting;
        bool is_doomed;    /* event_base_free() in the loop: it ends the base when it ends */
        bool wants_exit;   /* event_base_loopexit: after this turn */
        bool wants_break;  /* event_base_loopbreak: after this callback */
        bool wants_rescan; /* event_base_loopcontinue, or something more important became active */
        unsigned long loop_thread; /* whose loop it is while is_looping */
        int64_t wait_deadline_ns;  /* while is_waiting: when it ends by itself; EVI_NS_MAX: never */
        struct event_callback *running;
        int running_priority;      /* -1: none */
        int nwaiting_for_callback; /* threads that wait for running to end */

        /* The time cache. While is_caching, the first to ask reads the clock, all others get the
         * same. */
        bool is_caching;
        bool has_now;
        bool has_wall;
        int64_t now_ns;
        int64_t wall_ns;
};

static inline void evi_base_lock(struct event_base *base)
{
        os_lock(base->process, base->lock);
}

static inline void evi_base_unlock(struct event_base *base)
{
        os_unlock(base->process, base->lock);
}

/* Whether this thread is the one whose loop runs, or no loop runs, or threads are not enabled. */
bool evi_base_is_in_loop_thread(const struct event_base *base);

/* Whether the loop has something to wait for or to run. */
static inline bool evi_base_has_work(const struct event_base *base)
{
        return base->count.added.now > 0 || base->count.virtual_.now > 0;
}

/* The loop is to look again, should it be waiting. With the lock. */
static inline void evi_base_wake(struct event_base *base)
{
        if (base->is_waiting)
                evi_wakeup_wake(&base->wakeup, base->os);
}

static inline void evi_count_change(struct evi_count *count, int by)
{
        count->now += by;
        if (count->now > count->max)
                count->max = count->now;
}

/* The monotonic time, from the cache while callbacks run (clock.c). */
int64_t evi_base_now(struct event_base *base);
/* The wall clock's time that belongs to a monotonic one. */
int64_t evi_base_wall(struct event_base *base, int64_t monotonic_ns);
/* From now on times are cached, if the base caches at all; or are not. */
void evi_base_start_caching(struct event_base *base);
void evi_base_stop_caching(struct event_base *base);

/* The base that a call without one means: event_init()'s; NULL if there is none. */
struct event_base *evi_base_current(void);

/* Runs active callbacks of the most important priority that has any. Returns whether a callback
 * ran. With the lock, which it releases for each callback. (run.c) */
bool evi_base_run_active(struct event_base *base);

/* Takes out what is in the base, gives the lock back, and frees the base. (base.c) */
void evi_base_end(struct event_base *base, bool runs_finalizers);

/* Returns after running or nwaiting_for_callback has changed, or without reason: for a program that
 * set locks but no conditions, who waits looks again and again. With the lock, which it releases
 * meanwhile. (run.c) */
void evi_base_wait_for_callback(struct event_base *base);

/* NULL, or the invariant that does not hold, in the words of the headers. With the lock. O(all
 * there is). */
EVI_EXPORT const char *evi_base_verify(const struct event_base *base);

/* Makes a backend by what the configuration (NULL: none), the environment and the world allow. 0 or
 * -errno; -ENODEV if there is none. (methods.c) */
int evi_methods_open(struct os *os, const struct event_config *config, unsigned backend_flags,
                     struct backend **out);

#endif
