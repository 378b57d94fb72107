/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Debug mode: each misuse that it knows ends in the fatal callback, with a message that names the
 * event by its address. It must be enabled before anything else, and cannot be disabled, so
 * every test is a child; this program itself never makes a base.
 */
#include "api.h"

#include <signal.h>
#include <stdio.h>

enum { FATAL_EXIT = 9 };

static struct event *culprit;

/* Two words: whether the error names the culprit, and the code. */
static void log_error(int severity, const char *text)
{
        char address[32];

        snprintf(address, sizeof address, "%p", (void *)culprit);
        if (severity == EVENT_LOG_ERR)
                report("%s ", strstr(text, address) ? "named" : "unnamed");
}

static void fatal(int code)
{
        report("%x", (unsigned)code);
        _exit(FATAL_EXIT);
}

static struct event_base *debugging_base(void)
{
        struct event_base *base;

        event_enable_debug_mode();
        event_set_log_callback(log_error);
        event_set_fatal_callback(fatal);
        base = event_base_new();
        OK(base != NULL);
        return base;
}

#define IS_FATAL(body)                                   \
        do {                                             \
                EQ(in_child(body, NULL), FATAL_EXIT);    \
                STREQ(child_report(), "named deaddead"); \
        } while (0)

/* --- misuse ------------------------------------------------------------------------------ */

static struct event storage;

/* Storage that happens to hold a base: without one the functions would refuse it anyway. */
static void never_assigned(void)
{
        culprit = &storage;
        storage.ev_base = debugging_base();
}

static void add_unassigned(void *arg)
{
        (void)arg;
        never_assigned();
        event_add(&storage, NULL);
}

static void del_unassigned(void *arg)
{
        (void)arg;
        never_assigned();
        event_del(&storage);
}

static void activate_unassigned(void *arg)
{
        (void)arg;
        never_assigned();
        event_active(&storage, EV_READ, 1);
}

static void pending_unassigned(void *arg)
{
        (void)arg;
        never_assigned();
        event_pending(&storage, EV_READ, NULL);
}

static void assign_while_added(void *arg)
{
        struct event_base *base = debugging_base();

        (void)arg;
        culprit = &storage;
        event_assign(&storage, base, -1, 0, ignore, NULL);
        event_add(&storage, TV(100, 0));
        event_assign(&storage, base, -1, 0, ignore, NULL);
}

static void unassign_while_added(void *arg)
{
        struct event_base *base = debugging_base();

        (void)arg;
        culprit = &storage;
        event_assign(&storage, base, -1, 0, ignore, NULL);
        event_add(&storage, TV(100, 0));
        event_debug_unassign(&storage);
}

static void use_after_unassign(void *arg)
{
        struct event_base *base = debugging_base();

        (void)arg;
        culprit = &storage;
        event_assign(&storage, base, -1, 0, ignore, NULL);
        event_debug_unassign(&storage);
        event_add(&storage, TV(100, 0));
}

static void getters_of_unassigned(void *arg)
{
        (void)arg;
        never_assigned();
        event_get_fd(&storage);
        event_get_base(&storage);
        event_get_assignment(&storage, NULL, NULL, NULL, NULL, NULL);
}

static void set_priority_of_unassigned(void *arg)
{
        (void)arg;
        never_assigned();
        event_priority_set(&storage, 0);
}

static void blocking_descriptor_with_et(void *arg)
{
        struct event_base *base = debugging_base();
        int ends[2];

        (void)arg;
        culprit = &storage;
        EQ(pipe(ends), 0); /* blocking */
        report("%d", event_assign(&storage, base, ends[0], EV_READ | EV_ET, ignore, NULL));
}

static void uses_without_an_assignment(void **state)
{
        (void)state;
        IS_FATAL(add_unassigned);
        IS_FATAL(del_unassigned);
        IS_FATAL(activate_unassigned);
        IS_FATAL(pending_unassigned);
        IS_FATAL(use_after_unassign);
        IS_FATAL(getters_of_unassigned);
        IS_FATAL(set_priority_of_unassigned);
}

static void assigning_over_an_added_event(void **state)
{
        (void)state;
        IS_FATAL(assign_while_added);
        IS_FATAL(unassign_while_added);
}

static void a_blocking_descriptor(void **state)
{
        (void)state;
        EQ(in_child(blocking_descriptor_with_et, NULL), FATAL_EXIT);
        OK(strstr(child_report(), "deaddead") != NULL);
}

static void use_after_free(void *arg)
{
        struct event_base *base = debugging_base();
        struct event *ev = evtimer_new(base, ignore, NULL);

        (void)arg;
        culprit = ev;
        event_free(ev);
        event_add(ev, TV(1, 0));
}

static void double_free(void *arg)
{
        struct event_base *base = debugging_base();
        struct event *ev = evtimer_new(base, ignore, NULL);

        (void)arg;
        culprit = ev;
        event_free(ev);
        event_free(ev);
}

static void a_freed_event(void **state)
{
        (void)state;
        IS_FATAL(use_after_free);
        IS_FATAL(double_free);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                ON_ANY(uses_without_an_assignment),
                ON_ANY(assigning_over_an_added_event),
                ON_ANY(a_blocking_descriptor),
                ON_ANY(a_freed_event),
        };

        return RUN(tests);
}
