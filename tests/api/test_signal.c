/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Signals as events: delivery, counting, persistence, what becomes of the handlers, two bases
 * that both watch, and many signals at once.
 */
#include "api.h"

#include <pthread.h>
#include <signal.h>

static void a_signal_runs_the_callback_in_the_loop(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        struct event *ev = evsignal_new(base, SIGUSR1, tell, NAME("usr1"));

        EQ(event_get_signal(ev), SIGUSR1);
        EQ(evsignal_add(ev, NULL), 0);
        EQ(raise(SIGUSR1), 0);
        STORY("");
        EQ(turn(base), 0);
        STORY("usr1=SIGNAL");
        OK(evsignal_pending(ev, NULL)); /* evsignal_new() makes it persistent */
        EQ(raise(SIGUSR1), 0);
        EQ(turn(base), 0);
        STORY("usr1=SIGNAL");
        EQ(event_del(ev), 0);
        EQ(event_base_dispatch(base), 1);
        event_free(ev);
        event_base_free(base);
}

static void a_signal_event_that_does_not_persist(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        struct event *ev = event_new(base, SIGUSR1, EV_SIGNAL, tell, NAME("usr1"));

        EQ(event_add(ev, NULL), 0);
        EQ(raise(SIGUSR1), 0);
        EQ(event_base_dispatch(base), 1);
        STORY("usr1=SIGNAL");
        OK(!event_pending(ev, EV_SIGNAL, NULL));
        event_free(ev);
        event_base_free(base);
}

/* The callback runs as often as the signal was caught before the loop looked. */
static void signals_are_counted(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        int n = 0;
        struct event *ev = evsignal_new(base, SIGUSR1, count, &n);

        EQ(event_add(ev, NULL), 0);
        for (int i = 0; i < 5; i++)
                EQ(raise(SIGUSR1), 0);
        EQ(turn(base), 0);
        EQ(n, 5);
        event_free(ev);
        event_base_free(base);
}

static void several_events_for_one_signal(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        int a = 0, b = 0, c = 0;
        struct event *first = evsignal_new(base, SIGUSR1, count, &a);
        struct event *second = evsignal_new(base, SIGUSR1, count, &b);
        struct event *other = evsignal_new(base, SIGUSR2, count, &c);

        event_add(first, NULL);
        event_add(second, NULL);
        event_add(other, NULL);
        EQ(raise(SIGUSR1), 0);
        EQ(turn(base), 0);
        EQ(a, 1);
        EQ(b, 1);
        EQ(c, 0);
        EQ(event_del(first), 0); /* the handler stays for the second */
        EQ(raise(SIGUSR1), 0);
        EQ(raise(SIGUSR2), 0);
        EQ(turn(base), 0);
        EQ(a, 1);
        EQ(b, 2);
        EQ(c, 1);
        event_free(first);
        event_free(second);
        event_free(other);
        event_base_free(base);
}

static volatile sig_atomic_t own_handler_ran;

static void own_handler(int number)
{
        (void)number;
        own_handler_ran++;
}

static void the_handler_that_was_there_comes_back(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        struct event *ev = evsignal_new(base, SIGUSR1, tell, NAME("usr1"));
        struct sigaction own, now;

        memset(&own, 0, sizeof own);
        own.sa_handler = own_handler;
        own.sa_flags = SA_RESTART;
        sigemptyset(&own.sa_mask);
        sigaddset(&own.sa_mask, SIGUSR2);
        EQ(sigaction(SIGUSR1, &own, NULL), 0);
        EQ(event_add(ev, NULL), 0);
        EQ(sigaction(SIGUSR1, NULL, &now), 0);
        OK(now.sa_handler != own_handler);
        OK(now.sa_flags & SA_RESTART);
        OK(sigismember(&now.sa_mask, SIGUSR2) == 1); /* all are blocked in the handler */
        EQ(event_del(ev), 0);
        EQ(sigaction(SIGUSR1, NULL, &now), 0);
        OK(now.sa_handler == own_handler);
        OK(sigismember(&now.sa_mask, SIGUSR2) == 1 && sigismember(&now.sa_mask, SIGHUP) == 0);
        own_handler_ran = 0;
        EQ(raise(SIGUSR1), 0);
        EQ(own_handler_ran, 1);
        event_free(ev);
        event_base_free(base);
        signal(SIGUSR1, SIG_DFL);
}

static void freeing_the_base_restores_the_handler_too(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        struct event ev;
        struct sigaction now;

        EQ(evsignal_assign(&ev, base, SIGUSR1, tell, NAME("usr1")), 0);
        signal(SIGUSR1, SIG_IGN);
        EQ(event_add(&ev, NULL), 0);
        event_base_free(base);
        EQ(sigaction(SIGUSR1, NULL, &now), 0);
        OK(now.sa_handler == SIG_IGN);
        signal(SIGUSR1, SIG_DFL);
}

static void a_signal_event_with_a_timeout(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        struct event *ev = event_new(base, SIGUSR1, EV_SIGNAL, tell, NAME("usr1"));

        EQ(event_add(ev, MS(2)), 0);
        EQ(event_pending(ev, EV_SIGNAL | EV_TIMEOUT, NULL), EV_SIGNAL | EV_TIMEOUT);
        EQ(event_base_dispatch(base), 1);
        STORY("usr1=TIMEOUT");
        OK(!event_pending(ev, EV_SIGNAL | EV_TIMEOUT, NULL));
        event_free(ev);
        event_base_free(base);
}

static void count_and_delete_at_three(evutil_socket_t fd, short what, void *self)
{
        static int calls;

        (void)fd;
        (void)what;
        say("call");
        if (++calls % 3 == 0)
                EQ(event_del(self), 0);
}

/* Five were caught; the callback deletes its event in the third: the last two are not told. */
static void deleting_inside_ends_the_count(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        struct event *ev =
                evsignal_new(base, SIGUSR1, count_and_delete_at_three, event_self_cbarg());

        EQ(event_add(ev, NULL), 0);
        for (int i = 0; i < 5; i++)
                EQ(raise(SIGUSR1), 0);
        EQ(event_base_dispatch(base), 1);
        STORY("call call call");
        event_free(ev);
        event_base_free(base);
}

static void break_at_two(evutil_socket_t fd, short what, void *base)
{
        static int calls;

        (void)fd;
        (void)what;
        say("call");
        if (++calls % 2 == 0)
                EQ(event_base_loopbreak(base), 0);
}

static void loopbreak_inside_ends_the_count(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        struct event *ev = evsignal_new(base, SIGUSR1, break_at_two, base);

        EQ(event_add(ev, NULL), 0);
        for (int i = 0; i < 5; i++)
                EQ(raise(SIGUSR1), 0);
        EQ(event_base_dispatch(base), 0);
        STORY("call call");
        OK(event_base_got_break(base));
        event_free(ev);
        event_base_free(base);
}

static void a_signal_wakes_a_waiting_loop(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        struct event *ev = event_new(base, SIGALRM, EV_SIGNAL, tell, NAME("alarm"));
        const struct itimerval soon = {{0, 0}, {0, 3000}};

        EQ(event_add(ev, NULL), 0);
        EQ(setitimer(ITIMER_REAL, &soon, NULL), 0);
        EQ(event_base_dispatch(base), 1);
        STORY("alarm=SIGNAL");
        event_free(ev);
        event_base_free(base);
}

static void the_signals_that_cannot_be_caught(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        struct event *ev = evsignal_new(base, SIGKILL, tell, NAME("kill"));

        log_catch();
        EQ(event_add(ev, NULL), -1);
        EQ(log_last_severity(), EVENT_LOG_WARN);
        OK(!event_pending(ev, EV_SIGNAL, NULL));
        EQ(event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED), 0);
        event_free(ev);
        event_base_free(base);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                ON_EACH_BACKEND(a_signal_runs_the_callback_in_the_loop),
                ON_EACH_BACKEND(a_signal_event_that_does_not_persist),
                ON_EACH_BACKEND(signals_are_counted),
                ON_EACH_BACKEND(several_events_for_one_signal),
                ON_EACH_BACKEND(the_handler_that_was_there_comes_back),
                ON_EACH_BACKEND(freeing_the_base_restores_the_handler_too),
                ON_EACH_BACKEND(a_signal_event_with_a_timeout),
                ON_EACH_BACKEND(deleting_inside_ends_the_count),
                ON_EACH_BACKEND(loopbreak_inside_ends_the_count),
                ON_EACH_BACKEND(a_signal_wakes_a_waiting_loop),
                ON_EACH_BACKEND(the_signals_that_cannot_be_caught),
        };

        return RUN(tests);
}
