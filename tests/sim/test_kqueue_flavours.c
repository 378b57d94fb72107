/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where the manual pages of macOS, NetBSD and OpenBSD say something else of kqueue(2) than FreeBSD's:
 * each clause on all four.
 */
#include <signal.h>

#include "kqueues.h"

static const enum evsim_kernel kernels[] = {EVSIM_KERNEL_FREEBSD, EVSIM_KERNEL_NETBSD,
                                            EVSIM_KERNEL_OPENBSD, EVSIM_KERNEL_MACOS};

/* A story on a fresh host of each system. */
static void on_each(void (*story)(enum evsim_kernel kernel))
{
        for (int i = 0; i < 4; i++) {
                (void)enter_kqueue(kernels[i]);
                story(kernels[i]);
                (void)leave_kqueue(NULL);
        }
}

/* EVFILT_SIGNAL: all attempts are recorded, even if SIG_IGN; FreeBSD alone excepts SIGCHLD. */
static void send_ignored_sigchld(enum evsim_kernel kernel)
{
        const struct sigaction ignore = {.sa_handler = SIG_IGN};
        struct kevent event;

        assert_int_equal(evsim_sys_sigaction(host, SIGCHLD, &ignore, NULL), 0);
        must_change(SIGCHLD, EVFILT_SIGNAL, EV_ADD, 0, 0);
        assert_int_equal(evsim_sys_kill(host, SIGCHLD), 0);
        assert_int_equal(fetch(&event, 1), kernel == EVSIM_KERNEL_FREEBSD ? 0 : 1);
}

static void an_ignored_sigchld(void **state)
{
        (void)state;
        on_each(send_ignored_sigchld);
}

/* EVFILT_TIMER: a timer with a deadline is deleted when it was reported on macOS (NOTE_ABSOLUTE
 * 'establishes an EV_ONESHOT timer'); on NetBSD it stays active 'unless EV_CLEAR or EV_ONESHOT are
 * also specified', and likewise on FreeBSD. */
static void let_a_deadline_pass(enum evsim_kernel kernel)
{
        const bool is_single = kernel == EVSIM_KERNEL_MACOS;
        struct kevent event;

        must_change(1, EVFILT_TIMER, EV_ADD, NOTE_ABSTIME | NOTE_SECONDS, 1);
        assert_int_equal(must_fetch().data, 1);
        assert_int_equal(fetch(&event, 1), is_single ? 0 : 1);
        assert_int_equal(change(1, EVFILT_TIMER, EV_DELETE, 0, 0), is_single ? -ENOENT : 0);
}

static void a_deadline_that_has_passed(void **state)
{
        (void)state;
        on_each(let_a_deadline_pass);
}

static void clear_a_deadline(enum evsim_kernel kernel)
{
        if (kernel == EVSIM_KERNEL_MACOS)
                return;
        must_change(1, EVFILT_TIMER, EV_ADD | EV_CLEAR, NOTE_ABSTIME | NOTE_SECONDS, 1);
        (void)must_fetch();
        must_be_silent();
}

static void a_deadline_with_ev_clear(void **state)
{
        (void)state;
        on_each(clear_a_deadline);
}

/* EVFILT_TIMER: macOS has no NOTE_MSECONDS (milliseconds are the default): a program that uses it is
 * not one for macOS, and the run ends. */
static void add_milliseconds(void *arg)
{
        (void)arg;
        kq = evsim_sys_kqueue(host);
        (void)change(1, EVFILT_TIMER, EV_ADD, NOTE_MSECONDS, 1);
}

static void milliseconds_of_macos(void **state)
{
        (void)state;
        for (int i = 0; i < 4; i++) {
                struct evsim_host_config config = evsim_host_defaults();

                config.kernel = kernels[i];
                world = evsim_world_new(NULL);
                host = evsim_host_new(world, "a", &config);
                (void)evsim_task_new(host, "t", add_milliseconds, NULL);
                assert_int_equal(evsim_world_run(world),
                                 kernels[i] == EVSIM_KERNEL_MACOS ? EVSIM_UNMODELLED : EVSIM_DONE);
                evsim_world_free(world);
        }
}

/* ERRORS: NetBSD has EOPNOTSUPP for what a filter cannot watch. */
static void watch_a_kqueue_for_writing(enum evsim_kernel kernel)
{
        const int other = evsim_sys_kqueue(host);

        assert_int_equal(change(other, EVFILT_WRITE, EV_ADD, 0, 0),
                         kernel == EVSIM_KERNEL_NETBSD ? -EOPNOTSUPP : -EINVAL);
        shut(other);
}

static void what_cannot_be_watched(void **state)
{
        (void)state;
        on_each(watch_a_kqueue_for_writing);
}

/* What all four pages say: EV_CLEAR of a periodic timer, and a receipt's answer. */
static void tell_the_same(enum evsim_kernel kernel)
{
        const struct kevent add = change_of(1, EVFILT_TIMER, EV_ADD | EV_RECEIPT, 0, 5);
        struct kevent event;

        (void)kernel;
        assert_int_equal(evsim_sys_kevent(host, kq, &add, 1, &event, 1, -1), 1);
        assert_int_equal(event.data, 0);
        assert_true((event.flags & EV_ERROR) != 0);
        assert_int_equal(must_wait(-1).data, 1);
        must_be_silent();
}

static void what_they_share(void **state)
{
        (void)state;
        on_each(tell_the_same);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(an_ignored_sigchld),
                cmocka_unit_test(a_deadline_that_has_passed),
                cmocka_unit_test(a_deadline_with_ev_clear),
                cmocka_unit_test(milliseconds_of_macos),
                cmocka_unit_test(what_cannot_be_watched),
                cmocka_unit_test(what_they_share),
        };

        return cmocka_run_group_tests_name("kqueue's flavours", tests, NULL, NULL);
}
