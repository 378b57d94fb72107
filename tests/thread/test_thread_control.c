/* SPDX-License-Identifier: BSD-3-Clause */
/* Ending a loop from another thread: by break and exit, and by taking away what it waits for. */
#include "threads.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include <cmocka.h>

#define ROUNDS 50

static const struct timeval one_hour = {3600, 0};

static void never(evutil_socket_t fd, short what, void *arg)
{
        (void)fd;
        (void)what;
        (void)arg;
        must(false, "nothing was to happen");
}

/* ---- Break and exit -------------------------------------------------------------------------- */

static void *break_loop(void *base)
{
        await_sleep();
        must(event_base_loopbreak(base) == 0, "event_base_loopbreak");
        return NULL;
}

static void *exit_loop(void *base)
{
        await_sleep();
        must(event_base_loopexit(base, NULL) == 0, "event_base_loopexit");
        return NULL;
}

static void *exit_loop_soon(void *base)
{
        const struct timeval soon = {0, 500};

        await_sleep();
        must(event_base_loopexit(base, &soon) == 0, "event_base_loopexit");
        return NULL;
}

static void end_loop(struct event_base *base, int flags, void *(*fn)(void *), int is_break)
{
        const pthread_t thread = thread_start(fn, base);

        assert_int_equal(event_base_loop(base, flags), 0);
        thread_join(thread);
        assert_int_equal(event_base_got_break(base), is_break);
        assert_int_equal(event_base_got_exit(base), !is_break);
}

static void end_loop_each_way(struct event_base *base, int flags)
{
        for (int i = 0; i < ROUNDS; i++) {
                end_loop(base, flags, break_loop, 1);
                end_loop(base, flags, exit_loop, 0);
                end_loop(base, flags, exit_loop_soon, 0);
        }
}

static void test_ends_a_loop_that_waits_for_a_timer(void **state)
{
        struct event_base *base = threads_base();
        struct event *ev = event_new(base, -1, 0, never, NULL);

        (void)state;
        event_add(ev, &one_hour);
        end_loop_each_way(base, 0);
        event_free(ev);
        event_base_free(base);
}

static void test_ends_a_loop_that_waits_for_nothing(void **state)
{
        struct event_base *base = threads_base();

        (void)state;
        end_loop_each_way(base, EVLOOP_NO_EXIT_ON_EMPTY);
        event_base_free(base);
}

/* ---- The last event -------------------------------------------------------------------------- */

static int fds[2];
static struct event *last;

static void *delete_last(void *arg)
{
        (void)arg;
        await_sleep();
        event_del(last);
        return NULL;
}

static void *delete_last_noblock(void *arg)
{
        (void)arg;
        await_sleep();
        event_del_noblock(last);
        return NULL;
}

static void *free_last(void *arg)
{
        (void)arg;
        await_sleep();
        event_free(last);
        last = NULL;
        return NULL;
}

static void *remove_last_timer(void *arg)
{
        (void)arg;
        await_sleep();
        event_remove_timer(last);
        return NULL;
}

static void *delete_both(void *other)
{
        await_sleep();
        event_del(last);
        event_del(other);
        return NULL;
}

/* dispatch waits for ev alone, and returns 1, nothing left, when fn has taken it away. */
static void end_with(struct event_base *base, struct event *ev, const struct timeval *timeout,
                     void *(*fn)(void *))
{
        last = ev;
        assert_int_equal(event_add(ev, timeout), 0);
        const pthread_t thread = thread_start(fn, NULL);
        assert_int_equal(event_base_dispatch(base), 1);
        thread_join(thread);
        if (last != NULL)
                event_free(last);
}

static void test_deleting_the_last_event_ends_dispatch(void **state)
{
        static void *(*const ways[])(void *) = {delete_last, delete_last_noblock, free_last};
        struct event_base *base = threads_base();

        (void)state;
        assert_int_equal(pipe(fds), 0);
        for (size_t i = 0; i < 3; i++) {
                const short events = EV_READ | EV_PERSIST;
                end_with(base, event_new(base, -1, 0, never, NULL), &one_hour, ways[i]);
                end_with(base, event_new(base, -1, EV_PERSIST, never, NULL), &one_hour, ways[i]);
                end_with(base, event_new(base, fds[0], events, never, NULL), NULL, ways[i]);
                end_with(base, event_new(base, fds[0], events, never, NULL), &one_hour, ways[i]);
                end_with(base, event_new(base, SIGUSR1, EV_SIGNAL, never, NULL), NULL, ways[i]);
                end_with(base, event_new(base, -1, EV_READ, never, NULL), NULL, ways[i]);
        }
        end_with(base, event_new(base, -1, 0, never, NULL), &one_hour, remove_last_timer);
        close(fds[0]);
        close(fds[1]);
        event_base_free(base);
}

static void test_deleting_all_of_several_ends_dispatch(void **state)
{
        struct event_base *base = threads_base();
        struct event *other = event_new(base, -1, 0, never, NULL);

        (void)state;
        last = event_new(base, -1, 0, never, NULL);
        event_add(last, &one_hour);
        event_add(other, &one_hour);
        const pthread_t thread = thread_start(delete_both, other);
        assert_int_equal(event_base_dispatch(base), 1);
        thread_join(thread);
        event_free(last);
        event_free(other);
        event_base_free(base);
}

int main(int argc, char **argv)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_ends_a_loop_that_waits_for_a_timer),
                cmocka_unit_test(test_ends_a_loop_that_waits_for_nothing),
                cmocka_unit_test(test_deleting_the_last_event_ends_dispatch),
                cmocka_unit_test(test_deleting_all_of_several_ends_dispatch),
        };

        threads_init(argc, argv);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
