/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What only epoll has: the ways of waiting, and a kernel that may know more or less than it was
 * told.
 */
#include "os/epoll.h"
#include "rig.h"
#include "suite.h"

static struct rig *epoll_rig(void **state)
{
        struct rig *rig = *state;

        if (rig->row->ops != &evi_backend_epoll)
                skip();
        return rig;
}

#define PWAIT2 SHIM_BIT(SHIM_EPOLL_PWAIT2)
#define TIMER  SHIM_BIT(SHIM_TIMERFD_SETTIME)

static int64_t last_timeout_ms(const struct rig *rig)
{
        const int64_t timeout_ns = rig_last(rig, SHIM_BIT(SHIM_EPOLL_WAIT))->argument;

        return timeout_ns < 0 ? -1 : timeout_ns / MS;
}

static void test_missing_call_is_tried_once(void **state)
{
        struct rig *rig = epoll_rig(state);

        for (int i = 0; i < 5; i++)
                rig_turn(rig, 0);
        const bool is_missing = rig_last(rig, PWAIT2)->result == -ENOSYS;
        if (rig->row->lacks & LACKS_PWAIT2)
                assert_true(is_missing);
        assert_int_equal(rig_calls(rig, PWAIT2), is_missing ? 1 : 5);
        assert_int_equal(rig_calls(rig, SHIM_BIT(SHIM_EPOLL_WAIT)), is_missing ? 5 : 0);
}

static void test_milliseconds_are_rounded_up_and_limited(void **state)
{
        struct rig *rig = epoll_rig(state);
        struct ends p;

        if (!(rig->row->lacks & LACKS_PWAIT2))
                skip();
        p = files_pipe(rig->os);
        rig_want(rig, p.b, W); /* so that no wait waits */
        rig_turn(rig, 0);
        assert_int_equal(last_timeout_ms(rig), 0);
        rig_turn(rig, 1);
        assert_int_equal(last_timeout_ms(rig), 1);
        rig_turn(rig, 7 * MS);
        assert_int_equal(last_timeout_ms(rig), 7);
        rig_turn(rig, 7 * MS + 1);
        assert_int_equal(last_timeout_ms(rig), 8);
        rig_turn(rig, FOREVER);
        assert_int_equal(last_timeout_ms(rig), -1);
        rig_turn(rig, INT64_MAX);
        assert_in_range(last_timeout_ms(rig), 30 * 60 * 1000, INT32_MAX / 1000);
        rig_want(rig, p.b, 0);
        files_close_ends(rig->os, &p);
}

static bool needs_timer(const struct rig *rig)
{
        return rig->row->flags == BACKEND_PRECISE &&
               (rig->row->lacks & (LACKS_PWAIT2 | LACKS_TIMERFD)) == LACKS_PWAIT2;
}

/* The timer serves only waits of fractions of a millisecond, where they are asked for and the
 * kernel has no better way; it is put to sleep when it is not needed, and nobody hears of it. */
static void test_timer_serves_fine_waits(void **state)
{
        struct rig *rig = epoll_rig(state);
        struct ends p;

        if (!needs_timer(rig))
                skip();
        p = files_pipe(rig->os);
        rig_want(rig, p.b, W);
        rig_turn(rig, FOREVER);
        rig_turn(rig, 0);
        rig_turn(rig, 7 * MS);
        assert_int_equal(rig_calls(rig, TIMER), 0);
        rig_turn(rig, 3600 * 1000 * MS + 1);
        assert_int_equal(rig_calls(rig, TIMER), 1);
        assert_true(rig_last(rig, TIMER)->argument == 3600 * 1000 * MS + 1);
        rig_turn(rig, 8 * MS);
        assert_int_equal(rig_calls(rig, TIMER), 2);
        assert_true(rig_last(rig, TIMER)->argument == 0);
        rig_turn(rig, 8 * MS);
        assert_int_equal(rig_calls(rig, TIMER), 2);

        /* Now it ends the wait itself, and has not to be put to sleep. */
        rig_want(rig, p.b, 0);
        rig_turn(rig, 300000);
        assert_int_equal(rig_calls(rig, TIMER), 3);
        assert_int_equal(rig->stale, 0);
        rig_turn(rig, 0);
        assert_int_equal(rig_calls(rig, TIMER), 3);
        files_close_ends(rig->os, &p);
}

static void test_no_timer_where_none_is_needed(void **state)
{
        struct rig *rig = epoll_rig(state);

        if (needs_timer(rig))
                skip();
        rig_turn(rig, 1500000);
        assert_int_equal(rig_calls(rig, TIMER), 0);
}

/* The timer could not be made: waits are coarser, and that is all. */
static void test_every_failure_of_the_timer_is_survived(void **state)
{
        struct rig *rig = epoll_rig(state);

        if (rig->row->flags != BACKEND_PRECISE)
                skip();
        for (int n = 1; n <= 4; n++) {
                rig->b->ops->close(rig->b);
                assert_int_equal(rig->row->ops->open(&rig->shim.os, rig->row->flags, &rig->b), 0);
                shim_fail(&rig->shim, SHIM_FAILABLE, n, false);
                rig_prepare(rig);
                (void)rig->b->ops->wait(rig->b, 100000);
                shim_heal(&rig->shim);
                rig_collect(rig);
                rig_turn(rig, 100000);
                assert_int_equal(rig->stale, 0);
        }
}

/* The kernel has fd already, of which the backend knows nothing: an addition becomes a change. */
static void test_addition_of_what_the_kernel_has(void **state)
{
        struct rig *rig = epoll_rig(state);
        struct ends p = files_pair(rig->os);
        uint32_t *fd_state = rig->state[p.a];

        rig_want(rig, p.a, R);
        assert_int_equal(rig->b->ops->set(rig->b, p.a, 0, W | ET, fd_state), 0);
        rig->interest[p.a] = W | ET;
        assert_int_equal(rig_last(rig, CTL)->call, SHIM_EPOLL_MOD);
        assert_int_equal(rig_last(rig, CTL)->argument, (uint32_t)EPOLLOUT | (uint32_t)EPOLLET);
        assert_int_equal(rig_ready(rig, p.a), W);
        assert_int_equal(rig_ready(rig, p.a), 0);
        rig_want(rig, p.a, 0);
        files_close_ends(rig->os, &p);
}

/* The number is a regular file's by now, which the kernel would not have at all. */
static void test_removal_when_the_number_is_a_regular_files(void **state)
{
        struct rig *rig = epoll_rig(state);
        struct ends p = files_pipe(rig->os);
        int file = files_regular(rig->os);
        const int number = p.a;

        rig_want(rig, number, R);
        files_close_ends(rig->os, &p);
        files_move_to(rig->os, &file, number);
        rig_want(rig, number, 0);
        files_close(rig->os, &file);
}

static int count_found(const struct rig *rig, const int fds[], int count)
{
        int found = 0;

        for (int i = 0; i < count; i++)
                found += rig->found[fds[i]] != 0;
        return found;
}

/* The batch doubles when it was full. The one that grew goes back when it is mostly empty for long, though all stay registered. */
static void test_batch_follows_what_happens(void **state)
{
        enum { COUNT = 256 };
        struct rig *rig = epoll_rig(state);
        uint64_t one = 1;
        long most;
        int fds[COUNT];

        for (int i = 0; i < COUNT; i++) {
                fds[i] = files_eventfd(rig->os);
                assert_int_equal(os_write(rig->os, fds[i], &one, sizeof one), sizeof one);
                rig_want(rig, fds[i], R);
        }
        for (int size = 32; size <= COUNT; size *= 2) {
                rig_turn(rig, 0);
                assert_int_equal(count_found(rig, fds, COUNT), size);
        }
        rig_turn(rig, 0);
        most = rig->shim.live_bytes;
        assert_true(most > rig->bytes_at_start);
        for (int i = 0; i < COUNT; i++)
                assert_int_equal(os_read(rig->os, fds[i], &one, sizeof one), sizeof one);
        for (int i = 0; i < 10; i++)
                rig_turn(rig, 0);
        assert_int_equal(rig->shim.live_bytes, most);
        for (int i = 0; i < 1000; i++)
                rig_turn(rig, 0);
        assert_int_equal(rig->shim.live_bytes, rig->bytes_at_start);
        rig_want_nothing(rig);
        for (int i = 0; i < COUNT; i++)
                files_close(rig->os, &fds[i]);
}

int suite_epoll(void)
{
        const struct CMUnitTest tests[] = {
                RIG_TEST(test_missing_call_is_tried_once),
                RIG_TEST(test_milliseconds_are_rounded_up_and_limited),
                RIG_TEST(test_timer_serves_fine_waits),
                RIG_TEST(test_no_timer_where_none_is_needed),
                RIG_TEST(test_every_failure_of_the_timer_is_survived),
                RIG_TEST(test_addition_of_what_the_kernel_has),
                RIG_TEST(test_removal_when_the_number_is_a_regular_files),
                RIG_TEST(test_batch_follows_what_happens),
        };
        return cmocka_run_group_tests_name("epoll", tests, NULL, NULL);
}
