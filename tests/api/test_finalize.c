/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Finalizers: the callback that runs in the loop, once, when an event's last callback is over,
 * and what happens to those that are waiting when the base goes.
 */
#include "api.h"

static void finalizer(struct event *ev, void *name)
{
        (void)ev;
        say("%s:finalized", (const char *)name);
}

static void finalize_runs_in_the_loop_and_once(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        evutil_socket_t fds[2];
        struct event *ev;

        stream_pair(fds);
        put_byte(fds[1]);
        ev = event_new(base, fds[0], EV_READ | EV_PERSIST | EV_FINALIZE, tell, NAME("r"));
        EQ(event_add(ev, TV(1000, 0)), 0);
        EQ(event_finalize(0, ev, finalizer), 0);
        STORY("");
        OK(!event_pending(ev, EV_READ | EV_TIMEOUT, NULL));
        EQ(event_base_dispatch(base), 1);
        STORY("r:finalized");
        EQ(event_base_dispatch(base), 1);
        STORY("");
        event_free(ev);
        event_base_free(base);
        close_pair(fds);
}

static void free_finalize_frees_as_well(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        struct event *ev = evtimer_new(base, tell, NAME("t"));

        EQ(event_add(ev, MS(1)), 0);
        EQ(event_free_finalize(0, ev, finalizer), 0);
        EQ(event_base_get_num_events(base, EVENT_BASE_COUNT_ACTIVE), 1);
        EQ(event_base_dispatch(base), 1);
        STORY("t:finalized");
        event_base_free(base);
}

/* Adding, activating and deleting what is being finalized changes nothing. */
static void a_finalizing_event_is_out_of_reach(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        struct event *ev = evtimer_new(base, tell, NAME("t"));

        EQ(event_finalize(0, ev, finalizer), 0);
        EQ(event_add(ev, MS(1)), -1);
        event_active(ev, EV_READ, 1);
        EQ(event_del(ev), 0);
        EQ(event_base_dispatch(base), 1);
        STORY("t:finalized");
        event_free(ev);
        event_base_free(base);
}

static void finalize_takes_back_an_activation(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        struct event *ev = event_new(base, -1, 0, tell, NAME("a"));

        event_active(ev, EV_READ, 1);
        EQ(event_finalize(0, ev, finalizer), 0);
        EQ(event_base_dispatch(base), 1);
        STORY("a:finalized");
        event_free(ev);
        event_base_free(base);
}

static void say_finalized(struct event *ev, void *self)
{
        OK(ev == self);
        say("finalized");
}

static void finalize_self_told(evutil_socket_t fd, short what, void *self)
{
        tell(fd, what, NAME("callback"));
        EQ(event_free_finalize(0, self, say_finalized), 0);
        say("returned");
}

static void a_callback_finalizes_its_own_event(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        struct event *ev = event_new(base, -1, EV_PERSIST, finalize_self_told, event_self_cbarg());

        EQ(event_add(ev, MS(1)), 0);
        EQ(event_base_dispatch(base), 1);
        STORY("callback=TIMEOUT returned finalized");
        event_base_free(base);
}

static void free_in_the_finalizer(struct event *ev, void *name)
{
        say("%s:freed", (const char *)name);
        event_free(ev);
}

/* After event_finalize() the storage belongs to the finalizer. */
static void the_finalizer_may_free_the_event(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        struct event *ev = evtimer_new(base, tell, NAME("t"));

        EQ(event_add(ev, MS(1)), 0);
        EQ(event_finalize(0, ev, free_in_the_finalizer), 0);
        EQ(event_base_dispatch(base), 1);
        STORY("t:freed");
        event_base_free(base);
}

static void base_free_runs_what_is_waiting(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        struct event *a = evtimer_new(base, tell, NAME("a"));
        struct event *b = evtimer_new(base, tell, NAME("b"));

        EQ(event_add(a, MS(1)), 0);
        EQ(event_free_finalize(0, a, finalizer), 0);
        EQ(event_free_finalize(0, b, finalizer), 0);
        event_base_free(base);
        STORY("a:finalized b:finalized");
}

static int lowest_free_descriptor(void)
{
        int fds[2];

        EQ(pipe(fds), 0);
        EQ(close(fds[0]), 0);
        EQ(close(fds[1]), 0);
        return fds[0];
}

static void base_free_nofinalize_does_not(void **state)
{
        int lowest = lowest_free_descriptor();
        struct event_base *base = base_on(backend_of(state));
        struct event ev;

        EQ(evtimer_assign(&ev, base, tell, NAME("a")), 0);
        EQ(event_finalize(0, &ev, finalizer), 0);
        event_base_free_nofinalize(base);
        STORY("");
        EQ(lowest_free_descriptor(), lowest); /* apart from that, it is freed */
}

static void a_finalizer_has_its_events_priority(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        struct event *low, *high;

        EQ(event_base_priority_init(base, 2), 0);
        low = evtimer_new(base, tell, NAME("low"));
        high = event_new(base, -1, 0, tell, NAME("high"));
        EQ(event_priority_set(low, 1), 0);
        EQ(event_priority_set(high, 0), 0);
        EQ(event_free_finalize(0, low, finalizer), 0);
        event_active(high, EV_READ, 1);
        EQ(event_base_dispatch(base), 1);
        STORY("high=READ low:finalized");
        event_free(high);
        event_base_free(base);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                ON_EACH_BACKEND(finalize_runs_in_the_loop_and_once),
                ON_ANY(free_finalize_frees_as_well),
                ON_ANY(a_finalizing_event_is_out_of_reach),
                ON_ANY(finalize_takes_back_an_activation),
                ON_EACH_BACKEND(a_callback_finalizes_its_own_event),
                ON_ANY(the_finalizer_may_free_the_event),
                ON_ANY(base_free_runs_what_is_waiting),
                ON_ANY(base_free_nofinalize_does_not),
                ON_ANY(a_finalizer_has_its_events_priority),
        };

        return RUN(tests);
}
