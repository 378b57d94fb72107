/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Debug mode's map; debug.h says what it finds.
 *
 * The world of an event without a base is not known; such an event is looked up in the world of the
 * caller.
 */
#include "core/debug.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>

#include "core/bases.h"
#include "core/event.h"
#include "os/os.h"
#include "util/hash.h"
#include "util/log.h"

enum { ASSIGNED = 1, ADDED = 2 };

atomic_bool evi_debug_ever_on;

struct evi_debug_map {
        struct evi_hash events; /* address -> ASSIGNED or ADDED */
};

static bool is_on(const struct os *os)
{
        return os->process->debug_mode;
}

static void lock(struct os *os)
{
        os_lock(os->process, os->process->debug_lock);
}

static void unlock(struct os *os)
{
        os_unlock(os->process, os->process->debug_lock);
}

/* The map; NULL without memory. With the lock. */
static struct evi_debug_map *obtain(struct os *os)
{
        if (os->process->debug_map == NULL)
                os->process->debug_map = os_calloc(os, 1, sizeof *os->process->debug_map);
        return os->process->debug_map;
}

static uintptr_t state_of(struct os *os, const struct event *ev)
{
        const struct evi_debug_map *map = os->process->debug_map;
        const uintptr_t *state = map == NULL ? NULL : evi_hash_find(&map->events, (uintptr_t)ev);

        return state == NULL ? 0 : *state;
}

/* Notes a state of an event that has one already. */
static void set_state(const struct event *ev, uintptr_t value)
{
        struct os *os = ev->ev_base != NULL ? ev->ev_base->os : os_current();

        if (!is_on(os))
                return;
        lock(os);
        if (state_of(os, ev) != 0)
                *evi_hash_find(&os->process->debug_map->events, (uintptr_t)ev) = value;
        unlock(os);
}

/* Fatal if ev is in some container. */
static void check_not_added(struct os *os, const struct event *ev, const char *call)
{
        lock(os);
        const bool is_added = state_of(os, ev) == ADDED;
        unlock(os);
        if (is_added)
                evi_fatal(os, EVI_FATAL_ABORT,
                          "%s: event %p is still added (descriptor %d, events 0x%x); event_del it "
                          "first",
                          call, (const void *)ev, ev->ev_fd,
                          (unsigned)(unsigned short)ev->ev_events);
}

int evi_debug_note_assigned_slowly(struct os *os, const struct event *ev)
{
        int r = -ENOMEM;

        if (!is_on(os))
                return 0;
        check_not_added(os, ev, "event_assign");
        lock(os);
        struct evi_debug_map *map = obtain(os);
        if (map != NULL)
                r = evi_hash_put(&map->events, os, (uintptr_t)ev, ASSIGNED);
        unlock(os);
        return r;
}

void evi_debug_note_unassigned_slowly(const struct event *ev)
{
        struct os *os = os_current();

        if (!is_on(os))
                return;
        lock(os);
        if (state_of(os, ev) != 0)
                (void)evi_hash_remove(&os->process->debug_map->events, os, (uintptr_t)ev);
        unlock(os);
}

void evi_debug_note_added_slowly(const struct event *ev)
{
        set_state(ev, ADDED);
}

void evi_debug_note_removed_slowly(const struct event *ev)
{
        set_state(ev, ASSIGNED);
}

static __attribute__((format(printf, 2, 3))) void warn(struct os *os, const char *format, ...)
{
        char line[EVI_LOG_LINE_MAX];
        va_list args;

        va_start(args, format);
        (void)vsnprintf(line, sizeof line, format, args);
        va_end(args);
        evi_log(os, EVENT_LOG_WARN, "%s", line);
}

/* What no version of libevent gives a meaning to. */
#define UNKNOWN_EVENTS                                                                      \
        (~(EV_TIMEOUT | EV_READ | EV_WRITE | EV_SIGNAL | EV_PERSIST | EV_ET | EV_FINALIZE | \
           EV_CLOSED))

void evi_debug_check_assignment_slowly(struct os *os, const struct event *ev,
                                       const struct event_base *base, int fd, short events)
{
        const int kinds = EV_READ | EV_WRITE | EV_CLOSED;

        if (!is_on(os))
                return;
        if (fd >= 0 && (events & EV_ET) && !(events & EV_SIGNAL) && os_is_nonblocking(os, fd) == 0)
                evi_fatal(os, EVI_FATAL_ABORT,
                          "event_assign: event %p is edge-triggered, and its descriptor %d blocks",
                          (const void *)ev, fd);
        if (base == NULL)
                warn(os, "event_assign: event %p has no base of its own", (const void *)ev);
        if (fd < 0 && (events & kinds))
                warn(os, "event_assign: event %p is for descriptor %d, which is none",
                     (const void *)ev, fd);
        if (events & UNKNOWN_EVENTS)
                warn(os, "event_assign: event %p has unknown flags 0x%x", (const void *)ev,
                     (unsigned)(events & UNKNOWN_EVENTS & 0xffff));
}

void evi_debug_check_timeout_slowly(const struct event *ev, const struct timeval *timeout)
{
        struct os *os = ev->ev_base->os;

        if (!is_on(os) || timeout == NULL)
                return;
        if (timeout->tv_sec < 0 || timeout->tv_usec < 0)
                warn(os, "event_add: event %p has the negative timeout {%lld, %lld}, and is due",
                     (const void *)ev, (long long)timeout->tv_sec, (long long)timeout->tv_usec);
        else if (timeout->tv_usec >= 1000000 &&
                 evi_timers_common(&ev->ev_base->timers, timeout) == NULL)
                warn(os, "event_add: event %p has a timeout with tv_usec %lld", (const void *)ev,
                     (long long)timeout->tv_usec);
}

void evi_debug_check_slowly(const struct event *ev, const char *call)
{
        struct os *os = os_current();

        if (!is_on(os))
                return;
        lock(os);
        const bool is_assigned = state_of(os, ev) != 0;
        unlock(os);
        if (!is_assigned)
                evi_fatal(os, EVI_FATAL_ABORT,
                          "%s: event %p was never assigned, or was freed or unassigned since", call,
                          (const void *)ev);
}

void evi_debug_check_alive_slowly(const struct event *ev, const char *call)
{
        struct os *os = os_current();

        if (!is_on(os))
                return;
        evi_debug_check_slowly(ev, call);
        if (ev->ev_base != NULL && !evi_bases_has(os, ev->ev_base))
                evi_fatal(os, EVI_FATAL_ABORT,
                          "%s: event %p (descriptor %d, events 0x%x) belongs to base %p, which was "
                          "freed",
                          call, (const void *)ev, ev->ev_fd,
                          (unsigned)(unsigned short)ev->ev_events, (const void *)ev->ev_base);
}

/* Written once: threads that make events at the same time do not share a line that changes. */
void evi_debug_too_late(struct os *os)
{
        atomic_bool *too_late = &os->process->debug_mode_too_late;

        if (!atomic_load_explicit(too_late, memory_order_relaxed))
                atomic_store_explicit(too_late, true, memory_order_relaxed);
}

void evi_debug_shutdown(struct os *os)
{
        struct evi_debug_map *map = os->process->debug_map;

        os->process->debug_mode = false;
        atomic_store(&os->process->debug_mode_too_late, false);
        os->process->debug_map = NULL;
        if (map == NULL)
                return;
        evi_hash_clear(&map->events, os);
        os_free(os, map);
}

void event_enable_debug_mode(void)
{
        struct os *os = os_current();

        if (os->process->debug_mode)
                evi_fatal(os, 1, "event_enable_debug_mode: called twice");
        if (atomic_load(&os->process->debug_mode_too_late))
                evi_fatal(os, 1,
                          "event_enable_debug_mode: to be called before any event or base is made");
        os->process->debug_mode = true;
        atomic_store(&evi_debug_ever_on, true);
}

void event_debug_unassign(struct event *ev)
{
        evi_debug_check(ev, "event_debug_unassign");
        if (is_on(os_current()))
                check_not_added(os_current(), ev, "event_debug_unassign");
        evi_debug_note_unassigned(ev);
        evi_event_unmark(ev, EVLIST_INIT);
}
