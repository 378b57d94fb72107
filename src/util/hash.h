/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A small hash map from non-zero words (often addresses) to words: open addressing, linear probing,
 * deletion by shifting back, so that there are no tombstones and a map that empties gives its
 * memory back.
 *
 * There is no iteration: nothing that shows may depend on the order of addresses.
 */
#ifndef EVIDENT_UTIL_HASH_H
#define EVIDENT_UTIL_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct os;

struct evi_hash_slot {
        uintptr_t key; /* 0: the slot is free */
        uintptr_t value;
};

struct evi_hash {
        struct evi_hash_slot *slots;
        size_t count;
        size_t capacity; /* 0 or a power of two; at most three quarters are used */
};

/* An empty map without memory. */
void evi_hash_init(struct evi_hash *h);

/* The map is empty and without memory. */
void evi_hash_clear(struct evi_hash *h, struct os *os);

/* Where the value of key is, to be read or changed; NULL if key is absent. Valid until the next put
 * or remove. */
uintptr_t *evi_hash_find(const struct evi_hash *h, uintptr_t key);

/* key has this value now. 0, or -ENOMEM with the map as it was; never fails for a key that is
 * present. */
int evi_hash_put(struct evi_hash *h, struct os *os, uintptr_t key, uintptr_t value);

/* key is absent now; whether it was present. Gives memory back when an eighth is used, and all of
 * it when nothing is. */
bool evi_hash_remove(struct evi_hash *h, struct os *os, uintptr_t key);

#endif
