/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Choices: the k-th at a site depends on the seed, the site and k alone, so that schedules stay what
 * they are when a program makes other choices elsewhere.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <evident/sim.h>

enum { N = 1000 };

static struct evsim_world *begin(uint64_t seed)
{
        struct evsim_world_config config = evsim_world_defaults();
        struct evsim_world *world;

        config.seed = seed;
        world = evsim_world_new(&config);
        evsim_enter(evsim_host_new(world, "host", NULL));
        return world;
}

static void draw(uint64_t seed, uint32_t choices[N], bool has_others)
{
        struct evsim_world *world = begin(seed);

        for (int i = 0; i < N; i++) {
                if (has_others)
                        (void)evsim_choose("another", 7);
                choices[i] = evsim_choose("here", 1000);
                assert_in_range(choices[i], 0, 999);
                if (has_others && evsim_chance("perhaps", 500000))
                        (void)evsim_amount("how much", 100);
        }
        evsim_world_free(world);
}

static void only_site_and_occurrence_matter(void **state)
{
        uint32_t alone[N];
        uint32_t among_others[N];
        uint32_t other_seed[N];
        int nequal = 0;

        (void)state;
        draw(1, alone, false);
        draw(1, among_others, true);
        draw(2, other_seed, false);
        assert_memory_equal(alone, among_others, sizeof alone);
        for (int i = 0; i < N; i++)
                nequal += alone[i] == other_seed[i];
        assert_in_range(nequal, 0, 20);
}

static void exceptions_change_their_place_alone(void **state)
{
        uint32_t usual[N];
        struct evsim_world *world;

        (void)state;
        draw(3, usual, false);
        world = begin(3);
        evsim_except(world, "here", 5, 42);
        evsim_except(world, "here", 7, 1042); /* modulo the number of choices */
        for (int i = 0; i < 20; i++)
                assert_int_equal(evsim_choose("here", 1000), i == 4 || i == 6 ? 42 : usual[i]);
        evsim_except(world, "coin", 2, 1);
        evsim_except(world, "coin", 3, 0);
        assert_false(evsim_chance("coin", 0));
        assert_true(evsim_chance("coin", 0));
        assert_false(evsim_chance("coin", 1000000));
        assert_true(evsim_chance("coin", 1000000));
        evsim_except(world, "span", 1, 17);
        assert_int_equal(evsim_amount("span", 100), 17);
        evsim_world_free(world);
}

static void chances_are_about_right(void **state)
{
        struct evsim_world *world = begin(4);
        int n = 0;

        (void)state;
        for (int i = 0; i < 10000; i++)
                n += evsim_chance("coin", 250000);
        assert_in_range(n, 2300, 2700);
        evsim_world_free(world);
}

/* Of each number of bits about as many. */
static void amounts_are_small_and_large(void **state)
{
        struct evsim_world *world = begin(5);
        int nsmall = 0;
        int nlarge = 0;

        (void)state;
        for (int i = 0; i < 10000; i++) {
                const int64_t amount = evsim_amount("span", 1000000);

                assert_in_range(amount, 0, 1000000);
                nsmall += amount < 32;
                nlarge += amount > 30000;
        }
        assert_in_range(nsmall, 2000, 4000);
        assert_in_range(nlarge, 1500, 4000);
        assert_int_equal(evsim_amount("nothing", 0), 0);
        evsim_world_free(world);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(only_site_and_occurrence_matter),
                cmocka_unit_test(exceptions_change_their_place_alone),
                cmocka_unit_test(chances_are_about_right),
                cmocka_unit_test(amounts_are_small_and_large),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
