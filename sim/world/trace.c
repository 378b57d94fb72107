/* SPDX-License-Identifier: BSD-3-Clause */
#include "world/trace.h"

#include <string.h>

#include "world/memory.h"
#include "world/random.h"

const char *evsim_call_name(enum evsim_call call)
{
        static const char *const names[EVSIM_NCALLS] = {
#define EVSIM_CALL_NAME(upper, lower) #lower,
                EVSIM_CALLS(EVSIM_CALL_NAME)
#undef EVSIM_CALL_NAME
        };

        return names[call];
}

enum evsim_call evsim_call_find(const char *name)
{
        int call = 0;

        while (call < EVSIM_NCALLS && strcmp(evsim_call_name((enum evsim_call)call), name) != 0)
                call++;
        return (enum evsim_call)call;
}

/* Made at compile time. */
#define LETTER(name, i) \
        ((i) < sizeof(name) ? (uint64_t)(unsigned char)(name)[(i) < sizeof(name) ? (i) : 0] : 0)
#define FOUR(name, i)                                                                 \
        (LETTER(name, i) | LETTER(name, (i) + 1) << 8 | LETTER(name, (i) + 2) << 16 | \
         LETTER(name, (i) + 3) << 24)
#define EIGHT(name, i) (FOUR(name, i) | FOUR(name, (i) + 4) << 32)
#define NUMBER(upper, lower)                                                     \
        [EVSIM_CALL_##upper] = EIGHT(#lower, 0) * UINT64_C(0x9e3779b97f4a7c15) + \
                               EIGHT(#lower, 8) * UINT64_C(0xbf58476d1ce4e5b9) + \
                               EIGHT(#lower, 16),

const uint64_t evsim_call_numbers[EVSIM_NCALLS] = {EVSIM_CALLS(NUMBER)};

void evsim_trace_keep(struct evsim_trace *trace, const struct evsim_trace_entry *entry)
{
        if (trace->count == trace->capacity) {
                trace->capacity = trace->capacity > 0 ? 2 * trace->capacity : 256;
                trace->entries = evsim_memory_realloc(trace->memory, trace->entries,
                                                      trace->capacity * sizeof *entry);
        }
        trace->entries[trace->count] = *entry;
        if (entry->text != NULL)
                trace->entries[trace->count].text = evsim_memory_strdup(trace->memory, entry->text);
}
