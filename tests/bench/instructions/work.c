/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The basic operations, one workload each, to be counted by callgrind (run.sh).
 *
 *     work [threads] [profile] [name...]
 *
 * runs the named workloads, or all; after evthread_use_pthreads() if told so. Each runs twice: what
 * happens only once (memory, tables, the dynamic linker) is in the first run, which is not counted.
 * Of the second, callgrind counts only what lies between begin() and end(), and writes it down
 * under the workload's name; how many operations that were goes to standard output.
 *
 * To profile, run.sh has callgrind collect a whole workload, since it knows the functions' names
 * only of what it saw being called.
 *
 * Only the public API, so that the same source runs on every library that has it. No count depends
 * on how fast the machine is: timers are due at once or not before long.
 */
#include <event2/event.h>
#include <event2/thread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <valgrind/callgrind.h>

#define ONE_TURN (EVLOOP_ONCE | EVLOOP_NONBLOCK)

static struct event_base *base;
static int ready_fd; /* always readable */
static int quiet_fd; /* never */
static long ncalls;
static int is_profiling;

static void require(int is_so, const char *what)
{
        if (is_so)
                return;
        fprintf(stderr, "work: %s\n", what);
        exit(1);
}

static void begin(void)
{
        if (!is_profiling)
                CALLGRIND_TOGGLE_COLLECT;
}

static void end(void)
{
        if (!is_profiling)
                CALLGRIND_TOGGLE_COLLECT;
}

static void count_call(evutil_socket_t fd, short what, void *arg)
{
        (void)fd;
        (void)what;
        (void)arg;
        ncalls++;
}

static struct event *make(evutil_socket_t fd, short events)
{
        struct event *ev = event_new(base, fd, events, count_call, NULL);

        require(ev != NULL, "event_new");
        return ev;
}

/* 1000 s to 2000 s, the same sequence in every run. */
static struct timeval long_timeout(void)
{
        static uint32_t state = 1;

        state = state * 1664525u + 1013904223u;
        return (struct timeval){1000 + (time_t)(state >> 12) % 1000,
                                (suseconds_t)(state >> 8) % 1000000};
}

static struct event **make_timers(int n, short events)
{
        struct event **timers = malloc((size_t)n * sizeof *timers);

        require(timers != NULL, "malloc");
        for (int i = 0; i < n; i++)
                timers[i] = make(-1, events);
        return timers;
}

static void add_all(struct event **timers, int n)
{
        for (int i = 0; i < n; i++) {
                const struct timeval timeout = long_timeout();
                event_add(timers[i], &timeout);
        }
}

static void free_all(struct event **timers, int n)
{
        for (int i = 0; i < n; i++)
                event_free(timers[i]);
        free(timers);
}

/* ---- The workloads. Each does n operations. -------------------------------------------------- */

static void new_free(int n)
{
        begin();
        for (int i = 0; i < n; i++)
                event_free(event_new(base, quiet_fd, EV_READ, count_call, NULL));
        end();
}

static void fd_add_del(int n)
{
        struct event *ev = make(quiet_fd, EV_READ | EV_PERSIST);

        begin();
        for (int i = 0; i < n; i++) {
                event_add(ev, NULL);
                event_del(ev);
        }
        end();
        event_free(ev);
}

static void timer_add_del_among(int others, int n)
{
        struct event **timers = make_timers(others, 0);
        struct event *ev = make(-1, 0);

        add_all(timers, others);
        for (int i = 0; i < n; i++) {
                const struct timeval timeout = long_timeout();
                begin();
                event_add(ev, &timeout);
                event_del(ev);
                end();
        }
        event_free(ev);
        free_all(timers, others);
}

static void timer_add_del_1k(int n)
{
        timer_add_del_among(1000, n);
}

static void timer_add_del_100k(int n)
{
        timer_add_del_among(100000, n);
}

static void timer_rearm_later(int n)
{
        struct event **timers = make_timers(1000, 0);

        add_all(timers, 1000);
        for (int i = 0; i < n; i++) {
                const struct timeval timeout = {3000 + i, 0};
                struct event *ev = timers[i * 7 % 1000];
                begin();
                event_add(ev, &timeout);
                end();
        }
        free_all(timers, 1000);
}

static void turn_idle(int n)
{
        struct event *ev = make(quiet_fd, EV_READ | EV_PERSIST);

        event_add(ev, NULL);
        begin();
        for (int i = 0; i < n; i++)
                event_base_loop(base, ONE_TURN);
        end();
        event_free(ev);
}

static void turns_of(struct event *ev, int n)
{
        ncalls = 0;
        begin();
        for (int i = 0; i < n; i++)
                event_base_loop(base, ONE_TURN);
        end();
        require(ncalls == n, "a turn without its callback");
        event_free(ev);
}

static void turn_ready_fd(int n)
{
        struct event *ev = make(ready_fd, EV_READ | EV_PERSIST);

        event_add(ev, NULL);
        turns_of(ev, n);
}

static void turn_ready_fd_timeout(int n)
{
        const struct timeval timeout = {1000, 0};
        struct event *ev = make(ready_fd, EV_READ | EV_PERSIST);

        event_add(ev, &timeout);
        turns_of(ev, n);
}

static void timer_expiry(int n)
{
        static const struct timeval at_once = {0, 0};
        struct event **timers = make_timers(n, 0);

        for (int i = 0; i < n; i++)
                event_add(timers[i], &at_once);
        ncalls = 0;
        begin();
        event_base_loop(base, ONE_TURN);
        end();
        require(ncalls == n, "timers that did not expire");
        free_all(timers, n);
}

static void active_run(int n)
{
        struct event **events = make_timers(n, 0);

        ncalls = 0;
        begin();
        for (int i = 0; i < n; i++)
                event_active(events[i], EV_READ, 1);
        event_base_loop(base, ONE_TURN);
        end();
        require(ncalls == n, "activations that did not run");
        free_all(events, n);
}

static void signal_run(int n)
{
        struct event *ev = make(SIGUSR1, EV_SIGNAL | EV_PERSIST);

        event_add(ev, NULL);
        ncalls = 0;
        for (int i = 0; i < n; i++) {
                begin();
                raise(SIGUSR1);
                event_base_loop(base, ONE_TURN);
                end();
        }
        require(ncalls == n, "signals that did not arrive");
        event_free(ev);
}

static const struct work {
        const char *name;
        void (*run)(int n);
        int n;
} works[] = {
        {"new_free", new_free, 1000},
        {"fd_add_del", fd_add_del, 1000},
        {"timer_add_del_1k", timer_add_del_1k, 1000},
        {"timer_add_del_100k", timer_add_del_100k, 1000},
        {"timer_rearm_later", timer_rearm_later, 1000},
        {"timer_expiry", timer_expiry, 1000},
        {"active_run", active_run, 1000},
        {"turn_idle", turn_idle, 1000},
        {"turn_ready_fd", turn_ready_fd, 1000},
        {"turn_ready_fd_timeout", turn_ready_fd_timeout, 1000},
        {"signal_run", signal_run, 200},
};

#define NWORKS (sizeof works / sizeof works[0])

static int is_named(const char *name, char **names)
{
        for (int i = 0; names[i] != NULL; i++)
                if (strcmp(names[i], name) == 0)
                        return 1;
        return names[0] == NULL;
}

static void count(const struct work *work)
{
        base = event_base_new();
        require(base != NULL, "event_base_new");
        work->run(work->n);
        if (!is_profiling)
                CALLGRIND_ZERO_STATS;
        work->run(work->n);
        if (!is_profiling)
                CALLGRIND_DUMP_STATS_AT(work->name);
        event_base_free(base);
        printf("%s %d\n", work->name, work->n);
}

int main(int argc, char **argv)
{
        const int with_threads = argc > 1 && strcmp(argv[1], "threads") == 0;

        is_profiling = argc > 1 + with_threads && strcmp(argv[1 + with_threads], "profile") == 0;
        ready_fd = eventfd(1, EFD_NONBLOCK);
        quiet_fd = eventfd(0, EFD_NONBLOCK);
        require(ready_fd >= 0 && quiet_fd >= 0, "eventfd");
        if (with_threads)
                require(evthread_use_pthreads() == 0, "evthread_use_pthreads");
        for (size_t i = 0; i < NWORKS; i++)
                if (is_named(works[i].name, argv + 1 + with_threads + is_profiling))
                        count(&works[i]);
        return 0;
}
