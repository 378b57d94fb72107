/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Interest comes, changes and goes; descriptors are closed before and after.
 */
#include "rig.h"
#include "suite.h"

static int all_of(const struct rig *rig)
{
        return (rig->row->ops->features & EV_FEATURE_EARLY_CLOSE) ? R | W | C : R | W;
}

/* The peer of a is shut: a is readable, writable and closed, so that whatever is asked for is
 * found, and nothing else may be. */
static void test_every_change_of_interest(void **state)
{
        struct rig *rig = *state;
        const int steps[] = {0, R, W, C, R | W, R | C, W | C, R | W | C};
        const int all = all_of(rig);
        struct ends p = files_pair(rig->os);

        files_shutdown(rig->os, p.b, SHUT_WR);
        for (size_t i = 0; i < 8; i++) {
                for (size_t j = 0; j < 8; j++) {
                        if ((steps[i] | steps[j]) & ~all)
                                continue;
                        rig_want(rig, p.a, steps[i]);
                        rig_turn(rig, 0);
                        assert_int_equal(rig->found[p.a], steps[i]);
                        rig_want(rig, p.a, steps[j]);
                        rig_turn(rig, 0);
                        assert_int_equal(rig->found[p.a], steps[j]);
                }
        }
        rig_want(rig, p.a, 0);
        files_close_ends(rig->os, &p);
}

/* Several changes without a turn in between: the last one counts. */
static void test_last_change_of_a_turn_counts(void **state)
{
        struct rig *rig = *state;
        struct ends p = files_pair(rig->os);

        files_write(rig->os, p.b, "x");
        for (int last = 0; last < 4; last++) {
                const int now = ((last & 1) ? R : 0) | ((last & 2) ? W : 0);

                rig_want(rig, p.a, R);
                rig_want(rig, p.a, 0);
                rig_want(rig, p.a, R | W);
                rig_want(rig, p.a, W);
                rig_want(rig, p.a, now);
                rig_turn(rig, 0);
                assert_int_equal(rig->found[p.a], now);
        }
        rig_want(rig, p.a, 0);
        files_close_ends(rig->os, &p);
}

static void test_removal_then_close(void **state)
{
        struct rig *rig = *state;
        struct ends p = files_pipe(rig->os);

        files_write(rig->os, p.b, "x");
        rig_want(rig, p.a, R);
        assert_int_equal(rig_ready(rig, p.a), R);
        rig_want(rig, p.a, 0);
        files_close_ends(rig->os, &p);
        rig_turn(rig, 0);
        assert_int_equal(rig->stale, 0);
}

static void test_close_then_removal(void **state)
{
        struct rig *rig = *state;
        struct ends p = files_pipe(rig->os);
        const int number = p.a;

        rig_want(rig, number, R);
        rig_turn(rig, 0);
        files_close_ends(rig->os, &p);
        rig_want(rig, number, 0);
        rig_turn(rig, 0);
        assert_int_equal(rig->stale, 0);
}

/* What a server does all day: a number is closed and given out anew. */
static void test_number_is_used_again(void **state)
{
        struct rig *rig = *state;

        for (int i = 0; i < 6; i++) {
                struct ends p = files_pipe(rig->os);
                const int number = p.a;

                rig_want(rig, number, R);
                if (i >= 2)
                        rig_turn(rig, 0);
                if (i % 2 == 0)
                        rig_want(rig, number, 0);
                files_close_ends(rig->os, &p);
                rig_want(rig, number, 0);

                p = files_pipe(rig->os);
                assert_int_equal(p.a, number);
                rig_want(rig, number, R);
                assert_int_equal(rig_ready(rig, number), 0);
                files_write(rig->os, p.b, "x");
                assert_int_equal(rig_ready(rig, number), R);
                rig_want(rig, number, 0);
                files_close_ends(rig->os, &p);
        }
}

/* The interest in the second file is given when it is wider already: the kernel, which forgot the
 * first file at its close, has to take a change for an addition. */
static void test_close_without_removal_and_a_wider_interest(void **state)
{
        struct rig *rig = *state;
        struct ends p = files_pair(rig->os);
        const int number = p.a;

        rig_want(rig, number, R);
        rig_turn(rig, 0);
        files_close_ends(rig->os, &p);
        p = files_pair(rig->os);
        assert_int_equal(p.a, number);
        rig_want(rig, number, R | W);
        assert_int_equal(rig_ready(rig, number), W);
        rig_want(rig, number, 0);
        files_close_ends(rig->os, &p);
}

/* The kernel knows a closed descriptor's file as long as a copy of the descriptor lives (epoll(7)).
 * What it says of that file must not be taken for the new owner of the number. */
static void test_closed_descriptor_whose_copy_lives(void **state)
{
        struct rig *rig = *state;
        struct ends old = files_pipe(rig->os);
        struct ends new = files_pipe(rig->os);
        int copy = files_dup(rig->os, old.a);
        const int number = old.a;

        rig_want(rig, number, R);
        rig_turn(rig, 0);
        files_close(rig->os, &old.a);
        rig_want(rig, number, 0); /* too late for the kernel to know which */
        files_write(rig->os, old.b, "x");
        rig_turn(rig, 0);
        assert_int_equal(rig->found[number], 0);

        files_move_to(rig->os, &new.a, number);
        rig_want(rig, number, R);
        rig_turn(rig, 0);
        assert_int_equal(rig->found[number], 0);
        files_write(rig->os, new.b, "x");
        rig_turn(rig, 0);
        assert_int_equal(rig->found[number], R);
        assert_int_equal(rig->times[number], 1);

        rig_want(rig, number, 0);
        files_close_ends(rig->os, &new);
        files_close_ends(rig->os, &old);
        files_close(rig->os, &copy);
        rig_turn(rig, 0);
        assert_int_equal(rig->stale, 0);
}

/* Two numbers of one file are two descriptors. */
static void test_copies_are_independent(void **state)
{
        struct rig *rig = *state;
        struct ends p = files_pipe(rig->os);
        int copy = files_dup(rig->os, p.a);

        files_write(rig->os, p.b, "x");
        rig_want(rig, p.a, R);
        rig_want(rig, copy, R);
        rig_turn(rig, 0);
        assert_int_equal(rig->found[p.a], R);
        assert_int_equal(rig->found[copy], R);
        rig_want(rig, p.a, 0);
        rig_turn(rig, 0);
        assert_int_equal(rig->found[copy], R);
        assert_int_equal(rig->stale, 0);
        rig_want(rig, copy, 0);
        files_close(rig->os, &copy);
        files_close_ends(rig->os, &p);
}

/* A descriptor is closed while there is interest in it. epoll, kqueue and event ports forget it;
 * poll, select and /dev/poll call it ready, so that its owner learns by the next call, and go on serving the others. */
static void test_closed_descriptor_does_not_disturb_the_others(void **state)
{
        struct rig *rig = *state;
        struct ends p = files_pipe(rig->os);
        struct ends q = files_pipe(rig->os);
        struct ends idle = files_pipe(rig->os);
        const int number = p.a;
        const bool is_forgotten = rig_is_epoll(rig) || rig_is(rig, &evi_backend_kqueue) ||
                                  rig_is(rig, &evi_backend_evport);
        const int expected = is_forgotten ? 0 : R | W;

        rig_want(rig, q.a, R);
        rig_want(rig, q.b, W);
        rig_want(rig, idle.a, R);
        rig_want(rig, number, R | W);
        rig_turn(rig, 0);
        files_close_ends(rig->os, &p);
        assert_int_equal(rig_ready(rig, number), expected);
        assert_int_equal(rig->found[q.a], 0);
        assert_int_equal(rig->found[q.b], W);
        files_write(rig->os, q.b, "x");
        assert_int_equal(rig_ready(rig, q.a), R);
        assert_int_equal(rig->found[idle.a], 0);
        rig_want_nothing(rig);
        files_close_ends(rig->os, &q);
        files_close_ends(rig->os, &idle);
}

int suite_change(void)
{
        const struct CMUnitTest tests[] = {
                RIG_TEST(test_every_change_of_interest),
                RIG_TEST(test_last_change_of_a_turn_counts),
                RIG_TEST(test_removal_then_close),
                RIG_TEST(test_close_then_removal),
                RIG_TEST(test_number_is_used_again),
                RIG_TEST(test_close_without_removal_and_a_wider_interest),
                RIG_TEST(test_closed_descriptor_whose_copy_lives),
                RIG_TEST(test_copies_are_independent),
                RIG_TEST(test_closed_descriptor_does_not_disturb_the_others),
        };
        return cmocka_run_group_tests_name("change", tests, NULL, NULL);
}
