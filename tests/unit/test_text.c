/* SPDX-License-Identifier: BSD-3-Clause */
/* Text: ASCII case, and building lines in fixed room. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <limits.h>
#include <string.h>

#include "util/text.h"

static void test_only_ascii_letters_have_case(void **state)
{
        static const char lower[] = "abcdefghijklmnopqrstuvwxyz";
        static const char upper[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

        (void)state;
        for (int i = CHAR_MIN; i <= CHAR_MAX; i++) {
                const char c = (char)i;
                const char *l = c == '\0' ? NULL : strchr(lower, c);
                const char *u = c == '\0' ? NULL : strchr(upper, c);
                assert_int_equal(evi_ascii_lower(c), u != NULL ? lower[u - upper] : c);
                assert_int_equal(evi_ascii_upper(c), l != NULL ? upper[l - lower] : c);
        }
}

static void test_comparison_knows_no_case(void **state)
{
        static const struct {
                const char *a, *b;
                int result;
        } rows[] = {
                {"", "", 0},        {"content-length", "Content-Length", 0},
                {"abc", "ABD", -1}, {"ABD", "abc", 1},
                {"abc", "ab", 1},   {"AB", "abc", -1},
                {"", "a", -1},      {"a_", "aZ", -1}, /* as lower case: '_' is before 'z' */
                {"@", "`", -1},     {"[", "{", -1},   /* next to the letters, and no pairs */
                {"I", "i", 0},      {"e\xcc\x81", "E\xcc\x81", 0},
        };

        (void)state;
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
                assert_int_equal(evi_ascii_casecmp(rows[i].a, rows[i].b), rows[i].result);
                assert_int_equal(evi_ascii_casecmp(rows[i].b, rows[i].a), -rows[i].result);
                assert_int_equal(evi_ascii_ncasecmp(rows[i].a, rows[i].b, 100), rows[i].result);
        }
        /* Beyond ASCII the order is that of char, whatever its sign here. */
        assert_int_equal(evi_ascii_casecmp("\xff", "a"), (char)0xff < 'a' ? -1 : 1);
}

static void test_comparison_of_beginnings_ends_there(void **state)
{
        static const char unterminated[] = {'G', 'E', 'T'};

        (void)state;
        assert_int_equal(evi_ascii_ncasecmp("get /", "GET\t", 3), 0);
        assert_int_equal(evi_ascii_ncasecmp("get /", "GET\t", 4), 1);
        assert_int_equal(evi_ascii_ncasecmp("a", "b", 0), 0);
        assert_int_equal(evi_ascii_ncasecmp("ab", "abz", 5), -1);
        assert_int_equal(evi_ascii_ncasecmp("ab\0x", "ab\0y", 4), 0);
        assert_int_equal(evi_ascii_ncasecmp(unterminated, "get", 3), 0);
}

/* Room with a guard behind it. */

enum { ROOM = 8 };

static struct {
        char buf[ROOM];
        char guard;
} room;

static void assert_text(const struct evi_text *t, const char *expected, bool is_cut)
{
        assert_string_equal(t->buf, expected);
        assert_int_equal(t->len, strlen(expected));
        assert_int_equal(t->is_cut, is_cut);
        assert_int_equal(room.guard, '#');
}

static struct evi_text new_text(void)
{
        struct evi_text t;

        memset(&room, '#', sizeof room);
        evi_text_init(&t, room.buf, sizeof room.buf);
        assert_text(&t, "", false);
        return t;
}

static void test_text_grows_until_the_room_is_full(void **state)
{
        struct evi_text t = new_text();

        (void)state;
        evi_text_append(&t, "");
        assert_text(&t, "", false);
        evi_text_append(&t, "abc");
        assert_text(&t, "abc", false);
        evi_text_printf(&t, "%d:%c", 12, 'x');
        assert_text(&t, "abc12:x", false); /* just full: nothing was left out yet */
        evi_text_append(&t, "");
        evi_text_printf(&t, "%s", "");
        assert_text(&t, "abc12:x", false);
        evi_text_append(&t, "y");
        assert_text(&t, "abc12:x", true);
}

static void test_what_does_not_fit_is_left_out_and_remembered(void **state)
{
        struct evi_text t = new_text();

        (void)state;
        evi_text_append(&t, "123456789");
        assert_text(&t, "1234567", true);

        t = new_text();
        evi_text_printf(&t, "%s", "12345678");
        assert_text(&t, "1234567", true);
        evi_text_printf(&t, "%d", 9);
        assert_text(&t, "1234567", true);

        t = new_text();
        evi_text_append(&t, "12345678");
        t.len = 3; /* even when the user takes something back */
        t.buf[3] = '\0';
        evi_text_append(&t, "ab");
        assert_text(&t, "123ab", true);
}

static void test_line_that_cannot_be_made_leaves_the_text(void **state)
{
        struct evi_text t = new_text();
        static const wchar_t impossible[] = {L'a', 0x20ac, 0}; /* not in the C locale */

        (void)state;
        evi_text_append(&t, "ab");
        evi_text_printf(&t, "x%ls", impossible);
        assert_text(&t, "ab", true);
        evi_text_append(&t, "cd");
        assert_text(&t, "abcd", true);
}

static void test_room_for_the_terminator_alone(void **state)
{
        struct evi_text t;

        (void)state;
        memset(&room, '#', sizeof room);
        evi_text_init(&t, room.buf, 1);
        evi_text_append(&t, "a");
        evi_text_printf(&t, "%d", 1);
        assert_text(&t, "", true);
        assert_int_equal(room.buf[1], '#');
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_only_ascii_letters_have_case),
                cmocka_unit_test(test_comparison_knows_no_case),
                cmocka_unit_test(test_comparison_of_beginnings_ends_there),
                cmocka_unit_test(test_text_grows_until_the_room_is_full),
                cmocka_unit_test(test_what_does_not_fit_is_left_out_and_remembered),
                cmocka_unit_test(test_line_that_cannot_be_made_leaves_the_text),
                cmocka_unit_test(test_room_for_the_terminator_alone),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
