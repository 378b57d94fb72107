/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How long a wait lasts. Only lower bounds are tested: what else runs on the machine may delay any
 * return.
 */
#include "rig.h"
#include "suite.h"

static int64_t now_ns(const struct rig *rig)
{
        return os_clock(rig->os, OS_CLOCK_MONOTONIC);
}

static void test_no_wait_returns_with_nothing(void **state)
{
        struct rig *rig = *state;
        struct ends p = files_pipe(rig->os);

        rig_turn(rig, 0); /* with no descriptor at all */
        rig_want(rig, p.a, R);
        rig_turn(rig, 0);
        assert_int_equal(rig->found[p.a], 0);
        rig_want(rig, p.a, 0);
        files_close_ends(rig->os, &p);
}

static void test_wait_is_not_cut_short(void **state)
{
        struct rig *rig = *state;
        const int64_t waits[] = {1, MS - 1, MS, MS + 1, 2500000, 20 * MS};
        struct ends p = files_pipe(rig->os);

        for (int has_fd = 0; has_fd < 2; has_fd++) {
                for (size_t i = 0; i < sizeof waits / sizeof waits[0]; i++) {
                        const int64_t begin = now_ns(rig);

                        rig_turn(rig, waits[i]);
                        assert_true(now_ns(rig) - begin >= waits[i]);
                        assert_int_equal(rig->stale, 0);
                }
                rig_want(rig, p.a, R);
        }
        rig_want(rig, p.a, 0);
        files_close_ends(rig->os, &p);
}

/* In a clock that only waits move, to the nanosecond: what counts in milliseconds rounds up, and the
 * timer makes good for that. */
static void test_wait_is_as_fine_as_it_can_be(void **state)
{
        struct rig *rig = *state;
        const bool has_timer =
                rig->row->flags == BACKEND_PRECISE && !(rig->row->lacks & LACKS_TIMERFD);
        bool is_coarse = false;

        shim_use_clock(&rig->shim, 1000 * MS, 1000 * MS);
        rig_turn(rig, 7 * MS);
        assert_true(rig->shim.monotonic_ns == 1007 * MS);
        if (rig_is_epoll(rig) && !has_timer)
                is_coarse = rig_last(rig, SHIM_BIT(SHIM_EPOLL_PWAIT2))->result == -ENOSYS;
        for (int i = 1; i <= 3; i++) {
                rig_turn(rig, MS + 500000);
                assert_true(rig->shim.monotonic_ns ==
                            1007 * MS + i * (is_coarse ? 2 * MS : MS + 500000));
                assert_int_equal(rig->stale, 0);
        }
}

/* Something is ready already: even the longest wait ends at once, and does not overflow. */
static void test_long_waits(void **state)
{
        struct rig *rig = *state;
        const int64_t waits[] = {FOREVER,   3600 * 1000 * MS, INT64_C(2147483648) * MS,
                                 INT64_MAX, INT64_MAX - 1,    INT64_C(4294967296) * 1000 * MS};
        struct ends p = files_pipe(rig->os);

        rig_want(rig, p.b, W);
        for (size_t i = 0; i < sizeof waits / sizeof waits[0]; i++) {
                rig_turn(rig, waits[i]);
                assert_int_equal(rig->found[p.b], W);
        }
        rig_want(rig, p.b, 0);
        files_close_ends(rig->os, &p);
}

static void *wait_for_ever(void *arg)
{
        rig_wait(arg, FOREVER);
        return NULL;
}

static void test_readiness_ends_a_wait(void **state)
{
        struct rig *rig = *state;
        struct ends p = files_pipe(rig->os);

        rig_want(rig, p.a, R);
        rig_prepare(rig);
        files_run_beside(wait_for_ever, rig);
        files_write(rig->os, p.b, "x");
        files_join();
        rig_collect(rig);
        assert_int_equal(rig->found[p.a], R);
        rig_want(rig, p.a, 0);
        files_close_ends(rig->os, &p);
}

/* A signal ends the wait with nothing found, and the loop goes round. */
static void test_interruption_is_no_error(void **state)
{
        struct rig *rig = *state;
        struct ends p = files_pipe(rig->os);

        rig_want(rig, p.b, W);
        assert_int_equal(rig_ready(rig, p.b), W);
        shim_fail(&rig->shim, WAIT, 1, false);
        rig_turn(rig, FOREVER);
        assert_int_equal(rig->shim.hits, 1);
        assert_int_equal(rig->found[p.b], 0);
        rig_turn(rig, FOREVER);
        assert_int_equal(rig->found[p.b], W);
        rig_want(rig, p.b, 0);
        files_close_ends(rig->os, &p);
}

int suite_wait(void)
{
        const struct CMUnitTest tests[] = {
                RIG_TEST(test_no_wait_returns_with_nothing),
                RIG_TEST(test_wait_is_not_cut_short),
                RIG_TEST(test_wait_is_as_fine_as_it_can_be),
                RIG_TEST(test_long_waits),
                RIG_TEST(test_readiness_ends_a_wait),
                RIG_TEST(test_interruption_is_no_error),
        };
        return cmocka_run_group_tests_name("wait", tests, NULL, NULL);
}
