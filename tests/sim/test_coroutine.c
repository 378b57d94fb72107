/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Control flows with stacks of their own: what each keeps while others run.
 */
#include <errno.h>
#include <fenv.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include <evident/sim.h>

#include "world/coroutine.h"

enum { MANY = 1000, STACK = 262144 };

/* ---- Plain coroutines ------------------------------------------------------------------------- */

static struct evsim_coroutine here;
static struct evsim_coroutine there[MANY];
static uint64_t sums[MANY];

/* A frame of some size, and a switch at every 16th level down and up. */
static uint64_t descend(struct evsim_coroutine *c, unsigned depth)
{
        volatile uint64_t frame[8];

        for (unsigned i = 0; i < 8; i++)
                frame[i] = depth + i;
        if (depth % 16 == 0)
                evsim_coroutine_switch(c, &here);
        if (depth > 0)
                frame[0] += descend(c, depth - 1);
        if (depth % 16 == 0)
                evsim_coroutine_switch(c, &here);
        return frame[0];
}

enum { DEPTH = 100, SWITCHES = 2 * (DEPTH / 16 + 1) };

static void run(void *arg)
{
        struct evsim_coroutine *c = arg;

        sums[c - there] = descend(c, DEPTH);
        evsim_coroutine_end(c, &here);
}

static void many_go_down_and_up_in_turns(void **state)
{
        (void)state;
        evsim_coroutine_adopt(&here);
        for (int i = 0; i < MANY; i++)
                evsim_coroutine_begin(&there[i], STACK, -1, run, &there[i]);
        for (int turn = 0; turn <= SWITCHES; turn++)
                for (int i = 0; i < MANY; i++)
                        evsim_coroutine_switch(&here, &there[i]);
        for (int i = 0; i < MANY; i++) {
                assert_int_equal(sums[i], DEPTH * (DEPTH + 1) / 2);
                evsim_coroutine_free(&there[i]);
        }
        evsim_coroutine_drop_stacks();
}

/* ---- Tasks ------------------------------------------------------------------------------------ */

static struct evsim_world *world;

static void run_tasks(void (*a)(void *), void (*b)(void *))
{
        struct evsim_host *host;

        world = evsim_world_new(NULL);
        host = evsim_host_new(world, "host", NULL);
        evsim_task_new(host, "a", a, NULL);
        evsim_task_new(host, "b", b, NULL);
        assert_int_equal(evsim_world_run(world), EVSIM_DONE);
        evsim_world_free(world);
}

/* ---- Threads that end -------------------------------------------------------------------------- */

enum { TASKS = 10, THREADS = 20 };

static void take_a_nap(void *arg)
{
        (void)arg;
        evsim_sleep_ns(1);
}

static void *have_a_world(void *arg)
{
        struct evsim_world *own = evsim_world_new(NULL);
        struct evsim_host *host = evsim_host_new(own, "host", NULL);

        for (int i = 0; i < TASKS; i++)
                evsim_task_new(host, "task", take_a_nap, NULL);
        (void)evsim_world_run(own);
        evsim_world_free(own);
        return arg;
}

static int count_mappings(void)
{
        FILE *maps = fopen("/proc/self/maps", "r");
        int count = 0;
        int c;

        if (maps == NULL)
                return -1;
        while ((c = getc(maps)) != EOF)
                count += c == '\n';
        (void)fclose(maps);
        return count;
}

static void a_thread_that_ends_keeps_nothing(void **state)
{
        int before = 0;

        (void)state;
        for (int i = 0; i < THREADS; i++) {
                pthread_t thread;

                assert_int_equal(pthread_create(&thread, NULL, have_a_world, NULL), 0);
                assert_int_equal(pthread_join(thread, NULL), 0);
                if (i == 0)
                        before = count_mappings();
        }
        /* Each kept stack would be two. */
        assert_true(count_mappings() < before + THREADS * TASKS);
}

static void has_errno(int own)
{
        for (int i = 0; i < 10; i++) {
                errno = own + i;
                evsim_yield();
                evsim_require(world, errno == own + i, "errno is the task's own");
        }
}

static void has_errno_a(void *arg)
{
        (void)arg;
        has_errno(100);
}

static void has_errno_b(void *arg)
{
        (void)arg;
        has_errno(200);
}

static void each_task_has_its_errno(void **state)
{
        (void)state;
        errno = 77;
        run_tasks(has_errno_a, has_errno_b);
}

static void rounds_up(void *arg)
{
        volatile double three = 3;

        (void)arg;
        fesetround(FE_UPWARD);
        for (int i = 0; i < 10; i++) {
                evsim_yield();
                evsim_require(world, fegetround() == FE_UPWARD, "rounding is the task's own");
                evsim_require(world, 1 / three * three >= 1, "rounds up");
        }
}

static void rounds_down(void *arg)
{
        (void)arg;
        fesetround(FE_DOWNWARD);
        for (int i = 0; i < 10; i++) {
                evsim_yield();
                evsim_require(world, fegetround() == FE_DOWNWARD, "rounding is the task's own");
        }
}

/* POSIX threads inherit it from their maker, and so do tasks; afterwards each is alone. */
static void each_task_has_its_rounding(void **state)
{
        (void)state;
        run_tasks(rounds_up, rounds_down);
        assert_int_equal(fegetround(), FE_TONEAREST);
}

static uint64_t ackermann_like(unsigned depth)
{
        volatile unsigned char frame[64];

        frame[0] = (unsigned char)depth;
        return depth == 0 ? 1 : frame[0] % 2 + ackermann_like(depth - 1);
}

static void goes_deep(void *arg)
{
        (void)arg;
        evsim_require(world, ackermann_like(800) == 401, "the stack is deep enough");
        evsim_yield();
}

static void stacks_are_deep(void **state)
{
        (void)state;
        run_tasks(goes_deep, goes_deep);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(many_go_down_and_up_in_turns),
                cmocka_unit_test(each_task_has_its_errno),
                cmocka_unit_test(each_task_has_its_rounding),
                cmocka_unit_test(stacks_are_deep),
                cmocka_unit_test(a_thread_that_ends_keeps_nothing),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
