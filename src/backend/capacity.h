/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How large an array is to be: the one rule by which the backends' arrays grow and shrink.
 */
#ifndef EVIDENT_BACKEND_CAPACITY_H
#define EVIDENT_BACKEND_CAPACITY_H

#include <stddef.h>

#define EVI_CAPACITY_MIN 32

/* The capacity for used entries of an array that has room for capacity (0: none yet): the same, or
 * doubled until they fit, or halved until a quarter is used. Never below EVI_CAPACITY_MIN. used is
 * a count of descriptors, so nothing overflows. */
static inline size_t evi_capacity_for(size_t capacity, size_t used)
{
        if (capacity < EVI_CAPACITY_MIN)
                capacity = EVI_CAPACITY_MIN;
        while (capacity < used)
                capacity *= 2;
        while (capacity > EVI_CAPACITY_MIN && capacity / 4 >= used)
                capacity /= 2;
        return capacity;
}

#endif
