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
        uint64_t count; /* of entries, kept or not */
        struct evsim_memory *memory;
        struct evsim_trace_entry *entries; /* NULL unless kept */
        size_t capacity;
        bool is_kept;
};

/* Adds an entry; its text is copied if it is kept. */
void evsim_trace_add(struct evsim_trace *trace, const struct evsim_trace_entry *entry);

/* The name of an errno, as "EAGAIN"; NULL if it has none here. */
const char *evsim_error_name(int error);

#endif
