/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is to be run: a queue a priority, lower numbers first, first in first out.
 *
 * Invariants, checked by evi_active_verify():
 *  A1. count is the sum of the queues' lengths.
 *  A2. Each listed callback has EVLIST_ACTIVE and is in its own priority's queue;
 *      0 <= priority < npriorities.
 *
 * All with the base lock.
 */
#ifndef EVIDENT_CORE_ACTIVE_H
#define EVIDENT_CORE_ACTIVE_H

#include <event2/event_struct.h>

#include "util/list.h"

struct os;

struct evi_active {
        struct evi_link *queues;
        int npriorities; /* 1 .. 255 */
        int count;
};

/* One priority. 0 or -ENOMEM. */
int evi_active_init(struct evi_active *a, struct os *os);
void evi_active_clear(struct evi_active *a, struct os *os);

/* From now on there are n priorities, 1 .. 255, none of whose queues holds anything. 0, or -ENOMEM
 * with all as it was. */
int evi_active_resize(struct evi_active *a, struct os *os, int n);

/* evcb, which is not active, is the last of its queue now. A priority that no longer exists is
 * taken as the last one. */
void evi_active_push(struct evi_active *a, struct event_callback *evcb);
void evi_active_remove(struct evi_active *a, struct event_callback *evcb);

/* The first of a priority; NULL if there is none. */
struct event_callback *evi_active_first(const struct evi_active *a, int priority);

/* The lowest number that has something active; -1 if there is nothing. */
int evi_active_next_priority(const struct evi_active *a);

/* Calls fn for every active callback, in the order in which they would run, until it answers
 * non-zero; returns that. */
int evi_active_foreach(const struct evi_active *a,
                       int (*fn)(struct event_callback *evcb, void *arg), void *arg);

/* NULL, or the invariant that does not hold. */
const char *evi_active_verify(const struct evi_active *a);

#endif
