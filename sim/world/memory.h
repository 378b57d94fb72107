/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The memory of a world: one store for the simulated kernel and for the programs' own, which is
 * given back as a whole when the world ends.
 *
 * Blocks are cut from chunks, in classes of sizes, and go to the free list of their class; larger
 * ones, and all with ASan and TSan, are malloc's. The chunks are kept by the thread for its next world: a
 * world lives for microseconds. Each block has a header, by which a double free and a block of
 * another world are recognised.
 *
 * What a program must not depend on can be changed: where blocks are, what lies between them, and
 * what is in them when they are new or were freed. A *variant* (evsim_world_config.memory_variant)
 * is one such arrangement.
 */
#ifndef EVIDENT_SIM_MEMORY_H
#define EVIDENT_SIM_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { EVSIM_MEMORY_CLASSES = 80 };

struct evsim_chunk;
struct evsim_block;
struct evsim_free_block;

struct evsim_memory {
        struct evsim_chunk *chunks; /* the newest first */
        unsigned char *at;          /* what is left of the newest */
        unsigned char *end;
        struct evsim_block *large; /* blocks of malloc's */
        uint32_t variant;
        uint32_t mark; /* in the headers of this world's blocks */
        struct evsim_free_block *free[EVSIM_MEMORY_CLASSES];
};

/* An empty store. The memory starts with the struct itself: it is within the first chunk, with size
 * bytes in all, zeroed. Aborts if there is no memory; likewise the following ones. */
void *evsim_memory_new(size_t size, uint32_t variant);
void evsim_memory_free_all(struct evsim_memory *memory);

/* size may be 0. The content of alloc is the variant's fill byte; zalloc's is zero. */
void *evsim_memory_alloc(struct evsim_memory *memory, size_t size);
void *evsim_memory_zalloc(struct evsim_memory *memory, size_t size);
void *evsim_memory_realloc(struct evsim_memory *memory, void *ptr, size_t size);
void evsim_memory_free(struct evsim_memory *memory, void *ptr);
char *evsim_memory_strdup(struct evsim_memory *memory, const char *text);

/* The byte that new memory is filled with. */
int evsim_memory_fill_byte(const struct evsim_memory *memory);

/* How many bytes were asked for; 0 for NULL. Aborts if it is no live block of this memory. */
size_t evsim_memory_size(const struct evsim_memory *memory, const void *ptr);
bool evsim_memory_owns(const struct evsim_memory *memory, const void *ptr);

/* What the thread keeps for further worlds goes back to the system. */
void evsim_memory_drop_chunks(void);

#endif
