/* SPDX-License-Identifier: BSD-3-Clause */
/* Random bytes: the world's, or the end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <event2/util.h>
#include <string.h>

#include "shim.h"

static struct shim shim;

static int lines;

static void on_log(int severity, const char *line)
{
        (void)line;
        assert_int_equal(severity, EVENT_LOG_ERR);
        lines++;
}

static int set_up(void **state)
{
        (void)state;
        shim_init(&shim, os_real());
        os_enter(&shim.os);
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        shim_clear(&shim);
        return 0;
}

static void test_bytes_differ(void **state)
{
        unsigned char one[32] = {0};
        unsigned char other[32] = {0};
        unsigned char guard[3] = {1, 1, 1};

        (void)state;
        evutil_secure_rng_get_bytes(one, sizeof one);
        evutil_secure_rng_get_bytes(other, sizeof other);
        assert_memory_not_equal(one, other, sizeof one);
        guard[1] = 2;
        evutil_secure_rng_get_bytes(guard + 1, 0);
        evutil_secure_rng_get_bytes(NULL, 0);
        assert_int_equal(guard[1], 2);
        assert_int_equal(shim.calls[SHIM_RANDOM], 2);
}

/* No weaker bytes are given instead. */
static void test_no_bytes_are_the_end(void **state)
{
        unsigned char bytes[8];
        jmp_buf end;

        (void)state;
        shim.end = &end;
        shim.os.process->log_cb = on_log;
        shim_fail(&shim, SHIM_BIT(SHIM_RANDOM), 1, false);
        const int came_back = setjmp(end);
        if (came_back == 0)
                evutil_secure_rng_get_bytes(bytes, sizeof bytes);
        os_process_clear(shim.os.process);
        assert_int_equal(came_back, 1);
        assert_int_equal(shim.exit_code, OS_ABORT);
        assert_int_equal(lines, 1);
}

static void test_init_tells_whether_there_are_any(void **state)
{
        (void)state;
        assert_int_equal(evutil_secure_rng_init(), 0);
        assert_int_equal(evutil_secure_rng_init(), 0);
        shim_fail(&shim, SHIM_BIT(SHIM_RANDOM), 1, false);
        errno = 0;
        assert_int_equal(evutil_secure_rng_init(), -1);
        assert_int_equal(errno, EIO);
}

static void test_there_is_no_file_and_nothing_to_add(void **state)
{
        char zero[] = "/dev/zero";

        (void)state;
        assert_int_equal(evutil_secure_rng_set_urandom_device_file(zero), -1);
        assert_int_equal(evutil_secure_rng_set_urandom_device_file(NULL), -1);
        evutil_secure_rng_add_bytes("abc", 3);
        evutil_secure_rng_add_bytes(NULL, 0);
        assert_int_equal(shim.calls[SHIM_RANDOM], 0);
}

#define RANDOM_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                RANDOM_TEST(test_bytes_differ),
                RANDOM_TEST(test_no_bytes_are_the_end),
                RANDOM_TEST(test_init_tells_whether_there_are_any),
                RANDOM_TEST(test_there_is_no_file_and_nothing_to_add),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
