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

/* --- right use, and what is only odd -------------------------------------------------------- */

static void right_use(void *arg)
{
        struct event_base *base = debugging_base();
        struct event ev;
        evutil_socket_t fds[2];

        (void)arg;
        stream_pair(fds);
        memset(&ev, 0, sizeof ev);
        EQ(event_initialized(&ev), 0);
        for (int i = 0; i < 3; i++) {
                EQ(event_assign(&ev, base, fds[0], EV_READ, tell_and_read, NAME("r")), 0);
                EQ(event_add(&ev, TV(100, 0)), 0);
                EQ(event_add(&ev, TV(100, 0)), 0);
                put_byte(fds[1]);
                EQ(event_base_dispatch(base), 1);
                EQ(event_del(&ev), 0);
                EQ(event_del(&ev), 0);
                event_debug_unassign(&ev);
        }
        STORY("r=READ r=READ r=READ");
        event_base_free(base);
        libevent_global_shutdown();
}

static void right_use_is_silent(void **state)
{
        (void)state;
        CHILD_OK(right_use, NULL);
        STREQ(child_report(), "");
}

static void mix_edge_and_level(void *arg)
{
        struct event_base *base;
        evutil_socket_t fds[2];
        struct event *level, *edge;

        event_enable_debug_mode();
        base = base_on(*(enum backend *)arg);
        stream_pair(fds);
        level = event_new(base, fds[0], EV_READ | EV_PERSIST, tell, NAME("level"));
        edge = event_new(base, fds[0], EV_READ | EV_ET | EV_PERSIST, tell, NAME("edge"));
        EQ(event_add(level, NULL), 0);
        log_catch();
        EQ(event_add(edge, NULL), -1);
        EQ(log_last_severity(), EVENT_LOG_WARN);
        OK(!event_pending(edge, EV_READ, NULL));
        EQ(event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED), 1);
        EQ(event_del(level), 0);
        EQ(event_add(edge, NULL), 0);
        EQ(event_add(level, NULL), -1);
        event_free(level);
        event_free(edge);
        event_base_free(base);
}

static void edge_and_level_are_refused_together(void **state)
{
        enum backend backend = backend_of(state);

        CHILD_OK(mix_edge_and_level, &backend);
}

/* --- memory ---------------------------------------------------------------------------------- */

static long live_blocks;

static void *counted_malloc(size_t size)
{
        live_blocks++;
        return malloc(size);
}

static void *counted_realloc(void *pointer, size_t size)
{
        live_blocks += !pointer;
        return realloc(pointer, size);
}

static void counted_free(void *pointer)
{
        live_blocks -= !!pointer;
        free(pointer);
}

/* What debug mode remembers goes with the event: a thousand events leave nothing behind. */
static void come_and_go(void *arg)
{
        struct event_base *base;
        long before;

        (void)arg;
        event_set_mem_functions(counted_malloc, counted_realloc, counted_free);
        base = debugging_base();
        event_free(evtimer_new(base, ignore, NULL));
        before = live_blocks;
        for (int i = 0; i < 1000; i++) {
                struct event embedded;

                event_free(evtimer_new(base, ignore, NULL));
                EQ(event_assign(&embedded, base, -1, 0, ignore, NULL), 0);
                event_debug_unassign(&embedded);
        }
        EQ(live_blocks, before);
        event_base_free(base);
        libevent_global_shutdown();
        EQ(live_blocks, 0);
}

static void what_it_remembers_is_bounded(void **state)
{
        (void)state;
        CHILD_OK(come_and_go, NULL);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                ON_ANY(uses_without_an_assignment),
                ON_ANY(assigning_over_an_added_event),
                ON_ANY(a_blocking_descriptor),
                ON_ANY(a_freed_event),
                ON_ANY(right_use_is_silent),
                ON_EACH_BACKEND(edge_and_level_are_refused_together),
                ON_ANY(what_it_remembers_is_bounded),
        };

        return RUN(tests);
}
