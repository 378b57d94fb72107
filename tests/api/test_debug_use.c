/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Debug mode where nothing is wrong, or only odd: it is silent, refuses what test_io_edge.c shows
 * to be taken otherwise, and remembers no more than there is. As in test_debug.c, this program
 * itself makes no base.
 */
#include "api.h"

static void log_error(int severity, const char *text)
{
        report("[%d] %s", severity, text);
}

static struct event_base *base_in_debug_mode(void)
{
        struct event_base *base;

        event_enable_debug_mode();
        event_set_log_callback(log_error);
        base = event_base_new();
        OK(base != NULL);
        return base;
}

static void right_use(void *arg)
{
        struct event_base *base = base_in_debug_mode();
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
        base = base_in_debug_mode();
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
                ON_ANY(right_use_is_silent),
                ON_EACH_BACKEND(edge_and_level_are_refused_together),
                ON_ANY(what_it_remembers_is_bounded),
        };

        return RUN(tests);
}
