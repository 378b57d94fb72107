/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Text in fixed room: ASCII only, independent of the locale, always terminated, never too long.
 */
#ifndef EVIDENT_UTIL_TEXT_H
#define EVIDENT_UTIL_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

char evi_ascii_lower(char c);
char evi_ascii_upper(char c);

/* Compare without regard to ASCII case: -1, 0 or 1. Bytes beyond ASCII are ordered as char is, and
 * not as strcasecmp(3) has them: evutil_ascii_strcasecmp's callers have known no other order. */
int evi_ascii_casecmp(const char *a, const char *b);
int evi_ascii_ncasecmp(const char *a, const char *b, size_t n);

/* A text that grows in the room that it was given; what does not fit is left out and remembered. */
struct evi_text {
        char *buf;
        size_t size; /* > 0 */
        size_t len;  /* < size; buf[len] is 0 */
        bool is_cut;
};

/* An empty text in buf, which must outlive it. */
void evi_text_init(struct evi_text *t, char *buf, size_t size);

/* s, or as much of it as fits, goes behind what is there. s is not in the room itself. */
void evi_text_append(struct evi_text *t, const char *s);

/* The same with a line made by printf(3). One that cannot be made counts as left out. */
__attribute__((format(printf, 2, 3))) void evi_text_printf(struct evi_text *t, const char *format,
                                                           ...);
__attribute__((format(printf, 2, 0))) void evi_text_vprintf(struct evi_text *t, const char *format,
                                                            va_list args);

#endif
