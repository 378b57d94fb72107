/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Random numbers that are the same in every run, for tests against a model. splitmix64: the state
 * counts, and each count is mixed.
 */
#ifndef RANDOM_H
#define RANDOM_H

#include <stdint.h>

static inline uint64_t random_next(uint64_t *state)
{
        uint64_t x = *state += UINT64_C(0x9e3779b97f4a7c15);

        x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
        x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
        return x ^ (x >> 31);
}

/* 0 <= result < bound */
static inline int random_below(uint64_t *state, int bound)
{
        return (int)(random_next(state) % (uint64_t)bound);
}

#endif
