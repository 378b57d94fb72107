/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The descriptor map over a backend of the test's own, which remembers what it was told and refuses
 * what it is asked to refuse.
 */
#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "backend/backend.h"
#include "core/fdmap.h"
#include "random.h"
#include "shim.h"

#define FDS 600

struct told_backend {
        struct backend backend;
        short interest[FDS]; /* that it was told */
        int ncalls;
        int refuses; /* an errno for each set(), or 0 */
};

struct told_state {
        uint32_t generation;
        int32_t fd;
};

static int told_set(struct backend *b, int fd, short was, short now, void *fd_state)
{
        struct told_backend *told = (struct told_backend *)(void *)b;
        struct told_state *state = fd_state;

        told->ncalls++;
        assert_int_equal(told->interest[fd], was);
        assert_true(was == 0 || state->fd == fd); /* the state lives as long as the interest */
        if (told->refuses != 0 && now != 0)
                return -told->refuses;
        told->interest[fd] = now;
        state->generation++;
        state->fd = fd;
        return told->refuses != 0 ? -told->refuses : 0;
}

static const struct backend_ops told_ops = {
        .name = "told",
        .fd_state_size = sizeof(struct told_state),
        .set = told_set,
};

static struct shim shim;
static struct evi_fdmap map;
static struct told_backend told;
static struct event events[FDS];

static void say_nothing(int severity, const char *line)
{
        (void)severity;
        (void)line;
}

static int set_up(void **state)
{
        (void)state;
        shim_init(&shim, os_real());
        os_enter(&shim.os);
        event_set_log_callback(say_nothing);
        memset(&told, 0, sizeof told);
        memset(events, 0, sizeof events);
        told.backend = (struct backend){.ops = &told_ops, .os = &shim.os};
        evi_fdmap_init(&map, sizeof(struct told_state));
        return 0;
}

static void verify(void)
{
        const char *broken = evi_fdmap_verify(&map, -1);

        if (broken != NULL)
                fail_msg("%s", broken);
}

static int add(int i, int fd, short what)
{
        events[i].ev_fd = fd;
        events[i].ev_events = what;
        const int r = evi_fdmap_add(&map, &told.backend, &events[i]);
        if (r == 0)
                events[i].ev_evcallback.evcb_flags |= EVLIST_INSERTED;
        verify();
        return r;
}

static void drop(int i)
{
        evi_fdmap_remove(&map, &told.backend, &events[i]);
        events[i].ev_evcallback.evcb_flags = 0;
        verify();
}

static int tear_down(void **state)
{
        (void)state;
        for (int i = 0; i < FDS; i++)
                if (events[i].ev_evcallback.evcb_flags & EVLIST_INSERTED)
                        drop(i);
        for (int fd = 0; fd < FDS; fd++)
                assert_int_equal(told.interest[fd], 0);
        evi_fdmap_clear(&map, &told.backend);
        assert_true(shim_is_clean(&shim));
        event_set_log_callback(NULL);
        shim_clear(&shim);
        return 0;
}

static void test_interest_is_the_union_of_what_the_events_want(void **state)
{
        (void)state;
        assert_int_equal(add(0, 5, EV_READ), 0);
        assert_int_equal(told.interest[5], EV_READ);
        assert_int_equal(add(1, 5, EV_READ | EV_PERSIST), 0);
        assert_int_equal(told.ncalls, 1); /* nothing new */
        assert_int_equal(add(2, 5, EV_WRITE), 0);
        assert_int_equal(told.interest[5], EV_READ | EV_WRITE);
        assert_int_equal(add(3, 5, EV_CLOSED), 0);
        assert_int_equal(told.interest[5], EV_READ | EV_WRITE | EV_CLOSED);
        drop(0);
        assert_int_equal(told.interest[5], EV_READ | EV_WRITE | EV_CLOSED);
        drop(1);
        assert_int_equal(told.interest[5], EV_WRITE | EV_CLOSED);
        drop(2);
        drop(3);
        assert_int_equal(told.interest[5], 0);
}

static void test_edges_and_levels_do_not_meet_on_one_descriptor(void **state)
{
        (void)state;
        assert_int_equal(add(0, 5, EV_READ | EV_ET), 0);
        assert_int_equal(told.interest[5], EV_READ | EV_ET);
        assert_int_equal(add(1, 5, EV_WRITE), -EINVAL);
        assert_int_equal(add(1, 5, EV_WRITE | EV_ET), 0);
        assert_int_equal(add(2, 6, EV_WRITE), 0);
        assert_int_equal(add(3, 6, EV_READ | EV_ET), -EINVAL);
        drop(0);
        drop(1);
        assert_int_equal(add(1, 5, EV_WRITE), 0); /* nobody is left to object */
}

static void test_events_come_in_the_order_in_which_they_were_added(void **state)
{
        (void)state;
        assert_null(evi_fdmap_events(&map, 5));
        assert_null(evi_fdmap_events(&map, -1));
        assert_null(evi_fdmap_events(&map, 1 << 30));
        for (int i = 0; i < 4; i++)
                assert_int_equal(add(i, 5, EV_READ), 0);
        drop(1);
        const struct evi_link *head = evi_fdmap_events(&map, 5);
        struct evi_link *l = evi_list_first(head);
        const int expected[] = {0, 2, 3};
        for (int i = 0; i < 3; i++, l = evi_list_next(head, l))
                assert_ptr_equal(evi_fdmap_event(l), &events[expected[i]]);
        assert_null(l);
}

static void test_a_refused_addition_changes_nothing(void **state)
{
        (void)state;
        told.refuses = ENOSPC;
        assert_int_equal(add(0, 5, EV_READ), -ENOSPC);
        assert_null(evi_fdmap_events(&map, 5));
        told.refuses = 0;
        assert_int_equal(add(0, 5, EV_READ), 0);
        told.refuses = ENOMEM;
        assert_int_equal(add(1, 5, EV_WRITE), -ENOMEM);
        told.refuses = 0;
        assert_int_equal(told.interest[5], EV_READ);
        drop(0);
}

/* A removal that the kernel refuses is done all the same; an interest that it refused to narrow is
 * narrowed when a report shows that it is too wide. */
static void test_removal_does_not_fail(void **state)
{
        (void)state;
        assert_int_equal(add(0, 5, EV_READ), 0);
        assert_int_equal(add(1, 5, EV_WRITE), 0);
        told.refuses = EIO;
        drop(1);
        assert_int_equal(told.interest[5], EV_READ | EV_WRITE);
        told.refuses = 0;
        evi_fdmap_settle(&map, &told.backend, 5);
        verify();
        assert_int_equal(told.interest[5], EV_READ);
        told.refuses = EIO;
        drop(0);
        assert_null(evi_fdmap_events(&map, 5));
        told.refuses = 0;
        assert_int_equal(add(2, 5, EV_READ), 0);
}

static void test_without_memory(void **state)
{
        int r = -ENOMEM;

        (void)state;
        for (long n = 1; r < 0; n++) {
                shim_fail(&shim, SHIM_MEMORY, n, false);
                r = add(0, 500, EV_READ);
                assert_int_equal(r, shim.hits > 0 ? -ENOMEM : 0);
                assert_int_equal(told.ncalls, r == 0);
        }
        assert_true(shim.calls[SHIM_ALLOC] + shim.calls[SHIM_REALLOC] > 2);
}

/* A registration of another generation is not this one's. */
static void test_findings_of_an_older_generation_are_not_current(void **state)
{
        (void)state;
        assert_null(evi_fdmap_current(&map, 5, 1));
        assert_int_equal(add(0, 5, EV_READ), 0);
        assert_non_null(evi_fdmap_current(&map, 5, 1));
        assert_null(evi_fdmap_current(&map, 5, 2));
        drop(0);
        assert_null(evi_fdmap_current(&map, 5, 1));
        assert_null(evi_fdmap_current(&map, 5, 2));
        assert_int_equal(add(0, 5, EV_READ), 0);
        assert_null(evi_fdmap_current(&map, 5, 1));
        assert_non_null(evi_fdmap_current(&map, 5, 3));
}

static int count_fd(int fd, short interest, void *arg)
{
        int *last = arg;

        assert_true(fd > *last);
        assert_int_equal(interest, told.interest[fd]);
        *last = fd;
        return 0;
}

/* What was used once for many descriptors is given back, but for a few pages. */
static void test_memory_goes_with_the_descriptors(void **state)
{
        int last = -1;

        (void)state;
        for (int i = 0; i < FDS; i++)
                assert_int_equal(add(i, i, EV_READ), 0);
        assert_int_equal(evi_fdmap_foreach(&map, count_fd, &last), 0);
        assert_int_equal(last, FDS - 1);
        const long most = shim.live_blocks;
        for (int i = 0; i < FDS; i++)
                drop(i);
        evi_fdmap_trim(&map, &told.backend);
        assert_true(most >= FDS / 64);
        assert_true(shim.live_blocks <= 5); /* the table and four pages */
}

/* The watch of the map itself (the wake-up) counts beside events. */
static void test_a_watch_of_the_maps_own(void **state)
{
        (void)state;
        assert_int_equal(evi_fdmap_watch(&map, &told.backend, 7), 0);
        assert_null(evi_fdmap_verify(&map, 7));
        assert_non_null(evi_fdmap_verify(&map, -1));
        assert_int_equal(told.interest[7], EV_READ);
        evi_fdmap_unwatch(&map, &told.backend, 7);
        assert_null(evi_fdmap_verify(&map, -1));
        assert_int_equal(told.interest[7], 0);
}

/* Random adds and removals, with refusals, against plain counting. */
static void test_random_moves(void **state)
{
        static const short wants[] = {EV_READ, EV_WRITE, EV_READ | EV_WRITE, EV_CLOSED};
        uint64_t seed = 5;

        (void)state;
        for (int n = 0; n < 5000; n++) {
                const int i = random_below(&seed, 40);
                const int fd = random_below(&seed, 8) * 70;
                told.refuses = random_below(&seed, 10) == 0 ? ENOMEM : 0;
                if (events[i].ev_evcallback.evcb_flags & EVLIST_INSERTED)
                        drop(i);
                else
                        (void)add(i, fd, wants[random_below(&seed, 4)]);
        }
        told.refuses = 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(test_interest_is_the_union_of_what_the_events_want),
                TEST(test_edges_and_levels_do_not_meet_on_one_descriptor),
                TEST(test_events_come_in_the_order_in_which_they_were_added),
                TEST(test_a_refused_addition_changes_nothing),
                TEST(test_removal_does_not_fail),
                TEST(test_without_memory),
                TEST(test_findings_of_an_older_generation_are_not_current),
                TEST(test_memory_goes_with_the_descriptors),
                TEST(test_a_watch_of_the_maps_own),
                TEST(test_random_moves),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
