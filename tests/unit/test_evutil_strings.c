/* SPDX-License-Identifier: BSD-3-Clause */
/* evutil's functions about text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <event2/util.h>
#include <string.h>

static void test_snprintf_tells_the_length_that_it_would_have(void **state)
{
        char buf[8];

        (void)state;
        assert_int_equal(evutil_snprintf(buf, sizeof buf, "%s%d", "abc", 5), 4);
        assert_string_equal(buf, "abc5");
        assert_int_equal(evutil_snprintf(buf, 3, "%s%d", "abc", 5), 4);
        assert_string_equal(buf, "ab");
        assert_int_equal(evutil_snprintf(buf, 1, "abc"), 3);
        assert_string_equal(buf, "");
}

/* Not the length, as snprintf(3) does. */
static void test_snprintf_without_room_tells_nothing(void **state)
{
        char buf[2] = "#";

        (void)state;
        assert_int_equal(evutil_snprintf(buf, 0, "abc"), 0);
        assert_string_equal(buf, "#");
}

static void test_strtoll(void **state)
{
        const char *text = "  -12x";
        char *end;

        (void)state;
        assert_int_equal(evutil_strtoll(text, &end, 10), -12);
        assert_ptr_equal(end, text + 5);
        assert_int_equal(evutil_strtoll("0x1f", NULL, 0), 31);
        assert_int_equal(evutil_strtoll("077", NULL, 0), 63);
        assert_int_equal(evutil_strtoll("zz", NULL, 36), 35 * 36 + 35);
        errno = 0;
        assert_true(evutil_strtoll("9223372036854775807", NULL, 10) == INT64_MAX);
        assert_int_equal(errno, 0);
        assert_true(evutil_strtoll("9223372036854775808", NULL, 10) == INT64_MAX);
        assert_int_equal(errno, ERANGE);
        assert_true(evutil_strtoll("-9223372036854775809", NULL, 10) == INT64_MIN);
}

static void test_case_does_not_count(void **state)
{
        (void)state;
        assert_int_equal(evutil_ascii_strcasecmp("Connection", "cONNECTION"), 0);
        assert_true(evutil_ascii_strcasecmp("Content", "Connection") > 0);
        assert_true(evutil_ascii_strcasecmp("Con", "connection") < 0);
        assert_true(evutil_ascii_strcasecmp("_", "A") < 0);               /* compared as 'a' */
        assert_int_not_equal(evutil_ascii_strcasecmp("\xc4", "\xe4"), 0); /* ASCII alone */
        assert_int_equal(evutil_ascii_strncasecmp("Content", "CONNECTION", 3), 0);
        assert_true(evutil_ascii_strncasecmp("Content", "CONNECTION", 4) > 0);
        assert_int_equal(evutil_ascii_strncasecmp("a", "b", 0), 0);
        assert_int_equal(evutil_ascii_strncasecmp("a", "A", 100), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_snprintf_tells_the_length_that_it_would_have),
                cmocka_unit_test(test_snprintf_without_room_tells_nothing),
                cmocka_unit_test(test_strtoll),
                cmocka_unit_test(test_case_does_not_count),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
