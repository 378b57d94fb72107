/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kqueue: registrations, the queue, descriptors, signals and user events. The clauses are those of
 * FreeBSD's kqueue(2), by section; where the page is silent the test says whose behaviour it is.
 */
#include <signal.h>

#include "kqueues.h"

static int enter(void **state)
{
        (void)state;
        return enter_kqueue(EVSIM_KERNEL_FREEBSD);
}

/* ---- kevent(2) as a call -------------------------------------------------------------------
 */

/* RETURN VALUES: -1 and errno where there is no room for the error; ERRORS: ENOENT, EBADF, EINVAL. */
static void an_error_without_room_is_the_calls(void **state)
{
        (void)state;
        assert_int_equal(change(7, EVFILT_USER, EV_DELETE, 0, 0), -ENOENT);
        assert_int_equal(change(7, EVFILT_USER, EV_ENABLE, 0, 0), -ENOENT);
        assert_int_equal(change(77, EVFILT_READ, EV_ADD, 0, 0), -EBADF);
        assert_int_equal(change(77, EVFILT_READ, EV_DELETE, 0, 0), -EBADF);
        assert_int_equal(change(7, 99, EV_ADD, 0, 0), -EINVAL);
}

/* RETURN VALUES: with room the error is an entry with EV_ERROR, errno in data; and (kern_event.c)
 * flags are EV_ERROR alone, and nothing is waited for, were it for ever. */
static void an_error_with_room_is_an_entry_and_ends_the_call(void **state)
{
        const struct kevent wrong = change_of(77, EVFILT_READ, EV_ADD, 0, 0);
        struct kevent events[2];

        (void)state;
        assert_int_equal(evsim_sys_kevent(host, kq, &wrong, 1, events, 2, -1), 1);
        assert_int_equal(events[0].flags, EV_ERROR);
        assert_int_equal(events[0].data, EBADF);
        assert_int_equal(events[0].ident, 77);
        assert_int_equal(now_ns(), 0);
}

/* DESCRIPTION: all changes are applied, also those behind one that failed. */
static void changes_behind_an_error_are_made(void **state)
{
        const struct kevent changes[] = {change_of(77, EVFILT_READ, EV_ADD, 0, 0),
                                         change_of(1, EVFILT_USER, EV_ADD, NOTE_TRIGGER, 0)};
        struct kevent events[2];

        (void)state;
        assert_int_equal(evsim_sys_kevent(host, kq, changes, 2, events, 2, -1), 1);
        assert_int_equal(must_fetch().ident, 1);
}

/* EV_RECEIPT: answers always, data 0 for success, and drains no event. */
static void a_receipt_answers_and_drains_nothing(void **state)
{
        const struct kevent add = change_of(1, EVFILT_USER, EV_ADD | EV_RECEIPT, NOTE_TRIGGER, 0);
        struct kevent events[4];

        (void)state;
        assert_int_equal(evsim_sys_kevent(host, kq, &add, 1, events, 4, -1), 1);
        assert_int_equal(events[0].flags, EV_ERROR);
        assert_int_equal(events[0].data, 0);
        assert_int_equal(must_fetch().ident, 1);
}

/* EV_RECEIPT: without room for it the changes that follow are not made. */
static void a_receipt_without_room_ends_the_changes(void **state)
{
        const struct kevent changes[] = {
                change_of(1, EVFILT_USER, EV_ADD | EV_RECEIPT, 0, 0),
                change_of(2, EVFILT_USER, EV_ADD | EV_RECEIPT, 0, 0),
                change_of(3, EVFILT_USER, EV_ADD, 0, 0),
        };
        struct kevent event;

        (void)state;
        assert_int_equal(evsim_sys_kevent(host, kq, changes, 3, &event, 1, -1), 1);
        assert_int_equal(change(2, EVFILT_USER, EV_DELETE, 0, 0), 0);
        assert_int_equal(change(3, EVFILT_USER, EV_DELETE, 0, 0), -ENOENT);
}

/* DESCRIPTION: with nevents 0 it returns at once, whatever the timeout. */
static void no_room_for_events_is_no_wait(void **state)
{
        (void)state;
        assert_int_equal(evsim_sys_kevent(host, kq, NULL, 0, NULL, 0, -1), 0);
        assert_int_equal(now_ns(), 0);
}

/* DESCRIPTION: the same array may be used for both. */
static void one_array_serves_for_both(void **state)
{
        struct kevent both[2] = {change_of(1, EVFILT_USER, EV_ADD, NOTE_TRIGGER, 0)};

        (void)state;
        assert_int_equal(evsim_sys_kevent(host, kq, both, 1, both, 2, 0), 1);
        assert_int_equal(both[0].ident, 1);
        assert_int_equal(both[0].flags & EV_ERROR, 0);
}

/* RETURN VALUES: 0 when the time limit expires; not before. */
static void a_timeout_is_exact(void **state)
{
        struct kevent event;

        (void)state;
        assert_int_equal(evsim_sys_kevent(host, kq, NULL, 0, &event, 1, 1500), 0);
        assert_int_equal(now_ns(), 1500);
}

/* ERRORS: EBADF of what is no kqueue, EINVAL of a bad time limit. */
static void bad_arguments(void **state)
{
        struct kevent event;
        int fds[2];

        (void)state;
        make_pipe(fds);
        assert_int_equal(evsim_sys_kevent(host, fds[0], NULL, 0, &event, 1, 0), -EBADF);
        assert_int_equal(evsim_sys_kevent(host, 99, NULL, 0, &event, 1, 0), -EBADF);
        assert_int_equal(evsim_sys_kevent(host, kq, NULL, 0, &event, 1, -2), -EINVAL);
        shut_pipe(fds);
}

static void on_signal(int signal_number)
{
        (void)signal_number;
}

static void send_signal(int number)
{
        evsim_host_signal(host, number);
}

static void handle(int number, void (*handler)(int))
{
        const struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};

        assert_int_equal(evsim_sys_sigaction(host, number, &action, NULL), 0);
}

/* ERRORS, EINTR: a signal before the timeout; all changes have been applied. */
static void an_interrupted_call_has_made_its_changes(void **state)
{
        const struct kevent add = change_of(5, EVFILT_USER, EV_ADD, 0, 0);
        struct later kill = {.after_ns = S, .fd = SIGUSR1, .act = send_signal};
        struct kevent event;

        (void)state;
        handle(SIGUSR1, on_signal);
        (void)evsim_task_new(host, "killer", do_later, &kill);
        assert_int_equal(evsim_sys_kevent(host, kq, &add, 1, &event, 1, 5 * S), -EINTR);
        assert_int_equal(now_ns(), S);
        assert_int_equal(change(5, EVFILT_USER, EV_DELETE, 0, 0), 0);
}

static void a_fault_of_eintr_has_made_the_changes(void **state)
{
        const struct kevent add = change_of(5, EVFILT_USER, EV_ADD, 0, 0);
        struct kevent event;

        (void)state;
        assert_true(evsim_fault(host, "kevent", 1, EINTR, false));
        assert_int_equal(evsim_sys_kevent(host, kq, &add, 1, &event, 1, S), -EINTR);
        assert_int_equal(change(5, EVFILT_USER, EV_DELETE, 0, 0), 0);
}

/* ---- Flags of changes ------------------------------------------------------------------------
 */

/* EV_ADD: adding again modifies and makes no second entry; the filter is executed. */
static void adding_again_modifies(void **state)
{
        struct kevent again;
        int fds[2];

        (void)state;
        make_pipe(fds);
        put(fds[1], "abc");
        must_change(fds[0], EVFILT_READ, EV_ADD | EV_CLEAR, 0, 0);
        assert_int_equal(must_fetch().data, 3);
        must_be_silent();
        again = change_of(fds[0], EVFILT_READ, EV_ADD | EV_CLEAR, 0, 0);
        again.udata = &again;
        assert_int_equal(evsim_sys_kevent(host, kq, &again, 1, NULL, 0, 0), 0);
        assert_ptr_equal(must_fetch().udata, &again);
        must_be_silent();
        shut_pipe(fds);
}

/* udata: passes through unchanged; any change of the entry stores it, but with EV_KEEPUDATA. */
static void udata_is_the_callers(void **state)
{
        struct kevent c = change_of(1, EVFILT_USER, EV_ADD, NOTE_TRIGGER, 0);
        int first;
        int second;

        (void)state;
        c.udata = &first;
        assert_int_equal(evsim_sys_kevent(host, kq, &c, 1, NULL, 0, 0), 0);
        assert_ptr_equal(must_fetch().udata, &first);
        c.flags = EV_ENABLE;
        c.udata = &second;
        assert_int_equal(evsim_sys_kevent(host, kq, &c, 1, NULL, 0, 0), 0);
        assert_ptr_equal(must_fetch().udata, &second);
        c.flags = EV_ADD | EV_KEEPUDATA;
        c.udata = NULL;
        assert_int_equal(evsim_sys_kevent(host, kq, &c, 1, NULL, 0, 0), 0);
        assert_ptr_equal(must_fetch().udata, &second);
}

/* EV_ADD, EV_DISABLE: added disabled it is silent; EV_ENABLE permits the event. */
static void a_disabled_entry_is_silent_until_enabled(void **state)
{
        int fds[2];

        (void)state;
        make_pipe(fds);
        put(fds[1], "x");
        must_change(fds[0], EVFILT_READ, EV_ADD | EV_DISABLE, 0, 0);
        must_be_silent();
        must_change(fds[0], EVFILT_READ, EV_ENABLE, 0, 0);
        assert_int_equal(must_fetch().ident, fds[0]);
        must_change(fds[0], EVFILT_READ, EV_DISABLE, 0, 0);
        must_be_silent();
        must_change(fds[0], EVFILT_READ, EV_ADD, 0, 0); /* EV_ADD: enables automatically */
        assert_int_equal(must_fetch().ident, fds[0]);
        shut_pipe(fds);
}

/* EV_DELETE: what was pending goes too. */
static void a_deleted_entry_is_not_reported(void **state)
{
        (void)state;
        must_change(1, EVFILT_USER, EV_ADD, NOTE_TRIGGER, 0);
        must_change(1, EVFILT_USER, EV_DELETE, 0, 0);
        must_be_silent();
}

/* EV_ONESHOT: the first occurrence alone; after it was fetched it is deleted. */
static void a_oneshot_is_deleted_when_fetched(void **state)
{
        int fds[2];

        (void)state;
        make_pipe(fds);
        must_change(fds[0], EVFILT_READ, EV_ADD | EV_ONESHOT, 0, 0);
        put(fds[1], "x");
        assert_int_equal(must_fetch().flags, EV_ONESHOT);
        must_be_silent();
        assert_int_equal(change(fds[0], EVFILT_READ, EV_DELETE, 0, 0), -ENOENT);
        shut_pipe(fds);
}

/* EV_DISPATCH: disabled after delivery, also together with EV_ONESHOT's absence; enabled again it
 * tells what holds. */
static void a_dispatched_entry_is_disabled_when_fetched(void **state)
{
        int fds[2];

        (void)state;
        make_pipe(fds);
        must_change(fds[0], EVFILT_READ, EV_ADD | EV_DISPATCH, 0, 0);
        put(fds[1], "x");
        (void)must_fetch();
        put(fds[1], "y");
        must_be_silent();
        must_change(fds[0], EVFILT_READ, EV_ENABLE, 0, 0);
        assert_int_equal(must_fetch().data, 2);
        must_change(fds[0], EVFILT_READ, EV_DELETE, 0, 0);
        must_change(fds[0], EVFILT_READ, EV_ADD | EV_DISPATCH | EV_ONESHOT, 0, 0);
        (void)must_fetch();
        assert_int_equal(change(fds[0], EVFILT_READ, EV_ENABLE, 0, 0), -ENOENT);
        shut_pipe(fds);
}

/* EV_CLEAR: after it was fetched the state is reset: each arrival is told once. */
static void a_cleared_entry_tells_each_arrival_once(void **state)
{
        int fds[2];

        (void)state;
        make_pipe(fds);
        must_change(fds[0], EVFILT_READ, EV_ADD | EV_CLEAR, 0, 0);
        put(fds[1], "a");
        put(fds[1], "b");
        assert_int_equal(must_fetch().data, 2); /* DESCRIPTION: events are aggregated */
        must_be_silent();
        put(fds[1], "c");
        assert_int_equal(must_fetch().data, 3);
        take(fds[0], 1);
        must_be_silent();
        shut(fds[1]);
        assert_int_equal(must_fetch().flags, EV_CLEAR | EV_EOF); /* the end is an arrival */
        must_be_silent();
        shut(fds[0]);
}

/* Without EV_CLEAR the filter tells as long as the condition holds. */
static void a_level_is_told_again(void **state)
{
        int fds[2];

        (void)state;
        make_pipe(fds);
        must_change(fds[0], EVFILT_READ, EV_ADD, 0, 0);
        put(fds[1], "a");
        assert_int_equal(must_fetch().flags, 0);
        assert_int_equal(must_fetch().data, 1);
        shut_pipe(fds);
}

/* DESCRIPTION: the filter is run when the event is retrieved; what no longer holds is not returned. */
static void what_no_longer_holds_is_not_returned(void **state)
{
        int fds[2];

        (void)state;
        make_pipe(fds);
        must_change(fds[0], EVFILT_READ, EV_ADD, 0, 0);
        put(fds[1], "a");
        take(fds[0], 1);
        must_be_silent();
        shut_pipe(fds);
}

/* kern_event.c: first come, first told; what stays goes to the end. */
static void entries_take_turns(void **state)
{
        struct kevent events[2];

        (void)state;
        for (int i = 1; i <= 3; i++)
                must_change(i, EVFILT_USER, EV_ADD, NOTE_TRIGGER, 0);
        assert_int_equal(fetch(events, 2), 2);
        assert_int_equal(events[0].ident, 1);
        assert_int_equal(events[1].ident, 2);
        assert_int_equal(fetch(events, 2), 2);
        assert_int_equal(events[0].ident, 3);
        assert_int_equal(events[1].ident, 1);
}

/* ---- Descriptors -----------------------------------------------------------------------------
 */

/* DESCRIPTION, close: removes what refers to the descriptor, even if a duplicate lives on. */
static void a_close_ends_the_descriptors_entries(void **state)
{
        int fds[2];
        int copy;

        (void)state;
        make_pipe(fds);
        copy = evsim_sys_dup(host, fds[0]);
        must_change(fds[0], EVFILT_READ, EV_ADD, 0, 0);
        put(fds[1], "x");
        shut(fds[0]);
        must_be_silent();
        assert_int_equal(evsim_sys_dup(host, copy), fds[0]);
        assert_int_equal(change(fds[0], EVFILT_READ, EV_DELETE, 0, 0), -ENOENT);
        must_change(copy, EVFILT_READ, EV_ADD, 0, 0);
        shut(fds[0]);
        assert_int_equal(must_fetch().ident, copy);
        shut(copy);
        shut(fds[1]);
}

/* EVFILT_READ, Pipes: data is the number of bytes; the last writer's end sets EV_EOF. */
static void the_end_of_a_pipe_is_told_with_its_data(void **state)
{
        struct kevent event;
        int fds[2];

        (void)state;
        make_pipe(fds);
        must_change(fds[0], EVFILT_READ, EV_ADD, 0, 0);
        put(fds[1], "abc");
        shut(fds[1]);
        event = must_fetch();
        assert_int_equal(event.flags, EV_EOF);
        assert_int_equal(event.fflags, 0);
        assert_int_equal(event.data, 3);
        take(fds[0], 3);
        assert_int_equal(must_fetch().data, 0);
        shut(fds[0]);
}

/* EVFILT_WRITE: data is the space that is left; the reader's end sets EV_EOF, with fflags 0. */
static void the_write_end_of_a_pipe(void **state)
{
        static const char page[4096];
        struct kevent event;
        int fds[2];

        (void)state;
        make_pipe(fds);
        must_change(fds[1], EVFILT_WRITE, EV_ADD, 0, 0);
        assert_int_equal(must_fetch().data, 65536);
        for (int i = 0; i < 16; i++)
                assert_int_equal(evsim_sys_write(host, fds[1], page, sizeof page), sizeof page);
        must_be_silent();
        shut(fds[0]);
        event = must_fetch();
        assert_int_equal(event.flags, EV_EOF);
        assert_int_equal(event.fflags, 0);
        shut(fds[1]);
}

/* sys_pipe.c: the write end without a reader cannot be added. */
static void a_broken_pipe_cannot_be_added(void **state)
{
        int fds[2];

        (void)state;
        make_pipe(fds);
        shut(fds[0]);
        assert_int_equal(change(fds[1], EVFILT_WRITE, EV_ADD, 0, 0), -EPIPE);
        shut(fds[1]);
}

/* kern_event.c: a kqueue can be watched by another, and polled; not by itself, and not written. */
static void a_kqueue_can_be_watched(void **state)
{
        const int outer = kq;
        const int inner = evsim_sys_kqueue(host);
        struct pollfd p = {.fd = inner, .events = POLLIN};

        (void)state;
        must_change(inner, EVFILT_READ, EV_ADD, 0, 0);
        must_be_silent();
        kq = inner;
        must_change(1, EVFILT_USER, EV_ADD, NOTE_TRIGGER, 0);
        assert_int_equal(evsim_sys_poll(host, &p, 1, 0), 1);
        assert_int_equal(change(inner, EVFILT_READ, EV_ADD, 0, 0), -EINVAL);
        kq = outer;
        assert_int_equal(must_fetch().data, 1);
        assert_int_equal(change(inner, EVFILT_WRITE, EV_ADD, 0, 0), -EINVAL);
        shut(inner);
        must_be_silent();
}

/* A circle of two is legal, and ends. */
static void two_kqueues_may_watch_each_other(void **state)
{
        const int first = kq;
        const int second = evsim_sys_kqueue(host);

        (void)state;
        must_change(second, EVFILT_READ, EV_ADD, 0, 0);
        kq = second;
        must_change(first, EVFILT_READ, EV_ADD, 0, 0);
        must_change(1, EVFILT_USER, EV_ADD, NOTE_TRIGGER, 0);
        kq = first;
        assert_int_equal(must_fetch().ident, second);
        shut(second);
}

/* A sleeping call learns of what comes. */
static void a_wait_ends_with_the_event(void **state)
{
        struct later later = {.after_ns = 3 * MS, .act = write_byte};
        int fds[2];

        (void)state;
        make_pipe(fds);
        later.fd = fds[1];
        must_change(fds[0], EVFILT_READ, EV_ADD, 0, 0);
        (void)evsim_task_new(host, "writer", do_later, &later);
        assert_int_equal(must_wait(-1).ident, fds[0]);
        assert_int_equal(now_ns(), 3 * MS);
        shut_pipe(fds);
}

/* ---- EVFILT_SIGNAL ---------------------------------------------------------------------------
 */

static int handled;

static void count_signal(int signal_number)
{
        (void)signal_number;
        handled++;
}

/* EVFILT_SIGNAL: coexists with handlers; data is how often since the last call; EV_CLEAR is set. */
static void signals_are_counted_beside_their_handler(void **state)
{
        struct kevent event;

        (void)state;
        handled = 0;
        handle(SIGUSR1, count_signal);
        must_change(SIGUSR1, EVFILT_SIGNAL, EV_ADD, 0, 0);
        assert_int_equal(evsim_sys_kill(host, SIGUSR1), 0);
        assert_int_equal(evsim_sys_kill(host, SIGUSR1), 0);
        event = must_fetch();
        assert_int_equal(event.data, 2);
        assert_int_equal(event.flags, EV_CLEAR);
        assert_int_equal(handled, 2);
        must_be_silent();
}

/* EVFILT_SIGNAL: recorded even if SIG_IGN, but for SIGCHLD; and even if it is blocked. */
static void ignored_signals_are_counted(void **state)
{
        const uint64_t blocked = evsim_signal_bit(SIGUSR2);

        (void)state;
        handle(SIGUSR1, SIG_IGN);
        handle(SIGCHLD, SIG_IGN);
        handle(SIGUSR2, on_signal);
        assert_int_equal(evsim_sys_sigprocmask(host, SIG_BLOCK, &blocked, NULL), 0);
        must_change(SIGUSR1, EVFILT_SIGNAL, EV_ADD, 0, 0);
        must_change(SIGCHLD, EVFILT_SIGNAL, EV_ADD, 0, 0);
        assert_int_equal(evsim_sys_kill(host, SIGCHLD), 0);
        must_be_silent();
        assert_int_equal(evsim_sys_kill(host, SIGUSR1), 0);
        assert_int_equal(must_fetch().ident, SIGUSR1);
        must_change(SIGUSR2, EVFILT_SIGNAL, EV_ADD, 0, 0);
        assert_int_equal(evsim_sys_kill(host, SIGUSR2), 0);
        assert_int_equal(evsim_sys_kill(host, SIGUSR2), 0);
        assert_int_equal(must_fetch().data, 2);
}

/* ---- EVFILT_USER -----------------------------------------------------------------------------
 */

/* EVFILT_USER: NOTE_TRIGGER; without EV_CLEAR it stays so. */
static void a_user_event_is_triggered(void **state)
{
        (void)state;
        must_change(9, EVFILT_USER, EV_ADD, 0, 0);
        must_be_silent();
        must_change(9, EVFILT_USER, 0, NOTE_TRIGGER, 0);
        assert_int_equal(must_fetch().ident, 9);
        assert_int_equal(must_fetch().ident, 9);
        must_change(8, EVFILT_USER, EV_ADD | EV_CLEAR, NOTE_TRIGGER, 0);
        must_change(9, EVFILT_USER, EV_DELETE, 0, 0);
        assert_int_equal(must_fetch().ident, 8);
        must_be_silent();
}

/* EVFILT_USER: the lower 24 bits, by NOTE_FFNOP, _FFAND, _FFOR, _FFCOPY. */
static void user_flags_are_combined(void **state)
{
        (void)state;
        must_change(9, EVFILT_USER, EV_ADD, NOTE_FFCOPY | NOTE_TRIGGER | 0x0f, 0);
        assert_int_equal(must_fetch().fflags, 0x0f);
        must_change(9, EVFILT_USER, 0, NOTE_FFOR | 0xf0, 0);
        assert_int_equal(must_fetch().fflags, 0xff);
        must_change(9, EVFILT_USER, 0, NOTE_FFAND | 0x13c, 0);
        assert_int_equal(must_fetch().fflags, 0x3c);
        must_change(9, EVFILT_USER, 0, NOTE_FFNOP | 0xffff, 0);
        assert_int_equal(must_fetch().fflags, 0x3c);
        must_change(9, EVFILT_USER, 0, NOTE_FFCOPY | 0x01, 42);
        assert_int_equal(must_fetch().fflags, 0x01);
        assert_int_equal(must_fetch().data, 42);
}

/* ---- Processes -------------------------------------------------------------------------------
 */

/* DESCRIPTION: a queue is not inherited; what the child closes is not the parent's. */
static void a_child_has_no_kqueue(void **state)
{
        struct kevent event;
        int fds[2];

        (void)state;
        make_pipe(fds);
        put(fds[1], "x");
        must_change(fds[0], EVFILT_READ, EV_ADD, 0, 0);
        assert_int_equal(evsim_sys_fork(host), 0);
        assert_int_equal(evsim_sys_kevent(host, kq, NULL, 0, &event, 1, 0), -EBADF);
        shut_pipe(fds);
        evsim_process_switch(host, true);
        assert_int_equal(must_fetch().ident, fds[0]);
        evsim_process_switch(host, false);
        evsim_process_end_parent(host);
        kq = evsim_sys_kqueue(host);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, enter, leave_kqueue)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(an_error_without_room_is_the_calls),
                TEST(an_error_with_room_is_an_entry_and_ends_the_call),
                TEST(changes_behind_an_error_are_made),
                TEST(a_receipt_answers_and_drains_nothing),
                TEST(a_receipt_without_room_ends_the_changes),
                TEST(no_room_for_events_is_no_wait),
                TEST(one_array_serves_for_both),
                TEST(a_timeout_is_exact),
                TEST(bad_arguments),
                TEST(an_interrupted_call_has_made_its_changes),
                TEST(a_fault_of_eintr_has_made_the_changes),
                TEST(adding_again_modifies),
                TEST(udata_is_the_callers),
                TEST(a_disabled_entry_is_silent_until_enabled),
                TEST(a_deleted_entry_is_not_reported),
                TEST(a_oneshot_is_deleted_when_fetched),
                TEST(a_dispatched_entry_is_disabled_when_fetched),
                TEST(a_cleared_entry_tells_each_arrival_once),
                TEST(a_level_is_told_again),
                TEST(what_no_longer_holds_is_not_returned),
                TEST(entries_take_turns),
                TEST(a_close_ends_the_descriptors_entries),
                TEST(the_end_of_a_pipe_is_told_with_its_data),
                TEST(the_write_end_of_a_pipe),
                TEST(a_broken_pipe_cannot_be_added),
                TEST(a_kqueue_can_be_watched),
                TEST(two_kqueues_may_watch_each_other),
                TEST(a_wait_ends_with_the_event),
                TEST(signals_are_counted_beside_their_handler),
                TEST(ignored_signals_are_counted),
                TEST(a_user_event_is_triggered),
                TEST(user_flags_are_combined),
                TEST(a_child_has_no_kqueue),
        };

        return cmocka_run_group_tests_name("kqueue", tests, NULL, NULL);
}
