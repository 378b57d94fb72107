/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The public calls on one event: what the caller may do wrong is answered here, then the lock is
 * taken, and event.c does the rest. errno is set where -1 is returned.
 */
#include <errno.h>
#include <event2/event.h>
#include <string.h>

#include "core/bases.h"
#include "core/debug.h"
#include "core/event.h"
#include "os/os.h"
#include "util/duration.h"
#include "util/log.h"

/* Its address stands for 'the event itself' as a callback's argument. */
static const char self_cbarg;

void *event_self_cbarg(void)
{
        return (void *)(uintptr_t)&self_cbarg;
}

static int fail(int error)
{
        errno = error;
        return -1;
}

/* The event's base; NULL, with a warning that names the call, if it has none. */
static struct event_base *base_of(const struct event *ev, const char *call)
{
        if (ev->ev_base == NULL)
                evi_log(os_current(), EVENT_LOG_WARN, "%s: event %p has no base", call,
                        (const void *)ev);
        return ev->ev_base;
}

/* Making. */

static uint8_t default_priority(const struct event_base *base)
{
        return base == NULL ? 0 : (uint8_t)(base->active.npriorities / 2);
}

int event_assign(struct event *ev, struct event_base *base, evutil_socket_t fd, short events,
                 event_callback_fn callback, void *arg)
{
        struct os *os = base != NULL ? base->os : os_current();

        evi_debug_too_late(os);
        evi_debug_check_assignment(os, ev, base, fd, events);
        if (base == NULL)
                base = os->process->current_base;
        if ((events & EV_SIGNAL) && (events & (EV_READ | EV_WRITE | EV_CLOSED))) {
                evi_log(os, EVENT_LOG_WARN,
                        "event_assign: EV_SIGNAL cannot go with EV_READ, EV_WRITE or EV_CLOSED");
                return fail(EINVAL);
        }
        const int r = evi_debug_note_assigned(os, ev);
        if (r < 0)
                return fail(-r);
        memset(ev, 0, sizeof *ev);
        ev->ev_evcallback.evcb_flags = EVLIST_INIT;
        ev->ev_evcallback.evcb_pri = default_priority(base);
        ev->ev_evcallback.evcb_closure = (uint8_t)(events & EV_SIGNAL    ? EVI_CLOSURE_SIGNAL
                                                   : events & EV_PERSIST ? EVI_CLOSURE_PERSIST
                                                                         : EVI_CLOSURE_ONESHOT);
        ev->ev_evcallback.evcb_cb_union.evcb_callback = callback;
        ev->ev_evcallback.evcb_arg = arg == event_self_cbarg() ? ev : arg;
        ev->ev_timeout_pos.min_heap_idx = EVI_HEAP_NONE;
        ev->ev_fd = fd;
        ev->ev_base = base;
        ev->ev_events = events;
        return 0;
}

int event_base_set(struct event_base *base, struct event *ev)
{
        evi_debug_check(ev, "event_base_set");
        if (ev->ev_evcallback.evcb_flags != EVLIST_INIT)
                return fail(EBUSY);
        ev->ev_base = base;
        ev->ev_evcallback.evcb_pri = default_priority(base);
        return 0;
}

struct event *event_new(struct event_base *base, evutil_socket_t fd, short events,
                        event_callback_fn callback, void *arg)
{
        struct os *os = base != NULL ? base->os : os_current();
        struct event *ev = os_alloc(os, sizeof *ev);

        if (ev == NULL) {
                errno = ENOMEM;
                return NULL;
        }
        if (event_assign(ev, base, fd, events, callback, arg) < 0) {
                os_free(os, ev);
                return NULL;
        }
        return ev;
}

/* Whether ev's base was freed: then ev is in nothing. */
static bool is_left_behind(const struct event *ev)
{
        return !evi_bases_has(os_current(), ev->ev_base);
}

/* The same, where asking is worth it on the way of every delete: an event that waits for something
 * has a base. Only without threads, since with them an event's flags are not read without its base's
 * lock. */
static bool is_idle_and_left_behind(const struct event *ev)
{
        return os_current()->process->locks.alloc == NULL &&
               !evi_event_has(ev, EVI_ANY_CONTAINER) && is_left_behind(ev);
}

void event_free(struct event *ev)
{
        struct event_base *base;

        if (ev == NULL)
                return;
        evi_debug_check(ev, "event_free");
        base = ev->ev_base == NULL || is_left_behind(ev) ? NULL : ev->ev_base;
        struct os *os = base != NULL ? base->os : os_current();
        if (base != NULL) {
                evi_base_lock(base);
                if (evi_event_has(ev, EVLIST_FINALIZING))
                        evi_event_remove(ev);
                else
                        evi_event_delete(ev, EVI_BLOCK_AUTO);
                evi_base_unlock(base);
        }
        evi_debug_note_unassigned(ev);
        os_free(os, ev);
}

/* Adding and removing. */

int event_add(struct event *ev, const struct timeval *timeout)
{
        struct event_base *base;

        evi_debug_check_alive(ev, "event_add");
        base = base_of(ev, "event_add");
        if (base == NULL)
                return fail(EINVAL);
        evi_base_lock(base);
        evi_debug_check_timeout(ev, timeout);
        const int r = evi_event_add(ev, timeout);
        evi_base_unlock(base);
        return r < 0 ? fail(-r) : 0;
}

static int delete_as(struct event *ev, enum evi_blocking blocking, const char *call)
{
        struct event_base *base;

        evi_debug_check(ev, call);
        base = base_of(ev, call);
        if (base == NULL)
                return fail(EINVAL);
        if (is_idle_and_left_behind(ev))
                return 0;
        evi_base_lock(base);
        evi_event_delete(ev, blocking);
        evi_base_unlock(base);
        return 0;
}

int event_del(struct event *ev)
{
        return delete_as(ev, EVI_BLOCK_AUTO, "event_del");
}

int event_del_block(struct event *ev)
{
        return delete_as(ev, EVI_BLOCK_ALWAYS, "event_del_block");
}

int event_del_noblock(struct event *ev)
{
        return delete_as(ev, EVI_BLOCK_NEVER, "event_del_noblock");
}

int event_remove_timer(struct event *ev)
{
        struct event_base *base;

        evi_debug_check_alive(ev, "event_remove_timer");
        base = base_of(ev, "event_remove_timer");
        if (base == NULL)
                return fail(EINVAL);
        evi_base_lock(base);
        evi_event_forget_timeout(ev);
        if (!evi_base_has_work(base))
                evi_base_wake(base);
        evi_base_unlock(base);
        return 0;
}

void event_active(struct event *ev, int what, short ncalls)
{
        struct event_base *base;

        evi_debug_check_alive(ev, "event_active");
        base = base_of(ev, "event_active");
        if (base == NULL)
                return;
        evi_base_lock(base);
        evi_event_activate(ev, (short)what, ncalls);
        evi_base_unlock(base);
}

int event_priority_set(struct event *ev, int priority)
{
        evi_debug_check(ev, "event_priority_set");
        if (evi_event_has(ev, EVLIST_ACTIVE))
                return fail(EBUSY);
        if (priority < 0 || ev->ev_base == NULL || priority >= ev->ev_base->active.npriorities)
                return fail(EINVAL);
        ev->ev_evcallback.evcb_pri = (uint8_t)priority;
        return 0;
}

/* Asking. */

static short pending_flags(const struct event *ev)
{
        int flags = 0;

        if (evi_event_has(ev, EVLIST_INSERTED))
                flags |= ev->ev_events & (EV_READ | EV_WRITE | EV_CLOSED | EV_SIGNAL);
        if (evi_event_has(ev, EVLIST_ACTIVE))
                flags |= ev->ev_res;
        if (evi_event_has(ev, EVLIST_TIMEOUT))
                flags |= EV_TIMEOUT;
        return (short)flags;
}

int event_pending(const struct event *ev, short events, struct timeval *tv)
{
        struct event_base *base;

        evi_debug_check_alive(ev, "event_pending");
        base = base_of(ev, "event_pending");
        if (base == NULL)
                return 0;
        evi_base_lock(base);
        const int asked = events & (EV_TIMEOUT | EV_READ | EV_WRITE | EV_CLOSED | EV_SIGNAL);
        const int flags = pending_flags(ev) & asked;
        if (tv != NULL && (flags & EV_TIMEOUT))
                evi_timeval_from_ns(evi_base_wall(base, evi_timer_deadline(ev)), tv);
        evi_base_unlock(base);
        return flags;
}

int event_initialized(const struct event *ev)
{
        return evi_event_has(ev, EVLIST_INIT);
}

void event_get_assignment(const struct event *ev, struct event_base **base, evutil_socket_t *fd,
                          short *events, event_callback_fn *callback, void **arg)
{
        evi_debug_check(ev, "event_get_assignment");
        if (base != NULL)
                *base = ev->ev_base;
        if (fd != NULL)
                *fd = ev->ev_fd;
        if (events != NULL)
                *events = ev->ev_events;
        if (callback != NULL)
                *callback = ev->ev_evcallback.evcb_cb_union.evcb_callback;
        if (arg != NULL)
                *arg = ev->ev_evcallback.evcb_arg;
}

size_t event_get_struct_event_size(void)
{
        return sizeof(struct event);
}

evutil_socket_t event_get_fd(const struct event *ev)
{
        evi_debug_check(ev, "event_get_fd");
        return ev->ev_fd;
}

struct event_base *event_get_base(const struct event *ev)
{
        evi_debug_check(ev, "event_get_base");
        return ev->ev_base;
}

short event_get_events(const struct event *ev)
{
        evi_debug_check(ev, "event_get_events");
        return ev->ev_events;
}

event_callback_fn event_get_callback(const struct event *ev)
{
        evi_debug_check(ev, "event_get_callback");
        return ev->ev_evcallback.evcb_cb_union.evcb_callback;
}

void *event_get_callback_arg(const struct event *ev)
{
        evi_debug_check(ev, "event_get_callback_arg");
        return ev->ev_evcallback.evcb_arg;
}

int event_get_priority(const struct event *ev)
{
        evi_debug_check(ev, "event_get_priority");
        return ev->ev_evcallback.evcb_pri;
}
