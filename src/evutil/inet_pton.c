/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Internet addresses from text, without the C library, whose forms differ from system to system and
 * from libevent's.
 *
 * What is read is what libevent 2.1 reads. It is wider than inet_pton(3): a number of an IPv4
 * address may have leading zeros (and is decimal all the same), spaces and a sign before it; one of
 * an IPv6 address may begin with "0x"; and a colon may stand behind an IPv6 address that has "::".
 * But a number that is too large is not taken modulo 2^32.
 */
#include <event2/util.h>

#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "os/os.h"
#include "util/text.h"

#define WORDS 8 /* of 16 bits in an IPv6 address */

static bool is_space(char c)
{
        return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_digit(char c)
{
        return c >= '0' && c <= '9';
}

static int hex_value(char c)
{
        const char lower = evi_ascii_lower(c);

        if (is_digit(c))
                return c - '0';
        return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* A number up to 255 at *at, which moves behind it. */
static bool read_byte(const char **at, const char *end, unsigned char *byte)
{
        const char *p = *at;
        bool is_negative;
        int value = 0;

        while (p < end && is_space(*p))
                p++;
        is_negative = p < end && *p == '-';
        if (p < end && (*p == '-' || *p == '+'))
                p++;
        if (p == end || !is_digit(*p))
                return false;
        for (; p < end && is_digit(*p) && value <= 255; p++)
                value = 10 * value + (*p - '0');
        if (value > 255 || (is_negative && value != 0))
                return false;
        *byte = (unsigned char)value;
        *at = p;
        return true;
}

/* The whole text is four numbers with dots between them. */
static bool read_ipv4(const char *at, const char *end, unsigned char bytes[4])
{
        for (int i = 0; i < 4; i++) {
                if (i > 0 && (at == end || *at++ != '.'))
                        return false;
                if (!read_byte(&at, end, &bytes[i]))
                        return false;
        }
        return at == end;
}

/* What has been read of an IPv6 address. */
struct ipv6_text {
        unsigned words[WORDS];
        int count;
        int gap; /* "::" stands before words[gap]; -1: it has not been met */
};

/* Up to four characters at *at, which moves behind them: hexadecimal digits, with "0x" or without.
 */
static bool read_word(const char **at, const char *end, struct ipv6_text *t)
{
        const char *p = *at;
        unsigned word = 0;

        if (end - p > 2 && p[0] == '0' && (p[1] == 'x' || p[1] == 'X') && hex_value(p[2]) >= 0)
                p += 2;
        for (; p < end && hex_value(*p) >= 0; p++) {
                if (p - *at == 4)
                        return false;
                word = word << 4 | (unsigned)hex_value(*p);
        }
        if (p == *at || t->count == WORDS)
                return false;
        t->words[t->count++] = word;
        *at = p;
        return true;
}

/* The whole text is words with colons between them, "::" among them at most once. */
static bool read_words(const char *at, const char *end, struct ipv6_text *t)
{
        while (at < end) {
                if (end - at >= 2 && at[0] == ':' && at[1] == ':') {
                        if (t->gap >= 0)
                                return false;
                        t->gap = t->count;
                        at += 2;
                } else if (*at == ':') {
                        if (t->count == 0 || t->gap == t->count)
                                return false;
                        at++;
                } else if (!read_word(&at, end, t)) {
                        return false;
                }
        }
        return true;
}

/* Where the IPv4 address begins in which this text ends; end if it does not. */
static const char *find_ipv4_tail(const char *text, const char *end)
{
        const char *dot = memchr(text, '.', (size_t)(end - text));

        if (dot == NULL)
                return end;
        while (dot > text && is_digit(dot[-1]))
                dot--;
        return dot;
}

static void store_ipv6(const struct ipv6_text *t, unsigned char bytes[16])
{
        const int zeros = WORDS - t->count;

        memset(bytes, 0, 16);
        for (int i = 0; i < t->count; i++) {
                const int place = t->gap >= 0 && i >= t->gap ? i + zeros : i;
                bytes[2 * place] = (unsigned char)(t->words[i] >> 8);
                bytes[2 * place + 1] = (unsigned char)(t->words[i] & 0xff);
        }
}

static bool read_ipv6(const char *text, const char *end, unsigned char bytes[16])
{
        struct ipv6_text t = {.gap = -1};
        const char *tail = find_ipv4_tail(text, end);
        unsigned char v4[4];

        if (!read_words(text, tail, &t))
                return false;
        if (tail < end) {
                if (tail == text || tail[-1] != ':' || t.count > WORDS - 2 ||
                    !read_ipv4(tail, end, v4))
                        return false;
                t.words[t.count++] = (unsigned)v4[0] << 8 | v4[1];
                t.words[t.count++] = (unsigned)v4[2] << 8 | v4[3];
        }
        if (t.gap >= 0 ? t.count == WORDS : t.count != WORDS)
                return false;
        store_ipv6(&t, bytes);
        return true;
}

static int read_address(int af, const char *text, const char *end, void *dst)
{
        unsigned char bytes[16];

        switch (af) {
        case AF_INET:
                if (!read_ipv4(text, end, bytes))
                        return 0;
                memcpy(dst, bytes, 4);
                return 1;
        case AF_INET6:
                if (!read_ipv6(text, end, bytes))
                        return 0;
                memcpy(dst, bytes, 16);
                return 1;
        default:
                return -1;
        }
}

int evutil_inet_pton(int af, const char *src, void *dst)
{
        return read_address(af, src, src + strlen(src), dst);
}

/* The interface of this name, or with this number: any that strtoul(3) takes, also none, as in
 * libevent. */
static bool read_scope(const char *text, unsigned *index)
{
        const int found = os_if_index(os_current(), text);
        char *end;

        *index = found > 0 ? (unsigned)found : (unsigned)strtoul(text, &end, 10);
        return found > 0 || *end == '\0';
}

/* The scope is written even where the address then proves wrong, as in libevent. */
int evutil_inet_pton_scope(int af, const char *src, void *dst, unsigned *indexp)
{
        const char *percent = strchr(src, '%');
        unsigned index = 0;

        *indexp = 0;
        if (percent == NULL || af != AF_INET6)
                return evutil_inet_pton(af, src, dst);
        if (!read_scope(percent + 1, &index))
                return 0;
        *indexp = index;
        return read_address(af, src, percent, dst);
}
