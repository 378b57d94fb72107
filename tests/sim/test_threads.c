/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * evthread_use_pthreads() inside a host installs locks, conditions and ids of tasks; and what is done
 * wrong with them is found.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <event2/event.h>
#include <event2/thread.h>
#include <evident/sim.h>
#include <evident/sim_calls.h>

#include "os/process.h"
#include "seam/seam.h"

#define SECOND INT64_C(1000000000)

static struct evsim_world *world;
static struct evsim_host *host;
static const struct os_threads *threads;
static void *lock;
static void *condition;
static int ncalls;

static int set_up(void **state)
{
        (void)state;
        world = evsim_world_new(NULL);
        host = evsim_host_new(world, "host", NULL);
        ncalls = 0;
        evsim_enter(host);
        assert_int_equal(evthread_use_pthreads(), 0);
        threads = evsim_seam_threads(os_current());
        lock = threads->locks.alloc(EVTHREAD_LOCKTYPE_RECURSIVE);
        condition = threads->conditions.alloc_condition(0);
        evsim_leave();
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        evsim_world_free(world);
        return 0;
}

static void assert_run(enum evsim_outcome outcome, const char *part)
{
        assert_int_equal(evsim_world_run(world), outcome);
        if (strstr(evsim_world_report(world), part) == NULL)
                fail_msg("\"%s\" is not in:\n%s", part, evsim_world_report(world));
}

/* ---- Another thread ---------------------------------------------------------------------------- */

static void on_active(evutil_socket_t fd, short what, void *arg)
{
        (void)fd;
        (void)what;
        ncalls++;
        event_base_loopbreak(event_get_base(*(struct event **)arg));
}

static void activate(void *arg)
{
        evsim_sleep_ns(SECOND);
        event_active(arg, EV_READ, 0);
}

static void wait_for_another(void *arg)
{
        struct event_base *base = event_base_new();
        struct event *event;

        (void)arg;
        event = event_new(base, -1, EV_PERSIST, on_active, &event);
        evsim_task_new(host, "other", activate, event);
        event_base_loop(base, EVLOOP_NO_EXIT_ON_EMPTY);
        assert_in_range(evsim_world_now_ns(world), SECOND, SECOND + SECOND / 1000);
        event_free(event);
        event_base_free(base);
}

static void a_sleeping_loop_is_woken(void **state)
{
        (void)state;
        evsim_task_new(host, "loop", wait_for_another, NULL);
        assert_run(EVSIM_DONE, "done");
        assert_int_equal(ncalls, 1);
}

/* ---- Locks and conditions ---------------------------------------------------------------------- */

static void hold_for_a_second(void *arg)
{
        (void)arg;
        threads->locks.lock(0, lock);
        threads->locks.lock(0, lock); /* it is recursive */
        evsim_sleep_ns(SECOND);
        threads->locks.unlock(0, lock);
        evsim_sleep_ns(SECOND);
        threads->locks.unlock(0, lock);
}

static void take_it_afterwards(void *arg)
{
        (void)arg;
        evsim_sleep_ns(1);
        assert_int_not_equal(threads->locks.lock(EVTHREAD_TRY, lock), 0);
        threads->locks.lock(0, lock);
        assert_true(evsim_world_now_ns(world) >= 2 * SECOND);
        ncalls++;
        threads->locks.unlock(0, lock);
}

static void a_lock_is_held_by_one(void **state)
{
        (void)state;
        evsim_task_new(host, "holder", hold_for_a_second, NULL);
        evsim_task_new(host, "b", take_it_afterwards, NULL);
        evsim_task_new(host, "c", take_it_afterwards, NULL);
        assert_run(EVSIM_DONE, "done");
        assert_int_equal(ncalls, 2);
}

static void wait_for_signal(void *arg)
{
        const struct timeval short_time = {1, 0};

        (void)arg;
        threads->locks.lock(0, lock);
        assert_int_equal(threads->conditions.wait_condition(condition, lock, &short_time), 1);
        assert_int_equal(threads->conditions.wait_condition(condition, lock, NULL), 0);
        ncalls++;
        threads->locks.unlock(0, lock);
}

static void signal_all(void *arg)
{
        (void)arg;
        evsim_sleep_ns(5 * SECOND);
        threads->locks.lock(0, lock);
        threads->conditions.signal_condition(condition, 1);
        evsim_sleep_ns(SECOND);
        assert_int_equal(ncalls, 0); /* who was woken needs the lock */
        threads->locks.unlock(0, lock);
}

static void a_condition_wakes_who_waits(void **state)
{
        (void)state;
        evsim_task_new(host, "a", wait_for_signal, NULL);
        evsim_task_new(host, "b", wait_for_signal, NULL);
        evsim_task_new(host, "signals", signal_all, NULL);
        assert_run(EVSIM_DONE, "done");
        assert_int_equal(ncalls, 2);
}

static void remember_id(void *arg)
{
        *(unsigned long *)arg = threads->id();
}

static void tasks_have_ids(void **state)
{
        unsigned long first = 0;
        unsigned long second = 0;

        (void)state;
        evsim_task_new(host, "a", remember_id, &first);
        evsim_task_new(host, "b", remember_id, &second);
        assert_run(EVSIM_DONE, "done");
        assert_true(first != 0 && second != 0 && first != second);
}

/* ---- Misuse ------------------------------------------------------------------------------------ */

static void release_what_is_free(void *arg)
{
        (void)arg;
        threads->locks.unlock(0, lock);
}

static void free_what_is_held(void *arg)
{
        (void)arg;
        threads->locks.lock(0, lock);
        threads->locks.free(lock, EVTHREAD_LOCKTYPE_RECURSIVE);
}

static void wait_without_lock(void *arg)
{
        (void)arg;
        threads->conditions.wait_condition(condition, lock, NULL);
}

static void take_and_keep(void *arg)
{
        (void)arg;
        threads->locks.lock(0, lock);
}

static void a_lock_is_released_by_its_holder(void **state)
{
        (void)state;
        evsim_task_new(host, "task", release_what_is_free, NULL);
        assert_run(EVSIM_MISUSE, "a lock is released by a task that does not hold it");
}

static void a_lock_that_is_held_is_not_freed(void **state)
{
        (void)state;
        evsim_task_new(host, "task", free_what_is_held, NULL);
        assert_run(EVSIM_MISUSE, "a lock is freed while it is held");
}

static void a_condition_needs_its_lock(void **state)
{
        (void)state;
        evsim_task_new(host, "task", wait_without_lock, NULL);
        assert_run(EVSIM_MISUSE, "without holding the lock");
}

static void a_lock_that_is_kept_is_a_deadlock(void **state)
{
        (void)state;
        evsim_task_new(host, "keeps", take_and_keep, NULL);
        evsim_task_new(host, "waits", take_and_keep, NULL);
        assert_run(EVSIM_DEADLOCK, "host.waits waits in lock");
}

#define STORY(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                STORY(a_sleeping_loop_is_woken),         STORY(a_lock_is_held_by_one),
                STORY(a_condition_wakes_who_waits),      STORY(tasks_have_ids),
                STORY(a_lock_is_released_by_its_holder), STORY(a_lock_that_is_held_is_not_freed),
                STORY(a_condition_needs_its_lock),       STORY(a_lock_that_is_kept_is_a_deadlock),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
