/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The life of one event, from inside: what the public calls and the loop are made of. base.h has
 * the table of states.
 *
 * All with the base lock, unless said otherwise. Results are 0 or -errno, and on an error the event
 * is as it was.
 */
#ifndef EVIDENT_CORE_EVENT_H
#define EVIDENT_CORE_EVENT_H

#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdbool.h>

#include "core/base.h"

/* The flags of an event that is in some container. A finalizing one is active. */
#define EVI_ANY_CONTAINER (EVLIST_INSERTED | EVLIST_TIMEOUT | EVLIST_ACTIVE)

/* evcb_closure: how a callback is run. */
enum evi_closure {
        EVI_CLOSURE_ONESHOT,       /* not pending any more, then called once */
        EVI_CLOSURE_SIGNAL,        /* called as often as the signal came */
        EVI_CLOSURE_PERSIST,       /* its timeout set anew, then called once */
        EVI_CLOSURE_FINALIZE,      /* event_finalize */
        EVI_CLOSURE_FINALIZE_FREE, /* event_free_finalize */
};

/* Whether a delete waits for the event's callback, should another thread be running it. */
enum evi_blocking {
        EVI_BLOCK_NEVER,
        EVI_BLOCK_AUTO, /* unless the event has EV_FINALIZE */
        EVI_BLOCK_ALWAYS,
};

static inline bool evi_event_has(const struct event *ev, int flags)
{
        return (ev->ev_evcallback.evcb_flags & flags) != 0;
}

static inline void evi_event_mark(struct event *ev, int flags)
{
        ev->ev_evcallback.evcb_flags = (short)(ev->ev_evcallback.evcb_flags | flags);
}

static inline void evi_event_unmark(struct event *ev, int flags)
{
        ev->ev_evcallback.evcb_flags = (short)(ev->ev_evcallback.evcb_flags & ~flags);
}

/* timeout NULL: without; the timer that the event may have already stays then. */
int evi_event_add(struct event *ev, const struct timeval *timeout);

/* Takes the event out of everything, a finalizer that has not run included. Waits for nothing. */
void evi_event_remove(struct event *ev);

/* evi_event_remove but for finalizing events, which are left alone; then waits as said. */
void evi_event_delete(struct event *ev, enum evi_blocking blocking);

/* The event is to run with these flags beside those for which it is active already; ncalls matters
 * for signals only, and only if the event was not active. */
void evi_event_activate(struct event *ev, short what, short ncalls);

/* How many more arrivals of its signal the event can count, and that so many, at most, have come.
 */
unsigned evi_event_signal_room(const struct event *ev);
void evi_event_signal(struct event *ev, unsigned count);

/* The event does not run, unless it becomes active again. */
void evi_event_deactivate(struct event *ev);

/* ev's deadline has passed. It becomes active; its timer is gone, or set for the next period if it
 * is persistent: one period after the deadline, so that the schedule does not drift, or from now if
 * that is past as well. */
void evi_event_expire(struct event *ev);

/* A persistent event is about to run. If that is not because of its timeout, the timeout begins
 * anew from now. */
void evi_event_rearm(struct event *ev);

/* Runs the finalizer of ev, which is finalizing and out of its queue or in it. Releases the lock
 * meanwhile. (run.c) */
void evi_run_finalizer(struct event_base *base, struct event *ev);

/* ev has no timeout any more. If that was all that it waited for, the loop may end. */
void evi_event_forget_timeout(struct event *ev);

#endif
