/* SPDX-License-Identifier: BSD-3-Clause */
/* Persistent timers: their schedule, what being late does to it, and what data does. */
#include "api.h"

#include <signal.h>

static void a_persistent_timer_repeats(void **state)
{
        struct event_base *base = precise_base();
        int n = 0;
        struct event *ev = event_new(base, -1, EV_PERSIST, count, &n);
        int64_t start = base_now_usec(base);

        (void)state;
        EQ(event_add(ev, MS(3)), 0);
        loop_until(base, &n, 4);
        TOOK(base_now_usec(base) - start, 12000);
        OK(evtimer_pending(ev, NULL));
        EQ(event_del(ev), 0);
        EQ(event_base_dispatch(base), 1);
        EQ(n, 4);
        event_free(ev);
        event_base_free(base);
}

static int64_t deadline_usec(struct event *ev)
{
        struct timeval tv;

        EQ(event_pending(ev, EV_TIMEOUT, &tv), EV_TIMEOUT);
        return usec_of(&tv);
}

/* The next deadline is the last deadline plus the period, not the time of the call plus the
 * period: a call that is late by less than a period does not shift the schedule. */
/* One late call, and by how much the next deadline is behind the first. -1 if the machine was so
 * busy that a whole period was missed meanwhile: then the schedule begins anew, and rightly. */
static int64_t step_after_a_late_call(int period_ms, int late_ms)
{
        struct event_base *base = precise_base();
        int n = 0;
        struct event *ev = event_new(base, -1, EV_PERSIST, count, &n);
        int64_t first, step;
        struct timeval now;

        EQ(event_add(ev, MS(period_ms)), 0);
        first = deadline_usec(ev);
        pass_ms(period_ms + late_ms);
        EQ(turn(base), 0);
        EQ(n, 1);
        step = deadline_usec(ev) - first;
        gettimeofday(&now, NULL);
        if (now.tv_sec * (int64_t)1000000 + now.tv_usec - first > (period_ms - late_ms) * 1000)
                step = -1;
        event_free(ev);
        event_base_free(base);
        return step;
}

static void a_persistent_timer_does_not_drift(void **state)
{
        enum { PERIOD_MS = 200, LATE_MS = 20 };
        int64_t step = -1;

        (void)state;
        for (int i = 0; i < 50 && step < 0; i++)
                step = step_after_a_late_call(PERIOD_MS, LATE_MS);
        /* event_pending() tells wall time, computed anew each time: hence not to the microsecond */
        LASTS(step, (PERIOD_MS - LATE_MS / 2) * 1000, (PERIOD_MS + LATE_MS / 2) * 1000,
              PERIOD_MS * 1000);
}

/* When whole periods were missed, they are not made up for: one call, the next from now. */
static void missed_periods_are_not_made_up_for(void **state)
{
        struct event_base *base = precise_base();
        int n = 0;
        struct event *ev = event_new(base, -1, EV_PERSIST, count, &n);
        int64_t first;

        (void)state;
        EQ(event_add(ev, MS(3)), 0);
        first = deadline_usec(ev);
        pass_ms(20);
        EQ(turn(base), 0);
        EQ(n, 1);
        LASTS(deadline_usec(ev) - first, 10000, INT64_MAX, 20000); /* 3 ms after now, not after 3 */
        event_free(ev);
        event_base_free(base);
}

static void after_io_the_period_starts_anew(void **state)
{
        struct event_base *base = precise_base();
        evutil_socket_t fds[2];
        struct event *ev;
        int64_t first;

        (void)state;
        stream_pair(fds);
        ev = event_new(base, fds[0], EV_READ | EV_PERSIST, tell_and_read, NAME("r"));
        EQ(event_add(ev, TV(100, 0)), 0);
        first = deadline_usec(ev);
        pass_ms(20);
        put_byte(fds[1]);
        EQ(turn(base), 0);
        STORY("r=READ");
        LASTS(deadline_usec(ev) - first, 10000, INT64_MAX, 20000);
        event_free(ev);
        event_base_free(base);
        close_pair(fds);
}

/* EV_PERSIST holds until event_del(). A timeout of no length comes once, and takes only itself. */
static void a_timeout_ends_no_registration(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        evutil_socket_t fds[2];
        struct event *io, *sig = evsignal_new(base, SIGUSR1, tell, NAME("s"));

        stream_pair(fds);
        io = event_new(base, fds[0], EV_READ | EV_PERSIST, tell_and_read, NAME("r"));
        EQ(event_add(io, TV(0, 0)), 0);
        EQ(turn(base), 0);
        EQ(event_add(sig, TV(0, 0)), 0);
        EQ(turn(base), 0);
        STORY("r=TIMEOUT s=TIMEOUT");
        EQ(event_pending(io, EV_READ, NULL), differs("timeout-ends-persist", 0, EV_READ));
        EQ(event_pending(sig, EV_SIGNAL, NULL), differs("timeout-ends-persist", 0, EV_SIGNAL));
        put_byte(fds[1]);
        turn(base);
        STORY(differs("timeout-ends-persist", "", "r=READ"));
        event_free(io);
        event_free(sig);
        event_base_free(base);
        close_pair(fds);
}

/* event_del() ends the period too: added again without a time, the event has none. */
static void deleted_with_its_period(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        evutil_socket_t fds[2];
        struct event *io;

        stream_pair(fds);
        io = event_new(base, fds[0], EV_READ | EV_PERSIST, tell_and_read, NAME("r"));
        EQ(event_add(io, TV(100, 0)), 0);
        EQ(event_del(io), 0);
        EQ(event_add(io, NULL), 0);
        put_byte(fds[1]);
        EQ(turn(base), 0);
        STORY("r=READ");
        EQ(event_pending(io, EV_TIMEOUT, NULL), differs("period-after-del", EV_TIMEOUT, 0));
        event_free(io);
        event_base_free(base);
        close_pair(fds);
}

/* What another callback of the same batch sees of an event whose deadline has passed. */
static void look(evutil_socket_t fd, short what, void *other)
{
        (void)fd, (void)what;
        say("%s", flag_names(event_pending(other, EV_READ | EV_TIMEOUT, NULL)));
}

static void due_and_not_yet_run(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        evutil_socket_t fds[2];
        struct event *io, *looker;

        EQ(event_base_priority_init(base, 2), 0);
        stream_pair(fds);
        io = event_new(base, fds[0], EV_READ, ignore, NULL);
        looker = event_new(base, -1, 0, look, io);
        EQ(event_priority_set(looker, 0), 0);
        EQ(event_add(io, TV(0, 0)), 0);
        EQ(event_add(looker, TV(0, 0)), 0);
        EQ(turn(base), 0);
        STORY(differs("due-stays-registered", "TIMEOUT", "TIMEOUT|READ"));
        event_free(io);
        event_free(looker);
        event_base_free(base);
        close_pair(fds);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                ON_ANY(a_persistent_timer_repeats),
                ON_ANY(a_persistent_timer_does_not_drift),
                ON_ANY(missed_periods_are_not_made_up_for),
                ON_ANY(after_io_the_period_starts_anew),
                ON_EACH_BACKEND(a_timeout_ends_no_registration),
                ON_EACH_BACKEND(deleted_with_its_period),
                ON_EACH_BACKEND(due_and_not_yet_run),
        };

        return RUN(tests);
}
