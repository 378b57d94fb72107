/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Arithmetic on time, above all at its ends. Where the compiler has 128 bits, every combination of
 * interesting numbers is compared with arithmetic that cannot overflow.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <limits.h>
#include <stdbool.h>

#include "random.h"
#include "util/duration.h"

#define S             EVI_NS_PER_S
#define MS            EVI_NS_PER_MS
#define US            EVI_NS_PER_US
#define COUNT_OF(arr) (sizeof(arr) / sizeof(arr)[0])

/* cmocka's assert_int_equal is for words, which may be narrower. */
#define assert_ns_equal(a, b) assert_true((a) == (b))

static const bool has_narrow_time_t = sizeof(time_t) < sizeof(int64_t);

static struct timeval tv(int64_t s, long us)
{
        return (struct timeval){.tv_sec = (time_t)s, .tv_usec = us};
}

static int64_t ns_from(int64_t s, long us)
{
        const struct timeval t = tv(s, us);

        return evi_ns_from_timeval(&t);
}

static void test_sums_stop_at_the_ends(void **state)
{
        static const struct {
                int64_t a, b, sum, difference;
        } rows[] = {
                {0, 0, 0, 0},
                {2, 3, 5, -1},
                {-2, -3, -5, 1},
                {INT64_MAX, 0, INT64_MAX, INT64_MAX},
                {INT64_MAX, 1, INT64_MAX, INT64_MAX - 1},
                {INT64_MAX, -1, INT64_MAX - 1, INT64_MAX},
                {INT64_MAX - 1, 1, INT64_MAX, INT64_MAX - 2},
                {INT64_MAX - 1, 2, INT64_MAX, INT64_MAX - 3},
                {INT64_MAX - 1, -2, INT64_MAX - 3, INT64_MAX},
                {INT64_MAX, INT64_MAX, INT64_MAX, 0},
                {INT64_MAX, INT64_MIN, -1, INT64_MAX},
                {INT64_MIN, 0, INT64_MIN, INT64_MIN},
                {INT64_MIN, 1, INT64_MIN + 1, INT64_MIN},
                {INT64_MIN, -1, INT64_MIN, INT64_MIN + 1},
                {INT64_MIN + 1, -1, INT64_MIN, INT64_MIN + 2},
                {INT64_MIN + 1, 1, INT64_MIN + 2, INT64_MIN},
                {INT64_MIN, INT64_MIN, INT64_MIN, 0},
                {INT64_MIN, INT64_MAX, -1, INT64_MIN},
                {0, INT64_MIN, INT64_MIN, INT64_MAX},
                {-1, INT64_MIN, INT64_MIN, INT64_MAX},
                {-2, INT64_MIN, INT64_MIN, INT64_MAX - 1},
                {0, INT64_MAX, INT64_MAX, -INT64_MAX},
                {-2, INT64_MAX, INT64_MAX - 2, INT64_MIN},
        };

        (void)state;
        for (size_t i = 0; i < COUNT_OF(rows); i++) {
                assert_ns_equal(evi_ns_add(rows[i].a, rows[i].b), rows[i].sum);
                assert_ns_equal(evi_ns_add(rows[i].b, rows[i].a), rows[i].sum);
                assert_ns_equal(evi_ns_sub(rows[i].a, rows[i].b), rows[i].difference);
        }
}

static void test_timevals_are_taken_at_their_worth(void **state)
{
        static const struct {
                int64_t s;
                long us;
                int64_t ns;
        } rows[] = {
                {0, 0, 0},
                {1, 0, S},
                {0, 1, US},
                {0, 999999, 999999 * US},
                {3, 250000, 3 * S + 250 * MS},
                {0, 1500000, S + 500 * MS}, /* not normal, and means 1.5 s */
                {1, 1000000, 2 * S},
                {2, -1, 2 * S - US},
                {2, -2000000, 0},
                {0, -1, -US},
                {0, -1000000, -S},
                {0, -1000001, -S - US},
                {-1, 0, -S},
                {-1, 999999, -US},
                {-1, 1000000, 0},
                {-3, 1500000, -S - 500 * MS},
                {-1, -1500000, -2 * S - 500 * MS},
                {1, INT32_MAX, S + INT32_MAX * US},
                {-1, INT32_MIN, -S + INT32_MIN * US},
                {INT32_MAX, 999999, INT32_MAX * S + 999999 * US},
                {INT32_MIN, 0, INT32_MIN * S},
        };

        (void)state;
        for (size_t i = 0; i < COUNT_OF(rows); i++)
                assert_ns_equal(ns_from(rows[i].s, rows[i].us), rows[i].ns);
}

static void test_timevals_stop_at_the_ends(void **state)
{
        static const struct {
                int64_t s;
                long us;
                int64_t ns;
        } rows[] = {
                /* EVI_NS_MAX is 9223372036.854775807 s */
                {9223372036, 854775, INT64_MAX - 807},
                {9223372036, 854776, INT64_MAX},
                {9223372036, 999999, INT64_MAX},
                {9223372036, 1000000, INT64_MAX},
                {9223372037, 0, INT64_MAX},
                {9223372037, -145225, INT64_MAX - 807},
                {9223372037, -145224, INT64_MAX},
                {9223372038, -1145225, INT64_MAX - 807},
                {INT64_MAX, 0, INT64_MAX},
                {INT64_MAX, 999999, INT64_MAX},
                {INT64_MAX, INT32_MAX, INT64_MAX},
                {INT64_MAX, INT32_MIN, INT64_MAX},
                /* EVI_NS_MIN is -9223372036.854775808 s */
                {-9223372036, 0, -9223372036 * S},
                {-9223372036, -854775, INT64_MIN + 808},
                {-9223372036, -854776, INT64_MIN},
                {-9223372037, 0, INT64_MIN},
                {-9223372037, 145224, INT64_MIN},
                {-9223372037, 145225, INT64_MIN + 808},
                {-9223372037, 999999, -9223372036 * S - US},
                {-9223372037, 1000000, -9223372036 * S},
                {-9223372038, 1145225, INT64_MIN + 808},
                {-9223372038, 999999, INT64_MIN},
                {INT64_MIN, 0, INT64_MIN},
                {INT64_MIN, INT32_MIN, INT64_MIN},
                {INT64_MIN, INT32_MAX, INT64_MIN},
        };

        (void)state;
        if (has_narrow_time_t)
                skip(); /* no such seconds */
        for (size_t i = 0; i < COUNT_OF(rows); i++)
                assert_ns_equal(ns_from(rows[i].s, rows[i].us), rows[i].ns);
        /* So many microseconds make up for seconds that do not fit alone. */
        assert_ns_equal(ns_from(INT64_MAX, LONG_MIN), INT64_MAX);
        assert_ns_equal(ns_from(INT64_MIN, LONG_MAX), INT64_MIN);
        assert_ns_equal(ns_from(0, LONG_MAX), INT64_MAX);
        assert_ns_equal(ns_from(0, LONG_MIN), INT64_MIN);
        assert_ns_equal(ns_from(9223372036854, LONG_MIN), -775808 * US);
        assert_ns_equal(ns_from(-9223372036855, LONG_MAX), -S + 775807 * US);
}

static void assert_timeval(int64_t ns, int64_t s, long us)
{
        struct timeval t;

        evi_timeval_from_ns(ns, &t);
        assert_ns_equal(t.tv_sec, s);
        assert_int_equal(t.tv_usec, us);
}

static void test_nanoseconds_become_normal_timevals_rounded_down(void **state)
{
        (void)state;
        assert_timeval(0, 0, 0);
        assert_timeval(1, 0, 0);
        assert_timeval(999, 0, 0);
        assert_timeval(1000, 0, 1);
        assert_timeval(1999, 0, 1);
        assert_timeval(S - 1, 0, 999999);
        assert_timeval(S, 1, 0);
        assert_timeval(90 * S + 5 * US, 90, 5);
        assert_timeval(-1, -1, 999999);
        assert_timeval(-US, -1, 999999);
        assert_timeval(-US - 1, -1, 999998);
        assert_timeval(-S, -1, 0);
        assert_timeval(-S - 1, -2, 999999);
        assert_timeval(-S + 1, -1, 0);
}

static void test_timeval_of_the_ends(void **state)
{
        (void)state;
        if (has_narrow_time_t) {
                assert_timeval(INT64_MAX, INT32_MAX, 999999);
                assert_timeval(INT64_MIN, INT32_MIN, 0);
        } else {
                assert_timeval(INT64_MAX, 9223372036, 854775);
                assert_timeval(INT64_MIN, -9223372037, 145224);
        }
        /* Where a narrow time_t ends. */
        assert_timeval(INT32_MAX * S + S - 1, INT32_MAX, 999999);
        assert_timeval(INT32_MIN * S, INT32_MIN, 0);
        if (has_narrow_time_t) {
                assert_timeval(INT32_MAX * S + S, INT32_MAX, 999999);
                assert_timeval(INT32_MIN * S - 1, INT32_MIN, 0);
        } else {
                assert_timeval(INT32_MAX * S + S, INT64_C(2147483648), 0);
                assert_timeval(INT32_MIN * S - 1, INT64_C(-2147483649), 999999);
        }
}

static void assert_timespec(int64_t ns, int64_t s, long rest_ns)
{
        struct timespec t;

        evi_timespec_from_ns(ns, &t);
        assert_ns_equal(t.tv_sec, s);
        assert_int_equal(t.tv_nsec, rest_ns);
}

static void test_nanoseconds_become_timespecs(void **state)
{
        (void)state;
        assert_timespec(0, 0, 0);
        assert_timespec(1, 0, 1);
        assert_timespec(S - 1, 0, 999999999);
        assert_timespec(S, 1, 0);
        assert_timespec(7 * S + 123456789, 7, 123456789);
        assert_timespec(INT32_MAX * S + S - 1, INT32_MAX, 999999999);
        if (has_narrow_time_t) {
                assert_timespec(INT32_MAX * S + S, INT32_MAX, 999999999);
                assert_timespec(INT64_MAX, INT32_MAX, 999999999);
        } else {
                assert_timespec(INT32_MAX * S + S, INT64_C(2147483648), 0);
                assert_timespec(INT64_MAX, 9223372036, 854775807);
        }
}

/* A call that counts in milliseconds must not return before the deadline. */
static void test_waits_in_milliseconds_are_rounded_up(void **state)
{
        static const struct {
                int64_t ns;
                int ms;
        } rows[] = {
                {-1, -1}, /* for ever */
                {0, 0},
                {1, 1},
                {MS - 1, 1},
                {MS, 1},
                {MS + 1, 2},
                {1500 * US, 2},
                {S, 1000},
                {(INT_MAX - 1) * MS, INT_MAX - 1},
                {(INT_MAX - 1) * MS + 1, INT_MAX},
                {INT_MAX * MS, INT_MAX},
                {INT_MAX * MS + 1, INT_MAX},
                {INT_MAX * MS + MS, INT_MAX},
                {INT64_MAX - 1, INT_MAX},
                {INT64_MAX, INT_MAX},
        };

        (void)state;
        for (size_t i = 0; i < COUNT_OF(rows); i++)
                assert_int_equal(evi_ms_from_ns(rows[i].ns), rows[i].ms);
}

static void test_until_is_never_negative_and_never_stays_never(void **state)
{
        (void)state;
        assert_ns_equal(evi_ns_until(100, 30), 70);
        assert_ns_equal(evi_ns_until(30, 30), 0);
        assert_ns_equal(evi_ns_until(29, 30), 0);
        assert_ns_equal(evi_ns_until(31, 30), 1);
        assert_ns_equal(evi_ns_until(EVI_NS_MIN, 30), 0);
        assert_ns_equal(evi_ns_until(EVI_NS_MIN, EVI_NS_MAX), 0);
        assert_ns_equal(evi_ns_until(EVI_NS_MAX, 30), EVI_NS_MAX);
        assert_ns_equal(evi_ns_until(EVI_NS_MAX, EVI_NS_MAX), EVI_NS_MAX);
        assert_ns_equal(evi_ns_until(EVI_NS_MAX - 1, 30), EVI_NS_MAX - 31);
        assert_ns_equal(evi_ns_until(EVI_NS_MAX - 1, -30), EVI_NS_MAX);
        assert_ns_equal(evi_ns_until(0, EVI_NS_MIN), EVI_NS_MAX);
}

/* Numbers near everything that the code compares with or divides by. */
static const int64_t centres[] = {
        0, US, MS, S, 1000000, INT32_MAX, INT64_MAX / S, INT64_MAX / US, INT32_MAX *S, INT64_MAX,
};

enum { AROUND = 3, INTERESTING = (int)(2 * COUNT_OF(centres) * (2 * AROUND + 1)) };

/* The i-th of them, for 0 <= i < INTERESTING. */
static int64_t interesting(int i)
{
        const int64_t centre = centres[i / 2 % (int)COUNT_OF(centres)];
        const int64_t step = i / 2 / (int)COUNT_OF(centres) - AROUND;

        return evi_ns_add(i % 2 == 0 ? centre : -centre, step);
}

static void test_conversion_there_and_back_loses_less_than_a_microsecond(void **state)
{
        uint64_t seed = 4;

        (void)state;
        for (int i = 0; i < 100000; i++) {
                const int64_t ns =
                        i < INTERESTING ? interesting(i) : (int64_t)(random_next(&seed) >> i % 64);
                struct timeval t;
                evi_timeval_from_ns(ns, &t);
                assert_in_range(t.tv_usec, 0, 999999);
                const int64_t back = evi_ns_from_timeval(&t);
                const bool fits = ns / S < INT32_MAX && ns / S > INT32_MIN;
                if (has_narrow_time_t && !fits)
                        continue;
                /* The microsecond in which EVI_NS_MIN lies begins before it. */
                assert_true(back <= ns);
                assert_true(ns - back < US);
        }
}

#ifdef __SIZEOF_INT128__
__extension__ typedef __int128 wide;

static int64_t clamp(wide x)
{
        if (x > INT64_MAX)
                return INT64_MAX;
        return x < INT64_MIN ? INT64_MIN : (int64_t)x;
}

static void test_all_combinations_agree_with_wide_arithmetic(void **state)
{
        (void)state;
        for (int i = 0; i < INTERESTING; i++) {
                const int64_t a = interesting(i);
                for (int j = 0; j < INTERESTING; j++) {
                        const int64_t b = interesting(j);
                        assert_ns_equal(evi_ns_add(a, b), clamp((wide)a + b));
                        assert_ns_equal(evi_ns_sub(a, b), clamp((wide)a - b));
                        assert_ns_equal(ns_from(a, b), clamp((wide)a * S + (wide)b * US));
                }
        }
}
#else
static void test_all_combinations_agree_with_wide_arithmetic(void **state)
{
        (void)state;
        skip();
}
#endif

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_sums_stop_at_the_ends),
                cmocka_unit_test(test_timevals_are_taken_at_their_worth),
                cmocka_unit_test(test_timevals_stop_at_the_ends),
                cmocka_unit_test(test_nanoseconds_become_normal_timevals_rounded_down),
                cmocka_unit_test(test_timeval_of_the_ends),
                cmocka_unit_test(test_nanoseconds_become_timespecs),
                cmocka_unit_test(test_waits_in_milliseconds_are_rounded_up),
                cmocka_unit_test(test_until_is_never_negative_and_never_stays_never),
                cmocka_unit_test(test_conversion_there_and_back_loses_less_than_a_microsecond),
                cmocka_unit_test(test_all_combinations_agree_with_wide_arithmetic),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
