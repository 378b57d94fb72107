/* SPDX-License-Identifier: BSD-3-Clause */
/* Locks and conditions: those of the real world, and none where threads were not enabled. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "os/lock.h"
#include "os/os.h"

#define MS INT64_C(1000000)

static struct os_process *process;
static long live_blocks; /* got through the functions of the process */
static bool is_out_of_memory;

static void *counting_malloc(size_t size)
{
        if (is_out_of_memory)
                return NULL;
        live_blocks++;
        return malloc(size);
}

static void counting_free(void *ptr)
{
        live_blocks--;
        free(ptr);
}

static int enable_threads(void **state)
{
        const struct os_threads *threads = os_threads(os_real());

        (void)state;
        process->locks = threads->locks;
        process->conditions = threads->conditions;
        process->thread_id = threads->id;
        process->malloc_fn = counting_malloc;
        process->free_fn = counting_free;
        is_out_of_memory = false;
        live_blocks = 0;
        return 0;
}

static int disable_threads(void **state)
{
        (void)state;
        os_process_clear(process);
        return live_blocks == 0 ? 0 : -1;
}

/* ---- Without threads ----------------------------------------------------------------------- */

static void test_without_threads_locks_are_nothing(void **state)
{
        void *lock = &lock;
        void *condition = &condition;

        (void)state;
        assert_int_equal(os_lock_new(process, &lock), 0);
        assert_null(lock);
        assert_int_equal(os_condition_new(process, &condition), 0);
        assert_null(condition);

        os_lock(process, lock);
        os_lock(process, lock);
        os_condition_broadcast(process, condition);
        os_condition_wait(process, condition, lock); /* returns, as nobody could wake us */
        os_unlock(process, lock);
        os_unlock(process, lock);
        os_condition_free(process, condition);
        os_lock_free(process, lock);
        assert_int_equal(os_thread_id(process), 0);
}

/* ---- With threads ------------------------------------------------------------------------ */

static void test_memory_failure_leaves_the_pointer(void **state)
{
        void *lock = &lock;
        void *condition = &condition;

        (void)state;
        is_out_of_memory = true;
        assert_int_equal(os_lock_new(process, &lock), -ENOMEM);
        assert_int_equal(os_condition_new(process, &condition), -ENOMEM);
        assert_ptr_equal(lock, &lock);
        assert_ptr_equal(condition, &condition);
}

static void test_locks_live_in_the_memory_of_the_process(void **state)
{
        void *lock;
        void *condition;

        (void)state;
        assert_int_equal(os_lock_new(process, &lock), 0);
        assert_int_equal(os_condition_new(process, &condition), 0);
        assert_int_equal(live_blocks, 2);
        os_condition_free(process, condition);
        os_lock_free(process, lock);
        assert_int_equal(live_blocks, 0);
}

static void *try_lock(void *lock)
{
        if (process->locks.lock(EVTHREAD_TRY, lock) != 0)
                return NULL;
        os_unlock(process, lock);
        return lock;
}

/* What another thread gets of the lock now: the lock, or NULL. */
static void *tried_by_another_thread(void *lock)
{
        pthread_t thread;
        void *got = NULL;

        assert_int_equal(pthread_create(&thread, NULL, try_lock, lock), 0);
        assert_int_equal(pthread_join(thread, &got), 0);
        return got;
}

static void test_lock_is_free_when_it_was_given_back_as_often_as_taken(void **state)
{
        void *lock;

        (void)state;
        assert_int_equal(os_lock_new(process, &lock), 0);
        os_lock(process, lock);
        os_lock(process, lock);
        assert_null(tried_by_another_thread(lock));
        os_unlock(process, lock);
        assert_null(tried_by_another_thread(lock));
        os_unlock(process, lock);
        assert_ptr_equal(tried_by_another_thread(lock), lock);
        os_lock_free(process, lock);
}

static struct {
        void *lock;
        void *condition;
        long count;
        int turn;
} shared;

static void *count_up(void *arg)
{
        (void)arg;
        for (int i = 0; i < 20000; i++) {
                os_lock(process, shared.lock);
                shared.count++;
                os_unlock(process, shared.lock);
        }
        return NULL;
}

static void test_one_thread_at_a_time(void **state)
{
        pthread_t threads[3];

        (void)state;
        shared.count = 0;
        assert_int_equal(os_lock_new(process, &shared.lock), 0);
        for (int i = 0; i < 3; i++)
                assert_int_equal(pthread_create(&threads[i], NULL, count_up, NULL), 0);
        for (int i = 0; i < 3; i++)
                assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(shared.count, 60000);
        os_lock_free(process, shared.lock);
}

/* Waits until it is this thread's turn, and passes it on to the next. */
static void *take_turn(void *arg)
{
        const int mine = *(const int *)arg;

        os_lock(process, shared.lock);
        while (shared.turn != mine)
                os_condition_wait(process, shared.condition, shared.lock);
        shared.turn++;
        os_condition_broadcast(process, shared.condition);
        os_unlock(process, shared.lock);
        return NULL;
}

static void test_broadcast_wakes_all(void **state)
{
        const int turns[3] = {2, 1, 0};
        pthread_t threads[3];

        (void)state;
        shared.turn = -1;
        assert_int_equal(os_lock_new(process, &shared.lock), 0);
        assert_int_equal(os_condition_new(process, &shared.condition), 0);
        for (int i = 0; i < 3; i++)
                assert_int_equal(
                        pthread_create(&threads[i], NULL, take_turn, (void *)(uintptr_t)&turns[i]),
                        0);
        os_lock(process, shared.lock);
        shared.turn = 0;
        os_condition_broadcast(process, shared.condition);
        while (shared.turn != 3)
                os_condition_wait(process, shared.condition, shared.lock);
        os_unlock(process, shared.lock);
        for (int i = 0; i < 3; i++)
                assert_int_equal(pthread_join(threads[i], NULL), 0);
        os_condition_free(process, shared.condition);
        os_lock_free(process, shared.lock);
}

static void test_wait_with_a_timeout_ends_and_has_the_lock(void **state)
{
        const struct timeval soon = {.tv_usec = 2000};
        const struct timeval past = {.tv_sec = -2000000000}; /* before the clock's zero */
        void *lock;
        void *condition;

        (void)state;
        assert_int_equal(os_lock_new(process, &lock), 0);
        assert_int_equal(os_condition_new(process, &condition), 0);
        os_lock(process, lock);
        const int64_t start = os_clock(os_real(), OS_CLOCK_MONOTONIC);
        int result; /* a wait may end for nothing */
        do
                result = process->conditions.wait_condition(condition, lock, &soon);
        while (result == 0);
        assert_int_equal(result, 1);
        assert_true(os_clock(os_real(), OS_CLOCK_MONOTONIC) >= start + 2 * MS);
        assert_int_equal(process->conditions.wait_condition(condition, lock, &past), 1);
        assert_null(tried_by_another_thread(lock));
        os_unlock(process, lock);
        os_condition_free(process, condition);
        os_lock_free(process, lock);
}

static void *tell_id(void *arg)
{
        *(unsigned long *)arg = os_thread_id(process);
        return NULL;
}

static void test_each_living_thread_has_its_id(void **state)
{
        unsigned long other = 0;
        pthread_t thread;

        (void)state;
        assert_int_equal(pthread_create(&thread, NULL, tell_id, &other), 0);
        assert_int_equal(pthread_join(thread, NULL), 0);
        assert_true(os_thread_id(process) == os_thread_id(process));
        assert_true(os_thread_id(process) != other);
}

static void test_only_the_condition_type_that_is_known(void **state)
{
        (void)state;
        assert_null(process->conditions.alloc_condition(1));
}

#define LOCK_TEST(f) cmocka_unit_test_setup_teardown(f, enable_threads, disable_threads)

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_without_threads_locks_are_nothing),
                LOCK_TEST(test_memory_failure_leaves_the_pointer),
                LOCK_TEST(test_locks_live_in_the_memory_of_the_process),
                LOCK_TEST(test_lock_is_free_when_it_was_given_back_as_often_as_taken),
                LOCK_TEST(test_one_thread_at_a_time),
                LOCK_TEST(test_broadcast_wakes_all),
                LOCK_TEST(test_wait_with_a_timeout_ends_and_has_the_lock),
                LOCK_TEST(test_each_living_thread_has_its_id),
                LOCK_TEST(test_only_the_condition_type_that_is_known),
        };

        process = os_real()->process;
        return cmocka_run_group_tests(tests, NULL, NULL);
}
