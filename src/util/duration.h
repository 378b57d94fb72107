/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Arithmetic on time: int64_t nanoseconds, saturating at both ends, so that no timeout however odd
 * overflows.
 *
 * 2^63 ns are 292 years; EVI_NS_MAX stands for 'never'.
 */
#ifndef EVIDENT_UTIL_DURATION_H
#define EVIDENT_UTIL_DURATION_H

#include <stdint.h>
#include <sys/time.h>
#include <time.h>

#define EVI_NS_MAX    INT64_MAX
#define EVI_NS_MIN    INT64_MIN
#define EVI_NS_PER_S  INT64_C(1000000000)
#define EVI_NS_PER_MS INT64_C(1000000)
#define EVI_NS_PER_US INT64_C(1000)

/* a + b and a - b, saturating. */
int64_t evi_ns_add(int64_t a, int64_t b);
int64_t evi_ns_sub(int64_t a, int64_t b);

/* tv as nanoseconds, saturating; any tv_usec is taken at its worth (1,500,000 is 1.5 s; negative
 * ones subtract). */
int64_t evi_ns_from_timeval(const struct timeval *tv);

/* ns as a normal timeval (0 <= tv_usec < 1,000,000), rounded down; saturates where time_t is too
 * narrow. */
void evi_timeval_from_ns(int64_t ns, struct timeval *tv);

/* A wait of ns for a call that counts in milliseconds: rounded up, at most INT_MAX; -1 (for ever)
 * stays -1, and a positive wait never becomes 0. ns >= -1. */
int evi_ms_from_ns(int64_t ns);

/* ns >= 0 as a timespec; saturates where time_t is too narrow. */
void evi_timespec_from_ns(int64_t ns, struct timespec *ts);

/* How long to wait at now_ns for deadline_ns: 0 if it is past; EVI_NS_MAX for deadline EVI_NS_MAX,
 * at any time. */
int64_t evi_ns_until(int64_t deadline_ns, int64_t now_ns);

#endif
