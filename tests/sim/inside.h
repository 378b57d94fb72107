/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For tests whose body runs on a simulated host: cmocka's fixtures, which make a world with one host
 * and enter it. At the end no descriptor may be left.
 */
#ifndef TESTS_SIM_INSIDE_H
#define TESTS_SIM_INSIDE_H

#include <evident/sim.h>

static struct evsim_world *world;
static struct evsim_host *host;

static int enter_world(void **state)
{
        (void)state;
        world = evsim_world_new(NULL);
        host = evsim_host_new(world, "a", NULL);
        evsim_enter(host);
        return 0;
}

static int leave_world(void **state)
{
        const size_t left = evsim_host_descriptors(host);

        (void)state;
        evsim_leave();
        evsim_world_free(world);
        return left == 0 ? 0 : -1;
}

#endif
