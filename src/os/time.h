/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Nanoseconds as the kernel's calls want them. util has such arithmetic too (util/duration.h), but
 * that is a layer above.
 *
 * All of it saturates: no timeout however long overflows, also where time_t has 32 bits or a call
 * counts in an int of milliseconds.
 */
#ifndef EVIDENT_OS_TIME_H
#define EVIDENT_OS_TIME_H

#include <limits.h>
#include <stdint.h>
#include <time.h>

#define OS_NS_PER_S  INT64_C(1000000000)
#define OS_NS_PER_MS INT64_C(1000000)

/* ns >= 0 as a timespec. */
static inline struct timespec os_timespec_from_ns(int64_t ns)
{
        const int64_t seconds_max = sizeof(time_t) == 4 ? INT32_MAX : INT64_MAX;
        const int64_t seconds = ns / OS_NS_PER_S;

        if (seconds > seconds_max)
                return (struct timespec){.tv_sec = (time_t)seconds_max};
        return (struct timespec){.tv_sec = (time_t)seconds, .tv_nsec = (long)(ns % OS_NS_PER_S)};
}

static inline int64_t os_ns_from_timespec(const struct timespec *ts)
{
        const int64_t seconds = ts->tv_sec;

        if (seconds >= INT64_MAX / OS_NS_PER_S)
                return INT64_MAX;
        if (seconds <= INT64_MIN / OS_NS_PER_S)
                return INT64_MIN;
        return seconds * OS_NS_PER_S + ts->tv_nsec;
}

/* A wait of ns >= -1 in milliseconds, rounded up so that it is not cut short; -1 stays -1. */
static inline int os_ms_from_ns(int64_t ns)
{
        if (ns < 0)
                return -1;
        if (ns > INT_MAX * OS_NS_PER_MS)
                return INT_MAX;
        return (int)((ns + OS_NS_PER_MS - 1) / OS_NS_PER_MS);
}

#endif
