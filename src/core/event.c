/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The moves of one event between its states (base.h has the table), without the public API around
 * them (api.c).
 *
 * Adding is done in an order that leaves nothing half done: first what may fail (room for a timer,
 * the registration), then what cannot.
 */
#include "core/event.h"

#include <errno.h>
#include <limits.h>

#include "core/debug.h"
#include "os/os.h"
#include "util/duration.h"
#include "util/log.h"

#define KERNEL_EVENTS (EV_READ | EV_WRITE | EV_CLOSED | EV_SIGNAL)

/* Containers: each entered and left here only, with its flag and the base's count. */

/* ev is about to enter a container; has left one. */

static void count_in(struct event_base *base, const struct event *ev)
{
        evi_count_change(&base->count.added, 1);
        evi_debug_note_added(ev);
}

static void count_out(struct event_base *base, const struct event *ev)
{
        evi_count_change(&base->count.added, -1);
        if (!evi_event_has(ev, EVI_ANY_CONTAINER))
                evi_debug_note_removed(ev);
}

static int register_signal(struct event_base *base, struct event *ev)
{
        const int r = evi_wakeup_open(&base->wakeup, base->os, &base->fds, base->backend);

        if (r < 0)
                return r;
        return evi_signals_add(&base->signals, base->os, base->wakeup.write_fd, ev);
}

static void warn_refused(const struct event_base *base, const struct event *ev, int error)
{
        if (error == EINVAL && !(ev->ev_events & EV_SIGNAL))
                evi_log(base->os, EVENT_LOG_WARN,
                        "event %p: descriptor %d has both edge-triggered and level-triggered "
                        "events",
                        (const void *)ev, ev->ev_fd);
        else
                evi_log_error(base->os, EVENT_LOG_WARN, error,
                              "event %p: cannot watch %s %d with %s", (const void *)ev,
                              ev->ev_events & EV_SIGNAL ? "signal" : "descriptor", ev->ev_fd,
                              event_base_get_method(base));
}

/* The kernel is to tell about the event. One without a descriptor (-1) just counts as told. */
static int insert(struct event_base *base, struct event *ev)
{
        int r = 0;

        if (ev->ev_events & EV_SIGNAL)
                r = register_signal(base, ev);
        else if (ev->ev_fd >= 0)
                r = evi_fdmap_add(&base->fds, base->backend, ev);
        else
                base->count.unlisted++;
        if (r < 0) {
                warn_refused(base, ev, -r);
                return r;
        }
        evi_event_mark(ev, EVLIST_INSERTED);
        count_in(base, ev);
        return 0;
}

static void extract(struct event_base *base, struct event *ev)
{
        if (ev->ev_events & EV_SIGNAL)
                evi_signals_remove(&base->signals, base->os, ev);
        else if (ev->ev_fd >= 0)
                evi_fdmap_remove(&base->fds, base->backend, ev);
        else
                base->count.unlisted--;
        evi_event_unmark(ev, EVLIST_INSERTED);
        count_out(base, ev);
}

static void cancel_timer(struct event_base *base, struct event *ev)
{
        evi_timer_cancel(&base->timers, base->os, ev);
        count_out(base, ev);
}

/* The loop, should it wait for longer than that, is told. */
static void set_timer(struct event_base *base, struct event *ev, int64_t deadline_ns,
                      const struct timeval *timeout)
{
        if (!evi_event_has(ev, EVLIST_TIMEOUT))
                count_in(base, ev);
        evi_timer_set(&base->timers, ev, deadline_ns, evi_timers_common(&base->timers, timeout));
        if (deadline_ns < base->wait_deadline_ns)
                evi_base_wake(base);
}

void evi_event_deactivate(struct event *ev)
{
        struct event_base *base = ev->ev_base;

        evi_active_remove(&base->active, &ev->ev_evcallback);
        count_out(base, ev);
        evi_count_change(&base->count.active, -1);
}

/* A signal event whose callback is being called for each arrival stops after the present call. */
static void forget_calls(struct event *ev)
{
        if (!(ev->ev_events & EV_SIGNAL))
                return;
        if (ev->ev_.ev_signal.ev_pncalls != NULL)
                *ev->ev_.ev_signal.ev_pncalls = 0;
        ev->ev_.ev_signal.ev_pncalls = NULL;
}

/* Adding. */

/* Programs edit ev_events between delete and add; how the event runs is decided by what stands
 * there now. */
static enum evi_closure closure_for(const struct event *ev)
{
        if (ev->ev_events & EV_SIGNAL)
                return EVI_CLOSURE_SIGNAL;
        return ev->ev_events & EV_PERSIST ? EVI_CLOSURE_PERSIST : EVI_CLOSURE_ONESHOT;
}

/* A timeout set anew takes back what an earlier one has made due; what the event is active for
 * besides stays. */
static void take_back_timeout(struct event *ev)
{
        if (!evi_event_has(ev, EVLIST_ACTIVE) || !(ev->ev_res & EV_TIMEOUT))
                return;
        ev->ev_res = (short)(ev->ev_res & ~EV_TIMEOUT);
        if ((ev->ev_res & KERNEL_EVENTS) == 0)
                evi_event_deactivate(ev);
}

static void log_move(const struct event *ev, const char *move)
{
        struct os *os = ev->ev_base->os;

        if (evi_log_is_debugging(os))
                evi_log(os, EVENT_LOG_DEBUG, "%s: event %p, descriptor %d, events 0x%x", move,
                        (const void *)ev, ev->ev_fd, (unsigned)(unsigned short)ev->ev_events);
}

int evi_event_add(struct event *ev, const struct timeval *timeout)
{
        struct event_base *base = ev->ev_base;
        int r = 0;

        log_move(ev, "add");

        if (evi_event_has(ev, EVLIST_FINALIZING))
                return -EINVAL;
        ev->ev_evcallback.evcb_closure = (uint8_t)closure_for(ev);
        if (timeout != NULL)
                r = evi_timers_reserve(&base->timers, base->os, ev);
        if (r == 0 && (ev->ev_events & KERNEL_EVENTS) && !evi_event_has(ev, EVLIST_INSERTED)) {
                r = insert(base, ev);
                evi_base_wake(base);
        }
        if (r < 0 || timeout == NULL)
                return r;
        if (ev->ev_evcallback.evcb_closure == EVI_CLOSURE_PERSIST)
                ev->ev_.ev_io.ev_timeout = *timeout;
        take_back_timeout(ev);
        const int64_t duration_ns = evi_timers_duration(&base->timers, timeout);
        set_timer(base, ev, evi_ns_add(evi_base_now(base), duration_ns), timeout);
        return 0;
}

/* Persistent timeouts. The timer never leaves its container, so beginning anew needs no memory and
 * cannot fail. */

static bool has_persistent_timeout(const struct event *ev)
{
        const struct timeval *timeout = &ev->ev_.ev_io.ev_timeout;

        return ev->ev_evcallback.evcb_closure == EVI_CLOSURE_PERSIST &&
               evi_event_has(ev, EVLIST_TIMEOUT) && (timeout->tv_sec != 0 || timeout->tv_usec != 0);
}

static void rearm_from(struct event *ev, int64_t start_ns)
{
        struct event_base *base = ev->ev_base;
        const struct timeval *timeout = &ev->ev_.ev_io.ev_timeout;
        const int64_t duration_ns = evi_timers_duration(&base->timers, timeout);
        const int64_t now_ns = evi_base_now(base);
        int64_t deadline_ns = evi_ns_add(start_ns, duration_ns);

        if (deadline_ns <= now_ns)
                deadline_ns = evi_ns_add(now_ns, duration_ns > 0 ? duration_ns : 1);
        set_timer(base, ev, deadline_ns, timeout);
}

void evi_event_rearm(struct event *ev)
{
        if (has_persistent_timeout(ev) && !(ev->ev_res & EV_TIMEOUT))
                rearm_from(ev, evi_base_now(ev->ev_base));
}

void evi_event_expire(struct event *ev)
{
        if (has_persistent_timeout(ev))
                rearm_from(ev, evi_timer_deadline(ev));
        else
                cancel_timer(ev->ev_base, ev);
        evi_event_activate(ev, EV_TIMEOUT, 1);
}

/* Removing. */

void evi_event_forget_timeout(struct event *ev)
{
        if (evi_event_has(ev, EVLIST_TIMEOUT))
                cancel_timer(ev->ev_base, ev);
        if (ev->ev_evcallback.evcb_closure == EVI_CLOSURE_PERSIST)
                ev->ev_.ev_io.ev_timeout = (struct timeval){0, 0};
}

void evi_event_remove(struct event *ev)
{
        struct event_base *base = ev->ev_base;

        log_move(ev, "remove");
        forget_calls(ev);
        evi_event_forget_timeout(ev);
        if (evi_event_has(ev, EVLIST_ACTIVE))
                evi_event_deactivate(ev);
        if (evi_event_has(ev, EVLIST_INSERTED))
                extract(base, ev);
        if (!evi_base_has_work(base))
                evi_base_wake(base);
        evi_event_unmark(ev, EVLIST_FINALIZING);
}

/* The loop runs nothing else before all who wait have seen that the callback has ended (run.c): so
 * an event that its own callback makes active again does not keep them for ever. */
static void wait_for_callback(struct event_base *base, const struct event *ev)
{
        if (base->running != &ev->ev_evcallback || evi_base_is_in_loop_thread(base))
                return;
        base->nwaiting_for_callback++;
        while (base->running == &ev->ev_evcallback)
                evi_base_wait_for_callback(base);
        base->nwaiting_for_callback--;
        os_condition_broadcast(base->process, base->callback_done);
}

void evi_event_delete(struct event *ev, enum evi_blocking blocking)
{
        struct event_base *base = ev->ev_base;
        const bool waits = blocking == EVI_BLOCK_ALWAYS ||
                           (blocking == EVI_BLOCK_AUTO && !(ev->ev_events & EV_FINALIZE));

        if (evi_event_has(ev, EVLIST_FINALIZING))
                return;
        evi_event_remove(ev);
        if (waits)
                wait_for_callback(base, ev);
}

/* Becoming active. */

static void push(struct event_base *base, struct event *ev)
{
        evi_active_push(&base->active, &ev->ev_evcallback);
        count_in(base, ev);
        evi_count_change(&base->count.active, 1);
        if (ev->ev_evcallback.evcb_pri < base->running_priority)
                base->wants_rescan = true;
        evi_base_wake(base);
}

void evi_event_activate(struct event *ev, short what, short ncalls)
{
        if (evi_event_has(ev, EVLIST_FINALIZING))
                return;
        log_move(ev, "activate");
        if (evi_event_has(ev, EVLIST_ACTIVE)) {
                ev->ev_res = (short)(ev->ev_res | what);
                return;
        }
        ev->ev_res = what;
        if (ev->ev_events & EV_SIGNAL)
                ev->ev_.ev_signal.ev_ncalls = ncalls;
        push(ev->ev_base, ev);
}

/* ev_ncalls is a short. */
unsigned evi_event_signal_room(const struct event *ev)
{
        const int held = evi_event_has(ev, EVLIST_ACTIVE) ? ev->ev_.ev_signal.ev_ncalls : 0;

        return (unsigned)(SHRT_MAX - (held > 0 ? held : 0));
}

void evi_event_signal(struct event *ev, unsigned count)
{
        const unsigned room = evi_event_signal_room(ev);

        if (count > room)
                count = room;
        if (count == 0)
                return;
        evi_event_activate(ev, EV_SIGNAL, 0);
        ev->ev_.ev_signal.ev_ncalls = (short)(SHRT_MAX - (int)(room - count));
}
