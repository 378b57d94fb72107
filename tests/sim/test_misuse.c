/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bad use of the simulation is reported with the name of the call, not by a hang.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
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
                STORY(what_is_not_modelled_is_named),
                STORY(a_violation_says_what_and_where),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
