/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Random numbers of a world: splitmix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number
 * generators", OOPSLA 2014). A stream is one number, so each site can have its own.
 */
#ifndef EVIDENT_SIM_RANDOM_H
#define EVIDENT_SIM_RANDOM_H

#include <stdint.h>

/* Scrambles: every bit of x decides over every bit of the result. */
static inline uint64_t evsim_mix(uint64_t x)
{
        x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
        x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
        return x ^ (x >> 31);
}

static inline uint64_t evsim_random(uint64_t *stream)
{
        *stream += UINT64_C(0x9e3779b97f4a7c15);
        return evsim_mix(*stream);
}

/* Below n, which is not 0. The bias, n in 2^64, is of no account here. */
static inline uint64_t evsim_random_below(uint64_t *stream, uint64_t n)
{
        return evsim_random(stream) % n;
}

/* The number of a text, for streams and tables (FNV-1a). */
static inline uint64_t evsim_hash_text(const char *text)
{
        uint64_t hash = UINT64_C(0xcbf29ce484222325);

        for (; *text != '\0'; text++)
                hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
        return hash;
}

#endif
