/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the tests with real threads share: the base under test, threads, and ways to wait for one
 * another that are not sleeping.
 *
 *     test_thread_x METHOD [debug]
 *
 * METHOD is the name of a backend, "changelist" for epoll with changelist. With debug, debug mode
 * and lock debugging are on.
 *
 * The base lives in a world that forwards to the real one and knows when the loop is in its wait,
 * so that a test can act exactly then. Its own variables are relaxed atomics, which order nothing:
 * ThreadSanitizer sees what the library orders, and no more. Built for ThreadSanitizer, the world
 * has no epoll_pwait2: gcc 12's does not know that call, and lets signals wait while it lasts.
 *
 * A thread other than the test's own reports by must(): cmocka's assertions belong to the latter. A
 * hang ends the program after a time that no run takes.
 */
#ifndef THREADS_H
#define THREADS_H

#include <event2/event.h>
#include <pthread.h>
#include <stdbool.h>

struct os;

/* The world of the bases under test: threads_world.c; in the simulation, which has a test's threads as
 * tasks, the host (tests/sim/thread/world.c). */
struct os *threads_world(const char *method);
int thread_program(int argc, char **argv); /* a test's main() there */

/* Reads the arguments, enables threads; to be called first. */
void threads_init(int argc, char **argv);

/* A base with the backend under test. Any thread may ask. */
struct event_base *threads_base(void);

/* Ends the program with the message unless holds. */
void must(bool holds, const char *message);

/* Whether the loop of the one base that runs is in its wait, and would sleep; returns when it is. */
bool is_asleep(void);
void await_sleep(void);

pthread_t thread_start(void *(*fn)(void *), void *arg);
void thread_join(pthread_t thread);

/* Runs base's loop in this thread while n others run work(base, 0), ..., work(base, n - 1), and until
 * all have returned. The last one ends the loop by event_base_loopexit(): a break would end the
 * calls of a signal that arrived several times. */
#define WORKERS_MAX 8
void run_with_workers(struct event_base *base, int n, void (*work)(struct event_base *base, int i));

/* A number that only grows, for which threads wait. */
struct gate {
        pthread_mutex_t lock;
        pthread_cond_t grown;
        int value;
};

#define GATE_INIT                                                      \
        {                                                              \
                PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0 \
        }

void gate_add(struct gate *g);
void gate_raise(struct gate *g, int value);
void gate_await(struct gate *g, int value);
int gate_value(struct gate *g);

#endif
