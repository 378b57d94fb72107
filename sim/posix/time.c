/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Clocks and sleep.
 *
 * Modelled (clock_gettime(2), nanosleep(2), sleep(3), usleep(3)): the wall clock and the monotonic
 * one, each also coarse, the raw and the boot-time clock, which are the monotonic one here; sleeps
 * that a signal's handler ends, with what is left. Not modelled: clocks of processor time, timer
 * slack, settimeofday(2) (evsim_host_step_clock).
 */
#include "kernel/calls.h"
#include "kernel/itimer.h"
#include "os/time.h"
#include "posix/posix.h"

int64_t evsim_span_ns(const struct timespec *span)
{
        if (span == NULL)
                return -1;
        if (span->tv_sec < 0 || span->tv_nsec < 0 || span->tv_nsec >= OS_NS_PER_S)
                return -EINVAL;
        return os_ns_from_timespec(span);
}

/* The contract's clock for POSIX's; -EINVAL: there is none. */
static int clock_of(struct evsim_host *host, clockid_t clock, const char *call)
{
        switch (clock) {
        case CLOCK_REALTIME:
        case CLOCK_REALTIME_COARSE:
                return OS_CLOCK_REALTIME;
        case CLOCK_MONOTONIC:
        case CLOCK_MONOTONIC_RAW:
        case CLOCK_BOOTTIME:
                return OS_CLOCK_MONOTONIC;
        case CLOCK_MONOTONIC_COARSE:
                return OS_CLOCK_MONOTONIC_COARSE;
        case CLOCK_PROCESS_CPUTIME_ID:
        case CLOCK_THREAD_CPUTIME_ID:
                evsim_unmodelled(host, call, "a clock of processor time");
        default:
                return -EINVAL;
        }
}

static bool is_coarse(clockid_t clock)
{
        return clock == CLOCK_REALTIME_COARSE || clock == CLOCK_MONOTONIC_COARSE;
}

int evsim_clock_gettime(clockid_t clock, struct timespec *now)
{
        struct evsim_host *host = evsim_caller("clock_gettime");
        const int kind = clock_of(host, clock, "clock_gettime");
        int64_t ns;

        if (kind < 0)
                return evsim_int_result(kind);
        ns = evsim_sys_clock(host, (enum os_clock)kind);
        if (clock == CLOCK_REALTIME_COARSE && host->config.coarse_ns > 0)
                ns -= ns % host->config.coarse_ns;
        *now = os_timespec_from_ns(ns);
        return 0;
}

int evsim_clock_getres(clockid_t clock, struct timespec *resolution)
{
        struct evsim_host *host = evsim_caller("clock_getres");
        const int kind = clock_of(host, clock, "clock_getres");

        if (kind < 0)
                return evsim_int_result(kind);
        if (resolution != NULL)
                *resolution = os_timespec_from_ns(is_coarse(clock) && host->config.coarse_ns > 0
                                                          ? host->config.coarse_ns
                                                          : 1);
        return 0;
}

int evsim_gettimeofday(struct timeval *now, void *zone)
{
        struct evsim_host *host = evsim_caller("gettimeofday");
        const int64_t ns = evsim_sys_clock(host, OS_CLOCK_REALTIME);

        if (zone != NULL)
                evsim_unmodelled(host, "gettimeofday", "a time zone");
        now->tv_sec = (time_t)(ns / OS_NS_PER_S);
        now->tv_usec = (suseconds_t)(ns % OS_NS_PER_S / 1000);
        return 0;
}

time_t evsim_time(time_t *now)
{
        const int64_t ns = evsim_sys_clock(evsim_caller("time"), OS_CLOCK_REALTIME);
        const time_t seconds = (time_t)(ns / OS_NS_PER_S);

        if (now != NULL)
                *now = seconds;
        return seconds;
}

/* Sleeps; 0 or -EINTR, and what is left of the span. */
static int sleep_for(struct evsim_host *host, int64_t span_ns, int64_t *left_ns)
{
        const int64_t start_ns = evsim_host_monotonic_ns(host);
        const int r = evsim_sys_sleep(host, span_ns);
        const int64_t slept_ns = evsim_host_monotonic_ns(host) - start_ns;

        *left_ns = r == -EINTR && slept_ns < span_ns ? span_ns - slept_ns : 0;
        return r;
}

int evsim_nanosleep(const struct timespec *span, struct timespec *left)
{
        struct evsim_host *host = evsim_caller("nanosleep");
        const int64_t span_ns = evsim_span_ns(span);
        int64_t left_ns;
        int r;

        if (span_ns < 0)
                return evsim_int_result(span_ns == -1 ? -EFAULT : -EINVAL);
        r = sleep_for(host, span_ns, &left_ns);
        if (r == -EINTR && left != NULL)
                *left = os_timespec_from_ns(left_ns);
        return evsim_int_result(r);
}

unsigned evsim_sleep(unsigned seconds)
{
        int64_t left_ns;

        (void)sleep_for(evsim_caller("sleep"), seconds * OS_NS_PER_S, &left_ns);
        return (unsigned)(left_ns / OS_NS_PER_S);
}

int evsim_usleep(unsigned microseconds)
{
        int64_t left_ns;

        return evsim_int_result(
                sleep_for(evsim_caller("usleep"), microseconds * INT64_C(1000), &left_ns));
}

/* ---- The interval timer ------------------------------------------------------------------------
 */

int evsim_setitimer(int which, const struct itimerval *next, struct itimerval *before)
{
        return evsim_int_result(
                evsim_sys_setitimer(evsim_caller("setitimer"), which, next, before));
}

int evsim_getitimer(int which, struct itimerval *now)
{
        return evsim_int_result(evsim_sys_getitimer(evsim_caller("getitimer"), which, now));
}

/* What was left, in seconds; never 0 where something was (alarm(3p)). */
unsigned evsim_alarm(unsigned seconds)
{
        const struct itimerval next = {.it_value.tv_sec = (time_t)seconds};
        struct itimerval before;

        if (evsim_sys_setitimer(evsim_caller("alarm"), ITIMER_REAL, &next, &before) < 0)
                return 0;
        if (before.it_value.tv_usec >= 500000 ||
            (before.it_value.tv_sec == 0 && before.it_value.tv_usec > 0))
                before.it_value.tv_sec++;
        return (unsigned)before.it_value.tv_sec;
}
