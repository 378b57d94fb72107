/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Lists: first what each function is for, then every sequence of operations up to a length, on two
 * lists and a few things, against arrays.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "util/list.h"

struct thing {
        int number;
        struct evi_link link;
};

static int number_of(struct evi_link *link)
{
        return EVI_CONTAINER_OF(link, struct thing, link)->number;
}

static void test_things_come_out_in_the_order_of_the_queue(void **state)
{
        struct thing a = {1, {0}}, b = {2, {0}}, c = {3, {0}};
        struct evi_link head;

        (void)state;
        evi_list_init(&head);
        assert_true(evi_list_is_empty(&head));
        assert_null(evi_list_first(&head));
        assert_null(evi_list_last(&head));

        evi_list_push_tail(&head, &b.link);
        evi_list_push_tail(&head, &c.link);
        evi_list_push_head(&head, &a.link);
        assert_false(evi_list_is_empty(&head));

        int expected = 1;
        for (struct evi_link *l = evi_list_first(&head); l != NULL; l = evi_list_next(&head, l))
                assert_int_equal(number_of(l), expected++);
        assert_int_equal(expected, 4);
        for (struct evi_link *l = evi_list_last(&head); l != NULL; l = evi_list_prev(&head, l))
                assert_int_equal(number_of(l), --expected);
        assert_int_equal(expected, 1);
}

static void test_zeroed_link_is_in_no_list_and_so_is_a_removed_one(void **state)
{
        struct thing a = {1, {0}}, b = {2, {0}};
        struct evi_link head;

        (void)state;
        evi_list_init(&head);
        assert_false(evi_link_is_listed(&a.link));
        evi_list_push_tail(&head, &a.link);
        evi_list_push_tail(&head, &b.link);
        assert_true(evi_link_is_listed(&a.link));

        evi_list_remove(&a.link);
        assert_false(evi_link_is_listed(&a.link));
        assert_ptr_equal(evi_list_first(&head), &b.link);
        evi_list_push_tail(&head, &a.link); /* and may come back */
        assert_ptr_equal(evi_list_last(&head), &a.link);
}

/* As struct event reserves room for its links: two pointers of other types. */
struct foreign {
        struct {
                struct foreign *next;
                struct foreign **prev;
        } room;
};

static void test_link_may_lie_where_the_public_layout_has_other_pointers(void **state)
{
        struct foreign f;
        struct evi_link head;
        struct evi_link *link = (struct evi_link *)(void *)&f.room;

        (void)state;
        assert_true(sizeof *link <= sizeof f.room);
        evi_list_init(&head);
        f.room.next = NULL;
        assert_false(evi_link_is_listed(link));
        evi_list_push_tail(&head, link);
        assert_non_null(f.room.next);
        f.room.next = NULL; /* the user zeroes his struct */
        assert_false(evi_link_is_listed(link));
}

/* The model: two arrays of numbers. */

enum { THINGS = 4, LISTS = 2, DEPTH = 5 };

struct model {
        int count[LISTS];
        int numbers[LISTS][THINGS];
};

static struct evi_link heads[LISTS];
static struct thing things[THINGS];
static long sequences;

struct snapshot {
        struct evi_link heads[LISTS];
        struct thing things[THINGS];
};

static void save(struct snapshot *s)
{
        memcpy(s->heads, heads, sizeof heads);
        memcpy(s->things, things, sizeof things);
}

static void restore(const struct snapshot *s)
{
        memcpy(heads, s->heads, sizeof heads);
        memcpy(things, s->things, sizeof things);
}

static void model_insert(struct model *m, int list, int at, int number)
{
        for (int i = m->count[list]++; i > at; i--)
                m->numbers[list][i] = m->numbers[list][i - 1];
        m->numbers[list][at] = number;
}

static void model_remove(struct model *m, int list, int at)
{
        m->count[list]--;
        for (int i = at; i < m->count[list]; i++)
                m->numbers[list][i] = m->numbers[list][i + 1];
}

static bool model_find(const struct model *m, int number, int *list, int *at)
{
        for (*list = 0; *list < LISTS; ++*list)
                for (*at = 0; *at < m->count[*list]; ++*at)
                        if (m->numbers[*list][*at] == number)
                                return true;
        return false;
}

static void check_list(const struct model *m, int list)
{
        const struct evi_link *head = &heads[list];
        struct evi_link *l = evi_list_first(head);

        assert_int_equal(evi_list_is_empty(head), m->count[list] == 0);
        for (int i = 0; i < m->count[list]; i++, l = evi_list_next(head, l)) {
                assert_non_null(l);
                assert_int_equal(number_of(l), m->numbers[list][i]);
        }
        assert_null(l);
        l = evi_list_last(head);
        for (int i = m->count[list]; i-- > 0; l = evi_list_prev(head, l)) {
                assert_non_null(l);
                assert_int_equal(number_of(l), m->numbers[list][i]);
        }
        assert_null(l);
}

static void check(const struct model *m)
{
        int list, at;

        for (int i = 0; i < LISTS; i++)
                check_list(m, i);
        for (int i = 0; i < THINGS; i++)
                assert_int_equal(evi_link_is_listed(&things[i].link), model_find(m, i, &list, &at));
}

static void explore(const struct model *m, int depth);

static void next_step(const struct snapshot *before, const struct model *after, int depth)
{
        check(after);
        explore(after, depth - 1);
        restore(before);
}

static void explore_insertions(const struct snapshot *before, const struct model *m, int number,
                               int depth)
{
        struct evi_link *link = &things[number].link;

        for (int list = 0; list < LISTS; list++) {
                struct model after = *m;
                model_insert(&after, list, 0, number);
                evi_list_push_head(&heads[list], link);
                next_step(before, &after, depth);

                for (int at = 0; at <= m->count[list]; at++) {
                        const bool is_end = at == m->count[list];
                        after = *m;
                        model_insert(&after, list, at, number);
                        if (is_end)
                                evi_list_push_tail(&heads[list], link);
                        else
                                evi_list_insert_before(&things[m->numbers[list][at]].link, link);
                        next_step(before, &after, depth);
                }
        }
}

static void explore_moves(const struct snapshot *before, const struct model *m, int depth)
{
        for (int from = 0; from < LISTS; from++) {
                const int to = 1 - from;
                struct model after = *m;
                while (after.count[from] > 0) {
                        model_insert(&after, to, after.count[to], after.numbers[from][0]);
                        model_remove(&after, from, 0);
                }
                evi_list_move_all(&heads[from], &heads[to]);
                next_step(before, &after, depth);
        }
}

static void explore(const struct model *m, int depth)
{
        struct snapshot before;
        int list, at;

        sequences++;
        if (depth == 0)
                return;
        save(&before);
        for (int number = 0; number < THINGS; number++) {
                if (model_find(m, number, &list, &at)) {
                        struct model after = *m;
                        model_remove(&after, list, at);
                        evi_list_remove(&things[number].link);
                        next_step(&before, &after, depth);
                } else {
                        explore_insertions(&before, m, number, depth);
                }
        }
        explore_moves(&before, m, depth);
}

static void test_every_sequence_of_operations_agrees_with_arrays(void **state)
{
        const struct model empty = {{0}, {{0}}};

        (void)state;
        for (int i = 0; i < LISTS; i++)
                evi_list_init(&heads[i]);
        for (int i = 0; i < THINGS; i++)
                things[i] = (struct thing){i, {0}};
        check(&empty);
        explore(&empty, DEPTH);
        print_message("%ld sequences\n", sequences);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_things_come_out_in_the_order_of_the_queue),
                cmocka_unit_test(test_zeroed_link_is_in_no_list_and_so_is_a_removed_one),
                cmocka_unit_test(test_link_may_lie_where_the_public_layout_has_other_pointers),
                cmocka_unit_test(test_every_sequence_of_operations_agrees_with_arrays),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
