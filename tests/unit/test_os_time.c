/* SPDX-License-Identifier: BSD-3-Clause */
/* Nanoseconds as the kernel's calls want them: rounded so that no wait is cut short, saturated. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "os/time.h"

static void test_milliseconds_are_rounded_up(void **state)
{
        (void)state;
        assert_int_equal(os_ms_from_ns(-1), -1);
        assert_int_equal(os_ms_from_ns(0), 0);
        assert_int_equal(os_ms_from_ns(1), 1);
        assert_int_equal(os_ms_from_ns(1000000), 1);
        assert_int_equal(os_ms_from_ns(1000001), 2);
        assert_int_equal(os_ms_from_ns(INT_MAX * OS_NS_PER_MS), INT_MAX);
        assert_int_equal(os_ms_from_ns(INT_MAX * OS_NS_PER_MS + 1), INT_MAX);
        assert_int_equal(os_ms_from_ns(INT64_MAX), INT_MAX);
}

static void test_timespecs_saturate(void **state)
{
        struct timespec ts = os_timespec_from_ns(1999999999);

        (void)state;
        assert_int_equal(ts.tv_sec, 1);
        assert_int_equal(ts.tv_nsec, 999999999);
        ts = os_timespec_from_ns(INT64_MAX);
        if (sizeof ts.tv_sec == 4)
                assert_int_equal(ts.tv_sec, INT32_MAX);
        else
                assert_int_equal(ts.tv_sec, INT64_MAX / OS_NS_PER_S);
        assert_in_range(ts.tv_nsec, 0, 999999999);
}

static void test_times_saturate(void **state)
{
        struct timespec ts = {.tv_sec = 2, .tv_nsec = 3};

        (void)state;
        assert_true(os_ns_from_timespec(&ts) == 2000000003);
        ts.tv_sec = -1; /* a third of a second later */
        ts.tv_nsec = 333333333;
        assert_true(os_ns_from_timespec(&ts) == -666666667);
        if (sizeof ts.tv_sec == 4)
                return;
        ts.tv_sec = (time_t)INT64_MAX;
        assert_true(os_ns_from_timespec(&ts) == INT64_MAX);
        ts.tv_sec = (time_t)INT64_MIN;
        assert_true(os_ns_from_timespec(&ts) == INT64_MIN);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_milliseconds_are_rounded_up),
                cmocka_unit_test(test_timespecs_saturate),
                cmocka_unit_test(test_times_saturate),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
