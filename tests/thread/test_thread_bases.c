/* SPDX-License-Identifier: BSD-3-Clause */
/* A base a thread: bases that share a process and nothing else, made, run and freed at once. */
#include "threads.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include <cmocka.h>

#define ROUNDS   30
#define NTHREADS 6

struct scene {
        int ntimers;
        int nreads;
        int nactive;
        int nsignals;
        int fds[2];
        struct event *active;
};

static void count_timer(evutil_socket_t fd, short what, void *arg)
{
        struct scene *scene = arg;

        (void)fd;
        must(what == EV_TIMEOUT, "what happened");
        scene->ntimers++;
        must(write(scene->fds[1], "x", 1) == 1, "write");
}

static void count_read(evutil_socket_t fd, short what, void *arg)
{
        struct scene *scene = arg;
        char byte;

        must(what == EV_READ && read(fd, &byte, 1) == 1, "read");
        scene->nreads++;
        event_active(scene->active, EV_WRITE, 1);
}

static void count_active(evutil_socket_t fd, short what, void *arg)
{
        struct scene *scene = arg;

        (void)fd;
        must(what == EV_WRITE, "what happened");
        scene->nactive++;
        raise(SIGUSR1);
}

/* Others' signals come as well: at least the own ones do. */
static void count_signal(evutil_socket_t fd, short what, void *arg)
{
        struct scene *scene = arg;

        must(fd == SIGUSR1 && what == EV_SIGNAL, "what happened");
        scene->nsignals++;
}

static void run_scene(void)
{
        static const struct timeval soon = {0, 100};
        struct scene scene = {0};
        struct event_base *base = threads_base();
        struct event *timer = event_new(base, -1, 0, count_timer, &scene);
        struct event *signal_ev =
                event_new(base, SIGUSR1, EV_SIGNAL | EV_PERSIST, count_signal, &scene);

        must(pipe(scene.fds) == 0, "pipe");
        struct event *reader =
                event_new(base, scene.fds[0], EV_READ | EV_PERSIST, count_read, &scene);
        scene.active = event_new(base, -1, 0, count_active, &scene);
        must(event_add(timer, &soon) == 0, "event_add");
        must(event_add(reader, NULL) == 0, "event_add");
        must(event_add(signal_ev, NULL) == 0, "event_add");
        while (scene.nactive == 0 || scene.nsignals == 0)
                must(event_base_loop(base, EVLOOP_ONCE) == 0, "the loop");
        must(scene.ntimers == 1 && scene.nreads == 1 && scene.nactive == 1, "one of each");
        event_free(timer);
        event_free(reader);
        event_free(signal_ev);
        event_free(scene.active);
        close(scene.fds[0]);
        close(scene.fds[1]);
        event_base_free(base);
}

static void *run_scenes(void *unused)
{
        for (int round = 0; round < ROUNDS; round++)
                run_scene();
        return unused;
}

static void test_a_base_a_thread(void **state)
{
        pthread_t threads[NTHREADS];

        (void)state;
        for (int i = 0; i < NTHREADS; i++)
                threads[i] = thread_start(run_scenes, NULL);
        for (int i = 0; i < NTHREADS; i++)
                thread_join(threads[i]);
}

/* A message that goes round: each thread's loop activates the next thread's event. */
#define LAPS 200

static struct stop {
        struct event_base *base;
        struct event *ev;
        int ncalls;
} ring[NTHREADS];

static void pass_on(evutil_socket_t fd, short what, void *arg)
{
        struct stop *stop = arg;
        struct stop *next = stop + 1 < ring + NTHREADS ? stop + 1 : ring;

        (void)fd;
        (void)what;
        if (++stop->ncalls == LAPS)
                event_base_loopexit(stop->base, NULL);
        if (stop + 1 < ring + NTHREADS || stop->ncalls < LAPS)
                event_active(next->ev, EV_READ, 1);
}

static void *run_stop(void *arg)
{
        struct stop *stop = arg;

        must(event_base_loop(stop->base, EVLOOP_NO_EXIT_ON_EMPTY) == 0, "the loop");
        return NULL;
}

static void test_loops_wake_one_another(void **state)
{
        pthread_t threads[NTHREADS];

        (void)state;
        for (int i = 0; i < NTHREADS; i++) {
                ring[i].base = threads_base();
                ring[i].ev = event_new(ring[i].base, -1, 0, pass_on, &ring[i]);
        }
        event_active(ring[0].ev, EV_READ, 1);
        for (int i = 0; i < NTHREADS; i++)
                threads[i] = thread_start(run_stop, &ring[i]);
        for (int i = 0; i < NTHREADS; i++)
                thread_join(threads[i]);
        for (int i = 0; i < NTHREADS; i++) {
                assert_int_equal(ring[i].ncalls, LAPS);
                event_free(ring[i].ev);
                event_base_free(ring[i].base);
        }
}

int main(int argc, char **argv)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_a_base_a_thread),
                cmocka_unit_test(test_loops_wake_one_another),
        };

        threads_init(argc, argv);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
