/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The backend of event ports, by what it tells the kernel and what it makes of the kernel's
 * answers.
 */
#include <errno.h>
#include <string.h>

#include "scripted_world.h"

static struct scripted_world w;

static int set_up(void **state)
{
        (void)state;
        script_begin(&w, &evi_backend_evport);
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        script_end(&w);
        return 0;
}

static void expect_association(int n, int fd, int events)
{
        assert_in_range(n, 0, w.nchanges - 1);
        assert_int_equal(w.associations[n].fd, fd);
        assert_int_equal(w.associations[n].events, events);
        if (events != 0)
                assert_int_equal(w.associations[n].user, w.states[fd][0]);
}

static struct port_event event_of(int fd, int events)
{
        return (struct port_event){.portev_events = events,
                                   .portev_source = PORT_SOURCE_FD,
                                   .portev_object = (uintptr_t)fd,
                                   .portev_user = (void *)(uintptr_t)w.states[fd][0]};
}

static void test_open_fails_cleanly(void **state)
{
        (void)state;
        script_fail_open(&evi_backend_evport, 2);
}

static void test_changes_of_interest(void **state)
{
        (void)state;
        assert_int_equal(script_set(&w, 5, R), 0);
        expect_association(0, 5, POLLIN);
        assert_int_equal(script_set(&w, 5, R | W), 0);
        expect_association(1, 5, POLLIN | POLLOUT);
        assert_int_equal(script_set(&w, 5, W), 0);
        expect_association(2, 5, POLLOUT);
        assert_int_equal(script_set(&w, 5, 0), 0);
        expect_association(3, 5, 0);
        assert_int_equal(w.nchanges, 4);
        assert_int_equal(w.states[5][0], 0);
}

static void test_renewal_has_a_generation_of_its_own(void **state)
{
        uint32_t generation;

        (void)state;
        assert_int_equal(script_set(&w, 5, R), 0);
        generation = w.states[5][0];
        assert_int_equal(script_renew(&w, 5), 0);
        assert_true(w.states[5][0] != generation);
        expect_association(1, 5, POLLIN);
}

static void test_interest_in_closing_alone_is_none(void **state)
{
        (void)state;
        assert_int_equal(script_set(&w, 5, C), 0);
        assert_int_equal(w.ncalls, 0);
        assert_int_equal(script_set(&w, 5, R | C), 0);
        expect_association(0, 5, POLLIN);
        assert_int_equal(script_set(&w, 5, C), 0);
        expect_association(1, 5, 0);
        assert_int_equal(script_set(&w, 5, 0), 0);
        assert_int_equal(w.nchanges, 2);
}

static void test_failures(void **state)
{
        (void)state;
        w.call_error = ENOSPC;
        assert_int_equal(script_set(&w, 5, R), -ENOSPC);
        script_forget(&w);
        assert_int_equal(script_set(&w, 5, R), 0);
        assert_int_not_equal(w.states[5][0], 0);
        expect_association(0, 5, POLLIN);
        w.call_error = ENOMEM;
        assert_int_equal(script_set(&w, 5, R | W), -ENOMEM);
        assert_int_equal(script_renew(&w, 5), -ENOMEM);
        script_forget(&w);
        w.allocations_left = 0;
        assert_int_equal(script_set(&w, 500, R), -ENOMEM);
        assert_int_equal(w.ncalls, 0);
}

static void test_removal_never_fails_for_what_is_gone(void **state)
{
        const int errors[] = {ENOENT, EBADF, EACCES};

        (void)state;
        for (int i = 0; i < 3; i++) {
                assert_int_equal(script_set(&w, 5, R), 0);
                w.call_error = errors[i];
                assert_int_equal(script_set(&w, 5, 0), errors[i] == EACCES ? -EACCES : 0);
                assert_int_equal(w.states[5][0], 0);
                script_forget(&w);
        }
}

static void test_findings(void **state)
{
        struct port_event found[6];
        const int events[] = {POLLIN, POLLOUT, POLLERR, POLLHUP, POLLIN};
        const int expected[] = {R, W, R | W, R | W};

        (void)state;
        for (int fd = 3; fd <= 7; fd++) {
                assert_int_equal(script_set(&w, fd, R | W), 0);
                found[fd - 3] = event_of(fd, events[fd - 3]);
        }
        found[4].portev_source = PORT_SOURCE_USER; /* somebody sent to the port */
        found[5] = event_of(200, POLLIN);          /* of which nothing is known */
        script_wait(&w, found, 6);
        script_collect(&w, 2);
        assert_int_equal(w.nready, 4);
        for (int i = 0; i < 4; i++)
                script_expect(&w, i, 3 + i, expected[i]);
}

/* ---- Associations that ended with their event --------------------------------------------- */

/* Two descriptors of three were found ready. */
static void find_two(void)
{
        struct port_event found[2];

        for (int fd = 5; fd <= 7; fd++)
                assert_int_equal(script_set(&w, fd, R), 0);
        found[0] = event_of(7, POLLIN);
        found[1] = event_of(5, POLLIN);
        assert_int_equal(script_turn(&w, found, 2, -1), 0);
        assert_int_equal(w.nready, 2);
        script_forget(&w);
}

static void test_what_was_fetched_is_associated_again(void **state)
{
        (void)state;
        find_two();
        assert_int_equal(script_turn(&w, NULL, 0, -1), 0);
        assert_int_equal(w.nchanges, 2);
        expect_association(0, 7, POLLIN);
        expect_association(1, 5, POLLIN);
        assert_int_equal(script_turn(&w, NULL, 0, -1), 0);
        assert_int_equal(w.nchanges, 2);
}

static void test_but_not_what_is_not_wanted_any_more(void **state)
{
        (void)state;
        find_two();
        assert_int_equal(script_set(&w, 7, 0), 0);
        script_forget(&w);
        assert_int_equal(script_turn(&w, NULL, 0, -1), 0);
        assert_int_equal(w.nchanges, 1);
        expect_association(0, 5, POLLIN);
}

static void test_nor_what_was_associated_by_a_change(void **state)
{
        (void)state;
        find_two();
        assert_int_equal(script_set(&w, 5, R | W), 0);
        script_forget(&w);
        assert_int_equal(script_turn(&w, NULL, 0, -1), 0);
        assert_int_equal(w.nchanges, 1);
        expect_association(0, 7, POLLIN);
}

/* One in the middle of the list goes, and those around it stay. */
static void test_list_of_the_fetched(void **state)
{
        struct port_event found[5];

        (void)state;
        for (int fd = 0; fd < 5; fd++) {
                assert_int_equal(script_set(&w, fd, R), 0);
                found[fd] = event_of(fd, POLLIN);
        }
        assert_int_equal(script_turn(&w, found, 5, -1), 0);
        assert_int_equal(script_set(&w, 2, 0), 0);
        assert_int_equal(script_set(&w, 0, 0), 0);
        assert_int_equal(script_set(&w, 4, 0), 0);
        script_forget(&w);
        assert_int_equal(script_turn(&w, NULL, 0, -1), 0);
        assert_int_equal(w.nchanges, 2);
        expect_association(0, 1, POLLIN);
        expect_association(1, 3, POLLIN);
}

/* It was closed without being removed: the kernel has forgotten it, and so it stays. */
static void test_closed_descriptor_is_not_associated_again(void **state)
{
        (void)state;
        find_two();
        w.failing = 0;
        w.change_error = EBADF;
        assert_int_equal(script_turn(&w, NULL, 0, -1), 0);
        assert_int_equal(w.nchanges, 2);
        assert_int_equal(script_turn(&w, NULL, 0, -1), 0);
        assert_int_equal(w.nchanges, 2);
}

/* The loop ends with the error; the next one goes on where it was. */
static void test_failed_association_is_tried_again(void **state)
{
        (void)state;
        find_two();
        w.failing = 1;
        w.change_error = ENOMEM;
        assert_int_equal(script_turn(&w, NULL, 0, -1), -ENOMEM);
        script_forget(&w);
        assert_int_equal(script_turn(&w, NULL, 0, -1), 0);
        assert_int_equal(w.nchanges, 1);
        expect_association(0, 5, POLLIN);
}

/* ---- Other threads ------------------------------------------------------------------------ */

static void give_the_number_to_another(struct scripted_world *world)
{
        assert_int_equal(script_set(world, 5, 0), 0);
        assert_int_equal(script_set(world, 5, R), 0);
}

/* What was fetched is of the old one; the new one's association is alive and not repeated. */
static void test_number_that_changed_hands_during_the_wait(void **state)
{
        struct port_event found;

        (void)state;
        assert_int_equal(script_set(&w, 5, R), 0);
        found = event_of(5, POLLIN);
        w.during_wait = give_the_number_to_another;
        assert_int_equal(script_turn(&w, &found, 1, -1), 0);
        assert_int_equal(w.nready, 0);
        script_forget(&w);
        assert_int_equal(script_turn(&w, NULL, 0, -1), 0);
        assert_int_equal(w.nchanges, 0);
}

static void test_wait_that_fails(void **state)
{
        (void)state;
        w.wait_error = EINTR;
        assert_int_equal(script_turn(&w, NULL, 0, 1234567), 0);
        assert_int_equal(w.timeout_ns, 1234567);
        w.wait_error = EBADF;
        assert_int_equal(script_turn(&w, NULL, 0, 0), -EBADF);
}

static void test_many_and_their_memory(void **state)
{
        static struct port_event found[200];

        (void)state;
        for (int fd = 0; fd < 200; fd++) {
                assert_int_equal(script_set(&w, fd, R), 0);
                found[fd] = event_of(fd, POLLIN);
        }
        for (int i = 0; i < 4; i++) {
                w.nchanges = 0;
                assert_int_equal(script_turn(&w, found, 200, 0), 0);
        }
        assert_int_equal(w.nready, 200);
        script_expect(&w, 199, 199, R);
        script_forget(&w);
        for (int fd = 0; fd < 200; fd++)
                assert_int_equal(script_set(&w, fd, 0), 0);
        assert_in_range(w.small.last_size, 1, 32 * sizeof(struct port_event));
        script_forget(&w);
        assert_int_equal(script_turn(&w, NULL, 0, 0), 0);
        assert_int_equal(w.nchanges, 0);
}

#define EVPORT_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_open_fails_cleanly),
                EVPORT_TEST(test_changes_of_interest),
                EVPORT_TEST(test_renewal_has_a_generation_of_its_own),
                EVPORT_TEST(test_interest_in_closing_alone_is_none),
                EVPORT_TEST(test_failures),
                EVPORT_TEST(test_removal_never_fails_for_what_is_gone),
                EVPORT_TEST(test_findings),
                EVPORT_TEST(test_what_was_fetched_is_associated_again),
                EVPORT_TEST(test_but_not_what_is_not_wanted_any_more),
                EVPORT_TEST(test_nor_what_was_associated_by_a_change),
                EVPORT_TEST(test_list_of_the_fetched),
                EVPORT_TEST(test_closed_descriptor_is_not_associated_again),
                EVPORT_TEST(test_failed_association_is_tried_again),
                EVPORT_TEST(test_number_that_changed_hands_during_the_wait),
                EVPORT_TEST(test_wait_that_fails),
                EVPORT_TEST(test_many_and_their_memory),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
