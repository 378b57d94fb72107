/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>

#include "kernel/file.h"
#include "kernel/host.h"

enum { CAPACITY_MIN = 16 };

void evsim_fdtable_init(struct evsim_fdtable *table, struct evsim_host *host, int first, int max)
{
        *table = (struct evsim_fdtable){.host = host, .first = first, .end = first + max};
}

/* Room for slot i. */
static void grow(struct evsim_fdtable *table, int i)
{
        int capacity = table->capacity > 0 ? table->capacity : CAPACITY_MIN;
        struct evsim_descriptor *slots;

        if (i < table->capacity)
                return;
        while (capacity <= i)
                capacity *= 2;
        slots = evsim_memory_realloc(&table->host->world->memory, table->slots,
                                     (size_t)capacity * sizeof *slots);
        memset(slots + table->capacity, 0, (size_t)(capacity - table->capacity) * sizeof *slots);
        table->slots = slots;
        table->capacity = capacity;
}

static void put(struct evsim_fdtable *table, int i, struct evsim_file *file, bool is_cloexec)
{
        grow(table, i);
        table->slots[i] = (struct evsim_descriptor){.file = file, .is_cloexec = is_cloexec};
        table->nopen++;
}

int evsim_fdtable_add(struct evsim_fdtable *table, struct evsim_file *file, bool is_cloexec,
                      int least)
{
        const bool is_lowest = least <= table->first + table->hint;
        int i = is_lowest ? table->hint : least - table->first;

        while (i < table->capacity && table->slots[i].file != NULL)
                i++;
        if (table->first + i >= table->end)
                return -EMFILE;
        put(table, i, file, is_cloexec);
        if (is_lowest)
                table->hint = i + 1;
        return table->first + i;
}

bool evsim_fdtable_has_room(const struct evsim_fdtable *table)
{
        return table->nopen < table->end - table->first;
}

void evsim_fdtable_set(struct evsim_fdtable *table, int fd, struct evsim_file *file,
                       bool is_cloexec)
{
        if (evsim_fdtable_get(table, fd) != NULL)
                (void)evsim_fdtable_close(table, fd);
        put(table, fd - table->first, file, is_cloexec);
}

int evsim_fdtable_close(struct evsim_fdtable *table, int fd)
{
        struct evsim_file *file = evsim_fdtable_get(table, fd);
        struct evi_link *next;

        if (file == NULL)
                return -EBADF;
        table->slots[fd - table->first] = (struct evsim_descriptor){0};
        table->nopen--;
        if (fd - table->first < table->hint)
                table->hint = fd - table->first;
        for (struct evi_link *l = evi_list_first(&file->watches); l != NULL; l = next) {
                struct evsim_watch *watch = EVI_CONTAINER_OF(l, struct evsim_watch, link);

                next = evi_list_next(&file->watches, l);
                if (watch->ops->closed != NULL)
                        watch->ops->closed(watch, table, fd);
        }
        evsim_file_unref(file);
        return 0;
}

int evsim_fdtable_next(const struct evsim_fdtable *table, int fd)
{
        int i = fd < table->first ? 0 : fd - table->first;

        while (i < table->capacity && table->slots[i].file == NULL)
                i++;
        return i < table->capacity ? table->first + i : -1;
}

void evsim_fdtable_copy(struct evsim_fdtable *to, const struct evsim_fdtable *from)
{
        *to = (struct evsim_fdtable){.host = from->host,
                                     .process = from->process + 1,
                                     .first = from->first,
                                     .end = from->end};
        for (int fd = evsim_fdtable_next(from, 0); fd >= 0; fd = evsim_fdtable_next(from, fd + 1)) {
                struct evsim_file *file = evsim_fdtable_get(from, fd);

                if (file->ops->is_uninheritable)
                        continue;
                evsim_file_ref(file);
                put(to, fd - to->first, file, from->slots[fd - from->first].is_cloexec);
        }
}

void evsim_fdtable_close_all(struct evsim_fdtable *table)
{
        int fd;

        while ((fd = evsim_fdtable_next(table, 0)) >= 0)
                (void)evsim_fdtable_close(table, fd);
}
