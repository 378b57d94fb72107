/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where the descriptor map keeps its entries: a table of pages of 64, by descriptor.
 *
 * An entry keeps its address as long as it is used (lists and backend state live in it), sparse
 * numbers cost little, and what was used once for many descriptors goes back to the allocator.
 *
 * An entry is used while its interest is not 0. A page's nused is the number of its used entries,
 * and the table's nempty that of the pages without any; who changes an interest says so with
 * evi_fdtable_count().
 */
#ifndef EVIDENT_CORE_FDTABLE_H
#define EVIDENT_CORE_FDTABLE_H

#include <stddef.h>
#include <stdint.h>

#include "util/list.h"

struct os;

#define EVI_FD_PAGE_BITS 6
#define EVI_FD_PAGE_SIZE (1 << EVI_FD_PAGE_BITS)

struct evi_fd {
        struct evi_link events;
        uint16_t nread, nwrite, nclosed;
        short interest;
        uint32_t backend_state[]; /* fd_state_size bytes */
};

struct evi_fd_page {
        _Alignas(struct evi_fd) int nused;
        /* EVI_FD_PAGE_SIZE entries of stride bytes follow */
};

struct evi_fdtable {
        struct evi_fd_page **pages;
        int npages;
        int nempty;    /* pages without any interest, kept for what may come */
        size_t stride; /* bytes from entry to entry */
};

/* A table whose entries have state_size bytes for the backend. */
void evi_fdtable_init(struct evi_fdtable *t, size_t state_size);
/* No entry is used any more. */
void evi_fdtable_clear(struct evi_fdtable *t, struct os *os);

/* fd's entry; NULL if there is none. */
static inline struct evi_fd *evi_fdtable_find(const struct evi_fdtable *t, int fd)
{
        const int i = fd >> EVI_FD_PAGE_BITS;

        if (fd < 0 || i >= t->npages || t->pages[i] == NULL)
                return NULL;
        char *entries = (char *)(t->pages[i] + 1);
        const size_t place = (size_t)(fd & (EVI_FD_PAGE_SIZE - 1));
        return (struct evi_fd *)(void *)(entries + place * t->stride);
}

/* fd's entry, zeroed and with an empty list if it is new; NULL without memory. fd >= 0. */
struct evi_fd *evi_fdtable_obtain(struct evi_fdtable *t, struct os *os, int fd);

/* by (1, 0 or -1) more entries of fd's page are used. */
void evi_fdtable_count(struct evi_fdtable *t, int fd, int by);

/* Gives back fd's page if it is empty, and all empty pages, but for a few that are kept so that one
 * descriptor coming and going needs no memory. */
void evi_fdtable_release(struct evi_fdtable *t, struct os *os, int fd);
void evi_fdtable_trim(struct evi_fdtable *t, struct os *os);

/* The first descriptor from fd on that has an entry, or a used one; -1 if there is none. */
int evi_fdtable_next(const struct evi_fdtable *t, int fd);
int evi_fdtable_next_used(const struct evi_fdtable *t, int fd);

#endif
