/* SPDX-License-Identifier: BSD-3-Clause */
/* See registry.h. */
#include "backend/registry.h"

#include <string.h>

#include "backend/capacity.h"

void evi_registry_init(struct evi_registry *registry, size_t entry_size)
{
        *registry = (struct evi_registry){.entry_size = entry_size};
}

void evi_registry_clear(struct evi_registry *registry, struct os *os)
{
        os_free(os, registry->entries);
}

static void *entry_at(const struct evi_registry *registry, size_t i)
{
        return registry->entries + i * registry->entry_size;
}

static uint32_t *generation_of(void *entry)
{
        return entry;
}

/* Room for used entries. 0 or -1 if there is none; too much room is no failure. */
static int resize(struct evi_registry *registry, struct os *os, size_t used)
{
        const size_t size = registry->entry_size;
        const size_t capacity = evi_capacity_for(registry->capacity, used);
        char *entries;

        if (capacity == registry->capacity)
                return 0;
        entries = os_realloc(os, registry->entries, capacity * size);
        if (entries == NULL)
                return capacity < registry->capacity ? 0 : -1;
        if (capacity > registry->capacity)
                memset(entries + registry->capacity * size, 0,
                       (capacity - registry->capacity) * size);
        registry->entries = entries;
        registry->capacity = capacity;
        return 0;
}

void *evi_registry_find(const struct evi_registry *registry, int fd)
{
        void *entry;

        if (fd < 0 || (size_t)fd >= registry->end)
                return NULL;
        entry = entry_at(registry, (size_t)fd);
        return *generation_of(entry) != 0 ? entry : NULL;
}

uint32_t evi_registry_next_generation(struct evi_registry *registry)
{
        if (++registry->last_generation == 0)
                registry->last_generation = 1;
        return registry->last_generation;
}

void *evi_registry_obtain(struct evi_registry *registry, struct os *os, int fd)
{
        const size_t used = (size_t)fd + 1;
        void *entry;

        if (used > registry->capacity && resize(registry, os, used) < 0)
                return NULL;
        entry = entry_at(registry, (size_t)fd);
        registry->nused += *generation_of(entry) == 0;
        *generation_of(entry) = evi_registry_next_generation(registry);
        if (used > registry->end)
                registry->end = used;
        return entry;
}

void evi_registry_drop(struct evi_registry *registry, struct os *os, int fd)
{
        void *entry = evi_registry_find(registry, fd);

        if (entry == NULL)
                return;
        memset(entry, 0, registry->entry_size);
        registry->nused--;
        while (registry->end > 0 && *generation_of(entry_at(registry, registry->end - 1)) == 0)
                registry->end--;
        (void)resize(registry, os, registry->end);
}
