/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The hash map; hash.h has its contract.
 *
 * A probe starts at the key's home and goes on to the first free slot, so every slot between a
 * key's home and its place is in use. Removal keeps that true by moving later keys of the run into
 * the gap; tombstones would do too, but a map with much coming and going fills up with them.
 */
#include "util/hash.h"

#include <assert.h>
#include <errno.h>

#include "os/os.h"

enum { CAPACITY_MIN = 8 };

/* Addresses differ in their middle bits. Multiplying by 2^64 divided by the golden ratio (or by its
 * lower half, where words are short) spreads them over the upper half of the word, which is then
 * folded onto the lower one. */
static size_t home_of(const struct evi_hash *h, uintptr_t key)
{
        const uintptr_t product = key * (uintptr_t)UINT64_C(0x9e3779b97f4a7c15);

        return (product ^ (product >> (4 * sizeof product))) & (h->capacity - 1);
}

static size_t next_slot(const struct evi_hash *h, size_t i)
{
        return (i + 1) & (h->capacity - 1);
}

/* How many steps a probe takes from one slot to the other. */
static size_t distance(const struct evi_hash *h, size_t from, size_t to)
{
        return (to - from) & (h->capacity - 1);
}

/* The slot of key, or the free one where it belongs. There is a free slot. */
static size_t probe(const struct evi_hash *h, uintptr_t key)
{
        size_t i = home_of(h, key);

        while (h->slots[i].key != 0 && h->slots[i].key != key)
                i = next_slot(h, i);
        return i;
}

void evi_hash_init(struct evi_hash *h)
{
        h->slots = NULL;
        h->count = 0;
        h->capacity = 0;
}

void evi_hash_clear(struct evi_hash *h, struct os *os)
{
        os_free(os, h->slots);
        evi_hash_init(h);
}

uintptr_t *evi_hash_find(const struct evi_hash *h, uintptr_t key)
{
        assert(key != 0);
        if (h->capacity == 0)
                return NULL;
        struct evi_hash_slot *slot = &h->slots[probe(h, key)];
        return slot->key == key ? &slot->value : NULL;
}

static int resize(struct evi_hash *h, struct os *os, size_t capacity)
{
        struct evi_hash_slot *slots = os_calloc(os, capacity, sizeof *slots);
        const struct evi_hash resized = {slots, h->count, capacity};

        if (slots == NULL)
                return -ENOMEM;
        for (size_t i = 0; i < h->capacity; i++)
                if (h->slots[i].key != 0)
                        slots[probe(&resized, h->slots[i].key)] = h->slots[i];
        os_free(os, h->slots);
        *h = resized;
        return 0;
}

/* Twice the capacity does not overflow: slots have more than two bytes, and there are so many. */
static int make_room(struct evi_hash *h, struct os *os)
{
        if (h->capacity == 0)
                return resize(h, os, CAPACITY_MIN);
        if (h->count < h->capacity / 4 * 3)
                return 0;
        return resize(h, os, 2 * h->capacity);
}

int evi_hash_put(struct evi_hash *h, struct os *os, uintptr_t key, uintptr_t value)
{
        uintptr_t *present = evi_hash_find(h, key);

        if (present != NULL) {
                *present = value;
                return 0;
        }
        const int r = make_room(h, os);
        if (r < 0)
                return r;
        h->slots[probe(h, key)] = (struct evi_hash_slot){key, value};
        h->count++;
        return 0;
}

/* Frees the slot gap. A later key of the run moves into it if the gap lies between that key's home
 * and its place: a probe for it would end there. Its old place is the gap then. */
static void close_gap(struct evi_hash *h, size_t gap)
{
        for (size_t i = next_slot(h, gap); h->slots[i].key != 0; i = next_slot(h, i)) {
                if (distance(h, home_of(h, h->slots[i].key), i) < distance(h, gap, i))
                        continue;
                h->slots[gap] = h->slots[i];
                gap = i;
        }
        h->slots[gap] = (struct evi_hash_slot){0, 0};
}

/* An eighth in use, not a quarter: after halving, a good deal must come or go before the next
 * change of size. A failure to get the smaller table is no error. */
static void shrink(struct evi_hash *h, struct os *os)
{
        if (h->count == 0)
                evi_hash_clear(h, os);
        else if (h->capacity > CAPACITY_MIN && h->count < h->capacity / 8)
                (void)resize(h, os, h->capacity / 2);
}

bool evi_hash_remove(struct evi_hash *h, struct os *os, uintptr_t key)
{
        assert(key != 0);
        if (h->capacity == 0)
                return false;
        const size_t i = probe(h, key);
        if (h->slots[i].key != key)
                return false;
        close_gap(h, i);
        h->count--;
        shrink(h, os);
        return true;
}
