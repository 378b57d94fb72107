/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From descriptor to events: who waits for what on each descriptor, and what the backend was last
 * told.
 *
 * Invariants, checked by evi_fdmap_verify():
 *  F1. For every entry: nread, nwrite and nclosed are the numbers of its events that want EV_READ,
 *      EV_WRITE, EV_CLOSED, plus those of the map's own watch (evi_fdmap_watch).
 *  F2. interest is what the backend was last told: the union of what is counted, with EV_ET if the
 *      events are edge-triggered; or more, where the kernel refused to narrow it. All events of an
 *      entry are edge-triggered or none is.
 *  F3. A page's nused is the number of its entries with interest; nempty is the number of pages
 *      without any.
 *  F4. Each listed event has EVLIST_INSERTED and this entry's descriptor.
 *
 * All with the base lock.
 */
#ifndef EVIDENT_CORE_FDMAP_H
#define EVIDENT_CORE_FDMAP_H

#include <event2/event_struct.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/fdtable.h"
#include "os/export.h"
#include "util/list.h"

struct backend;
struct os;

struct evi_fdmap {
        struct evi_fdtable table;
};

/* A map for descriptors of backends that keep state_size bytes for each, the generation first. */
void evi_fdmap_init(struct evi_fdmap *map, size_t state_size);
/* Nothing is in the map any more. */
void evi_fdmap_clear(struct evi_fdmap *map, struct backend *b);

/* ev, which has EVLIST_INSERTED neither before nor after (the caller marks it), is listed under
 * ev_fd >= 0 with the interest that its ev_events say, and the backend knows. 0, or -errno with all
 * as it was: -EINVAL where edge-triggered and level-triggered events would meet, -EMFILE beyond
 * 65535 events, -ENOMEM, or the backend's. */
int evi_fdmap_add(struct evi_fdmap *map, struct backend *b, struct event *ev);

/* ev, which was added so, is listed no more and the backend knows. Always succeeds. */
void evi_fdmap_remove(struct evi_fdmap *map, struct backend *b, struct event *ev);

/* fd was reported for what nobody wants: should the kernel have refused to narrow its interest, it
 * is asked again. */
void evi_fdmap_settle(struct evi_fdmap *map, struct backend *b, int fd);

/* Interest in fd that belongs to no event (the wake-up descriptor), and its end. As above. */
int evi_fdmap_watch(struct evi_fdmap *map, struct backend *b, int fd);
void evi_fdmap_unwatch(struct evi_fdmap *map, struct backend *b, int fd);

/* What was watched as from is watched as to, in the map alone: no backend is told. Before
 * evi_fdmap_move() does. 0 or -ENOMEM; back again it cannot fail. */
int evi_fdmap_rewatch(struct evi_fdmap *map, struct os *os, int from, int to);

/* Gives back what no descriptor needs any more. For backends that batch (is_batching) this is the
 * only time when it is done: after prepare, when no change is pending. */
void evi_fdmap_trim(struct evi_fdmap *map, struct backend *b);

/* What the backend was last told of fd; 0 if nothing. */
short evi_fdmap_interest(const struct evi_fdmap *map, int fd);

/* The list of the events of fd, perhaps empty, if there is interest in fd and the backend's
 * generation of it is this one. NULL if not: what was found is about a descriptor that had the
 * number before. */
const struct evi_link *evi_fdmap_current(const struct evi_fdmap *map, int fd, uint32_t generation);

/* The list of the events of fd, to be walked by evi_fdmap_event(); NULL if there are none. */
const struct evi_link *evi_fdmap_events(const struct evi_fdmap *map, int fd);
static inline struct event *evi_fdmap_event(struct evi_link *link)
{
        return EVI_CONTAINER_OF(link, struct event, ev_.ev_io.ev_io_next);
}

/* Tells a new backend, whose state_size is that of the old one, all that the old one knew, but
 * for what is closed. 0, or -errno: then the new one is to be closed, and the map still goes
 * with the old. */
int evi_fdmap_move(struct evi_fdmap *map, struct backend *from, struct backend *to);

/* Calls fn for every descriptor with interest, in ascending order, until it answers non-zero, and
 * returns that. */
EVI_EXPORT int evi_fdmap_foreach(const struct evi_fdmap *map,
                                 int (*fn)(int fd, short interest, void *arg), void *arg);

/* NULL, or the invariant that does not hold; watched is the descriptor of evi_fdmap_watch or -1.
 * O(n). */
const char *evi_fdmap_verify(const struct evi_fdmap *map, int watched);

#endif
