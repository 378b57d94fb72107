/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the wrappers assert of a world's answers. Each function gives back what it was given.
 */
#ifndef EVIDENT_OS_CHECKED_H
#define EVIDENT_OS_CHECKED_H

#include <assert.h>
#include <limits.h>
#include <stddef.h>
#include <sys/types.h>

/* The kernel's largest errno (linux/err.h: MAX_ERRNO). Whatever is below is no error. */
#define ERRNO_MAX 4095

/* result, which is 0 or an error. */
static inline int checked(int result)
{
        assert(result <= 0 && result >= -ERRNO_MAX);
        return result;
}

/* result, which is between 0 and max or an error. */
static inline int checked_count(int result, int max)
{
        assert(result <= max && result >= -ERRNO_MAX);
        (void)max;
        return result;
}

/* The same for a number of bytes. */
static inline ssize_t checked_bytes(ssize_t result, size_t max)
{
        assert(result < 0 ? result >= -ERRNO_MAX : (size_t)result <= max);
        (void)max;
        return result;
}

/* result, which is a descriptor or an error. */
static inline int checked_fd(int result)
{
        return checked_count(result, INT_MAX);
}

#endif
