/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The backend of /dev/poll, by what it tells the kernel and what it makes of the kernel's answers.
 */
#include <errno.h>
#include <string.h>

#include "scripted_world.h"

static struct scripted_world w;

static int set_up(void **state)
{
        (void)state;
        script_begin(&w, &evi_backend_devpoll);
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        script_end(&w);
        return 0;
}

static void expect_write(int n, int fd, int events)
{
        assert_in_range(n, 0, w.nchanges - 1);
        assert_int_equal(w.writes[n].fd, fd);
        assert_int_equal(w.writes[n].events, events);
}

static struct pollfd found_of(int fd, int revents)
{
        return (struct pollfd){.fd = fd, .events = POLLIN, .revents = (short)revents};
}

static void test_open_fails_cleanly(void **state)
{
        (void)state;
        script_fail_open(&evi_backend_devpoll, 2);
}

/* The kernel adds events to those that it has, so each change begins by taking the descriptor
 * out. */
static void test_changes_of_interest(void **state)
{
        (void)state;
        assert_int_equal(script_set(&w, 5, R | W), 0);
        assert_int_equal(script_set(&w, 5, W), 0);
        assert_int_equal(script_set(&w, 5, 0), 0);
        assert_int_equal(w.ncalls, 3);
        assert_int_equal(w.nchanges, 5);
        expect_write(0, 5, OS_POLLREMOVE);
        expect_write(1, 5, POLLIN | POLLOUT);
        expect_write(2, 5, OS_POLLREMOVE);
        expect_write(3, 5, POLLOUT);
        expect_write(4, 5, OS_POLLREMOVE);
}

static void test_generations(void **state)
{
        uint32_t first, renewed;

        (void)state;
        assert_int_equal(script_set(&w, 5, R), 0);
        first = w.states[5][0];
        assert_true(first != 0);
        assert_int_equal(script_set(&w, 5, R | W), 0);
        assert_true(w.states[5][0] == first);
        assert_int_equal(script_renew(&w, 5), 0);
        renewed = w.states[5][0];
        assert_true(renewed != first && renewed != 0);
        assert_int_equal(script_set(&w, 5, 0), 0);
        assert_int_equal(w.states[5][0], 0);
        assert_int_equal(script_set(&w, 5, R), 0);
        assert_true(w.states[5][0] != renewed && w.states[5][0] != first);
}

static void test_interest_in_closing_alone_is_none(void **state)
{
        (void)state;
        assert_int_equal(script_set(&w, 5, C), 0);
        assert_int_equal(w.ncalls, 0);
        assert_int_equal(script_set(&w, 5, R | C), 0);
        expect_write(1, 5, POLLIN);
        assert_int_equal(script_set(&w, 5, C), 0);
        expect_write(2, 5, OS_POLLREMOVE);
        assert_int_equal(script_set(&w, 5, 0), 0);
        assert_int_equal(w.nchanges, 3);
}

/* A write that fails may have taken the descriptor out already. */
static void test_failed_change_writes_the_old_interest(void **state)
{
        uint32_t generation;

        (void)state;
        assert_int_equal(script_set(&w, 5, R), 0);
        generation = w.states[5][0];
        script_forget(&w);
        w.failing = 1;
        w.change_error = ENOMEM;
        assert_int_equal(script_set(&w, 5, R | W), -ENOMEM);
        expect_write(2, 5, OS_POLLREMOVE);
        expect_write(3, 5, POLLIN);

        script_forget(&w);
        w.failing = 1;
        w.change_error = EIO;
        assert_int_equal(script_renew(&w, 5), -EIO);
        assert_true(w.states[5][0] == generation);

        const struct pollfd found = found_of(5, POLLIN);
        script_forget(&w);
        assert_int_equal(script_turn(&w, &found, 1, 0), 0);
        script_expect(&w, 0, 5, R);
}

static void test_failed_addition_leaves_nothing(void **state)
{
        const struct pollfd found = found_of(5, POLLIN);

        (void)state;
        w.failing = 1;
        w.change_error = ENOMEM;
        assert_int_equal(script_set(&w, 5, R), -ENOMEM);
        assert_int_equal(w.nchanges, 3);
        expect_write(2, 5, OS_POLLREMOVE);
        script_forget(&w);
        assert_int_equal(script_turn(&w, &found, 1, 0), 0);
        assert_int_equal(w.nready, 0);

        w.allocations_left = 0;
        assert_int_equal(script_set(&w, 500, R), -ENOMEM);
        assert_int_equal(w.ncalls, 0);
}

static void test_removal_never_fails_for_what_is_gone(void **state)
{
        const int errors[] = {ENOENT, EBADF, ENOMEM};

        (void)state;
        for (int i = 0; i < 3; i++) {
                assert_int_equal(script_set(&w, 5, R), 0);
                w.call_error = errors[i];
                assert_int_equal(script_set(&w, 5, 0), errors[i] == ENOMEM ? -ENOMEM : 0);
                assert_int_equal(w.states[5][0], 0);
                script_forget(&w);
        }
}

static void test_findings(void **state)
{
        const struct pollfd found[] = {found_of(3, POLLIN), found_of(4, POLLIN | POLLOUT),
                                       found_of(5, POLLERR), found_of(6, POLLHUP),
                                       found_of(7, POLLNVAL)};
        const int expected[] = {R, R | W, R | W, R | W, R | W};

        (void)state;
        for (int fd = 3; fd <= 7; fd++)
                assert_int_equal(script_set(&w, fd, R | W), 0);
        script_wait(&w, found, 5);
        script_collect(&w, 2);
        assert_int_equal(w.nready, 5);
        for (int i = 0; i < 5; i++)
                script_expect(&w, i, 3 + i, expected[i]);
}

/* The answer names nothing but the number: whoever came during the wait is not meant. */
static void give_the_number_to_another(struct scripted_world *world)
{
        assert_int_equal(script_set(world, 5, 0), 0);
        assert_int_equal(script_set(world, 5, R), 0);
        assert_int_equal(script_set(world, 6, R), 0);
}

static void test_registration_during_the_wait_is_left_out(void **state)
{
        const struct pollfd found[] = {found_of(4, POLLIN), found_of(5, POLLIN),
                                       found_of(6, POLLIN), found_of(7, POLLIN)};

        (void)state;
        assert_int_equal(script_set(&w, 4, R), 0);
        assert_int_equal(script_set(&w, 5, R), 0);
        assert_int_equal(script_set(&w, 8, R), 0);
        assert_int_equal(script_set(&w, 9, R), 0);
        w.during_wait = give_the_number_to_another;
        assert_int_equal(script_turn(&w, found, 4, -1), 0);
        assert_int_equal(w.nready, 1);
        script_expect(&w, 0, 4, R);

        w.during_wait = NULL;
        assert_int_equal(script_turn(&w, found, 4, -1), 0);
        assert_int_equal(w.nready, 3);
        script_expect(&w, 1, 5, R);
        script_expect(&w, 2, 6, R);
}

static void test_wait_that_fails(void **state)
{
        (void)state;
        w.wait_error = EINTR;
        assert_int_equal(script_turn(&w, NULL, 0, 1234567), 0);
        assert_int_equal(w.timeout_ns, 1234567);
        w.wait_error = EACCES;
        assert_int_equal(script_turn(&w, NULL, 0, 0), -EACCES);
}

/* More than there are descriptors would be EINVAL. */
static void test_no_more_is_asked_for_than_is_registered(void **state)
{
        (void)state;
        assert_int_equal(script_turn(&w, NULL, 0, 0), 0);
        assert_int_equal(w.max, 1);
        for (int fd = 0; fd < 5; fd++)
                assert_int_equal(script_set(&w, fd, R), 0);
        assert_int_equal(script_turn(&w, NULL, 0, 0), 0);
        assert_int_equal(w.max, 5);
        assert_int_equal(script_set(&w, 2, 0), 0);
        assert_int_equal(script_turn(&w, NULL, 0, 0), 0);
        assert_int_equal(w.max, 4);
}

static void test_many_and_their_memory(void **state)
{
        static struct pollfd found[200];

        (void)state;
        for (int fd = 0; fd < 200; fd++) {
                assert_int_equal(script_set(&w, fd, R), 0);
                found[fd] = found_of(fd, POLLIN);
        }
        script_forget(&w);
        for (int i = 0; i < 4; i++)
                assert_int_equal(script_turn(&w, found, 200, 0), 0);
        assert_int_equal(w.max, 200);
        assert_int_equal(w.nready, 200);
        script_expect(&w, 199, 199, R);
        for (int fd = 0; fd < 200; fd++)
                assert_int_equal(script_set(&w, fd, 0), 0);
        assert_in_range(w.small.last_size, 1, 32 * sizeof(struct pollfd));
}

#define DEVPOLL_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_open_fails_cleanly),
                DEVPOLL_TEST(test_changes_of_interest),
                DEVPOLL_TEST(test_generations),
                DEVPOLL_TEST(test_interest_in_closing_alone_is_none),
                DEVPOLL_TEST(test_failed_change_writes_the_old_interest),
                DEVPOLL_TEST(test_failed_addition_leaves_nothing),
                DEVPOLL_TEST(test_removal_never_fails_for_what_is_gone),
                DEVPOLL_TEST(test_findings),
                DEVPOLL_TEST(test_registration_during_the_wait_is_left_out),
                DEVPOLL_TEST(test_wait_that_fails),
                DEVPOLL_TEST(test_no_more_is_asked_for_than_is_registered),
                DEVPOLL_TEST(test_many_and_their_memory),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
