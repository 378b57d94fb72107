/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The magic of common timeouts: pure functions, for the values that programs see and hand back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <limits.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/common_timeout.h"

/* What libevent 2.1 gives, and programs have been seen to print. */
static void test_the_known_values(void **state)
{
        (void)state;
        assert_int_equal(evi_common_encode(1000, 0), 0x500003e8);
        assert_int_equal(evi_common_encode(0, 1), 0x50100000);
        assert_int_equal(evi_common_encode(999999, 255), 0x5fff423f);
}

static void test_every_queue_and_the_ends_of_every_part(void **state)
{
        const uint32_t usecs[] = {0, 1, 999, 1000, 65535, 65536, 524288, 999998, 999999};

        (void)state;
        for (uint32_t index = 0; index < EVI_COMMON_MAX; index++)
                for (size_t i = 0; i < sizeof usecs / sizeof usecs[0]; i++) {
                        const uint32_t encoded = evi_common_encode(usecs[i], index);
                        assert_true(encoded <= INT32_MAX); /* a tv_usec of 32 bits holds it */
                        assert_true(evi_common_is_marked((long)encoded));
                        assert_int_equal(evi_common_usec((long)encoded), usecs[i]);
                        assert_int_equal(evi_common_index((long)encoded), index);
                }
}

static void test_plain_and_odd_ones_are_not_marked(void **state)
{
        (void)state;
        for (long usec = 0; usec < 1000000; usec++)
                assert_false(evi_common_is_marked(usec));
        assert_false(evi_common_is_marked(-1));
        assert_false(evi_common_is_marked(1500000));
        assert_false(evi_common_is_marked(0x4fffffff));
        assert_true(evi_common_is_marked(0x50000000));
        assert_true(evi_common_is_marked(0x5fffffff));
        assert_false(evi_common_is_marked(0x60000000));
        assert_false(evi_common_is_marked((long)INT32_MIN + 0x50000000));
#if LONG_MAX > INT32_MAX
        assert_false(evi_common_is_marked(0x150000000)); /* the mark, and more above it */
#endif
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_the_known_values),
                cmocka_unit_test(test_every_queue_and_the_ends_of_every_part),
                cmocka_unit_test(test_plain_and_odd_ones_are_not_marked),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
