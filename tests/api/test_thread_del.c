/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Deleting an event whose callback is running in another thread: event_del() comes back when the
 * callback is over, event_del_noblock() at once, and EV_FINALIZE turns waiting off. And many
 * threads at one base.
 */
#include "api.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

/* A callback that runs until it is let go. */
struct slow {
        struct event_base *base;
        struct event *ev;
        atomic_int entered;
        atomic_int let_go;
        atomic_int left;
};

static void run_until_let_go(evutil_socket_t fd, short what, void *arg)
{
        struct slow *slow = arg;

        (void)fd;
        (void)what;
        atomic_store(&slow->entered, 1);
        while (!atomic_load(&slow->let_go))
                sched_yield();
        atomic_store(&slow->left, 1);
}

static void *dispatch(void *base)
{
        event_base_dispatch(base);
        return NULL;
}

static void start_slow(struct slow *slow, pthread_t *thread, enum backend backend, short flags)
{
        memset(slow, 0, sizeof *slow);
        slow->base = base_on(backend);
        slow->ev = event_new(slow->base, -1, flags, run_until_let_go, slow);
        event_active(slow->ev, EV_READ, 1);
        EQ(pthread_create(thread, NULL, dispatch, slow->base), 0);
        while (!atomic_load(&slow->entered))
                sched_yield();
}

static void end_slow(struct slow *slow, pthread_t thread)
{
        atomic_store(&slow->let_go, 1);
        EQ(pthread_join(thread, NULL), 0);
        EQ(atomic_load(&slow->left), 1);
        event_free(slow->ev);
        event_base_free(slow->base);
}

static void noblock_comes_back_at_once(void **state)
{
        struct slow slow;
        pthread_t thread;

        start_slow(&slow, &thread, backend_of(state), EV_PERSIST);
        EQ(event_del_noblock(slow.ev), 0);
        EQ(atomic_load(&slow.left), 0); /* the callback is still at it: only we can let it go */
        end_slow(&slow, thread);
}

static void del_of_a_finalizing_kind_does_not_wait(void **state)
{
        struct slow slow;
        pthread_t thread;

        start_slow(&slow, &thread, backend_of(state), EV_FINALIZE);
        EQ(event_del(slow.ev), 0);
        EQ(atomic_load(&slow.left), 0);
        end_slow(&slow, thread);
}

/* The deleting thread says that it is about to; then, and not before, the callback is let go. */
struct deletion {
        struct slow *slow;
        int (*del)(struct event *);
        atomic_int about_to;
        int left_when_back;
};

static void *delete_it(void *arg)
{
        struct deletion *d = arg;

        atomic_store(&d->about_to, 1);
        EQ(d->del(d->slow->ev), 0);
        d->left_when_back = atomic_load(&d->slow->left);
        return NULL;
}

static void del_comes_back_after_the_callback(void **state)
{
        static int (*const dels[])(struct event *) = {event_del, event_del_block};

        for (int i = 0; i < 2; i++) {
                struct slow slow;
                struct deletion d = {&slow, dels[i], 0, -1};
                pthread_t loop, deleter;

                start_slow(&slow, &loop, backend_of(state), i == 1 ? EV_FINALIZE : EV_PERSIST);
                EQ(pthread_create(&deleter, NULL, delete_it, &d), 0);
                while (!atomic_load(&d.about_to))
                        sched_yield();
                for (int turns = 0; turns < 1000; turns++) /* time to go wrong in */
                        sched_yield();
                atomic_store(&slow.let_go, 1);
                EQ(pthread_join(deleter, NULL), 0);
                EQ(d.left_when_back, 1);
                end_slow(&slow, loop);
        }
}

/* While a callback runs, any event but its own may be deleted without waiting. */
static void another_event_is_deleted_meanwhile(void **state)
{
        struct slow slow;
        pthread_t thread;
        struct event *other;

        start_slow(&slow, &thread, backend_of(state), EV_PERSIST);
        other = event_new(slow.base, -1, 0, tell, NAME("other"));
        event_active(other, EV_READ, 1);
        EQ(event_del(other), 0);
        event_free(other);
        EQ(atomic_load(&slow.left), 0);
        end_slow(&slow, thread);
        STORY("");
}

static void delete_self(evutil_socket_t fd, short what, void *self)
{
        tell(fd, what, NAME("self"));
        EQ(event_del(self), 0);
        EQ(event_del_block(self), 0);
}

static void a_callback_does_not_wait_for_itself(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        struct event *ev = event_new(base, -1, EV_PERSIST, delete_self, event_self_cbarg());

        EQ(event_add(ev, MS(1)), 0);
        EQ(event_base_dispatch(base), 1);
        STORY("self=TIMEOUT");
        event_free(ev);
        event_base_free(base);
}

/* --- many threads at one base ----------------------------------------------------------------- */

enum { THREADS = 4, ROUNDS = 2000 };

struct worker {
        struct event_base *base;
        struct event *mine, *shared;
        evutil_socket_t fds[2];
        atomic_int *running;
};

static void *work(void *arg)
{
        struct worker *w = arg;

        for (int i = 0; i < ROUNDS; i++) {
                EQ(event_add(w->mine, i % 3 ? MS(1) : TV(100, 0)), 0);
                event_active(w->shared, EV_READ, 1);
                if (i % 2)
                        EQ(event_del(w->mine), 0);
                else
                        EQ(event_del_noblock(w->mine), 0);
        }
        EQ(event_del(w->mine), 0);
        if (atomic_fetch_sub(w->running, 1) == 1)
                EQ(event_base_loopexit(w->base, NULL), 0);
        return NULL;
}

static void many_threads_at_one_base(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        struct worker workers[THREADS];
        pthread_t threads[THREADS];
        atomic_int running = THREADS;
        int shared_ran = 0;
        struct event *shared = event_new(base, -1, 0, count, &shared_ran);

        for (int i = 0; i < THREADS; i++) {
                workers[i] = (struct worker){.base = base, .shared = shared, .running = &running};
                stream_pair(workers[i].fds);
                workers[i].mine = event_new(base, workers[i].fds[0],
                                            EV_READ | EV_WRITE | EV_PERSIST, ignore, NULL);
                EQ(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
        }
        EQ(event_base_loop(base, EVLOOP_NO_EXIT_ON_EMPTY), 0);
        for (int i = 0; i < THREADS; i++) {
                EQ(pthread_join(threads[i], NULL), 0);
                event_free(workers[i].mine);
                close_pair(workers[i].fds);
        }
        OK(shared_ran > 0 && shared_ran <= THREADS * ROUNDS);
        EQ(event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED), 0);
        event_free(shared);
        event_base_free(base);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                ON_ANY(noblock_comes_back_at_once),
                ON_ANY(del_of_a_finalizing_kind_does_not_wait),
                ON_ANY(del_comes_back_after_the_callback),
                ON_ANY(another_event_is_deleted_meanwhile),
                ON_ANY(a_callback_does_not_wait_for_itself),
                ON_EACH_BACKEND(many_threads_at_one_base),
        };

        if (evthread_use_pthreads() != 0)
                return 2;
        return RUN(tests);
}
