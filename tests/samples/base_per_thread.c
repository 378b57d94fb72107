/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A base per thread: how a program with an event loop uses several processors.
 *
 * Each worker thread runs a loop of its own and owns all events in it, so callbacks need no locks.
 * The main thread hands out numbers through pipes; a worker sums up what it gets until its pipe is
 * closed.
 *
 * A base may be touched by another thread only after evthread_use_pthreads(), called before the
 * base is made. Here that serves the way back: a worker that is done activates an event of the main
 * loop, which wakes that loop up.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <event2/event.h>
#include <event2/thread.h>

enum { MAX_WORKERS = 64, NUMBERS = 1000 };

struct worker {
        pthread_t thread;
        struct event_base *base;
        struct event *readable;
        int pipe[2]; /* [0] the worker reads, [1] the main thread writes */
        long sum;
};

static struct worker workers[MAX_WORKERS];
static long worker_count;
static atomic_long finished;
static struct event_base *main_base;
static struct event *worker_finished; /* belongs to main_base, activated by the workers */

static _Noreturn void die(const char *what)
{
        fprintf(stderr, "base_per_thread: %s\n", what);
        exit(1);
}

static void on_number(evutil_socket_t fd, short what, void *argument)
{
        struct worker *worker = argument;
        int number;
        (void)what;
        /* A pipe never splits so short a write, so there is a whole number or the end. */
        if (read(fd, &number, sizeof number) == (ssize_t)sizeof number)
                worker->sum += number;
        else
                event_base_loopbreak(worker->base);
}

static void *run_worker(void *argument)
{
        struct worker *worker = argument;
        event_base_dispatch(worker->base);
        atomic_fetch_add(&finished, 1);
        event_active(worker_finished, 0, 0); /* from this thread into the loop of the main thread */
        return NULL;
}

/* Two activations before the loop turns are one call: only the counter knows how many there were.
 */
static void on_worker_finished(evutil_socket_t fd, short what, void *argument)
{
        (void)fd, (void)what, (void)argument;
        if (atomic_load(&finished) == worker_count)
                event_base_loopbreak(main_base);
}

/* To each worker in turn; a closed pipe tells it that this was all. */
static void hand_out_numbers(void)
{
        for (int number = 1; number <= NUMBERS; number++)
                if (write(workers[number % worker_count].pipe[1], &number, sizeof number) < 0)
                        die("cannot write to a worker");
        for (long i = 0; i < worker_count; i++)
                close(workers[i].pipe[1]);
}

static void start_worker(struct worker *worker)
{
        worker->base = event_base_new();
        if (worker->base == NULL || pipe(worker->pipe) != 0)
                die("cannot make a worker");
        worker->readable =
                event_new(worker->base, worker->pipe[0], EV_READ | EV_PERSIST, on_number, worker);
        if (worker->readable == NULL || event_add(worker->readable, NULL) != 0 ||
            pthread_create(&worker->thread, NULL, run_worker, worker) != 0)
                die("cannot start a worker");
}

static long end_worker(struct worker *worker)
{
        pthread_join(worker->thread, NULL);
        event_free(worker->readable);
        close(worker->pipe[0]);
        event_base_free(worker->base);
        return worker->sum;
}

int main(int argc, char **argv)
{
        long sum = 0;
        worker_count = argc > 1 ? atol(argv[1]) : 4;
        if (argc > 2 || worker_count < 1 || worker_count > MAX_WORKERS)
                die("usage: base_per_thread [WORKERS(1..64)]");
        if (evthread_use_pthreads() != 0 || (main_base = event_base_new()) == NULL ||
            (worker_finished = event_new(main_base, -1, 0, on_worker_finished, NULL)) == NULL)
                die("cannot make the main base");
        for (long i = 0; i < worker_count; i++)
                start_worker(&workers[i]);
        hand_out_numbers();
        /* No event is added here, only activated: the flag keeps the loop waiting all the same. */
        event_base_loop(main_base, EVLOOP_NO_EXIT_ON_EMPTY);

        for (long i = 0; i < worker_count; i++)
                sum += end_worker(&workers[i]);
        printf("%ld workers summed up 1 to %d: %ld\n", worker_count, NUMBERS, sum);
        event_free(worker_finished);
        event_base_free(main_base);
        return sum == NUMBERS * (NUMBERS + 1L) / 2 ? 0 : 1;
}
