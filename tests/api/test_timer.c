/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Timers: deadlines and their order, persistence, replacing and removing. Only lower bounds of
 * time are checked: a loop may always be late.
 */
#include "api.h"

static void a_timer_is_never_early(void **state)
{
        struct event_base *base = precise_base();
        struct event *ev = evtimer_new(base, tell, NAME("t"));
        int64_t start = base_now_usec(base);

        (void)state;
        EQ(evtimer_add(ev, TV(0, 5500)), 0);
        EQ(event_base_dispatch(base), 1);
        OK(base_now_usec(base) - start >= 5500);
        STORY("t=TIMEOUT");
        OK(!evtimer_pending(ev, NULL));
        event_free(ev);
        event_base_free(base);
}

static void a_zero_timeout_is_due_at_once(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        struct event *ev = evtimer_new(base, tell, NAME("t"));

        EQ(evtimer_add(ev, TV(0, 0)), 0);
        STORY(""); /* but never before the loop runs */
        EQ(turn(base), 0);
        STORY("t=TIMEOUT");
        event_free(ev);
        event_base_free(base);
}

static void earlier_deadlines_come_first(void **state)
{
        struct event_base *base = precise_base();
        static const int order[] = {4, 1, 5, 3, 2};
        static const char *const names[] = {"0", "1", "2", "3", "4", "5"};
        struct event *ev[5];

        (void)state;
        for (int i = 0; i < 5; i++) {
                ev[i] = evtimer_new(base, tell, NAME(names[order[i]]));
                EQ(evtimer_add(ev[i], MS(2 * order[i])), 0);
        }
        pass_ms(12); /* all are due in one turn, or in several: the order is the same */
        EQ(event_base_dispatch(base), 1);
        STORY("1=TIMEOUT 2=TIMEOUT 3=TIMEOUT 4=TIMEOUT 5=TIMEOUT");
        for (int i = 0; i < 5; i++)
                event_free(ev[i]);
        event_base_free(base);
}

struct crowd {
        struct event *ev[8];
};

static void arm_the_crowd(evutil_socket_t fd, short what, void *arg)
{
        struct crowd *crowd = arg;

        (void)fd;
        (void)what;
        for (int i = 0; i < 8; i++) /* inside a callback the time stands still */
                EQ(evtimer_add(crowd->ev[i], MS(2)), 0);
}

static void equal_deadlines(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        static const char *const names[] = {"1", "2", "3", "4", "5", "6", "7", "8"};
        struct crowd crowd;

        for (int i = 0; i < 8; i++)
                crowd.ev[i] = evtimer_new(base, tell, NAME(names[i]));
        EQ(event_base_once(base, -1, EV_TIMEOUT, arm_the_crowd, &crowd, NULL), 0);
        EQ(event_base_dispatch(base), 1);
        STORY(differs("equal-deadlines",
                      "1=TIMEOUT 8=TIMEOUT 7=TIMEOUT 6=TIMEOUT 5=TIMEOUT 4=TIMEOUT 3=TIMEOUT "
                      "2=TIMEOUT",
                      "1=TIMEOUT 2=TIMEOUT 3=TIMEOUT 4=TIMEOUT 5=TIMEOUT 6=TIMEOUT 7=TIMEOUT "
                      "8=TIMEOUT"));
        for (int i = 0; i < 8; i++)
                event_free(crowd.ev[i]);
        event_base_free(base);
}

/* --- replacing and removing ------------------------------------------------------------- */

static void adding_again_replaces_the_deadline(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        struct event *later = evtimer_new(base, tell, NAME("later"));
        struct event *sooner = evtimer_new(base, tell, NAME("sooner"));
        struct event *between = evtimer_new(base, tell, NAME("between"));

        evtimer_add(later, MS(1));
        evtimer_add(sooner, TV(1000, 0));
        evtimer_add(between, MS(15));
        EQ(evtimer_add(later, MS(30)), 0);
        EQ(evtimer_add(sooner, MS(1)), 0);
        EQ(event_base_dispatch(base), 1);
        STORY("sooner=TIMEOUT between=TIMEOUT later=TIMEOUT");
        event_free(later);
        event_free(sooner);
        event_free(between);
        event_base_free(base);
}

static void adding_again_without_a_time_keeps_the_deadline(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        struct event *ev = evtimer_new(base, tell, NAME("t"));

        EQ(evtimer_add(ev, MS(2)), 0);
        EQ(evtimer_add(ev, NULL), 0);
        OK(evtimer_pending(ev, NULL));
        EQ(event_base_dispatch(base), 1);
        STORY("t=TIMEOUT");
        event_free(ev);
        event_base_free(base);
}

static void remove_timer_leaves_the_descriptor(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        evutil_socket_t fds[2];
        struct event *ev;

        stream_pair(fds);
        ev = event_new(base, fds[0], EV_READ | EV_PERSIST, tell_and_read, NAME("r"));
        EQ(event_remove_timer(ev), 0); /* nothing to remove is no error */
        EQ(event_add(ev, MS(1)), 0);
        EQ(event_remove_timer(ev), 0);
        EQ(event_pending(ev, EV_READ | EV_TIMEOUT, NULL), EV_READ);
        pass_ms(3);
        EQ(turn(base), 0);
        STORY("");
        put_byte(fds[1]);
        EQ(turn(base), 0);
        STORY("r=READ");
        EQ(event_pending(ev, EV_READ | EV_TIMEOUT, NULL), EV_READ);
        event_free(ev);
        event_base_free(base);
        close_pair(fds);
}

static void remove_timer_of_a_pure_timer_takes_it_out(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        struct event *ev = evtimer_new(base, tell, NAME("t"));

        EQ(evtimer_add(ev, MS(1)), 0);
        EQ(event_remove_timer(ev), 0);
        OK(!evtimer_pending(ev, NULL));
        EQ(event_base_dispatch(base), 1);
        STORY("");
        event_free(ev);
        event_base_free(base);
}

/* event_add() with a time on an event whose timeout is active takes that activation back: what
 * counts is the new deadline. */
static void delete_other_and_rearm(evutil_socket_t fd, short what, void *other)
{
        tell(fd, what, NAME("first"));
        EQ(evtimer_add(other, TV(1000, 0)), 0);
}

static void rearming_takes_back_an_active_timeout(void **state)
{
        struct event_base *base = precise_base();
        struct event *second = evtimer_new(base, tell, NAME("second"));
        struct event *first = evtimer_new(base, delete_other_and_rearm, second);

        (void)state;
        evtimer_add(first, MS(1));
        evtimer_add(second, MS(2));
        pass_ms(4); /* both become active in one turn */
        EQ(turn(base), 0);
        STORY("first=TIMEOUT");
        OK(evtimer_pending(second, NULL));
        event_free(first);
        event_free(second);
        event_base_free(base);
}

/* --- persistence ------------------------------------------------------------------------ */

static void a_persistent_timer_repeats(void **state)
{
        struct event_base *base = precise_base();
        int n = 0;
        struct event *ev = event_new(base, -1, EV_PERSIST, count, &n);
        int64_t start = base_now_usec(base);

        (void)state;
        EQ(event_add(ev, MS(3)), 0);
        loop_until(base, &n, 4);
        OK(base_now_usec(base) - start >= 12000);
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
 * period: a late call does not shift the schedule. */
static void a_persistent_timer_does_not_drift(void **state)
{
        struct event_base *base = precise_base();
        int n = 0;
        struct event *ev = event_new(base, -1, EV_PERSIST, count, &n);
        int64_t first, second;

        (void)state;
        EQ(event_add(ev, MS(200)), 0);
        first = deadline_usec(ev);
        EQ(event_add(ev, MS(20)), 0);
        first -= 180000;
        pass_ms(25);
        EQ(turn(base), 0);
        EQ(n, 1);
        second = deadline_usec(ev);
        /* event_pending() tells wall time, computed anew each time: allow for that */
        OK(second - first < 25000 && second - first > 15000);
        event_free(ev);
        event_base_free(base);
}

/* When whole periods were missed, they are not made up for: one call, the next from now. */
static void missed_periods_are_not_made_up_for(void **state)
{
        struct event_base *base = precise_base();
        int n = 0;
        struct event *ev = event_new(base, -1, EV_PERSIST, count, &n);

        (void)state;
        EQ(event_add(ev, MS(3)), 0);
        pass_ms(20);
        EQ(turn(base), 0);
        EQ(n, 1);
        OK(evtimer_pending(ev, NULL));
        event_free(ev);
        event_base_free(base);
}

static void after_io_the_period_starts_anew(void **state)
{
        struct event_base *base = precise_base();
        evutil_socket_t fds[2];
        struct event *ev;
        int64_t before;

        (void)state;
        stream_pair(fds);
        ev = event_new(base, fds[0], EV_READ | EV_PERSIST, tell_and_read, NAME("r"));
        EQ(event_add(ev, MS(15)), 0);
        pass_ms(8);
        put_byte(fds[1]);
        before = base_now_usec(base);
        EQ(event_base_loop(base, EVLOOP_ONCE), 0);
        EQ(event_base_loop(base, EVLOOP_ONCE), 0);
        STORY("r=READ r=TIMEOUT");
        OK(base_now_usec(base) - before >= 15000);
        event_free(ev);
        event_base_free(base);
        close_pair(fds);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                ON_ANY(a_timer_is_never_early),
                ON_EACH_BACKEND(a_zero_timeout_is_due_at_once),
                ON_ANY(earlier_deadlines_come_first),
                ON_EACH_BACKEND(equal_deadlines),
                ON_EACH_BACKEND(adding_again_replaces_the_deadline),
                ON_EACH_BACKEND(adding_again_without_a_time_keeps_the_deadline),
                ON_EACH_BACKEND(remove_timer_leaves_the_descriptor),
                ON_EACH_BACKEND(remove_timer_of_a_pure_timer_takes_it_out),
                ON_ANY(rearming_takes_back_an_active_timeout),
                ON_ANY(a_persistent_timer_repeats),
                ON_ANY(a_persistent_timer_does_not_drift),
                ON_ANY(missed_periods_are_not_made_up_for),
                ON_ANY(after_io_the_period_starts_anew),
        };

        return RUN(tests);
}
