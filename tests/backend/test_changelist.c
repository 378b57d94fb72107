/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What only the changelist has: how few calls reach the kernel, and what becomes of one that is
 * refused when nobody can be told any more.
 */
#include "rig.h"
#include "suite.h"

static struct rig *changelist_rig(void **state)
{
        struct rig *rig = *state;

        if (!rig->row->ops->is_batching)
                skip();
        return rig;
}

static void test_nothing_is_sent_before_the_turn(void **state)
{
        struct rig *rig = changelist_rig(state);
        struct ends p = files_pipe(rig->os);

        rig_want(rig, p.a, R);
        assert_int_equal(rig_calls(rig, CTL), 0);
        rig_prepare(rig);
        assert_int_equal(rig_calls(rig, CTL), 1);
        rig_wait(rig, 0);
        rig_collect(rig);
        rig_want(rig, p.a, 0);
        assert_int_equal(rig_calls(rig, CTL), 1);
        rig_turn(rig, 0);
        assert_int_equal(rig_calls(rig, CTL), 2);
        files_close_ends(rig->os, &p);
}

static void test_what_is_taken_back_costs_nothing(void **state)
{
        struct rig *rig = changelist_rig(state);
        struct ends p = files_pair(rig->os);

        rig_want(rig, p.a, R);
        rig_want(rig, p.a, 0);
        rig_turn(rig, 0);
        assert_int_equal(rig_calls(rig, CTL), 0);

        rig_want(rig, p.a, R);
        rig_turn(rig, 0);
        rig_forget(rig);
        for (int i = 0; i < 10; i++) {
                rig_want(rig, p.a, R | W);
                rig_want(rig, p.a, R);
                rig_turn(rig, 0);
        }
        assert_int_equal(rig_calls(rig, CTL), 0);
        rig_want(rig, p.a, 0);
        rig_turn(rig, 0);
        files_close_ends(rig->os, &p);
}

/* Removed and added within a turn is one call if the file is the same; if it is another one, of
 * which the kernel knows nothing, the same change becomes an addition. */
static void test_removed_and_added_is_never_dropped(void **state)
{
        struct rig *rig = changelist_rig(state);
        struct ends p = files_pipe(rig->os);
        struct ends q = files_pipe(rig->os);
        const int number = p.a;

        rig_want(rig, number, R);
        rig_turn(rig, 0);
        rig_forget(rig);
        rig_want(rig, number, 0);
        rig_want(rig, number, R);
        rig_turn(rig, 0);
        assert_int_equal(rig_calls(rig, CTL), 1);
        assert_int_equal(rig_last(rig, CTL)->call, SHIM_EPOLL_MOD);

        rig_want(rig, number, 0);
        files_close(rig->os, &p.a);
        files_move_to(rig->os, &q.a, number);
        rig_want(rig, number, R);
        rig_turn(rig, 0);
        assert_int_equal(rig_calls(rig, CTL), 3);
        assert_int_equal(rig_last(rig, CTL)->call, SHIM_EPOLL_ADD);
        files_write(rig->os, q.b, "x");
        assert_int_equal(rig_ready(rig, number), R);

        rig_want(rig, number, 0);
        rig_turn(rig, 0);
        files_close_ends(rig->os, &p);
        files_close_ends(rig->os, &q);
}

/* Added and closed before the kernel heard of it: as if it had been added and then closed. */
static void test_closed_before_it_was_sent(void **state)
{
        struct rig *rig = changelist_rig(state);
        struct ends p = files_pipe(rig->os);
        const int number = p.a;

        rig_want(rig, number, R);
        files_close_ends(rig->os, &p);
        rig_turn(rig, 0);
        assert_int_equal(rig->found[number], 0);
        rig_forget(rig);
        rig_turn(rig, MS);
        assert_int_equal(rig_calls(rig, CTL), 0);

        p = files_pipe(rig->os);
        assert_int_equal(p.a, number);
        rig_want(rig, number, 0);
        rig_want(rig, number, R);
        files_write(rig->os, p.b, "x");
        assert_int_equal(rig_ready(rig, number), R);
        rig_want(rig, number, 0);
        rig_turn(rig, 0);
        files_close_ends(rig->os, &p);
}

/* The kernel refuses for a while: the descriptor counts as ready, no wait waits, and it is tried
 * again until it works. */
static void test_refused_change_is_tried_again(void **state)
{
        struct rig *rig = changelist_rig(state);
        struct ends p = files_pair(rig->os);
        struct ends q = files_pair(rig->os);

        rig_want(rig, q.a, W);
        rig_turn(rig, 0);
        shim_fail(&rig->shim, CTL, 1, true);
        rig_want(rig, p.a, R | C);
        for (int i = 0; i < 3; i++) {
                rig_turn(rig, FOREVER);
                assert_int_equal(rig->found[p.a], R | C);
                assert_int_equal(rig->found[q.a], W);
        }
        shim_heal(&rig->shim);
        assert_int_equal(rig_ready(rig, p.a), 0);
        rig_forget(rig);
        rig_turn(rig, 0);
        assert_int_equal(rig_calls(rig, CTL), 0);
        files_write(rig->os, p.b, "x");
        assert_int_equal(rig_ready(rig, p.a), R);
        rig_want_nothing(rig);
        rig_turn(rig, 0);
        files_close_ends(rig->os, &p);
        files_close_ends(rig->os, &q);
}

/* It need not have been sent to be removed, or to be given to another file meanwhile. */
static void test_refused_change_is_removed(void **state)
{
        struct rig *rig = changelist_rig(state);
        struct ends p = files_pipe(rig->os);

        shim_fail(&rig->shim, CTL, 1, true);
        rig_want(rig, p.a, R);
        rig_prepare(rig);
        rig_wait(rig, FOREVER);
        rig_want(rig, p.a, 0);
        rig_want(rig, p.a, R);
        rig_collect(rig);
        assert_int_equal(rig->found[p.a], 0);
        rig_want(rig, p.a, 0);
        rig_turn(rig, MS);
        assert_int_equal(rig->found[p.a], 0);
        files_close_ends(rig->os, &p);
}

/* A change, not the first: what the kernel has meanwhile is still told. */
static void test_refused_widening(void **state)
{
        struct rig *rig = changelist_rig(state);
        struct ends p = files_pair(rig->os);

        rig_want(rig, p.a, R);
        rig_turn(rig, 0);
        shim_fail(&rig->shim, CTL, 1, true);
        rig_want(rig, p.a, R | W);
        files_write(rig->os, p.b, "x");
        rig_turn(rig, FOREVER);
        assert_int_equal(rig->found[p.a], R | W);
        assert_int_equal(rig->times[p.a], 2);
        shim_heal(&rig->shim);
        rig_turn(rig, 0);
        assert_int_equal(rig->times[p.a], 1);
        rig_want(rig, p.a, 0);
        rig_turn(rig, 0);
        files_close_ends(rig->os, &p);
}

/* It cannot be kept in the list: the state that goes with it may be freed after the turn. */
static void test_refused_removal_is_forgotten(void **state)
{
        struct rig *rig = changelist_rig(state);
        struct ends p = files_pipe(rig->os);

        rig_want(rig, p.a, R);
        rig_turn(rig, 0);
        shim_fail(&rig->shim, CTL, 1, true);
        rig_want(rig, p.a, 0);
        rig_turn(rig, 0);
        rig_forget(rig);
        rig_turn(rig, MS);
        assert_int_equal(rig_calls(rig, CTL), 0);
        assert_int_equal(rig->stale, 0);
        files_close_ends(rig->os, &p);
}

/* A failed renewal still reaches the new owner, and not what the kernel says of the old one. */
static void test_refused_renewal(void **state)
{
        struct rig *rig = changelist_rig(state);
        struct ends p = files_pipe(rig->os);

        rig_want(rig, p.a, R);
        rig_turn(rig, 0);
        shim_fail(&rig->shim, CTL, 1, true);
        rig_want(rig, p.a, 0);
        rig_want(rig, p.a, R);
        files_write(rig->os, p.b, "x");
        rig_turn(rig, FOREVER);
        assert_int_equal(rig->found[p.a], R);
        assert_int_equal(rig->times[p.a], 1);
        assert_int_equal(rig->stale, 1);
        shim_heal(&rig->shim);
        rig_turn(rig, 0);
        assert_int_equal(rig->found[p.a], R);
        assert_int_equal(rig->stale, 0);
        rig_want(rig, p.a, 0);
        rig_turn(rig, 0);
        files_close_ends(rig->os, &p);
}

/* No memory for the list: the kernel is told at once. */
static void test_without_memory_changes_are_applied_at_once(void **state)
{
        struct rig *rig = changelist_rig(state);
        struct ends p = files_pipe(rig->os);

        shim_fail(&rig->shim, SHIM_MEMORY, 1, true);
        rig_want(rig, p.a, R);
        assert_int_equal(rig_calls(rig, CTL), 1);
        files_write(rig->os, p.b, "x");
        assert_int_equal(rig_ready(rig, p.a), R);
        rig_want(rig, p.a, 0);
        assert_int_equal(rig_calls(rig, CTL), 2);
        rig_turn(rig, 0);
        assert_int_equal(rig->stale, 0);
        files_close_ends(rig->os, &p);
}

int suite_changelist(void)
{
        const struct CMUnitTest tests[] = {
                RIG_TEST(test_nothing_is_sent_before_the_turn),
                RIG_TEST(test_what_is_taken_back_costs_nothing),
                RIG_TEST(test_removed_and_added_is_never_dropped),
                RIG_TEST(test_closed_before_it_was_sent),
                RIG_TEST(test_refused_change_is_tried_again),
                RIG_TEST(test_refused_change_is_removed),
                RIG_TEST(test_refused_widening),
                RIG_TEST(test_refused_removal_is_forgotten),
                RIG_TEST(test_refused_renewal),
                RIG_TEST(test_without_memory_changes_are_applied_at_once),
        };
        return cmocka_run_group_tests_name("changelist", tests, NULL, NULL);
}
