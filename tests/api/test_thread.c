/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A loop that sleeps in one thread, and another thread that changes what it waits for.
 *
 * "Sleeps" is known, not guessed: the other thread waits until the system shows the loop's thread
 * as asleep. Each loop has a far timer as well, so that a lost wake-up is a hang that run.sh ends,
 * or, where the loss is a known fault of libevent, a timer that is near enough to end the test.
 */
#include "api.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>

struct helper {
        struct event_base *base;
        struct event *ev;
        pid_t loop_thread;
        void (*act)(struct helper *);
        int64_t acted_usec; /* when act had returned */
};

static void *act_while_the_loop_sleeps(void *arg)
{
        struct helper *h = arg;

        while (!is_asleep(h->loop_thread))
                sched_yield();
        h->act(h);
        h->acted_usec = base_now_usec(h->base);
        return NULL;
}

/* Dispatches, with a helper that acts as soon as the loop sleeps; the result of dispatch. */
static int dispatch_with(struct helper *h, void (*act)(struct helper *))
{
        pthread_t thread;
        int result;

        h->act = act;
        h->loop_thread = own_thread_id();
        EQ(pthread_create(&thread, NULL, act_while_the_loop_sleeps, h), 0);
        result = event_base_dispatch(h->base);
        EQ(pthread_join(thread, NULL), 0);
        return result;
}

static struct event *far_timer(struct event_base *base)
{
        struct event *ev = evtimer_new(base, tell, NAME("far"));

        EQ(evtimer_add(ev, TV(1000, 0)), 0);
        return ev;
}

/* --- what must wake the loop ---------------------------------------------------------------- */

static void end_by_break(struct helper *h)
{
        EQ(event_base_loopbreak(h->base), 0);
}

static void end_by_exit(struct helper *h)
{
        EQ(event_base_loopexit(h->base, NULL), 0);
}

static void break_and_exit(void **state)
{
        struct helper h = {.base = base_on(backend_of(state))};
        struct event *far = far_timer(h.base);

        EQ(dispatch_with(&h, end_by_break), 0);
        OK(event_base_got_break(h.base));
        EQ(dispatch_with(&h, end_by_exit), 0);
        OK(event_base_got_exit(h.base));
        STORY("");
        event_free(far);
        event_base_free(h.base);
}

static void activate_it(struct helper *h)
{
        event_active(h->ev, EV_READ, 1);
}

static void tell_and_stop(evutil_socket_t fd, short what, void *base)
{
        tell(fd, what, NAME("told"));
        stop(fd, what, base);
}

static void an_activation(void **state)
{
        struct helper h = {.base = base_on(backend_of(state))};
        struct event *far = far_timer(h.base);

        h.ev = event_new(h.base, -1, 0, tell_and_stop, h.base);
        EQ(dispatch_with(&h, activate_it), 0);
        STORY("told=READ");
        event_free(h.ev);
        event_free(far);
        event_base_free(h.base);
}

static void add_near_timer(struct helper *h)
{
        EQ(event_add(h->ev, MS(2)), 0);
}

static void an_earlier_deadline(void **state)
{
        struct helper h = {.base = base_on(backend_of(state))};
        struct event *far = far_timer(h.base);

        h.ev = evtimer_new(h.base, tell_and_stop, h.base);
        EQ(dispatch_with(&h, add_near_timer), 0);
        STORY("told=TIMEOUT");
        event_free(h.ev);
        event_free(far);
        event_base_free(h.base);
}

static void add_without_time(struct helper *h)
{
        EQ(event_add(h->ev, NULL), 0);
}

static void a_descriptor_that_is_ready(void **state)
{
        struct helper h = {.base = base_on(backend_of(state))};
        struct event *far = far_timer(h.base);
        evutil_socket_t fds[2];

        stream_pair(fds);
        h.ev = event_new(h.base, fds[0], EV_WRITE, tell_and_stop, h.base);
        EQ(dispatch_with(&h, add_without_time), 0);
        STORY("told=WRITE");
        event_free(h.ev);
        event_free(far);
        event_base_free(h.base);
        close_pair(fds);
}

static void once_from_outside(struct helper *h)
{
        EQ(event_base_once(h->base, -1, EV_TIMEOUT, tell_and_stop, h->base, NULL), 0);
}

static void an_event_once(void **state)
{
        struct helper h = {.base = base_on(backend_of(state))};
        struct event *far = far_timer(h.base);

        EQ(dispatch_with(&h, once_from_outside), 0);
        STORY("told=TIMEOUT");
        event_free(far);
        event_base_free(h.base);
}

static void delete_it(struct helper *h)
{
        EQ(event_del(h->ev), 0);
}

/* Without events there is nothing to wait for: the loop ends. */
static void the_last_descriptor_deleted(void **state)
{
        struct helper h = {.base = base_on(backend_of(state))};
        evutil_socket_t fds[2];

        stream_pair(fds);
        h.ev = event_new(h.base, fds[0], EV_READ, tell, NAME("r"));
        EQ(event_add(h.ev, NULL), 0);
        EQ(dispatch_with(&h, delete_it), 1);
        STORY("");
        event_free(h.ev);
        event_base_free(h.base);
        close_pair(fds);
}

/* How long a round may wait; when the helper comes too late for it, the next gets twice as long. */
enum { FIRST_WAIT_MS = 20 };

/* One round; false when the helper was too late. */
static bool last_timer_round(enum backend backend, int wait_ms)
{
        struct helper h = {.base = base_with_flags(backend, EVENT_BASE_FLAG_PRECISE_TIMER)};
        int64_t start = base_now_usec(h.base);
        bool in_time;

        h.ev = evtimer_new(h.base, tell, NAME("t"));
        EQ(event_add(h.ev, differs("last-timer-deleted", MS(wait_ms), TV(1000, 0))), 0);
        EQ(dispatch_with(&h, delete_it), 1);
        in_time = h.acted_usec - start < differs("last-timer-deleted", wait_ms, 1000000) * 1000LL;
        if (in_time) {
                STORY("");
                TOOK(base_now_usec(h.base) - start,
                     differs("last-timer-deleted", wait_ms * 1000LL, 0));
        }
        story_clear();
        event_free(h.ev);
        event_base_free(h.base);
        return in_time;
}

static void the_last_timer_deleted(void **state)
{
        for (int ms = FIRST_WAIT_MS; !last_timer_round(backend_of(state), ms); ms *= 2)
                ;
}

static void remove_its_timer(struct helper *h)
{
        EQ(event_remove_timer(h->ev), 0);
}

static bool nearest_round(enum backend backend, void (*remover)(struct helper *), int wait_ms)
{
        struct helper h = {.base = base_with_flags(backend, EVENT_BASE_FLAG_PRECISE_TIMER)};
        struct event *second = evtimer_new(h.base, tell, NAME("second"));
        int64_t start = base_now_usec(h.base);
        bool in_time;

        h.ev = evtimer_new(h.base, tell, NAME("first"));
        EQ(event_add(h.ev, MS(wait_ms)), 0);
        EQ(event_add(second, MS(wait_ms + 10)), 0);
        EQ(dispatch_with(&h, remover), 1);
        in_time = h.acted_usec - start < wait_ms * 1000LL;
        if (in_time)
                STORY("second=TIMEOUT");
        TOOK(base_now_usec(h.base) - start, (wait_ms + 10) * 1000LL);
        story_clear();
        event_free(h.ev);
        event_free(second);
        event_base_free(h.base);
        return in_time;
}

/* The nearest of several goes: nothing runs at its deadline, the next runs at its own. */
static void the_nearest_timer_removed(void **state)
{
        static void (*const removers[])(struct helper *) = {delete_it, remove_its_timer};

        for (int i = 0; i < 2; i++)
                for (int ms = FIRST_WAIT_MS; !nearest_round(backend_of(state), removers[i], ms);
                     ms *= 2)
                        ;
}

static void kill_the_loop_thread(struct helper *h)
{
        (void)h;
        EQ(kill(getpid(), SIGUSR1), 0);
}

static void a_signal_that_any_thread_may_take(void **state)
{
        struct helper h = {.base = base_on(backend_of(state))};
        struct event *far = far_timer(h.base);

        h.ev = evsignal_new(h.base, SIGUSR1, tell_and_stop, h.base);
        EQ(event_add(h.ev, NULL), 0);
        EQ(dispatch_with(&h, kill_the_loop_thread), 0);
        STORY("told=SIGNAL");
        event_free(h.ev);
        event_free(far);
        event_base_free(h.base);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                ON_EACH_BACKEND(break_and_exit),
                ON_EACH_BACKEND(an_activation),
                ON_EACH_BACKEND(an_earlier_deadline),
                ON_EACH_BACKEND(a_descriptor_that_is_ready),
                ON_EACH_BACKEND(an_event_once),
                ON_EACH_BACKEND(the_last_descriptor_deleted),
                ON_EACH_BACKEND(the_last_timer_deleted),
                ON_EACH_BACKEND(the_nearest_timer_removed),
                ON_EACH_BACKEND(a_signal_that_any_thread_may_take),
        };

        if (evthread_use_pthreads() != 0 || evthread_use_pthreads() != 0)
                return 2;
        return RUN(tests);
}
