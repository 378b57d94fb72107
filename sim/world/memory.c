/* SPDX-License-Identifier: BSD-3-Clause */
#include "world/memory.h"

#include <assert.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "world/sanitizers.h"

enum {
        GRAIN = 16,
        SMALL_MAX = 1024,    /* up to here a class is GRAIN wide */
        CLASSED_MAX = 65536, /* up to here a class is twice the one before */
        SMALL_CLASSES = SMALL_MAX / GRAIN,
        LARGE = 0xffff, /* no class: malloc's */
        CHUNK_SIZE = 262144,
        CHUNKS_KEPT = 64,
};

#define LIVE UINT32_C(0x5eed0000)

/* Before each block's bytes, which are aligned as these are. */
struct header {
        alignas(GRAIN) uint64_t size; /* that was asked for */
        uint32_t mark;
        uint16_t class;
};

struct evsim_block {
        struct evsim_block *prev;
        struct evsim_block *next;
        struct header header;
};

struct evsim_free_block {
        struct evsim_free_block *next;
};

struct evsim_chunk {
        struct evsim_chunk *next;
};

static _Thread_local struct evsim_chunk *kept;
static _Thread_local int nkept;
static _Thread_local uint32_t last_mark;

_Noreturn static void die(const char *what)
{
        fprintf(stderr, "evsim: %s\n", what);
        abort();
}

/* ---- Variants ----------------------------------------------------------------------------------
 */

int evsim_memory_fill_byte(const struct evsim_memory *memory)
{
        return (int)((0xA5 + 0x3B * memory->variant) & 0xff);
}

static size_t padding(const struct evsim_memory *memory)
{
        return (memory->variant % 5) * GRAIN;
}

/* In every other variant what is allocated later has a lower address. */
static bool is_downward(const struct evsim_memory *memory)
{
        return memory->variant % 2 == 1;
}

/* ---- Chunks ------------------------------------------------------------------------------------
 */

static struct evsim_chunk *get_chunk(void)
{
        struct evsim_chunk *chunk = kept;

        if (chunk != NULL) {
                kept = chunk->next;
                nkept--;
                return chunk;
        }
        chunk = aligned_alloc(4096, CHUNK_SIZE);
        if (chunk == NULL)
                die("no memory for the simulation");
        return chunk;
}

static void put_chunk(struct evsim_chunk *chunk)
{
        if (nkept >= CHUNKS_KEPT) {
                free(chunk);
                return;
        }
        chunk->next = kept;
        kept = chunk;
        nkept++;
}

void evsim_memory_drop_chunks(void)
{
        while (kept != NULL) {
                struct evsim_chunk *chunk = kept;

                kept = chunk->next;
                free(chunk);
        }
        nkept = 0;
}

static void add_chunk(struct evsim_memory *memory)
{
        struct evsim_chunk *chunk = get_chunk();

        chunk->next = memory->chunks;
        memory->chunks = chunk;
        memory->at = (unsigned char *)chunk + GRAIN * (1 + memory->variant % 13);
        memory->end = (unsigned char *)chunk + CHUNK_SIZE;
}

/* size is a multiple of GRAIN. */
static void *cut(struct evsim_memory *memory, size_t size)
{
        if ((size_t)(memory->end - memory->at) < size)
                add_chunk(memory);
        if (is_downward(memory)) {
                memory->end -= size;
                return memory->end;
        }
        memory->at += size;
        return memory->at - size;
}

void *evsim_memory_new(size_t size, uint32_t variant)
{
        struct evsim_memory first = {.variant = variant};
        struct evsim_memory *memory;

        size = (size + GRAIN - 1) / GRAIN * GRAIN;
        assert(size <= CHUNK_SIZE / 2);
        add_chunk(&first);
        memory = (void *)first.at;
        first.at += size;
        memset(memory, 0, size);
        first.mark = LIVE ^ (++last_mark << 4 | 1);
        *memory = first;
        return memory;
}

void evsim_memory_free_all(struct evsim_memory *memory)
{
        struct evsim_chunk *chunk = memory->chunks;
        struct evsim_block *block = memory->large;

        while (block != NULL) {
                struct evsim_block *next = block->next;

                EVSIM_TSAN_IGNORE_BEGIN(); /* whoever used it, it is over */
                free(block);
                EVSIM_TSAN_IGNORE_END();
                block = next;
        }
        while (chunk != NULL) {
                struct evsim_chunk *next = chunk->next;

                put_chunk(chunk);
                chunk = next;
        }
}

/* ---- Blocks ------------------------------------------------------------------------------------
 */

static int class_of(size_t size)
{
        int class = SMALL_CLASSES;

        if (EVSIM_ASAN || EVSIM_TSAN || size > CLASSED_MAX)
                return LARGE;
        if (size <= SMALL_MAX)
                return size == 0 ? 0 : (int)((size - 1) / GRAIN);
        for (size_t fits = 2 * SMALL_MAX; fits < size; fits *= 2)
                class ++;
        return class;
}

static size_t class_size(int class)
{
        return class < SMALL_CLASSES ? (size_t)(class + 1) * GRAIN
                                     : (size_t)SMALL_MAX << (class - SMALL_CLASSES + 1);
}

static struct header *alloc_large(struct evsim_memory *memory, size_t size)
{
        struct evsim_block *block = NULL;

        EVSIM_TSAN_IGNORE_BEGIN(); /* or it would be a write, of the kernel's blocks too */
        if (size < SIZE_MAX - sizeof *block)
                block = malloc(sizeof *block + size);
        EVSIM_TSAN_IGNORE_END();
        if (block == NULL)
                die("no memory for the simulation");
        block->prev = NULL;
        block->next = memory->large;
        if (block->next != NULL)
                block->next->prev = block;
        memory->large = block;
        return &block->header;
}

static void free_large(struct evsim_memory *memory, struct header *header)
{
        struct evsim_block *block =
                (void *)((unsigned char *)header - offsetof(struct evsim_block, header));

        if (block->prev != NULL)
                block->prev->next = block->next;
        else
                memory->large = block->next;
        if (block->next != NULL)
                block->next->prev = block->prev;
        free(block);
}

static struct header *alloc_header(struct evsim_memory *memory, size_t size)
{
        const int class = class_of(size + padding(memory));
        struct header *header;

        if (class == LARGE) {
                header = alloc_large(memory, size + padding(memory));
        } else if (memory->free[class] != NULL) {
                struct evsim_free_block *block = memory->free[class];

                memory->free[class] = block->next;
                header = (struct header *)(void *)block - 1;
        } else {
                header = cut(memory, sizeof *header + class_size(class));
        }
        header->size = size;
        header->class = (uint16_t) class;
        header->mark = memory->mark;
        return header;
}

void *evsim_memory_alloc(struct evsim_memory *memory, size_t size)
{
        return memset(alloc_header(memory, size) + 1, evsim_memory_fill_byte(memory), size);
}

void *evsim_memory_zalloc(struct evsim_memory *memory, size_t size)
{
        return memset(alloc_header(memory, size) + 1, 0, size);
}

bool evsim_memory_owns(const struct evsim_memory *memory, const void *ptr)
{
        return ((const struct header *)ptr - 1)->mark == memory->mark;
}

static struct header *header_of(const struct evsim_memory *memory, void *ptr)
{
        struct header *header = (struct header *)ptr - 1;

        if (header->mark != memory->mark)
                die("free or realloc of memory that was freed before, or is of another world");
        return header;
}

size_t evsim_memory_size(const struct evsim_memory *memory, const void *ptr)
{
        const struct header *header;

        if (ptr == NULL)
                return 0;
        header = (const struct header *)ptr - 1;
        if (header->mark != memory->mark)
                die("memory that was freed before, or is of another world");
        return (size_t)header->size;
}

void evsim_memory_free(struct evsim_memory *memory, void *ptr)
{
        struct header *header;
        struct evsim_free_block *block;

        if (ptr == NULL)
                return;
        header = header_of(memory, ptr);
        header->mark = 0;
        if (header->class == LARGE) {
                free_large(memory, header);
                return;
        }
        memset(ptr, ~evsim_memory_fill_byte(memory), (size_t)header->size);
        block = ptr;
        block->next = memory->free[header->class];
        memory->free[header->class] = block;
}

void *evsim_memory_realloc(struct evsim_memory *memory, void *ptr, size_t size)
{
        struct header *header;
        void *moved;

        if (ptr == NULL)
                return evsim_memory_alloc(memory, size);
        header = header_of(memory, ptr);
        if (header->class != LARGE && class_of(size + padding(memory)) == header->class) {
                if (size > header->size)
                        memset((unsigned char *)ptr + header->size, evsim_memory_fill_byte(memory),
                               size - (size_t)header->size);
                header->size = size;
                return ptr;
        }
        moved = evsim_memory_alloc(memory, size);
        memcpy(moved, ptr, size < header->size ? size : (size_t)header->size);
        evsim_memory_free(memory, ptr);
        return moved;
}

char *evsim_memory_strdup(struct evsim_memory *memory, const char *text)
{
        const size_t size = strlen(text) + 1;

        return memcpy(evsim_memory_alloc(memory, size), text, size);
}
