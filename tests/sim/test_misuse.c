/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bad use of the simulation is reported with the name of the call, not by a hang.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <event2/event.h>
#include <evident/sim.h>
#include <evident/sim_calls.h>

#include "dies.h"

static struct evsim_world *world;
static struct evsim_host *a;
static struct evsim_host *b;
static struct event_base *base_of_a;

static int set_up(void **state)
{
        (void)state;
        world = evsim_world_new(NULL);
        a = evsim_host_new(world, "a", NULL);
        b = evsim_host_new(world, "b", NULL);
        evsim_enter(a);
        base_of_a = event_base_new();
        evsim_leave();
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        evsim_world_free(world);
        return 0;
}

static void assert_run(struct evsim_host *host, void (*run)(void *), enum evsim_outcome outcome,
                       const char *part)
{
        evsim_task_new(host, "task", run, NULL);
        assert_int_equal(evsim_world_run(world), outcome);
        if (strstr(evsim_world_report(world), part) == NULL)
                fail_msg("\"%s\" is not in:\n%s", part, evsim_world_report(world));
}

/* ---- On another host --------------------------------------------------------------------------- */

static void run_the_base(void *arg)
{
        (void)arg;
        event_base_loop(base_of_a, EVLOOP_NONBLOCK | EVLOOP_NO_EXIT_ON_EMPTY);
}

static void a_base_is_for_its_host(void **state)
{
        (void)state;
        assert_run(b, run_the_base, EVSIM_MISUSE, "something of the host a is used on the host b");
}

static void run_the_base_outside(void)
{
        event_base_loop(base_of_a, EVLOOP_NONBLOCK | EVLOOP_NO_EXIT_ON_EMPTY);
}

static void a_base_is_for_the_simulation(void **state)
{
        (void)state;
        assert_true(dies(run_the_base_outside));
}

/* ---- Outside of every host --------------------------------------------------------------------- */

static void call_outside(void)
{
        char byte;

        (void)evsim_read(3, &byte, 1);
}

static void choose_outside(void)
{
        (void)evsim_choose("nowhere", 2);
}

static void leave_without_entering(void)
{
        evsim_leave();
}

static void enter_twice(void)
{
        evsim_enter(a);
        evsim_enter(b);
}

static void calls_are_for_hosts(void **state)
{
        (void)state;
        assert_true(dies(call_outside));
        assert_true(dies(choose_outside));
        assert_true(dies(leave_without_entering));
        assert_true(dies(enter_twice));
}

/* ---- Configurations ---------------------------------------------------------------------------- */

static void make_a_world_whose_calls_gain_time(void)
{
        struct evsim_world_config config = evsim_world_defaults();

        config.call_cost_ns = -1;
        (void)evsim_world_new(&config);
}

static void make_a_world_before_time(void)
{
        struct evsim_world_config config = evsim_world_defaults();

        config.monotonic_ns = -1;
        (void)evsim_world_new(&config);
}

static void make_a_host_without_time(void)
{
        struct evsim_host_config config = evsim_host_defaults();

        config.skew_ppm = -1000000;
        (void)evsim_host_new(world, "still", &config);
}

static void make_a_host_with_a_negative_number(void)
{
        struct evsim_host_config config = evsim_host_defaults();

        config.descriptors_max = -1;
        (void)evsim_host_new(world, "negative", &config);
}

static void arrive_before_it_was_sent(void)
{
        evsim_set_link(a, b, &(struct evsim_link){.latency_ns = -1}, true);
}

static void make_all_packets_arrive_before(void)
{
        evsim_world_set_link(world, &(struct evsim_link){.jitter_ns = -1});
}

static void share_an_address(void)
{
        struct evsim_host_config config = evsim_host_defaults();
        const struct sockaddr_in to = {.sin_family = AF_INET,
                                       .sin_port = htons(1),
                                       .sin_addr.s_addr = evsim_host_address(a)};

        config.address = "10.0.0.1"; /* as a has it */
        (void)evsim_host_new(world, "second a", &config);
        evsim_enter(b);
        (void)evsim_sendto(evsim_socket(AF_INET, SOCK_DGRAM, 0), "", 0, 0,
                           (const struct sockaddr *)&to, sizeof to);
}

static void configurations_make_sense(void **state)
{
        (void)state;
        assert_true(dies(make_a_world_whose_calls_gain_time));
        assert_true(dies(make_a_world_before_time));
        assert_true(dies(make_a_host_without_time));
        assert_true(dies(make_a_host_with_a_negative_number));
        assert_true(dies(arrive_before_it_was_sent));
        assert_true(dies(make_all_packets_arrive_before));
        assert_true(dies(share_an_address));
}

/* ---- A program that exits ---------------------------------------------------------------------- */

static void exit_well(void *arg)
{
        (void)arg;
        evsim_exit(0);
}

static void a_program_that_exits_ends_the_run(void **state)
{
        (void)state;
        assert_run(a, exit_well, EVSIM_TERMINATED, "a: the process ended with 0");
}

static void really_exit_well(void *arg)
{
        (void)arg;
        exit(0);
}

static void run_what_really_exits(void)
{
        evsim_task_new(a, "task", really_exit_well, NULL);
        (void)evsim_world_run(world);
}

static void outside_it_is_the_real_exit(void)
{
        evsim_exit(7);
}

static void the_real_exit_of_a_task_is_no_success(void **state)
{
        const int status = status_of(outside_it_is_the_real_exit);

        (void)state;
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 7);
        assert_true(dies(run_what_really_exits));
}

/* ---- What the kernel does not have ------------------------------------------------------------- */

static void ask_for_the_unmodelled(void *arg)
{
        (void)arg;
        (void)evsim_fcntl(evsim_eventfd(0, 0), F_SETOWN, 1);
}

static void what_is_not_modelled_is_named(void **state)
{
        (void)state;
        assert_run(a, ask_for_the_unmodelled, EVSIM_UNMODELLED, "fcntl: the simulated kernel");
}

/* ---- Requirements ------------------------------------------------------------------------------ */

static void require_more(void *arg)
{
        (void)arg;
        evsim_sleep_ns(5);
        evsim_require(world, 1 + 1 == 3, "arithmetic");
        fail();
}

static void a_violation_says_what_and_where(void **state)
{
        (void)state;
        assert_run(b, require_more, EVSIM_VIOLATION, "arithmetic (test_misuse.c:");
        assert_non_null(strstr(evsim_world_report(world), "b.task runs"));
}

#define STORY(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                STORY(a_base_is_for_its_host),
                STORY(a_base_is_for_the_simulation),
                STORY(calls_are_for_hosts),
                STORY(configurations_make_sense),
                STORY(a_program_that_exits_ends_the_run),
                STORY(the_real_exit_of_a_task_is_no_success),
                STORY(what_is_not_modelled_is_named),
                STORY(a_violation_says_what_and_where),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
