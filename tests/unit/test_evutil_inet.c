/* SPDX-License-Identifier: BSD-3-Clause */
/* Internet addresses from text and to text: the texts that libevent 2.1 takes and gives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <event2/util.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "shim.h"

/* The bytes of an address as hexadecimal digits; "-" if the text is none. */
static const char *read_as(int af, const char *text)
{
        static char digits[33];
        unsigned char bytes[16];

        memset(bytes, 0xee, sizeof bytes);
        const int result = evutil_inet_pton(af, text, bytes);
        if (result != 1) {
                assert_int_equal(result, 0);
                assert_int_equal(bytes[0], 0xee); /* nothing was written */
                return "-";
        }
        for (int i = 0; i < (af == AF_INET ? 4 : 16); i++)
                snprintf(digits + 2 * i, 3, "%02x", bytes[i]);
        return digits;
}

struct reading {
        const char *text;
        const char *bytes;
};

static void test_reading_ipv4(void **state)
{
        static const struct reading readings[] = {
                {"1.2.3.4", "01020304"},
                {"0.0.0.0", "00000000"},
                {"255.255.255.255", "ffffffff"},
                {"010.2.3.0004", "0a020304"}, /* decimal all the same */
                {" 1.+2.\t3.-0", "01020300"},
                {"", "-"},
                {"1.2.3", "-"},
                {"1.2.3.", "-"},
                {".1.2.3", "-"},
                {"1..3.4", "-"},
                {"1.2.3.4.5", "-"},
                {"1.2.3.256", "-"},
                {"1.2.3.-1", "-"},
                {"1.2.3.4 ", "-"},
                {"1 .2.3.4", "-"},
                {"1.2.3.4x", "-"},
                {"0x1.2.3.4", "-"},
                {"4294967297.2.3.4", "-"},
                {"99999999999999999999999.2.3.4", "-"},
                {"::1", "-"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof readings / sizeof readings[0]; i++)
                assert_string_equal(read_as(AF_INET, readings[i].text), readings[i].bytes);
}

static void test_reading_ipv6(void **state)
{
        static const struct reading readings[] = {
                {"::", "00000000000000000000000000000000"},
                {"::1", "00000000000000000000000000000001"},
                {"1::", "00010000000000000000000000000000"},
                {"1:2:3:4:5:6:7:8", "00010002000300040005000600070008"},
                {"1:2:3:4:5:6:7::", "00010002000300040005000600070000"},
                {"::2:3:4:5:6:7:8", "00000002000300040005000600070008"},
                {"FE80::aBcD", "fe80000000000000000000000000abcd"},
                {"1::0x2", "00010000000000000000000000000002"},
                {"1::2:", "00010000000000000000000000000002"},
                {"::ffff:1.2.3.4", "00000000000000000000ffff01020304"},
                {"::1.2.3.4", "00000000000000000000000001020304"},
                {"64:ff9b::1.2.3.4", "0064ff9b000000000000000001020304"},
                {"1:2:3:4:5:6:1.2.3.4", "00010002000300040005000601020304"},
                {"", "-"},
                {":", "-"},
                {":::", "-"},
                {"1:", "-"},
                {":1::2", "-"},
                {"1:::2", "-"},
                {"1::2::3", "-"},
                {"1:2:3:4:5:6:7", "-"},
                {"1:2:3:4:5:6:7:", "-"},
                {"1:2:3:4:5:6:7:8:9", "-"},
                {"1:2:3:4::5:6:7:8", "-"}, /* no room for even one zero */
                {"12345::", "-"},
                {"1::0x123", "-"}, /* five characters */
                {"g::", "-"},
                {" ::1", "-"},
                {"::1 ", "-"},
                {"1:2:3:4:5:1.2.3.4", "-"},
                {"1:2:3:4:5:6:7:1.2.3.4", "-"},
                {"::1.2.3", "-"},
                {"::ffff1.2.3.4", "-"},
                {"::1.2.3.400", "-"},
                {"::.1.2.3", "-"},
                {"1.2.3.4::", "-"},
                {"1.2.3.4", "-"},
                {"::1%1", "-"}, /* a scope: evutil_inet_pton_scope */
        };

        (void)state;
        for (size_t i = 0; i < sizeof readings / sizeof readings[0]; i++)
                assert_string_equal(read_as(AF_INET6, readings[i].text), readings[i].bytes);
}

static void test_families_that_are_not_known(void **state)
{
        char bytes[16];
        unsigned scope = 7;

        (void)state;
        assert_int_equal(evutil_inet_pton(99, "1.2.3.4", bytes), -1);
        assert_int_equal(evutil_inet_pton_scope(99, "1.2.3.4%1", bytes, &scope), -1);
        assert_int_equal(scope, 0);
        assert_null(evutil_inet_ntop(99, bytes, bytes, sizeof bytes));
}

/* The scope of fe80::1 with this text behind it; UINT_MAX - 1 if it is not taken. */
static unsigned scope_of(const char *behind)
{
        unsigned char bytes[16];
        unsigned scope = 7;
        char text[64];

        snprintf(text, sizeof text, "fe80::1%s", behind);
        const int result = evutil_inet_pton_scope(AF_INET6, text, bytes, &scope);
        if (result != 1) {
                assert_int_equal(result, 0);
                return UINT32_MAX - 1;
        }
        assert_int_equal(bytes[0], 0xfe);
        assert_int_equal(bytes[15], 1);
        return scope;
}

static void test_scopes(void **state)
{
        (void)state;
        assert_int_equal(scope_of(""), 0);
        assert_int_equal(scope_of("%"), 0);
        assert_int_equal(scope_of("%0"), 0);
        assert_int_equal(scope_of("%3"), 3);
        assert_int_equal(scope_of("% +010"), 10);
        assert_int_equal(scope_of("%4294967295"), UINT32_MAX);
        assert_int_equal(scope_of("%-1"), UINT32_MAX);
        assert_int_equal(scope_of("%no_such_if"), UINT32_MAX - 1);
        assert_int_equal(scope_of("%5x"), UINT32_MAX - 1);
        assert_int_equal(scope_of("%3%3"), UINT32_MAX - 1);
}

static void test_scope_by_the_name_of_an_interface(void **state)
{
        static struct shim s;
        struct if_nameindex *all = if_nameindex();
        char behind[IF_NAMESIZE + 1];

        (void)state;
        if (all == NULL || all[0].if_index == 0)
                skip();
        snprintf(behind, sizeof behind, "%%%s", all[0].if_name);
        assert_int_equal(scope_of(behind), all[0].if_index);

        shim_init(&s, os_real()); /* the world is asked */
        os_enter(&s.os);
        shim_fail(&s, SHIM_BIT(SHIM_IF_INDEX), 1, false);
        assert_int_equal(scope_of(behind), UINT32_MAX - 1);
        assert_int_equal(s.hits, 1);
        shim_clear(&s);
        if_freenameindex(all);
}

static void test_ipv4_has_no_scope(void **state)
{
        unsigned char bytes[4];
        unsigned scope = 7;

        (void)state;
        assert_int_equal(evutil_inet_pton_scope(AF_INET, "1.2.3.4", bytes, &scope), 1);
        assert_int_equal(scope, 0);
        assert_int_equal(evutil_inet_pton_scope(AF_INET, "1.2.3.4%1", bytes, &scope), 0);
}

/* What is written for an address that is read from this text. */
static const char *written(int af, const char *text)
{
        static char out[64];
        unsigned char bytes[16];

        assert_int_equal(evutil_inet_pton(af, text, bytes), 1);
        assert_ptr_equal(evutil_inet_ntop(af, bytes, out, sizeof out), out);
        return out;
}

static void test_writing(void **state)
{
        static const char *const same[] = {
                "::",
                "::1",
                "1::",
                "fe80::9",
                "abcd:ef00::aa",
                "1:2:3:4:5:6:7:8",
                "1:2:3:4:5:6::",
                "1:0:3:4:5:6:7:8", /* one zero is not left out */
                "0:2:3:4:5:6:7:0",
                "1::4:0:0:7:8", /* the first of two runs */
                "1:0:0:4::8",   /* the longer one */
                "0:0:ff00::102:304",
                "::ffff:1.2.3.4",
                "::ffff:0.0.0.0",
                "::1.2.3.4",
                "::0.1.0.2",
                "::102",
                "::102:0",
                "::ffff:0:102:304",
                "64:ff9b::102:304",
        };

        (void)state;
        for (size_t i = 0; i < sizeof same / sizeof same[0]; i++)
                assert_string_equal(written(AF_INET6, same[i]), same[i]);
        assert_string_equal(written(AF_INET6, "64:FF9B::1.2.3.4"), "64:ff9b::102:304");
        assert_string_equal(written(AF_INET, "255.0.10.1"), "255.0.10.1");
}

/* All of it and its NUL, or nothing. libevent gives "::" for ::1 where there is room for three. */
static void test_writing_into_little_room(void **state)
{
        static const unsigned char loopback[16] = {[15] = 1};
        char out[64] = "#";

        (void)state;
        assert_null(evutil_inet_ntop(AF_INET6, loopback, out, 0));
        assert_null(evutil_inet_ntop(AF_INET6, loopback, out, 3));
        assert_string_equal(out, "#");
        assert_non_null(evutil_inet_ntop(AF_INET6, loopback, out, 4));
        assert_string_equal(out, "::1");
        assert_null(evutil_inet_ntop(AF_INET, loopback, out, 7));
        assert_non_null(evutil_inet_ntop(AF_INET, loopback, out, 8));
        assert_string_equal(out, "0.0.0.0");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_reading_ipv4),
                cmocka_unit_test(test_reading_ipv6),
                cmocka_unit_test(test_families_that_are_not_known),
                cmocka_unit_test(test_scopes),
                cmocka_unit_test(test_scope_by_the_name_of_an_interface),
                cmocka_unit_test(test_ipv4_has_no_scope),
                cmocka_unit_test(test_writing),
                cmocka_unit_test(test_writing_into_little_room),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
