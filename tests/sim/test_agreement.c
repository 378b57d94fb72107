/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * All backends agree: on the same schedule they run the same callbacks with the same flags at the
 * same virtual instants.
 *
 * A schedule is a list of random operations on a handful of events over pipes, socket pairs and
 * timers, with turns of the loop between them. It is run in a world of its own for each backend, and
 * the logs are compared: a line for each callback, sorted within one instant, because kernels report
 * what is ready in orders of their own. What the backends need not agree on is left out: edges,
 * EV_CLOSED, faults of the demultiplexers, descriptors that are closed under an event, or cease to be
 * writable while one waits for that (an event port then tells what was true when it was associated);
 * and a callback does not touch what another one of the same batch may touch first.
 *
 * A schedule on which two disagree is shrunk by leaving operations out, and printed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <event2/event.h>
#include <evident/sim.h>
#include <evident/sim_calls.h>

enum { EVENTS = 6, OPERATIONS_MAX = 60, LOG_MAX = 4096 };

static uint64_t nschedules = 10000; /* fewer under an emulator, by the environment */

#define MS INT64_C(1000000)

/* ---- Schedules ---------------------------------------------------------------------------------
 */

enum operation_kind {
        NOTHING, /* what was left out */
        ADD,
        ADD_FOR_A_TIME,
        DELETE,
        ACTIVATE,
        REMOVE_TIMER,
        SEND,
        FILL,
        RECEIVE,
        SHUT_DOWN_PEER,
        CLOSE_PEER,
        TURN,
        WAIT,
        KINDS
};

static const char *const kind_names[KINDS] = {
        "nothing", "add",     "add for a time", "delete",     "activate", "remove timer", "send",
        "fill",    "receive", "shut down peer", "close peer", "turn",     "wait"};

struct operation {
        enum operation_kind kind;
        int event;
        int argument;
};

static uint64_t stream;

/* xorshift64*: any generator would do. */
static unsigned draw(unsigned n)
{
        stream ^= stream >> 12;
        stream ^= stream << 25;
        stream ^= stream >> 27;
        return (unsigned)((stream * UINT64_C(0x2545f4914f6cdd1d)) >> 33) % n;
}

static int draw_schedule(struct operation *operations, uint64_t seed)
{
        const int count = 10 + (int)(seed % (OPERATIONS_MAX - 10));

        stream = seed * UINT64_C(0x9e3779b97f4a7c15) | 1;
        for (int i = 0; i < count; i++) {
                const unsigned kind = draw(KINDS + 6);

                operations[i] = (struct operation){
                        .kind = kind < KINDS ? (enum operation_kind)kind
                                : kind % 2   ? TURN
                                             : WAIT,
                        .event = (int)draw(EVENTS),
                        .argument = (int)draw(8),
                };
        }
        return count;
}

/* ---- Backends ----------------------------------------------------------------------------------
 */

static const char *const methods[] = {
        "epoll", "epoll (with changelist)", "poll", "select", "kqueue", "devpoll", "evport"};

enum { NMETHODS = sizeof methods / sizeof methods[0] };

static struct event_base *base_with(const char *method)
{
        struct event_config *config = event_config_new();
        const int is_changelist = strcmp(method, "epoll (with changelist)") == 0;
        const char *kernels = is_changelist ? "epoll" : method;
        struct event_base *base;

        for (const char **m = event_get_supported_methods(); *m != NULL; m++)
                if (strcmp(*m, kernels) != 0)
                        event_config_avoid_method(config, *m);
        if (is_changelist)
                event_config_set_flag(config, EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST);
        base = event_base_new_with_config(config);
        event_config_free(config);
        assert_non_null(base);
        assert_string_equal(event_base_get_method(base), method);
        return base;
}

/* ---- A run -------------------------------------------------------------------------------------
 */

struct entry {
        int64_t time_ns;
        int event;
        int what;
};

struct run {
        const struct operation *operations;
        int count;
        const char *method;
        struct evsim_host *host;
        struct event_base *base;
        struct event *events[EVENTS];
        int near[EVENTS]; /* the event's descriptor; -1: a timer */
        int far[EVENTS];  /* its peer; -1: closed, or there is none */
        struct entry log[LOG_MAX];
        int nlogged;
};

static struct run runs[NMETHODS];

static void drain(int fd)
{
        char bytes[4096];

        while (evsim_read(fd, bytes, sizeof bytes) > 0)
                continue;
}

static void fill(int fd)
{
        static const char bytes[4096];

        while (evsim_write(fd, bytes, sizeof bytes) > 0)
                continue;
}

/* What a callback does it does to its own descriptor. */
static void on_event(evutil_socket_t fd, short what, void *arg)
{
        struct run *run = arg;
        int event = 0;

        while (run->events[event] != event_base_get_running_event(run->base))
                event++;
        assert_in_range(run->nlogged, 0, LOG_MAX - 1);
        run->log[run->nlogged++] = (struct entry){evsim_host_monotonic_ns(run->host), event, what};
        if ((what & EV_READ) && event % 2 == 0)
                drain(fd);
}

/* Events 0 and 1 read a pipe, 2 writes one, 3 and 4 have a socket, 5 is a timer. */
static void make_events(struct run *run)
{
        static const short wanted[EVENTS] = {
                EV_READ | EV_PERSIST, EV_READ,   EV_WRITE, EV_READ | EV_WRITE | EV_PERSIST,
                EV_READ | EV_PERSIST, EV_PERSIST};

        for (int i = 0; i < EVENTS; i++) {
                int fds[2] = {-1, -1};

                if (i < 3)
                        assert_int_equal(evsim_pipe2(fds, 04000), 0);
                else if (i < 5)
                        assert_int_equal(
                                evsim_socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
                run->near[i] = fds[i == 2];
                run->far[i] = fds[i != 2];
                run->events[i] = event_new(run->base, run->near[i], wanted[i], on_event, run);
                assert_non_null(run->events[i]);
        }
}

static void free_events(struct run *run)
{
        for (int i = 0; i < EVENTS; i++) {
                event_free(run->events[i]);
                if (run->near[i] >= 0)
                        evsim_close(run->near[i]);
                if (run->far[i] >= 0)
                        evsim_close(run->far[i]);
        }
}

static void wait_for_ms(struct run *run, int ms)
{
        const struct timeval span = {.tv_usec = ms * 1000};

        for (int turns = 0; turns < 4; turns++) {
                event_base_loopexit(run->base, &span);
                event_base_loop(run->base, EVLOOP_ONCE);
        }
}

static void send_to(struct run *run, int event, int count)
{
        static const char bytes[8];

        if (event == 2)
                drain(run->far[2]);
        else if (run->far[event] >= 0)
                (void)evsim_write(run->far[event], bytes, (size_t)count + 1);
}

static void perform(struct run *run, const struct operation *o)
{
        struct event *event = run->events[o->event];
        const struct timeval span = {.tv_usec = o->argument * 1000};

        switch (o->kind) {
        case NOTHING:
        case KINDS:
                break;
        case ADD:
                if (o->event != 5)
                        event_add(event, NULL);
                break;
        case ADD_FOR_A_TIME:
                event_add(event, &span);
                break;
        case DELETE:
                event_del(event);
                break;
        case ACTIVATE:
                event_active(event, EV_READ, 1);
                break;
        case REMOVE_TIMER:
                event_remove_timer(event);
                break;
        case SEND:
                send_to(run, o->event, o->argument);
                break;
        case FILL:
                if (run->near[o->event] >= 0 && o->event >= 2 &&
                    !event_pending(event, EV_WRITE, NULL))
                        fill(run->near[o->event]);
                break;
        case RECEIVE:
                if (run->far[o->event] >= 0 && o->event >= 2)
                        drain(run->far[o->event]);
                break;
        case SHUT_DOWN_PEER:
                if (run->far[o->event] >= 0 && o->event >= 3)
                        evsim_shutdown(run->far[o->event], SHUT_WR);
                break;
        case CLOSE_PEER:
                if (run->far[o->event] >= 0)
                        evsim_close(run->far[o->event]);
                run->far[o->event] = -1;
                break;
        case TURN:
                event_base_loop(run->base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
                break;
        case WAIT:
                wait_for_ms(run, o->argument);
                break;
        }
}

static void follow(void *arg)
{
        struct run *run = arg;

        evsim_signal(SIGPIPE, SIG_IGN);
        run->base = base_with(run->method);
        make_events(run);
        for (int i = 0; i < run->count; i++)
                perform(run, &run->operations[i]);
        free_events(run);
        event_base_free(run->base);
        libevent_global_shutdown();
}

static int by_time(const void *a, const void *b)
{
        const struct entry *x = a;
        const struct entry *y = b;

        if (x->time_ns != y->time_ns)
                return x->time_ns < y->time_ns ? -1 : 1;
        if (x->event != y->event)
                return x->event - y->event;
        return x->what - y->what;
}

static void run_on(struct run *run, const char *method, const struct operation *operations,
                   int count)
{
        struct evsim_world_config config = evsim_world_defaults();
        struct evsim_host_config kernel = evsim_host_defaults();
        struct evsim_world *world;

        config.call_cost_ns = 0;
        kernel.kernel = EVSIM_KERNEL_ANY;
        world = evsim_world_new(&config);
        run->operations = operations;
        run->count = count;
        run->method = method;
        run->nlogged = 0;
        run->host = evsim_host_new(world, "host", &kernel);
        evsim_host_check_always(run->host, true);
        evsim_task_new(run->host, "main", follow, run);
        if (evsim_world_run(world) != EVSIM_DONE)
                fail_msg("%s: %s", method, evsim_world_report(world));
        assert_int_equal(evsim_host_descriptors(run->host), 0);
        assert_int_equal(evsim_host_blocks(run->host), 0);
        evsim_world_free(world);
        qsort(run->log, (size_t)run->nlogged, sizeof run->log[0], by_time);
}

/* ---- The comparison ----------------------------------------------------------------------------
 */

static int is_equal(const struct run *a, const struct run *b)
{
        if (a->nlogged != b->nlogged)
                return 0;
        for (int i = 0; i < a->nlogged; i++)
                if (by_time(&a->log[i], &b->log[i]) != 0)
                        return 0;
        return 1;
}

/* The first backend that does not agree with epoll; 0: all do. */
static int first_dissenter(const struct operation *operations, int count)
{
        for (int m = 0; m < NMETHODS; m++) {
                run_on(&runs[m], methods[m], operations, count);
                if (!is_equal(&runs[0], &runs[m]))
                        return m;
        }
        return 0;
}

/* Leaves out what is not needed for two to disagree. */
static void shrink(struct operation *operations, int count)
{
        int is_smaller = 1;

        while (is_smaller) {
                is_smaller = 0;
                for (int i = 0; i < count; i++) {
                        const struct operation kept = operations[i];

                        if (kept.kind == NOTHING)
                                continue;
                        operations[i].kind = NOTHING;
                        if (first_dissenter(operations, count) != 0)
                                is_smaller = 1;
                        else
                                operations[i] = kept;
                }
        }
}

static void print_log(const struct run *run)
{
        printf("%s:\n", run->method);
        for (int i = 0; i < run->nlogged; i++)
                printf("    %10.6f s  event %d, flags %#x\n", (double)run->log[i].time_ns / 1e9,
                       run->log[i].event, (unsigned)run->log[i].what);
}

static void tell(struct operation *operations, int count, uint64_t seed)
{
        int dissenter;

        shrink(operations, count);
        dissenter = first_dissenter(operations, count);
        printf("schedule %llu, as small as it gets:\n", (unsigned long long)seed);
        for (int i = 0; i < count; i++)
                if (operations[i].kind != NOTHING)
                        printf("    %s, event %d, %d\n", kind_names[operations[i].kind],
                               operations[i].event, operations[i].argument);
        print_log(&runs[0]);
        print_log(&runs[dissenter]);
        fail_msg("%s does not agree with epoll", methods[dissenter]);
}

static void all_backends_agree(void **state)
{
        struct operation operations[OPERATIONS_MAX];
        long ncallbacks = 0;

        (void)state;
        for (uint64_t seed = 1; seed <= nschedules; seed++) {
                const int count = draw_schedule(operations, seed);

                if (first_dissenter(operations, count) != 0)
                        tell(operations, count, seed);
                ncallbacks += runs[0].nlogged;
        }
        /* Schedules in which nothing happens would agree too. */
        assert_true((uint64_t)ncallbacks > 4 * nschedules);
}

int main(void)
{
        const struct CMUnitTest tests[] = {cmocka_unit_test(all_backends_agree)};
        const char *wanted = getenv("SCHEDULES");

        if (wanted != NULL)
                nschedules = strtoull(wanted, NULL, 10);

        return cmocka_run_group_tests(tests, NULL, NULL);
}
