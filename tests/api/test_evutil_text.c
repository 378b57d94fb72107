/* SPDX-License-Identifier: BSD-3-Clause */
/* The evutil functions on text: comparing, numbers, formatting, dates. */
#include "api.h"

#include <stdio.h>
#include <time.h>

static int sign(long long n)
{
        return (n > 0) - (n < 0);
}

static void comparing_without_case(void **state)
{
        static const struct {
                const char *a, *b;
                int expected;
        } table[] = {
                {"abc", "ABC", 0}, {"aBc", "AbC", 0}, {"", "", 0},      {"abc", "abd", -1},
                {"abd", "abc", 1}, {"ab", "abc", -1}, {"abc", "ab", 1}, {"a[", "A{", -1},
                {"Z", "a", 1},     {"0", "A", -1},    {"@", "`", -1},
        };

        (void)state;
        for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
                EQ(sign(evutil_ascii_strcasecmp(table[i].a, table[i].b)), table[i].expected);
                EQ(sign(evutil_ascii_strncasecmp(table[i].a, table[i].b, 99)), table[i].expected);
        }
        /* letters beyond ASCII are not letters */
        OK(evutil_ascii_strcasecmp("\xe4", "\xc4") != 0);
        EQ(evutil_ascii_strncasecmp("abcX", "ABCy", 3), 0);
        EQ(evutil_ascii_strncasecmp("abc", "xyz", 0), 0);
        EQ(evutil_ascii_strncasecmp("abd", "abc", 3), 1);
        EQ(evutil_ascii_strncasecmp("ab", "abc", 3), -1);
        EQ(evutil_ascii_strncasecmp("ab", "abc", 2), 0);
}

static void reading_numbers(void **state)
{
        static const struct {
                const char *text;
                int base;
                int64_t expected;
                const char *rest;
        } table[] = {
                {"123", 10, 123, ""},
                {"-123", 10, -123, ""},
                {"+5", 10, 5, ""},
                {"0x1f", 0, 31, ""},
                {"0x1f", 16, 31, ""},
                {"017", 0, 15, ""},
                {"  42abc", 10, 42, "abc"},
                {"", 10, 0, ""},
                {"abc", 10, 0, "abc"},
                {"zz", 36, 1295, ""},
                {"9223372036854775807", 10, INT64_MAX, ""},
                {"9223372036854775808", 10, INT64_MAX, ""},
                {"-9223372036854775808", 10, INT64_MIN, ""},
                {"-9223372036854775809", 10, INT64_MIN, ""},
        };

        (void)state;
        for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
                char *end = NULL;

                EQ(evutil_strtoll(table[i].text, &end, table[i].base), table[i].expected);
                STREQ(end, table[i].rest);
                EQ(evutil_strtoll(table[i].text, NULL, table[i].base), table[i].expected);
        }
}

__attribute__((format(printf, 3, 4))) static int format(char *buffer, size_t room, const char *text,
                                                        ...)
{
        va_list arguments;
        int n;

        va_start(arguments, text);
        n = evutil_vsnprintf(buffer, room, text, arguments);
        va_end(arguments);
        return n;
}

static void formatting_into_a_buffer(void **state)
{
        static const struct {
                size_t room;
                int returned;
                const char *written;
        } table[] = {{10, 5, "hello"}, {6, 5, "hello"}, {5, 5, "hell"}, {1, 5, ""}};
        char buffer[16];

        (void)state;
        for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
                memset(buffer, '#', sizeof buffer);
                EQ(evutil_snprintf(buffer, table[i].room, "%s", "hello"), table[i].returned);
                STREQ(buffer, table[i].written);
                EQ(buffer[table[i].room], '#');
                memset(buffer, '#', sizeof buffer);
                EQ(format(buffer, table[i].room, "%c%s", 'h', "ello"), table[i].returned);
                STREQ(buffer, table[i].written);
        }
        buffer[0] = '#';
        EQ(evutil_snprintf(buffer, 0, "%s", "hello"), 0); /* no room: not the length, unlike C's */
        EQ(buffer[0], '#');
}

static void dates_for_http(void **state)
{
        static const struct {
                time_t time;
                const char *expected;
        } table[] = {
                {784111777, "Sun, 06 Nov 1994 08:49:37 GMT"},
                {0, "Thu, 01 Jan 1970 00:00:00 GMT"},
                {951782400, "Tue, 29 Feb 2000 00:00:00 GMT"},
                {2147483647, "Tue, 19 Jan 2038 03:14:07 GMT"},
        };
        char text[64];
        struct tm tm;
        time_t before, after;

        (void)state;
        for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
                OK(gmtime_r(&table[i].time, &tm) != NULL);
                EQ(evutil_date_rfc1123(text, sizeof text, &tm), 29);
                STREQ(text, table[i].expected);
        }
        EQ(evutil_date_rfc1123(text, 30, &tm), 29);
        STREQ(text, "Tue, 19 Jan 2038 03:14:07 GMT");
        EQ(evutil_date_rfc1123(text, 29, &tm), 29); /* cut, and told */
        STREQ(text, "Tue, 19 Jan 2038 03:14:07 GM");
        before = time(NULL);
        EQ(evutil_date_rfc1123(text, sizeof text, NULL), 29); /* now */
        after = time(NULL);
        memset(&tm, 0, sizeof tm);
        OK(strptime(text, "%a, %d %b %Y %H:%M:%S GMT", &tm) != NULL);
        OK(timegm(&tm) >= before && timegm(&tm) <= after);
}

static void arithmetic_on_timeval(void **state)
{
        struct timeval a = {3, 700000}, b = {1, 800000}, c;

        (void)state;
        evutil_timeradd(&a, &b, &c);
        OK(c.tv_sec == 5 && c.tv_usec == 500000);
        evutil_timersub(&a, &b, &c);
        OK(c.tv_sec == 1 && c.tv_usec == 900000);
        OK(evutil_timercmp(&a, &b, >));
        OK(!evutil_timercmp(&a, &b, ==));
        evutil_timerclear(&c);
        OK(!evutil_timerisset(&c));
        EQ(evutil_gettimeofday(&c, NULL), 0);
        OK(evutil_timerisset(&c));
        EQ(evutil_offsetof(struct event, ev_fd), offsetof(struct event, ev_fd));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                ON_ANY(comparing_without_case),   ON_ANY(reading_numbers),
                ON_ANY(formatting_into_a_buffer), ON_ANY(dates_for_http),
                ON_ANY(arithmetic_on_timeval),
        };

        return RUN(tests);
}
