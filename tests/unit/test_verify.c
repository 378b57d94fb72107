/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * evi_base_verify() is what other tests rely on: here each invariant of the headers is broken on
 * purpose, seen to be named, and mended again. What is private to fdmap.c is reached by a copy of
 * its layout.
 */
#include <event2/event.h>
#include <event2/event_struct.h>
#include <evident/evident.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/event.h"
#include "util/heap.h"

#define MS(n) (&(const struct timeval){(n) / 1000, (n) % 1000 * 1000})

static struct event_base *base;
static int fds[2];
static struct event reader; /* on fds[0] */
static struct event timer;  /* in the heap, and a second one */
static struct event timer_2;
static struct event common; /* in a common queue, and a second one */
static struct event common_2;
static struct event active;   /* of priority 1 of 3 */
static struct event signaled; /* on SIGUSR1 */

static void on_call(evutil_socket_t fd, short what, void *arg)
{
        (void)fd;
        (void)what;
        (void)arg;
}

static void expect(const char *named)
{
        const char *broken = evi_base_verify(base);

        if (named == NULL && broken != NULL)
                fail_msg("is broken: %s", broken);
        if (named != NULL && broken == NULL)
                fail_msg("did not see: %s", named);
        if (named != NULL && strncmp(broken, named, strlen(named)) != 0)
                fail_msg("instead of '%s' saw '%s'", named, broken);
}

static void make(struct event *ev, int fd, short events, const struct timeval *timeout)
{
        assert_int_equal(event_assign(ev, base, fd, events, on_call, NULL), 0);
        assert_int_equal(event_add(ev, timeout), 0);
}

static int set_up(void **state)
{
        (void)state;
        base = event_base_new();
        if (base == NULL || pipe(fds) < 0 || event_base_priority_init(base, 3) < 0)
                return -1;
        const struct timeval *tv = event_base_init_common_timeout(base, MS(1000));
        make(&reader, fds[0], EV_READ | EV_PERSIST, NULL);
        make(&timer, -1, 0, MS(5000));
        make(&timer_2, -1, 0, MS(6000));
        make(&common, -1, 0, tv);
        make(&common_2, -1, 0, tv);
        make(&signaled, SIGUSR1, EV_SIGNAL, NULL);
        if (event_assign(&active, base, -1, 0, on_call, NULL) < 0)
                return -1;
        event_active(&active, EV_READ, 1);
        expect(NULL);
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        expect(NULL);
        event_base_free(base);
        libevent_global_shutdown();
        close(fds[0]);
        close(fds[1]);
        return 0;
}

/* Breaks an lvalue, looks, and mends it. */
#define BREAK(lvalue, value, named)                      \
        do {                                             \
                const __typeof__(lvalue) was = (lvalue); \
                (lvalue) = (value);                      \
                expect(named);                           \
                (lvalue) = was;                          \
                expect(NULL);                            \
        } while (0)

#define FLAGS(ev) ((ev).ev_evcallback.evcb_flags)

static void test_active(void **state)
{
        (void)state;
        BREAK(base->active.count, 2, "A1");
        BREAK(active.ev_evcallback.evcb_pri, 2, "A2");
        BREAK(FLAGS(active), EVLIST_INIT, "A2");
}

static void test_timers_in_the_heap(void **state)
{
        struct evi_heap *heap = &base->timers.heap;

        (void)state;
        BREAK(heap->entries[1].deadline_ns, 1, "a timer heap");
        BREAK(*heap->entries[0].index, 1, "a timer heap");
        BREAK(heap->count, heap->capacity + 1, "a timer heap");
        BREAK(FLAGS(timer), EVLIST_INIT, "T1");
        BREAK(FLAGS(timer), (short)(FLAGS(timer) | EVI_EVENT_COMMON), "T1");
        BREAK(heap->entries[1].deadline_ns, INT64_MAX, "T1");
        BREAK(base->timers.next_seq, 0, "T3");
}

/* The keys of two events, as the events keep them. */
static void swap_keys(struct event *a, struct event *b)
{
        const struct timeval key = a->ev_timeout;

        a->ev_timeout = b->ev_timeout;
        b->ev_timeout = key;
}

static void test_timers_in_common_queues(void **state)
{
        struct evi_timers *t = &base->timers;
        struct evi_common_timeout *queue = t->commons[0];

        (void)state;
        BREAK(FLAGS(common), (short)(FLAGS(common) & ~EVI_EVENT_COMMON), "T2");
        BREAK(FLAGS(common_2), (short)(FLAGS(common_2) & ~EVLIST_TIMEOUT), "T2");
        BREAK(t->queues.entries[0].deadline_ns, INT64_MAX, "T2");
        swap_keys(&common, &common_2);
        expect("T2: a common queue is not sorted");
        swap_keys(&common, &common_2);
        const struct evi_heap_entry bound = t->queues.entries[0];
        evi_heap_remove(&t->queues, 0);
        expect("T2");
        evi_heap_push(&t->queues, bound.deadline_ns, bound.seq, &queue->heap_index);
}

static void test_descriptors(void **state)
{
        struct evi_fdtable *table = &base->fds.table;
        struct evi_fd *entry = evi_fdtable_find(table, fds[0]);
        struct evi_fd_page *page = table->pages[fds[0] / EVI_FD_PAGE_SIZE];

        (void)state;
        BREAK(entry->nread, 2, "F1");
        BREAK(entry->nwrite, 1, "F1");
        BREAK(reader.ev_events, EV_WRITE | EV_PERSIST, "F1");
        BREAK(reader.ev_events, EV_READ | EV_ET, "F2");
        BREAK(entry->interest, EV_WRITE, "F2");
        BREAK(page->nused, page->nused + 1, "F3");
        BREAK(table->nempty, table->nempty + 1, "F3");
        BREAK(reader.ev_fd, fds[1], "F4");
        BREAK(FLAGS(reader), EVLIST_INIT, "F4");
}

static void test_the_base(void **state)
{
        struct event_base *const other = event_base_new();

        (void)state;
        BREAK(base->count.added.now, base->count.added.now + 1, "B1");
        BREAK(base->count.active.now, 0, "B1");
        BREAK(base->count.unlisted, 1, "B1");
        BREAK(FLAGS(reader), (short)(FLAGS(reader) | EVLIST_FINALIZING), "B2");
        BREAK(base->is_waiting, true, "B3");
        BREAK(timer.ev_base, other, "an event of another base");
        BREAK(signaled.ev_base, other, "an event of another base");
        BREAK(active.ev_base, other, "an event of another base");
        BREAK(FLAGS(timer), (short)(FLAGS(timer) & ~EVLIST_INIT),
              "an event that was never assigned");
        event_base_free(other);
}

/* In a base that has no wake-up descriptor. */
static void test_a_wakeup_that_nobody_can_read(void **state)
{
        struct event_base *const full = base;

        (void)state;
        base = event_base_new();
        BREAK(base->wakeup.is_pending, true, "B4");
        event_base_free(base);
        base = full;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(test_active),
                TEST(test_timers_in_the_heap),
                TEST(test_timers_in_common_queues),
                TEST(test_descriptors),
                TEST(test_the_base),
                TEST(test_a_wakeup_that_nobody_can_read),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
