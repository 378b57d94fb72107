/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Numbers that change hands while a thread is in wait, or has left it but not yet collected. The
 * three phases are called by hand here, which is what they are for.
 */
#include "rig.h"
#include "suite.h"

/* A pipe with a byte in it was found readable, and is not collected yet. */
static struct ends find_readable(struct rig *rig)
{
        struct ends p = files_pipe(rig->os);

        files_write(rig->os, p.b, "x");
        rig_want(rig, p.a, R);
        rig_prepare(rig);
        rig_wait(rig, FOREVER);
        return p;
}

static void test_interest_removed_after_the_wait(void **state)
{
        struct rig *rig = *state;
        struct ends p = find_readable(rig);

        rig_want(rig, p.a, 0);
        rig_collect(rig);
        assert_int_equal(rig->found[p.a], 0);
        files_close_ends(rig->os, &p);
}

static void test_number_given_to_another_file_after_the_wait(void **state)
{
        struct rig *rig = *state;
        struct ends p = find_readable(rig);
        struct ends q = files_pipe(rig->os);
        const int number = p.a;

        rig_want(rig, number, 0);
        files_close(rig->os, &p.a);
        files_move_to(rig->os, &q.a, number);
        rig_want(rig, number, R);
        rig_collect(rig);
        assert_int_equal(rig->found[number], 0);

        assert_int_equal(rig_ready(rig, number), 0);
        files_write(rig->os, q.b, "x");
        assert_int_equal(rig_ready(rig, number), R);
        rig_want(rig, number, 0);
        files_close_ends(rig->os, &q);
        files_close_ends(rig->os, &p);
}

/* The same file even: this turn's finding belongs to the interest that was removed, the next turn's
 * to the new one. Nothing is lost. */
static void test_interest_given_anew_after_the_wait(void **state)
{
        struct rig *rig = *state;
        struct ends p = find_readable(rig);

        rig_want(rig, p.a, 0);
        rig_want(rig, p.a, R);
        rig_collect(rig);
        assert_int_equal(rig->found[p.a], 0);
        assert_int_equal(rig_ready(rig, p.a), R);
        rig_want(rig, p.a, 0);
        files_close_ends(rig->os, &p);
}

/* A change that is no removal leaves the finding valid. */
static void test_interest_widened_after_the_wait(void **state)
{
        struct rig *rig = *state;
        struct ends p = find_readable(rig);

        rig_want(rig, p.a, R | W);
        rig_collect(rig);
        assert_int_equal(rig->found[p.a] & R, R);
        rig_want(rig, p.a, 0);
        files_close_ends(rig->os, &p);
}

/* A registration that is renewed (was == now) has a new generation too. The changelist alone asks
 * for that, and not of itself. */
static void test_renewal(void **state)
{
        struct rig *rig = *state;
        struct ends p;
        uint32_t before;

        if (rig->row->ops->is_batching)
                skip();
        p = files_pipe(rig->os);
        files_write(rig->os, p.b, "x");
        rig_want(rig, p.a, R);
        before = rig->state[p.a][0];
        rig_prepare(rig);
        rig_wait(rig, FOREVER);
        assert_int_equal(rig->b->ops->set(rig->b, p.a, R, R, rig->state[p.a]), 0);
        rig_collect(rig);
        assert_int_equal(rig->found[p.a], 0);
        assert_true(rig->state[p.a][0] != before || rig->row->ops == &evi_backend_select);
        assert_int_equal(rig_ready(rig, p.a), R);
        rig_want(rig, p.a, 0);
        files_close_ends(rig->os, &p);
}

/* ---- Many at once ------------------------------------------------------------------------ */

/* Pipes with a byte in each, high numbers among them, so that all arrays would like to shrink when
 * interest goes; found for so many turns that one answer has them all. */
enum { MANY = 300, HIGH = 7000 };

static void find_many_readable(struct rig *rig, struct ends p[])
{
        const bool may_be_high =
                rig->row->ops != &evi_backend_select || files_select_limit(rig->os) > RIG_FDS;

        files_allow(rig->os, RIG_FDS);
        for (int i = 0; i < MANY; i++) {
                p[i] = files_pipe(rig->os);
                if (may_be_high && i % 2 == 0)
                        files_move_up(rig->os, &p[i].a, HIGH);
                files_write(rig->os, p[i].b, "x");
                rig_want(rig, p[i].a, R);
        }
        for (int i = 0; i < 10; i++)
                rig_turn(rig, 0);
        rig_prepare(rig);
        rig_wait(rig, FOREVER);
}

/* All interest goes, and some comes back to descriptors that are not readable any more. */
static void change_hands(struct rig *rig, struct ends p[])
{
        for (int i = 0; i < MANY; i++)
                rig_want(rig, p[i].a, 0);
        for (int i = 0; i < MANY; i += 4) {
                files_drain(rig->os, p[i].a);
                rig_want(rig, p[i].a, R);
        }
}

static void end_many(struct rig *rig, struct ends p[])
{
        rig_want_nothing(rig);
        rig_turn(rig, 0);
        assert_int_equal(rig->stale, 0);
        for (int i = 0; i < MANY; i++)
                files_close_ends(rig->os, &p[i]);
}

static void test_everything_changes_hands_after_the_wait(void **state)
{
        struct rig *rig = *state;
        struct ends p[MANY];

        find_many_readable(rig, p);
        change_hands(rig, p);
        rig_collect(rig);
        for (int i = 0; i < MANY; i++)
                assert_int_equal(rig->found[p[i].a], 0);
        assert_int_equal(rig_ready(rig, p[0].a), 0);
        end_many(rig, p);
}

static void test_everything_changes_hands_between_two_collects(void **state)
{
        struct rig *rig = *state;
        struct ends p[MANY];
        struct fd_ready ready[16];

        find_many_readable(rig, p);
        assert_int_equal(rig->b->ops->collect(rig->b, ready, 16), 16);
        for (int i = 0; i < 16; i++)
                assert_int_equal(rig->state[ready[i].fd][0], ready[i].generation);
        change_hands(rig, p);
        rig_collect(rig);
        for (int i = 0; i < MANY; i++)
                assert_int_equal(rig->found[p[i].a], 0);
        end_many(rig, p);
}

static void *wait_forever(void *arg)
{
        rig_wait(arg, FOREVER);
        return NULL;
}

/* The real thing: one thread sleeps in wait while another removes, closes and adds. As in the loop,
 * the sleeper is woken by a descriptor of its own. */
static void test_changes_while_another_thread_waits(void **state)
{
        struct rig *rig = *state;
        struct ends wake = files_pipe(rig->os);

        rig_want(rig, wake.a, R);
        for (int i = 0; i < 50; i++) {
                struct ends p = files_pipe(rig->os);
                struct ends q = files_pipe(rig->os);
                const int number = p.a;

                rig_want(rig, number, R);
                rig_prepare(rig);
                files_run_beside(wait_forever, rig);
                rig_want(rig, number, 0);
                files_close_ends(rig->os, &p);
                files_move_to(rig->os, &q.a, number);
                rig_want(rig, number, R);
                files_write(rig->os, wake.b, "x");
                files_join();
                rig_collect(rig);
                assert_int_equal(rig->found[number], 0);

                files_write(rig->os, q.b, "x");
                rig_turn(rig, FOREVER);
                assert_int_equal(rig->found[number], R);
                files_drain(rig->os, wake.a);
                rig_want(rig, number, 0);
                rig_turn(rig, 0);
                files_close_ends(rig->os, &q);
        }
        rig_want(rig, wake.a, 0);
        files_close_ends(rig->os, &wake);
}

int suite_generation(void)
{
        const struct CMUnitTest tests[] = {
                RIG_TEST(test_interest_removed_after_the_wait),
                RIG_TEST(test_number_given_to_another_file_after_the_wait),
                RIG_TEST(test_interest_given_anew_after_the_wait),
                RIG_TEST(test_interest_widened_after_the_wait),
                RIG_TEST(test_renewal),
                RIG_TEST(test_everything_changes_hands_after_the_wait),
                RIG_TEST(test_everything_changes_hands_between_two_collects),
                RIG_TEST(test_changes_while_another_thread_waits),
        };
        return cmocka_run_group_tests_name("generation", tests, NULL, NULL);
}
