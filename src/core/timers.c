/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The timers of a base; timers.h says what is kept where and why.
 *
 * Popping compares two tops, the heap's and the queues', by full key, so that order holds across
 * both. A queue's key in its heap may be too low, when its first event was taken out: then it is
 * corrected as the heap's own bounds are.
 */
#include "core/timers.h"

#include <assert.h>
#include <string.h>

#include "os/os.h"
#include "util/duration.h"

struct timer_key {
        int64_t deadline_ns;
        uint64_t seq;
};

/* Whether a whole key fits where the public layout has ev_timeout. If not, the number is kept in 32
 * bits, behind the place in the heap, which is one int of a field of two pointers; in a queue both
 * pointers are in use, and the number is not kept. */
enum { KEEPS_SEQ = sizeof(struct timeval) >= sizeof(struct timer_key) };

static bool is_common(const struct event *ev)
{
        return (ev->ev_evcallback.evcb_flags & EVI_EVENT_COMMON) != 0;
}

static struct timer_key key_of(const struct event *ev)
{
        struct timer_key key = {0, 0};
        uint32_t low = 0;

        memcpy(&key, &ev->ev_timeout, KEEPS_SEQ ? sizeof key : sizeof key.deadline_ns);
        if (!KEEPS_SEQ && !is_common(ev)) {
                memcpy(&low, (const char *)&ev->ev_timeout_pos + sizeof(int), sizeof low);
                key.seq = low;
        }
        return key;
}

/* The event is in no queue. */
static void store_key(struct event *ev, struct timer_key key)
{
        const uint32_t low = (uint32_t)key.seq;

        memcpy(&ev->ev_timeout, &key, KEEPS_SEQ ? sizeof key : sizeof key.deadline_ns);
        if (!KEEPS_SEQ)
                memcpy((char *)&ev->ev_timeout_pos + sizeof(int), &low, sizeof low);
}

/* The number of the next setting. In 32 bits the order of equal deadlines is lost once in 2^32. */
static uint64_t next_seq(struct evi_timers *t)
{
        const uint64_t seq = t->next_seq++;

        return KEEPS_SEQ ? seq : (uint32_t)seq;
}

static bool is_before(struct timer_key a, struct timer_key b)
{
        return a.deadline_ns < b.deadline_ns || (a.deadline_ns == b.deadline_ns && a.seq < b.seq);
}

static struct timer_key key_of_entry(const struct evi_heap_entry *entry)
{
        return (struct timer_key){entry->deadline_ns, entry->seq};
}

static struct event *event_of_entry(const struct evi_heap_entry *entry)
{
        return EVI_CONTAINER_OF(entry->index, struct event, ev_timeout_pos.min_heap_idx);
}

static struct evi_common_timeout *queue_of_entry(const struct evi_heap_entry *entry)
{
        return EVI_CONTAINER_OF(entry->index, struct evi_common_timeout, heap_index);
}

static struct evi_link *link_of(struct event *ev)
{
        return (struct evi_link *)(void *)&ev->ev_timeout_pos;
}

static struct event *event_of_link(struct evi_link *link)
{
        return EVI_CONTAINER_OF(link, struct event, ev_timeout_pos);
}

static bool is_set(const struct event *ev)
{
        return (ev->ev_evcallback.evcb_flags & EVLIST_TIMEOUT) != 0;
}

static void mark(struct event *ev, int flags)
{
        ev->ev_evcallback.evcb_flags = (short)(ev->ev_evcallback.evcb_flags | flags);
}

static void unmark(struct event *ev)
{
        const int gone = EVLIST_TIMEOUT | EVI_EVENT_COMMON;

        ev->ev_evcallback.evcb_flags = (short)(ev->ev_evcallback.evcb_flags & ~gone);
}

void evi_timers_init(struct evi_timers *t)
{
        memset(t, 0, sizeof *t);
        evi_heap_init(&t->heap);
        evi_heap_init(&t->queues);
}

void evi_timers_clear(struct evi_timers *t, struct os *os)
{
        assert(t->heap.count == 0);
        for (int i = 0; i < t->ncommons; i++) {
                assert(evi_list_is_empty(&t->commons[i]->events));
                os_free(os, t->commons[i]);
        }
        os_free(os, t->commons);
        evi_heap_clear(&t->queues, os);
        evi_heap_clear(&t->heap, os);
}

int evi_timers_reserve(struct evi_timers *t, struct os *os, const struct event *ev)
{
        const bool is_in_heap = is_set(ev) && !is_common(ev);

        return is_in_heap ? 0 : evi_heap_reserve(&t->heap, os, 1);
}

/* The common queues. */

static void enqueue(struct evi_timers *t, struct evi_common_timeout *queue, struct event *ev,
                    struct timer_key key)
{
        struct evi_link *pos = &queue->events;
        struct evi_link *last;

        while ((last = evi_list_prev(&queue->events, pos)) != NULL &&
               is_before(key, key_of(event_of_link(last))))
                pos = last;
        evi_list_insert_before(pos, link_of(ev));
        mark(ev, EVLIST_TIMEOUT | EVI_EVENT_COMMON);

        const uint64_t seq = KEEPS_SEQ ? key.seq : 0;
        const int i = queue->heap_index;
        if (i == EVI_HEAP_NONE)
                evi_heap_push(&t->queues, key.deadline_ns, seq, &queue->heap_index);
        else if (is_before(key, key_of_entry(&t->queues.entries[i])))
                evi_heap_change(&t->queues, i, key.deadline_ns, seq);
}

/* The first queue, once every bound that is not after now_ns is true; empty queues go. */
static struct evi_common_timeout *first_queue(struct evi_timers *t, int64_t now_ns)
{
        const struct evi_heap_entry *top;

        while ((top = evi_heap_top(&t->queues)) != NULL) {
                struct evi_common_timeout *queue = queue_of_entry(top);
                struct evi_link *first = evi_list_first(&queue->events);
                if (first == NULL) {
                        evi_heap_remove(&t->queues, 0);
                        continue;
                }
                const struct timer_key key = key_of(event_of_link(first));
                if (top->deadline_ns > now_ns || !is_before(key_of_entry(top), key))
                        return queue;
                evi_heap_change(&t->queues, 0, key.deadline_ns, key.seq);
        }
        return NULL;
}

/* The heap. */

/* The first of the heap, once every bound that is not after now_ns is true. */
static struct event *first_in_heap(struct evi_timers *t, int64_t now_ns)
{
        const struct evi_heap_entry *top;

        while ((top = evi_heap_top(&t->heap)) != NULL) {
                struct event *ev = event_of_entry(top);
                const struct timer_key key = key_of(ev);
                if (top->deadline_ns > now_ns || !is_before(key_of_entry(top), key))
                        return ev;
                evi_heap_change(&t->heap, 0, key.deadline_ns, key.seq);
        }
        return NULL;
}

static void set_in_heap(struct evi_timers *t, struct event *ev, struct timer_key key)
{
        if (!is_set(ev)) {
                evi_heap_push(&t->heap, key.deadline_ns, key.seq, &ev->ev_timeout_pos.min_heap_idx);
                mark(ev, EVLIST_TIMEOUT);
                return;
        }
        const int i = ev->ev_timeout_pos.min_heap_idx;
        const bool is_later = is_before(key_of_entry(&t->heap.entries[i]), key);
        if (!is_later)
                evi_heap_change(&t->heap, i, key.deadline_ns, key.seq);
}

static void dequeue(struct event *ev)
{
        evi_list_remove(link_of(ev));
        ev->ev_timeout_pos.min_heap_idx = EVI_HEAP_NONE;
        unmark(ev);
}

void evi_timer_set(struct evi_timers *t, struct event *ev, int64_t deadline_ns,
                   struct evi_common_timeout *common)
{
        const struct timer_key key = {deadline_ns, next_seq(t)};

        if (is_set(ev) && is_common(ev)) {
                dequeue(ev);
        } else if (is_set(ev) && common != NULL) {
                evi_heap_remove(&t->heap, ev->ev_timeout_pos.min_heap_idx);
                unmark(ev);
        }
        store_key(ev, key);
        if (common != NULL)
                enqueue(t, common, ev, key);
        else
                set_in_heap(t, ev, key);
}

void evi_timer_cancel(struct evi_timers *t, struct os *os, struct event *ev)
{
        assert(is_set(ev));
        if (is_common(ev)) {
                dequeue(ev);
                return;
        }
        evi_heap_remove(&t->heap, ev->ev_timeout_pos.min_heap_idx);
        unmark(ev);
        evi_heap_trim(&t->heap, os);
}

int64_t evi_timer_deadline(const struct event *ev)
{
        return key_of(ev).deadline_ns;
}

int64_t evi_timers_bound(const struct evi_timers *t)
{
        const struct evi_heap_entry *top = evi_heap_top(&t->heap);
        const struct evi_heap_entry *queue = evi_heap_top(&t->queues);
        const int64_t bound_ns = top == NULL ? EVI_NS_MAX : top->deadline_ns;

        return queue == NULL || queue->deadline_ns > bound_ns ? bound_ns : queue->deadline_ns;
}

struct event *evi_timers_due(struct evi_timers *t, int64_t now_ns)
{
        struct event *ev = first_in_heap(t, now_ns);
        const struct evi_common_timeout *queue = first_queue(t, now_ns);

        if (queue != NULL && (ev == NULL || is_before(key_of_entry(evi_heap_top(&t->queues)),
                                                      key_of_entry(evi_heap_top(&t->heap)))))
                ev = event_of_link(evi_list_first(&queue->events));
        return ev != NULL && evi_timer_deadline(ev) <= now_ns ? ev : NULL;
}

struct event *evi_timers_any(struct evi_timers *t)
{
        const struct evi_common_timeout *queue = first_queue(t, EVI_NS_MAX);

        if (t->heap.count > 0)
                return event_of_entry(evi_heap_top(&t->heap));
        return queue == NULL ? NULL : event_of_link(evi_list_first(&queue->events));
}

int evi_timers_foreach(const struct evi_timers *t, int (*fn)(struct event *ev, void *arg),
                       void *arg)
{
        int r = 0;

        for (int i = 0; r == 0 && i < t->heap.count; i++)
                r = fn(event_of_entry(&t->heap.entries[i]), arg);
        for (int i = 0; r == 0 && i < t->ncommons; i++) {
                struct evi_link *head = &t->commons[i]->events;
                for (struct evi_link *l = evi_list_first(head); r == 0 && l != NULL;
                     l = evi_list_next(head, l))
                        r = fn(event_of_link(l), arg);
        }
        return r;
}

static const char *verify_queue(const struct evi_timers *t, const struct evi_common_timeout *queue)
{
        const struct evi_link *head = &queue->events;
        const struct event *before = NULL;

        for (struct evi_link *l = evi_list_first(head); l != NULL; l = evi_list_next(head, l)) {
                const struct event *ev = event_of_link(l);
                if (!is_set(ev) || !is_common(ev))
                        return "T2: an event in a common queue is not marked so";
                if (before != NULL && is_before(key_of(ev), key_of(before)))
                        return "T2: a common queue is not sorted";
                if (KEEPS_SEQ && key_of(ev).seq >= t->next_seq)
                        return "T3: a timer's number was never given out";
                before = ev;
        }
        if (evi_list_is_empty(head))
                return NULL;
        if (queue->heap_index == EVI_HEAP_NONE)
                return "T2: a common queue with events is not in the heap of queues";
        const struct timer_key bound = key_of_entry(&t->queues.entries[queue->heap_index]);
        if (is_before(key_of(event_of_link(evi_list_first(head))), bound))
                return "T2: a common queue's bound is above its first event";
        return NULL;
}

const char *evi_timers_verify(const struct evi_timers *t)
{
        const char *broken = NULL;

        if (!evi_heap_is_valid(&t->heap) || !evi_heap_is_valid(&t->queues))
                return "a timer heap's own invariants";
        for (int i = 0; i < t->heap.count; i++) {
                const struct event *ev = event_of_entry(&t->heap.entries[i]);
                const struct timer_key bound = key_of_entry(&t->heap.entries[i]);
                if (!is_set(ev) || is_common(ev))
                        return "T1: an event in the timer heap is not marked so";
                if (is_before(key_of(ev), bound))
                        return "T1: the heap's bound is above the event's key";
                if (bound.seq >= t->next_seq)
                        return "T3: a timer's number was never given out";
        }
        for (int i = 0; broken == NULL && i < t->ncommons; i++)
                broken = verify_queue(t, t->commons[i]);
        return broken;
}
