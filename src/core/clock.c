/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What time it is for a base.
 *
 * While its callbacks run, a base has one time: that at which the first of them (or the base
 * itself, for timers that are due) asked after the wait. So all events set in one turn with the
 * same timeout have the same deadline, and asking costs nothing. The wall clock is read once for
 * it.
 */
#include <errno.h>
#include <event2/event.h>
#include <event2/util.h>

#include "core/base.h"
#include "os/os.h"
#include "util/duration.h"

void evi_base_start_caching(struct event_base *base)
{
        base->is_caching = !(base->flags & EVENT_BASE_FLAG_NO_CACHE_TIME);
        base->has_now = false;
        base->has_wall = false;
}

void evi_base_stop_caching(struct event_base *base)
{
        base->is_caching = false;
}

int64_t evi_base_now(struct event_base *base)
{
        if (!base->is_caching)
                return os_clock(base->os, OS_CLOCK_MONOTONIC);
        if (!base->has_now)
                base->now_ns = os_clock(base->os, OS_CLOCK_MONOTONIC);
        base->has_now = true;
        return base->now_ns;
}

int64_t evi_base_wall(struct event_base *base, int64_t monotonic_ns)
{
        const int64_t now_ns = os_clock(base->os, OS_CLOCK_MONOTONIC);
        const int64_t wall_ns = os_clock(base->os, OS_CLOCK_REALTIME);

        return evi_ns_add(monotonic_ns, evi_ns_sub(wall_ns, now_ns));
}

/* With the lock. */
static int64_t cached_wall(struct event_base *base)
{
        if (!base->is_caching)
                return os_clock(base->os, OS_CLOCK_REALTIME);
        if (!base->has_wall)
                base->wall_ns = evi_base_wall(base, evi_base_now(base));
        base->has_wall = true;
        return base->wall_ns;
}

int event_base_gettimeofday_cached(struct event_base *base, struct timeval *tv)
{
        if (base == NULL)
                base = evi_base_current();
        if (base == NULL) {
                evi_timeval_from_ns(os_clock(os_current(), OS_CLOCK_REALTIME), tv);
                return 0;
        }
        evi_base_lock(base);
        evi_timeval_from_ns(cached_wall(base), tv);
        evi_base_unlock(base);
        return 0;
}

int event_gettime_monotonic(struct event_base *base, struct timeval *tv)
{
        if (base == NULL || tv == NULL) {
                errno = EINVAL;
                return -1;
        }
        evi_base_lock(base);
        evi_timeval_from_ns(evi_base_now(base), tv);
        evi_base_unlock(base);
        return 0;
}

int event_base_update_cache_time(struct event_base *base)
{
        if (base == NULL)
                base = evi_base_current();
        if (base == NULL) {
                errno = EINVAL;
                return -1;
        }
        evi_base_lock(base);
        if (base->is_looping)
                evi_base_start_caching(base);
        evi_base_unlock(base);
        return 0;
}
