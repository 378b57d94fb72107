/* SPDX-License-Identifier: BSD-3-Clause */
/* A base and its threads: notifiable or without locks, and a base for each thread. */
#include "api.h"

#include <pthread.h>

enum { THREADS = 4 };

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

struct own {
        struct event_base *base; /* made before: the list of methods is no thread's own */
        int n;
};

static void *loop_of_ones_own(void *arg)
{
        struct own *own = arg;
        struct event *ev = event_new(own->base, -1, EV_PERSIST, count, &own->n);

        EQ(event_add(ev, TV(0, 200)), 0);
        loop_until(own->base, &own->n, 50);
        event_free(ev);
        event_base_free(own->base);
        return NULL;
}

static void a_base_in_each_thread(void **state)
{
        struct own own[THREADS];
        pthread_t threads[THREADS];

        for (int i = 0; i < THREADS; i++) {
                own[i] = (struct own){base_on(backend_of(state)), 0};
                EQ(pthread_create(&threads[i], NULL, loop_of_ones_own, &own[i]), 0);
        }
        for (int i = 0; i < THREADS; i++) {
                EQ(pthread_join(threads[i], NULL), 0);
                OK(own[i].n >= 50);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                ON_EACH_BACKEND(notifiable_without_being_asked),
                ON_EACH_BACKEND(without_locks),
                ON_EACH_BACKEND(a_base_in_each_thread),
        };

        if (evthread_use_pthreads() != 0)
                return 2;
        return RUN(tests);
}
