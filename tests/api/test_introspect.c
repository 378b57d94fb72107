/* SPDX-License-Identifier: BSD-3-Clause */
/* Looking at a base and its events: counts, the walk, the dump, the running event, the getters. */
#include "api.h"

#include <signal.h>
#include <stdio.h>

static int added(struct event_base *base)
{
        return event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED);
}

static int active(struct event_base *base)
{
        return event_base_get_num_events(base, EVENT_BASE_COUNT_ACTIVE);
}

/* ADDED counts registrations: a descriptor, a timeout and an activation are one each. */
static void what_counts_as_added(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        evutil_socket_t fds[2];
        struct event *io, *sig, *timer, *common;

        stream_pair(fds);
        io = event_new(base, fds[0], EV_READ | EV_PERSIST, ignore, NULL);
        sig = evsignal_new(base, SIGUSR1, ignore, NULL);
        timer = evtimer_new(base, ignore, NULL);
        common = evtimer_new(base, ignore, NULL);
        EQ(added(base), 0);
        event_add(io, NULL);
        EQ(added(base), 1);
        event_add(io, NULL);
        EQ(added(base), 1);
        event_add(io, TV(100, 0));
        EQ(added(base), 2);
        event_add(sig, NULL); /* the base's own event for signals is not counted */
        EQ(added(base), 3);
        event_add(timer, TV(100, 0));
        EQ(added(base), 4);
        event_add(common, event_base_init_common_timeout(base, TV(50, 0)));
        EQ(added(base), 5);
        event_active(io, EV_READ, 1);
        EQ(added(base), 6);
        EQ(active(base), 1);
        event_active(io, EV_READ, 1);
        EQ(added(base), 6);
        EQ(event_base_get_num_events(base, EVENT_BASE_COUNT_VIRTUAL), 0);
        EQ(event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED | EVENT_BASE_COUNT_ACTIVE |
                                                   EVENT_BASE_COUNT_VIRTUAL),
           7);
        EQ(event_base_get_num_events(base, 0), 0);
        event_free(io);
        EQ(added(base), 3);
        event_free(sig);
        event_free(timer);
        event_free(common);
        EQ(added(base), 0);
        event_base_free(base);
        close_pair(fds);
}

static void the_highest_counts_are_remembered(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        struct event *a = evtimer_new(base, ignore, NULL);
        struct event *b = evtimer_new(base, ignore, NULL);

        event_add(a, TV(100, 0));
        event_add(b, TV(100, 0));
        event_active(a, EV_READ, 1);
        event_active(b, EV_READ, 1);
        event_free(a);
        event_free(b);
        EQ(event_base_get_max_events(base, EVENT_BASE_COUNT_ADDED, 0), 4);
        EQ(event_base_get_max_events(base, EVENT_BASE_COUNT_ACTIVE, 0), 2);
        EQ(event_base_get_max_events(base, EVENT_BASE_COUNT_VIRTUAL, 0), 0);
        EQ(event_base_get_max_events(base, EVENT_BASE_COUNT_ADDED | EVENT_BASE_COUNT_ACTIVE, 0), 6);
        EQ(event_base_get_max_events(base, EVENT_BASE_COUNT_ADDED, 1), 4); /* and forget it */
        EQ(event_base_get_max_events(base, EVENT_BASE_COUNT_ADDED, 0), 0);
        EQ(event_base_get_max_events(base, EVENT_BASE_COUNT_ACTIVE, 0), 2);
        event_base_free(base);
}

/* --- the walk ------------------------------------------------------------------------------- */

static int name_them(const struct event_base *base, const struct event *ev, void *arg)
{
        (void)base;
        (void)arg;
        say("%s", (const char *)event_get_callback_arg(ev));
        return 0;
}

static int stop_at_two(const struct event_base *base, const struct event *ev, void *counter)
{
        (void)base;
        (void)ev;
        return ++*(int *)counter == 2 ? 42 : 0;
}

static void the_walk_meets_every_event_once(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        evutil_socket_t fds[2];
        struct event *io, *timer, *active_only;
        int n = 0;

        stream_pair(fds);
        EQ(event_base_foreach_event(base, name_them, NULL), 0);
        STORY("");
        io = event_new(base, fds[0], EV_READ, ignore, NAME("io"));
        timer = evtimer_new(base, ignore, NAME("timer"));
        active_only = event_new(base, -1, 0, ignore, NAME("active"));
        event_add(io, TV(100, 0)); /* with a descriptor and a time, still met once */
        event_add(timer, TV(100, 0));
        event_active(active_only, EV_READ, 1);
        event_active(io, EV_READ, 1);
        EQ(event_base_foreach_event(base, name_them, NULL), 0);
        STORY("io timer active");
        EQ(event_base_foreach_event(base, stop_at_two, &n), 42);
        EQ(n, 2);
        event_free(io);
        event_free(timer);
        event_free(active_only);
        event_base_free(base);
        close_pair(fds);
}

static void the_dump_names_what_is_there(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        evutil_socket_t fds[2];
        struct event *io, *timer;
        char *text = NULL, expected[64];
        size_t length = 0;
        FILE *out;

        stream_pair(fds);
        io = event_new(base, fds[0], EV_READ | EV_PERSIST, ignore, NULL);
        timer = evtimer_new(base, ignore, NULL);
        event_add(io, NULL);
        event_add(timer, TV(100, 0));
        event_active(timer, EV_WRITE, 1);
        out = open_memstream(&text, &length);
        OK(out != NULL);
        event_base_dump_events(base, out);
        EQ(fclose(out), 0);
        /* its wording is free; that it holds the two sections and the events is not */
        OK(strstr(text, "Inserted events") != NULL);
        OK(strstr(text, "Active events") != NULL);
        snprintf(expected, sizeof expected, "%p", (void *)io);
        OK(strstr(text, expected) != NULL);
        snprintf(expected, sizeof expected, "%p", (void *)timer);
        OK(strstr(strstr(text, "Active events"), expected) != NULL);
        free(text);
        event_free(io);
        event_free(timer);
        event_base_free(base);
        close_pair(fds);
}

/* --- the running event ------------------------------------------------------------------------ */

static struct event *running;

static void who_runs(evutil_socket_t fd, short what, void *base)
{
        (void)fd;
        (void)what;
        running = event_base_get_running_event(base);
}

static void the_running_event(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        struct event *ev = event_new(base, -1, 0, who_runs, base);

        event_active(ev, EV_READ, 1);
        EQ(event_base_dispatch(base), 1);
        OK(running == ev);
        event_free(ev);
        event_base_free(base);
}

static void ask_outside_the_loop(void *base)
{
        report("%s", event_base_get_running_event(base) ? "an event" : "none");
}

static void the_running_event_when_none_runs(void **state)
{
        struct event_base *base = base_on(backend_of(state));

        EQ(in_child(ask_outside_the_loop, base), differs("running-event-outside", -SIGSEGV, 0));
        STREQ(child_report(), differs("running-event-outside", "", "none"));
        event_base_free(base);
}

/* --- the getters ------------------------------------------------------------------------------ */

static void what_was_assigned_can_be_read(void **state)
{
        struct event_base *base = base_on(backend_of(state)), *b;
        struct event *ev = event_new(base, 77, EV_READ | EV_ET, tell, NAME("arg"));
        evutil_socket_t fd;
        short events;
        event_callback_fn callback;
        void *arg;

        EQ(event_initialized(ev), 1);
        OK(event_get_base(ev) == base);
        EQ(event_get_fd(ev), 77);
        EQ(event_get_events(ev), EV_READ | EV_ET);
        OK(event_get_callback(ev) == tell);
        STREQ(event_get_callback_arg(ev), "arg");
        EQ(event_get_priority(ev), 0);
        event_get_assignment(ev, &b, &fd, &events, &callback, &arg);
        OK(b == base && callback == tell);
        EQ(fd, 77);
        EQ(events, EV_READ | EV_ET);
        STREQ(arg, "arg");
        event_get_assignment(ev, NULL, NULL, NULL, NULL, NULL);
        event_free(ev);
        event_base_free(base);
}

static void the_argument_that_means_the_event(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        struct event *ev = event_new(base, -1, EV_PERSIST, ignore, event_self_cbarg());
        struct event embedded;

        OK(event_self_cbarg() != NULL);
        OK(event_get_callback_arg(ev) == ev);
        EQ(event_assign(&embedded, base, -1, 0, ignore, event_self_cbarg()), 0);
        OK(event_get_callback_arg(&embedded) == &embedded);
        event_free(ev);
        event_base_free(base);
}

static void what_pending_says(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        evutil_socket_t fds[2];
        struct event *ev;

        stream_pair(fds);
        ev = event_new(base, fds[0], EV_READ | EV_WRITE | EV_PERSIST, ignore, NULL);
        EQ(event_pending(ev, 0xff, NULL), 0);
        event_add(ev, NULL);
        EQ(event_pending(ev, EV_READ | EV_WRITE | EV_TIMEOUT | EV_SIGNAL, NULL),
           EV_READ | EV_WRITE);
        EQ(event_pending(ev, EV_WRITE, NULL), EV_WRITE);
        EQ(event_pending(ev, EV_TIMEOUT, NULL), 0);
        event_add(ev, TV(100, 0));
        EQ(event_pending(ev, 0xff, NULL), EV_READ | EV_WRITE | EV_TIMEOUT);
        EQ(event_pending(ev, EV_PERSIST | EV_ET, NULL), 0);
        event_free(ev);
        event_base_free(base);
        close_pair(fds);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                ON_EACH_BACKEND(what_counts_as_added),
                ON_ANY(the_highest_counts_are_remembered),
                ON_EACH_BACKEND(the_walk_meets_every_event_once),
                ON_ANY(the_dump_names_what_is_there),
                ON_ANY(the_running_event),
                ON_ANY(the_running_event_when_none_runs),
                ON_ANY(what_was_assigned_can_be_read),
                ON_ANY(the_argument_that_means_the_event),
                ON_EACH_BACKEND(what_pending_says),
        };

        return RUN(tests);
}
