/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The API of libevent 1.4: one current base for the process. The current base is made by
 * event_init() and never unmade but by freeing it, so each test is a child.
 */
#include "api.h"
#include <event2/event_compat.h>

#include <signal.h>

static void a_program_of_1_4(void *arg)
{
        struct event_base *base = event_init();
        struct event timer, reader, on_signal;
        evutil_socket_t fds[2];

        (void)arg;
        OK(base != NULL);
        STREQ(event_get_method(), event_base_get_method(base));
        stream_pair(fds);
        timeout_set(&timer, tell, NAME("timer"));
        event_set(&reader, fds[0], EV_READ, tell_and_read, NAME("reader"));
        signal_set(&on_signal, SIGUSR1, tell, NAME("signal"));
        OK(event_get_base(&timer) == base);
        EQ(EVENT_FD(&reader), fds[0]);
        EQ(EVENT_SIGNAL(&on_signal), SIGUSR1);
        EQ(event_get_events(&on_signal), EV_SIGNAL | EV_PERSIST);
        OK(timeout_initialized(&timer) && signal_initialized(&on_signal));

        EQ(timeout_add(&timer, MS(1)), 0);
        OK(timeout_pending(&timer, NULL));
        EQ(event_dispatch(), 1);
        STORY("timer=TIMEOUT");

        EQ(event_add(&reader, NULL), 0);
        EQ(signal_add(&on_signal, NULL), 0);
        OK(signal_pending(&on_signal, NULL));
        put_byte(fds[1]);
        EQ(event_loop(EVLOOP_ONCE), 0);
        STORY("reader=READ");
        EQ(raise(SIGUSR1), 0);
        EQ(event_loop(EVLOOP_ONCE | EVLOOP_NONBLOCK), 0);
        STORY("signal=SIGNAL");
        EQ(signal_del(&on_signal), 0);
        EQ(timeout_del(&timer), 0);
        event_base_free(base);
}

static void the_old_way_of_everything(void **state)
{
        (void)state;
        CHILD_OK(a_program_of_1_4, NULL);
}

static void break_it(evutil_socket_t fd, short what, void *arg)
{
        tell(fd, what, arg);
        EQ(event_loopbreak(), 0);
}

static void ways_out(void *arg)
{
        struct event_base *base = event_init();
        struct event far, breaker;

        (void)arg;
        evtimer_set(&far, tell, NAME("far"));
        evtimer_set(&breaker, break_it, NAME("breaker"));
        EQ(evtimer_add(&far, TV(1000, 0)), 0);
        EQ(event_loopexit(MS(1)), 0);
        EQ(event_dispatch(), 0);
        OK(event_base_got_exit(base));
        EQ(event_loopexit(NULL), 0);
        EQ(event_loop(0), 0);
        STORY("");
        EQ(evtimer_add(&breaker, MS(1)), 0);
        EQ(event_dispatch(), 0);
        STORY("breaker=TIMEOUT");
        OK(event_base_got_break(base));
}

static void the_ways_out_of_the_loop(void **state)
{
        (void)state;
        CHILD_OK(ways_out, NULL);
}

static void once_and_priorities(void *arg)
{
        struct event_base *base = event_init();
        struct event ev;

        (void)arg;
        EQ(event_priority_init(4), 0);
        EQ(event_base_get_npriorities(base), 4);
        evtimer_set(&ev, tell, NAME("ev"));
        EQ(event_get_priority(&ev), 2);
        EQ(event_priority_set(&ev, 0), 0);
        EQ(event_once(-1, EV_TIMEOUT, tell, NAME("once"), NULL), 0);
        event_active(&ev, EV_READ, 1);
        EQ(event_dispatch(), 1);
        STORY("ev=READ once=TIMEOUT");
        EQ(event_once(-1, EV_TIMEOUT, tell, NAME("timed"), MS(1)), 0);
        EQ(event_dispatch(), 1);
        STORY("timed=TIMEOUT");
}

static void once_and_priorities_of_the_current_base(void **state)
{
        (void)state;
        CHILD_OK(once_and_priorities, NULL);
}

/* The last event_init() is the current one; events set before it keep theirs. */
static void two_inits(void *arg)
{
        struct event_base *first = event_init(), *second;
        struct event a, b;

        (void)arg;
        evtimer_set(&a, tell, NAME("a"));
        second = event_init();
        evtimer_set(&b, tell, NAME("b"));
        OK(first != second);
        OK(event_get_base(&a) == first);
        OK(event_get_base(&b) == second);
        EQ(evtimer_add(&a, MS(1)), 0);
        EQ(evtimer_add(&b, MS(1)), 0);
        EQ(event_dispatch(), 1);
        STORY("b=TIMEOUT");
        EQ(event_base_dispatch(first), 1);
        STORY("a=TIMEOUT");
        event_base_free(NULL); /* the current base */
        event_base_free(first);
}

static void the_last_init_is_current(void **state)
{
        (void)state;
        CHILD_OK(two_inits, NULL);
}

/* A base of the new kind is not the current one, but NULL means the current one to assign(). */
static void null_is_the_current_base(void *arg)
{
        struct event_base *current = event_init();
        struct event_base *other = event_base_new();
        struct event ev;
        struct event *allocated;

        (void)arg;
        EQ(event_assign(&ev, NULL, -1, 0, tell, NAME("ev")), 0);
        OK(event_get_base(&ev) == current);
        allocated = event_new(NULL, -1, 0, tell, NAME("ev"));
        OK(event_get_base(allocated) == current);
        event_free(allocated);
        event_base_free(other);
        event_base_free(current);
        log_catch();
        EQ(event_assign(&ev, NULL, -1, 0, tell, NAME("ev")), 0); /* no base at all: taken too */
        OK(event_get_base(&ev) == NULL);
        EQ(event_add(&ev, TV(1, 0)), -1); /* and refused here */
        EQ(log_last_severity(), EVENT_LOG_WARN);
}

static void null_means_the_current_base(void **state)
{
        (void)state;
        CHILD_OK(null_is_the_current_base, NULL);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                ON_ANY(the_old_way_of_everything),
                ON_ANY(the_ways_out_of_the_loop),
                ON_ANY(once_and_priorities_of_the_current_base),
                ON_ANY(the_last_init_is_current),
                ON_ANY(null_means_the_current_base),
        };

        return RUN(tests);
}
