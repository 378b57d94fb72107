/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Internet addresses to text, in one form on every system: that which libevent writes, and
 * inet_ntop(3) of most systems.
 *
 * A text that lacks room for its last character is refused like any other that does not fit;
 * libevent 2.1.12 gives an IPv6 address without that character, which is another address.
 */
#include <event2/util.h>

#include <netinet/in.h>
#include <string.h>

#include "util/text.h"

#define WORDS 8 /* of 16 bits in an IPv6 address */

static void write_ipv4(struct evi_text *t, const unsigned char *bytes)
{
        evi_text_printf(t, "%d.%d.%d.%d", bytes[0], bytes[1], bytes[2], bytes[3]);
}

/* Finds the longest run of zero words, the first of several: "::" stands for it (RFC 5952 4.2). One
 * word alone is no run. */
static int find_zeros(const unsigned words[WORDS], int *length)
{
        int best = -1;
        int start = 0;

        *length = 1;
        for (int i = 0; i < WORDS; i++) {
                if (words[i] != 0) {
                        start = i + 1;
                } else if (i + 1 - start > *length) {
                        best = start;
                        *length = i + 1 - start;
                }
        }
        return best;
}

static void write_words(struct evi_text *t, const unsigned words[WORDS])
{
        int length;
        const int zeros = find_zeros(words, &length);

        for (int i = 0; i < WORDS; i++) {
                if (i == zeros) {
                        evi_text_append(t, "::");
                        i += length - 1;
                        continue;
                }
                if (i > 0 && (zeros < 0 || i != zeros + length))
                        evi_text_append(t, ":");
                evi_text_printf(t, "%x", words[i]);
        }
}

/* IPv4 addresses in IPv6 ones, IPv4-mapped and IPv4-compatible (RFC 4291 2.5.5), are written with
 * dots, the latter only if neither half is zero: "::1" is no IPv4 address. */
static void write_ipv6(struct evi_text *t, const unsigned char bytes[16])
{
        unsigned words[WORDS];
        unsigned first = 0;

        for (int i = 0; i < WORDS; i++)
                words[i] = (unsigned)bytes[2 * i] << 8 | bytes[2 * i + 1];
        for (int i = 0; i < 5; i++)
                first |= words[i];
        if (first == 0 && words[5] == 0xffff) {
                evi_text_append(t, "::ffff:");
                write_ipv4(t, bytes + 12);
        } else if (first == 0 && words[5] == 0 && words[6] != 0 && words[7] != 0) {
                evi_text_append(t, "::");
                write_ipv4(t, bytes + 12);
        } else {
                write_words(t, words);
        }
}

const char *evutil_inet_ntop(int af, const void *src, char *dst, size_t len)
{
        char room[INET6_ADDRSTRLEN];
        struct evi_text t;

        evi_text_init(&t, room, sizeof room);
        if (af == AF_INET)
                write_ipv4(&t, src);
        else if (af == AF_INET6)
                write_ipv6(&t, src);
        else
                return NULL;
        if (t.len >= len)
                return NULL;
        memcpy(dst, room, t.len + 1);
        return dst;
}
