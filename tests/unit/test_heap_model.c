/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The timer heap against a sorted array: every sequence of operations up to a length; every
 * operation on every heap of up to ten entries, which is the smallest size at which the entry that
 * fills a hole can belong above it; and long random runs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "random.h"
#include "small_world.h"
#include "util/heap.h"

enum { SMALL = 10, LARGE = 4000 };

static struct small_world world;
static struct evi_heap heap;
static int indices[LARGE];

/* The model: the heap's entries as a sorted array of (deadline, number, timer). */

struct item {
        int64_t deadline_ns;
        uint64_t seq;
        int timer;
};

struct model {
        struct item *items;
        int count;
};

static bool item_is_before(const struct item *a, const struct item *b)
{
        if (a->deadline_ns == b->deadline_ns)
                return a->seq < b->seq;
        return a->deadline_ns < b->deadline_ns;
}

static void model_insert(struct model *m, struct item item)
{
        int i = m->count++;

        for (; i > 0 && item_is_before(&item, &m->items[i - 1]); i--)
                m->items[i] = m->items[i - 1];
        m->items[i] = item;
}

static void model_remove(struct model *m, int timer)
{
        int i = 0;

        while (m->items[i].timer != timer)
                i++;
        m->count--;
        memmove(&m->items[i], &m->items[i + 1], (size_t)(m->count - i) * sizeof m->items[0]);
}

static const struct evi_heap_entry *entry_of(int timer)
{
        assert_in_range(indices[timer], 0, heap.count - 1);
        return &heap.entries[indices[timer]];
}

static void check_top(const struct model *m)
{
        const struct evi_heap_entry *top = evi_heap_top(&heap);

        assert_int_equal(heap.count, m->count);
        if (m->count == 0)
                assert_null(top);
        else
                assert_ptr_equal(top->index, &indices[m->items[0].timer]);
}

/* The heap has the model's entries, and no others. */
static void check_all(const struct model *m)
{
        check_top(m);
        assert_true(evi_heap_is_valid(&heap));
        for (int i = 0; i < m->count; i++) {
                const struct evi_heap_entry *entry = entry_of(m->items[i].timer);
                assert_true(entry->deadline_ns == m->items[i].deadline_ns);
                assert_true(entry->seq == m->items[i].seq);
                assert_ptr_equal(entry->index, &indices[m->items[i].timer]);
        }
}

static void drain(struct model *m)
{
        for (; m->count > 0; m->count--, m->items++) {
                check_top(m);
                evi_heap_remove(&heap, 0);
                assert_int_equal(indices[m->items[0].timer], EVI_HEAP_NONE);
        }
        check_top(m);
}

static int set_up(void **state)
{
        (void)state;
        small_world_init(&world);
        evi_heap_init(&heap);
        for (int i = 0; i < LARGE; i++)
                indices[i] = EVI_HEAP_NONE;
        return evi_heap_reserve(&heap, &world.os, LARGE);
}

static int tear_down(void **state)
{
        (void)state;
        evi_heap_clear(&heap, &world.os);
        return world.blocks == 0 ? 0 : -1;
}

/* Every sequence: three deadlines, and each setting has the next number. */

enum { DEPTH = 6, DEADLINES = 3 };

struct snapshot {
        struct evi_heap_entry entries[SMALL];
        int indices[SMALL];
        int count;
        struct item items[SMALL];
        int items_count;
};

static void save(struct snapshot *s, const struct model *m)
{
        s->count = heap.count;
        memcpy(s->entries, heap.entries, sizeof s->entries);
        memcpy(s->indices, indices, sizeof s->indices);
        s->items_count = m->count;
        memcpy(s->items, m->items, sizeof s->items);
}

static void restore(const struct snapshot *s, struct model *m)
{
        heap.count = s->count;
        memcpy(heap.entries, s->entries, sizeof s->entries);
        memcpy(indices, s->indices, sizeof s->indices);
        m->count = s->items_count;
        memcpy(m->items, s->items, sizeof s->items);
}

static long sequences;

static void explore(struct model *m, int depth, uint64_t seq);

static void next_step(const struct snapshot *before, struct model *m, int depth, uint64_t seq)
{
        check_all(m);
        explore(m, depth - 1, seq + 1);
        restore(before, m);
}

static void explore(struct model *m, int depth, uint64_t seq)
{
        struct snapshot before;
        int unset = 0;

        sequences++;
        if (depth == 0)
                return;
        save(&before, m);
        while (indices[unset] != EVI_HEAP_NONE)
                unset++;
        for (int deadline = 0; deadline < DEADLINES; deadline++) {
                evi_heap_push(&heap, deadline, seq, &indices[unset]);
                model_insert(m, (struct item){deadline, seq, unset});
                next_step(&before, m, depth, seq);
        }
        for (int timer = 0; timer < DEPTH; timer++) {
                if (indices[timer] == EVI_HEAP_NONE)
                        continue;
                evi_heap_remove(&heap, indices[timer]);
                assert_int_equal(indices[timer], EVI_HEAP_NONE);
                model_remove(m, timer);
                next_step(&before, m, depth, seq);
                for (int deadline = 0; deadline < DEADLINES; deadline++) {
                        evi_heap_change(&heap, indices[timer], deadline, seq);
                        model_remove(m, timer);
                        model_insert(m, (struct item){deadline, seq, timer});
                        next_step(&before, m, depth, seq);
                }
        }
}

static void test_every_sequence_of_operations(void **state)
{
        struct item items[SMALL + 1];
        struct model m = {items, 0};

        (void)state;
        sequences = 0;
        memset(items, 0, sizeof items);
        memset(heap.entries, 0, SMALL * sizeof heap.entries[0]);
        explore(&m, DEPTH, 0);
        print_message("%ld sequences\n", sequences);
}

/*
 * Every heap of n entries: each way to give the places 0..n-1 the ranks 0..n-1 so that no parent
 * has a higher rank than its child. The keys of ranks leave room between them for the new keys of
 * changes, and `width` ranks in a row have one deadline, so that the numbers decide.
 */

struct shape {
        int n;
        int width;
        int rank_at[SMALL];
        int place_of[SMALL];
};

static long operations;
static long sifts_up_after_removal;

static int64_t deadline_of(const struct shape *s, int key)
{
        return key / (2 * s->width);
}

static void build(const struct shape *s, struct model *m)
{
        heap.count = s->n;
        m->count = s->n;
        for (int rank = 0; rank < s->n; rank++) {
                const int place = s->place_of[rank];
                const int key = 2 * rank + 1;
                const int64_t deadline = deadline_of(s, key);
                heap.entries[place] =
                        (struct evi_heap_entry){deadline, (uint64_t)key, &indices[rank]};
                indices[rank] = place;
                m->items[rank] = (struct item){deadline, (uint64_t)key, rank};
        }
        operations++;
}

static void try_operations(const struct shape *s)
{
        struct item items[SMALL + 1];
        struct model m = {items, 0};

        for (int place = 0; place < s->n; place++) {
                const int timer = s->rank_at[place];
                const int last = s->rank_at[s->n - 1];
                build(s, &m);
                evi_heap_remove(&heap, place);
                assert_int_equal(indices[timer], EVI_HEAP_NONE);
                model_remove(&m, timer);
                check_all(&m);
                if (place < s->n - 1 && indices[last] < place)
                        sifts_up_after_removal++;
        }
        for (int key = 0; key <= 2 * s->n; key += 2) {
                for (int place = 0; place < s->n; place++) {
                        const int timer = s->rank_at[place];
                        build(s, &m);
                        evi_heap_change(&heap, place, deadline_of(s, key), (uint64_t)key);
                        model_remove(&m, timer);
                        model_insert(&m, (struct item){deadline_of(s, key), (uint64_t)key, timer});
                        check_all(&m);
                }
                if (s->n < SMALL) {
                        build(s, &m);
                        indices[s->n] = EVI_HEAP_NONE;
                        evi_heap_push(&heap, deadline_of(s, key), (uint64_t)key, &indices[s->n]);
                        model_insert(&m, (struct item){deadline_of(s, key), (uint64_t)key, s->n});
                        check_all(&m);
                }
        }
}

/* Gives rank to each free place whose parent has a rank already, and goes on with the next rank. */
static void for_each_shape(struct shape *s, int rank)
{
        if (rank == s->n) {
                try_operations(s);
                return;
        }
        for (int place = 0; place < s->n; place++) {
                const bool is_free = s->rank_at[place] < 0;
                if (!is_free || (place > 0 && s->rank_at[(place - 1) / 4] < 0))
                        continue;
                s->rank_at[place] = rank;
                s->place_of[rank] = place;
                for_each_shape(s, rank + 1);
                s->rank_at[place] = -1;
        }
}

static void test_every_operation_on_every_small_heap(void **state)
{
        static const int widths[] = {1, 2, 3, SMALL + 1}; /* all differ ... all are equal */

        (void)state;
        operations = 0;
        sifts_up_after_removal = 0;
        for (size_t i = 0; i < sizeof widths / sizeof widths[0]; i++) {
                /* Ten entries: five million operations for each width; one will do. */
                const int n_max = widths[i] == 3 ? SMALL : SMALL - 1;
                for (int n = 1; n <= n_max; n++) {
                        struct shape s = {.n = n, .width = widths[i]};
                        for (int place = 0; place < SMALL; place++)
                                s.rank_at[place] = -1;
                        for_each_shape(&s, 0);
                }
        }
        print_message("%ld operations, %ld removals sifted up\n", operations,
                      sifts_up_after_removal);
        assert_true(sifts_up_after_removal > 0);
}

/* Random runs. deadlines: how many different ones there are. */

static void run_randomly(uint64_t seed, int steps, int deadlines)
{
        static struct item items[LARGE + 1];
        struct model m = {items, 0};

        for (int step = 0; step < steps; step++) {
                const int timer = random_below(&seed, LARGE);
                const int64_t deadline = random_below(&seed, deadlines);
                const struct item item = {deadline, (uint64_t)step, timer};
                const bool is_set = indices[timer] != EVI_HEAP_NONE;
                /* Phases of growth and of decline, so that all sizes occur. */
                const bool grows = step / (2 * LARGE) % 2 == 0;
                if (!is_set && (grows || step % 8 == 0)) {
                        evi_heap_push(&heap, deadline, item.seq, &indices[timer]);
                        model_insert(&m, item);
                } else if (is_set && step % 3 == 0) {
                        evi_heap_change(&heap, indices[timer], deadline, item.seq);
                        model_remove(&m, timer);
                        model_insert(&m, item);
                } else if (is_set && (!grows || step % 8 == 0)) {
                        evi_heap_remove(&heap, indices[timer]);
                        assert_int_equal(indices[timer], EVI_HEAP_NONE);
                        model_remove(&m, timer);
                }
                check_top(&m);
                if (step % 256 == 0)
                        check_all(&m);
        }
        check_all(&m);
        drain(&m);
}

static void test_random_run_with_few_deadlines(void **state)
{
        (void)state;
        run_randomly(1, 60000, 7);
}

static void test_random_run_with_many_deadlines(void **state)
{
        (void)state;
        run_randomly(2, 60000, 1000000);
}

static void test_sorted_input_either_way(void **state)
{
        static struct item items[LARGE + 1];

        (void)state;
        for (int direction = -1; direction <= 1; direction++) {
                struct model m = {items, 0};
                for (int i = 0; i < LARGE; i++) {
                        const int64_t deadline = direction * i;
                        evi_heap_push(&heap, deadline, (uint64_t)i, &indices[i]);
                        model_insert(&m, (struct item){deadline, (uint64_t)i, i});
                        check_top(&m);
                }
                check_all(&m);
                drain(&m);
        }
}

#define HEAP_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                HEAP_TEST(test_every_sequence_of_operations),
                HEAP_TEST(test_every_operation_on_every_small_heap),
                HEAP_TEST(test_random_run_with_few_deadlines),
                HEAP_TEST(test_random_run_with_many_deadlines),
                HEAP_TEST(test_sorted_input_either_way),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
