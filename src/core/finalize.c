/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Finalizers: a callback that runs when nothing of the event runs any more, in the loop's thread,
 * so that an event can be taken down from any thread without waiting for its callback.
 *
 * A finalizing event is in the active queue with its callback exchanged for the finalizer, and
 * every other move is refused, until the finalizer has run, event_free() has taken it, or the base
 * is freed.
 */
#include <errno.h>
#include <event2/event.h>

#include "core/debug.h"
#include "core/event.h"
#include "os/os.h"
#include "util/log.h"

static int finalize(struct event *ev, event_finalize_callback_fn finalizer,
                    enum evi_closure closure, const char *call)
{
        struct event_base *base;

        evi_debug_check(ev, call);
        base = ev->ev_base;
        if (base == NULL) {
                evi_log(os_current(), EVENT_LOG_WARN, "%s: event %p has no base", call, (void *)ev);
                errno = EINVAL;
                return -1;
        }
        evi_base_lock(base);
        evi_event_remove(ev);
        ev->ev_evcallback.evcb_closure = (uint8_t)closure;
        ev->ev_evcallback.evcb_cb_union.evcb_evfinalize = finalizer;
        evi_event_activate(ev, EV_FINALIZE, 1);
        evi_event_mark(ev, EVLIST_FINALIZING);
        evi_base_unlock(base);
        return 0;
}

int event_finalize(unsigned flags, struct event *ev, event_finalize_callback_fn finalizer)
{
        (void)flags;
        return finalize(ev, finalizer, EVI_CLOSURE_FINALIZE, "event_finalize");
}

int event_free_finalize(unsigned flags, struct event *ev, event_finalize_callback_fn finalizer)
{
        (void)flags;
        return finalize(ev, finalizer, EVI_CLOSURE_FINALIZE_FREE, "event_free_finalize");
}
