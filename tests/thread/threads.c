/* SPDX-License-Identifier: BSD-3-Clause */
/* Bases, threads and gates; threads.h says what for. */
#include "threads.h"

#include <event2/thread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os/os.h"

static const char *method;
static struct os *world;

void must(bool holds, const char *message)
{
        if (holds)
                return;
        fprintf(stderr, "failed: %s\n", message);
        abort();
}

void await_sleep(void)
{
        while (!is_asleep())
                sched_yield();
}

/* ---- Bases ----------------------------------------------------------------------------------- */

void threads_init(int argc, char **argv)
{
        method = argc > 1 ? argv[1] : "epoll";
        world = threads_world(method);
        if (argc > 2 && strcmp(argv[2], "debug") == 0) {
                event_enable_debug_mode();
                evthread_enable_lock_debugging();
        }
        must(evthread_use_pthreads() == 0, "evthread_use_pthreads");
}

struct event_base *threads_base(void)
{
        const bool is_changelist = strcmp(method, "changelist") == 0;
        const char *wanted = is_changelist ? "epoll" : method;
        struct event_config *config = event_config_new();
        struct os *before = os_enter(world);

        must(config != NULL, "event_config_new");
        for (const char **name = event_get_supported_methods(); *name != NULL; name++)
                if (strcmp(*name, wanted) != 0)
                        event_config_avoid_method(config, *name);
        if (is_changelist)
                event_config_set_flag(config, EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST);
        struct event_base *base = event_base_new_with_config(config);
        must(base != NULL, "event_base_new_with_config");
        must(strncmp(event_base_get_method(base), wanted, strlen(wanted)) == 0, "the method");
        event_config_free(config);
        (void)os_enter(before);
        return base;
}

/* ---- Threads --------------------------------------------------------------------------------- */

pthread_t thread_start(void *(*fn)(void *), void *arg)
{
        pthread_t thread;

        must(pthread_create(&thread, NULL, fn, arg) == 0, "pthread_create");
        return thread;
}

void thread_join(pthread_t thread)
{
        must(pthread_join(thread, NULL) == 0, "pthread_join");
}

struct crew {
        struct event_base *base;
        void (*work)(struct event_base *base, int i);
        int n;
        atomic_int nworking;
        struct worker {
                struct crew *crew;
                pthread_t thread;
        } workers[WORKERS_MAX];
};

static void *run_worker(void *arg)
{
        const struct worker *worker = arg;
        struct crew *crew = worker->crew;

        crew->work(crew->base, (int)(worker - crew->workers));
        if (atomic_fetch_sub(&crew->nworking, 1) == 1)
                must(event_base_loopexit(crew->base, NULL) == 0, "event_base_loopexit");
        return NULL;
}

static void start_workers(evutil_socket_t fd, short what, void *arg)
{
        struct crew *crew = arg;

        (void)fd;
        (void)what;
        for (int i = 0; i < crew->n; i++) {
                crew->workers[i].crew = crew;
                crew->workers[i].thread = thread_start(run_worker, &crew->workers[i]);
        }
}

/* The workers begin in a callback: a loop forgets an exit that came before it. */
void run_with_workers(struct event_base *base, int n, void (*work)(struct event_base *base, int i))
{
        static const struct timeval at_once = {0, 0};
        struct crew crew = {.base = base, .work = work, .n = n};

        must(n <= WORKERS_MAX, "too many workers");
        atomic_init(&crew.nworking, n);
        must(event_base_once(base, -1, EV_TIMEOUT, start_workers, &crew, &at_once) == 0, "once");
        must(event_base_loop(base, EVLOOP_NO_EXIT_ON_EMPTY) == 0, "the loop");
        for (int i = 0; i < n; i++)
                thread_join(crew.workers[i].thread);
        must(event_base_got_exit(base) == 1, "the last worker did not end the loop");
}

/* ---- Gates ----------------------------------------------------------------------------------- */

void gate_raise(struct gate *g, int value)
{
        pthread_mutex_lock(&g->lock);
        if (value > g->value)
                g->value = value;
        pthread_cond_broadcast(&g->grown);
        pthread_mutex_unlock(&g->lock);
}

void gate_add(struct gate *g)
{
        pthread_mutex_lock(&g->lock);
        g->value++;
        pthread_cond_broadcast(&g->grown);
        pthread_mutex_unlock(&g->lock);
}

void gate_await(struct gate *g, int value)
{
        pthread_mutex_lock(&g->lock);
        while (g->value < value)
                pthread_cond_wait(&g->grown, &g->lock);
        pthread_mutex_unlock(&g->lock);
}

int gate_value(struct gate *g)
{
        pthread_mutex_lock(&g->lock);
        const int value = g->value;
        pthread_mutex_unlock(&g->lock);
        return value;
}
