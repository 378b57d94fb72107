/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The end of a base, where libevent 2.1 crashes: freed in a callback of its own, and freed twice.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <event2/event.h>
#include <event2/event_struct.h>

#include "os/os.h"
#include "shim.h"

static struct shim shim;
static char last_line[1024];

static void remember(int severity, const char *line)
{
        assert_int_equal(severity, EVENT_LOG_WARN);
        (void)snprintf(last_line, sizeof last_line, "%s", line);
}

static int set_up(void **state)
{
        shim_init(&shim, os_real());
        *state = os_enter(&shim.os);
        event_set_log_callback(remember);
        last_line[0] = '\0';
        return 0;
}

/* Nothing is left of what was made meanwhile. */
static int tear_down(void **state)
{
        libevent_global_shutdown();
        assert_true(shim_is_clean(&shim));
        event_set_log_callback(NULL);
        os_enter(*state);
        shim_clear(&shim);
        return 0;
}

static struct event others[2];
static int ncalls;

static void ignore(evutil_socket_t fd, short what, void *arg)
{
        (void)fd, (void)what, (void)arg;
        ncalls++;
}

static void finalize(struct event *ev, void *arg)
{
        (void)ev;
        ++*(int *)arg;
}

/* Frees the base, and goes on as if nothing were. */
static void free_the_base(evutil_socket_t fd, short what, void *arg)
{
        struct event_base *base = arg;

        ignore(fd, what, NULL);
        event_base_free(base);
        assert_null(event_get_base(&others[0]));
        assert_int_equal(event_add(&others[0], NULL), -1);
        event_assign(&others[1], base, -1, 0, ignore, NULL);
        event_add(&others[1], &(const struct timeval){0, 0});
}

static void freed_in_a_callback_of_its_own(void **state)
{
        struct event_base *base = event_base_new();
        struct event first, finalized;
        int nfinalized = 0;

        (void)state;
        ncalls = 0;
        event_assign(&first, base, -1, 0, free_the_base, base);
        event_assign(&others[0], base, -1, EV_PERSIST, ignore, NULL);
        event_assign(&finalized, base, -1, 0, ignore, &nfinalized);
        event_active(&first, EV_TIMEOUT, 1);
        event_active(&others[0], EV_TIMEOUT, 1);
        event_finalize(0, &finalized, finalize);
        assert_int_equal(event_base_dispatch(base), 0);
        assert_int_equal(ncalls, 1);             /* what was active too did not run any more */
        assert_int_equal(nfinalized, 1);         /* but for finalizers, which are promised */
        assert_null(event_get_base(&others[1])); /* what the callback added went with the base */
}

static void free_only(evutil_socket_t fd, short what, void *arg)
{
        ignore(fd, what, NULL);
        event_base_free(arg);
}

static void freed_in_a_callback_of_event_base_once(void **state)
{
        struct event_base *base = event_base_new();

        (void)state;
        ncalls = 0;
        assert_int_equal(event_base_once(base, -1, EV_TIMEOUT, free_only, base, NULL), 0);
        assert_int_equal(event_base_once(base, -1, EV_TIMEOUT, ignore, NULL, NULL), 0);
        assert_int_equal(event_base_dispatch(base), 0);
        assert_int_equal(ncalls, 1);
}

/* A finalizer that runs as the base is freed adds what goes with the base again. */
static void add_more(struct event *ev, void *arg)
{
        struct event_base *base = arg;

        (void)ev;
        event_assign(&others[0], base, -1, 0, ignore, NULL);
        event_add(&others[0], &(const struct timeval){9, 0});
        event_base_once(base, -1, EV_TIMEOUT, ignore, NULL, &(const struct timeval){9, 0});
}

static void finalizers_that_add(void **state)
{
        struct event_base *base = event_base_new();
        struct event *ev = event_new(base, -1, 0, ignore, base);

        (void)state;
        assert_int_equal(event_free_finalize(0, ev, add_more), 0);
        event_base_free(base);
        assert_null(event_get_base(&others[0]));
}

/* With threads too, an event may be freed after its base. */
static void events_freed_after_the_base(void **state)
{
        struct event_base *base = event_base_new();
        struct event *idle = event_new(base, -1, 0, ignore, NULL);
        struct event *pending = event_new(base, -1, 0, ignore, NULL);

        (void)state;
        assert_int_equal(event_add(pending, &(const struct timeval){9, 0}), 0);
        event_base_free(base);
        event_free(idle);
        event_free(pending);
}

static void freed_twice(void **state)
{
        struct event_base *base = event_base_new();

        (void)state;
        event_base_free(base);
        assert_string_equal(last_line, "");
        event_base_free(base);
        assert_non_null(strstr(last_line, "freed before"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(freed_in_a_callback_of_its_own, set_up, tear_down),
                cmocka_unit_test_setup_teardown(freed_in_a_callback_of_event_base_once, set_up,
                                                tear_down),
                cmocka_unit_test_setup_teardown(finalizers_that_add, set_up, tear_down),
                cmocka_unit_test_setup_teardown(events_freed_after_the_base, set_up, tear_down),
                cmocka_unit_test_setup_teardown(freed_twice, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
