/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The hash map: what it is for; runs of colliding keys, in every order of coming and going; a long
 * random run against an array; and its memory.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "random.h"
#include "small_world.h"
#include "util/hash.h"

static struct small_world world;
static struct evi_hash map;

static int set_up(void **state)
{
        (void)state;
        small_world_init(&world);
        evi_hash_init(&map);
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        evi_hash_clear(&map, &world.os);
        return world.blocks == 0 ? 0 : -1;
}

static void put(uintptr_t key, uintptr_t value)
{
        assert_int_equal(evi_hash_put(&map, &world.os, key, value), 0);
}

static bool take_out(uintptr_t key)
{
        return evi_hash_remove(&map, &world.os, key);
}

static void assert_value(uintptr_t key, uintptr_t value)
{
        const uintptr_t *found = evi_hash_find(&map, key);

        assert_non_null(found);
        assert_int_equal(*found, value);
}

static void assert_shape(void)
{
        size_t used = 0;

        for (size_t i = 0; i < map.capacity; i++)
                used += map.slots[i].key != 0;
        assert_int_equal(used, map.count);
        assert_true(4 * map.count <= 3 * map.capacity);
        assert_int_equal(map.capacity & (map.capacity - 1), 0);
        assert_int_equal(map.slots == NULL, map.count == 0);
}

static void test_addresses_are_found_again(void **state)
{
        static char things[3];

        (void)state;
        assert_null(evi_hash_find(&map, (uintptr_t)&things[0]));
        assert_false(take_out((uintptr_t)&things[0]));

        for (uintptr_t i = 0; i < 3; i++)
                put((uintptr_t)&things[i], i);
        for (uintptr_t i = 0; i < 3; i++)
                assert_value((uintptr_t)&things[i], i);

        put((uintptr_t)&things[1], 10); /* a second value takes the place of the first */
        assert_value((uintptr_t)&things[1], 10);
        *evi_hash_find(&map, (uintptr_t)&things[1]) = 11;
        assert_value((uintptr_t)&things[1], 11);
        assert_int_equal(map.count, 3);

        assert_true(take_out((uintptr_t)&things[1]));
        assert_false(take_out((uintptr_t)&things[1]));
        assert_null(evi_hash_find(&map, (uintptr_t)&things[1]));
        assert_value((uintptr_t)&things[0], 0);
        assert_value((uintptr_t)&things[2], 2);
}

static void test_first_and_last_words_are_keys_like_others(void **state)
{
        (void)state;
        put(1, UINTPTR_MAX);
        put(UINTPTR_MAX, 0);
        assert_value(1, UINTPTR_MAX);
        assert_value(UINTPTR_MAX, 0);
        assert_null(evi_hash_find(&map, 2));
}

/* Runs. The smallest map has eight slots, and six keys fit. */

enum { SLOTS = 8, KEYS = 6, TOGGLES = 7 };

/* Where key lies in a map of eight slots if it is alone. */
static size_t home_of(uintptr_t key)
{
        size_t i = 0;

        put(key, 0);
        assert_int_equal(map.capacity, SLOTS);
        while (map.slots[i].key != key)
                i++;
        take_out(key);
        return i;
}

static void find_keys(const size_t homes[KEYS], uintptr_t keys[KEYS])
{
        uintptr_t key = 1;

        for (int i = 0; i < KEYS; i++, key++) {
                while (home_of(key) != homes[i])
                        key++;
                keys[i] = key;
        }
}

static void check_presence(const uintptr_t keys[KEYS], unsigned present)
{
        for (unsigned i = 0; i < KEYS; i++) {
                if (present & 1U << i)
                        assert_value(keys[i], i);
                else
                        assert_null(evi_hash_find(&map, keys[i]));
        }
        assert_shape();
}

/* Every sequence of keys that come or, if they are there, go. */
static void explore(const uintptr_t keys[KEYS], unsigned present, int toggles)
{
        struct evi_hash_slot before[SLOTS];

        if (toggles == 0)
                return;
        if (present != 0)
                memcpy(before, map.slots, sizeof before);
        for (unsigned i = 0; i < KEYS; i++) {
                if (present & 1U << i)
                        assert_true(take_out(keys[i]));
                else
                        put(keys[i], i);
                check_presence(keys, present ^ 1U << i);
                explore(keys, present ^ 1U << i, toggles - 1);

                evi_hash_clear(&map, &world.os);
                for (unsigned j = 0; j < KEYS; j++)
                        if (present & 1U << j)
                                put(keys[j], j);
                if (present != 0)
                        memcpy(map.slots, before, sizeof before);
        }
}

static void test_runs_of_colliding_keys_in_every_order(void **state)
{
        static const size_t homes[][KEYS] = {
                {2, 2, 2, 2, 2, 2}, /* one run */
                {6, 6, 7, 7, 0, 1}, /* around the end */
                {3, 3, 5, 3, 4, 5}, /* homes within another's run */
                {7, 0, 7, 0, 7, 0},
        };
        uintptr_t keys[KEYS];

        (void)state;
        for (size_t i = 0; i < sizeof homes / sizeof homes[0]; i++) {
                find_keys(homes[i], keys);
                explore(keys, 0, TOGGLES);
        }
}

/* A model: for each of many addresses, its value, 0 if it is not in the map. */

enum { UNIVERSE = 5000, ALIGNMENT = 64 };

static uintptr_t values[UNIVERSE];

static uintptr_t address(int i)
{
        return (uintptr_t)0x12340000 + (uintptr_t)(i * ALIGNMENT);
}

static void check_model(size_t count)
{
        assert_int_equal(map.count, count);
        assert_shape();
        for (int i = 0; i < UNIVERSE; i++) {
                if (values[i] != 0)
                        assert_value(address(i), values[i]);
                else
                        assert_null(evi_hash_find(&map, address(i)));
        }
}

static void test_random_run_agrees_with_an_array(void **state)
{
        uint64_t seed = 3;
        size_t count = 0;

        (void)state;
        for (int step = 1; step <= 100000; step++) {
                const int i = random_below(&seed, UNIVERSE);
                const bool grows = step / 20000 % 2 == 0;
                if (grows || step % 8 == 0) {
                        count += values[i] == 0;
                        values[i] = (uintptr_t)step;
                        put(address(i), values[i]);
                } else {
                        assert_int_equal(take_out(address(i)), values[i] != 0);
                        count -= values[i] != 0;
                        values[i] = 0;
                }
                if (step % 500 == 0)
                        check_model(count);
        }
        for (int i = 0; i < UNIVERSE; i++)
                assert_int_equal(take_out(address(i)), values[i] != 0);
        assert_int_equal(map.count, 0);
        assert_int_equal(world.blocks, 0);
}

/* Keys must not crowd together because they are aligned. */
static void test_aligned_addresses_are_spread(void **state)
{
        enum { COUNT = 3000 };

        (void)state;
        for (int shift = 0; shift <= 12; shift++) {
                size_t steps = 0;
                evi_hash_clear(&map, &world.os);
                for (uintptr_t i = 1; i <= COUNT; i++)
                        put(0x8000000 + (i << shift), i);
                assert_int_equal(map.capacity, 4096);
                /* A run's length is how long a probe for an absent key may take. */
                for (size_t i = 0, run = 0; i < map.capacity; i++) {
                        run = map.slots[i].key != 0 ? run + 1 : 0;
                        steps += run;
                }
                assert_true(steps / map.capacity < 64);
        }
}

/* Memory. */

static void test_shortage_of_memory_changes_nothing(void **state)
{
        (void)state;
        world.is_out_of_memory = true;
        assert_int_equal(evi_hash_put(&map, &world.os, 1, 1), -ENOMEM);
        assert_int_equal(map.count, 0);
        assert_null(map.slots);

        world.is_out_of_memory = false;
        for (uintptr_t key = 1; key <= 6; key++)
                put(key, key);
        assert_int_equal(map.capacity, 8);
        world.is_out_of_memory = true;
        const struct evi_hash before = map;
        assert_int_equal(evi_hash_put(&map, &world.os, 7, 7), -ENOMEM);
        assert_memory_equal(&map, &before, sizeof map);
        assert_null(evi_hash_find(&map, 7));
        for (uintptr_t key = 1; key <= 6; key++)
                assert_value(key, key);

        put(6, 60); /* a key that is there needs no room */
        assert_value(6, 60);
        assert_true(take_out(6));
        put(7, 7); /* nor does one in place of another */
        assert_value(7, 7);
}

static void test_map_that_empties_gives_memory_back(void **state)
{
        const uintptr_t count = 3000;

        (void)state;
        for (uintptr_t key = 1; key <= count; key++)
                put(key, key);
        assert_int_equal(map.capacity, 4096);
        for (uintptr_t key = 1; key <= count; key++) {
                assert_true(take_out(key));
                assert_true(map.capacity <= 8 || map.count >= map.capacity / 8);
                assert_shape();
        }
        assert_int_equal(world.blocks, 0);
}

static void swing(uintptr_t amplitude)
{
        for (uintptr_t key = 1000; key < 1000 + amplitude; key++)
                put(key, key);
        for (uintptr_t key = 1000; key < 1000 + amplitude; key++)
                assert_true(take_out(key));
}

/* Keys that come and go must not take memory and give it back each time, but at zero. */
static void test_swinging_count_is_left_alone(void **state)
{
        (void)state;
        for (uintptr_t size = 1; size < 600; size++) {
                put(size, size);
                swing(4);
                const int calls = world.calls;
                swing(4);
                assert_int_equal(world.calls, calls);
        }
}

static void test_removal_needs_no_memory(void **state)
{
        (void)state;
        for (uintptr_t key = 1; key <= 100; key++)
                put(key, key);
        world.is_out_of_memory = true;
        for (uintptr_t key = 1; key < 100; key++) {
                assert_true(take_out(key));
                assert_value(100, 100);
        }
        assert_true(take_out(100));
        assert_int_equal(world.blocks, 0);
}

#define HASH_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                HASH_TEST(test_addresses_are_found_again),
                HASH_TEST(test_first_and_last_words_are_keys_like_others),
                HASH_TEST(test_runs_of_colliding_keys_in_every_order),
                HASH_TEST(test_random_run_agrees_with_an_array),
                HASH_TEST(test_aligned_addresses_are_spread),
                HASH_TEST(test_shortage_of_memory_changes_nothing),
                HASH_TEST(test_map_that_empties_gives_memory_back),
                HASH_TEST(test_swinging_count_is_left_alone),
                HASH_TEST(test_removal_needs_no_memory),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
