/* SPDX-License-Identifier: BSD-3-Clause */
/* The process-wide state of a world: empty at first, its own, and gone afterwards. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "dies.h"
#include "os/lock.h"
#include "os/os.h"
#include "os/process.h"

static void log_nothing(int severity, const char *line)
{
        (void)severity;
        (void)line;
}

static void test_state_begins_empty(void **state)
{
        struct os_process process;

        (void)state;
        memset(&process, 0x55, sizeof process);
        os_process_init(&process);
        assert_null(process.malloc_fn);
        assert_null(process.locks.alloc);
        assert_null(process.log_cb);
        assert_false(process.debug_mode);
        assert_null(process.current_base);
        assert_null(process.methods[0]);
        assert_int_equal(os_thread_id(&process), 0);
}

static void test_real_world_has_one_without_being_asked(void **state)
{
        (void)state;
        assert_non_null(os_real()->process);
        assert_null(os_real()->process->malloc_fn);
        assert_ptr_equal(os_real()->process, os_current()->process);
}

static void test_worlds_share_nothing(void **state)
{
        struct os_process one;
        struct os_process other;

        (void)state;
        os_process_init(&one);
        os_process_init(&other);
        one.log_cb = log_nothing;
        assert_null(other.log_cb);
        assert_null(os_real()->process->log_cb);
}

static void test_clear_forgets_the_callbacks(void **state)
{
        struct os_process process;

        (void)state;
        os_process_init(&process);
        process.malloc_fn = malloc;
        process.log_cb = log_nothing;
        process.debug_mode = true;
        process.methods[0] = "epoll";
        os_process_clear(&process);
        assert_null(process.malloc_fn);
        assert_null(process.log_cb);
        assert_false(process.debug_mode);
        assert_null(process.methods[0]);
}

/* What the layers above hang in here, they take away again. */
static struct os_process left_behind;
static char something;

static void clear_it(void)
{
        os_process_clear(&left_behind);
}

static void test_clear_finds_what_was_left_behind(void **state)
{
        (void)state;
        os_process_init(&left_behind);
        assert_false(dies(clear_it));
        left_behind.debug_map = (void *)&something;
        assert_true(dies(clear_it));
        os_process_init(&left_behind);
        left_behind.signals = (void *)&something;
        assert_true(dies(clear_it));
        os_process_init(&left_behind);
        left_behind.signal_lock = &something;
        assert_true(dies(clear_it));
        os_process_init(&left_behind);
        left_behind.debug_lock = &something;
        assert_true(dies(clear_it));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_state_begins_empty),
                cmocka_unit_test(test_real_world_has_one_without_being_asked),
                cmocka_unit_test(test_worlds_share_nothing),
                cmocka_unit_test(test_clear_forgets_the_callbacks),
                cmocka_unit_test(test_clear_finds_what_was_left_behind),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
