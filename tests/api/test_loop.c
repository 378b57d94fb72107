/* SPDX-License-Identifier: BSD-3-Clause */
/* The loop: when it returns and with which value, what its flags mean, and loops inside loops. */
#include "api.h"

static void an_empty_base_has_nothing_to_wait_for(void **state)
{
        struct event_base *base = base_on(backend_of(state));

        EQ(event_base_dispatch(base), 1);
        EQ(event_base_loop(base, EVLOOP_ONCE), 1);
        EQ(event_base_loop(base, EVLOOP_NONBLOCK), 1);
        EQ(event_base_loop(base, EVLOOP_NONBLOCK | EVLOOP_NO_EXIT_ON_EMPTY), 0);
        EQ(event_base_got_exit(base), 0);
        EQ(event_base_got_break(base), 0);
        event_base_free(base);
}

static void dispatch_ends_when_nothing_is_pending(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        struct event *a = evtimer_new(base, tell, NAME("a"));
        struct event *b = evtimer_new(base, tell, NAME("b"));

        evtimer_add(a, MS(1));
        evtimer_add(b, MS(3));
        EQ(event_base_dispatch(base), 1);
        STORY("a=TIMEOUT b=TIMEOUT");
        event_free(a);
        event_free(b);
        event_base_free(base);
}

static void once_waits_for_one_batch(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        struct event *near = evtimer_new(base, tell, NAME("near"));
        struct event *far = evtimer_new(base, tell, NAME("far"));

        evtimer_add(near, MS(2));
        evtimer_add(far, TV(1000, 0));
        EQ(event_base_loop(base, EVLOOP_ONCE), 0);
        STORY("near=TIMEOUT");
        OK(evtimer_pending(far, NULL));
        event_free(near);
        event_free(far);
        event_base_free(base);
}

static void nonblock_looks_and_returns(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        struct event *far = evtimer_new(base, tell, NAME("far"));
        struct event *ready = event_new(base, -1, 0, tell, NAME("ready"));

        evtimer_add(far, TV(1000, 0));
        EQ(event_base_loop(base, EVLOOP_NONBLOCK), 0);
        EQ(event_base_loop(base, EVLOOP_NONBLOCK | EVLOOP_ONCE), 0);
        STORY("");
        event_active(ready, EV_READ, 1);
        EQ(event_base_loop(base, EVLOOP_NONBLOCK), 0);
        STORY("ready=READ");
        event_free(far);
        event_free(ready);
        event_base_free(base);
}

struct spin {
        int turns;
        struct event *ev;
};

static void leave_unread(evutil_socket_t fd, short what, void *arg)
{
        struct spin *s = arg;

        (void)what;
        if (++s->turns == 3)
                drain(fd);
}

/* NONBLOCK alone returns when a look at the kernel finds nothing; with ONCE, after one batch. */
static void nonblock_alone_goes_on_while_something_is_ready(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        evutil_socket_t fds[2];
        struct spin s = {0, NULL};

        stream_pair(fds);
        s.ev = event_new(base, fds[0], EV_READ | EV_PERSIST, leave_unread, &s);
        EQ(event_add(s.ev, NULL), 0);
        put_byte(fds[1]);
        EQ(event_base_loop(base, EVLOOP_NONBLOCK), 0);
        EQ(s.turns, 3);
        s.turns = 0;
        put_byte(fds[1]);
        EQ(event_base_loop(base, EVLOOP_NONBLOCK | EVLOOP_ONCE), 0);
        EQ(s.turns, 1);
        event_free(s.ev);
        event_base_free(base);
        close_pair(fds);
}

static void no_exit_on_empty_stays_for_loopexit(void **state)
{
        struct event_base *base = base_on(backend_of(state));

        EQ(event_base_loopexit(base, MS(2)), 0);
        EQ(event_base_loop(base, EVLOOP_NO_EXIT_ON_EMPTY), 0);
        OK(event_base_got_exit(base));
        OK(!event_base_got_break(base));
        event_base_free(base);
}

static void loop_inside(evutil_socket_t fd, short what, void *base)
{
        (void)fd;
        (void)what;
        log_catch();
        say("inner=%d", event_base_loop(base, EVLOOP_NONBLOCK));
        EQ(log_count(), 1);
        EQ(log_last_severity(), EVENT_LOG_WARN);
        log_release();
}

static void a_loop_inside_a_loop_is_refused(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        struct event *outer = event_new(base, -1, 0, loop_inside, base);
        struct event *next = event_new(base, -1, 0, tell, NAME("next"));

        event_active(outer, EV_READ, 1);
        event_active(next, EV_READ, 1);
        EQ(event_base_dispatch(base), 1);
        STORY("inner=-1 next=READ");
        event_free(outer);
        event_free(next);
        event_base_free(base);
}

static void loop_another(evutil_socket_t fd, short what, void *other)
{
        (void)fd;
        (void)what;
        say("outer");
        EQ(event_base_dispatch(other), 1);
        say("back");
}

static void another_base_may_loop_inside_a_callback(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        struct event_base *other = base_on(backend_of(state));
        struct event *outer = event_new(base, -1, 0, loop_another, other);
        struct event *inner = evtimer_new(other, tell, NAME("inner"));

        event_active(outer, EV_READ, 1);
        evtimer_add(inner, MS(1));
        EQ(event_base_dispatch(base), 1);
        STORY("outer inner=TIMEOUT back");
        event_free(outer);
        event_free(inner);
        event_base_free(base);
        event_base_free(other);
}

static void activate_next(evutil_socket_t fd, short what, void *next)
{
        (void)fd;
        (void)what;
        say("first");
        event_active(next, EV_READ, 1);
}

/* The batch that is active is run to its end, including what is made active by it. */
static void what_a_callback_activates_runs_in_the_same_turn(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        struct event *second = event_new(base, -1, 0, tell, NAME("second"));
        struct event *first = event_new(base, -1, 0, activate_next, second);

        event_active(first, EV_READ, 1);
        EQ(turn(base), 0);
        STORY("first second=READ");
        event_free(first);
        event_free(second);
        event_base_free(base);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                ON_EACH_BACKEND(an_empty_base_has_nothing_to_wait_for),
                ON_EACH_BACKEND(dispatch_ends_when_nothing_is_pending),
                ON_EACH_BACKEND(once_waits_for_one_batch),
                ON_EACH_BACKEND(nonblock_looks_and_returns),
                ON_EACH_BACKEND(nonblock_alone_goes_on_while_something_is_ready),
                ON_EACH_BACKEND(no_exit_on_empty_stays_for_loopexit),
                ON_EACH_BACKEND(a_loop_inside_a_loop_is_refused),
                ON_ANY(another_base_may_loop_inside_a_callback),
                ON_EACH_BACKEND(what_a_callback_activates_runs_in_the_same_turn),
        };

        return RUN(tests);
}
