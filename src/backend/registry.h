/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a backend knows of each descriptor, by its number, for kernels whose answers name only the
 * number: an array that grows to the highest one in use and shrinks with it. (fd_state, where a
 * backend keeps it otherwise, cannot be found when findings are collected.)
 *
 * An entry begins with its generation, a uint32_t, and is in use while that is not 0. Entries that
 * are not in use are zeroed.
 */
#ifndef EVIDENT_BACKEND_REGISTRY_H
#define EVIDENT_BACKEND_REGISTRY_H

#include <stddef.h>
#include <stdint.h>

#include "os/os.h"

struct evi_registry {
        char *entries;
        size_t entry_size;
        size_t capacity;
        size_t end;   /* the highest descriptor in use, and 1 */
        size_t nused; /* entries */
        uint32_t last_generation;
};

void evi_registry_init(struct evi_registry *registry, size_t entry_size);
void evi_registry_clear(struct evi_registry *registry, struct os *os);

/* The entry of fd if it is in use; else NULL. Entries move when one is obtained or dropped. */
void *evi_registry_find(const struct evi_registry *registry, int fd);

/* The entry of fd, in use with a new generation. NULL without memory, and nothing has changed. */
void *evi_registry_obtain(struct evi_registry *registry, struct os *os, int fd);

/* fd's is not in use any more. */
void evi_registry_drop(struct evi_registry *registry, struct os *os, int fd);

/* A generation that no entry has had. */
uint32_t evi_registry_next_generation(struct evi_registry *registry);

#endif
