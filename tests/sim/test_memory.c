/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A world's memory: what a program may rely on, in every variant; and what is found out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <evident/sim.h>

#include "dies.h"
#include "kernel/host.h"
#include "world/memory.h"
#include "world/random.h"
#include "world/sanitizers.h"

enum { N = 100, VARIANTS = 16 };

struct block {
        unsigned char *bytes;
        size_t size;
        unsigned char stamp;
};

static void check(const struct block *block)
{
        for (size_t i = 0; i < block->size; i++)
                assert_int_equal(block->bytes[i], block->stamp);
}

/* Small ones mostly, and some of each larger class. */
static size_t draw_size(uint64_t *stream)
{
        return (size_t)evsim_random_below(stream, UINT64_C(1) << evsim_random_below(stream, 18));
}

static void step(struct evsim_memory *memory, struct block *block, uint64_t *stream)
{
        const size_t size = draw_size(stream);

        check(block);
        if (block->bytes != NULL && evsim_random_below(stream, 3) == 0) {
                evsim_memory_free(memory, block->bytes);
                *block = (struct block){0};
                return;
        }
        block->bytes = evsim_memory_realloc(memory, block->bytes, size);
        assert_int_equal((uintptr_t)block->bytes % 16, 0);
        assert_int_equal(evsim_memory_size(memory, block->bytes), size);
        block->size = size < block->size ? size : block->size;
        check(block);
        block->size = size;
        block->stamp = (unsigned char)evsim_random(stream);
        if (size > 0)
                memset(block->bytes, block->stamp, size);
}

static void blocks_keep_their_bytes(void **state)
{
        (void)state;
        for (uint32_t variant = 0; variant < VARIANTS; variant++) {
                struct evsim_memory *memory = evsim_memory_new(sizeof *memory, variant);
                struct block blocks[N] = {{0}};
                uint64_t stream = variant;

                for (int i = 0; i < 500; i++)
                        step(memory, &blocks[evsim_random_below(&stream, N)], &stream);
                evsim_memory_free_all(memory); /* with all that is in it */
        }
}

static void zeroed_means_zeroed(void **state)
{
        static const unsigned char zeros[3000];
        struct evsim_memory *memory = evsim_memory_new(sizeof *memory, 3);

        (void)state;
        for (int i = 0; i < 20; i++) {
                void *dirty = evsim_memory_alloc(memory, sizeof zeros);
                void *clean;

                memset(dirty, 0xff, sizeof zeros);
                evsim_memory_free(memory, dirty);
                clean = evsim_memory_zalloc(memory, sizeof zeros);
                assert_memory_equal(clean, zeros, sizeof zeros);
        }
        evsim_memory_free_all(memory);
}

/* What must not matter is different indeed: content, and which of two is the higher. */
static void variants_differ(void **state)
{
        unsigned char first[2];
        bool is_up[2];

        (void)state;
        for (uint32_t variant = 0; variant < 2; variant++) {
                struct evsim_memory *memory = evsim_memory_new(sizeof *memory, variant);
                const unsigned char *a = evsim_memory_alloc(memory, 100);
                const unsigned char *b = evsim_memory_alloc(memory, 100);

                first[variant] = a[50];
                is_up[variant] = (uintptr_t)b > (uintptr_t)a;
                evsim_memory_free_all(memory);
        }
        assert_int_not_equal(first[0], first[1]);
        if (!EVSIM_ASAN) /* there all blocks are malloc's */
                assert_true(is_up[0] && !is_up[1]);
}

static void a_host_keeps_a_ledger(void **state)
{
        struct evsim_world *world = evsim_world_new(NULL);
        struct evsim_host *host = evsim_host_new(world, "a", NULL);
        void *a;
        void *b;

        (void)state;
        evsim_enter(host);
        a = evsim_host_alloc(host, 10);
        b = evsim_host_alloc(host, 20);
        assert_int_equal(evsim_host_blocks(host), 2);
        assert_int_equal(evsim_host_bytes(host), 30);
        b = evsim_host_realloc(host, b, 50);
        assert_int_equal(evsim_host_bytes(host), 60);
        evsim_host_free(host, a);
        evsim_host_free(host, b);
        evsim_host_free(host, NULL);
        assert_int_equal(evsim_host_blocks(host), 0);
        assert_int_equal(evsim_host_bytes(host), 0);
        evsim_world_free(world);
}

static void a_host_has_a_limit(void **state)
{
        struct evsim_host_config config = evsim_host_defaults();
        struct evsim_world *world = evsim_world_new(NULL);
        struct evsim_host *host;
        void *a;

        (void)state;
        config.memory_max = 100;
        host = evsim_host_new(world, "a", &config);
        evsim_enter(host);
        a = evsim_host_alloc(host, 60);
        assert_non_null(a);
        assert_null(evsim_host_alloc(host, 41));
        assert_null(evsim_host_realloc(host, a, 101));
        assert_non_null(evsim_host_realloc(host, a, 100));
        evsim_world_free(world);
}

/* ---- What ends the process -------------------------------------------------------------------- */

static void free_twice(void)
{
        struct evsim_memory *memory = evsim_memory_new(sizeof *memory, 0);
        void *block = evsim_memory_alloc(memory, 10);

        evsim_memory_free(memory, block);
        evsim_memory_free(memory, block);
}

static void free_anothers(void)
{
        struct evsim_memory *memory = evsim_memory_new(sizeof *memory, 0);
        struct evsim_memory *other = evsim_memory_new(sizeof *memory, 0);

        evsim_memory_free(other, evsim_memory_alloc(memory, 10));
}

static void resize_what_is_freed(void)
{
        struct evsim_memory *memory = evsim_memory_new(sizeof *memory, 0);
        void *block = evsim_memory_alloc(memory, 10);

        evsim_memory_free(memory, block);
        (void)evsim_memory_realloc(memory, block, 20);
}

/* ASan itself ends the process then, with another signal or status. */
static void misuse_dies(void **state)
{
        (void)state;
        assert_int_not_equal(status_of(free_twice), 0);
        assert_int_not_equal(status_of(free_anothers), 0);
        assert_int_not_equal(status_of(resize_what_is_freed), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(blocks_keep_their_bytes), cmocka_unit_test(zeroed_means_zeroed),
                cmocka_unit_test(variants_differ),         cmocka_unit_test(a_host_keeps_a_ledger),
                cmocka_unit_test(a_host_has_a_limit),      cmocka_unit_test(misuse_dies),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
