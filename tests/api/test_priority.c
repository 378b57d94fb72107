/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Priorities: the lower number first, one priority a turn, and the limits on how much is run
 * before the loop looks at the kernel again.
 */
#include "api.h"

static struct event *prioritised(struct event_base *base, int priority, const char *name)
{
        struct event *ev = event_new(base, -1, 0, tell, NAME(name));

        EQ(event_priority_set(ev, priority), 0);
        return ev;
}

static void a_base_has_one_priority(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        struct event *ev = event_new(base, -1, 0, tell, NAME("a"));

        EQ(event_base_get_npriorities(base), 1);
        EQ(event_get_priority(ev), 0);
        EQ(event_priority_set(ev, 1), -1);
        EQ(event_priority_set(ev, -1), -1);
        EQ(event_priority_set(ev, 0), 0);
        event_free(ev);
        event_base_free(base);
}

static void new_events_are_in_the_middle(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        struct event *ev;

        EQ(event_base_priority_init(base, 5), 0);
        EQ(event_base_get_npriorities(base), 5);
        ev = event_new(base, -1, 0, tell, NAME("a"));
        EQ(event_get_priority(ev), 2);
        EQ(event_priority_set(ev, 5), -1);
        EQ(event_priority_set(ev, 4), 0);
        EQ(event_get_priority(ev), 4);
        event_free(ev);
        event_base_free(base);
}

static void how_many_there_may_be(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        struct event *ev;

        EQ(event_base_priority_init(base, 0), -1);
        EQ(event_base_priority_init(base, -1), -1);
        EQ(event_base_priority_init(base, 256), -1);
        EQ(event_base_priority_init(base, 255), 0);
        EQ(event_base_get_npriorities(base), 255);
        EQ(event_base_priority_init(base, 255), 0);
        EQ(event_base_priority_init(base, 3), 0);
        EQ(event_base_get_npriorities(base), 3);
        ev = event_new(base, -1, 0, tell, NAME("a"));
        event_active(ev, EV_READ, 1);
        EQ(event_base_priority_init(base, 4), -1); /* not while something is active */
        EQ(event_base_get_npriorities(base), 3);
        event_free(ev);
        event_base_free(base);
}

static void the_lower_number_runs_first(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        struct event *ev[3];

        EQ(event_base_priority_init(base, 3), 0);
        ev[2] = prioritised(base, 2, "2");
        ev[0] = prioritised(base, 0, "0");
        ev[1] = prioritised(base, 1, "1");
        event_active(ev[2], EV_READ, 1);
        event_active(ev[1], EV_READ, 1);
        event_active(ev[0], EV_READ, 1);
        EQ(event_base_dispatch(base), 1);
        STORY("0=READ 1=READ 2=READ");
        for (int i = 0; i < 3; i++)
                event_free(ev[i]);
        event_base_free(base);
}

static void urgent_until_three(evutil_socket_t fd, short what, void *base)
{
        static int n;

        tell(fd, what, NAME("urgent"));
        if (++n % 3 == 0)
                EQ(event_base_loopbreak(base), 0);
}

/* Descriptors of both priorities stay ready: the lower one starves. */
static void only_one_priority_a_turn(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        evutil_socket_t fds[2];
        struct event *urgent, *idle;

        stream_pair(fds);
        EQ(event_base_priority_init(base, 2), 0);
        urgent = event_new(base, fds[0], EV_WRITE | EV_PERSIST, urgent_until_three, base);
        idle = event_new(base, fds[1], EV_WRITE, tell, NAME("idle"));
        EQ(event_priority_set(urgent, 0), 0);
        EQ(event_priority_set(idle, 1), 0);
        event_add(urgent, NULL);
        event_add(idle, NULL);
        EQ(event_base_dispatch(base), 0);
        STORY("urgent=WRITE urgent=WRITE urgent=WRITE");
        EQ(event_base_get_num_events(base, EVENT_BASE_COUNT_ACTIVE), 1);
        EQ(event_del(urgent), 0);
        EQ(event_base_dispatch(base), 1);
        STORY("idle=WRITE");
        event_free(urgent);
        event_free(idle);
        event_base_free(base);
        close_pair(fds);
}

static void an_active_event_keeps_its_priority(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        struct event *ev;

        EQ(event_base_priority_init(base, 2), 0);
        ev = prioritised(base, 1, "a");
        event_active(ev, EV_READ, 1);
        EQ(event_priority_set(ev, 0), -1);
        EQ(event_get_priority(ev), 1);
        EQ(event_del(ev), 0);
        EQ(event_priority_set(ev, 0), 0);
        event_free(ev);
        event_base_free(base);
}

struct activation {
        struct event *urgent;
};

static void activate_urgent(evutil_socket_t fd, short what, void *arg)
{
        struct activation *a = arg;

        tell(fd, what, NAME("low"));
        event_active(a->urgent, EV_WRITE, 1);
}

static void a_more_urgent_activation_goes_ahead(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        struct activation a;
        struct event *first, *second;

        EQ(event_base_priority_init(base, 2), 0);
        a.urgent = prioritised(base, 0, "urgent");
        first = event_new(base, -1, 0, activate_urgent, &a);
        second = prioritised(base, 1, "second");
        EQ(event_priority_set(first, 1), 0);
        event_active(first, EV_READ, 1);
        event_active(second, EV_READ, 1);
        EQ(event_base_dispatch(base), 1);
        STORY("low=READ urgent=WRITE second=READ");
        event_free(a.urgent);
        event_free(first);
        event_free(second);
        event_base_free(base);
}

/* --- limits on one batch ----------------------------------------------------------------- */

struct chain {
        struct event_base *base;
        evutil_socket_t fd;
        int n;
};

static struct event_base *limited_base(const struct timeval *interval, int callbacks,
                                       int min_priority)
{
        struct event_config *config = event_config_new();
        struct event_base *base;

        EQ(event_config_set_max_dispatch_interval(config, interval, callbacks, min_priority), 0);
        base = event_base_new_with_config(config);
        event_config_free(config);
        OK(base != NULL);
        EQ(event_base_priority_init(base, 2), 0);
        return base;
}

static void make_readable_then_tell(evutil_socket_t fd, short what, void *arg)
{
        struct chain *chain = arg;

        (void)fd;
        (void)what;
        if (chain->n++ == 0)
                put_byte(chain->fd);
        say("%d", chain->n);
}

/* Six low events are active; the first makes a descriptor readable that has the high priority.
 * Without limits it has to wait for all six; after max_callbacks of them the loop looks again. */
static void batch_of_six(struct event_base *base)
{
        evutil_socket_t fds[2];
        struct chain chain = {base, -1, 0};
        struct event *low[6], *urgent;

        stream_pair(fds);
        chain.fd = fds[1];
        urgent = event_new(base, fds[0], EV_READ, tell, NAME("urgent"));
        EQ(event_priority_set(urgent, 0), 0);
        event_add(urgent, NULL);
        for (int i = 0; i < 6; i++) {
                low[i] = event_new(base, -1, 0, make_readable_then_tell, &chain);
                EQ(event_priority_set(low[i], 1), 0);
                event_active(low[i], EV_READ, 1);
        }
        EQ(event_base_dispatch(base), 1);
        for (int i = 0; i < 6; i++)
                event_free(low[i]);
        event_free(urgent);
        event_base_free(base);
        close_pair(fds);
}

static void without_limits_a_batch_is_run_to_its_end(void **state)
{
        (void)state;
        batch_of_six(limited_base(NULL, -1, 0));
        STORY("1 2 3 4 5 6 urgent=READ");
}

static void after_max_callbacks_the_loop_looks_again(void **state)
{
        (void)state;
        batch_of_six(limited_base(NULL, 2, 0));
        STORY("1 2 urgent=READ 3 4 5 6");
}

static void the_limits_spare_what_is_more_urgent(void **state)
{
        (void)state;
        batch_of_six(limited_base(NULL, 2, 1));
        STORY("1 2 urgent=READ 3 4 5 6");
        batch_of_six(limited_base(NULL, 2, 2)); /* only priorities from 2: nobody is limited */
        STORY("1 2 3 4 5 6 urgent=READ");
}

static void after_max_time_the_loop_looks_again(void **state)
{
        (void)state;
        batch_of_six(limited_base(TV(0, 0), -1, 0)); /* no time at all: one at a time */
        STORY("1 urgent=READ 2 3 4 5 6");
        batch_of_six(limited_base(TV(1000, 0), -1, 0));
        STORY("1 2 3 4 5 6 urgent=READ");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                ON_ANY(a_base_has_one_priority),
                ON_ANY(new_events_are_in_the_middle),
                ON_ANY(how_many_there_may_be),
                ON_EACH_BACKEND(the_lower_number_runs_first),
                ON_EACH_BACKEND(only_one_priority_a_turn),
                ON_ANY(an_active_event_keeps_its_priority),
                ON_EACH_BACKEND(a_more_urgent_activation_goes_ahead),
                ON_ANY(without_limits_a_batch_is_run_to_its_end),
                ON_ANY(after_max_callbacks_the_loop_looks_again),
                ON_ANY(the_limits_spare_what_is_more_urgent),
                ON_ANY(after_max_time_the_loop_looks_again),
        };

        return RUN(tests);
}
