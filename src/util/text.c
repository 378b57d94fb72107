/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Text in fixed room; text.h has the contracts.
 *
 * tolower(3) and strcasecmp(3) would obey the locale: under a Turkish one, "LIST" and "list" may
 * differ.
 */
#include "util/text.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

char evi_ascii_lower(char c)
{
        return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

char evi_ascii_upper(char c)
{
        return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

int evi_ascii_ncasecmp(const char *a, const char *b, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                const char x = evi_ascii_lower(a[i]);
                const char y = evi_ascii_lower(b[i]);
                if (x != y)
                        return x < y ? -1 : 1;
                if (x == '\0')
                        break;
        }
        return 0;
}

int evi_ascii_casecmp(const char *a, const char *b)
{
        return evi_ascii_ncasecmp(a, b, SIZE_MAX);
}

void evi_text_init(struct evi_text *t, char *buf, size_t size)
{
        assert(size > 0);
        *t = (struct evi_text){buf, size, 0, false};
        buf[0] = '\0';
}

void evi_text_append(struct evi_text *t, const char *s)
{
        const size_t len = strlen(s);
        const size_t room = t->size - 1 - t->len;
        const size_t fitting = len < room ? len : room;

        memcpy(t->buf + t->len, s, fitting);
        t->len += fitting;
        t->buf[t->len] = '\0';
        t->is_cut = t->is_cut || fitting < len;
}

void evi_text_printf(struct evi_text *t, const char *format, ...)
{
        va_list args;

        va_start(args, format);
        evi_text_vprintf(t, format, args);
        va_end(args);
}

void evi_text_vprintf(struct evi_text *t, const char *format, va_list args)
{
        const size_t room = t->size - t->len;
        const int n = vsnprintf(t->buf + t->len, room, format, args);

        if (n < 0) { /* it cannot be said what vsnprintf wrote before it failed */
                t->buf[t->len] = '\0';
                t->is_cut = true;
        } else if ((size_t)n >= room) {
                t->len = t->size - 1;
                t->is_cut = true;
        } else {
                t->len += (size_t)n;
        }
}
