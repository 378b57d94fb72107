/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A task that computes for ever, or blocks in the real kernel, is named with its stack. In a child
 * process, which takes a second of real time each: that is what is tested.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <evident/sim.h>
#include <evident/sim_calls.h>

static char told[16384];

static void spin(void *arg)
{
        volatile int *stop = arg;

        (void)evsim_getpid();
        while (*stop == 0)
                continue;
}

static void block_for_real(void *arg)
{
        char byte;
        int fds[2];

        (void)arg;
        if (pipe(fds) == 0)
                (void)!read(fds[0], &byte, 1);
}

static void run_world(void (*run)(void *))
{
        volatile int stop = 0;
        struct evsim_world_config config = evsim_world_defaults();
        struct evsim_world *world;

        config.watchdog_s = 1;
        world = evsim_world_new(&config);
        evsim_task_new(evsim_host_new(world, "host", NULL), "busy", run, (void *)(uintptr_t)&stop);
        (void)evsim_world_run(world);
        evsim_world_free(world);
}

/* How the child ended; what it said is in told. */
static int status_of_child(void (*run)(void *))
{
        const struct rlimit no_core = {0, 0};
        size_t length = 0;
        ssize_t n;
        int fds[2];
        int status;
        pid_t child;

        assert_int_equal(pipe(fds), 0);
        child = fork();
        if (child == 0) {
                setrlimit(RLIMIT_CORE, &no_core);
                signal(SIGABRT, SIG_DFL);
                dup2(fds[1], STDERR_FILENO);
                close(fds[0]);
                close(fds[1]);
                run_world(run);
                _exit(0);
        }
        close(fds[1]);
        while ((n = read(fds[0], told + length, sizeof told - 1 - length)) > 0)
                length += (size_t)n;
        told[length] = '\0';
        close(fds[0]);
        assert_int_equal(waitpid(child, &status, 0), child);
        return status;
}

static void assert_told(const char *part)
{
        if (strstr(told, part) == NULL)
                fail_msg("\"%s\" is not in:\n%s", part, told);
}

static void a_task_that_spins_is_named(void **state)
{
        const int status = status_of_child(spin);

        (void)state;
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
        assert_told("evsim: the task host.busy runs for 1 s of real time without a call");
        assert_told("The last was getpid");
}

static void a_task_that_blocks_for_real_is_named(void **state)
{
        const int status = status_of_child(block_for_real);

        (void)state;
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
        assert_told("evsim: the task host.busy runs for 1 s");
        assert_told("The last was start");
#if defined(__GLIBC__)
        assert_told("test_watchdog"); /* the program's name, in its stack */
#endif
}

static void finish(void *arg)
{
        (void)arg;
        evsim_sleep_ns(INT64_C(3600000000000));
}

static void who_is_done_is_left_alone(void **state)
{
        (void)state;
        assert_int_equal(status_of_child(finish), 0);
        assert_string_equal(told, "");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_task_that_spins_is_named),
                cmocka_unit_test(a_task_that_blocks_for_real_is_named),
                cmocka_unit_test(who_is_done_is_left_alone),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
