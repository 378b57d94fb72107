/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * When events are due: a heap for most, and a queue for each common timeout.
 *
 * The truth about a timer is its key (deadline, sequence number), which is kept in the event. What
 * the heap holds is a lower bound of it: an event whose deadline moves later, as an idle timeout
 * does with every byte that arrives, costs one store; the heap is corrected when the old bound
 * comes to the top. Numbers are given out at each setting, so equal deadlines come out in the order
 * in which they were set, whether heap or queue.
 *
 * A common timeout (event_base_init_common_timeout) is one duration shared by many events. Their
 * deadlines come nearly sorted, so a list serves, walked from its end; the lists' heads are in a
 * heap of their own.
 *
 * Where the key lies: in the 16 bytes of the public field ev_timeout. Where struct timeval has 8
 * bytes only (32-bit time_t) there is room for the deadline alone: the number is then beside the place
 * in the heap, in 32 bits, and not kept in a queue, so ties between a common queue and other timers
 * go to the queue.
 *
 * Invariants, checked by evi_timers_verify():
 *  T1. Each event in the heap has EVLIST_TIMEOUT, not EVI_EVENT_COMMON, and the heap's key is not
 *      above its own.
 *  T2. Each event in a queue has both flags; a queue is sorted by key; a queue that is not empty is
 *      in the heap of queues with a key not above its first event's.
 *  T3. No other event has EVLIST_TIMEOUT. Nothing waits for a number >= next_seq.
 *
 * All with the base lock. Nothing here reads a clock.
 */
#ifndef EVIDENT_CORE_TIMERS_H
#define EVIDENT_CORE_TIMERS_H

#include <event2/event_struct.h>
#include <stdbool.h>
#include <stdint.h>

#include "util/heap.h"
#include "util/list.h"

struct os;

/* In evcb_flags beside EVLIST_*: the timer is in a common queue, not in the heap. */
#define EVI_EVENT_COMMON 0x0100

struct evi_common_timeout {
        struct timeval duration; /* with the magic bits; its address is what users hold */
        int64_t duration_ns;
        struct evi_link events;
        int heap_index;
};

struct evi_timers {
        struct evi_heap heap;
        struct evi_heap queues; /* of evi_common_timeout.heap_index; has room for all */
        struct evi_common_timeout **commons;
        int ncommons;
        uint64_t next_seq;
};

void evi_timers_init(struct evi_timers *t);
/* No event has a timer any more. */
void evi_timers_clear(struct evi_timers *t, struct os *os);

/* Room to set ev's timer wherever it is to go. 0, or -errno with all as it was. */
int evi_timers_reserve(struct evi_timers *t, struct os *os, const struct event *ev);

/* ev's timer, which it may have already, is due at deadline_ns from now on; in the queue common
 * unless that is NULL. There is room. */
void evi_timer_set(struct evi_timers *t, struct event *ev, int64_t deadline_ns,
                   struct evi_common_timeout *common);

/* ev, which has EVLIST_TIMEOUT, has no timer any more. Its deadline can still be read. */
void evi_timer_cancel(struct evi_timers *t, struct os *os, struct event *ev);

/* The deadline that ev has, or had last. */
int64_t evi_timer_deadline(const struct event *ev);

/* Nothing is due before this; EVI_NS_MAX if there are no timers. Perhaps nothing is due then
 * either: to wait for a bound, and to correct it when it has passed, costs a turn now and then; to
 * correct it before each wait would cost as much as to move the event in the heap whenever its
 * timer is set later. */
int64_t evi_timers_bound(const struct evi_timers *t);

/* The first of the events that are due at now_ns; NULL if none is. It stays where it is. */
struct event *evi_timers_due(struct evi_timers *t, int64_t now_ns);

/* Some event with a timer; NULL if there is none. */
struct event *evi_timers_any(struct evi_timers *t);

/* The queue that tv's magic bits name, if it is one of this base and of this duration; else NULL.
 */
struct evi_common_timeout *evi_timers_common(const struct evi_timers *t, const struct timeval *tv);

/* How long tv is, magic bits or not. */
int64_t evi_timers_duration(const struct evi_timers *t, const struct timeval *tv);

/* The common timeout of this duration, made if need be. 0 and *out; -ENOMEM; -ENOSPC if there are
 * 256. */
int evi_timers_make_common(struct evi_timers *t, struct os *os, const struct timeval *duration,
                           const struct timeval **out);

/* Calls fn for each event with a timer until it answers non-zero, and returns that. fn must not
 * change timers. */
int evi_timers_foreach(const struct evi_timers *t, int (*fn)(struct event *ev, void *arg),
                       void *arg);

/* NULL, or the invariant that does not hold. O(n). */
const char *evi_timers_verify(const struct evi_timers *t);

#endif
