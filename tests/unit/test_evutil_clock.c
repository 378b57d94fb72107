/* SPDX-License-Identifier: BSD-3-Clause */
/* Clocks for programs: which clock of the world each reads, and that none goes back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <event2/util.h>

#include "shim.h"

#define MS INT64_C(1000000)
#define S  (1000 * MS)

static struct shim shim;

static int set_up(void **state)
{
        (void)state;
        shim_init(&shim, os_real());
        os_enter(&shim.os);
        shim_use_clock(&shim, 5 * S + 1999, 1000 * S);
        shim.coarse_lag_ns = 3 * MS;
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        shim_clear(&shim);
        return shim_is_clean(&shim) ? 0 : -1;
}

/* What it tells, in microseconds. */
static int64_t told(struct evutil_monotonic_timer *timer)
{
        struct timeval tv;

        assert_int_equal(evutil_gettime_monotonic(timer, &tv), 0);
        assert_true(tv.tv_usec >= 0 && tv.tv_usec < 1000000);
        return (int64_t)tv.tv_sec * 1000000 + tv.tv_usec;
}

static int64_t told_with(struct evutil_monotonic_timer *timer, int flags)
{
        assert_int_equal(evutil_configure_monotonic_time(timer, flags), 0);
        return told(timer);
}

static void test_flags_choose_the_clock(void **state)
{
        struct evutil_monotonic_timer *timer = evutil_monotonic_timer_new();

        (void)state;
        assert_int_equal(told(timer), 1000000000); /* not configured: the wall clock */
        assert_int_equal(told_with(timer, 0), 4997001);
        assert_int_equal(told_with(timer, EV_MONOT_PRECISE), 5000001);
        assert_int_equal(told_with(timer, EV_MONOT_FALLBACK), 1000000000);
        assert_int_equal(told_with(timer, EV_MONOT_PRECISE | EV_MONOT_FALLBACK), 1000000000);
        assert_int_equal(told_with(timer, 0x100), 4997001); /* unknown flags are ignored */
        evutil_monotonic_timer_free(timer);
}

static void test_fallback_stands_still_when_the_wall_clock_is_set_back(void **state)
{
        struct evutil_monotonic_timer *timer = evutil_monotonic_timer_new();

        (void)state;
        assert_int_equal(told_with(timer, EV_MONOT_FALLBACK), 1000000000);
        shim.realtime_ns -= 600 * S;
        assert_int_equal(told(timer), 1000000000);
        shim_advance(&shim, S);
        assert_int_equal(told(timer), 1001000000); /* and goes on from there */
        shim.realtime_ns -= S / 2;
        assert_int_equal(told(timer), 1001000000);
        shim_advance(&shim, 3000);
        assert_int_equal(told(timer), 1001000003);
        evutil_monotonic_timer_free(timer);
}

static void test_timers_know_nothing_of_each_other(void **state)
{
        struct evutil_monotonic_timer *one = evutil_monotonic_timer_new();
        struct evutil_monotonic_timer *other = evutil_monotonic_timer_new();

        (void)state;
        assert_int_equal(told_with(one, EV_MONOT_FALLBACK), 1000000000);
        shim.realtime_ns -= 600 * S;
        assert_int_equal(told_with(other, EV_MONOT_FALLBACK), 400000000);
        assert_int_equal(told(one), 1000000000);
        evutil_monotonic_timer_free(one);
        evutil_monotonic_timer_free(other);
}

static void test_no_memory(void **state)
{
        (void)state;
        shim_fail(&shim, SHIM_MEMORY, 1, true);
        errno = 0;
        assert_null(evutil_monotonic_timer_new());
        assert_int_equal(errno, ENOMEM);
        evutil_monotonic_timer_free(NULL);
}

/* It is freed in the world that it was made in, wherever the thread is then. */
static void test_timer_remembers_its_world(void **state)
{
        struct evutil_monotonic_timer *timer = evutil_monotonic_timer_new();

        (void)state;
        os_enter(NULL);
        assert_int_equal(told_with(timer, EV_MONOT_PRECISE), 5000001);
        evutil_monotonic_timer_free(timer);
        assert_true(shim_is_clean(&shim));
}

#define CLOCK_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                CLOCK_TEST(test_flags_choose_the_clock),
                CLOCK_TEST(test_fallback_stands_still_when_the_wall_clock_is_set_back),
                CLOCK_TEST(test_timers_know_nothing_of_each_other),
                CLOCK_TEST(test_no_memory),
                CLOCK_TEST(test_timer_remembers_its_world),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
