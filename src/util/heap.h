/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The timer heap: a 4-ary min-heap whose entries carry their key, so that sifting touches nothing
 * else but the back index of what it moves.
 *
 * The key is (deadline, sequence number): equal deadlines come out in the order of their numbers,
 * which is the order in which they were set. An entry stands for an int somewhere, its *index*,
 * which the heap keeps equal to the entry's place; EVI_HEAP_NONE is in no heap. Owners find
 * themselves from the index (EVI_CONTAINER_OF).
 *
 * Invariants of a heap h, checked by evi_heap_is_valid():
 *  1. 0 <= count <= capacity <= EVI_HEAP_MAX, and entries has room for capacity (NULL if that is
 *     0).
 *  2. For all i < count: *entries[i].index == i.
 *  3. For all 0 < i < count: the key of the parent (i-1)/4 is not greater than that of i.
 *
 * Memory is got by evi_heap_reserve() alone, so that an insertion cannot fail and a failure changes
 * nothing; it is given back by evi_heap_trim(). The other functions call nothing.
 */
#ifndef EVIDENT_UTIL_HEAP_H
#define EVIDENT_UTIL_HEAP_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct os;

#define EVI_HEAP_NONE (-1)

struct evi_heap_entry {
        int64_t deadline_ns;
        uint64_t seq;
        int *index;
};

/* So many entries at most: neither a child's place nor the size in bytes overflows. */
#define EVI_HEAP_MAX                                                    \
        (INT_MAX / 4 < PTRDIFF_MAX / (int)sizeof(struct evi_heap_entry) \
                 ? INT_MAX / 4                                          \
                 : (int)(PTRDIFF_MAX / (int)sizeof(struct evi_heap_entry)))

struct evi_heap {
        struct evi_heap_entry *entries;
        int count;
        int capacity;
};

/* An empty heap without memory. */
void evi_heap_init(struct evi_heap *h);

/* Frees the memory. The indices of what was still in it are not touched. */
void evi_heap_clear(struct evi_heap *h, struct os *os);

/* Room for extra more entries than there are. 0; -ENOMEM or -EOVERFLOW with the heap as it was. */
int evi_heap_reserve(struct evi_heap *h, struct os *os, int extra);

/* Gives memory back when three quarters of it are unused, room that was reserved included; a
 * failure of the allocator to shrink is no error. */
void evi_heap_trim(struct evi_heap *h, struct os *os);

/* The entry with the least key; NULL if the heap is empty. It may move at the next change. */
static inline const struct evi_heap_entry *evi_heap_top(const struct evi_heap *h)
{
        return h->count > 0 ? &h->entries[0] : NULL;
}

/* index, which is in no heap, goes in with this key. There is room. */
void evi_heap_push(struct evi_heap *h, int64_t deadline_ns, uint64_t seq, int *index);

/* The entry at place i goes out; its index becomes EVI_HEAP_NONE. */
void evi_heap_remove(struct evi_heap *h, int i);

/* The entry at place i gets this key. */
void evi_heap_change(struct evi_heap *h, int i, int64_t deadline_ns, uint64_t seq);

/* Whether the invariants hold. O(n). */
bool evi_heap_is_valid(const struct evi_heap *h);

#endif
