/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What happened in a world: an entry for each call and each event, always in the rolling hash, and
 * kept for reading where the world's configuration asks for it.
 *
 * Entries hold numbers only: no address, no size that depends on the machine, and so the hash is
 * the same everywhere. A text that belongs to one goes into the hash too.
 */
#ifndef EVIDENT_SIM_TRACE_H
#define EVIDENT_SIM_TRACE_H

#include <stdbool.h>
#include <stdint.h>
#include <stddef.h>

#include "world/call.h"
#include "world/random.h"

struct evsim_memory;

struct evsim_trace_entry {
        int64_t time_ns; /* since the start of the world */
        uint32_t task;   /* its number; 0: none, the world itself */
        uint32_t host;   /* its number; 0: none */
        uint16_t call;   /* enum evsim_call */
        int32_t fd;      /* -1: none */
        int64_t argument;
        int64_t result;
        const char *text; /* NULL: none */
};

struct evsim_trace {
        uint64_t hash;
        uint64_t count;     /* of entries, kept or not */
        uint16_t last_call; /* of the last one */
        int32_t last_fd;
        struct evsim_memory *memory;
        struct evsim_trace_entry *entries; /* NULL unless kept */
        size_t capacity;
        bool is_kept;
};

/* The slow part of evsim_trace_add(). */
void evsim_trace_keep(struct evsim_trace *trace, const struct evsim_trace_entry *entry);

/* A multiplication a word: cheap enough for every call. */
static inline uint64_t evsim_trace_roll(uint64_t hash, uint64_t word)
{
        hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
        return hash ^ (hash >> 32);
}

/* Adds an entry; its text is copied if it is kept. */
static inline void evsim_trace_add(struct evsim_trace *trace, const struct evsim_trace_entry *entry)
{
        uint64_t hash = trace->hash;

        hash = evsim_trace_roll(hash, (uint64_t)entry->time_ns);
        hash = evsim_trace_roll(hash, ((uint64_t)entry->task << 32 | (uint32_t)entry->fd) ^
                                              evsim_call_numbers[entry->call]);
        hash = evsim_trace_roll(hash, (uint64_t)entry->argument);
        hash = evsim_trace_roll(hash, (uint64_t)entry->result);
        if (entry->text != NULL)
                hash = evsim_trace_roll(hash, evsim_hash_text(entry->text));
        trace->hash = hash;
        trace->last_call = entry->call;
        trace->last_fd = entry->fd;
        if (trace->is_kept)
                evsim_trace_keep(trace, entry);
        trace->count++;
}

/* The name of an errno, as "EAGAIN"; NULL if it has none here. */
const char *evsim_error_name(int error);

#endif
