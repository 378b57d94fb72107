/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Socket addresses: from text, and their order.
 */
#include <event2/util.h>

#include <limits.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

/* Longest text of an address that has a port behind it or brackets around it. */
#define ADDRESS_TEXT_MAX 127

/* A port from text: 1..65535, or 0. Spaces and a sign before it and anything behind it are
 * ignored, as libevent does, which uses atoi(3). */
static int read_port(const char *text)
{
        const long port = strtol(text, NULL, 10);

        return port > 0 && port <= 65535 ? (int)port : 0;
}

/* Puts an address of len bytes at out, in which *outlen bytes are zeroed. 0, or -1 if it does not
 * fit. */
static int store(const void *address, int len, struct sockaddr *out, int *outlen)
{
        if (*outlen < len)
                return -1;
        memset(out, 0, (size_t)*outlen);
        memcpy(out, address, (size_t)len);
        *outlen = len;
        return 0;
}

static int store_ipv4(const char *text, int port, struct sockaddr *out, int *outlen)
{
        struct sockaddr_in sin = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};

        if (evutil_inet_pton(AF_INET, text, &sin.sin_addr) != 1)
                return -1;
        return store(&sin, (int)sizeof sin, out, outlen);
}

static int store_ipv6(const char *text, int port, struct sockaddr *out, int *outlen)
{
        struct sockaddr_in6 sin6 = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
        unsigned scope;

        if (evutil_inet_pton_scope(AF_INET6, text, &sin6.sin6_addr, &scope) != 1)
                return -1;
        sin6.sin6_scope_id = scope;
        return store(&sin6, (int)sizeof sin6, out, outlen);
}

/* Copies the text from start to end, where it is ended. 0, or -1 if it is too long. */
static int copy_part(char part[ADDRESS_TEXT_MAX + 1], const char *start, const char *end)
{
        const size_t len = (size_t)(end - start);

        if (len > ADDRESS_TEXT_MAX)
                return -1;
        memcpy(part, start, len);
        part[len] = '\0';
        return 0;
}

/* "[address]" and "[address]:port". What follows a bracket without a colon is ignored. */
static int parse_bracketed(const char *str, struct sockaddr *out, int *outlen)
{
        char address[ADDRESS_TEXT_MAX + 1];
        const char *bracket = strchr(str, ']');
        int port = 0;

        if (bracket == NULL || copy_part(address, str + 1, bracket) != 0)
                return -1;
        if (bracket[1] == ':') {
                port = read_port(bracket + 2);
                if (port == 0)
                        return -1;
        }
        return store_ipv6(address, port, out, outlen);
}

int evutil_parse_sockaddr_port(const char *str, struct sockaddr *out, int *outlen)
{
        char address[ADDRESS_TEXT_MAX + 1];
        const char *colon = strchr(str, ':');
        int port;

        if (str[0] == '[')
                return parse_bracketed(str, out, outlen);
        if (colon == NULL)
                return store_ipv4(str, 0, out, outlen);
        if (strchr(colon + 1, ':') != NULL)
                return store_ipv6(str, 0, out, outlen);
        port = read_port(colon + 1);
        if (port == 0 || copy_part(address, str, colon) != 0)
                return -1;
        return store_ipv4(address, port, out, outlen);
}

static int compare_ipv4(const struct sockaddr_in *a, const struct sockaddr_in *b, int include_port)
{
        if (a->sin_addr.s_addr != b->sin_addr.s_addr)
                return a->sin_addr.s_addr < b->sin_addr.s_addr ? -1 : 1;
        return include_port != 0 ? a->sin_port - b->sin_port : 0;
}

static int compare_ipv6(const struct sockaddr_in6 *a, const struct sockaddr_in6 *b,
                        int include_port)
{
        const int order = memcmp(&a->sin6_addr, &b->sin6_addr, sizeof a->sin6_addr);

        if (order != 0)
                return order;
        return include_port != 0 ? a->sin6_port - b->sin6_port : 0;
}

/* The order is libevent's: IPv4 addresses and ports as the numbers that their bytes are in memory,
 * which on a little-endian machine is not the order of the addresses; and addresses of a family
 * that is not known differ. */
int evutil_sockaddr_cmp(const struct sockaddr *sa1, const struct sockaddr *sa2, int include_port)
{
        if (sa1->sa_family != sa2->sa_family)
                return sa1->sa_family - sa2->sa_family;
        switch (sa1->sa_family) {
        case AF_INET:
                return compare_ipv4((const void *)sa1, (const void *)sa2, include_port);
        case AF_INET6:
                return compare_ipv6((const void *)sa1, (const void *)sa2, include_port);
        default:
                return 1;
        }
}
