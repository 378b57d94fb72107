/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Debug mode names what is odd and accepted all the same: the event is named, the call succeeds, and
 * what is ordinary gets no word. (What is fatal is in tests/api/test_debug.c.)
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <event2/event.h>
#include <event2/event_struct.h>

static char last_line[1024];
static int nlines;

static void remember(int severity, const char *line)
{
        assert_int_equal(severity, EVENT_LOG_WARN);
        (void)snprintf(last_line, sizeof last_line, "%s", line);
        nlines++;
}

static void ignore(evutil_socket_t fd, short what, void *arg)
{
        (void)fd, (void)what, (void)arg;
}

/* One line has come since the last call, and it names the event and says this. */
static void assert_named(const struct event *ev, const char *says)
{
        char name[32];

        (void)snprintf(name, sizeof name, "%p", (const void *)ev);
        assert_int_equal(nlines, 1);
        assert_non_null(strstr(last_line, name));
        assert_non_null(strstr(last_line, says));
        nlines = 0;
}

static int set_up(void **state)
{
        *state = event_base_new();
        nlines = 0;
        return *state == NULL ? -1 : 0;
}

static int tear_down(void **state)
{
        event_base_free(*state);
        return 0;
}

static void odd_assignments(void **state)
{
        struct event_base *base = *state;
        struct event ev;

        assert_int_equal(event_assign(&ev, NULL, -1, 0, ignore, NULL), 0);
        assert_named(&ev, "no base");
        assert_int_equal(event_assign(&ev, base, -1, EV_READ, ignore, NULL), 0);
        assert_named(&ev, "descriptor -1");
        assert_int_equal(event_assign(&ev, base, 0, EV_READ | 0x4000, ignore, NULL), 0);
        assert_named(&ev, "0x4000");
        event_debug_unassign(&ev);
}

static void odd_timeouts(void **state)
{
        static const struct timeval negative = {-1, 0}, negative_us = {0, -1},
                                    not_normal = {1, 1500000};
        struct event *ev = event_new(*state, -1, 0, ignore, NULL);

        assert_int_equal(event_add(ev, &negative), 0);
        assert_named(ev, "negative");
        assert_int_equal(event_add(ev, &negative_us), 0);
        assert_named(ev, "negative");
        assert_int_equal(event_add(ev, &not_normal), 0);
        assert_named(ev, "1500000");
        event_free(ev);
}

static void ordinary_things_get_no_word(void **state)
{
        static const struct timeval second = {1, 0}, longest_fraction = {0, 999999};
        struct event_base *base = *state;
        struct event *ev = event_new(base, 0, EV_READ | EV_PERSIST, ignore, NULL);
        struct event *timer = event_new(base, -1, EV_PERSIST, ignore, NULL);

        assert_int_equal(event_add(timer, &second), 0);
        assert_int_equal(event_add(timer, &longest_fraction), 0);
        assert_int_equal(event_add(timer, event_base_init_common_timeout(base, &second)), 0);
        assert_int_equal(event_add(timer, NULL), 0);
        assert_int_equal(event_del(timer), 0);
        assert_int_equal(event_add(timer, NULL), 0); /* which adds it to nothing */
        assert_int_equal(event_assign(timer, base, -1, 0, ignore, NULL), 0);
        event_free(timer);
        event_free(ev);
        assert_int_equal(nlines, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(odd_assignments, set_up, tear_down),
                cmocka_unit_test_setup_teardown(odd_timeouts, set_up, tear_down),
                cmocka_unit_test_setup_teardown(ordinary_things_get_no_word, set_up, tear_down),
        };

        event_enable_debug_mode();
        event_set_log_callback(remember);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
