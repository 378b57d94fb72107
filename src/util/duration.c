/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Arithmetic on time; duration.h has the contracts.
 *
 * Every branch here is about one of the two ends: seconds are brought near zero before they are
 * multiplied, so that what does not fit is seen before it happens.
 */
#include "util/duration.h"

#include <assert.h>
#include <limits.h>
#include <stdbool.h>

#define US_PER_S INT64_C(1000000)

/* The seconds that time_t has, which is 32 bits wide on some systems. */
#define TIME_T_MAX (sizeof(time_t) < sizeof(int64_t) ? INT32_MAX : INT64_MAX)
#define TIME_T_MIN (sizeof(time_t) < sizeof(int64_t) ? INT32_MIN : INT64_MIN)

/* A time as whole seconds, rounded down, and what is left: 0 <= rest_ns < EVI_NS_PER_S. */
struct split {
        int64_t s;
        int64_t rest_ns;
};

int64_t evi_ns_add(int64_t a, int64_t b)
{
        if (b > 0 && a > EVI_NS_MAX - b)
                return EVI_NS_MAX;
        if (b < 0 && a < EVI_NS_MIN - b)
                return EVI_NS_MIN;
        return a + b;
}

int64_t evi_ns_sub(int64_t a, int64_t b)
{
        if (b < 0 && a > EVI_NS_MAX + b)
                return EVI_NS_MAX;
        if (b > 0 && a < EVI_NS_MIN + b)
                return EVI_NS_MIN;
        return a - b;
}

/* us, which may be of any size and sign, as whole seconds carried over to s, and the rest. */
static struct split carry(int64_t s, int64_t us)
{
        int64_t carried = us / US_PER_S;
        int64_t rest_us = us % US_PER_S;

        if (rest_us < 0) {
                carried--;
                rest_us += US_PER_S;
        }
        return (struct split){evi_ns_add(s, carried), rest_us * EVI_NS_PER_US};
}

/* A negative whole second may not fit where the rest still brings it back into the range (the last
 * second before EVI_NS_MIN): so one second is moved to the rest there, which both signs bear. */
static int64_t join(struct split t)
{
        if (t.s < 0) {
                t.s++;
                t.rest_ns -= EVI_NS_PER_S;
        }
        if (t.s > EVI_NS_MAX / EVI_NS_PER_S)
                return EVI_NS_MAX;
        if (t.s < EVI_NS_MIN / EVI_NS_PER_S)
                return EVI_NS_MIN;
        return evi_ns_add(t.s * EVI_NS_PER_S, t.rest_ns);
}

int64_t evi_ns_from_timeval(const struct timeval *tv)
{
        return join(carry(tv->tv_sec, tv->tv_usec));
}

static struct split split(int64_t ns)
{
        struct split t = {ns / EVI_NS_PER_S, ns % EVI_NS_PER_S};

        if (t.rest_ns < 0) {
                t.s--;
                t.rest_ns += EVI_NS_PER_S;
        }
        return t;
}

/* The nearest time whose seconds are within the bounds. */
static struct split clamp(struct split t, int64_t s_min, int64_t s_max)
{
        if (t.s > s_max)
                return (struct split){s_max, EVI_NS_PER_S - 1};
        if (t.s < s_min)
                return (struct split){s_min, 0};
        return t;
}

void evi_timeval_from_ns(int64_t ns, struct timeval *tv)
{
        const struct split t = clamp(split(ns), TIME_T_MIN, TIME_T_MAX);

        tv->tv_sec = (time_t)t.s;
        tv->tv_usec = (suseconds_t)(t.rest_ns / EVI_NS_PER_US);
}

void evi_timespec_from_ns(int64_t ns, struct timespec *ts)
{
        assert(ns >= 0);
        const struct split t = clamp(split(ns), TIME_T_MIN, TIME_T_MAX);

        ts->tv_sec = (time_t)t.s;
        ts->tv_nsec = (long)t.rest_ns;
}

int evi_ms_from_ns(int64_t ns)
{
        assert(ns >= -1);
        if (ns == -1)
                return -1;
        const int64_t ms = ns / EVI_NS_PER_MS;
        const bool is_whole = ns % EVI_NS_PER_MS == 0;
        if (ms >= INT_MAX)
                return INT_MAX;
        return (int)(is_whole ? ms : ms + 1);
}

int64_t evi_ns_until(int64_t deadline_ns, int64_t now_ns)
{
        if (deadline_ns == EVI_NS_MAX)
                return EVI_NS_MAX;
        if (deadline_ns <= now_ns)
                return 0;
        return evi_ns_sub(deadline_ns, now_ns);
}
