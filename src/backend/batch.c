/* SPDX-License-Identifier: BSD-3-Clause */
/* See batch.h. */
#include "backend/batch.h"

#include <errno.h>

#include "backend/capacity.h"

#define CAPACITY_MAX 4096

int evi_batch_init(struct evi_batch *batch, struct os *os, size_t entry_size)
{
        *batch = (struct evi_batch){.entry_size = entry_size, .capacity = EVI_CAPACITY_MIN};
        batch->entries = os_alloc(os, EVI_CAPACITY_MIN * entry_size);
        return batch->entries != NULL ? 0 : -ENOMEM;
}

void evi_batch_clear(struct evi_batch *batch, struct os *os)
{
        os_free(os, batch->entries);
}

/* Room for used entries, or less if more is not needed. Nothing in the batch is kept. */
static void resize(struct evi_batch *batch, struct os *os, size_t used)
{
        const size_t capacity = evi_capacity_for((size_t)batch->capacity, used);
        void *entries;

        if (capacity == (size_t)batch->capacity)
                return;
        entries = os_realloc(os, batch->entries, capacity * batch->entry_size);
        if (entries == NULL)
                return;
        batch->entries = entries;
        batch->capacity = (int)capacity;
}

void evi_batch_begin(struct evi_batch *batch, struct os *os, size_t nwatched)
{
        size_t used = (size_t)batch->capacity;

        if (batch->nfound == batch->capacity && used < CAPACITY_MAX)
                used *= 2;
        batch->nfound = 0;
        batch->next = 0;
        resize(batch, os, nwatched < used ? nwatched : used);
        batch->is_in_use = true;
}

void evi_batch_trim(struct evi_batch *batch, struct os *os, size_t nwatched)
{
        if (batch->is_in_use || nwatched >= (size_t)batch->capacity)
                return;
        resize(batch, os, nwatched);
        batch->nfound = 0;
        batch->next = 0;
}

int evi_batch_end_wait(struct evi_batch *batch, int result)
{
        batch->nfound = result > 0 ? result : 0;
        return result < 0 && result != -EINTR ? result : 0;
}

const void *evi_batch_take(struct evi_batch *batch)
{
        if (batch->next >= batch->nfound) {
                batch->is_in_use = false;
                return NULL;
        }
        return (const char *)batch->entries + (size_t)batch->next++ * batch->entry_size;
}
