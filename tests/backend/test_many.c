/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Many descriptors, descriptors with high numbers, and the memory that goes with them.
 */
#include "rig.h"
#include "suite.h"

#define MANY 2000

/* How many descriptors there may be here. */
static int how_many(const struct rig *rig)
{
        const bool is_select = rig->row->ops == &evi_backend_select;

        return is_select && files_select_limit(rig->os) <= MANY ? MANY / 4 : MANY;
}

static void make_ready(struct rig *rig, int fds[], int count)
{
        const uint64_t one = 1;

        files_allow(rig->os, MANY + 200);
        for (int i = 0; i < count; i++) {
                fds[i] = files_eventfd(rig->os);
                assert_int_equal(os_write(rig->os, fds[i], &one, sizeof one), sizeof one);
                rig_want(rig, fds[i], R);
        }
}

static void close_all(struct rig *rig, int fds[], int count)
{
        for (int i = 0; i < count; i++)
                files_close(rig->os, &fds[i]);
}

/* Turns until each of the descriptors was found, however few a turn may find; in how many turns. */
static int find_all(struct rig *rig, const int fds[], int count)
{
        bool *seen = calloc((size_t)count, sizeof *seen);
        int left = count;
        int turns = 0;

        assert_non_null(seen);
        for (; left > 0 && turns < 1000; turns++) {
                rig_turn(rig, 0);
                for (int i = 0; i < count; i++) {
                        assert_in_range(rig->times[fds[i]], 0, 1);
                        left -= !seen[i] && rig->found[fds[i]] == R;
                        seen[i] = seen[i] || rig->found[fds[i]] == R;
                }
        }
        free(seen);
        assert_int_equal(left, 0);
        return turns;
}

static void test_two_thousand_descriptors(void **state)
{
        struct rig *rig = *state;
        const int count = how_many(rig);
        int fds[MANY];

        make_ready(rig, fds, count);
        /* 32 at first, then twice as many each turn: seven turns see 4064. */
        assert_in_range(find_all(rig, fds, count), 1, 8);
        for (int batch = 1; batch <= 64; batch += 21) {
                rig->batch = batch;
                assert_int_equal(find_all(rig, fds, count), 1);
        }
        for (int i = 0; i < count; i += 2)
                rig_want(rig, fds[i], 0);
        rig_turn(rig, 0);
        for (int i = 0; i < count; i++)
                assert_int_equal(rig->found[fds[i]], i % 2 == 0 ? 0 : R);
        rig_want_nothing(rig);
        rig_turn(rig, 0);
        assert_int_equal(rig->stale, 0);
        close_all(rig, fds, count);
}

/* All goes back but the smallest arrays: at once, or with the next turn for one that batches. */
static void test_memory_comes_back(void **state)
{
        struct rig *rig = *state;
        const int count = how_many(rig);
        int fds[MANY];

        for (int round = 0; round < 2; round++) {
                make_ready(rig, fds, count);
                for (int i = 0; i < 10; i++)
                        rig_turn(rig, 0);
                rig_want_nothing(rig);
                if (rig->row->ops->is_batching)
                        rig_turn(rig, 0);
                assert_in_range(rig->shim.live_bytes, 0, rig->bytes_at_start + 3072);
                close_all(rig, fds, count);
        }
}

/* So long as nobody but us has so high a number. FD_SETSIZE is 1024. */
static void test_descriptors_above_every_limit_of_select(void **state)
{
        struct rig *rig = *state;
        const int numbers[] = {1023, 1024, 1025, 2047, 2048, 4097, 8000};
        struct ends p[7];

        if (how_many(rig) < MANY)
                skip();
        files_allow(rig->os, RIG_FDS);
        for (int i = 0; i < 7; i++) {
                p[i] = files_pipe(rig->os);
                files_move_up(rig->os, &p[i].a, numbers[i]);
                assert_int_equal(p[i].a, numbers[i]);
                rig_want(rig, p[i].a, R);
        }
        for (int i = 0; i < 7; i++) {
                assert_int_equal(rig_ready(rig, p[i].a), 0);
                files_write(rig->os, p[i].b, "x");
                assert_int_equal(rig_ready(rig, p[i].a), R);
                for (int j = 0; j < 7; j++)
                        assert_int_equal(rig->found[p[j].a], j <= i ? R : 0);
        }
        /* The highest goes first, then the lowest: what is left is still found. */
        rig_want(rig, p[6].a, 0);
        rig_want(rig, p[0].a, 0);
        assert_int_equal(rig_ready(rig, p[5].a), R);
        assert_int_equal(rig->found[p[6].a], 0);
        assert_int_equal(rig->found[p[0].a], 0);
        rig_want_nothing(rig);
        for (int i = 0; i < 7; i++)
                files_close_ends(rig->os, &p[i]);
}

/* Every bit of a word of a set, and both sides of its borders. */
static void test_neighbours_are_told_apart(void **state)
{
        enum { COUNT = 140 };
        struct rig *rig = *state;
        int fds[COUNT];

        for (int i = 0; i < COUNT; i++) {
                fds[i] = files_eventfd(rig->os);
                rig_want(rig, fds[i], R);
        }
        for (int i = 0; i < COUNT; i++) {
                uint64_t one = 1;

                assert_int_equal(os_write(rig->os, fds[i], &one, sizeof one), sizeof one);
                rig_turn(rig, 0);
                for (int j = 0; j < COUNT; j++)
                        assert_int_equal(rig->found[fds[j]], i == j ? R : 0);
                assert_int_equal(os_read(rig->os, fds[i], &one, sizeof one), sizeof one);
        }
        rig_want_nothing(rig);
        close_all(rig, fds, COUNT);
}

int suite_many(void)
{
        const struct CMUnitTest tests[] = {
                RIG_TEST(test_two_thousand_descriptors),
                RIG_TEST(test_memory_comes_back),
                RIG_TEST(test_descriptors_above_every_limit_of_select),
                RIG_TEST(test_neighbours_are_told_apart),
        };
        return cmocka_run_group_tests_name("many", tests, NULL, NULL);
}
