/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * event_active(): making an event run without anything having happened, and what that does to
 * flags, counts, and to an event that is pending, active or neither.
 */
#include "api.h"

#include <signal.h>

static void an_event_that_was_never_added(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        struct event *ev = event_new(base, -1, 0, tell, NAME("a"));

        event_active(ev, EV_WRITE, 0);
        EQ(event_pending(ev, EV_READ | EV_WRITE, NULL), EV_WRITE);
        EQ(event_base_get_num_events(base, EVENT_BASE_COUNT_ACTIVE), 1);
        EQ(event_base_dispatch(base), 1);
        STORY("a=WRITE");
        OK(!event_pending(ev, EV_READ | EV_WRITE, NULL));
        event_free(ev);
        event_base_free(base);
}

static void flags_of_two_activations_are_joined(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        struct event *ev = event_new(base, -1, 0, tell, NAME("a"));

        event_active(ev, EV_READ, 1);
        event_active(ev, EV_WRITE, 1);
        event_active(ev, EV_WRITE, 1);
        EQ(event_pending(ev, 0xff, NULL), EV_READ | EV_WRITE);
        EQ(event_base_dispatch(base), 1);
        STORY("a=READ|WRITE");
        event_free(ev);
        event_base_free(base);
}

/* Any bits are handed on as they are. */
static void odd_flags(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        struct event *ev = evuser_new(base, tell, NAME("a"));

        evuser_trigger(ev);
        EQ(turn(base), 0);
        STORY("a=0");
        event_active(ev, 0x1000 | EV_ET | EV_CLOSED | EV_SIGNAL, 1);
        EQ(turn(base), 0);
        STORY("a=SIGNAL|ET|CLOSED|0x1000");
        event_free(ev);
        event_base_free(base);
}

/* A timeout that is due when event_active() has already been called for the same event. */
static void an_activation_meets_the_events_timeout(void **state)
{
        struct event_base *base = precise_base();
        struct event *ev = evtimer_new(base, tell, NAME("a"));

        (void)state;
        EQ(evtimer_add(ev, MS(1)), 0);
        pass_ms(3);
        event_active(ev, EV_WRITE, 1);
        EQ(turn(base), 0);
        STORY(differs("active-meets-timeout", "a=TIMEOUT", "a=TIMEOUT|WRITE"));
        event_free(ev);
        event_base_free(base);
}

static void data_meets_the_events_timeout(void **state)
{
        struct event_base *base = base_with_flags(backend_of(state), EVENT_BASE_FLAG_PRECISE_TIMER);
        evutil_socket_t fds[2];
        struct event *ev;

        stream_pair(fds);
        ev = event_new(base, fds[0], EV_READ | EV_PERSIST, tell_and_read, NAME("r"));
        EQ(event_add(ev, MS(1)), 0);
        put_byte(fds[1]);
        pass_ms(3);
        EQ(turn(base), 0);
        STORY(differs("active-meets-timeout", "r=TIMEOUT", "r=TIMEOUT|READ"));
        event_free(ev);
        event_base_free(base);
        close_pair(fds);
}

struct rearming {
        struct event *ev;
};

static void activate_and_rearm(evutil_socket_t fd, short what, void *arg)
{
        struct rearming *r = arg;

        tell(fd, what, NAME("first"));
        event_active(r->ev, EV_READ, 1);
        EQ(event_pending(r->ev, EV_READ | EV_TIMEOUT, NULL), EV_READ | EV_TIMEOUT);
        EQ(event_add(r->ev, TV(1000, 0)), 0);
}

/* The second is active for its timeout and for EV_READ. A new time takes back the timeout, and
 * nothing else. */
static void rearming_what_is_active_for_data_and_time(void **state)
{
        struct event_base *base = base_with_flags(backend_of(state), EVENT_BASE_FLAG_PRECISE_TIMER);
        evutil_socket_t fds[2];
        struct rearming r;
        struct event *first;

        stream_pair(fds);
        first = evtimer_new(base, activate_and_rearm, &r);
        r.ev = event_new(base, fds[0], EV_READ | EV_PERSIST, tell, NAME("second"));
        EQ(event_add(first, MS(1)), 0);
        EQ(event_add(r.ev, MS(2)), 0);
        pass_ms(4);
        EQ(turn(base), 0);
        STORY(differs("rearm-while-active", "first=TIMEOUT", "first=TIMEOUT second=READ"));
        EQ(event_pending(r.ev, EV_READ | EV_TIMEOUT, NULL),
           differs("rearm-while-active", EV_TIMEOUT, EV_READ | EV_TIMEOUT));
        event_free(first);
        event_free(r.ev);
        event_base_free(base);
        close_pair(fds);
}

/* Active, but not watching its descriptor: event_add() has to make it watch. */
static void adding_an_event_that_is_active_but_not_added(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        evutil_socket_t fds[2];
        struct event *ev;

        stream_pair(fds);
        ev = event_new(base, fds[0], EV_READ | EV_PERSIST, tell_and_read, NAME("r"));
        event_active(ev, EV_WRITE, 1);
        EQ(event_add(ev, NULL), 0);
        EQ(event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED), /* an activation counts too */
           differs("add-while-active", 1, 2));
        EQ(turn(base), 0);
        STORY("r=WRITE");
        put_byte(fds[1]);
        turn(base);
        STORY(differs("add-while-active", "", "r=READ"));
        event_free(ev);
        event_base_free(base);
        close_pair(fds);
}

/* A pending event stays pending unless it is one that comes once. */
static void activating_a_pending_event(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        evutil_socket_t fds[2];
        struct event *once, *always;

        stream_pair(fds);
        once = event_new(base, fds[0], EV_READ, tell, NAME("once"));
        always = event_new(base, fds[0], EV_READ | EV_PERSIST, tell, NAME("always"));
        event_add(once, TV(1000, 0));
        event_add(always, TV(1000, 0));
        event_active(once, EV_READ, 1);
        event_active(always, EV_READ, 1);
        EQ(turn(base), 0);
        STORY("once=READ always=READ");
        EQ(event_pending(once, EV_READ | EV_TIMEOUT, NULL), 0);
        EQ(event_pending(always, EV_READ | EV_TIMEOUT, NULL), EV_READ | EV_TIMEOUT);
        event_free(once);
        event_free(always);
        event_base_free(base);
        close_pair(fds);
}

static void activate_self(evutil_socket_t fd, short what, void *self)
{
        static int n;

        tell(fd, what, NAME("self"));
        if (++n % 3)
                event_active(self, EV_WRITE, 1);
}

static void a_callback_activates_its_own_event(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        struct event *ev = event_new(base, -1, 0, activate_self, event_self_cbarg());

        event_active(ev, EV_READ, 1);
        EQ(event_base_dispatch(base), 1);
        STORY("self=READ self=WRITE self=WRITE");
        event_free(ev);
        event_base_free(base);
}

static void deleting_takes_the_activation_back(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        struct event *ev = event_new(base, -1, 0, tell, NAME("a"));

        event_active(ev, EV_READ, 1);
        EQ(event_del(ev), 0);
        EQ(event_base_dispatch(base), 1);
        STORY("");
        event_free(ev);
        event_base_free(base);
}

/* --- counts, which only signal events have ------------------------------------------------ */

static void the_count_is_how_often_a_signal_event_runs(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        int n = 0, m = 0;
        struct event *sig = evsignal_new(base, SIGUSR1, count, &n);
        struct event *plain = event_new(base, -1, 0, count, &m);

        event_active(sig, EV_SIGNAL, 4);
        event_active(plain, EV_READ, 4);
        EQ(turn(base), 0);
        EQ(n, 4);
        EQ(m, 1);
        EQ(event_add(sig, NULL), 0);
        event_active(sig, EV_SIGNAL, 2);
        event_active(sig, EV_SIGNAL, 3); /* already active: the count that was there stays */
        EQ(turn(base), 0);
        EQ(n, 4 + 2);
        event_active(sig, EV_SIGNAL, 0);
        EQ(turn(base), 0);
        EQ(n, 6);
        event_free(sig);
        event_free(plain);
        event_base_free(base);
}

/* --- activation by descriptor and by signal ----------------------------------------------- */

static void active_by_fd(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        evutil_socket_t fds[2];
        struct event *r, *timer;

        stream_pair(fds);
        r = event_new(base, fds[0], EV_READ | EV_PERSIST, tell, NAME("r"));
        timer = evtimer_new(base, tell, NAME("t"));
        event_add(r, TV(1000, 0));
        event_add(timer, TV(1000, 0));
        event_base_active_by_fd(base, fds[0], EV_READ);
        EQ(turn(base), 0);
        STORY("r=READ");
        event_base_active_by_fd(base, fds[0], EV_WRITE); /* nobody watches for that */
        event_base_active_by_fd(base, fds[0], EV_TIMEOUT);
        event_base_active_by_fd(base, fds[1], EV_READ);
        EQ(turn(base), 0);
        STORY(story_so_far());
        event_free(r);
        event_free(timer);
        event_base_free(base);
        close_pair(fds);
}

static void active_by_signal(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        struct event *ev = evsignal_new(base, SIGUSR1, tell, NAME("usr1"));

        event_add(ev, NULL);
        event_base_active_by_signal(base, SIGUSR1);
        event_base_active_by_signal(base, SIGUSR2);
        EQ(turn(base), 0);
        STORY("usr1=SIGNAL");
        event_free(ev);
        event_base_free(base);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                ON_ANY(an_event_that_was_never_added),
                ON_ANY(flags_of_two_activations_are_joined),
                ON_ANY(odd_flags),
                ON_ANY(an_activation_meets_the_events_timeout),
                ON_EACH_BACKEND(data_meets_the_events_timeout),
                ON_EACH_BACKEND(rearming_what_is_active_for_data_and_time),
                ON_EACH_BACKEND(adding_an_event_that_is_active_but_not_added),
                ON_EACH_BACKEND(activating_a_pending_event),
                ON_ANY(a_callback_activates_its_own_event),
                ON_ANY(deleting_takes_the_activation_back),
                ON_ANY(the_count_is_how_often_a_signal_event_runs),
                ON_EACH_BACKEND(active_by_fd),
                ON_ANY(active_by_signal),
        };

        return RUN(tests);
}
