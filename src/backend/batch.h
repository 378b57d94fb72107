/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The array into which a wait writes what it found, for kernels that give an entry for each ready
 * descriptor.
 *
 * It doubles when a wait has filled it, since more may be ready, and shrinks with the number of
 * descriptors that are watched. While it is in use, from evi_batch_begin() until all of it was
 * taken, a wait may be writing to it, so it keeps its place.
 */
#ifndef EVIDENT_BACKEND_BATCH_H
#define EVIDENT_BACKEND_BATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "os/os.h"

struct evi_batch {
        void *entries;
        size_t entry_size;
        int capacity;
        int nfound; /* by the last wait */
        int next;   /* of them to be taken */
        bool is_in_use;
};

/* 0 or -ENOMEM, and there is nothing to clear. */
int evi_batch_init(struct evi_batch *batch, struct os *os, size_t entry_size);
void evi_batch_clear(struct evi_batch *batch, struct os *os);

/* A wait is about to begin, with nwatched entries at most to come. Without memory for more the
 * batch stays as it is, which is well enough. */
void evi_batch_begin(struct evi_batch *batch, struct os *os, size_t nwatched);

/* Gives back what nwatched entries do not need, unless the batch is in use. */
void evi_batch_trim(struct evi_batch *batch, struct os *os, size_t nwatched);

/* The wait has ended with result, the number of entries or an error. What the backend's wait
 * returns: 0, also for an interruption; or the error. */
int evi_batch_end_wait(struct evi_batch *batch, int result);

/* The next entry that the wait found; NULL, and the batch is not in use any more, after the last. */
const void *evi_batch_take(struct evi_batch *batch);

#endif
