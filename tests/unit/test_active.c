/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The queues of active callbacks, by themselves.
 */
#include <errno.h>
#include <event2/event.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/active.h"
#include "shim.h"

static struct shim shim;
static struct evi_active active;
static struct event_callback callbacks[6];

static int set_up(void **state)
{
        (void)state;
        shim_init(&shim, os_real());
        memset(callbacks, 0, sizeof callbacks);
        return evi_active_init(&active, &shim.os);
}

static int tear_down(void **state)
{
        (void)state;
        for (size_t i = 0; i < 6; i++)
                if (callbacks[i].evcb_flags & EVLIST_ACTIVE)
                        evi_active_remove(&active, &callbacks[i]);
        evi_active_clear(&active, &shim.os);
        assert_true(shim_is_clean(&shim));
        shim_clear(&shim);
        return 0;
}

static void push(int i, int priority)
{
        callbacks[i].evcb_pri = (uint8_t)priority;
        evi_active_push(&active, &callbacks[i]);
        assert_null(evi_active_verify(&active));
}

static int collect(struct event_callback *evcb, void *arg)
{
        int **next = arg;

        *(*next)++ = (int)(evcb - callbacks);
        return 0;
}

static void test_lower_numbers_first_and_first_in_first_out(void **state)
{
        int seen[6] = {0};
        int *next = seen;
        const int expected[] = {3, 1, 4, 0, 2, 5};

        (void)state;
        assert_int_equal(evi_active_next_priority(&active), -1);
        assert_int_equal(evi_active_resize(&active, &shim.os, 3), 0);
        push(0, 2);
        push(1, 1);
        push(2, 2);
        push(3, 0);
        push(4, 1);
        push(5, 2);
        assert_int_equal(evi_active_foreach(&active, collect, &next), 0);
        assert_memory_equal(seen, expected, sizeof expected);
        for (int i = 0; i < 6; i++) {
                const int priority = evi_active_next_priority(&active);
                struct event_callback *evcb = evi_active_first(&active, priority);
                assert_ptr_equal(evcb, &callbacks[expected[i]]);
                evi_active_remove(&active, evcb);
                assert_null(evi_active_verify(&active));
        }
        assert_int_equal(evi_active_next_priority(&active), -1);
        assert_null(evi_active_first(&active, 0));
}

static void test_one_from_the_middle(void **state)
{
        (void)state;
        push(0, 0);
        push(1, 0);
        push(2, 0);
        evi_active_remove(&active, &callbacks[1]);
        assert_null(evi_active_verify(&active));
        assert_int_equal(active.count, 2);
        evi_active_remove(&active, &callbacks[0]);
        assert_ptr_equal(evi_active_first(&active, 0), &callbacks[2]);
}

/* A program may set the number of priorities anew after it gave an event a higher one. */
static void test_a_priority_that_no_longer_exists_is_the_last(void **state)
{
        (void)state;
        assert_int_equal(evi_active_resize(&active, &shim.os, 2), 0);
        push(0, 7);
        assert_int_equal(callbacks[0].evcb_pri, 1);
        assert_int_equal(evi_active_next_priority(&active), 1);
}

static void test_resizing_without_memory_changes_nothing(void **state)
{
        (void)state;
        shim_fail(&shim, SHIM_MEMORY, 1, false);
        assert_int_equal(evi_active_resize(&active, &shim.os, 255), -ENOMEM);
        assert_int_equal(active.npriorities, 1);
        push(0, 0);
        evi_active_remove(&active, &callbacks[0]);
        assert_int_equal(evi_active_resize(&active, &shim.os, 255), 0);
        push(1, 254);
        assert_int_equal(evi_active_next_priority(&active), 254);
}

static int stop_at_first(struct event_callback *evcb, void *arg)
{
        (void)evcb;
        ++*(int *)arg;
        return 7;
}

static void test_a_walk_ends_when_it_is_told_to(void **state)
{
        int n = 0;

        (void)state;
        push(0, 0);
        push(1, 0);
        assert_int_equal(evi_active_foreach(&active, stop_at_first, &n), 7);
        assert_int_equal(n, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(test_lower_numbers_first_and_first_in_first_out),
                TEST(test_one_from_the_middle),
                TEST(test_a_priority_that_no_longer_exists_is_the_last),
                TEST(test_resizing_without_memory_changes_nothing),
                TEST(test_a_walk_ends_when_it_is_told_to),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
