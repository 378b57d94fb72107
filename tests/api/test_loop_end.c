/* SPDX-License-Identifier: BSD-3-Clause */
/* Ending the loop from inside and before it: what loopexit, loopbreak, loopcontinue leave undone. */
#include "api.h"

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
        TOOK(base_now_usec(base) - start, 8000);
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

int main(void)
{
        const struct CMUnitTest tests[] = {
                ON_EACH_BACKEND(loopexit_lets_the_batch_run),
                ON_EACH_BACKEND(exit_before_the_loop_counts_and_break_does_not),
                ON_ANY(loopexit_with_a_time_waits_for_it),
                ON_EACH_BACKEND(loopbreak_leaves_the_rest_active),
                ON_EACH_BACKEND(loopcontinue_looks_again_before_the_rest),
        };

        return RUN(tests);
}
