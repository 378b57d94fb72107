/* SPDX-License-Identifier: BSD-3-Clause */
/* The log callback, the fatal callback, debug logging, and where messages go without any. */
#include "api.h"

#include <stdio.h>

static struct event_base *base_without_any_method(void)
{
        struct event_config *config = event_config_new();
        struct event_base *base;

        event_config_avoid_method(config, "epoll");
        event_config_avoid_method(config, "poll");
        event_config_avoid_method(config, "select");
        event_config_avoid_method(config, "kqueue");
        event_config_avoid_method(config, "devpoll");
        event_config_avoid_method(config, "evport");
        base = event_base_new_with_config(config);
        event_config_free(config);
        return base;
}

static void a_warning_reaches_the_callback(void **state)
{
        (void)state;
        log_catch();
        OK(base_without_any_method() == NULL);
        EQ(log_count(), 1);
        EQ(log_last_severity(), EVENT_LOG_WARN);
        OK(strlen(log_last()) > 0);
        OK(strchr(log_last(), '\n') == NULL); /* the callback gets text, not lines */
}

static void the_values_of_the_severities(void **state)
{
        (void)state;
        EQ(EVENT_LOG_DEBUG, 0);
        EQ(EVENT_LOG_MSG, 1);
        EQ(EVENT_LOG_WARN, 2);
        EQ(EVENT_LOG_ERR, 3);
        OK(EVENT_DBG_ALL == 0xffffffffu);
        EQ(EVENT_DBG_NONE, 0);
}

static void redirect_stderr_and_warn(void *arg)
{
        FILE *capture = tmpfile();
        char line[256];

        (void)arg;
        OK(capture != NULL);
        fflush(stderr);
        OK(dup2(fileno(capture), STDERR_FILENO) == STDERR_FILENO);
        OK(base_without_any_method() == NULL);
        fflush(stderr);
        rewind(capture);
        while (fgets(line, sizeof line, capture))
                report("%.6s%s", line, strchr(line, '\n') ? ";" : "");
}

static void without_a_callback_it_goes_to_stderr(void **state)
{
        (void)state;
        CHILD_OK(redirect_stderr_and_warn, NULL);
        STREQ(child_report(), "[warn];");
}

static void take_the_callback_away_again(void *arg)
{
        log_catch();
        event_set_log_callback(NULL);
        redirect_stderr_and_warn(arg);
        EQ(log_count(), 0);
}

static void null_brings_stderr_back(void **state)
{
        (void)state;
        CHILD_OK(take_the_callback_away_again, NULL);
        STREQ(child_report(), "[warn];");
}

/* --- debug logging -------------------------------------------------------------------------- */

static int debug_messages, other_messages;

static void count_debug(int severity, const char *text)
{
        OK(text != NULL);
        if (severity == EVENT_LOG_DEBUG)
                debug_messages++;
        else
                other_messages++;
}

static void use_a_timer(void)
{
        struct event_base *base = event_base_new();
        struct event *ev = evtimer_new(base, ignore, NULL);

        evtimer_add(ev, MS(1));
        event_base_dispatch(base);
        event_free(ev);
        event_base_free(base);
}

static void log_with_debug(void *arg)
{
        (void)arg;
        event_set_log_callback(count_debug);
        use_a_timer();
        EQ(debug_messages, 0); /* off until asked for */
        event_enable_debug_logging(EVENT_DBG_ALL);
        use_a_timer();
        report("%s", debug_messages > 0 ? "some" : "none");
        event_enable_debug_logging(EVENT_DBG_NONE);
        debug_messages = 0;
        use_a_timer();
        EQ(debug_messages, 0);
        EQ(other_messages, 0);
}

static void debug_messages_only_when_asked_for(void **state)
{
        (void)state;
        CHILD_OK(log_with_debug, NULL);
        STREQ(child_report(), "some");
}

/* --- fatal errors (of the kind that debug mode finds; more of them in test_debug.c) ---------- */

static void fatal(int code)
{
        report("fatal %x", (unsigned)code);
        _exit(9);
}

static void log_fatal(int severity, const char *text)
{
        if (severity == EVENT_LOG_ERR)
                report("%s, ", strlen(text) > 10 ? "error" : "no text");
}

static void enable_debug_mode_too_late(void *arg)
{
        (void)arg;
        event_set_log_callback(log_fatal);
        event_set_fatal_callback(fatal);
        use_a_timer();
        event_enable_debug_mode();
        report("still here");
}

static void a_fatal_error_reaches_the_fatal_callback(void **state)
{
        (void)state;
        EQ(in_child(enable_debug_mode_too_late, NULL), 9);
        STREQ(child_report(), "error, fatal 1");
}

static void too_late_without_callback(void *arg)
{
        (void)arg;
        event_set_log_callback(log_fatal);
        use_a_timer();
        event_enable_debug_mode();
        report("still here");
}

static void without_a_callback_the_program_ends(void **state)
{
        (void)state;
        EQ(in_child(too_late_without_callback, NULL), 1);
        STREQ(child_report(), "error, ");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                ON_ANY(a_warning_reaches_the_callback),
                ON_ANY(the_values_of_the_severities),
                ON_REAL_ONLY(without_a_callback_it_goes_to_stderr),
                ON_REAL_ONLY(null_brings_stderr_back),
                ON_ANY(debug_messages_only_when_asked_for),
                ON_ANY(a_fatal_error_reaches_the_fatal_callback),
                ON_ANY(without_a_callback_the_program_ends),
        };

        return RUN(tests);
}
