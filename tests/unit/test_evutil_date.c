/* SPDX-License-Identifier: BSD-3-Clause */
/* Dates as HTTP writes them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <event2/util.h>
#include <limits.h>
#include <string.h>

#include "shim.h"

static const struct tm birthday = {.tm_sec = 37,
                                   .tm_min = 49,
                                   .tm_hour = 8,
                                   .tm_mday = 6,
                                   .tm_mon = 10,
                                   .tm_year = 94,
                                   .tm_wday = 0};

static void test_date_of_rfc_9110(void **state)
{
        char date[30];

        (void)state;
        assert_int_equal(evutil_date_rfc1123(date, sizeof date, &birthday), 29);
        assert_string_equal(date, "Sun, 06 Nov 1994 08:49:37 GMT");
}

static void test_cut_date(void **state)
{
        char date[30] = "#";

        (void)state;
        assert_int_equal(evutil_date_rfc1123(date, 0, &birthday), 0);
        assert_string_equal(date, "#");
        assert_int_equal(evutil_date_rfc1123(date, 8, &birthday), 29);
        assert_string_equal(date, "Sun, 06");
}

/* Numbers are not questioned. */
static void test_odd_numbers(void **state)
{
        struct tm tm = birthday;
        char date[64];

        (void)state;
        tm.tm_year = 5 - 1900;
        evutil_date_rfc1123(date, sizeof date, &tm);
        assert_string_equal(date, "Sun, 06 Nov    5 08:49:37 GMT");
        tm.tm_year = INT_MAX;
        tm.tm_mday = 123;
        tm.tm_hour = -5;
        assert_int_equal(evutil_date_rfc1123(date, sizeof date, &tm), 36);
        assert_string_equal(date, "Sun, 123 Nov 2147485547 -5:49:37 GMT");
}

static void test_days_and_months_that_have_no_name(void **state)
{
        struct tm tm = birthday;
        char date[30] = "#";

        (void)state;
        tm.tm_wday = 7;
        assert_int_equal(evutil_date_rfc1123(date, sizeof date, &tm), -1);
        tm.tm_wday = -1;
        assert_int_equal(evutil_date_rfc1123(date, sizeof date, &tm), -1);
        tm = birthday;
        tm.tm_mon = 12;
        assert_int_equal(evutil_date_rfc1123(date, sizeof date, &tm), -1);
        tm.tm_mon = -1;
        assert_int_equal(evutil_date_rfc1123(date, sizeof date, &tm), -1);
        assert_string_equal(date, "#");
}

static void assert_now(struct shim *s, int64_t seconds, const char *expected)
{
        char date[30];

        shim_use_clock(s, 0, seconds * 1000000000);
        assert_int_equal(evutil_date_rfc1123(date, sizeof date, NULL), 29);
        assert_string_equal(date, expected);
}

/* Times of date(1). */
static void test_now_is_what_the_world_says(void **state)
{
        static struct shim s;

        (void)state;
        shim_init(&s, os_real());
        os_enter(&s.os);
        assert_now(&s, 0, "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_now(&s, 784111777, "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_now(&s, 951782400, "Tue, 29 Feb 2000 00:00:00 GMT");
        assert_now(&s, 951868799, "Tue, 29 Feb 2000 23:59:59 GMT");
        assert_now(&s, 978307199, "Sun, 31 Dec 2000 23:59:59 GMT");
        assert_now(&s, 4107542400, "Mon, 01 Mar 2100 00:00:00 GMT"); /* no leap year */
        assert_now(&s, 4107542399, "Sun, 28 Feb 2100 23:59:59 GMT");
        assert_now(&s, -1, "Wed, 31 Dec 1969 23:59:59 GMT");
        assert_now(&s, -86401, "Tue, 30 Dec 1969 23:59:59 GMT");
        assert_now(&s, -2203891200, "Thu, 01 Mar 1900 00:00:00 GMT");
        s.realtime_ns = -1; /* half a second before the hour is in the second before it */
        char date[30];
        assert_int_equal(evutil_date_rfc1123(date, sizeof date, NULL), 29);
        assert_string_equal(date, "Wed, 31 Dec 1969 23:59:59 GMT");
        shim_clear(&s);
}

/* Every day from 1900 to 2199 against gmtime(3). */
static void test_every_day_of_three_centuries(void **state)
{
        static struct shim s;
        char expected[30];
        char date[30];

        (void)state;
        if (sizeof(time_t) < 8)
                skip();
        shim_init(&s, os_real());
        os_enter(&s.os);
        for (int64_t day = -25567; day < 84006; day++) {
                const time_t when = (time_t)(day * 86400 + 43210);
                struct tm tm;
                assert_non_null(gmtime_r(&when, &tm));
                evutil_date_rfc1123(expected, sizeof expected, &tm);
                shim_use_clock(&s, 0, (int64_t)when * 1000000000);
                evutil_date_rfc1123(date, sizeof date, NULL);
                if (strcmp(date, expected) != 0)
                        assert_string_equal(date, expected);
        }
        shim_clear(&s);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_date_of_rfc_9110),
                cmocka_unit_test(test_cut_date),
                cmocka_unit_test(test_odd_numbers),
                cmocka_unit_test(test_days_and_months_that_have_no_name),
                cmocka_unit_test(test_now_is_what_the_world_says),
                cmocka_unit_test(test_every_day_of_three_centuries),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
