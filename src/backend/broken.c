/* SPDX-License-Identifier: BSD-3-Clause */
/* See broken.h. */
#include "backend/broken.h"

#include <errno.h>

#include "backend/capacity.h"

void evi_broken_clear(struct evi_broken *broken, struct os *os)
{
        os_free(os, broken->entries);
}

static struct evi_broken_entry *find(struct evi_broken *broken, int fd)
{
        for (size_t i = 0; i < broken->count; i++)
                if (broken->entries[i].fd == fd)
                        return &broken->entries[i];
        return NULL;
}

static int grow(struct evi_broken *broken, struct os *os)
{
        const size_t capacity = evi_capacity_for(broken->capacity, broken->count + 1);
        struct evi_broken_entry *entries;

        if (capacity == broken->capacity)
                return 0;
        entries = os_realloc(os, broken->entries, capacity * sizeof *entries);
        if (entries == NULL)
                return -ENOMEM;
        broken->entries = entries;
        broken->capacity = capacity;
        return 0;
}

int evi_broken_put(struct evi_broken *broken, struct os *os, int fd, uint32_t generation,
                   bool is_edge)
{
        struct evi_broken_entry *entry = find(broken, fd);

        if (entry == NULL) {
                if (broken->count >= broken->capacity && grow(broken, os) < 0)
                        return -ENOMEM;
                entry = &broken->entries[broken->count++];
        }
        *entry = (struct evi_broken_entry){fd, generation, is_edge, false};
        return 0;
}

void evi_broken_drop(struct evi_broken *broken, struct os *os, int fd)
{
        struct evi_broken_entry *entry = find(broken, fd);

        if (entry == NULL)
                return;
        *entry = broken->entries[--broken->count];
        if (broken->count > 0)
                return;
        os_free(os, broken->entries);
        *broken = (struct evi_broken){0};
}

bool evi_broken_begin(struct evi_broken *broken)
{
        broken->next = 0;
        for (size_t i = 0; i < broken->count; i++)
                if (!broken->entries[i].is_told)
                        return true;
        return false;
}

const struct evi_broken_entry *evi_broken_take(struct evi_broken *broken)
{
        while (broken->next < broken->count) {
                struct evi_broken_entry *entry = &broken->entries[broken->next++];
                const bool was_told = entry->is_told;

                entry->is_told = entry->is_edge;
                if (!was_told)
                        return entry;
        }
        return NULL;
}
