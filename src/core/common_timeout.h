/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The magic of common timeouts: how a struct timeval that a program copies by value says which
 * queue it belongs to.
 *
 * tv_usec of a plain timeval needs 20 bits. A common one carries in bits 28-31 the mark 5 and in
 * bits 20-27 the number of the queue. Programs see such values, print them and hand them back, so
 * the encoding is part of the interface (libevent 2.1 gives 0x500003e8 for the first queue of 1,000
 * us). Pure.
 */
#ifndef EVIDENT_CORE_COMMON_TIMEOUT_H
#define EVIDENT_CORE_COMMON_TIMEOUT_H

#include <stdbool.h>
#include <stdint.h>

#define EVI_COMMON_MAX         256
#define EVI_COMMON_USEC_MASK   UINT32_C(0x000fffff)
#define EVI_COMMON_INDEX_MASK  UINT32_C(0x0ff00000)
#define EVI_COMMON_INDEX_SHIFT 20
#define EVI_COMMON_MARK_MASK   UINT32_C(0xf0000000)
#define EVI_COMMON_MARK        UINT32_C(0x50000000)

/* 0 <= usec < 1,000,000; 0 <= index < EVI_COMMON_MAX. */
static inline uint32_t evi_common_encode(uint32_t usec, uint32_t index)
{
        return EVI_COMMON_MARK | index << EVI_COMMON_INDEX_SHIFT | usec;
}

/* Whether tv_usec is marked; a plain one (0 <= tv_usec < 1,000,000) never is. */
static inline bool evi_common_is_marked(long tv_usec)
{
        return tv_usec >= 0 && tv_usec <= INT32_MAX &&
               ((uint32_t)tv_usec & EVI_COMMON_MARK_MASK) == EVI_COMMON_MARK;
}

/* The parts of a marked one. */
static inline uint32_t evi_common_usec(long tv_usec)
{
        return (uint32_t)tv_usec & EVI_COMMON_USEC_MASK;
}

static inline uint32_t evi_common_index(long tv_usec)
{
        return ((uint32_t)tv_usec & EVI_COMMON_INDEX_MASK) >> EVI_COMMON_INDEX_SHIFT;
}

#endif
