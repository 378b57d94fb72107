/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tasks: who runs when, what time it is then, and how a run ends.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <evident/sim.h>
#include <evident/sim_calls.h>

#define SECOND INT64_C(1000000000)

static struct evsim_world *world;
static struct evsim_host *host;
static char order[64]; /* what the tasks did, a letter an act */

static struct evsim_world_config exact(void)
{
        struct evsim_world_config config = evsim_world_defaults();

        config.call_cost_ns = 0;
        return config;
}

static int set_up(void **state)
{
        const struct evsim_world_config config = exact();

        (void)state;
        world = evsim_world_new(&config);
        host = evsim_host_new(world, "host", NULL);
        order[0] = '\0';
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        evsim_world_free(world);
        return 0;
}

static void did(char what)
{
        const size_t length = strlen(order);

        order[length] = what;
        order[length + 1] = '\0';
}

/* A task that is given a word. */
static struct evsim_task *start(const char *name, void (*run)(void *), const char *word)
{
        return evsim_task_new(host, name, run, (void *)(uintptr_t)word);
}

/* ---- Order ------------------------------------------------------------------------------------ */

static void act_thrice(void *arg)
{
        for (int i = 0; i < 3; i++) {
                did(*(const char *)arg);
                evsim_yield();
        }
}

static void first_come_first_served(void **state)
{
        (void)state;
        start("a", act_thrice, "a");
        start("b", act_thrice, "b");
        start("c", act_thrice, "c");
        assert_int_equal(evsim_world_run(world), EVSIM_DONE);
        assert_string_equal(order, "abcabcabc");
}

static void sleep_and_act(void *arg)
{
        const char *what = arg;

        evsim_sleep_ns((int64_t)(what[1] - '0') * SECOND);
        did(what[0]);
        assert_int_equal(evsim_world_now_ns(world), (int64_t)(what[1] - '0') * SECOND);
}

/* In order of time; of equal times who went to sleep first. Time jumps from one to the next. */
static void time_moves_when_all_sleep(void **state)
{
        (void)state;
        start("a", sleep_and_act, "a3");
        start("b", sleep_and_act, "b1");
        start("c", sleep_and_act, "c3");
        start("d", sleep_and_act, "d2");
        assert_int_equal(evsim_world_run(world), EVSIM_DONE);
        assert_string_equal(order, "bdac");
        assert_int_equal(evsim_world_now_ns(world), 3 * SECOND);
}

static void join_others(void *arg)
{
        struct evsim_task *quick;
        struct evsim_task *slow;

        (void)arg;
        quick = start("quick", act_thrice, "q");
        slow = start("slow", sleep_and_act, "s5");
        evsim_task_join(slow);
        did('1');
        evsim_task_join(quick);
        did('2');
}

static void join_waits_for_the_end(void **state)
{
        (void)state;
        evsim_task_new(host, "main", join_others, NULL);
        assert_int_equal(evsim_world_run(world), EVSIM_DONE);
        assert_string_equal(order, "qqqs12");
}

static void serve_for_ever(void *arg)
{
        (void)arg;
        for (;;) {
                evsim_sleep_ns(SECOND);
                did('.');
        }
}

static void nobody_waits_for_daemons(void **state)
{
        (void)state;
        evsim_task_set_daemon(evsim_task_new(host, "daemon", serve_for_ever, NULL));
        start("a", sleep_and_act, "a3");
        assert_int_equal(evsim_world_run(world), EVSIM_DONE);
        assert_string_equal(order, "..a");
}

/* A test's body is a task; while it sleeps others run. */
static void the_thread_enters_the_world(void **state)
{
        (void)state;
        assert_null(evsim_task_self());
        evsim_enter(host);
        assert_string_equal(evsim_task_name(evsim_task_self()), "main");
        assert_ptr_equal(evsim_task_host(evsim_task_self()), host);
        start("a", sleep_and_act, "a1");
        evsim_sleep_ns(2 * SECOND);
        did('m');
        evsim_leave();
        assert_null(evsim_task_self());
        assert_string_equal(order, "am");
        assert_int_equal(evsim_world_run(world), EVSIM_DONE);
}

static void a_run_goes_on_with_new_tasks(void **state)
{
        (void)state;
        start("a", act_thrice, "a");
        assert_int_equal(evsim_world_run(world), EVSIM_DONE);
        start("b", act_thrice, "b");
        assert_int_equal(evsim_world_run(world), EVSIM_DONE);
        assert_string_equal(order, "aaabbb");
}

/* ---- Clocks ----------------------------------------------------------------------------------- */

static int64_t ns_of(clockid_t clock)
{
        struct timespec now;

        assert_int_equal(evsim_clock_gettime(clock, &now), 0);
        return (int64_t)now.tv_sec * SECOND + now.tv_nsec;
}

/* 100 millionths fast: an hour of the world is 3600.36 s there; and an hour there is shorter. */
static void clocks_run_as_their_oscillators_do(void **state)
{
        struct evsim_host_config config = evsim_host_defaults();
        struct evsim_host *fast;
        int64_t monotonic_ns;
        int64_t wall_ns;

        (void)state;
        config.skew_ppm = 100;
        config.offset_ns = 7;
        fast = evsim_host_new(world, "fast", &config);
        monotonic_ns = evsim_host_monotonic_ns(host);
        evsim_enter(host);
        evsim_sleep_ns(3600 * SECOND);
        assert_int_equal(evsim_host_monotonic_ns(host) - monotonic_ns, 3600 * SECOND);
        assert_int_equal(evsim_host_monotonic_ns(fast) - monotonic_ns, 360036 * (SECOND / 100));
        assert_int_equal(evsim_host_realtime_ns(fast) - evsim_host_realtime_ns(host),
                         36 * (SECOND / 100) + 7);
        evsim_leave();

        evsim_enter(fast);
        monotonic_ns = ns_of(CLOCK_MONOTONIC);
        wall_ns = ns_of(CLOCK_REALTIME);
        evsim_sleep_ns(1000100 * SECOND); /* exactly a million of the world's seconds */
        assert_int_equal(ns_of(CLOCK_MONOTONIC) - monotonic_ns, 1000100 * SECOND);
        assert_int_equal(evsim_world_now_ns(world), 1003600 * SECOND);
        evsim_host_step_clock(fast, -3 * SECOND);
        assert_int_equal(ns_of(CLOCK_REALTIME) - wall_ns, 1000097 * SECOND);
        assert_int_equal(ns_of(CLOCK_MONOTONIC) - monotonic_ns, 1000100 * SECOND);
        evsim_leave();
}

static void sleep_a_second_thrice(void *arg)
{
        int64_t *woke_ns = arg;

        for (int i = 0; i < 3; i++) {
                evsim_sleep_ns(SECOND);
                woke_ns[i] = evsim_world_now_ns(world);
        }
}

/* A host that sleeps misses what is due meanwhile, and catches up when it wakes. */
static void a_host_is_suspended(void **state)
{
        int64_t woke_ns[3];

        (void)state;
        evsim_task_new(host, "task", sleep_a_second_thrice, woke_ns);
        evsim_enter(evsim_host_new(world, "other", NULL));
        evsim_sleep_ns(SECOND + SECOND / 2);
        evsim_host_suspend(host, 10 * SECOND);
        evsim_sleep_ns(20 * SECOND);
        evsim_leave();
        assert_int_equal(woke_ns[0], SECOND);
        assert_int_equal(woke_ns[1], 11 * SECOND + SECOND / 2);
        assert_int_equal(woke_ns[2], 12 * SECOND + SECOND / 2);
}

/* ---- Ends ------------------------------------------------------------------------------------- */

static void assert_report(const char *part)
{
        if (strstr(evsim_world_report(world), part) == NULL)
                fail_msg("\"%s\" is not in the report:\n%s", part, evsim_world_report(world));
}

static void read_an_empty_pipe(void *arg)
{
        int fds[2];
        char byte;

        (void)arg;
        evsim_pipe(fds);
        evsim_read(fds[0], &byte, 1);
}

static void join_a_sleeper(void *arg)
{
        evsim_task_join(arg);
}

static void a_deadlock_says_who_waits_for_what(void **state)
{
        struct evsim_task *reader = evsim_task_new(host, "reader", read_an_empty_pipe, NULL);

        (void)state;
        evsim_task_new(host, "joiner", join_a_sleeper, reader);
        assert_int_equal(evsim_world_run(world), EVSIM_DEADLOCK);
        assert_report("deadlock at 0.000000000 s: ");
        assert_report("host.reader waits in read(3) for ever");
        assert_report("host.joiner waits in join(1) for ever");
        assert_int_equal(evsim_world_run(world), EVSIM_DEADLOCK); /* it stays so */
}

static void look_for_ever(void *arg)
{
        struct pollfd none = {.fd = -1};

        (void)arg;
        for (;;)
                (void)evsim_poll(&none, 1, 0);
}

static void a_loop_that_only_looks_is_a_livelock(void **state)
{
        (void)state;
        evsim_task_new(host, "looker", look_for_ever, NULL);
        assert_int_equal(evsim_world_run(world), EVSIM_LIVELOCK);
        assert_report("10001 waits and looks in a row");
        assert_report("host.looker runs");
}

static void a_run_ends_at_the_limit_of_time(void **state)
{
        struct evsim_world_config config = exact();

        (void)state;
        evsim_world_free(world);
        config.time_limit_ns = 5 * SECOND;
        world = evsim_world_new(&config);
        host = evsim_host_new(world, "host", NULL);
        evsim_task_new(host, "server", serve_for_ever, NULL);
        assert_int_equal(evsim_world_run(world), EVSIM_TIME_OUT);
        assert_int_equal(evsim_world_now_ns(world), 5 * SECOND);
        assert_string_equal(order, ".....");
        assert_report("host.server waits in sleep until 6.000000000 s");
}

static void require_the_impossible(void *arg)
{
        (void)arg;
        evsim_sleep_ns(SECOND);
        evsim_require(world, order[0] != '\0', "somebody was quicker");
        did('!');
}

static void a_violation_ends_the_run(void **state)
{
        (void)state;
        evsim_task_new(host, "strict", require_the_impossible, NULL);
        assert_int_equal(evsim_world_run(world), EVSIM_VIOLATION);
        assert_report("violation at 1.000000000 s: somebody was quicker (test_task.c:");
        assert_string_equal(order, "");
}

static jmp_buf out_of_the_world;
static char an_argument[] = "my argument";

static void jump_out(struct evsim_world *ended, enum evsim_outcome outcome, void *arg)
{
        assert_ptr_equal(ended, world);
        assert_int_equal(outcome, EVSIM_DEADLOCK);
        assert_ptr_equal(arg, an_argument);
        longjmp(out_of_the_world, 1);
}

static void who_has_entered_is_told_of_the_end(void **state)
{
        struct evsim_world_config config = exact();

        (void)state;
        evsim_world_free(world);
        config.on_end = jump_out;
        config.on_end_arg = an_argument;
        world = evsim_world_new(&config);
        host = evsim_host_new(world, "host", NULL);
        if (setjmp(out_of_the_world) == 0) {
                evsim_enter(host);
                read_an_empty_pipe(NULL);
                fail();
        }
        assert_report("host.main waits in read(3)");
}

#define STORY(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                STORY(first_come_first_served),
                STORY(time_moves_when_all_sleep),
                STORY(join_waits_for_the_end),
                STORY(nobody_waits_for_daemons),
                STORY(the_thread_enters_the_world),
                STORY(a_run_goes_on_with_new_tasks),
                STORY(clocks_run_as_their_oscillators_do),
                STORY(a_host_is_suspended),
                STORY(a_deadlock_says_who_waits_for_what),
                STORY(a_loop_that_only_looks_is_a_livelock),
                STORY(a_run_ends_at_the_limit_of_time),
                STORY(a_violation_ends_the_run),
                STORY(who_has_entered_is_told_of_the_end),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
