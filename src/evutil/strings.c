/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * evutil's functions about text. They look at nothing but their arguments.
 */
#include <event2/util.h>

#include <stdio.h>
#include <stdlib.h>

#include "util/text.h"

ev_int64_t evutil_strtoll(const char *s, char **endptr, int base)
{
        return strtoll(s, endptr, base);
}

int evutil_snprintf(char *buf, size_t buflen, const char *format, ...)
{
        va_list args;
        int length;

        va_start(args, format);
        length = evutil_vsnprintf(buf, buflen, format, args);
        va_end(args);
        return length;
}

/* Without room libevent answers 0, where ISO C answers the length; programs that count on the
 * latter would not work there. */
int evutil_vsnprintf(char *buf, size_t buflen, const char *format, va_list ap)
{
        return buflen > 0 ? vsnprintf(buf, buflen, format, ap) : 0;
}

int evutil_ascii_strcasecmp(const char *str1, const char *str2)
{
        return evi_ascii_casecmp(str1, str2);
}

int evutil_ascii_strncasecmp(const char *str1, const char *str2, size_t n)
{
        return evi_ascii_ncasecmp(str1, str2, n);
}
