/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From signal handler to loop.
 *
 * Each base that watches signals has a *sink*: a counter for every signal, and a flag that says
 * that some counter is not zero. The handler, one for all, walks the process's registry of sinks,
 * counts in each that watches the signal, and wakes that base's loop unless its flag was up
 * already. The loop takes the flag down *before* it reads the counters: so a signal that comes
 * between is seen now or wakes the loop again, and none is lost however many come; nothing depends
 * on the room in a pipe. Any number of bases may watch the same signal; each gets every one.
 *
 * The registry is read by handlers without a lock: it is a list to which a sink is added, and from
 * which it is taken, by one store of a pointer; and a sink that leaves is given back only after
 * every handler that may still see it has returned. Leaving needs no memory.
 *
 * The first base that watches a signal installs the handler, the last one restores what was there
 * before.
 *
 * Lock order: base lock, then the process's signal lock.
 */
#ifndef EVIDENT_CORE_SIGNALS_H
#define EVIDENT_CORE_SIGNALS_H

#include <event2/event_struct.h>
#include <stdbool.h>

#include "util/list.h"

struct evi_signal_sink;
struct os;

struct evi_signals {
        struct evi_signal_sink *sink; /* NULL until the first event on a signal */
        struct evi_link *events;      /* a list a signal, by number; made with the sink */
};

/* The number of signals and one more: numbers are 1 .. EVI_SIGNALS_END - 1. */
int evi_signals_end(void);

void evi_signals_init(struct evi_signals *s);
/* No event is listed any more. */
void evi_signals_clear(struct evi_signals *s, struct os *os);

/* ev, an event on the signal ev_fd, is listed, and the handler is in place. 0, or -errno with all
 * as it was: -EINVAL for a number that is no signal, -ENOMEM, or sigaction's. The wake-up
 * descriptor is open. */
int evi_signals_add(struct evi_signals *s, struct os *os, int write_fd, struct event *ev);

/* ev is not listed any more; should it have been the last, the handler is gone. Never fails. */
void evi_signals_remove(struct evi_signals *s, struct os *os, struct event *ev);

/* Who takes what has arrived: how many arrivals an event can still hold, and that count more are
 * its. */
struct evi_signal_taker {
        unsigned (*room)(const struct event *ev);
        void (*take)(struct event *ev, unsigned count, void *arg);
};

/* Gives to each event on a signal what has arrived since the last call. What is more than one of
 * them can hold arrives again, for all, so that all see the same number. */
void evi_signals_take(struct evi_signals *s, struct os *os, const struct evi_signal_taker *taker,
                      void *arg);

/* In a child process: handlers write to this descriptor from now on, no handler of the parent's
 * runs here, and what had arrived was the parent's. */
void evi_signals_reinit(struct evi_signals *s, struct os *os, int write_fd);

/* The events on a signal, to be walked by evi_signals_event(); NULL if there are none. */
const struct evi_link *evi_signals_events(const struct evi_signals *s, int signal_number);
struct event *evi_signals_event(struct evi_link *link);

/* Takes the empty registry away from the process; false if a base still watches signals. */
bool evi_signals_shutdown(struct os *os);

#endif
