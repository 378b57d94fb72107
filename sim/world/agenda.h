/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What happens when: the world's future, in order of time, and of equal times in the order in which
 * they were set.
 *
 * An appointment is embedded in what it is for, and is set and cancelled by it. The agenda is the
 * library's own kind of heap (src/util/heap.h), but over appointments, and with the world's memory.
 */
#ifndef EVIDENT_SIM_AGENDA_H
#define EVIDENT_SIM_AGENDA_H

#include <stdbool.h>
#include <stdint.h>

struct evsim_memory;

#define EVSIM_NEVER INT64_MAX

struct evsim_appointment {
        /* Called once when the time has come; it is no longer set then. */
        void (*keep)(struct evsim_appointment *a);
        int place; /* in the heap, counted from 1; 0: not set */
};

struct evsim_agenda_entry {
        int64_t at_ns;
        uint64_t seq;
        struct evsim_appointment *appointment;
};

struct evsim_agenda {
        struct evsim_memory *memory;
        struct evsim_agenda_entry *entries;
        int count;
        int capacity;
        uint64_t last_seq;
};

/* When the next one is; EVSIM_NEVER if there is none. */
static inline int64_t evsim_agenda_next_ns(const struct evsim_agenda *agenda)
{
        return agenda->count > 0 ? agenda->entries[0].at_ns : EVSIM_NEVER;
}

static inline bool evsim_appointment_is_set(const struct evsim_appointment *a)
{
        return a->place != 0;
}

/* When it is; it is set. */
int64_t evsim_agenda_time_ns(const struct evsim_agenda *agenda, const struct evsim_appointment *a);

/* Sets it, anew if it is set already. EVSIM_NEVER cancels. */
void evsim_agenda_set(struct evsim_agenda *agenda, struct evsim_appointment *a, int64_t at_ns);
void evsim_agenda_cancel(struct evsim_agenda *agenda, struct evsim_appointment *a);

/* Takes the next one out; there is one. */
struct evsim_appointment *evsim_agenda_take(struct evsim_agenda *agenda);

#endif
