/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Debug mode (event_enable_debug_mode): a map of every event that is assigned, so that misuse is
 * told from use.
 *
 * It finds: any call on an event that was never assigned, or was freed or unassigned since;
 * event_assign on an event that is still added; an event of a base that was freed. Each ends the
 * program by evi_fatal, with a line that names the call and the event. What libevent 2.1 accepts
 * though it is odd is only warned of.
 *
 * The map has one entry an assigned event, keyed by its address: it goes when the event is freed or
 * unassigned, so memory is bounded by what the program has assigned. Nothing is read from an
 * event's memory before the map has said that it is one.
 *
 * All functions do nothing, at the cost of a branch, unless debug mode is on. They take the debug
 * lock themselves.
 */
#ifndef EVIDENT_CORE_DEBUG_H
#define EVIDENT_CORE_DEBUG_H

struct event;
struct event_base;
struct os;

/* ev is about to be assigned, and is noted so. Fatal if it is added. 0 or -ENOMEM. */
int evi_debug_note_assigned(struct os *os, const struct event *ev);
/* ev's memory is not an event any more. */
void evi_debug_note_unassigned(const struct event *ev);
/* ev is in some container; is in none any more. */
void evi_debug_note_added(const struct event *ev);
void evi_debug_note_removed(const struct event *ev);
/* Fatal unless ev is assigned. call is the name of the public function. */
void evi_debug_check(const struct event *ev, const char *call);
/* Fatal besides if its base was freed. */
void evi_debug_check_alive(const struct event *ev, const char *call);

/* Fatal if fd is to be edge-triggered and blocks: who reads until nothing is left would block
 * there. */
void evi_debug_check_edge(struct os *os, const struct event *ev, int fd, short events);

/* Warns, in debug mode, of something odd. */
__attribute__((format(printf, 2, 3))) void evi_debug_warn(struct os *os, const char *format, ...);

/* From now on debug mode cannot be enabled any more. */
void evi_debug_too_late(struct os *os);

/* Forgets everything; debug mode is off. */
void evi_debug_shutdown(struct os *os);

#endif
