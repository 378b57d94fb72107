/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Edge-triggered interest, where the backend has it: what became ready is told once.
 */
#include "rig.h"
#include "suite.h"

static struct rig *edge_rig(void **state)
{
        struct rig *rig = *state;

        if (!(rig->row->ops->features & EV_FEATURE_ET))
                skip();
        return rig;
}

/* In how many of the next turns fd is found. */
static int count_turns(struct rig *rig, int fd, int turns)
{
        int count = 0;

        for (int i = 0; i < turns; i++) {
                rig_turn(rig, 0);
                count += rig->found[fd] != 0;
        }
        return count;
}

static void test_level_is_told_each_turn_and_edge_once(void **state)
{
        struct rig *rig = edge_rig(state);
        struct ends p = files_pipe(rig->os);

        rig_want(rig, p.a, R);
        files_write(rig->os, p.b, "x");
        assert_int_equal(count_turns(rig, p.a, 5), 5);
        rig_want(rig, p.a, R | ET);
        assert_int_equal(count_turns(rig, p.a, 5), 1);
        rig_want(rig, p.a, R);
        assert_int_equal(count_turns(rig, p.a, 5), 5);
        rig_want(rig, p.a, 0);
        files_close_ends(rig->os, &p);
}

static void test_each_write_is_an_edge(void **state)
{
        struct rig *rig = edge_rig(state);
        struct ends p = files_pipe(rig->os);

        rig_want(rig, p.a, R | ET);
        assert_int_equal(count_turns(rig, p.a, 3), 0);
        for (int i = 0; i < 4; i++) {
                files_write(rig->os, p.b, "x");
                assert_int_equal(count_turns(rig, p.a, 3), 1);
        }
        rig_want(rig, p.a, 0);
        files_close_ends(rig->os, &p);
}

/* A change of the mask that lost EV_ET would make the descriptor level-triggered. What is new in it is
 * found; what was there already may be found once more (epoll re-arms it). */
static void test_change_of_interest_keeps_edges(void **state)
{
        struct rig *rig = edge_rig(state);
        const bool tells_close = (rig->row->ops->features & EV_FEATURE_EARLY_CLOSE) != 0;
        const int steps[] = {R, R | W, W, R | W | C, R | C, C, R};
        struct ends p = files_pair(rig->os);
        int before = 0;

        files_shutdown(rig->os, p.b, SHUT_WR);
        for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
                const int now = tells_close ? steps[i] : steps[i] & (R | W);

                if (now == 0)
                        continue;
                rig_want(rig, p.a, now | ET);
                rig_turn(rig, 0);
                assert_int_equal(rig->found[p.a] & ~now, 0);
                assert_int_equal(now & ~before & ~rig->found[p.a], 0);
                assert_int_equal(count_turns(rig, p.a, 4), 0);
                before = now;
        }
        rig_want(rig, p.a, 0);
        files_close_ends(rig->os, &p);
}

/* Removed and given anew: what is ready then is told once more, as for a new descriptor. */
static void test_interest_given_anew_is_a_new_edge(void **state)
{
        struct rig *rig = edge_rig(state);
        struct ends p = files_pipe(rig->os);

        files_write(rig->os, p.b, "x");
        rig_want(rig, p.a, R | ET);
        assert_int_equal(count_turns(rig, p.a, 3), 1);
        for (int i = 0; i < 3; i++) {
                rig_want(rig, p.a, 0);
                rig_want(rig, p.a, R | ET);
                assert_int_equal(count_turns(rig, p.a, 3), 1);
        }
        rig_want(rig, p.a, 0);
        files_close_ends(rig->os, &p);
}

int suite_edge(void)
{
        const struct CMUnitTest tests[] = {
                RIG_TEST(test_level_is_told_each_turn_and_edge_once),
                RIG_TEST(test_each_write_is_an_edge),
                RIG_TEST(test_change_of_interest_keeps_edges),
                RIG_TEST(test_interest_given_anew_is_a_new_edge),
        };
        return cmocka_run_group_tests_name("edge", tests, NULL, NULL);
}
