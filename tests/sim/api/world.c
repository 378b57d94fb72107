/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The tests of tests/api in a simulated host: their main() runs there under another name, calls cost
 * nothing, the coarse clock is the fine one, and at the end the host must hold nothing any more.
 *
 *     sim_api_test_x [any]
 *
 * The host's kernel is a Linux; with "any" one that has every mechanism, and only the tests over each
 * backend run. Tests that are about the real kernel are left out (../README.md).
 */
#include "api.h"

#include <evident/sim.h>
#include <signal.h>
#include <stdio.h>

#include "environment.h"
#include "world/task.h"
#include "world/world.h"

static struct evsim_world *world;
static struct evsim_host *host;
static bool is_any; /* it has every mechanism */

/* ---- What tests see of the system ------------------------------------------------------------- */

pid_t own_thread_id(void)
{
        return (pid_t)evsim_task_self()->id;
}

int is_asleep(pid_t thread)
{
        const struct evi_link *head = &world->tasks;

        for (struct evi_link *l = evi_list_first(head); l != NULL; l = evi_list_next(head, l)) {
                const struct evsim_task *task = EVI_CONTAINER_OF(l, struct evsim_task, all);

                if (task->id == (uint32_t)thread)
                        return task->state == EVSIM_BLOCKED;
        }
        return 0;
}

/* ---- Which tests run ---------------------------------------------------------------------------- */

static bool has_method(const char *name)
{
        const char **methods = event_get_supported_methods();

        while (*methods && strcmp(*methods, name) != 0)
                methods++;
        return *methods != NULL;
}

/* "test [backend]", or "test" alone. */
static bool is_possible(const struct CMUnitTest *test)
{
        const char *bracket = strchr(test->name, '[');
        char method[32];

        if (!bracket)
                return !is_any;
        snprintf(method, sizeof method, "%.*s", (int)strcspn(bracket + 1, "]"), bracket + 1);
        return strcmp(method, "changelist") == 0 || has_method(method);
}

int api_run(const struct CMUnitTest *tests, size_t count)
{
        struct CMUnitTest *possible = calloc(count, sizeof *possible);
        size_t n = 0;
        int result;

        for (size_t i = 0; i < count; i++)
                if (is_possible(&tests[i]))
                        possible[n++] = tests[i];
        printf("# %zu of %zu tests can be in this world\n", n, count);
        result = n > 0 ? _cmocka_run_group_tests("tests", possible, n, NULL, NULL) : 0;
        free(possible);
        return result;
}

/* ---- The program ------------------------------------------------------------------------------- */

/* The library ends the process, which is a child's (in_child), as it would; everything else that
 * ends a world is a failure. */
static void end(struct evsim_world *ended, enum evsim_outcome outcome, void *arg)
{
        const char *report = evsim_world_report(ended);

        (void)arg;
        fflush(NULL);
        if (outcome != EVSIM_TERMINATED) {
                fprintf(stderr, "the world has ended: %s", report);
                _exit(99);
        }
        if (strstr(report, "aborted")) {
                signal(SIGABRT, SIG_DFL);
                abort();
        }
        _exit(1);
}

static int what_is_left(void)
{
        const size_t descriptors = evsim_host_descriptors(host);
        const size_t blocks = evsim_host_blocks(host);

        if (descriptors == 0 && blocks == 0)
                return 0;
        fprintf(stderr, "left behind: %zu descriptors, %zu blocks of memory\n", descriptors,
                blocks);
        return 1;
}

int main(int argc, char **argv)
{
        struct evsim_world_config config = evsim_world_defaults();
        struct evsim_host_config host_config = evsim_host_defaults();
        int result;

        is_any = argc > 1 && strcmp(argv[1], "any") == 0;
        config.call_cost_ns = 0;
        config.watchdog_s = 0; /* an emulator is slow, and ctest has a limit of its own */
        config.on_end = end;
        host_config.coarse_ns = 0;
        host_config.environment = test_environment;
        host_config.kernel = is_any ? EVSIM_KERNEL_ANY : EVSIM_KERNEL_LINUX;
        world = evsim_world_new(&config);
        host = evsim_host_new(world, "a", &host_config);
        evsim_enter(host);
        result = api_program();
        libevent_global_shutdown();
        result += what_is_left();
        evsim_leave();
        evsim_world_free(world);
        return result;
}
