/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The loop: when it returns and with which value, what its flags mean, and what loopexit,
 * loopbreak and loopcontinue leave undone.
 */
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

static void exit_soon(evutil_socket_t fd, short what, void *base)
{
        tell(fd, what, NAME("exit"));
        EQ(event_base_loopexit(base, NULL), 0);
}

static void loopexit_lets_the_batch_run(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        struct event *first = event_new(base, -1, 0, exit_soon, base);
        struct event *second = event_new(base, -1, 0, tell, NAME("second"));
        struct event *far = evtimer_new(base, tell, NAME("far"));

        evtimer_add(far, TV(1000, 0));
        event_active(first, EV_READ, 1);
        event_active(second, EV_READ, 1);
        EQ(event_base_dispatch(base), 0);
        STORY("exit=READ second=READ");
        OK(event_base_got_exit(base));
        OK(!event_base_got_break(base));

        EQ(turn(base), 0); /* a new loop forgets that the last one was ended */
        OK(!event_base_got_exit(base));
        event_free(first);
        event_free(second);
        event_free(far);
        event_base_free(base);
}

/* loopexit before the loop is an event that waits; loopbreak before the loop is forgotten. */
static void exit_before_the_loop_counts_and_break_does_not(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        struct event *near = evtimer_new(base, tell, NAME("near"));

        evtimer_add(near, MS(1));
        EQ(event_base_loopbreak(base), 0);
        OK(event_base_got_break(base));
        EQ(event_base_dispatch(base), 1);
        STORY("near=TIMEOUT");
        OK(!event_base_got_break(base));

        evtimer_add(near, TV(1000, 0));
        EQ(event_base_loopexit(base, NULL), 0);
        EQ(event_base_dispatch(base), 0);
        STORY("");
        OK(event_base_got_exit(base));
        event_free(near);
        event_base_free(base);
}

static void loopexit_with_a_time_waits_for_it(void **state)
{
        struct event_base *base = precise_base();
        struct event *near = evtimer_new(base, tell, NAME("near"));
        struct event *far = evtimer_new(base, tell, NAME("far"));
        int64_t start = base_now_usec(base);

        (void)state;
        evtimer_add(near, MS(1));
        evtimer_add(far, TV(1000, 0));
        EQ(event_base_loopexit(base, MS(8)), 0);
        EQ(event_base_dispatch(base), 0);
        OK(base_now_usec(base) - start >= 8000);
        STORY("near=TIMEOUT");
        OK(event_base_got_exit(base));
        event_free(near);
        event_free(far);
        event_base_free(base);
}

static void loopbreak_leaves_the_rest_active(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        struct event *first = event_new(base, -1, 0, stop, base);
        struct event *second = event_new(base, -1, 0, tell, NAME("second"));

        event_active(first, EV_READ, 1);
        event_active(second, EV_READ, 1);
        EQ(event_base_dispatch(base), 0);
        STORY("");
        OK(event_base_got_break(base));
        OK(!event_base_got_exit(base));
        OK(event_pending(second, EV_READ, NULL));

        EQ(event_base_dispatch(base), 1);
        STORY("second=READ");
        OK(!event_base_got_break(base));
        event_free(first);
        event_free(second);
        event_base_free(base);
}

struct continuing {
        struct event_base *base;
        evutil_socket_t fd;
        int rescan;
};

static void write_then_continue(evutil_socket_t fd, short what, void *arg)
{
        struct continuing *c = arg;

        tell(fd, what, NAME("low"));
        put_byte(c->fd);
        if (c->rescan)
                EQ(event_base_loopcontinue(c->base), 0);
}

/* loopcontinue breaks off the batch, looks for events anew, and then goes on with the rest. */
static void loopcontinue_looks_again_before_the_rest(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        evutil_socket_t fds[2];
        struct continuing c = {base, -1, 0};
        struct event *urgent, *low, *lower;

        stream_pair(fds);
        c.fd = fds[1];
        EQ(event_base_priority_init(base, 2), 0);
        urgent = event_new(base, fds[0], EV_READ | EV_PERSIST, tell_and_read, NAME("urgent"));
        low = event_new(base, -1, 0, write_then_continue, &c);
        lower = event_new(base, -1, 0, tell, NAME("lower"));
        EQ(event_priority_set(urgent, 0), 0);
        event_add(urgent, NULL);
        for (c.rescan = 0; c.rescan < 2; c.rescan++) {
                event_active(low, EV_WRITE, 1);
                event_active(lower, EV_WRITE, 1);
                EQ(turn(base), 0);
                while (event_pending(lower, EV_WRITE, NULL))
                        EQ(turn(base), 0);
                EQ(turn(base), 0);
                if (c.rescan)
                        STORY("low=WRITE urgent=READ lower=WRITE");
                else
                        STORY("low=WRITE lower=WRITE urgent=READ");
        }
        event_free(urgent);
        event_free(low);
        event_free(lower);
        event_base_free(base);
        close_pair(fds);
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
                ON_EACH_BACKEND(loopexit_lets_the_batch_run),
                ON_EACH_BACKEND(exit_before_the_loop_counts_and_break_does_not),
                ON_ANY(loopexit_with_a_time_waits_for_it),
                ON_EACH_BACKEND(loopbreak_leaves_the_rest_active),
                ON_EACH_BACKEND(loopcontinue_looks_again_before_the_rest),
                ON_EACH_BACKEND(a_loop_inside_a_loop_is_refused),
                ON_ANY(another_base_may_loop_inside_a_callback),
                ON_EACH_BACKEND(what_a_callback_activates_runs_in_the_same_turn),
        };

        return RUN(tests);
}
