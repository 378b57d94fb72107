/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Worlds of many kinds, and a line for each: what it is, its seed, and the hash of all that happened
 * in it. The lines must be the same wherever this program is compiled and run; hashes.txt has them.
 *
 *     worlds [SEEDS]      of each kind the seeds 0 to SEEDS - 1
 */
#include <event2/event.h>
#include <event2/thread.h>
#include <event2/util.h>
#include <errno.h>
#include <inttypes.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <evident/sim.h>
#include <evident/sim_calls.h>

#include "network.h"

#define MS INT64_C(1000000)

static const char *method; /* that bases use in this world; NULL: the first */

static struct event_base *new_base(void)
{
        static const char *const methods[] = {"kqueue", "epoll", "devpoll",
                                              "evport", "poll",  "select"};
        struct event_config *config = event_config_new();
        struct event_base *base;

        if (config == NULL)
                return NULL;
        for (size_t i = 0; method != NULL && i < sizeof methods / sizeof methods[0]; i++)
                if (strcmp(methods[i], method) != 0)
                        event_config_avoid_method(config, methods[i]);
        base = event_base_new_with_config(config);
        event_config_free(config);
        return base;
}

static struct timeval span(const char *site)
{
        const int64_t us = evsim_amount(site, 10000000);

        return (struct timeval){(time_t)(us / 1000000), (suseconds_t)(us % 1000000)};
}

/* ---- Timers ----------------------------------------------------------------------------------- */

enum { NTIMERS = 20 };

struct timers {
        struct event_base *base;
        struct event *timers[NTIMERS];
        int left;
};

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
        struct timers *t = arg;
        const struct timeval next = span("timers.next");
        const uint32_t which = evsim_choose("timers.which", NTIMERS);

        (void)fd;
        (void)what;
        if (t->left-- <= 0 || t->timers[which] == NULL)
                return;
        if (evsim_chance("timers.delete", 200000))
                event_del(t->timers[which]);
        else
                event_add(t->timers[which], &next);
}

static void run_timers(void *arg)
{
        struct timers t = {.left = 100};

        (void)arg;
        t.base = new_base();
        if (t.base == NULL)
                return;
        event_base_priority_init(t.base, 3);
        for (int i = 0; i < NTIMERS; i++) {
                const struct timeval first = span("timers.first");

                t.timers[i] = event_new(t.base, -1, 0, on_timer, &t);
                if (t.timers[i] == NULL)
                        continue;
                event_priority_set(t.timers[i], (int)evsim_choose("timers.priority", 3));
                event_add(t.timers[i], &first);
        }
        evsim_note("dispatch gave %d", event_base_dispatch(t.base));
        for (int i = 0; i < NTIMERS; i++)
                if (t.timers[i] != NULL)
                        event_free(t.timers[i]);
        event_base_free(t.base);
}

/* ---- Pipes ------------------------------------------------------------------------------------ */

enum { NPIPES = 8 };

struct pipes {
        struct event_base *base;
        struct event *readers[NPIPES];
        int fds[NPIPES][2];
        int left;
};

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
        struct pipes *p = arg;
        unsigned char bytes[64];
        const ssize_t n = evsim_read(fd, bytes, 1 + evsim_choose("pipes.read", sizeof bytes));

        evsim_note("read %d on %d, %d", (int)n, (int)fd, what);
        if (--p->left <= 0)
                event_base_loopbreak(p->base);
}

static void write_all(void *arg)
{
        static const unsigned char bytes[200];
        struct pipes *p = arg;

        for (int i = 0; i < 100; i++) {
                /* Not as arguments of one call: their order is the compiler's. */
                const uint32_t which = evsim_choose("pipes.which", NPIPES);
                const uint32_t length = 1 + evsim_choose("pipes.write", sizeof bytes);

                evsim_write(p->fds[which][1], bytes, length);
                if (evsim_chance("pipes.pause", 500000))
                        evsim_sleep_ns(evsim_amount("pipes.pause", 10 * MS));
        }
        for (int i = 0; i < NPIPES; i++)
                evsim_close(p->fds[i][1]);
}

static void run_pipes(void *arg)
{
        struct pipes p = {.left = 500};
        const struct timeval limit = {1, 0};
        int flags = EV_READ | EV_PERSIST | (arg != NULL ? EV_ET : 0);

        p.base = new_base();
        if (p.base == NULL)
                return;
        for (int i = 0; i < NPIPES; i++) {
                if (evsim_pipe2(p.fds[i], O_NONBLOCK) != 0) {
                        p.fds[i][0] = p.fds[i][1] = -1;
                        continue;
                }
                p.readers[i] = event_new(p.base, p.fds[i][0], (short)flags, on_readable, &p);
                if (p.readers[i] != NULL)
                        event_add(p.readers[i], i % 2 == 0 ? &limit : NULL);
        }
        evsim_task_join(
                evsim_task_new(evsim_task_host(evsim_task_self()), "writer", write_all, &p));
        evsim_note("dispatch gave %d", event_base_dispatch(p.base));
        for (int i = 0; i < NPIPES; i++) {
                if (p.readers[i] != NULL)
                        event_free(p.readers[i]);
                evsim_close(p.fds[i][0]);
        }
        event_base_free(p.base);
}

/* ---- Threads ---------------------------------------------------------------------------------- */

enum { NTHREADS = 3 };

struct threads {
        struct event_base *base;
        struct event *shared;
        int left;
};

static void on_active(evutil_socket_t fd, short what, void *arg)
{
        struct threads *t = arg;

        (void)fd;
        evsim_note("activated by %d", what);
        t->left--;
}

static void activate(void *arg)
{
        struct threads *t = arg;

        for (int i = 0; i < 20; i++) {
                const struct timeval delay = span("threads.delay");

                if (evsim_chance("threads.active", 500000))
                        event_active(t->shared, EV_WRITE, 0);
                else
                        event_base_once(t->base, -1, EV_TIMEOUT, on_active, t, &delay);
                evsim_sleep_ns(evsim_amount("threads.pause", 1000 * MS));
        }
}

static void run_threads(void *arg)
{
        struct threads t = {.left = 0};
        struct evsim_task *tasks[NTHREADS];

        (void)arg;
        evthread_use_pthreads();
        t.base = new_base();
        t.shared = t.base != NULL ? event_new(t.base, -1, EV_PERSIST, on_active, &t) : NULL;
        if (t.shared == NULL)
                return;
        for (int i = 0; i < NTHREADS; i++)
                tasks[i] =
                        evsim_task_new(evsim_task_host(evsim_task_self()), "thread", activate, &t);
        event_base_loopexit(t.base, &(struct timeval){30, 0});
        evsim_note("loop gave %d", event_base_loop(t.base, EVLOOP_NO_EXIT_ON_EMPTY));
        for (int i = 0; i < NTHREADS; i++)
                evsim_task_join(tasks[i]);
        evsim_note("%d callbacks", -t.left);
        event_free(t.shared);
        event_base_free(t.base);
}

/* ---- Signals ---------------------------------------------------------------------------------- */

static void on_signal(evutil_socket_t number, short what, void *arg)
{
        (void)what;
        (void)arg;
        evsim_note("signal %d", (int)number);
}

static void send_signals(void *arg)
{
        struct evsim_host *host = arg;

        for (int i = 0; i < 30; i++) {
                evsim_sleep_ns(evsim_amount("signals.pause", 100 * MS));
                evsim_host_signal(host, evsim_chance("signals.which", 500000) ? SIGUSR1 : SIGUSR2);
        }
}

static void run_signals(void *arg)
{
        struct event_base *base = new_base();
        struct event *first = base != NULL ? evsignal_new(base, SIGUSR1, on_signal, NULL) : NULL;
        struct event *second = base != NULL ? evsignal_new(base, SIGUSR2, on_signal, NULL) : NULL;
        struct evsim_host *host = evsim_task_host(evsim_task_self());

        (void)arg;
        if (first != NULL && second != NULL && event_add(first, NULL) == 0 &&
            event_add(second, NULL) == 0) {
                struct evsim_task *sender = evsim_task_new(host, "sender", send_signals, host);

                event_base_loopexit(base, &(struct timeval){5, 0});
                evsim_note("dispatch gave %d", event_base_dispatch(base));
                evsim_task_join(sender);
        }
        if (first != NULL)
                event_free(first);
        if (second != NULL)
                event_free(second);
        if (base != NULL)
                event_base_free(base);
}

/* ---- The kinds -------------------------------------------------------------------------------- */

struct kind {
        const char *name;
        void (*run)(void *arg);
        const char *method;
        bool is_edge;
        bool has_trouble;
};

static const struct kind kinds[] = {
        {"timers", run_timers, NULL, false, false},
        {"timers in trouble", run_timers, NULL, false, true},
        {"pipes by epoll", run_pipes, "epoll", false, false},
        {"pipes by epoll, edges", run_pipes, "epoll", true, false},
        {"pipes by poll", run_pipes, "poll", false, false},
        {"pipes by select", run_pipes, "select", false, false},
        {"pipes by kqueue", run_pipes, "kqueue", false, false},
        {"pipes by kqueue, edges", run_pipes, "kqueue", true, false},
        {"pipes by /dev/poll", run_pipes, "devpoll", false, false},
        {"pipes by event ports", run_pipes, "evport", false, false},
        {"pipes in trouble", run_pipes, NULL, false, true},
        {"threads", run_threads, NULL, false, false},
        {"signals", run_signals, NULL, false, false},
        {"signals in trouble", run_signals, NULL, false, true},
        {"network", NULL, NULL, false, false},
        {"network in trouble", NULL, NULL, false, true},
};

/* A host with one task, or, for a kind that has no task of its own, a network. */
static void populate(struct evsim_world *world, const struct kind *kind)
{
        static char edge[] = "edge";
        const struct evsim_trouble swarm = evsim_swarm(world);
        const struct evsim_trouble *trouble = kind->has_trouble ? &swarm : NULL;
        struct evsim_host_config config = evsim_host_defaults();
        struct evsim_host *host;

        method = kind->method;
        if (kind->run == NULL) {
                network_populate(world, trouble);
                return;
        }
        if (method != NULL)
                config.kernel = EVSIM_KERNEL_ANY;
        host = evsim_host_new(world, "host", &config);
        if (trouble != NULL)
                evsim_host_trouble(host, trouble);
        evsim_task_new(host, "main", kind->run, kind->is_edge ? edge : NULL);
}

static void run(const struct kind *kind, uint64_t seed)
{
        struct evsim_world_config config = evsim_world_defaults();
        struct evsim_world *world;
        enum evsim_outcome outcome;

        config.seed = seed;
        config.time_limit_ns = 3600 * INT64_C(1000000000);
        world = evsim_world_new(&config);
        populate(world, kind);
        outcome = evsim_world_run(world);
        printf("%016" PRIx64 "  %s, seed %" PRIu64 ": %s after %" PRIu64 " calls, %" PRIu64
               " faults\n",
               evsim_world_hash(world), kind->name, seed, evsim_outcome_name(outcome),
               evsim_world_calls(world), evsim_world_faults(world));
        evsim_world_free(world);
}

int main(int argc, char **argv)
{
        const uint64_t nseeds = argc > 1 ? strtoul(argv[1], NULL, 10) : 10;

        for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
                for (uint64_t seed = 0; seed < nseeds; seed++)
                        run(&kinds[i], seed);
        return 0;
}
