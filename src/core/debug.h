/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Debug mode (event_enable_debug_mode): a map of every event that is assigned, so that misuse is
 * told from use.
 *
 * It finds: any call on an event that was never assigned, or was freed or unassigned since;
 * event_assign on an event that is still added; an event of a base that was freed. Each ends the
 * program by evi_fatal, with a line that names the call and the event.
 *
 * The map has one entry an assigned event, keyed by its address: it goes when the event is freed or
 * unassigned, so memory is bounded by what the program has assigned. Nothing is read from an
 * event's memory before the map has said that it is one.
 *
 * Odd input that is accepted, because libevent 2.1 accepts it, is named by a warning: no base, no
 * descriptor, unknown flags, times that are negative or not normal.
 *
 * Every function does nothing, at the cost of one load and a branch, in a process in which debug
 * mode never was on: so they are asked inline, and do their work in evi_debug_*_slowly. These take
 * the debug lock themselves.
 */
#ifndef EVIDENT_CORE_DEBUG_H
#define EVIDENT_CORE_DEBUG_H

#include <stdatomic.h>
#include <stdbool.h>

struct event;
struct event_base;
struct os;
struct timeval;

/* Whether some world of this process ever had debug mode on. Only to be quick where none had. */
extern atomic_bool evi_debug_ever_on;

int evi_debug_note_assigned_slowly(struct os *os, const struct event *ev);
void evi_debug_note_unassigned_slowly(const struct event *ev);
void evi_debug_note_added_slowly(const struct event *ev);
void evi_debug_note_removed_slowly(const struct event *ev);
void evi_debug_check_slowly(const struct event *ev, const char *call);
void evi_debug_check_alive_slowly(const struct event *ev, const char *call);
void evi_debug_check_assignment_slowly(struct os *os, const struct event *ev,
                                       const struct event_base *base, int fd, short events);
void evi_debug_check_timeout_slowly(const struct event *ev, const struct timeval *timeout);

static inline bool evi_debug_is_possible(void)
{
        return atomic_load_explicit(&evi_debug_ever_on, memory_order_relaxed);
}

/* ev is about to be assigned, and is noted so. Fatal if it is added. 0 or -ENOMEM. */
static inline int evi_debug_note_assigned(struct os *os, const struct event *ev)
{
        return evi_debug_is_possible() ? evi_debug_note_assigned_slowly(os, ev) : 0;
}

/* ev's memory is not an event any more. */
static inline void evi_debug_note_unassigned(const struct event *ev)
{
        if (evi_debug_is_possible())
                evi_debug_note_unassigned_slowly(ev);
}

/* ev is in some container. */
static inline void evi_debug_note_added(const struct event *ev)
{
        if (evi_debug_is_possible())
                evi_debug_note_added_slowly(ev);
}

/* ev is in none any more. */
static inline void evi_debug_note_removed(const struct event *ev)
{
        if (evi_debug_is_possible())
                evi_debug_note_removed_slowly(ev);
}

/* Fatal unless ev is assigned. call is the name of the public function. */
static inline void evi_debug_check(const struct event *ev, const char *call)
{
        if (evi_debug_is_possible())
                evi_debug_check_slowly(ev, call);
}

/* Fatal besides if its base was freed. */
static inline void evi_debug_check_alive(const struct event *ev, const char *call)
{
        if (evi_debug_is_possible())
                evi_debug_check_alive_slowly(ev, call);
}

/* Fatal if fd is to be edge-triggered and blocks: who reads until nothing is left would block
 * there. Warns of what is odd. base is what the caller gave. */
static inline void evi_debug_check_assignment(struct os *os, const struct event *ev,
                                              const struct event_base *base, int fd, short events)
{
        if (evi_debug_is_possible())
                evi_debug_check_assignment_slowly(os, ev, base, fd, events);
}

/* Warns of a timeout (NULL: none) that is odd. */
static inline void evi_debug_check_timeout(const struct event *ev, const struct timeval *timeout)
{
        if (evi_debug_is_possible())
                evi_debug_check_timeout_slowly(ev, timeout);
}

/* From now on debug mode cannot be enabled any more. */
void evi_debug_too_late(struct os *os);

/* Forgets everything; debug mode is off. */
void evi_debug_shutdown(struct os *os);

#endif
