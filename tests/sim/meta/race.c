/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Two tasks count together without a lock. They run on one thread, one after the other, and yet
 * ThreadSanitizer must report it: tasks stand for threads.
 */
#include <stdio.h>

#include <evident/sim.h>

static int count;

static void add(void *arg)
{
        (void)arg;
        count++;
        evsim_yield();
}

int main(void)
{
        struct evsim_world *world = evsim_world_new(NULL);
        struct evsim_host *host = evsim_host_new(world, "host", NULL);

        evsim_task_new(host, "a", add, NULL);
        evsim_task_new(host, "b", add, NULL);
        (void)evsim_world_run(world);
        evsim_world_free(world);
        printf("%d\n", count);
        return 0;
}
