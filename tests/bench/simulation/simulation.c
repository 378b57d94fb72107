/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the simulation costs, each as a line with its goal. Nothing is asserted: how fast a machine is
 * is nobody's fault. Instructions are held to figures by run.sh.
 *
 *     simulation [small|timers|descriptors|hosts|pingpong|count]...
 */
#include <event2/event.h>
#include <event2/util.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <evident/sim.h>
#include <evident/sim_calls.h>

#if defined(__has_include)
#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#endif
#endif
#if !defined(CALLGRIND_TOGGLE_COLLECT)
#define CALLGRIND_TOGGLE_COLLECT
#endif

#define SECOND INT64_C(1000000000)

static void require(int is_so, const char *what)
{
        if (is_so)
                return;
        fprintf(stderr, "simulation: %s\n", what);
        exit(1);
}

/* Processor time of this process. */
static double now_s(void)
{
        struct timespec now;

        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
        return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static long ncalls;

static void count_call(evutil_socket_t fd, short what, void *arg)
{
        (void)fd;
        (void)what;
        (void)arg;
        ncalls++;
}

/* ---- A small world: what a fuzzer does a million times ----------------------------------------- */

enum { SMALL_EVENTS = 10 };

/* 2 descriptors, 10 events, 32 operations. */
static void small_program(void)
{
        struct event_base *base = event_base_new();
        struct event *events[SMALL_EVENTS];
        const struct timeval soon = {0, 1000};
        int fds[2];

        evsim_pipe2(fds, O_NONBLOCK);
        for (int i = 0; i < SMALL_EVENTS; i++)
                events[i] = i < 2 ? event_new(base, fds[i], i == 0 ? EV_READ : EV_WRITE, count_call,
                                              NULL)
                                  : event_new(base, -1, 0, count_call, NULL);
        for (int i = 0; i < SMALL_EVENTS; i++)
                event_add(events[i], i < 2 ? NULL : &soon); /* 10 operations */
        for (int i = 2; i < 8; i++)
                event_add(events[i], &soon); /* 6 */
        evsim_write(fds[1], "x", 1);
        event_base_loop(base, EVLOOP_NONBLOCK);
        event_active(events[2], EV_TIMEOUT, 0);
        event_base_loop(base, EVLOOP_ONCE); /* 4 */
        for (int i = 0; i < SMALL_EVENTS; i++)
                event_free(events[i]); /* 10 */
        evsim_close(fds[0]);
        event_base_free(base); /* 2 */
        evsim_close(fds[1]);
}

static void small_world(void)
{
        struct evsim_world *world = evsim_world_new(NULL);

        evsim_enter(evsim_host_new(world, "host", NULL));
        small_program();
        evsim_leave();
        evsim_world_free(world);
}

static void small(void)
{
        enum { BATCHES = 20 };
        const int n = 10000;
        double best_s = 1e9;

        small_world();
        for (int batch = 0; batch < BATCHES; batch++) {
                const double begun_s = now_s();
                double took_s;

                for (int i = 0; i < n; i++)
                        small_world();
                took_s = now_s() - begun_s;
                best_s = took_s < best_s ? took_s : best_s;
        }
        printf("small world              %10.2f us a world    %10.0f worlds/s       goal: 10 us, "
               "should be 4\n",
               best_s / n * 1e6, n / best_s);
}

/* For callgrind: exactly one, after one to warm up. */
static void count(void)
{
        small_world();
        CALLGRIND_TOGGLE_COLLECT;
        small_world();
        CALLGRIND_TOGGLE_COLLECT;
}

/* ---- Time: 100 timers of 1 to 10 s ------------------------------------------------------------- */

enum { NTIMERS = 100 };

static void timers(void)
{
        const int64_t span_s = 100000;
        struct evsim_world *world = evsim_world_new(NULL);
        struct event_base *base;
        const double begun_s = now_s();
        double took_s;

        evsim_enter(evsim_host_new(world, "host", NULL));
        base = event_base_new();
        ncalls = 0;
        for (int i = 0; i < NTIMERS; i++) {
                const struct timeval period = {1 + i * 9 / NTIMERS, i * 90000 % 1000000};

                event_add(event_new(base, -1, EV_PERSIST, count_call, NULL), &period);
        }
        event_base_loopexit(base, &(struct timeval){(time_t)span_s, 0});
        event_base_dispatch(base);
        took_s = now_s() - begun_s;
        printf("100 timers of 1 to 10 s  %10.0f virtual s/s   %10.0f events/s       goal: 100000 "
               "virtual s/s\n",
               (double)span_s / took_s, (double)ncalls / took_s);
        evsim_world_free(world);
}

/* ---- Many descriptors in one base -------------------------------------------------------------- */

static void descriptors(void)
{
        const int count = 100000;
        struct evsim_world *world = evsim_world_new(NULL);
        struct event_base *base;
        double begun_s = now_s();
        double added_s;

        evsim_enter(evsim_host_new(world, "host", NULL));
        base = event_base_new();
        ncalls = 0;
        for (int i = 0; i < count; i++)
                require(event_add(event_new(base, evsim_eventfd(0, O_NONBLOCK), EV_READ, count_call,
                                            NULL),
                                  NULL) == 0,
                        "event_add");
        added_s = now_s() - begun_s;
        begun_s = now_s();
        for (int fd = 3, n = 0; n < count; fd++)
                n += evsim_write(fd, &(uint64_t){1}, 8) == 8;
        event_base_dispatch(base);
        require(ncalls >= count, "not all were called");
        printf("%d descriptors       %10.2f us to add      %10.2f us an event       goal: held by "
               "one base\n",
               count, added_s / count * 1e6, (now_s() - begun_s) / count * 1e6);
        evsim_world_free(world);
}

/* ---- Two tasks over a pipe: every message is two switches -------------------------------------- */

struct pair {
        int there[2];
        int back[2];
        int n;
};

static void play(void *arg)
{
        struct pair *p = arg;
        char ball;

        while (p->n < 400000 && evsim_read(p->there[0], &ball, 1) == 1) {
                p->n++;
                evsim_write(p->back[1], &ball, 1);
        }
}

static void on_back(evutil_socket_t fd, short what, void *arg)
{
        struct pair *p = arg;
        char ball;

        (void)what;
        evsim_read(fd, &ball, 1);
        evsim_write(p->there[1], &ball, 1);
}

static void serve(void *arg)
{
        struct pair *p = arg;
        struct event_base *base = event_base_new();

        event_add(event_new(base, p->back[0], EV_READ | EV_PERSIST, on_back, p), NULL);
        evsim_write(p->there[1], "x", 1);
        event_base_dispatch(base);
}

static void pingpong(void)
{
        struct evsim_world *world = evsim_world_new(NULL);
        struct evsim_host *host = evsim_host_new(world, "host", NULL);
        struct pair p = {.n = 0};
        const double begun_s = now_s();
        double took_s;

        evsim_enter(host);
        evsim_pipe2(p.there, 0);
        evsim_pipe2(p.back, O_NONBLOCK);
        evsim_leave();
        evsim_task_new(host, "player", play, &p);
        evsim_task_set_daemon(evsim_task_new(host, "server", serve, &p));
        require(evsim_world_run(world) == EVSIM_DONE, evsim_world_report(world));
        took_s = now_s() - begun_s;
        printf("ping-pong over pipes     %10.0f round trips/s %10.0f calls/s\n", p.n / took_s,
               (double)evsim_world_calls(world) / took_s);
        evsim_world_free(world);
}

/* ---- Many hosts -------------------------------------------------------------------------------- */

enum { NHOSTS = 1000, PORT = 7 };

struct machine {
        struct event_base *base;
        struct sockaddr_in next;
        int fd;
        int64_t span_s;
        long received;
        long sent;
};

static void on_message(evutil_socket_t fd, short what, void *arg)
{
        struct machine *m = arg;
        char bytes[200];

        (void)what;
        while (evsim_recv(fd, bytes, sizeof bytes, 0) > 0)
                m->received++;
}

static void on_second(evutil_socket_t fd, short what, void *arg)
{
        static const char bytes[100];
        struct machine *m = arg;

        (void)fd;
        (void)what;
        if (m->sent++ == m->span_s) {
                event_base_loopexit(m->base, NULL);
                return;
        }
        evsim_sendto(m->fd, bytes, sizeof bytes, 0, (struct sockaddr *)&m->next, sizeof m->next);
}

static void run_machine(void *arg)
{
        struct machine *m = arg;
        const struct sockaddr_in own = {.sin_family = AF_INET, .sin_port = htons(PORT)};
        struct event *reader;
        struct event *timer;

        m->base = event_base_new();
        m->fd = evsim_socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
        evsim_bind(m->fd, (const struct sockaddr *)&own, sizeof own);
        reader = event_new(m->base, m->fd, EV_READ | EV_PERSIST, on_message, m);
        timer = event_new(m->base, -1, EV_PERSIST, on_second, m);
        event_add(reader, NULL);
        event_add(timer, &(struct timeval){1, 0});
        event_base_dispatch(m->base);
        event_free(reader);
        event_free(timer);
        evsim_close(m->fd);
        event_base_free(m->base);
}

/* One 100-byte datagram a virtual second from each host to its neighbour, for a virtual hour. */
static void hosts(void)
{
        static struct machine machines[NHOSTS];
        static struct evsim_host *made[NHOSTS];
        struct evsim_world_config config = evsim_world_defaults();
        struct evsim_world *world;
        const double begun_s = now_s();
        double took_s;
        long received = 0;

        config.stack_size = 65536;
        world = evsim_world_new(&config);
        for (int i = 0; i < NHOSTS; i++) {
                char name[16];

                snprintf(name, sizeof name, "h%d", i);
                made[i] = evsim_host_new(world, name, NULL);
        }
        for (int i = 0; i < NHOSTS; i++) {
                machines[i].span_s = 3600;
                machines[i].next = (struct sockaddr_in){
                        .sin_family = AF_INET,
                        .sin_port = htons(PORT),
                        .sin_addr.s_addr = evsim_host_address(made[(i + 1) % NHOSTS])};
                evsim_task_new(made[i], "machine", run_machine, &machines[i]);
        }
        require(evsim_world_run(world) == EVSIM_DONE, evsim_world_report(world));
        took_s = now_s() - begun_s;
        for (int i = 0; i < NHOSTS; i++)
                received += machines[i].received;
        printf("1000 hosts for an hour   %10.2f s             %10.0f messages/s     goal: 20 s for "
               "3.6 million (%ld came)\n",
               took_s, (double)received / took_s, received);
        evsim_world_free(world);
}

/* ---- All --------------------------------------------------------------------------------------- */

static const struct {
        const char *name;
        void (*run)(void);
} parts[] = {{"small", small},       {"timers", timers}, {"descriptors", descriptors},
             {"pingpong", pingpong}, {"hosts", hosts},   {"count", count}};

int main(int argc, char **argv)
{
        for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
                int is_wanted = argc == 1 && parts[i].run != count;

                for (int k = 1; k < argc; k++)
                        is_wanted |= strcmp(argv[k], parts[i].name) == 0;
                if (is_wanted)
                        parts[i].run();
                fflush(stdout);
        }
        return 0;
}
