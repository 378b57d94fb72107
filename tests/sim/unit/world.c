/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tests of tests/unit that are about behaviour, in a simulated host: their shim stands over it
 * instead of the real world (they are compiled with os_real() as the name of test_world()), and their
 * main() runs there under another name.
 */
#include <event2/event.h>
#include <evident/sim.h>
#include <stdio.h>
#include <unistd.h>

#include "environment.h"
#include "kernel/host.h"

int unit_program(void);
struct os *test_world(void);

static struct evsim_host *host;

struct os *test_world(void)
{
        return &host->os;
}

static void end(struct evsim_world *ended, enum evsim_outcome outcome, void *arg)
{
        (void)outcome;
        (void)arg;
        fflush(NULL);
        fprintf(stderr, "the world has ended: %s", evsim_world_report(ended));
        _exit(99);
}

int main(void)
{
        struct evsim_world_config config = evsim_world_defaults();
        struct evsim_host_config host_config = evsim_host_defaults();
        struct evsim_world *world;
        int result;

        config.watchdog_s = 0; /* an emulator is slow, and ctest has a limit of its own */
        config.on_end = end;
        host_config.kernel = EVSIM_KERNEL_LINUX;
        host_config.environment = test_environment;
        world = evsim_world_new(&config);
        host = evsim_host_new(world, "a", &host_config);
        evsim_enter(host);
        result = unit_program();
        libevent_global_shutdown();
        if (evsim_host_descriptors(host) != 0 || evsim_host_blocks(host) != 0) {
                fprintf(stderr, "left behind: %zu descriptors, %zu blocks of memory\n",
                        evsim_host_descriptors(host), evsim_host_blocks(host));
                result++;
        }
        evsim_leave();
        evsim_world_free(world);
        return result;
}
