/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Clocks for programs (evutil_monotonic_timer). The loop does not use them: it asks its world.
 *
 * A clock that was never configured reads the wall clock, as libevent's does; and so does one that
 * was configured with EV_MONOT_FALLBACK. When the wall clock is set back, such a clock stands still
 * for an instant and goes on from there.
 */
#include <event2/util.h>

#include "os/os.h"
#include "util/duration.h"

struct evutil_monotonic_timer {
        struct os *os;        /* the world that it was made in */
        enum os_clock source; /* what is read */
        int64_t ahead_ns;     /* how far it is ahead of source, because that went back; >= 0 */
        int64_t last_ns;      /* what was last told */
};

static void set_source(struct evutil_monotonic_timer *timer, enum os_clock source)
{
        timer->source = source;
        timer->ahead_ns = 0;
        timer->last_ns = EVI_NS_MIN;
}

struct evutil_monotonic_timer *evutil_monotonic_timer_new(void)
{
        struct os *os = os_current();
        struct evutil_monotonic_timer *timer = os_alloc(os, sizeof *timer);

        if (timer == NULL) {
                errno = ENOMEM;
                return NULL;
        }
        timer->os = os;
        set_source(timer, OS_CLOCK_REALTIME);
        return timer;
}

void evutil_monotonic_timer_free(struct evutil_monotonic_timer *timer)
{
        if (timer != NULL)
                os_free(timer->os, timer);
}

int evutil_configure_monotonic_time(struct evutil_monotonic_timer *timer, int flags)
{
        if ((flags & EV_MONOT_FALLBACK) != 0)
                set_source(timer, OS_CLOCK_REALTIME);
        else if ((flags & EV_MONOT_PRECISE) != 0)
                set_source(timer, OS_CLOCK_MONOTONIC);
        else
                set_source(timer, OS_CLOCK_MONOTONIC_COARSE);
        return 0;
}

int evutil_gettime_monotonic(struct evutil_monotonic_timer *timer, struct timeval *tp)
{
        int64_t now_ns = evi_ns_add(os_clock(timer->os, timer->source), timer->ahead_ns);

        if (now_ns < timer->last_ns) {
                timer->ahead_ns = evi_ns_add(timer->ahead_ns, evi_ns_sub(timer->last_ns, now_ns));
                now_ns = timer->last_ns;
        }
        timer->last_ns = now_ns;
        evi_timeval_from_ns(now_ns, tp);
        return 0;
}
