/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The kqueue backend, by what it tells the kernel and what it makes of the kernel's answers.
 */
#include <errno.h>
#include <string.h>

#include "scripted_world.h"

static struct scripted_world w;

static int set_up(void **state)
{
        (void)state;
        script_begin(&w, &evi_backend_kqueue);
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        script_end(&w);
        return 0;
}

static void expect_change(int n, int fd, os_kevent_filter filter, unsigned flags)
{
        const struct kevent *change = &w.kevents[n];

        assert_in_range(n, 0, w.nchanges - 1);
        assert_int_equal(change->ident, fd);
        assert_int_equal(change->filter, filter);
        assert_int_equal(change->flags, flags | EV_RECEIPT);
        if (flags & EV_ADD)
                assert_int_equal(change->fflags, filter == EVFILT_READ ? OS_NOTE_FILE_POLL : 0);
}

static struct kevent event_of(int fd, os_kevent_filter filter, unsigned flags, unsigned fflags)
{
        struct kevent event = os_kevent_make(fd, filter, flags, w.states[fd][0]);

        event.fflags = fflags;
        return event;
}

static void test_open_fails_cleanly(void **state)
{
        (void)state;
        script_fail_open(&evi_backend_kqueue, 2);
}

/* A child process has not inherited the kqueue, and may have given its number to another. */
static void test_child_does_not_close_what_it_has_not(void **state)
{
        struct scripted_world *const parent = &w;

        (void)state;
        script_begin(parent, &evi_backend_kqueue);
        parent->pid = 101;
        parent->b->ops->close(parent->b);
        assert_int_equal(parent->nopen, 1);
        assert_int_equal(parent->small.blocks, 0);
}

/* ---- What the kernel is told -------------------------------------------------------------- */

static void test_one_call_for_both_directions(void **state)
{
        (void)state;
        assert_int_equal(script_set(&w, 5, R | W), 0);
        assert_int_equal(w.ncalls, 1);
        assert_int_equal(w.nchanges, 2);
        expect_change(0, 5, EVFILT_READ, EV_ADD);
        expect_change(1, 5, EVFILT_WRITE, EV_ADD);
        assert_true(os_kevent_cookie(&w.kevents[0]) == w.states[5][0]);
        assert_true(os_kevent_cookie(&w.kevents[1]) == w.states[5][0]);
        assert_int_not_equal(w.states[5][0], 0);

        script_forget(&w);
        assert_int_equal(script_set(&w, 5, 0), 0);
        assert_int_equal(w.ncalls, 1);
        expect_change(0, 5, EVFILT_READ, EV_DELETE);
        expect_change(1, 5, EVFILT_WRITE, EV_DELETE);
}

static void test_turning_round_is_one_call(void **state)
{
        (void)state;
        assert_int_equal(script_set(&w, 5, R), 0);
        script_forget(&w);
        assert_int_equal(script_set(&w, 5, W), 0);
        assert_int_equal(w.ncalls, 1);
        assert_int_equal(w.nchanges, 2);
        expect_change(0, 5, EVFILT_READ, EV_DELETE);
        expect_change(1, 5, EVFILT_WRITE, EV_ADD);
}

/* What narrows has nothing that could fail. */
static void test_narrowing_only_deletes(void **state)
{
        (void)state;
        assert_int_equal(script_set(&w, 5, R | W), 0);
        script_forget(&w);
        assert_int_equal(script_set(&w, 5, W), 0);
        assert_int_equal(w.nchanges, 1);
        expect_change(0, 5, EVFILT_READ, EV_DELETE);
}

/* The kernel may have lost the first, whose descriptor was closed and opened anew. */
static void test_widening_renews_what_was_there(void **state)
{
        uint32_t generation;

        (void)state;
        assert_int_equal(script_set(&w, 5, R), 0);
        generation = w.states[5][0];
        script_forget(&w);
        assert_int_equal(script_set(&w, 5, R | W), 0);
        assert_int_equal(w.ncalls, 1);
        expect_change(0, 5, EVFILT_READ, EV_ADD);
        expect_change(1, 5, EVFILT_WRITE, EV_ADD);
        assert_true(w.states[5][0] == generation);
        assert_true(os_kevent_cookie(&w.kevents[0]) == generation);
}

static void test_renewal_has_a_generation_of_its_own(void **state)
{
        uint32_t generation;

        (void)state;
        assert_int_equal(script_set(&w, 5, W), 0);
        generation = w.states[5][0];
        script_forget(&w);
        assert_int_equal(script_renew(&w, 5), 0);
        assert_int_equal(w.nchanges, 1);
        expect_change(0, 5, EVFILT_WRITE, EV_ADD);
        assert_true(w.states[5][0] != generation);
        assert_true(os_kevent_cookie(&w.kevents[0]) == w.states[5][0]);
}

static void test_edges_are_ev_clear(void **state)
{
        (void)state;
        assert_int_equal(script_set(&w, 5, R | W | ET), 0);
        expect_change(0, 5, EVFILT_READ, EV_ADD | EV_CLEAR);
        expect_change(1, 5, EVFILT_WRITE, EV_ADD | EV_CLEAR);
}

/* EV_ADD would not change EV_CLEAR of an entry that is there. */
static void test_from_level_to_edge_by_way_of_nothing(void **state)
{
        (void)state;
        assert_int_equal(script_set(&w, 5, R), 0);
        script_forget(&w);
        assert_int_equal(script_set(&w, 5, R | W | ET), 0);
        assert_int_equal(w.ncalls, 2);
        expect_change(0, 5, EVFILT_READ, EV_DELETE);
        expect_change(1, 5, EVFILT_READ, EV_ADD | EV_CLEAR);
        expect_change(2, 5, EVFILT_WRITE, EV_ADD | EV_CLEAR);

        script_forget(&w);
        assert_int_equal(script_set(&w, 5, R), 0);
        assert_int_equal(w.nchanges, 3);
        expect_change(0, 5, EVFILT_READ, EV_DELETE);
        expect_change(1, 5, EVFILT_WRITE, EV_DELETE);
        expect_change(2, 5, EVFILT_READ, EV_ADD);
}

/* EV_CLOSED has no filter: it is not among the features. */
static void test_interest_in_closing_alone_is_none(void **state)
{
        (void)state;
        assert_int_equal(script_set(&w, 5, C), 0);
        assert_int_equal(w.ncalls, 0);
        assert_int_equal(script_set(&w, 5, R | C), 0);
        expect_change(0, 5, EVFILT_READ, EV_ADD);
        assert_int_equal(script_set(&w, 5, C), 0);
        expect_change(1, 5, EVFILT_READ, EV_DELETE);
        assert_int_equal(script_set(&w, 5, 0), 0);
        assert_int_equal(w.nchanges, 2);
}

/* ---- What may go wrong -------------------------------------------------------------------- */

static void fail_change(int n, int error)
{
        script_forget(&w);
        w.failing = n;
        w.change_error = error;
}

static void test_failed_addition_leaves_what_was(void **state)
{
        uint32_t generation;

        (void)state;
        assert_int_equal(script_set(&w, 5, R), 0);
        generation = w.states[5][0];
        fail_change(1, ENOMEM);
        assert_int_equal(script_set(&w, 5, R | W), -ENOMEM);
        assert_int_equal(w.nchanges, 4);
        expect_change(2, 5, EVFILT_READ, EV_ADD);
        expect_change(3, 5, EVFILT_WRITE, EV_DELETE);
        assert_true(os_kevent_cookie(&w.kevents[2]) == generation);

        fail_change(1, EINVAL);
        assert_int_equal(script_set(&w, 5, W), -EINVAL);
        expect_change(2, 5, EVFILT_READ, EV_ADD);
        expect_change(3, 5, EVFILT_WRITE, EV_DELETE);
}

static void test_failed_first_addition_leaves_nothing(void **state)
{
        (void)state;
        fail_change(0, EBADF);
        assert_int_equal(script_set(&w, 5, R | W), -EBADF);
        expect_change(2, 5, EVFILT_READ, EV_DELETE);
        expect_change(3, 5, EVFILT_WRITE, EV_DELETE);
        assert_int_equal(w.states[5][0], 0);
}

static void test_failed_change_to_edges_leaves_levels(void **state)
{
        (void)state;
        assert_int_equal(script_set(&w, 5, R), 0);
        fail_change(1, ENOMEM);
        assert_int_equal(script_set(&w, 5, R | ET), -ENOMEM);
        assert_int_equal(w.nchanges, 3);
        expect_change(2, 5, EVFILT_READ, EV_ADD);
}

static void test_failed_calls(void **state)
{
        (void)state;
        w.call_error = ENOMEM;
        assert_int_equal(script_set(&w, 5, R), -ENOMEM);
        script_forget(&w);
        w.withheld = 1; /* a kernel that gives no receipts */
        assert_int_equal(script_set(&w, 5, R), -EIO);
}

/* The descriptor was closed first, which deleted its entries. */
static void test_removal_of_what_is_gone_succeeds(void **state)
{
        const int errors[] = {ENOENT, EBADF};

        (void)state;
        for (int i = 0; i < 2; i++) {
                assert_int_equal(script_set(&w, 5, R), 0);
                fail_change(0, errors[i]);
                assert_int_equal(script_set(&w, 5, 0), 0);
                script_forget(&w);
                assert_int_equal(script_set(&w, 5, R | W), 0);
                fail_change(1, errors[i]);
                assert_int_equal(script_set(&w, 5, R), 0);
                assert_int_equal(script_set(&w, 5, 0), 0);
        }
}

static void test_failed_removal_is_told_and_forgotten(void **state)
{
        (void)state;
        assert_int_equal(script_set(&w, 5, R), 0);
        fail_change(0, ENOMEM);
        assert_int_equal(script_set(&w, 5, 0), -ENOMEM);
        assert_int_equal(w.states[5][0], 0);
}

/* ---- Pipes that nobody reads -------------------------------------------------------------- */

static void break_pipe(int fd, int interest, int n)
{
        fail_change(n, EPIPE);
        assert_int_equal(script_set(&w, fd, interest), 0);
        script_forget(&w);
}

static void test_broken_pipe_is_writable_each_turn(void **state)
{
        (void)state;
        break_pipe(5, W, 0);
        for (int i = 0; i < 3; i++) {
                assert_int_equal(script_turn(&w, NULL, 0, -1), 0);
                assert_int_equal(w.timeout_ns, 0);
                assert_int_equal(w.nready, 1);
                script_expect(&w, 0, 5, W);
        }
        assert_int_equal(script_set(&w, 5, 0), 0);
        assert_int_equal(script_turn(&w, NULL, 0, -1), 0);
        assert_int_equal(w.timeout_ns, -1);
        assert_int_equal(w.nready, 0);
}

static void test_broken_pipe_has_one_edge(void **state)
{
        (void)state;
        break_pipe(5, W | ET, 0);
        assert_int_equal(script_turn(&w, NULL, 0, -1), 0);
        script_expect(&w, 0, 5, W);
        assert_int_equal(script_turn(&w, NULL, 0, -1), 0);
        assert_int_equal(w.timeout_ns, -1);
        assert_int_equal(w.nready, 0);
        fail_change(0, EPIPE);
        assert_int_equal(script_renew(&w, 5), 0); /* asked for anew, told anew */
        assert_int_equal(script_turn(&w, NULL, 0, -1), 0);
        script_expect(&w, 0, 5, W);
}

static void test_broken_pipe_and_other_findings(void **state)
{
        struct kevent found[2];

        (void)state;
        assert_int_equal(script_set(&w, 4, R), 0);
        break_pipe(5, R | W, 1);
        break_pipe(6, W, 0);
        found[0] = event_of(4, EVFILT_READ, 0, 0);
        found[1] = event_of(5, EVFILT_READ, EV_EOF, 0);
        script_wait(&w, found, 2);
        script_collect(&w, 1);
        assert_int_equal(w.nready, 4);
        script_expect(&w, 0, 4, R);
        script_expect(&w, 1, 5, R);
        script_expect(&w, 2, 5, W);
        script_expect(&w, 3, 6, W);

        /* The first goes, and the place is taken by the last. */
        assert_int_equal(script_set(&w, 5, R), 0);
        assert_int_equal(script_turn(&w, NULL, 0, -1), 0);
        assert_int_equal(w.nready, 1);
        script_expect(&w, 0, 6, W);
}

/* The number is given to another pipe, which somebody reads. */
static void test_broken_pipe_is_mended_by_another(void **state)
{
        (void)state;
        break_pipe(5, W, 0);
        assert_int_equal(script_renew(&w, 5), 0);
        assert_int_equal(script_turn(&w, NULL, 0, -1), 0);
        assert_int_equal(w.timeout_ns, -1);
        assert_int_equal(w.nready, 0);
}

static void test_broken_pipe_without_memory(void **state)
{
        (void)state;
        fail_change(0, EPIPE);
        w.allocations_left = 0;
        assert_int_equal(script_set(&w, 5, W), -ENOMEM);
        expect_change(1, 5, EVFILT_WRITE, EV_DELETE);
        assert_int_equal(script_turn(&w, NULL, 0, -1), 0);
        assert_int_equal(w.nready, 0);
}

static void test_many_broken_pipes(void **state)
{
        (void)state;
        for (int fd = 0; fd < 100; fd++)
                break_pipe(fd, W, 0);
        assert_int_equal(script_turn(&w, NULL, 0, -1), 0);
        assert_int_equal(w.nready, 100);
        for (int fd = 0; fd < 100; fd++)
                assert_int_equal(script_set(&w, fd, 0), 0);
        assert_int_equal(w.small.blocks, 2);
}

/* ---- What the kernel finds ---------------------------------------------------------------- */

static void test_findings(void **state)
{
        struct kevent found[7];

        (void)state;
        assert_int_equal(script_set(&w, 5, R | W), 0);
        found[0] = event_of(5, EVFILT_READ, 0, 0);
        found[1] = event_of(5, EVFILT_WRITE, 0, 0);
        found[2] = event_of(5, EVFILT_READ, EV_EOF, 0);
        found[3] = event_of(5, EVFILT_WRITE, EV_EOF, 0);
        found[4] = event_of(5, EVFILT_READ, EV_EOF, ECONNRESET);
        found[5] = event_of(5, EVFILT_WRITE, EV_ERROR, 0);
        found[6] = event_of(5, EVFILT_VNODE, 0, 0);
        assert_int_equal(script_turn(&w, found, 7, 1234567), 0);
        assert_int_equal(w.timeout_ns, 1234567);
        assert_int_equal(w.nready, 7);
        script_expect(&w, 0, 5, R);
        script_expect(&w, 1, 5, W);
        script_expect(&w, 2, 5, R);
        script_expect(&w, 3, 5, W);
        script_expect(&w, 4, 5, R | W);
        script_expect(&w, 5, 5, R | W);
        script_expect(&w, 6, 5, 0);
        script_collect(&w, 1);
        assert_int_equal(w.nready, 0); /* once */
}

static void test_finding_about_an_old_registration(void **state)
{
        struct kevent found;

        (void)state;
        assert_int_equal(script_set(&w, 5, R), 0);
        found = event_of(5, EVFILT_READ, 0, 0);
        script_wait(&w, &found, 1);
        assert_int_equal(script_set(&w, 5, 0), 0);
        memset(w.states[5], 0, sizeof w.states[5]);
        assert_int_equal(script_set(&w, 5, R), 0);
        script_collect(&w, 16);
        assert_int_equal(w.nready, 1);
        assert_true(w.ready[0].generation != w.states[5][0]);
}

/* Kernels differ in how long they can wait. */
static void test_long_waits_are_cut(void **state)
{
        const int64_t day_ns = INT64_C(86400) * 1000000000;

        (void)state;
        assert_int_equal(script_turn(&w, NULL, 0, day_ns), 0);
        assert_true(w.timeout_ns == day_ns);
        assert_int_equal(script_turn(&w, NULL, 0, INT64_MAX), 0);
        assert_true(w.timeout_ns == day_ns);
        assert_int_equal(script_turn(&w, NULL, 0, -1), 0);
        assert_true(w.timeout_ns == -1);
}

static void test_wait_that_fails(void **state)
{
        (void)state;
        w.wait_error = EINTR;
        assert_int_equal(script_turn(&w, NULL, 0, -1), 0);
        assert_int_equal(w.nready, 0);
        w.wait_error = ENOMEM;
        assert_int_equal(script_turn(&w, NULL, 0, -1), -ENOMEM);
}

/* ---- The batch --------------------------------------------------------------------------- */

enum { MANY = 200 };
static struct kevent many[MANY];

static void want_many(void)
{
        for (int fd = 0; fd < MANY; fd++) {
                assert_int_equal(script_set(&w, fd, R), 0);
                many[fd] = event_of(fd, EVFILT_READ, 0, 0);
        }
        script_forget(&w);
}

static void want_none(struct scripted_world *world)
{
        for (int fd = 0; fd < MANY; fd++)
                assert_int_equal(script_set(world, fd, 0), 0);
        world->nchanges = 0;
}

static void test_batch_grows_when_it_was_full(void **state)
{
        const int expected[] = {32, 64, 128, 256, 256};

        (void)state;
        want_many();
        for (int i = 0; i < 5; i++) {
                assert_int_equal(script_turn(&w, many, MANY, 0), 0);
                assert_int_equal(w.max, expected[i]);
                assert_int_equal(w.nready, MANY < expected[i] ? MANY : expected[i]);
        }
        want_none(&w);
        assert_int_equal(w.small.last_size, 32 * sizeof(struct kevent));
        assert_int_equal(script_turn(&w, NULL, 0, 0), 0);
        assert_int_equal(w.max, 32);
}

static void test_batch_without_memory_stays(void **state)
{
        (void)state;
        want_many();
        assert_int_equal(script_turn(&w, many, MANY, 0), 0);
        w.allocations_left = 0;
        assert_int_equal(script_turn(&w, many, MANY, 0), 0);
        assert_int_equal(w.max, 32);
        assert_int_equal(w.nready, 32);
}

/* The wait writes to the batch after all interest went: it must be where it was. */
static void test_batch_stays_while_another_thread_waits(void **state)
{
        (void)state;
        want_many();
        for (int i = 0; i < 4; i++)
                assert_int_equal(script_turn(&w, many, MANY, 0), 0);
        w.during_wait = want_none;
        assert_int_equal(script_turn(&w, many, MANY, 0), 0);
        assert_int_equal(w.nready, MANY);
        w.during_wait = NULL;
        assert_int_equal(script_turn(&w, NULL, 0, 0), 0);
        assert_int_equal(w.max, 32);
}

#define KQUEUE_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_open_fails_cleanly),
                cmocka_unit_test(test_child_does_not_close_what_it_has_not),
                KQUEUE_TEST(test_one_call_for_both_directions),
                KQUEUE_TEST(test_turning_round_is_one_call),
                KQUEUE_TEST(test_narrowing_only_deletes),
                KQUEUE_TEST(test_widening_renews_what_was_there),
                KQUEUE_TEST(test_renewal_has_a_generation_of_its_own),
                KQUEUE_TEST(test_edges_are_ev_clear),
                KQUEUE_TEST(test_from_level_to_edge_by_way_of_nothing),
                KQUEUE_TEST(test_interest_in_closing_alone_is_none),
                KQUEUE_TEST(test_failed_addition_leaves_what_was),
                KQUEUE_TEST(test_failed_first_addition_leaves_nothing),
                KQUEUE_TEST(test_failed_change_to_edges_leaves_levels),
                KQUEUE_TEST(test_failed_calls),
                KQUEUE_TEST(test_removal_of_what_is_gone_succeeds),
                KQUEUE_TEST(test_failed_removal_is_told_and_forgotten),
                KQUEUE_TEST(test_broken_pipe_is_writable_each_turn),
                KQUEUE_TEST(test_broken_pipe_has_one_edge),
                KQUEUE_TEST(test_broken_pipe_and_other_findings),
                KQUEUE_TEST(test_broken_pipe_is_mended_by_another),
                KQUEUE_TEST(test_broken_pipe_without_memory),
                KQUEUE_TEST(test_many_broken_pipes),
                KQUEUE_TEST(test_findings),
                KQUEUE_TEST(test_finding_about_an_old_registration),
                KQUEUE_TEST(test_long_waits_are_cut),
                KQUEUE_TEST(test_wait_that_fails),
                KQUEUE_TEST(test_batch_grows_when_it_was_full),
                KQUEUE_TEST(test_batch_without_memory_stays),
                KQUEUE_TEST(test_batch_stays_while_another_thread_waits),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
