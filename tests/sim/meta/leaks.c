/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Three programs that are not deterministic, as programs are by mistake: each must be found by
 * running it twice (check.sh). And one that is.
 *
 *     leaks pid|uninitialised|address|none
 */
#include <event2/event.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <evident/sim.h>
#include <evident/sim_calls.h>

/* The real process's id, where the host's was meant. */
static void leak_pid(void *arg)
{
        (void)arg;
        evsim_sleep_ns(1 + getpid());
}

struct request {
        unsigned char retries;
        unsigned char body[2000];
        unsigned char kind;
};

static void begin_request(volatile struct request *request)
{
        request->kind = 1;
}

/* A field that nobody has set. */
static void read_uninitialised(void *arg)
{
        volatile struct request request;

        (void)arg;
        begin_request(&request);
        evsim_sleep_ns(request.kind + request.retries);
}

static void on_event(evutil_socket_t fd, short what, void *arg)
{
        (void)fd;
        (void)what;
        evsim_note("%s", (const char *)arg);
}

/* Two that are equal run in order of where they are. */
static void order_by_address(void *arg)
{
        static char a[] = "a";
        static char b[] = "b";
        struct event_base *base = event_base_new();
        struct event *first = event_new(base, -1, 0, on_event, a);
        struct event *second = event_new(base, -1, 0, on_event, b);
        const int is_up = (uintptr_t)first < (uintptr_t)second;

        (void)arg;
        event_active(is_up ? first : second, EV_TIMEOUT, 0);
        event_active(is_up ? second : first, EV_TIMEOUT, 0);
        event_base_dispatch(base);
        event_free(first);
        event_free(second);
        event_base_free(base);
}

static void behave(void *arg)
{
        (void)arg;
        evsim_sleep_ns(evsim_getpid());
}

static const struct {
        const char *name;
        void (*run)(void *arg);
} programs[] = {
        {"pid", leak_pid},
        {"uninitialised", read_uninitialised},
        {"address", order_by_address},
        {"none", behave},
};

int main(int argc, char **argv)
{
        for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++) {
                struct evsim_world *world;

                if (argc != 2 || strcmp(argv[1], programs[i].name) != 0)
                        continue;
                world = evsim_world_new(NULL);
                evsim_task_new(evsim_host_new(world, "host", NULL), "task", programs[i].run, NULL);
                if (evsim_world_run(world) != EVSIM_DONE)
                        fputs(evsim_world_report(world), stderr);
                evsim_world_free(world);
                return 0;
        }
        return 2;
}
