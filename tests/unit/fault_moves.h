/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the scenarios of the fault loop are told in: the moves, each as one line of a story, and the
 * scenarios themselves.
 *
 * A scenario goes on whatever fails: what could not be made is left out. An event that was not
 * assigned has no slot, and the moves do nothing for it.
 */
#ifndef FAULT_MOVES_H
#define FAULT_MOVES_H

#include "fault_scene.h"

#define MS(n)   (&(const struct timeval){0, (n)*1000})
#define NO_TIME (&(const struct timeval){0, 0})

/* Callbacks; their argument is the scene. on_byte counts what was there to read, one byte a call. */
void on_byte(evutil_socket_t fd, short what, void *arg);
void on_call(evutil_socket_t fd, short what, void *arg);
void on_finalize(struct event *ev, void *arg);

/* Bases, as the scene's variant wants them. NULL or false: that has failed for good. has_base makes
 * the scene's own one; free_base takes the events with it, as far as users see. */
struct event_config *make_config(struct scene *s);
bool enable_threads(struct scene *s);
struct event_base *make_base(struct scene *s);
bool has_base(struct scene *s);
void free_base(struct scene *s);

/* Events by their slot: event_assign and event_new, and how each of the two ends. */
void assign(struct scene *s, int slot, evutil_socket_t fd, short events,
            event_callback_fn callback);
void make(struct scene *s, int slot, evutil_socket_t fd, short events, event_callback_fn callback);
void add(struct scene *s, int slot, const struct timeval *timeout);
void del(struct scene *s, int slot);
void activate(struct scene *s, int slot, int what);
void unassign(struct scene *s, int slot);
void release(struct scene *s, int slot);

/* The event of a slot that its base's end will take out, to be freed later; one that waits for
 * nothing is unknown to the base, and has to go before it. */
struct event *take_pending(struct scene *s, int slot);

/* The scene's pipes. */
int in(struct scene *s, int pipe);
int out(struct scene *s, int pipe);
void send_byte(struct scene *s, int pipe);

/* Some turns of the loop, that do not wait; after this time has passed. */
void turn(struct scene *s);
void pass_ms(struct scene *s, int ms);

/* All functions that only look: none of them may fail, whatever happens below. */
void look_around(struct scene *s);

/* The scenarios: of what a loop waits for (fault_sources.c); */
void play_descriptors(struct scene *s);
void play_edges(struct scene *s);
void play_many(struct scene *s);
void play_timers(struct scene *s);
void play_waits(struct scene *s);
void play_signals(struct scene *s);
/* of how events and bases live and end (fault_lives.c). */
void play_onces(struct scene *s);
void play_finalizers(struct scene *s);
void play_priorities(struct scene *s);
void play_reinit(struct scene *s);
void play_failed_reinit(struct scene *s);
void play_life(struct scene *s);

#endif
