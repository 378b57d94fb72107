/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Included before all else where the simulation is built for ThreadSanitizer: the simulated kernel's
 * own copying and filling by functions that the sanitizer does not see. It does not see the kernel's
 * other accesses either, and to know half of them would be to report the other half.
 */
#ifndef EVIDENT_SIM_PLAIN_MEMORY_H
#define EVIDENT_SIM_PLAIN_MEMORY_H

#include <stddef.h>
#include <string.h>

/* Volatile, or the compiler would make a call of the C library's function of each loop. */
static inline void *evsim_plain_set(void *to, int byte, size_t size)
{
        volatile unsigned char *at = to;

        for (size_t i = 0; i < size; i++)
                at[i] = (unsigned char)byte;
        return to;
}

static inline void *evsim_plain_move(void *to, const void *from, size_t size)
{
        volatile unsigned char *at = to;
        const volatile unsigned char *source = from;

        if (at < source)
                for (size_t i = 0; i < size; i++)
                        at[i] = source[i];
        else
                for (size_t i = size; i > 0; i--)
                        at[i - 1] = source[i - 1];
        return to;
}

#undef memset
#undef memcpy
#undef memmove
#define memset  evsim_plain_set
#define memcpy  evsim_plain_move
#define memmove evsim_plain_move

#endif
