/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A user's program on the installed simulation: an hour of ticks on one host. Prints the names of the
 * libraries that it has loaded, as program.c does.
 */
#include <event2/event.h>
#include <evident/sim.h>
#include <stdio.h>

#include "libraries.h"

static int nticks;

static void tick(evutil_socket_t fd, short what, void *base)
{
        (void)fd;
        (void)what;
        if (++nticks == 3600)
                event_base_loopbreak(base);
}

static void run(void *arg)
{
        struct event_base *base = event_base_new();
        struct event *timer = event_new(base, -1, EV_PERSIST, tick, base);

        (void)arg;
        event_add(timer, &(struct timeval){.tv_sec = 1});
        event_base_dispatch(base);
        event_free(timer);
        event_base_free(base);
}

int main(void)
{
        struct evsim_world *world = evsim_world_new(NULL);
        int is_right;

        evsim_task_new(evsim_host_new(world, "host", NULL), "main", run, NULL);
        is_right = evsim_world_run(world) == EVSIM_DONE && nticks == 3600 &&
                   evsim_world_now_ns(world) / 1000000000 == 3600;
        evsim_world_free(world);
        printf("%d ticks\n", nticks);
        print_libraries();
        return is_right ? 0 : 1;
}
