/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The tests of tests/thread in a simulated host: their threads are its tasks, and main() runs there
 * under another name. A hang is a deadlock or a livelock, which the world reports.
 */
#include <evident/sim.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kernel/host.h"
#include "threads.h"

static struct evsim_world *world;
static struct evsim_host *host;

struct os *threads_world(const char *method)
{
        (void)method;
        return &host->os;
}

/* Whether a task sleeps in a wait for descriptors. */
bool is_asleep(void)
{
        static const char *const waits[] = {"epoll_wait", "poll",         "select",
                                            "kevent",     "devpoll_poll", "port_getn"};
        const struct evi_link *head = &world->tasks;

        for (struct evi_link *l = evi_list_first(head); l != NULL; l = evi_list_next(head, l)) {
                const struct evsim_task *task = EVI_CONTAINER_OF(l, struct evsim_task, all);

                for (size_t i = 0; i < sizeof waits / sizeof waits[0]; i++)
                        if (task->state == EVSIM_BLOCKED && strcmp(task->waits_in, waits[i]) == 0)
                                return true;
        }
        return false;
}

static void end(struct evsim_world *ended, enum evsim_outcome outcome, void *arg)
{
        (void)outcome;
        (void)arg;
        fflush(NULL);
        fprintf(stderr, "the world has ended: %s", evsim_world_report(ended));
        _exit(99);
}

int main(int argc, char **argv)
{
        struct evsim_world_config config = evsim_world_defaults();
        struct evsim_host_config host_config = evsim_host_defaults();
        int result;

        config.watchdog_s = 0; /* an emulator is slow, and ctest has a limit of its own */
        config.on_end = end;
        world = evsim_world_new(&config);
        host_config.kernel = EVSIM_KERNEL_ANY;
        host = evsim_host_new(world, "a", &host_config);
        evsim_enter(host);
        result = thread_program(argc, argv);
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
