/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Waking a loop: what is written when, read off the shim's trace, with an eventfd and with a pipe.
 *
 * The other thread is played by the shim's hook at the beginning of each wait, when the loop sleeps
 * as far as the base knows, and its lock is free.
 */
#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <event2/thread.h>
#include <evident/evident.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base.h"
#include "shim.h"

#define MS(n) (&(const struct timeval){(n) / 1000, (n) % 1000 * 1000})

static struct shim shim;
static struct event_base *base;
static struct event events[3];
static int ncalls;
static void (*other_thread)(void);
static long writes_before;

static void on_call(evutil_socket_t fd, short what, void *arg)
{
        (void)fd;
        (void)what;
        (void)arg;
        ncalls++;
}

/* Once: at the first wait that would sleep. The wake-up is counted there and then. */
static void at_wait(struct shim *s, int64_t timeout_ns, void *arg)
{
        void (*act)(void) = other_thread;

        (void)arg;
        if (act == NULL || timeout_ns == 0)
                return;
        other_thread = NULL;
        writes_before = s->calls[SHIM_WRITE];
        act();
}

static long writes(void)
{
        return shim.calls[SHIM_WRITE] - writes_before;
}

static int set_up(void **state)
{
        shim_init(&shim, os_real());
        shim_use_clock(&shim, INT64_C(1000000000), INT64_C(1700000000000000000));
        shim.before_wait = at_wait;
        shim.is_tracing = true;
        if (*state != NULL)
                shim.ops.eventfd = NULL;
        os_enter(&shim.os);
        ncalls = 0;
        writes_before = 0;
        if (evthread_use_pthreads() < 0)
                return -1;
        base = event_base_new();
        for (int i = 0; i < 3; i++)
                if (event_assign(&events[i], base, -1, EV_PERSIST, on_call, NULL) < 0)
                        return -1;
        return base != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
        (void)state;
        assert_null(evi_base_verify(base));
        event_base_free(base);
        libevent_global_shutdown();
        assert_true(shim_is_clean(&shim));
        shim_clear(&shim);
        os_process_clear(os_real()->process);
        return 0;
}

static void add_earlier(void)
{
        assert_int_equal(event_add(&events[1], MS(10)), 0);
}

static void test_an_earlier_deadline_wakes(void **state)
{
        (void)state;
        assert_int_equal(event_add(&events[0], MS(1000)), 0);
        other_thread = add_earlier;
        assert_int_equal(event_base_loop(base, EVLOOP_ONCE), 0);
        assert_int_equal(writes(), 1);
        assert_int_equal(ncalls, 1);
        assert_int_equal(shim.monotonic_ns, INT64_C(1010000000));
}

static void add_later(void)
{
        assert_int_equal(event_add(&events[1], MS(2000)), 0);
}

static void test_a_later_deadline_does_not(void **state)
{
        (void)state;
        assert_int_equal(event_add(&events[0], MS(1000)), 0);
        other_thread = add_later;
        assert_int_equal(event_base_loop(base, EVLOOP_ONCE), 0);
        assert_int_equal(writes(), 0);
}

static void delete_nearest(void)
{
        assert_int_equal(event_del(&events[0]), 0);
}

static void test_removing_the_nearest_of_several_does_not(void **state)
{
        (void)state;
        assert_int_equal(event_add(&events[0], MS(1000)), 0);
        assert_int_equal(event_add(&events[1], MS(2000)), 0);
        other_thread = delete_nearest;
        assert_int_equal(event_base_loop(base, EVLOOP_ONCE), 0);
        assert_int_equal(writes(), 0);
        assert_int_equal(ncalls, 1);
}

/* The loop is to end: libevent 2.1's sleeps on. */
static void test_removing_the_last_event_wakes(void **state)
{
        (void)state;
        assert_int_equal(event_add(&events[0], MS(1000)), 0);
        other_thread = delete_nearest;
        assert_int_equal(event_base_dispatch(base), 1);
        assert_int_equal(writes(), 1);
        assert_int_equal(ncalls, 0);
        assert_int_equal(shim.monotonic_ns, INT64_C(1000000000));
}

static void forget_time(void)
{
        assert_int_equal(event_remove_timer(&events[0]), 0);
}

static void test_removing_the_last_time_wakes(void **state)
{
        (void)state;
        assert_int_equal(event_add(&events[0], MS(1000)), 0);
        other_thread = forget_time;
        assert_int_equal(event_base_dispatch(base), 1);
        assert_int_equal(writes(), 1);
}

static void activate_three_times(void)
{
        for (int i = 0; i < 3; i++)
                event_active(&events[i], EV_READ, 1);
        event_active(&events[0], EV_WRITE, 1);
}

static void test_many_wakes_are_one_write(void **state)
{
        (void)state;
        assert_int_equal(event_add(&events[0], MS(1000)), 0);
        other_thread = activate_three_times;
        assert_int_equal(event_base_loop(base, EVLOOP_ONCE), 0);
        assert_int_equal(writes(), 1);
        assert_int_equal(ncalls, 3);
        assert_false(base->wakeup.is_pending);
        other_thread = activate_three_times; /* and again after it was drained */
        assert_int_equal(event_base_loop(base, EVLOOP_ONCE), 0);
        assert_int_equal(writes(), 1);
}

static void ask_to_break(void)
{
        assert_int_equal(event_base_loopbreak(base), 0);
}

static void test_loopbreak_wakes(void **state)
{
        (void)state;
        assert_int_equal(event_add(&events[0], MS(1000)), 0);
        other_thread = ask_to_break;
        assert_int_equal(event_base_dispatch(base), 0);
        assert_int_equal(writes(), 1);
        assert_int_equal(ncalls, 0);
}

static void on_active(evutil_socket_t fd, short what, void *arg)
{
        (void)fd;
        (void)what;
        (void)arg;
        add_earlier();
        event_active(&events[2], EV_READ, 1);
}

/* While callbacks run nobody sleeps: nothing is written. */
static void test_the_loops_own_thread_writes_nothing(void **state)
{
        struct event ev;

        (void)state;
        assert_int_equal(event_assign(&ev, base, -1, 0, on_active, NULL), 0);
        event_active(&ev, EV_READ, 1);
        assert_int_equal(event_base_loop(base, EVLOOP_ONCE), 0);
        assert_int_equal(writes(), 0);
        assert_int_equal(ncalls, 1);
}

/* A read that fails leaves the wake-up readable: the next turn reads it. */
static void test_a_drain_that_fails_is_done_again(void **state)
{
        (void)state;
        assert_int_equal(event_add(&events[0], MS(1000)), 0);
        other_thread = activate_three_times;
        shim_fail(&shim, SHIM_BIT(SHIM_READ), 1, false);
        shim.errors[SHIM_READ] = EAGAIN;
        assert_int_equal(event_base_loop(base, EVLOOP_ONCE), 0);
        const long reads = shim.calls[SHIM_READ];
        assert_int_equal(event_base_loop(base, EVLOOP_NONBLOCK), 0);
        assert_true(shim.calls[SHIM_READ] > reads);
        assert_int_equal(ncalls, 3);
}

#define TEST(name)                                                                  \
        {#name ", eventfd", name, set_up, tear_down, NULL},                         \
        {                                                                           \
#name ", pipe", name, set_up, tear_down, (void *)(uintptr_t) "pipe" \
        }

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(test_an_earlier_deadline_wakes),
                TEST(test_a_later_deadline_does_not),
                TEST(test_removing_the_nearest_of_several_does_not),
                TEST(test_removing_the_last_event_wakes),
                TEST(test_removing_the_last_time_wakes),
                TEST(test_many_wakes_are_one_write),
                TEST(test_loopbreak_wakes),
                TEST(test_the_loops_own_thread_writes_nothing),
                TEST(test_a_drain_that_fails_is_done_again),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
