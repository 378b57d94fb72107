/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The agenda against a list that is searched: what is set comes in order of time, and of equal times
 * in the order in which it was set.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "world/agenda.h"
#include "world/memory.h"
#include "world/random.h"

enum { N = 200, STEPS = 100000 };

struct model {
        int64_t at_ns; /* EVSIM_NEVER: not set */
        uint64_t seq;
};

static struct evsim_appointment appointments[N];
static struct model models[N];

/* The one that must be next; -1: none. */
static int next_of_model(void)
{
        int first = -1;

        for (int i = 0; i < N; i++) {
                if (models[i].at_ns == EVSIM_NEVER)
                        continue;
                if (first < 0 || models[i].at_ns < models[first].at_ns ||
                    (models[i].at_ns == models[first].at_ns && models[i].seq < models[first].seq))
                        first = i;
        }
        return first;
}

static void compare(const struct evsim_agenda *agenda)
{
        const int next = next_of_model();

        assert_int_equal(evsim_agenda_next_ns(agenda), next < 0 ? EVSIM_NEVER : models[next].at_ns);
        if (next >= 0)
                assert_int_equal(evsim_agenda_time_ns(agenda, &appointments[next]),
                                 models[next].at_ns);
}

static void set(struct evsim_agenda *agenda, int i, int64_t at_ns, uint64_t seq)
{
        evsim_agenda_set(agenda, &appointments[i], at_ns);
        models[i] = (struct model){at_ns, seq};
        assert_int_equal(evsim_appointment_is_set(&appointments[i]), at_ns != EVSIM_NEVER);
}

static void take(struct evsim_agenda *agenda)
{
        const int next = next_of_model();

        if (next < 0)
                return;
        assert_ptr_equal(evsim_agenda_take(agenda), &appointments[next]);
        assert_false(evsim_appointment_is_set(&appointments[next]));
        models[next].at_ns = EVSIM_NEVER;
}

static void cancel(struct evsim_agenda *agenda, int i)
{
        evsim_agenda_cancel(agenda, &appointments[i]);
        models[i].at_ns = EVSIM_NEVER;
}

static void keep(struct evsim_appointment *a)
{
        (void)a;
}

/* Few different times, so that many are equal. */
static void agrees_with_a_list(void **state)
{
        struct evsim_memory *memory = evsim_memory_new(sizeof *memory, 0);
        struct evsim_agenda agenda = {.memory = memory};
        uint64_t stream = 1;

        (void)state;
        for (int i = 0; i < N; i++) {
                models[i].at_ns = EVSIM_NEVER;
                appointments[i] = (struct evsim_appointment){.keep = keep};
        }
        for (uint64_t step = 1; step <= STEPS; step++) {
                const int i = (int)evsim_random_below(&stream, N);

                switch (evsim_random_below(&stream, 8)) {
                case 0:
                case 1:
                        cancel(&agenda, i);
                        break;
                case 2:
                case 3:
                        take(&agenda);
                        break;
                case 4:
                        set(&agenda, i, EVSIM_NEVER, step);
                        break;
                default:
                        set(&agenda, i, (int64_t)evsim_random_below(&stream, 50), step);
                }
                compare(&agenda);
        }
        evsim_memory_free_all(memory);
}

static void keeps_the_order_of_equal_times(void **state)
{
        struct evsim_memory *memory = evsim_memory_new(sizeof *memory, 0);
        struct evsim_agenda agenda = {.memory = memory};

        (void)state;
        for (int i = 0; i < N; i++) {
                appointments[i] = (struct evsim_appointment){.keep = keep};
                evsim_agenda_set(&agenda, &appointments[i], 7);
        }
        evsim_agenda_set(&agenda, &appointments[0], 7); /* anew: to the end */
        for (int i = 1; i < N; i++)
                assert_ptr_equal(evsim_agenda_take(&agenda), &appointments[i]);
        assert_ptr_equal(evsim_agenda_take(&agenda), &appointments[0]);
        assert_int_equal(evsim_agenda_next_ns(&agenda), EVSIM_NEVER);
        evsim_memory_free_all(memory);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(agrees_with_a_list),
                cmocka_unit_test(keeps_the_order_of_equal_times),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
