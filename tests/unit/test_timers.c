/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A base's timers, by themselves: what is due in which order, across heap and common queues; the
 * heap's lower bounds; common timeouts, their limit and their magic.
 */
#include <errno.h>
#include <event2/event.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/common_timeout.h"
#include "core/timers.h"
#include "random.h"
#include "shim.h"
#include "util/duration.h"

#define N     12
#define MS(n) (&(const struct timeval){0, (n)*1000})
#define KEEPS (sizeof(struct timeval) >= 16) /* room for the order of setting, too */

static struct shim shim;
static struct evi_timers timers;
static struct event events[N];

static int set_up(void **state)
{
        (void)state;
        shim_init(&shim, os_real());
        evi_timers_init(&timers);
        memset(events, 0, sizeof events);
        return 0;
}

static void cancel(int i)
{
        evi_timer_cancel(&timers, &shim.os, &events[i]);
        assert_null(evi_timers_verify(&timers));
}

static int tear_down(void **state)
{
        (void)state;
        for (int i = 0; i < N; i++)
                if (events[i].ev_evcallback.evcb_flags & EVLIST_TIMEOUT)
                        cancel(i);
        evi_timers_clear(&timers, &shim.os);
        assert_true(shim_is_clean(&shim));
        shim_clear(&shim);
        return 0;
}

static void set(int i, int64_t deadline_ns, struct evi_common_timeout *common)
{
        assert_int_equal(evi_timers_reserve(&timers, &shim.os, &events[i]), 0);
        evi_timer_set(&timers, &events[i], deadline_ns, common);
        assert_null(evi_timers_verify(&timers));
        assert_int_equal(evi_timer_deadline(&events[i]), deadline_ns);
}

/* The number of the event that is due first, which is taken out; -1: none is. */
static int pop(int64_t now_ns)
{
        struct event *ev = evi_timers_due(&timers, now_ns);

        if (ev == NULL)
                return -1;
        const int i = (int)(ev - events);
        cancel(i);
        return i;
}

static struct evi_common_timeout *common_of(int ms)
{
        const struct timeval *tv = NULL;

        assert_int_equal(evi_timers_make_common(&timers, &shim.os, MS(ms), &tv), 0);
        struct evi_common_timeout *common = evi_timers_common(&timers, tv);
        assert_non_null(common);
        return common;
}

static void test_nothing_is_due_before_its_time(void **state)
{
        (void)state;
        assert_int_equal(evi_timers_bound(&timers), EVI_NS_MAX);
        assert_null(evi_timers_any(&timers));
        set(0, 100, NULL);
        assert_int_equal(evi_timers_bound(&timers), 100);
        assert_int_equal(pop(99), -1);
        assert_int_equal(pop(100), 0);
        assert_int_equal(pop(EVI_NS_MAX), -1);
}

/* The order of the deadlines; where they are equal, the order in which they were set. */
static void test_heap_and_queues_are_one_order(void **state)
{
        (void)state;
        struct evi_common_timeout *a = common_of(10);
        struct evi_common_timeout *b = common_of(20);
        set(0, 300, NULL);
        set(1, 200, a);
        set(2, 100, NULL);
        set(3, 200, b);
        set(4, 200, NULL);
        set(5, 250, a);
        set(6, 200, a);
        const int expected_kept[] = {2, 1, 3, 4, 6, 5, 0};
        for (size_t i = 0; i < 7; i++) {
                const int popped = pop(1000);
                if (KEEPS)
                        assert_int_equal(popped, expected_kept[i]);
                else
                        assert_true(popped >= 0);
        }
        assert_int_equal(pop(1000), -1);
}

/* Out of order into a common queue, as after a jump of the clock between two settings. */
static void test_a_common_queue_stays_sorted(void **state)
{
        (void)state;
        struct evi_common_timeout *common = common_of(10);
        set(0, 300, common);
        set(1, 100, common);
        set(2, 200, common);
        set(3, 400, common);
        assert_int_equal(evi_timers_bound(&timers), 100);
        assert_int_equal(pop(1000), 1);
        assert_int_equal(pop(1000), 2);
        assert_int_equal(pop(1000), 0);
        assert_int_equal(pop(1000), 3);
}

/* Later: the heap is not touched, and its bound is corrected when it has passed. */
static void test_a_timer_that_is_set_later(void **state)
{
        (void)state;
        set(0, 100, NULL);
        set(1, 200, NULL);
        set(0, 300, NULL);
        assert_true(evi_timers_bound(&timers) <= 200);
        assert_int_equal(pop(150), -1);
        assert_int_equal(evi_timers_bound(&timers), 200);
        assert_int_equal(pop(1000), 1);
        assert_int_equal(pop(299), -1);
        assert_int_equal(evi_timers_bound(&timers), 300);
        assert_int_equal(pop(300), 0);
}

static void test_a_timer_that_is_set_earlier(void **state)
{
        (void)state;
        set(0, 300, NULL);
        set(1, 200, NULL);
        set(0, 100, NULL);
        assert_int_equal(evi_timers_bound(&timers), 100);
        assert_int_equal(pop(1000), 0);
        assert_int_equal(pop(1000), 1);
}

/* The same deadline, set anew: behind those that were set meanwhile. */
static void test_setting_anew_goes_behind(void **state)
{
        (void)state;
        set(0, 100, NULL);
        set(1, 100, NULL);
        set(0, 100, NULL);
        if (!KEEPS)
                skip();
        assert_int_equal(pop(100), 1);
        assert_int_equal(pop(100), 0);
}

static void test_between_heap_and_queue(void **state)
{
        (void)state;
        struct evi_common_timeout *a = common_of(10);
        struct evi_common_timeout *b = common_of(20);
        set(0, 100, NULL);
        set(1, 150, NULL);
        set(0, 200, a);
        set(0, 50, b);
        assert_int_equal(evi_timers_bound(&timers), 50);
        set(0, 300, NULL);
        assert_int_equal(pop(1000), 1);
        assert_int_equal(pop(1000), 0);
        assert_int_equal(timers.heap.count, 0);
}

/* What is taken out of a queue's front leaves its bound low; that is corrected. */
static void test_a_queue_whose_first_goes(void **state)
{
        (void)state;
        struct evi_common_timeout *common = common_of(10);
        set(0, 100, common);
        set(1, 200, common);
        set(2, 150, NULL);
        cancel(0);
        assert_int_equal(pop(120), -1);
        assert_int_equal(pop(160), 2);
        assert_int_equal(pop(199), -1);
        assert_int_equal(pop(200), 1);
}

static void test_256_common_timeouts(void **state)
{
        const struct timeval *tv[EVI_COMMON_MAX];
        const struct timeval *one_more = NULL;

        (void)state;
        for (int i = 0; i < EVI_COMMON_MAX; i++) {
                assert_int_equal(evi_timers_make_common(&timers, &shim.os, MS(i + 1), &tv[i]), 0);
                assert_int_equal(tv[i]->tv_sec, 0);
                assert_int_equal(tv[i]->tv_usec,
                                 evi_common_encode((uint32_t)(i + 1) * 1000, (uint32_t)i));
        }
        assert_int_equal(evi_timers_make_common(&timers, &shim.os, MS(500), &one_more), -ENOSPC);
        assert_null(one_more);
        for (int i = 0; i < EVI_COMMON_MAX; i++) {
                const struct timeval copy = *tv[i];
                assert_int_equal(evi_timers_make_common(&timers, &shim.os, MS(i + 1), &one_more),
                                 0);
                assert_ptr_equal(one_more, tv[i]);
                assert_int_equal(evi_timers_duration(&timers, &copy), (i + 1) * EVI_NS_PER_MS);
                assert_non_null(evi_timers_common(&timers, &copy));
        }
}

/* Of another base: this one has fewer queues, or one of another duration under that number. */
static void test_the_magic_of_another_base(void **state)
{
        struct timeval foreign = {0, (int)evi_common_encode(5000, 3)};

        (void)state;
        (void)common_of(10);
        assert_null(evi_timers_common(&timers, &foreign));
        assert_int_equal(evi_timers_duration(&timers, &foreign), foreign.tv_usec * EVI_NS_PER_US);
        foreign.tv_usec = (int)evi_common_encode(5000, 0);
        assert_null(evi_timers_common(&timers, &foreign));
        assert_int_equal(evi_timers_duration(&timers, &foreign), 5 * EVI_NS_PER_MS);
}

/* Each failed allocation leaves the timers as they were. */
static void test_common_timeouts_without_memory(void **state)
{
        const struct timeval *tv = NULL;
        int r = -ENOMEM;

        (void)state;
        for (long n = 1; r < 0; n++) {
                shim_fail(&shim, SHIM_MEMORY, n, false);
                r = evi_timers_make_common(&timers, &shim.os, MS(10), &tv);
                assert_int_equal(r, shim.hits > 0 ? -ENOMEM : 0);
                assert_int_equal(timers.ncommons, r == 0);
                assert_int_equal(tv != NULL, r == 0);
        }
        assert_true(shim.calls[SHIM_ALLOC] > 2);
}

/* Random settings and cancellations against an array that is searched. */
static void test_random_moves_against_a_plain_array(void **state)
{
        struct {
                int64_t deadline_ns; /* -1: not set */
                int nth;
        } model[N];
        struct evi_common_timeout *commons[2] = {common_of(10), common_of(20)};
        uint64_t seed = 11;

        (void)state;
        for (int i = 0; i < N; i++)
                model[i].deadline_ns = -1;
        for (int nth = 0; nth < 20000; nth++) {
                const int i = random_below(&seed, N);
                const int where = random_below(&seed, 4);
                if (where == 3 && model[i].deadline_ns >= 0) {
                        cancel(i);
                        model[i].deadline_ns = -1;
                } else if (where < 3) {
                        model[i].deadline_ns = random_below(&seed, 20);
                        model[i].nth = nth;
                        set(i, model[i].deadline_ns, where < 2 ? commons[where] : NULL);
                }
                const int now_ns = random_below(&seed, 25);
                int first = -1;
                for (int j = 0; j < N; j++)
                        if (model[j].deadline_ns >= 0 && model[j].deadline_ns <= now_ns &&
                            (first < 0 || model[j].deadline_ns < model[first].deadline_ns ||
                             (model[j].deadline_ns == model[first].deadline_ns &&
                              model[j].nth < model[first].nth)))
                                first = j;
                struct event *due = evi_timers_due(&timers, now_ns);
                assert_int_equal(due == NULL, first < 0);
                if (due != NULL && KEEPS)
                        assert_ptr_equal(due, &events[first]);
                if (due != NULL)
                        assert_int_equal(evi_timer_deadline(due), model[first].deadline_ns);
                assert_true(due == NULL || evi_timers_bound(&timers) <= now_ns);
        }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(test_nothing_is_due_before_its_time),
                TEST(test_heap_and_queues_are_one_order),
                TEST(test_a_common_queue_stays_sorted),
                TEST(test_a_timer_that_is_set_later),
                TEST(test_a_timer_that_is_set_earlier),
                TEST(test_setting_anew_goes_behind),
                TEST(test_between_heap_and_queue),
                TEST(test_a_queue_whose_first_goes),
                TEST(test_256_common_timeouts),
                TEST(test_the_magic_of_another_base),
                TEST(test_common_timeouts_without_memory),
                TEST(test_random_moves_against_a_plain_array),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
