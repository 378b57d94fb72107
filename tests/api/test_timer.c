/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Timers: deadlines and their order, replacing and removing. On a real clock only lower bounds of
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
        TOOK(base_now_usec(base) - start, 5500);
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

struct crowd {
        struct event *ev[8];
        const int *ms; /* each one's time */
        int n;
};

static void arm_the_crowd(void *arg)
{
        const struct crowd *crowd = arg;

        for (int i = 0; i < crowd->n; i++)
                EQ(evtimer_add(crowd->ev[i], MS(crowd->ms[i])), 0);
}

static void run_crowd(enum backend backend, const int *ms, int n)
{
        static const char *const names[] = {"1", "2", "3", "4", "5", "6", "7", "8"};
        struct event_base *base = base_on(backend);
        struct crowd crowd = {.ms = ms, .n = n};

        for (int i = 0; i < n; i++)
                crowd.ev[i] = evtimer_new(base, tell, NAME(names[i]));
        in_one_instant(base, arm_the_crowd, &crowd);
        EQ(event_base_dispatch(base), 1);
        for (int i = 0; i < n; i++)
                event_free(crowd.ev[i]);
        event_base_free(base);
}

static void earlier_deadlines_come_first(void **state)
{
        static const int ms[] = {8, 2, 10, 6, 4};

        run_crowd(backend_of(state), ms, 5);
        STORY("2=TIMEOUT 5=TIMEOUT 4=TIMEOUT 1=TIMEOUT 3=TIMEOUT");
}

static void equal_deadlines(void **state)
{
        static const int ms[] = {2, 2, 2, 2, 2, 2, 2, 2};

        run_crowd(backend_of(state), ms, 8);
        STORY(differs("equal-deadlines",
                      "1=TIMEOUT 8=TIMEOUT 7=TIMEOUT 6=TIMEOUT 5=TIMEOUT 4=TIMEOUT 3=TIMEOUT "
                      "2=TIMEOUT",
                      "1=TIMEOUT 2=TIMEOUT 3=TIMEOUT 4=TIMEOUT 5=TIMEOUT 6=TIMEOUT 7=TIMEOUT "
                      "8=TIMEOUT"));
}

/* --- replacing and removing ------------------------------------------------------------- */

struct three {
        struct event *later, *sooner, *between;
};

static void arm_and_rearm(void *arg)
{
        const struct three *t = arg;

        EQ(evtimer_add(t->later, MS(1)), 0);
        EQ(evtimer_add(t->sooner, TV(1000, 0)), 0);
        EQ(evtimer_add(t->between, MS(10)), 0);
        EQ(evtimer_add(t->later, MS(20)), 0);
        EQ(evtimer_add(t->sooner, MS(1)), 0);
}

static void adding_again_replaces_the_deadline(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        struct three t = {evtimer_new(base, tell, NAME("later")),
                          evtimer_new(base, tell, NAME("sooner")),
                          evtimer_new(base, tell, NAME("between"))};

        in_one_instant(base, arm_and_rearm, &t);
        EQ(event_base_dispatch(base), 1);
        STORY("sooner=TIMEOUT between=TIMEOUT later=TIMEOUT");
        event_free(t.later);
        event_free(t.sooner);
        event_free(t.between);
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

int main(void)
{
        const struct CMUnitTest tests[] = {
                ON_ANY(a_timer_is_never_early),
                ON_EACH_BACKEND(a_zero_timeout_is_due_at_once),
                ON_EACH_BACKEND(earlier_deadlines_come_first),
                ON_EACH_BACKEND(equal_deadlines),
                ON_EACH_BACKEND(adding_again_replaces_the_deadline),
                ON_EACH_BACKEND(adding_again_without_a_time_keeps_the_deadline),
                ON_EACH_BACKEND(remove_timer_leaves_the_descriptor),
                ON_EACH_BACKEND(remove_timer_of_a_pure_timer_takes_it_out),
                ON_ANY(rearming_takes_back_an_active_timeout),
        };

        return RUN(tests);
}
