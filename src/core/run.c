/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Running what is active: one priority a turn, one callback at a time, without the lock.
 *
 * What an event's memory holds must not be read after its callback, which may have freed it, unless
 * the base says that it is alive: the calls that are left of a signal are therefore counted here,
 * on the stack, where event_del finds them (ev_pncalls).
 */

#include "core/debug.h"
#include "core/event.h"
#include "os/os.h"
#include "util/duration.h"

static void begin(struct event_base *base, struct event *ev)
{
        base->running = &ev->ev_evcallback;
}

void evi_base_wait_for_callback(struct event_base *base)
{
        if (base->callback_done != NULL) {
                os_condition_wait(base->process, base->callback_done, base->lock);
                return;
        }
        evi_base_unlock(base);
        os_yield(base->os);
        evi_base_lock(base);
}

/* The lock is held again. Those who wait for this callback to end go first: else it could begin
 * anew before they look. */
static void end(struct event_base *base)
{
        base->running = NULL;
        if (base->nwaiting_for_callback == 0)
                return;
        os_condition_broadcast(base->process, base->callback_done);
        while (base->nwaiting_for_callback > 0)
                evi_base_wait_for_callback(base);
}

static void call(struct event_base *base, struct event *ev)
{
        const event_callback_fn callback = ev->ev_evcallback.evcb_cb_union.evcb_callback;
        void *const arg = ev->ev_evcallback.evcb_arg;
        const evutil_socket_t fd = ev->ev_fd;
        const short what = ev->ev_res;

        evi_base_unlock(base);
        callback(fd, what, arg);
        evi_base_lock(base);
}

static void run_signal(struct event_base *base, struct event *ev)
{
        short left = ev->ev_.ev_signal.ev_ncalls;

        ev->ev_.ev_signal.ev_ncalls = 0;
        while (left > 0) {
                left--;
                ev->ev_.ev_signal.ev_pncalls = left > 0 ? &left : NULL;
                call(base, ev);
                if (base->wants_break)
                        break;
        }
        if (left > 0)
                ev->ev_.ev_signal.ev_pncalls = NULL;
}

void evi_run_finalizer(struct event_base *base, struct event *ev)
{
        const event_finalize_callback_fn finalizer =
                ev->ev_evcallback.evcb_cb_union.evcb_evfinalize;
        void *const arg = ev->ev_evcallback.evcb_arg;
        const bool frees = ev->ev_evcallback.evcb_closure == EVI_CLOSURE_FINALIZE_FREE;

        if (evi_event_has(ev, EVLIST_ACTIVE))
                evi_event_deactivate(ev);
        base->running = NULL;
        evi_base_unlock(base);
        finalizer(ev, arg);
        if (frees) {
                evi_debug_note_unassigned(ev);
                os_free(base->os, ev);
        }
        evi_base_lock(base);
}

/* ev leaves its queue and, unless it is persistent, everything else. */
static void take(struct event *ev)
{
        if ((ev->ev_events & EV_PERSIST) || evi_event_has(ev, EVLIST_FINALIZING))
                evi_event_deactivate(ev);
        else
                evi_event_delete(ev, EVI_BLOCK_NEVER);
}

static void run_one(struct event_base *base, struct event *ev)
{
        take(ev);
        begin(base, ev);
        switch ((enum evi_closure)ev->ev_evcallback.evcb_closure) {
        case EVI_CLOSURE_SIGNAL:
                run_signal(base, ev);
                break;
        case EVI_CLOSURE_PERSIST:
                evi_event_rearm(ev);
                call(base, ev);
                break;
        case EVI_CLOSURE_ONESHOT:
                call(base, ev);
                break;
        case EVI_CLOSURE_FINALIZE:
        case EVI_CLOSURE_FINALIZE_FREE:
                evi_run_finalizer(base, ev);
                break;
        }
        end(base);
}

/* Whether the limits let another callback of this priority run, after n in this turn that began at
 * start_ns. */
static bool may_go_on(struct event_base *base, int priority, int n, int64_t start_ns)
{
        const struct evi_dispatch_limits *limits = &base->limits;

        if (base->wants_break || base->wants_rescan)
                return false;
        if (priority < limits->min_priority)
                return true;
        if (n >= limits->max_callbacks)
                return false;
        if (limits->interval_ns < 0)
                return true;
        const int64_t now_ns = os_clock(base->os, OS_CLOCK_MONOTONIC);
        return evi_ns_sub(now_ns, start_ns) < limits->interval_ns;
}

bool evi_base_run_active(struct event_base *base)
{
        const int priority = evi_active_next_priority(&base->active);
        const bool is_timed = base->limits.interval_ns >= 0;
        const int64_t start_ns = is_timed ? os_clock(base->os, OS_CLOCK_MONOTONIC) : 0;
        struct event_callback *evcb;
        int n = 0;

        if (priority < 0)
                return false;
        base->running_priority = priority;
        while (priority < base->active.npriorities &&
               (evcb = evi_active_first(&base->active, priority)) != NULL) {
                run_one(base, EVI_CONTAINER_OF(evcb, struct event, ev_evcallback));
                if (!may_go_on(base, priority, ++n, start_ns))
                        break;
        }
        base->running_priority = -1;
        return true;
}
