/* SPDX-License-Identifier: BSD-3-Clause */
/* The log: where lines go, what they look like, and how a fatal one ends the process. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "small_world.h"
#include "util/log.h"

static struct small_world world;

/* What the user's callbacks saw. */
static struct {
        int lines;
        int severity;
        char line[4096];
        int fatal_calls;
        int fatal_code;
        int lines_before_fatal;
} seen;

static void log_callback(int severity, const char *line)
{
        seen.lines++;
        seen.severity = severity;
        snprintf(seen.line, sizeof seen.line, "%s", line);
        errno = EPIPE; /* it writes to a pipe, say */
}

static void fatal_callback(int code)
{
        seen.fatal_calls++;
        seen.fatal_code = code;
        seen.lines_before_fatal = seen.lines;
}

static int set_up(void **state)
{
        (void)state;
        small_world_init(&world);
        memset(&seen, 0, sizeof seen);
        return 0;
}

static void test_line_without_callback_goes_to_the_world(void **state)
{
        (void)state;
        evi_log(&world.os, EVENT_LOG_WARN, "%d descriptors of %s", 3, "poll");
        assert_int_equal(world.lines, 1);
        assert_int_equal(world.last_severity, EVENT_LOG_WARN);
        assert_string_equal(world.last_line, "3 descriptors of poll");
}

static void test_line_goes_to_the_callback_alone(void **state)
{
        (void)state;
        world.process.log_cb = log_callback;
        evi_log(&world.os, EVENT_LOG_MSG, "%s", "using epoll");
        assert_int_equal(seen.lines, 1);
        assert_int_equal(seen.severity, EVENT_LOG_MSG);
        assert_string_equal(seen.line, "using epoll");
        assert_int_equal(world.lines, 0);
}

static void test_percent_in_the_text_is_only_a_percent(void **state)
{
        (void)state;
        evi_log(&world.os, EVENT_LOG_ERR, "%s", "100%s");
        assert_string_equal(world.last_line, "100%s");
}

static void test_error_is_explained_behind_the_line(void **state)
{
        char expected[256];

        (void)state;
        snprintf(expected, sizeof expected, "epoll_ctl on 7: %s", strerror(EBADF));
        evi_log_error(&world.os, EVENT_LOG_WARN, EBADF, "epoll_ctl on %d", 7);
        assert_string_equal(world.last_line, expected);
        assert_int_equal(world.last_severity, EVENT_LOG_WARN);

        /* A number that means nothing here still leaves a line with something behind it. */
        evi_log_error(&world.os, EVENT_LOG_WARN, 123456, "odd");
        assert_int_equal(strncmp(world.last_line, "odd: ", 5), 0);
        assert_true(strlen(world.last_line) > 5);
}

static void test_debug_lines_are_for_those_who_asked(void **state)
{
        (void)state;
        assert_false(evi_log_is_debugging(&world.os));
        evi_log(&world.os, EVENT_LOG_DEBUG, "quiet");
        evi_log_error(&world.os, EVENT_LOG_DEBUG, EBADF, "quiet");
        assert_int_equal(world.lines, 0);

        world.process.debug_logging = EVENT_DBG_ALL;
        assert_true(evi_log_is_debugging(&world.os));
        evi_log(&world.os, EVENT_LOG_DEBUG, "loud");
        evi_log_error(&world.os, EVENT_LOG_DEBUG, EBADF, "loud");
        assert_int_equal(world.lines, 2);

        world.process.debug_logging = 1; /* any bit */
        assert_true(evi_log_is_debugging(&world.os));
}

static void test_long_lines_are_cut(void **state)
{
        char longer[2 * EVI_LOG_LINE_MAX];
        char longest[EVI_LOG_LINE_MAX];
        char tail[5]; /* the room that is left to the error's text */

        (void)state;
        memset(longer, 'x', sizeof longer - 1);
        longer[sizeof longer - 1] = '\0';
        memcpy(longest, longer, sizeof longest - 1);
        longest[sizeof longest - 1] = '\0';

        evi_log(&world.os, EVENT_LOG_MSG, "%s", longest);
        assert_string_equal(world.last_line, longest);
        evi_log(&world.os, EVENT_LOG_MSG, "%s", longer);
        assert_string_equal(world.last_line, longest);
        evi_log_error(&world.os, EVENT_LOG_MSG, EBADF, "%s", longer);
        assert_string_equal(world.last_line, longest);
        evi_log_error(&world.os, EVENT_LOG_MSG, EBADF, "%s", longest + 4);
        assert_int_equal(strlen(world.last_line), EVI_LOG_LINE_MAX - 1);
        snprintf(tail, sizeof tail, ": %s", strerror(EBADF));
        assert_string_equal(world.last_line + EVI_LOG_LINE_MAX - sizeof tail, tail);
}

/* Logging is often the first thing after a failed call, whose error is still to be told. */
static void test_errno_is_kept(void **state)
{
        static const wchar_t impossible[] = {0x20ac, 0}; /* snprintf sets errno itself */

        (void)state;
        world.process.log_cb = log_callback;
        errno = EINTR;
        evi_log(&world.os, EVENT_LOG_MSG, "line");
        assert_int_equal(errno, EINTR);
        evi_log_error(&world.os, EVENT_LOG_MSG, EBADF, "line");
        assert_int_equal(errno, EINTR);
        evi_log_error(&world.os, EVENT_LOG_MSG, 123456, "%ls", impossible);
        assert_int_equal(errno, EINTR);
        assert_int_equal(seen.lines, 3);
}

static void test_logging_needs_no_memory(void **state)
{
        (void)state;
        world.is_out_of_memory = true;
        evi_log_error(&world.os, EVENT_LOG_ERR, ENOMEM, "no room for %d timers", 5);
        assert_int_equal(world.calls, 0);
        assert_int_equal(world.lines, 1);
}

/* The code by which the process ended. */
static int end_by_fatal(int code)
{
        if (setjmp(world.end) == 0)
                evi_fatal(&world.os, code, "%s is broken", "it");
        return world.exit_code;
}

static void test_fatal_without_callback_aborts_or_exits(void **state)
{
        (void)state;
        assert_int_equal(end_by_fatal(EVI_FATAL_ABORT), OS_ABORT);
        assert_string_equal(world.last_line, "it is broken");
        assert_int_equal(world.last_severity, EVENT_LOG_ERR);
        assert_int_equal(end_by_fatal(1), 1);
        assert_int_equal(world.lines, 2);
}

static void test_fatal_callback_is_asked_after_the_line_and_its_return_exits(void **state)
{
        (void)state;
        world.process.log_cb = log_callback;
        world.process.fatal_cb = fatal_callback;
        /* As libevent has it: who set a callback gets an exit, not an abort. */
        assert_int_equal(end_by_fatal(EVI_FATAL_ABORT), EVI_FATAL_ABORT);
        assert_int_equal(seen.fatal_calls, 1);
        assert_int_equal(seen.fatal_code, EVI_FATAL_ABORT);
        assert_int_equal(seen.lines_before_fatal, 1);
        assert_string_equal(seen.line, "it is broken");
        assert_int_equal(seen.severity, EVENT_LOG_ERR);

        assert_int_equal(end_by_fatal(3), 3);
        assert_int_equal(seen.fatal_code, 3);
}

/* Most programs leave the callback by longjmp or exit. */
static jmp_buf way_out;

static void leaving_callback(int code)
{
        (void)code;
        longjmp(way_out, 1);
}

static void test_fatal_callback_need_not_return(void **state)
{
        (void)state;
        world.process.fatal_cb = leaving_callback;
        world.exit_code = 77;
        if (setjmp(way_out) == 0)
                end_by_fatal(1);
        assert_int_equal(world.exit_code, 77);
}

#define LOG_TEST(f) cmocka_unit_test_setup(f, set_up)

int main(void)
{
        const struct CMUnitTest tests[] = {
                LOG_TEST(test_line_without_callback_goes_to_the_world),
                LOG_TEST(test_line_goes_to_the_callback_alone),
                LOG_TEST(test_percent_in_the_text_is_only_a_percent),
                LOG_TEST(test_error_is_explained_behind_the_line),
                LOG_TEST(test_debug_lines_are_for_those_who_asked),
                LOG_TEST(test_long_lines_are_cut),
                LOG_TEST(test_errno_is_kept),
                LOG_TEST(test_logging_needs_no_memory),
                LOG_TEST(test_fatal_without_callback_aborts_or_exits),
                LOG_TEST(test_fatal_callback_is_asked_after_the_line_and_its_return_exits),
                LOG_TEST(test_fatal_callback_need_not_return),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
