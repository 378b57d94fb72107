/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Signals where libevent 2.1.12 is known to lose some: two bases that both watch, more signals
 * than the pipe to the loop holds, and signals that come while callbacks run.
 */
#include "api.h"

#include <signal.h>

/* libevent gives the process's signals to the base that added one last, and warns. */
static void two_bases_both_get_a_signal(void **state)
{
        struct event_base *a = base_on(backend_of(state)), *b = base_on(backend_of(state));
        int in_a = 0, in_b = 0;
        struct event *for_a = evsignal_new(a, SIGUSR1, count, &in_a);
        struct event *for_b = evsignal_new(b, SIGUSR1, count, &in_b);

        log_catch();
        EQ(event_add(for_a, NULL), 0);
        EQ(event_add(for_b, NULL), 0);
        EQ(log_count(), differs("two-bases-one-signal", 1, 0));
        EQ(raise(SIGUSR1), 0);
        EQ(turn(b), 0);
        EQ(turn(a), 0);
        EQ(in_b, 1);
        EQ(in_a, differs("two-bases-one-signal", 0, 1));
        event_free(for_a);
        event_free(for_b);
        event_base_free(a);
        event_base_free(b);
}

static void two_bases_with_a_signal_each(void **state)
{
        struct event_base *a = base_on(backend_of(state)), *b = base_on(backend_of(state));
        int in_a = 0, in_b = 0;
        struct event *for_a = evsignal_new(a, SIGUSR1, count, &in_a);
        struct event *for_b = evsignal_new(b, SIGUSR2, count, &in_b);

        log_catch();
        EQ(event_add(for_a, NULL), 0);
        EQ(event_add(for_b, NULL), 0);
        EQ(raise(SIGUSR1), 0);
        EQ(raise(SIGUSR2), 0);
        EQ(turn(b), 0);
        EQ(turn(a), 0);
        EQ(in_b, 1);
        EQ(in_a, differs("two-bases-two-signals", 0, 1));
        event_free(for_b);
        EQ(raise(SIGUSR1), 0);
        EQ(turn(a), 0);
        EQ(in_a, differs("two-bases-two-signals", 1, 2));
        event_free(for_a);
        event_base_free(a);
        event_base_free(b);
}

static void handlers_come_back_after_two_bases(void **state)
{
        struct event_base *a = base_on(backend_of(state)), *b = base_on(backend_of(state));
        struct event *for_a = evsignal_new(a, SIGUSR1, ignore, NULL);
        struct event *for_b = evsignal_new(b, SIGUSR1, ignore, NULL);
        struct sigaction now;

        log_catch();
        signal(SIGUSR1, SIG_IGN);
        EQ(event_add(for_a, NULL), 0);
        EQ(event_add(for_b, NULL), 0);
        event_free(for_b); /* last in, first out: right on both */
        event_free(for_a);
        EQ(sigaction(SIGUSR1, NULL, &now), 0);
        OK(now.sa_handler == SIG_IGN);
        signal(SIGUSR1, SIG_DFL);
        event_base_free(a);
        event_base_free(b);
}

/* The first in is the first out: the handler of the second must stay, the program's come back. */
static void handlers_come_back_in_the_other_order(void **state)
{
        struct event_base *a = base_on(backend_of(state)), *b = base_on(backend_of(state));
        int in_b = 0;
        struct event *for_a = evsignal_new(a, SIGUSR1, ignore, NULL);
        struct event *for_b = evsignal_new(b, SIGUSR1, count, &in_b);
        struct sigaction now;

        log_catch();
        signal(SIGUSR1, SIG_IGN);
        EQ(event_add(for_a, NULL), 0);
        EQ(event_add(for_b, NULL), 0);
        event_free(for_a);
        EQ(raise(SIGUSR1), 0);
        EQ(turn(b), 0);
        EQ(in_b, differs("two-bases-handlers", 0, 1)); /* ignored again, while b still watches */
        event_free(for_b);
        EQ(sigaction(SIGUSR1, NULL, &now), 0);
        EQ(now.sa_handler == SIG_IGN, differs("two-bases-handlers", 0, 1));
        signal(SIGUSR1, SIG_DFL);
        event_base_free(a);
        event_base_free(b);
}

/* A byte a signal goes through a pipe, which holds 65,536; and an event's count of calls is a
 * short, so that even those are not all told. */
static void more_signals_than_the_pipe_holds(void **state)
{
        enum { MANY = 70000 };
        struct event_base *base = base_on(backend_of(state));
        int n = 0;
        struct event *ev = evsignal_new(base, SIGUSR1, count, &n);

        EQ(event_add(ev, NULL), 0);
        for (int i = 0; i < MANY; i++)
                EQ(raise(SIGUSR1), 0);
        for (int i = 0; i < 100 && n < MANY; i++)
                EQ(turn(base), 0);
        EQ(n == MANY, differs("signals-beyond-the-pipe", 0, 1));
        event_free(ev);
        event_base_free(base);
}

struct raiser {
        struct event_base *base;
        int n;
};

static void raise_another(evutil_socket_t fd, short what, void *arg)
{
        struct raiser *r = arg;

        (void)fd;
        (void)what;
        if (++r->n < 200)
                EQ(raise(r->n % 2 ? SIGUSR1 : SIGUSR2), 0);
        else
                EQ(event_base_loopbreak(r->base), 0);
}

static void signals_raised_in_callbacks(void **state)
{
        struct raiser r = {base_on(backend_of(state)), 0};
        struct event *one = evsignal_new(r.base, SIGUSR1, raise_another, &r);
        struct event *two = evsignal_new(r.base, SIGUSR2, raise_another, &r);

        EQ(event_add(one, NULL), 0);
        EQ(event_add(two, NULL), 0);
        EQ(raise(SIGUSR1), 0);
        EQ(event_base_dispatch(r.base), 0);
        EQ(r.n, 200);
        event_free(one);
        event_free(two);
        event_base_free(r.base);
}

/* A descriptor closed before its edge-triggered event was deleted. Whatever takes over its number, a
 * signal event can be added, and wakes the loop. */
static void a_number_that_comes_again(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        evutil_socket_t fds[2];
        int n = 0;
        struct event *stale, *sig = evsignal_new(base, SIGUSR1, count, &n);

        log_catch();
        stream_pair(fds);
        stale = event_new(base, fds[0], EV_READ | EV_ET | EV_PERSIST, ignore, NULL);
        EQ(event_add(stale, NULL), 0);
        close_pair(fds);
        EQ(event_add(sig, NULL), 0);
        EQ(event_del(stale), 0);
        EQ(raise(SIGUSR1), 0);
        EQ(event_base_loop(base, EVLOOP_ONCE), 0);
        EQ(n, 1);
        event_free(stale);
        event_free(sig);
        event_base_free(base);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                ON_EACH_BACKEND(two_bases_both_get_a_signal),
                ON_EACH_BACKEND(two_bases_with_a_signal_each),
                ON_EACH_BACKEND(handlers_come_back_after_two_bases),
                ON_EACH_BACKEND(handlers_come_back_in_the_other_order),
                ON_EACH_BACKEND(more_signals_than_the_pipe_holds),
                ON_EACH_BACKEND(signals_raised_in_callbacks),
                ON_EACH_BACKEND(a_number_that_comes_again),
        };

        return RUN(tests);
}
