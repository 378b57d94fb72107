/* SPDX-License-Identifier: BSD-3-Clause */
#include "world/agenda.h"

#include <assert.h>

#include "world/memory.h"

enum { ARITY = 4, CAPACITY_MIN = 16 };

static bool is_before(const struct evsim_agenda_entry *a, const struct evsim_agenda_entry *b)
{
        return a->at_ns != b->at_ns ? a->at_ns < b->at_ns : a->seq < b->seq;
}

static void put(struct evsim_agenda *agenda, int i, struct evsim_agenda_entry entry)
{
        agenda->entries[i] = entry;
        entry.appointment->place = i + 1;
}

static void sift_up(struct evsim_agenda *agenda, int i, struct evsim_agenda_entry entry)
{
        while (i > 0 && is_before(&entry, &agenda->entries[(i - 1) / ARITY])) {
                put(agenda, i, agenda->entries[(i - 1) / ARITY]);
                i = (i - 1) / ARITY;
        }
        put(agenda, i, entry);
}

/* The least child of i, or -1. */
static int least_child(const struct evsim_agenda *agenda, int i)
{
        const int first = i * ARITY + 1;
        int least = first;

        if (first >= agenda->count)
                return -1;
        for (int c = first + 1; c < first + ARITY && c < agenda->count; c++)
                if (is_before(&agenda->entries[c], &agenda->entries[least]))
                        least = c;
        return least;
}

static void sift_down(struct evsim_agenda *agenda, int i, struct evsim_agenda_entry entry)
{
        int child;

        while ((child = least_child(agenda, i)) >= 0 &&
               is_before(&agenda->entries[child], &entry)) {
                put(agenda, i, agenda->entries[child]);
                i = child;
        }
        put(agenda, i, entry);
}

/* An entry that may belong higher or lower than i, where there is a hole. */
static void settle(struct evsim_agenda *agenda, int i, struct evsim_agenda_entry entry)
{
        if (i > 0 && is_before(&entry, &agenda->entries[(i - 1) / ARITY]))
                sift_up(agenda, i, entry);
        else
                sift_down(agenda, i, entry);
}

static void grow(struct evsim_agenda *agenda)
{
        agenda->capacity = agenda->capacity > 0 ? 2 * agenda->capacity : CAPACITY_MIN;
        agenda->entries = evsim_memory_realloc(agenda->memory, agenda->entries,
                                               (size_t)agenda->capacity * sizeof *agenda->entries);
}

int64_t evsim_agenda_time_ns(const struct evsim_agenda *agenda, const struct evsim_appointment *a)
{
        return agenda->entries[a->place - 1].at_ns;
}

void evsim_agenda_set(struct evsim_agenda *agenda, struct evsim_appointment *a, int64_t at_ns)
{
        struct evsim_agenda_entry entry = {.at_ns = at_ns, .appointment = a};

        assert(a->keep != NULL);
        if (at_ns == EVSIM_NEVER) {
                evsim_agenda_cancel(agenda, a);
                return;
        }
        entry.seq = ++agenda->last_seq;
        if (a->place != 0) {
                settle(agenda, a->place - 1, entry);
                return;
        }
        if (agenda->count == agenda->capacity)
                grow(agenda);
        sift_up(agenda, agenda->count++, entry);
}

void evsim_agenda_cancel(struct evsim_agenda *agenda, struct evsim_appointment *a)
{
        const int i = a->place - 1;

        if (i < 0)
                return;
        a->place = 0;
        agenda->count--;
        if (i < agenda->count)
                settle(agenda, i, agenda->entries[agenda->count]);
}

struct evsim_appointment *evsim_agenda_take(struct evsim_agenda *agenda)
{
        struct evsim_appointment *a = agenda->entries[0].appointment;

        evsim_agenda_cancel(agenda, a);
        return a;
}
