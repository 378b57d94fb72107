/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The pages of the descriptor map; fdtable.h says what they are for.
 */
#include "core/fdtable.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "os/os.h"

#define EMPTY_MAX 4 /* empty pages that are kept */

void evi_fdtable_init(struct evi_fdtable *t, size_t state_size)
{
        const size_t align = _Alignof(struct evi_fd);

        memset(t, 0, sizeof *t);
        t->stride = (sizeof(struct evi_fd) + state_size + align - 1) / align * align;
}

static void page_free(struct evi_fdtable *t, struct os *os, int i)
{
        os_free(os, t->pages[i]);
        t->pages[i] = NULL;
        t->nempty--;
}

void evi_fdtable_clear(struct evi_fdtable *t, struct os *os)
{
        for (int i = 0; i < t->npages; i++) {
                if (t->pages[i] == NULL)
                        continue;
                assert(t->pages[i]->nused == 0);
                page_free(t, os, i);
        }
        os_free(os, t->pages);
}

static int grow(struct evi_fdtable *t, struct os *os, int npages)
{
        int capacity = t->npages > 0 ? t->npages : 4;

        while (capacity < npages)
                capacity = capacity > INT_MAX / 2 ? npages : capacity * 2;
        struct evi_fd_page **pages = os_realloc(os, t->pages, (size_t)capacity * sizeof *pages);
        if (pages == NULL)
                return -ENOMEM;
        memset(pages + t->npages, 0, (size_t)(capacity - t->npages) * sizeof *pages);
        t->pages = pages;
        t->npages = capacity;
        return 0;
}

static void page_new(struct evi_fdtable *t, struct os *os, int i)
{
        const size_t size = sizeof(struct evi_fd_page) + EVI_FD_PAGE_SIZE * t->stride;

        t->pages[i] = os_calloc(os, 1, size);
        if (t->pages[i] == NULL)
                return;
        for (int j = 0; j < EVI_FD_PAGE_SIZE; j++)
                evi_list_init(&evi_fdtable_find(t, (i << EVI_FD_PAGE_BITS) + j)->events);
        t->nempty++;
}

struct evi_fd *evi_fdtable_obtain(struct evi_fdtable *t, struct os *os, int fd)
{
        const int i = fd >> EVI_FD_PAGE_BITS;

        if (i >= t->npages && grow(t, os, i + 1) < 0)
                return NULL;
        if (t->pages[i] == NULL)
                page_new(t, os, i);
        return evi_fdtable_find(t, fd);
}

void evi_fdtable_count(struct evi_fdtable *t, int fd, int by)
{
        struct evi_fd_page *page = t->pages[fd >> EVI_FD_PAGE_BITS];

        t->nempty -= page->nused == 0;
        page->nused += by;
        t->nempty += page->nused == 0;
}

void evi_fdtable_release(struct evi_fdtable *t, struct os *os, int fd)
{
        const int i = fd >> EVI_FD_PAGE_BITS;

        if (t->nempty > EMPTY_MAX && t->pages[i] != NULL && t->pages[i]->nused == 0)
                page_free(t, os, i);
}

void evi_fdtable_trim(struct evi_fdtable *t, struct os *os)
{
        for (int i = 0; t->nempty > EMPTY_MAX && i < t->npages; i++)
                evi_fdtable_release(t, os, i << EVI_FD_PAGE_BITS);
}

int evi_fdtable_next(const struct evi_fdtable *t, int fd)
{
        for (; fd >> EVI_FD_PAGE_BITS < t->npages; fd = (fd | (EVI_FD_PAGE_SIZE - 1)) + 1)
                if (t->pages[fd >> EVI_FD_PAGE_BITS] != NULL)
                        return fd;
        return -1;
}

int evi_fdtable_next_used(const struct evi_fdtable *t, int fd)
{
        fd = evi_fdtable_next(t, fd);
        while (fd >= 0 && evi_fdtable_find(t, fd)->interest == 0)
                fd = evi_fdtable_next(t, fd + 1);
        return fd;
}
