/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The timer heap; heap.h has its invariants.
 *
 * Sifting moves a hole: what is in the way goes into the hole, and the entry that is to be placed
 * is written once, when its place is found. Four children instead of two halve the number of
 * levels, and with it the writes to back indices, each of which is a cache miss in a large heap;
 * the additional comparisons are between neighbours.
 */
#include "util/heap.h"

#include <assert.h>
#include <errno.h>

#include "os/os.h"

enum {
        HEAP_ARITY = 4,
        CAPACITY_MIN = 64 /* no less is got or kept, so that small heaps never pay for trimming */
};

static bool is_before(const struct evi_heap_entry *a, const struct evi_heap_entry *b)
{
        if (a->deadline_ns != b->deadline_ns)
                return a->deadline_ns < b->deadline_ns;
        return a->seq < b->seq;
}

/* Field by field: a copy of the whole struct goes by way of vector registers, and what is read of
 * it next waits for them. */
static void place(struct evi_heap_entry *entries, int i, const struct evi_heap_entry *entry)
{
        entries[i].deadline_ns = entry->deadline_ns;
        entries[i].seq = entry->seq;
        entries[i].index = entry->index;
        *entry->index = i;
}

/* entry, which is not one of entries, goes to the hole i or above it. Nothing below the hole is
 * before entry. */
static void sift_up(struct evi_heap_entry *entries, int i, const struct evi_heap_entry *entry)
{
        while (i > 0) {
                const int parent = (i - 1) / HEAP_ARITY;
                if (!is_before(entry, &entries[parent]))
                        break;
                place(entries, i, &entries[parent]);
                i = parent;
        }
        place(entries, i, entry);
}

/* The place of the least of entries[first .. end-1], of which there is at least one. */
static int least_of(const struct evi_heap_entry *entries, int first, int end)
{
        int least = first;

        for (int i = first + 1; i < end; i++)
                if (is_before(&entries[i], &entries[least]))
                        least = i;
        return least;
}

/* The same, to the hole i or below it. Nothing above the hole is after entry. */
static void sift_down(struct evi_heap_entry *entries, int count, int i,
                      const struct evi_heap_entry *entry)
{
        int first = HEAP_ARITY * i + 1;

        while (first < count) {
                const int end = count - first < HEAP_ARITY ? count : first + HEAP_ARITY;
                const int least = least_of(entries, first, end);
                if (!is_before(&entries[least], entry))
                        break;
                place(entries, i, &entries[least]);
                i = least;
                first = HEAP_ARITY * i + 1;
        }
        place(entries, i, entry);
}

void evi_heap_push(struct evi_heap *h, int64_t deadline_ns, uint64_t seq, int *index)
{
        const struct evi_heap_entry entry = {deadline_ns, seq, index};

        assert(h->count < h->capacity);
        h->count++;
        sift_up(h->entries, h->count - 1, &entry);
}

void evi_heap_remove(struct evi_heap *h, int i)
{
        struct evi_heap_entry *entries = h->entries;

        assert(0 <= i && i < h->count);
        *entries[i].index = EVI_HEAP_NONE;
        h->count--;
        if (i == h->count)
                return;

        /* The last entry fills the hole. It may come from another branch, and so belong above. */
        const struct evi_heap_entry last = entries[h->count];
        if (i > 0 && is_before(&last, &entries[(i - 1) / HEAP_ARITY]))
                sift_up(entries, i, &last);
        else
                sift_down(entries, h->count, i, &last);
}

void evi_heap_change(struct evi_heap *h, int i, int64_t deadline_ns, uint64_t seq)
{
        assert(0 <= i && i < h->count);
        const struct evi_heap_entry entry = {deadline_ns, seq, h->entries[i].index};

        if (is_before(&entry, &h->entries[i]))
                sift_up(h->entries, i, &entry);
        else
                sift_down(h->entries, h->count, i, &entry);
}

void evi_heap_init(struct evi_heap *h)
{
        h->entries = NULL;
        h->count = 0;
        h->capacity = 0;
}

void evi_heap_clear(struct evi_heap *h, struct os *os)
{
        os_free(os, h->entries);
        evi_heap_init(h);
}

static int resize(struct evi_heap *h, struct os *os, int capacity)
{
        struct evi_heap_entry *entries =
                os_realloc(os, h->entries, (size_t)capacity * sizeof *entries);

        if (entries == NULL)
                return -ENOMEM;
        h->entries = entries;
        h->capacity = capacity;
        return 0;
}

int evi_heap_reserve(struct evi_heap *h, struct os *os, int extra)
{
        assert(extra >= 0);
        if (extra <= h->capacity - h->count)
                return 0;
        if (extra > EVI_HEAP_MAX - h->count)
                return -EOVERFLOW;

        const int needed = h->count + extra;
        int capacity = h->capacity > EVI_HEAP_MAX / 2 ? EVI_HEAP_MAX : 2 * h->capacity;
        if (capacity < CAPACITY_MIN)
                capacity = CAPACITY_MIN;
        return resize(h, os, capacity < needed ? needed : capacity);
}

/* Shrinking leaves half of the room free, and the next growth needs it full: a heap whose count
 * swings about one size never goes to the allocator for it. */
void evi_heap_trim(struct evi_heap *h, struct os *os)
{
        int capacity = h->capacity;

        while (capacity > CAPACITY_MIN && h->count < capacity / 4)
                capacity = capacity / 2 < CAPACITY_MIN ? CAPACITY_MIN : capacity / 2;
        if (capacity < h->capacity)
                (void)resize(h, os, capacity);
}

static bool is_ordered(const struct evi_heap *h)
{
        int parent = 0;

        for (int first = 1; first < h->count; first += HEAP_ARITY) {
                const int end = h->count - first < HEAP_ARITY ? h->count : first + HEAP_ARITY;
                for (int i = first; i < end; i++)
                        if (is_before(&h->entries[i], &h->entries[parent]))
                                return false;
                parent++;
        }
        return true;
}

bool evi_heap_is_valid(const struct evi_heap *h)
{
        if (h->count < 0 || h->count > h->capacity || h->capacity > EVI_HEAP_MAX)
                return false;
        if ((h->entries == NULL) != (h->capacity == 0))
                return false;
        for (int i = 0; i < h->count; i++)
                if (*h->entries[i].index != i)
                        return false;
        return is_ordered(h);
}
