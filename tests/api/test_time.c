/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Times as values: odd intervals, event_pending()'s answer, and the time that the base remembers for the length of a turn.
 */
#include "api.h"

#include <limits.h>

/* event_pending() turns monotonic into wall time by a difference that it refreshes only every
 * few seconds, so what it tells is off by what the wall clock was slewed meanwhile. */
enum { SLACK_USEC = 5000 };

/* Microseconds from now until the deadline, as event_pending() tells it (in wall time). */
static int64_t left_usec(struct event *ev)
{
        struct timeval deadline, now;

        EQ(event_pending(ev, EV_TIMEOUT, &deadline), EV_TIMEOUT);
        EQ(evutil_gettimeofday(&now, NULL), 0);
        return usec_of(&deadline) - usec_of(&now);
}

static void pending_tells_the_deadline(void **state)
{
        struct event_base *base = precise_base();
        struct event *ev = evtimer_new(base, ignore, NULL);
        struct timeval tv = {-7, -7};

        (void)state;
        EQ(evtimer_pending(ev, &tv), 0);
        EQ(tv.tv_sec, -7); /* untouched when nothing is pending */
        EQ(evtimer_add(ev, TV(100, 0)), 0);
        LASTS(left_usec(ev), 1, 100 * 1000000LL + SLACK_USEC, 100 * 1000000LL);
        event_free(ev);
        event_base_free(base);
}

/* --- odd intervals ----------------------------------------------------------------------- */

static void a_negative_time_is_due_at_once(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        struct event *ev = evtimer_new(base, tell, NAME("t"));

        EQ(evtimer_add(ev, TV(-1, 0)), 0);
        EQ(turn(base), 0);
        STORY("t=TIMEOUT");
        EQ(evtimer_add(ev, TV(0, -1)), 0);
        EQ(turn(base), 0);
        STORY("t=TIMEOUT");
        event_free(ev);
        event_base_free(base);
}

/* The excess is carried over. libevent carries a second at most, and takes the sum for a time as
 * it is: now and then the timer is early, and event_pending() is wrong by more than a second. */
static void more_than_a_million_microseconds(void **state)
{
        struct event_base *base = precise_base();
        struct event *ev = evtimer_new(base, tell, NAME("t"));
        int64_t start;

        (void)state;
        EQ(evtimer_add(ev, TV(100, 1500000)), 0);
        LASTS(left_usec(ev), differs("odd-microseconds", 100, 101) * 1000000LL + 1,
              101500000LL + SLACK_USEC, 101500000LL);
        start = base_now_usec(base);
        EQ(evtimer_add(ev, TV(-1, 1010000)), 0);
        EQ(event_base_dispatch(base), 1);
        TOOK(base_now_usec(base) - start, differs("odd-microseconds", 0, 10000));
        STORY("t=TIMEOUT");
        event_free(ev);
        event_base_free(base);
}

static void a_huge_time_is_far_away(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        struct event *ev = evtimer_new(base, tell, NAME("t"));

        EQ(evtimer_add(ev, TV(INT32_MAX / 2, 999999)), 0);
        EQ(turn(base), 0);
        STORY("");
        OK(evtimer_pending(ev, NULL));
        event_free(ev);
        event_base_free(base);
}

/* Now plus the largest time is past the end of the number line. */
static void the_largest_time(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        struct event *ev = evtimer_new(base, tell, NAME("t"));
        struct timeval most = {0, 999999};

        most.tv_sec = sizeof most.tv_sec == 8 ? (time_t)INT64_MAX : (time_t)INT32_MAX;
        EQ(evtimer_add(ev, &most), 0);
        EQ(turn(base), 0);
        STORY(differs("largest-time", "t=TIMEOUT", ""));
        event_free(ev);
        event_base_free(base);
}

/* --- the remembered time ----------------------------------------------------------------- */

struct clocks {
        struct event_base *base;
        int caching;
};

static void look_at_the_clock(evutil_socket_t fd, short what, void *arg)
{
        struct clocks *clocks = arg;
        struct timeval before, after, updated;

        (void)fd;
        (void)what;
        EQ(event_base_gettimeofday_cached(clocks->base, &before), 0);
        pass_ms(10);
        EQ(event_base_gettimeofday_cached(clocks->base, &after), 0);
        if (clocks->caching)
                OK(!evutil_timercmp(&before, &after, !=));
        else
                TOOK(usec_of(&after) - usec_of(&before), 10000);
        EQ(event_base_update_cache_time(clocks->base), 0);
        EQ(event_base_gettimeofday_cached(clocks->base, &updated), 0);
        LASTS(usec_of(&updated) - usec_of(&before), 1, INT64_MAX, 10000);
        say("looked");
}

static void the_time_stands_still_in_a_callback(void **state)
{
        struct clocks clocks = {base_on(backend_of(state)), 1};

        EQ(event_base_once(clocks.base, -1, EV_TIMEOUT, look_at_the_clock, &clocks, NULL), 0);
        EQ(event_base_dispatch(clocks.base), 1);
        event_base_free(clocks.base);

        clocks.base = base_with_flags(backend_of(state), EVENT_BASE_FLAG_NO_CACHE_TIME);
        clocks.caching = 0;
        EQ(event_base_once(clocks.base, -1, EV_TIMEOUT, look_at_the_clock, &clocks, NULL), 0);
        EQ(event_base_dispatch(clocks.base), 1);
        event_base_free(clocks.base);
        STORY("looked looked");
}

static void outside_the_loop_the_time_is_the_real_one(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        struct timeval cached, before, after;

        EQ(evutil_gettimeofday(&before, NULL), 0);
        EQ(event_base_gettimeofday_cached(base, &cached), 0);
        EQ(evutil_gettimeofday(&after, NULL), 0);
        LASTS(usec_of(&cached), usec_of(&before), usec_of(&after), usec_of(&before));
        EQ(event_base_update_cache_time(base), 0); /* no loop, nothing to update, no error */
        EQ(event_base_gettimeofday_cached(base, &after), 0);
        event_base_free(base);
}

static void the_monotonic_time_of_a_base(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        struct timeval first, second;

        EQ(event_gettime_monotonic(base, &first), 0);
        pass_ms(10);
        EQ(event_gettime_monotonic(base, &second), 0);
        LASTS(usec_of(&second) - usec_of(&first), 1, INT64_MAX, 10000);
        event_base_free(base);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                ON_ANY(pending_tells_the_deadline),
                ON_EACH_BACKEND(a_negative_time_is_due_at_once),
                ON_ANY(more_than_a_million_microseconds),
                ON_EACH_BACKEND(a_huge_time_is_far_away),
                ON_EACH_BACKEND(the_largest_time),
                ON_EACH_BACKEND(the_time_stands_still_in_a_callback),
                ON_ANY(outside_the_loop_the_time_is_the_real_one),
                ON_ANY(the_monotonic_time_of_a_base),
        };

        return RUN(tests);
}
