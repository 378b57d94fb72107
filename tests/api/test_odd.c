/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Odd input, and what libevent 2.1.12 makes of it. None of this is promised by the manual; all of
 * it was found by running it, and programs came to depend on some of it.
 */
#include "api.h"

#include <signal.h>

/* Adds, turns once, deletes, frees; the story tells what each returned. */
static void life_of(struct event_base *base, struct event *ev, const struct timeval *tv)
{
        OK(ev != NULL);
        say("add=%d", event_add(ev, tv));
        say("pending=%s", flag_names(event_pending(ev, 0xff, NULL)));
        say("turn=%d", turn(base));
        say("del=%d", event_del(ev));
        event_free(ev);
        EQ(event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED), 0);
}

/* A descriptor below zero belongs to no kernel: such an event only has its timeout. */
static void events_without_a_descriptor(void **state)
{
        struct event_base *base = base_on(backend_of(state));

        life_of(base, event_new(base, -1, EV_READ | EV_WRITE, tell, NAME("x")), TV(0, 0));
        STORY("add=0 pending=TIMEOUT|READ|WRITE x=TIMEOUT turn=0 del=0");
        life_of(base, event_new(base, -1, EV_READ, tell, NAME("x")), NULL);
        STORY("add=0 pending=READ turn=0 del=0"); /* it counts, though nothing can come */
        life_of(base, event_new(base, -1, EV_CLOSED, tell, NAME("x")), NULL);
        STORY("add=0 pending=CLOSED turn=0 del=0");
        life_of(base, event_new(base, -2, EV_READ, tell, NAME("x")), NULL);
        STORY("add=0 pending=READ turn=0 del=0");
        event_base_free(base);
}

/* Without anything to watch for, event_add() has nothing to do, and says 0. */
static void events_that_watch_for_nothing(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        evutil_socket_t fds[2];

        stream_pair(fds);
        life_of(base, evtimer_new(base, tell, NAME("x")), NULL);
        STORY("add=0 pending=0 turn=1 del=0");
        life_of(base, event_new(base, fds[0], 0, tell, NAME("x")), NULL);
        STORY("add=0 pending=0 turn=1 del=0");
        life_of(base, event_new(base, fds[0], EV_ET, tell, NAME("x")), NULL);
        STORY("add=0 pending=0 turn=1 del=0");
        life_of(base, event_new(base, fds[0], EV_PERSIST, tell, NAME("x")), NULL);
        STORY("add=0 pending=0 turn=1 del=0");
        event_base_free(base);
        close_pair(fds);
}

/* EV_TIMEOUT among the flags of an event is of no consequence: the time given to add is. */
static void flags_without_meaning(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        evutil_socket_t fds[2];
        struct event *ev;

        stream_pair(fds);
        life_of(base, event_new(base, fds[0], EV_TIMEOUT | EV_READ, tell, NAME("x")), NULL);
        STORY("add=0 pending=READ turn=0 del=0");
        life_of(base, event_new(base, fds[0], EV_TIMEOUT, tell, NAME("x")), TV(0, 0));
        STORY("add=0 pending=TIMEOUT x=TIMEOUT turn=0 del=0");
        ev = event_new(base, fds[0], 0x4000 | EV_WRITE, tell, NAME("x"));
        EQ(event_get_events(ev), 0x4000 | EV_WRITE);
        life_of(base, ev, NULL);
        STORY("add=0 pending=WRITE x=WRITE turn=0 del=0");
        event_base_free(base);
        close_pair(fds);
}

static void a_signal_is_no_descriptor(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        static const short with[] = {EV_READ, EV_WRITE, EV_CLOSED};
        struct event ev;

        log_catch();
        for (int i = 0; i < 3; i++) {
                OK(event_new(base, SIGUSR1, (short)(EV_SIGNAL | with[i]), tell, NULL) == NULL);
                EQ(event_assign(&ev, base, SIGUSR1, (short)(EV_SIGNAL | with[i]), tell, NULL), -1);
        }
        EQ(log_count(), 6);
        EQ(log_last_severity(), EVENT_LOG_WARN);
        event_base_free(base);
}

static void numbers_that_are_no_signals(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        static const int numbers[] = {0, -1, 65, 100000};

        log_catch();
        for (int i = 0; i < 4; i++) {
                struct event *ev = event_new(base, numbers[i], EV_SIGNAL, tell, NAME("x"));

                OK(ev != NULL);
                EQ(event_add(ev, NULL), -1);
                EQ(event_pending(ev, EV_SIGNAL, NULL), 0);
                event_free(ev);
        }
        EQ(event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED), 0);
        life_of(base, event_new(base, 64, EV_SIGNAL, tell, NAME("x")), NULL); /* the last one */
        STORY("add=0 pending=SIGNAL turn=0 del=0");
        event_base_free(base);
}

static void doing_it_twice(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        evutil_socket_t fds[2];
        struct event *ev;

        stream_pair(fds);
        ev = event_new(base, fds[0], EV_WRITE | EV_PERSIST, tell, NAME("x"));
        EQ(event_del(ev), 0); /* never added */
        EQ(event_del(ev), 0);
        EQ(event_add(ev, NULL), 0);
        EQ(event_add(ev, NULL), 0);
        EQ(turn(base), 0);
        STORY("x=WRITE");     /* once */
        EQ(event_del(ev), 0); /* and one del is enough */
        EQ(event_del(ev), 0);
        EQ(event_add(ev, NULL), 0);
        EQ(event_del_noblock(ev), 0);
        EQ(event_pending(ev, EV_WRITE, NULL), 0);
        EQ(event_del_noblock(ev), 0);
        EQ(event_add(ev, NULL), 0);
        EQ(event_del_block(ev), 0);
        EQ(event_del_block(ev), 0);
        EQ(turn(base), 1);
        STORY("");
        event_free(ev);
        event_base_free(base);
        close_pair(fds);
}

/* An event of zeros has no base: each function says so and changes nothing. */
static void an_event_of_zeros(void **state)
{
        struct event ev;

        (void)state;
        memset(&ev, 0, sizeof ev);
        log_catch();
        EQ(event_add(&ev, TV(1, 0)), -1);
        EQ(event_del(&ev), -1);
        EQ(event_remove_timer(&ev), -1);
        EQ(event_pending(&ev, 0xff, NULL), 0);
        event_active(&ev, EV_READ, 1);
        EQ(log_count(), 5);
        EQ(log_last_severity(), EVENT_LOG_WARN);
}

static void null_where_a_base_is_wanted(void **state)
{
        struct timeval tv = {-1, -1};

        (void)state;
        log_catch();
        EQ(event_base_loopbreak(NULL), -1);
        EQ(event_base_loopcontinue(NULL), -1);
        EQ(event_base_loopexit(NULL, NULL), -1);
        EQ(event_gettime_monotonic(NULL, &tv), -1);
        EQ(event_base_update_cache_time(NULL), -1);
        EQ(evthread_make_base_notifiable(NULL), -1);
        EQ(event_base_gettimeofday_cached(NULL, &tv), 0); /* the real time */
        OK(tv.tv_sec > 1000000000);
        EQ(log_count(), 0);
        event_base_free(NULL);
        EQ(log_count(), 1);
        EQ(log_last_severity(), EVENT_LOG_WARN);
}

static void null_where_a_time_or_name_is_wanted(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        struct event_config *config = event_config_new();

        EQ(event_gettime_monotonic(base, NULL), -1);
        EQ(event_config_avoid_method(config, NULL), -1);
        EQ(evthread_make_base_notifiable(base), 0); /* without threads, as well */
        event_config_free(config);
        event_base_free(base);
}

static void loop_flags_without_meaning(void **state)
{
        struct event_base *base = base_on(backend_of(state));

        EQ(event_base_once(base, -1, EV_TIMEOUT, tell, NAME("x"), MS(1)), 0);
        EQ(event_base_loop(base, 0x7f00), 1);
        STORY("x=TIMEOUT");
        EQ(event_base_loop(base, 0x7f00 | EVLOOP_NONBLOCK), 1);
        event_base_free(base);
}

/* A persistent timer of no length comes once; one of negative length goes on. */
static void persistent_timers_of_no_length(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        struct event *ev = event_new(base, -1, EV_PERSIST, tell, NAME("x"));

        EQ(event_add(ev, TV(0, 0)), 0);
        EQ(turn(base), 0);
        EQ(event_pending(ev, EV_TIMEOUT, NULL), 0);
        EQ(turn(base), 1);
        STORY("x=TIMEOUT");
        EQ(event_add(ev, TV(-5, 0)), 0);
        EQ(turn(base), 0);
        EQ(event_pending(ev, EV_TIMEOUT, NULL), EV_TIMEOUT);
        STORY("x=TIMEOUT");
        event_free(ev);
        event_base_free(base);
}

static void odd_common_timeouts(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        const struct timeval *common = event_base_init_common_timeout(base, TV(-1, 0));
        struct event *ev = evtimer_new(base, tell, NAME("x"));

        OK(common != NULL);
        EQ(common->tv_sec, -1);
        EQ(common->tv_usec, 0x50000000);
        /* magic that this base did not give out: its low 20 bits are not taken for a time */
        EQ(event_add(ev, TV(100, 0x50300000 | 5000)), 0);
        EQ(event_pending(ev, EV_TIMEOUT, NULL), EV_TIMEOUT);
        EQ(turn(base), 0);
        STORY("");
        event_free(ev);
        event_base_free(base);
}

static void activating_what_is_not_there(void **state)
{
        struct event_base *base = base_on(backend_of(state));

        event_base_active_by_fd(base, 9999, EV_READ);
        event_base_active_by_fd(base, -1, EV_READ);
        event_base_active_by_signal(base, 40);
        EQ(event_base_get_num_events(base, EVENT_BASE_COUNT_ACTIVE), 0);
        EQ(turn(base), 1);
        event_base_free(base);
}

static void freeing_a_base_with_events_in_it(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        evutil_socket_t fds[2];
        struct event io, timer, common, sig;

        stream_pair(fds);
        event_assign(&io, base, fds[0], EV_READ, tell, NAME("io"));
        event_assign(&timer, base, -1, 0, tell, NAME("timer"));
        event_assign(&common, base, -1, 0, tell, NAME("common"));
        event_assign(&sig, base, SIGUSR1, EV_SIGNAL, tell, NAME("sig"));
        event_add(&io, TV(100, 0));
        event_active(&io, EV_READ, 1);
        event_add(&timer, TV(100, 0));
        event_add(&common, event_base_init_common_timeout(base, TV(50, 0)));
        event_add(&sig, NULL);
        event_base_free(base);
        STORY("");
        EQ(io.ev_evcallback.evcb_flags, EVLIST_INIT); /* all were taken out */
        EQ(timer.ev_evcallback.evcb_flags, EVLIST_INIT);
        EQ(common.ev_evcallback.evcb_flags, EVLIST_INIT);
        close_pair(fds);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                ON_EACH_BACKEND(events_without_a_descriptor),
                ON_EACH_BACKEND(events_that_watch_for_nothing),
                ON_EACH_BACKEND(flags_without_meaning),
                ON_ANY(a_signal_is_no_descriptor),
                ON_EACH_BACKEND(numbers_that_are_no_signals),
                ON_EACH_BACKEND(doing_it_twice),
                ON_ANY(an_event_of_zeros),
                ON_ANY(null_where_a_base_is_wanted),
                ON_ANY(null_where_a_time_or_name_is_wanted),
                ON_ANY(loop_flags_without_meaning),
                ON_ANY(persistent_timers_of_no_length),
                ON_ANY(odd_common_timeouts),
                ON_ANY(activating_what_is_not_there),
                ON_EACH_BACKEND(freeing_a_base_with_events_in_it),
        };

        return RUN(tests);
}
