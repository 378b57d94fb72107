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
#include <stdio.h>
#include <sys/syscall.h>

static pid_t own_thread_id(void)
{
        return (pid_t)syscall(SYS_gettid);
}

/* The state that /proc tells of a thread of this process: 'S' is asleep. */
static char state_of(pid_t thread)
{
        char name[64], line[256], *end;
        char letter = 'S'; /* where there is no /proc, do not wait */
        FILE *f;

        snprintf(name, sizeof name, "/proc/self/task/%d/stat", (int)thread);
        f = fopen(name, "r");
        if (!f)
                return letter;
        if (fgets(line, sizeof line, f) && (end = strrchr(line, ')')) && end[1] == ' ')
                letter = end[2];
        fclose(f);
        return letter;
}

struct helper {
        struct event_base *base;
        struct event *ev;
        pid_t loop_thread;
        void (*act)(struct helper *);
};

static void *act_while_the_loop_sleeps(void *arg)
{
        struct helper *h = arg;

        while (state_of(h->loop_thread) != 'S')
                sched_yield();
        h->act(h);
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

static void the_last_timer_deleted(void **state)
{
        struct helper h = {
                .base = base_with_flags(backend_of(state), EVENT_BASE_FLAG_PRECISE_TIMER)};
        int64_t start = base_now_usec(h.base);

        h.ev = evtimer_new(h.base, tell, NAME("t"));
        EQ(event_add(h.ev, differs("last-timer-deleted", MS(20), TV(1000, 0))), 0);
        EQ(dispatch_with(&h, delete_it), 1);
        OK(base_now_usec(h.base) - start >= differs("last-timer-deleted", 20000, 0));
        STORY("");
        event_free(h.ev);
        event_base_free(h.base);
}

static void remove_its_timer(struct helper *h)
{
        EQ(event_remove_timer(h->ev), 0);
}

/* The nearest of several goes: nothing runs at its deadline, the next runs at its own. */
static void the_nearest_timer_removed(void **state)
{
        static void (*const removers[])(struct helper *) = {delete_it, remove_its_timer};

        for (int i = 0; i < 2; i++) {
                struct helper h = {
                        .base = base_with_flags(backend_of(state), EVENT_BASE_FLAG_PRECISE_TIMER)};
                struct event *second = evtimer_new(h.base, tell, NAME("second"));
                int64_t start = base_now_usec(h.base);

                h.ev = evtimer_new(h.base, tell, NAME("first"));
                EQ(event_add(second, MS(30)), 0);
                EQ(event_add(h.ev, MS(20)), 0);
                EQ(dispatch_with(&h, removers[i]), 1);
                OK(base_now_usec(h.base) - start >= 30000);
                STORY("second=TIMEOUT");
                event_free(h.ev);
                event_free(second);
                event_base_free(h.base);
        }
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

static void notifiable_without_being_asked(void **state)
{
        struct event_base *base = base_on(backend_of(state));

        EQ(evthread_make_base_notifiable(base), 0);
        EQ(evthread_make_base_notifiable(base), 0);
        EQ(event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED),
           0); /* its own event is not counted */
        EQ(event_base_dispatch(base), 1);
        event_base_free(base);
}

static void without_locks(void **state)
{
        struct event_base *base = base_with_flags(backend_of(state), EVENT_BASE_FLAG_NOLOCK);
        struct event *ev = evtimer_new(base, tell, NAME("t"));

        EQ(evthread_make_base_notifiable(base), 0);
        EQ(evtimer_add(ev, MS(1)), 0);
        EQ(event_base_dispatch(base), 1);
        STORY("t=TIMEOUT");
        event_free(ev);
        event_base_free(base);
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
                ON_EACH_BACKEND(notifiable_without_being_asked),
                ON_EACH_BACKEND(without_locks),
        };

        if (evthread_use_pthreads() != 0 || evthread_use_pthreads() != 0)
                return 2;
        return RUN(tests);
}
