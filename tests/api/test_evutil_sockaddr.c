/* SPDX-License-Identifier: BSD-3-Clause */
/* The evutil functions on struct sockaddr: from text with a port, and comparing. */
#include "api.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>

/* "address port scope length", or "-1". */
static const char *parsed(const char *text, int room)
{
        static char told[128];
        struct sockaddr_storage storage;
        struct sockaddr_in *four = (struct sockaddr_in *)&storage;
        struct sockaddr_in6 *six = (struct sockaddr_in6 *)&storage;
        char address[64];
        int length = room;

        memset(&storage, 0, sizeof storage);
        if (evutil_parse_sockaddr_port(text, (struct sockaddr *)&storage, &length) != 0) {
                EQ(length, room);
                return "-1";
        }
        if (storage.ss_family == AF_INET)
                snprintf(told, sizeof told, "%s %d %d",
                         inet_ntop(AF_INET, &four->sin_addr, address, sizeof address),
                         ntohs(four->sin_port), length);
        else
                snprintf(told, sizeof told, "%s %d %%%u %d",
                         inet_ntop(AF_INET6, &six->sin6_addr, address, sizeof address),
                         ntohs(six->sin6_port), six->sin6_scope_id, length);
        return told;
}

static void addresses_with_a_port(void **state)
{
        static const char *const table[][2] = {
                {"1.2.3.4", "1.2.3.4 0 16"},
                {"1.2.3.4:80", "1.2.3.4 80 16"},
                {"1.2.3.4:080", "1.2.3.4 80 16"},
                {"1.2.3.4:65535", "1.2.3.4 65535 16"},
                {"1.2.3.4:65536", "-1"},
                {"1.2.3.4:0", "-1"},
                {"1.2.3.4:-1", "-1"},
                {"1.2.3.4:", "-1"},
                {"1.2.3.4:abc", "-1"},
                {"1.2.3.4:80x", "1.2.3.4 80 16"}, /* read as atoi() reads */
                {"1.2.3.4: 80", "1.2.3.4 80 16"},
                {"1.2.3.4:+80", "1.2.3.4 80 16"},
                {"[::1]:80", "::1 80 %0 28"},
                {"[::1]", "::1 0 %0 28"},
                {"::1", "::1 0 %0 28"},
                {"::1:80", "::0.1.0.128 0 %0 28"}, /* all of it is the address */
                {"[::1]80", "::1 0 %0 28"},
                {"[::1]:80]", "::1 80 %0 28"},
                {"[::ffff:1.2.3.4]:5", "::ffff:1.2.3.4 5 %0 28"},
                {"fe80::1%1", "fe80::1 0 %1 28"},
                {"[fe80::1%99]:1", "fe80::1 1 %99 28"},
                {"[::1", "-1"},
                {"[::1]:", "-1"},
                {"[]:80", "-1"},
                {"[1.2.3.4]:80", "-1"},
                {":80", "-1"},
                {"", "-1"},
                {"host:80", "-1"},
                {"1.2.3", "-1"},
        };
        char longer[512];

        (void)state;
        for (size_t i = 0; i < sizeof table / sizeof *table; i++)
                STREQ(parsed(table[i][0], sizeof(struct sockaddr_storage)), table[i][1]);
        STREQ(parsed("1.2.3.4:80", 15), "-1"); /* no room for the result */
        STREQ(parsed("1.2.3.4:80", 16), "1.2.3.4 80 16");
        STREQ(parsed("[::1]:80", 27), "-1");
        STREQ(parsed("[::1]:80", 28), "::1 80 %0 28");
        memset(longer, '1', sizeof longer - 1);
        longer[sizeof longer - 1] = '\0';
        STREQ(parsed(longer, 128), "-1");
        longer[0] = '[';
        longer[500] = ']';
        STREQ(parsed(longer, 128), "-1");
}

/* --- comparing ------------------------------------------------------------------------------- */

static int compare(const char *a, const char *b, int with_port)
{
        struct sockaddr_storage x, y;
        int length = sizeof x;

        EQ(evutil_parse_sockaddr_port(a, (struct sockaddr *)&x, &length), 0);
        length = sizeof y;
        EQ(evutil_parse_sockaddr_port(b, (struct sockaddr *)&y, &length), 0);
        return evutil_sockaddr_cmp((struct sockaddr *)&x, (struct sockaddr *)&y, with_port);
}

static void addresses_compared(void **state)
{
        static const char *const some[] = {"1.2.3.4", "1.2.3.5", "4.3.2.1", "127.0.0.1"};
        struct sockaddr_un a = {.sun_family = AF_UNIX}, b = {.sun_family = AF_UNIX};

        (void)state;
        for (int i = 0; i < 4; i++) {
                for (int j = 0; j < 4; j++) {
                        int c = compare(some[i], some[j], 0);

                        EQ(c == 0, i == j); /* some order; which one is free */
                        EQ(c > 0, compare(some[j], some[i], 0) < 0);
                }
        }
        EQ(compare("1.2.3.4:80", "1.2.3.4:80", 1), 0);
        EQ(compare("1.2.3.4:80", "1.2.3.4:81", 0), 0);
        OK(compare("1.2.3.4:80", "1.2.3.4:81", 1) != 0); /* which is first is free */
        EQ(compare("1.2.3.4:80", "1.2.3.4:81", 1), -compare("1.2.3.4:81", "1.2.3.4:80", 1));
        OK(compare("::1", "::2", 0) < 0);
        OK(compare("::2", "::1", 0) > 0);
        EQ(compare("[::1]:80", "[::1]:80", 1), 0);
        EQ(compare("[::1]:80", "[::1]:81", 0), 0);
        OK(compare("[::1]:80", "[::1]:81", 1) != 0);
        EQ(compare("fe80::1%1", "fe80::1%2", 1), 0); /* the scope does not count */
        OK(compare("1.2.3.4", "::1", 0) < 0);
        OK(compare("::1", "1.2.3.4", 0) > 0);
        strcpy(a.sun_path, "a");
        strcpy(b.sun_path, "b");
        EQ(evutil_sockaddr_cmp((struct sockaddr *)&a, (struct sockaddr *)&b, 0), 1);
        EQ(evutil_sockaddr_cmp((struct sockaddr *)&a, (struct sockaddr *)&a, 0), 1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                ON_ANY(addresses_with_a_port),
                ON_ANY(addresses_compared),
        };

        return RUN(tests);
}
