/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Descriptors that are ready although the kernel refuses to say so: kqueue's write ends of pipes
 * whose reader is gone. There are few of them at a time, so a search is a walk.
 *
 * One whose owner asked for edges is reported once, any other each turn until it is dropped.
 */
#ifndef EVIDENT_BACKEND_BROKEN_H
#define EVIDENT_BACKEND_BROKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "os/os.h"

struct evi_broken_entry {
        int fd;
        uint32_t generation;
        bool is_edge;
        bool is_told;
};

struct evi_broken {
        struct evi_broken_entry *entries;
        size_t count;
        size_t capacity;
        size_t next; /* to be taken in this turn */
};

void evi_broken_clear(struct evi_broken *broken, struct os *os);

/* fd is among them from now on, or again. 0, or -ENOMEM and nothing has changed. */
int evi_broken_put(struct evi_broken *broken, struct os *os, int fd, uint32_t generation,
                   bool is_edge);

/* fd is not, or was not. */
void evi_broken_drop(struct evi_broken *broken, struct os *os, int fd);

/* A turn begins. Whether there is anything to take. */
bool evi_broken_begin(struct evi_broken *broken);

/* The next one in this turn, or NULL. */
const struct evi_broken_entry *evi_broken_take(struct evi_broken *broken);

#endif
