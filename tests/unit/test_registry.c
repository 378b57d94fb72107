/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a backend knows of descriptors by their numbers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "backend/registry.h"
#include "small_world.h"

struct entry {
        uint32_t generation;
        int value;
};

static struct small_world world;
static struct evi_registry registry;

static int set_up(void **state)
{
        (void)state;
        small_world_init(&world);
        evi_registry_init(&registry, sizeof(struct entry));
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        evi_registry_clear(&registry, &world.os);
        assert_int_equal(world.blocks, 0);
        return 0;
}

static struct entry *obtain(int fd)
{
        return evi_registry_obtain(&registry, &world.os, fd);
}

static struct entry *find(int fd)
{
        return evi_registry_find(&registry, fd);
}

static void drop(int fd)
{
        evi_registry_drop(&registry, &world.os, fd);
}

static void test_nothing_is_known_at_first(void **state)
{
        (void)state;
        assert_null(find(0));
        assert_null(find(-1));
        drop(0);
        drop(1000);
        assert_int_equal(registry.nused, 0);
}

static void test_entry_lives_until_it_is_dropped(void **state)
{
        (void)state;
        obtain(7)->value = 70;
        assert_int_equal(find(7)->value, 70);
        assert_null(find(6));
        assert_null(find(8));
        assert_int_equal(registry.nused, 1);
        drop(7);
        assert_null(find(7));
        assert_int_equal(registry.nused, 0);
        assert_int_equal(obtain(7)->value, 0); /* nothing of the old one is left */
}

/* What is obtained again is the same entry, and counts once. */
static void test_new_generation_of_an_entry(void **state)
{
        uint32_t first;

        (void)state;
        obtain(7)->value = 70;
        first = find(7)->generation;
        assert_true(obtain(7)->generation != first);
        assert_int_equal(find(7)->value, 70);
        assert_int_equal(registry.nused, 1);
}

static void test_generations_skip_zero(void **state)
{
        (void)state;
        registry.last_generation = UINT32_MAX;
        assert_true(obtain(1)->generation == 1);
}

static void test_entries_survive_growth(void **state)
{
        (void)state;
        for (int fd = 0; fd < 1000; fd += 3)
                obtain(fd)->value = fd;
        for (int fd = 0; fd < 1000; fd++)
                assert_true(fd % 3 == 0 ? find(fd)->value == fd : find(fd) == NULL);
        assert_int_equal(registry.nused, 334);
}

/* The array is as long as the highest number needs, over those that are not in use. */
static void test_memory_goes_with_the_highest(void **state)
{
        (void)state;
        obtain(3)->value = 30;
        obtain(500);
        obtain(1000);
        drop(500);
        assert_int_equal(world.last_size, 1024 * sizeof(struct entry));
        drop(1000);
        assert_int_equal(world.last_size, 32 * sizeof(struct entry));
        assert_int_equal(find(3)->value, 30);
        assert_null(find(500));
        assert_null(find(1000));
}

static void test_without_memory(void **state)
{
        (void)state;
        obtain(3)->value = 30;
        world.is_out_of_memory = true;
        assert_null(obtain(1000));
        assert_null(find(1000));
        assert_int_equal(registry.nused, 1);
        assert_non_null(obtain(31)); /* there is room */
        world.is_out_of_memory = false;
        obtain(1000);
        world.is_out_of_memory = true;
        drop(1000); /* keeps the room that it could give back */
        assert_int_equal(registry.nused, 2);
        assert_int_equal(find(3)->value, 30);
        assert_non_null(obtain(1000));
}

#define REGISTRY_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                REGISTRY_TEST(test_nothing_is_known_at_first),
                REGISTRY_TEST(test_entry_lives_until_it_is_dropped),
                REGISTRY_TEST(test_new_generation_of_an_entry),
                REGISTRY_TEST(test_generations_skip_zero),
                REGISTRY_TEST(test_entries_survive_growth),
                REGISTRY_TEST(test_memory_goes_with_the_highest),
                REGISTRY_TEST(test_without_memory),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
