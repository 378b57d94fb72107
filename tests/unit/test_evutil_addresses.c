/* SPDX-License-Identifier: BSD-3-Clause */
/* Socket addresses from text, and their order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <event2/util.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>

/* What a text means, written out: "v4 address port" or "v6 address port scope"; "-" for no address.
 */
static const char *parsed(const char *text)
{
        static char out[128];
        struct sockaddr_storage room;
        const struct sockaddr_in *sin = (const void *)&room;
        const struct sockaddr_in6 *sin6 = (const void *)&room;
        int len = sizeof room;
        char address[64];

        memset(&room, 0xee, sizeof room);
        if (evutil_parse_sockaddr_port(text, (void *)&room, &len) != 0) {
                assert_int_equal(len, sizeof room); /* unchanged */
                return "-";
        }
        if (room.ss_family == AF_INET) {
                assert_int_equal(len, sizeof *sin);
                evutil_inet_ntop(AF_INET, &sin->sin_addr, address, sizeof address);
                evutil_snprintf(out, sizeof out, "v4 %s %d", address, ntohs(sin->sin_port));
        } else {
                assert_int_equal(len, sizeof *sin6);
                evutil_inet_ntop(AF_INET6, &sin6->sin6_addr, address, sizeof address);
                evutil_snprintf(out, sizeof out, "v6 %s %d %u", address, ntohs(sin6->sin6_port),
                                sin6->sin6_scope_id);
        }
        return out;
}

static void test_forms(void **state)
{
        static const struct {
                const char *text;
                const char *meaning;
        } forms[] = {
                {"1.2.3.4", "v4 1.2.3.4 0"},
                {"1.2.3.4:80", "v4 1.2.3.4 80"},
                {"1.2.3.4:65535", "v4 1.2.3.4 65535"},
                {"::1", "v6 ::1 0 0"},
                {"fe80::1:80", "v6 fe80::1:80 0 0"}, /* no port: it is an address */
                {"[::1]", "v6 ::1 0 0"},
                {"[::1]:80", "v6 ::1 80 0"},
                {"[fe80::1%3]:80", "v6 fe80::1 80 3"},
                {"fe80::1%3", "v6 fe80::1 0 3"},
                {"[::ffff:1.2.3.4]:9", "v6 ::ffff:1.2.3.4 9 0"},
                /* What libevent lets pass. */
                {"1.2.3.4:80x", "v4 1.2.3.4 80"},
                {"1.2.3.4: +080", "v4 1.2.3.4 80"},
                {"[::1]x", "v6 ::1 0 0"},
                {"[::1]80", "v6 ::1 0 0"},
                /* No addresses. */
                {"", "-"},
                {"localhost", "-"},
                {"localhost:80", "-"},
                {":80", "-"},
                {"1.2.3.4:", "-"},
                {"1.2.3.4:0", "-"},
                {"1.2.3.4:-1", "-"},
                {"1.2.3.4:x", "-"},
                {"1.2.3.4:65536", "-"},
                {"1.2.3.4:4294967376", "-"},
                {"1.2.3.4:99999999999999999999", "-"},
                {"1.2.3.4:80:90", "-"},
                {"1.2.3:80", "-"},
                {"[1.2.3.4]:80", "-"},
                {"[::1", "-"},
                {"::1]", "-"},
                {"[]:80", "-"},
                {"[::1]:", "-"},
                {"[::1]:0", "-"},
                {"[::1]:65536", "-"},
                {"[[::1]]:80", "-"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
                assert_string_equal(parsed(forms[i].text), forms[i].meaning);
}

/* Longer than the room that the parser has for a part of it. */
static void test_long_text(void **state)
{
        char text[300];

        (void)state;
        memset(text, '0', sizeof text);
        memcpy(text + 120, "1.2.3.4:5", sizeof "1.2.3.4:5");
        assert_string_equal(parsed(text), "v4 1.2.3.4 5");
        memcpy(text + 121, "1.2.3.4:5", sizeof "1.2.3.4:5");
        assert_string_equal(parsed(text), "-");
        memset(text, '[', 200);
        text[200] = '\0';
        assert_string_equal(parsed(text), "-");
        memset(text, '1', 200);
        text[0] = '[';
        memcpy(text + 200, "]:5", 4);
        assert_string_equal(parsed(text), "-");
}

static void test_room(void **state)
{
        unsigned char room[64];
        int len = sizeof(struct sockaddr_in);

        (void)state;
        memset(room, 0xee, sizeof room);
        assert_int_equal(evutil_parse_sockaddr_port("1.2.3.4", (void *)room, &len), 0);
        assert_int_equal(len, sizeof(struct sockaddr_in));
        assert_int_equal(room[sizeof(struct sockaddr_in)], 0xee);

        len = sizeof(struct sockaddr_in) - 1;
        assert_int_equal(evutil_parse_sockaddr_port("1.2.3.4", (void *)room, &len), -1);
        assert_int_equal(len, sizeof(struct sockaddr_in) - 1);
        len = sizeof(struct sockaddr_in6) - 1;
        assert_int_equal(evutil_parse_sockaddr_port("::1", (void *)room, &len), -1);
        len = -1;
        assert_int_equal(evutil_parse_sockaddr_port("::1", (void *)room, &len), -1);

        len = 40; /* all of the room that was offered is cleared */
        assert_int_equal(evutil_parse_sockaddr_port("1.2.3.4", (void *)room, &len), 0);
        assert_int_equal(room[39], 0);
        assert_int_equal(room[40], 0xee);
}

static struct sockaddr_storage address_of(const char *text)
{
        struct sockaddr_storage room;
        int len = sizeof room;

        memset(&room, 0, sizeof room);
        assert_int_equal(evutil_parse_sockaddr_port(text, (void *)&room, &len), 0);
        return room;
}

/* The order of two texts' addresses: -1, 0, 1. */
static int order(const char *a, const char *b, int include_port)
{
        const struct sockaddr_storage x = address_of(a);
        const struct sockaddr_storage y = address_of(b);
        const int forth = evutil_sockaddr_cmp((const void *)&x, (const void *)&y, include_port);
        const int back = evutil_sockaddr_cmp((const void *)&y, (const void *)&x, include_port);

        assert_true((forth > 0) == (back < 0));
        assert_true((forth == 0) == (back == 0));
        return (forth > 0) - (forth < 0);
}

static void test_order(void **state)
{
        (void)state;
        assert_int_equal(order("1.2.3.4:80", "1.2.3.4:80", 1), 0);
        assert_int_equal(order("1.2.3.4:80", "1.2.3.4:81", 0), 0);
        assert_int_not_equal(order("1.2.3.4:80", "1.2.3.4:81", 1), 0);
        assert_int_not_equal(order("1.2.3.4:80", "1.2.3.5:80", 0), 0);
        assert_int_equal(order("[::1]:80", "[::1]:80", 1), 0);
        assert_int_equal(order("[::1]:80", "[::1]:81", 0), 0);
        assert_int_not_equal(order("[::1]:80", "[::1]:81", 1), 0);
        assert_int_equal(order("[::1]:80", "[::2]:79", 1), -1);
        assert_int_equal(order("ff00::", "7f00::", 0), 1);
        assert_int_equal(order("fe80::1%1", "fe80::1%2", 1), 0); /* scopes do not count */
        assert_int_equal(order("9.9.9.9", "::1", 0), AF_INET < AF_INET6 ? -1 : 1);
}

/* The numbers that the bytes are in memory are compared, as libevent does. */
static void test_order_is_that_of_the_machine(void **state)
{
        const uint16_t one = 1;
        const int is_little = *(const unsigned char *)&one;

        (void)state;
        assert_int_equal(order("1.0.0.2", "2.0.0.1", 0), is_little ? 1 : -1);
        assert_int_equal(order("1.2.3.4:1", "1.2.3.4:256", 1), is_little ? 1 : -1);
        assert_int_equal(order("[::1]:1", "[::1]:256", 1), is_little ? 1 : -1);
}

static void test_addresses_of_other_families_differ(void **state)
{
        const struct sockaddr_un here = {.sun_family = AF_UNIX, .sun_path = "/here"};

        (void)state;
        assert_int_equal(evutil_sockaddr_cmp((const void *)&here, (const void *)&here, 1), 1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_forms),
                cmocka_unit_test(test_long_text),
                cmocka_unit_test(test_room),
                cmocka_unit_test(test_order),
                cmocka_unit_test(test_order_is_that_of_the_machine),
                cmocka_unit_test(test_addresses_of_other_families_differ),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
