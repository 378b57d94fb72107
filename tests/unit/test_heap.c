/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The timer heap: what it is for, then its memory. test_heap_model.c compares it with a sorted
 * array.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "small_world.h"
#include "util/heap.h"

enum { KEPT_AT_LEAST = 64, MANY = 1000 };

static struct small_world world;
static struct evi_heap heap;
static int indices[MANY];

static int set_up(void **state)
{
        (void)state;
        small_world_init(&world);
        evi_heap_init(&heap);
        for (int i = 0; i < MANY; i++)
                indices[i] = EVI_HEAP_NONE;
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        evi_heap_clear(&heap, &world.os);
        return world.blocks == 0 ? 0 : -1;
}

static void reserve_and_push(int64_t deadline_ns, uint64_t seq, int *index)
{
        assert_int_equal(evi_heap_reserve(&heap, &world.os, 1), 0);
        evi_heap_push(&heap, deadline_ns, seq, index);
}

static void push_many(int count)
{
        for (int i = 0; i < count; i++)
                reserve_and_push(i, (uint64_t)i, &indices[i]);
}

static int *pop(void)
{
        int *index = evi_heap_top(&heap)->index;

        evi_heap_remove(&heap, 0);
        assert_int_equal(*index, EVI_HEAP_NONE);
        return index;
}

static void pop_and_trim(void)
{
        pop();
        evi_heap_trim(&heap, &world.os);
}

static void test_earliest_timer_is_on_top(void **state)
{
        int tea = EVI_HEAP_NONE, eggs = EVI_HEAP_NONE, bread = EVI_HEAP_NONE;

        (void)state;
        assert_null(evi_heap_top(&heap));
        reserve_and_push(180, 1, &tea);
        reserve_and_push(2400, 2, &bread);
        reserve_and_push(300, 3, &eggs);
        assert_true(evi_heap_is_valid(&heap));

        assert_int_equal(evi_heap_top(&heap)->deadline_ns, 180);
        assert_ptr_equal(pop(), &tea);
        assert_ptr_equal(pop(), &eggs);
        assert_ptr_equal(pop(), &bread);
        assert_null(evi_heap_top(&heap));
}

static void test_equal_deadlines_come_out_in_the_order_of_setting(void **state)
{
        (void)state;
        /* Of ten timers for one instant, the third is set again: it goes behind the others. */
        for (int i = 0; i < 10; i++)
                reserve_and_push(500, (uint64_t)i, &indices[i]);
        evi_heap_change(&heap, indices[3], 500, 10);
        for (int i = 0; i < 10; i++)
                if (i != 3)
                        assert_ptr_equal(pop(), &indices[i]);
        assert_ptr_equal(pop(), &indices[3]);
}

static void test_deadlines_may_be_any_number(void **state)
{
        (void)state;
        reserve_and_push(INT64_MAX, 0, &indices[4]);
        reserve_and_push(0, 0, &indices[2]);
        reserve_and_push(INT64_MIN, UINT64_MAX, &indices[1]);
        reserve_and_push(INT64_MIN, 0, &indices[0]);
        reserve_and_push(INT64_MAX - 1, UINT64_MAX, &indices[3]);
        for (int i = 0; i < 5; i++)
                assert_ptr_equal(pop(), &indices[i]);
}

static void test_timer_in_the_middle_can_be_taken_out_and_moved(void **state)
{
        (void)state;
        push_many(100);
        for (int i = 1; i < 100; i += 2) {
                evi_heap_remove(&heap, indices[i]);
                assert_int_equal(indices[i], EVI_HEAP_NONE);
        }
        evi_heap_change(&heap, indices[50], -1, 0);   /* to the top */
        evi_heap_change(&heap, indices[20], 1000, 0); /* to the end */
        assert_true(evi_heap_is_valid(&heap));
        assert_int_equal(heap.count, 50);
        assert_ptr_equal(pop(), &indices[50]);
        for (int i = 0; i < 100; i += 2)
                if (i != 50 && i != 20)
                        assert_ptr_equal(pop(), &indices[i]);
        assert_ptr_equal(pop(), &indices[20]);
        assert_int_equal(heap.count, 0);
}

/* Memory. */

static void test_room_doubles(void **state)
{
        (void)state;
        push_many(MANY);
        /* 64, 128, 256, 512, 1024 */
        assert_int_equal(world.calls, 5);
        assert_int_equal(heap.capacity, 1024);
        assert_int_equal(world.blocks, 1);
}

static void test_room_for_many_is_got_at_once(void **state)
{
        (void)state;
        assert_int_equal(evi_heap_reserve(&heap, &world.os, MANY), 0);
        assert_true(heap.capacity >= MANY);
        push_many(MANY);
        assert_int_equal(world.calls, 1);
        assert_int_equal(evi_heap_reserve(&heap, &world.os, 0), 0);
        assert_int_equal(world.calls, 1);
}

static void assert_reserve_fails(int extra, int error)
{
        struct evi_heap_entry entries[KEPT_AT_LEAST];
        const struct evi_heap before = heap;
        const size_t size = (size_t)heap.count * sizeof entries[0];

        memcpy(entries, heap.entries, size);
        assert_int_equal(evi_heap_reserve(&heap, &world.os, extra), error);
        assert_memory_equal(&heap, &before, sizeof heap);
        assert_memory_equal(heap.entries, entries, size);
        assert_true(evi_heap_is_valid(&heap));
}

static void test_shortage_of_memory_changes_nothing(void **state)
{
        (void)state;
        world.is_out_of_memory = true;
        assert_int_equal(evi_heap_reserve(&heap, &world.os, 1), -ENOMEM);
        assert_null(heap.entries);
        assert_int_equal(heap.capacity, 0);

        world.is_out_of_memory = false;
        push_many(KEPT_AT_LEAST);
        world.is_out_of_memory = true;
        assert_reserve_fails(1, -ENOMEM);
        assert_reserve_fails(100000, -ENOMEM);

        world.is_out_of_memory = false;
        reserve_and_push(-1, 0, &indices[KEPT_AT_LEAST]);
        assert_ptr_equal(pop(), &indices[KEPT_AT_LEAST]);
}

static void test_more_than_a_heap_can_count_is_refused(void **state)
{
        (void)state;
        push_many(2);
        world.is_out_of_memory = true;
        assert_reserve_fails(INT_MAX, -EOVERFLOW);
        assert_reserve_fails(EVI_HEAP_MAX - 1, -EOVERFLOW);
        assert_reserve_fails(EVI_HEAP_MAX - 2, -ENOMEM);
        assert_true(EVI_HEAP_MAX <= (INT_MAX - 4) / 4 + 1);
        assert_true((size_t)EVI_HEAP_MAX <= PTRDIFF_MAX / sizeof(struct evi_heap_entry));
}

static void test_doubling_ends_at_the_maximum(void **state)
{
        (void)state;
        /* The test has not this memory: the heap only says so. */
        heap.count = heap.capacity = EVI_HEAP_MAX / 2 + 1;
        world.is_out_of_memory = true;
        assert_int_equal(evi_heap_reserve(&heap, &world.os, 1), -ENOMEM);
        assert_int_equal(world.last_size, EVI_HEAP_MAX * sizeof(struct evi_heap_entry));
        assert_int_equal(evi_heap_reserve(&heap, &world.os, EVI_HEAP_MAX / 2 + 1), -EOVERFLOW);
        heap.count = heap.capacity = EVI_HEAP_MAX;
        assert_int_equal(evi_heap_reserve(&heap, &world.os, 0), 0);
        assert_int_equal(evi_heap_reserve(&heap, &world.os, 1), -EOVERFLOW);
        evi_heap_init(&heap);
}

static void test_emptied_heap_keeps_little(void **state)
{
        (void)state;
        push_many(MANY);
        while (heap.count > 0)
                pop_and_trim();
        assert_int_equal(heap.capacity, KEPT_AT_LEAST);

        /* All at once, too; and a heap of a few entries is left alone. */
        assert_int_equal(evi_heap_reserve(&heap, &world.os, MANY), 0);
        push_many(10);
        evi_heap_trim(&heap, &world.os);
        assert_int_equal(heap.capacity, KEPT_AT_LEAST);
        assert_true(evi_heap_is_valid(&heap));
        pop_and_trim();
        assert_int_equal(heap.capacity, KEPT_AT_LEAST);
        for (int i = 1; i < 10; i++)
                assert_ptr_equal(pop(), &indices[i]);
}

static void test_trim_keeps_what_is_used(void **state)
{
        (void)state;
        push_many(MANY);
        while (heap.count > 0) {
                pop_and_trim();
                assert_true(evi_heap_is_valid(&heap));
                assert_true(heap.capacity >= heap.count);
                assert_true(heap.capacity == KEPT_AT_LEAST || 4 * heap.count >= heap.capacity);
        }
        evi_heap_clear(&heap, &world.os);
        evi_heap_trim(&heap, &world.os); /* nothing to give */
        assert_null(heap.entries);
}

enum { AMPLITUDE = KEPT_AT_LEAST / 2, STEADY = MANY - AMPLITUDE };

static void swing(void)
{
        for (int i = STEADY; i < MANY; i++)
                reserve_and_push(-1, 0, &indices[i]);
        for (int i = STEADY; i < MANY; i++)
                pop_and_trim();
}

/* Timers that come and go must not take memory and give it back each time. */
static void test_swinging_count_is_left_alone(void **state)
{
        (void)state;
        for (int size = 0; size < STEADY; size++) {
                swing();
                const int calls = world.calls;
                swing();
                assert_int_equal(world.calls, calls);
                reserve_and_push(size, 0, &indices[size]);
        }
        for (int size = STEADY; size > 0; size--) {
                swing();
                const int calls = world.calls;
                swing();
                assert_int_equal(world.calls, calls);
                pop_and_trim();
        }
}

static void test_allocator_that_cannot_shrink_does_no_harm(void **state)
{
        (void)state;
        push_many(MANY);
        world.is_out_of_memory = true;
        while (heap.count > 10)
                pop_and_trim();
        assert_int_equal(heap.capacity, 1024);
        assert_true(evi_heap_is_valid(&heap));
        world.is_out_of_memory = false;
        evi_heap_trim(&heap, &world.os);
        assert_int_equal(heap.capacity, KEPT_AT_LEAST);
        for (int i = MANY - 10; i < MANY; i++)
                assert_ptr_equal(pop(), &indices[i]);
}

static void test_clear_does_not_touch_owners(void **state)
{
        (void)state;
        push_many(10);
        evi_heap_clear(&heap, &world.os);
        assert_int_equal(world.blocks, 0);
        assert_int_equal(heap.count, 0);
        for (int i = 0; i < 10; i++)
                assert_int_equal(indices[i], i);
}

/* The checker sees what it is for. */
static void test_broken_invariants_are_seen(void **state)
{
        (void)state;
        assert_true(evi_heap_is_valid(&heap));
        push_many(30);
        assert_true(evi_heap_is_valid(&heap));

        for (int i = 0; i < 30; i++) {
                indices[i]++;
                assert_false(evi_heap_is_valid(&heap));
                indices[i]--;
        }
        for (int i = 1; i < 30; i++) {
                const int64_t deadline_ns = heap.entries[i].deadline_ns;
                heap.entries[i].deadline_ns = heap.entries[(i - 1) / 4].deadline_ns - 1;
                assert_false(evi_heap_is_valid(&heap));
                heap.entries[i].deadline_ns = heap.entries[(i - 1) / 4].deadline_ns;
                heap.entries[i].seq = 0;
                assert_int_equal(evi_heap_is_valid(&heap), (i - 1) / 4 == 0);
                heap.entries[i].deadline_ns = deadline_ns;
                heap.entries[i].seq = (uint64_t)i;
                assert_true(evi_heap_is_valid(&heap));
        }
        struct evi_heap bad = heap;
        bad.count = bad.capacity + 1;
        assert_false(evi_heap_is_valid(&bad));
        bad.count = -1;
        assert_false(evi_heap_is_valid(&bad));
        bad = (struct evi_heap){NULL, 0, 64};
        assert_false(evi_heap_is_valid(&bad));
        bad = (struct evi_heap){heap.entries, 0, 0};
        assert_false(evi_heap_is_valid(&bad));
}

#define HEAP_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                HEAP_TEST(test_earliest_timer_is_on_top),
                HEAP_TEST(test_equal_deadlines_come_out_in_the_order_of_setting),
                HEAP_TEST(test_deadlines_may_be_any_number),
                HEAP_TEST(test_timer_in_the_middle_can_be_taken_out_and_moved),
                HEAP_TEST(test_room_doubles),
                HEAP_TEST(test_room_for_many_is_got_at_once),
                HEAP_TEST(test_shortage_of_memory_changes_nothing),
                HEAP_TEST(test_more_than_a_heap_can_count_is_refused),
                HEAP_TEST(test_doubling_ends_at_the_maximum),
                HEAP_TEST(test_emptied_heap_keeps_little),
                HEAP_TEST(test_trim_keeps_what_is_used),
                HEAP_TEST(test_swinging_count_is_left_alone),
                HEAP_TEST(test_allocator_that_cannot_shrink_does_no_harm),
                HEAP_TEST(test_clear_does_not_touch_owners),
                HEAP_TEST(test_broken_invariants_are_seen),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
