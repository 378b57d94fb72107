/* SPDX-License-Identifier: BSD-3-Clause */
/* The evutil functions on addresses: text to bytes and back, and scopes. */
#include "api.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <sys/socket.h>

static void dotted_quads(void **state)
{
        static const char *const good[][2] = {
                {"1.2.3.4", "1.2.3.4"},
                {"0.0.0.0", "0.0.0.0"},
                {"255.255.255.255", "255.255.255.255"},
                {"01.2.3.4", "1.2.3.4"},
                {"001.2.3.004", "1.2.3.4"}, /* decimal */
        };
        static const char *const bad[] = {"",         "1.2.3",    "256.1.1.1",
                                          "1.2.3.4 ", "1.2.3.4x", "0x1.2.3.4",
                                          "-1.2.3.4", "1..2.3",   "1.2.3.4.5"};
        char text[32];

        (void)state;
        for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
                struct in_addr address;

                EQ(evutil_inet_pton(AF_INET, good[i][0], &address), 1);
                STREQ(evutil_inet_ntop(AF_INET, &address, text, sizeof text), good[i][1]);
                EQ(ntohl(address.s_addr) & 0xff, i == 1 ? 0 : i == 2 ? 255 : 4);
        }
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
                struct in_addr address = {0x5a5a5a5a};

                EQ(evutil_inet_pton(AF_INET, bad[i], &address), 0);
                EQ(address.s_addr, 0x5a5a5a5a);
        }
}

/* A blank or a sign before a number is accepted, and a number too large for 32 bits wraps. */
static void dotted_quads_that_sscanf_likes(void **state)
{
        static const char *const text[] = {" 1.2.3.4", "1.2.3.+4", "1. 2.3.4"};
        struct in_addr address;

        (void)state;
        for (size_t i = 0; i < sizeof text / sizeof *text; i++) {
                EQ(evutil_inet_pton(AF_INET, text[i], &address), 1);
                EQ(ntohl(address.s_addr), 0x01020304);
        }
        EQ(evutil_inet_pton(AF_INET, "4294967297.1.1.1", &address),
           differs("inet-pton-wraps", 1, 0));
}

static void addresses_of_ipv6(void **state)
{
        static const char *const good[][2] = {
                {"::", "::"},
                {"::1", "::1"},
                {"1::", "1::"},
                {"1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"},
                {"::ffff:1.2.3.4", "::ffff:1.2.3.4"},
                {"::1.2.3.4", "::1.2.3.4"},
                {"1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"},
                {"FE80::A", "fe80::a"},
                {"1::2:3:4:5:6:7", "1:0:2:3:4:5:6:7"}, /* one zero is not shortened */
                {"1:0:0:2:0:0:0:3", "1:0:0:2::3"},     /* the longest run is */
                {"0:0:1:0:0:1:0:0", "::1:0:0:1:0:0"},  /* the first of equals */
                {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
                {"0001::", "1::"},
                {"1:0:0:0:0:0:0:1", "1::1"},
                {"0:0:0:0:0:1:2:3", "::1:2:3"},
                {"0:0:0:0:0:0:1:2", "::0.1.0.2"},
                {"::ffff:0:0", "::ffff:0.0.0.0"},
                {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
                {"::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"},
                {"::1:", "::1"}, /* a colon at the end of what has "::" */
                {"0xa::0X1", "a::1"},
        };
        static const char *const bad[] = {"",
                                          ":",
                                          ":::",
                                          "1:",
                                          ":1::",
                                          "g::",
                                          "12345::",
                                          "00001::",
                                          "1::2::3",
                                          "1:2:3:4:5:6:7",
                                          "1:2:3:4:5:6:7:8:9",
                                          "1:2:3:4:5:6:7:1.2.3.4",
                                          "1::2:3:4:5:6:7:8",
                                          "1:2:3:4::5:6:7:8",
                                          "::1.2.3",
                                          "::1.2.3.256",
                                          "1.2.3.4::",
                                          "::1.2.3.4:5",
                                          "::1 ",
                                          "fe80::1%lo"};
        char text[64];

        (void)state;
        for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
                struct in6_addr address, same;

                EQ(evutil_inet_pton(AF_INET6, good[i][0], &address), 1);
                EQ(inet_pton(AF_INET6, good[i][1], &same), 1);
                EQ(memcmp(&address, &same, sizeof same), 0);
                STREQ(evutil_inet_ntop(AF_INET6, &address, text, sizeof text), good[i][1]);
        }
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
                struct in6_addr address;

                EQ(evutil_inet_pton(AF_INET6, bad[i], &address), 0);
        }
}

static void families_that_have_no_text(void **state)
{
        char bytes[16] = {0}, text[64];

        (void)state;
        EQ(evutil_inet_pton(AF_UNIX, "x", bytes), -1);
        EQ(evutil_inet_pton(99, "1.2.3.4", bytes), -1);
        OK(evutil_inet_ntop(AF_UNIX, bytes, text, sizeof text) == NULL);
}

static void too_little_room_for_the_text(void **state)
{
        struct in_addr four;
        struct in6_addr six;
        char text[64];

        (void)state;
        EQ(inet_pton(AF_INET, "12.34.56.78", &four), 1);
        OK(evutil_inet_ntop(AF_INET, &four, text, 12) == text);
        OK(evutil_inet_ntop(AF_INET, &four, text, 11) == NULL);
        OK(evutil_inet_ntop(AF_INET, &four, text, 1) == NULL);
        EQ(inet_pton(AF_INET6, "1:2:3:4:5:6:7:8", &six), 1);
        OK(evutil_inet_ntop(AF_INET6, &six, text, 16) == text);
        OK((evutil_inet_ntop(AF_INET6, &six, text, 15) != NULL) == differs("inet-ntop-cut", 1, 0));
        OK(evutil_inet_ntop(AF_INET6, &six, text, 8) == NULL);
}

static void addresses_with_a_scope(void **state)
{
        unsigned lo = if_nametoindex("lo");
        static const struct {
                const char *text;
                int returned;
                unsigned scope;
        } table[] = {
                {"fe80::1", 1, 0},    {"fe80::1%1", 1, 1}, {"fe80::1%42", 1, 42},
                {"fe80::1%0", 1, 0},  {"fe80::1%", 1, 0},  {"fe80::1%nosuchinterface", 0, 0},
                {"fe80::1%1x", 0, 0},
        };
        unsigned char bytes[16];
        unsigned scope;

        (void)state;
        for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
                scope = 77;
                EQ(evutil_inet_pton_scope(AF_INET6, table[i].text, bytes, &scope),
                   table[i].returned);
                EQ(scope, table[i].scope);
        }
        if (lo) {
                EQ(evutil_inet_pton_scope(AF_INET6, "fe80::1%lo", bytes, &scope), 1);
                EQ(scope, lo);
        }
        EQ(evutil_inet_pton_scope(AF_INET, "1.2.3.4", bytes, &scope), 1);
        EQ(evutil_inet_pton_scope(AF_INET, "1.2.3.4%1", bytes, &scope), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                ON_ANY(dotted_quads),
                ON_ANY(dotted_quads_that_sscanf_likes),
                ON_ANY(addresses_of_ipv6),
                ON_ANY(families_that_have_no_text),
                ON_ANY(too_little_room_for_the_text),
                ON_ANY(addresses_with_a_scope),
        };

        return RUN(tests);
}
