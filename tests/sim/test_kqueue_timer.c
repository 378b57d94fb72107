/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * EVFILT_TIMER, after FreeBSD's kqueue(2), section EVFILT_TIMER.
 */
#include "kqueues.h"

static int enter(void **state)
{
        (void)state;
        return enter_kqueue(EVSIM_KERNEL_FREEBSD);
}

/* A world in which a call costs a microsecond. */
static int enter_slow(void **state)
{
        (void)state;
        (void)enter_kernel_at(EVSIM_KERNEL_FREEBSD, 1000);
        kq = evsim_sys_kqueue(host);
        return 0;
}

static void timer(int ident, unsigned flags, unsigned fflags, int64_t data)
{
        must_change(ident, EVFILT_TIMER, EV_ADD | flags, fflags, data);
}

/* 'If fflags is not set, the default is milliseconds'; NOTE_SECONDS, _MSECONDS, _USECONDS,
 * _NSECONDS. */
static void each_unit(void **state)
{
        static const struct {
                unsigned fflags;
                int64_t ns;
        } units[] = {{0, MS},
                     {NOTE_SECONDS, S},
                     {NOTE_MSECONDS, MS},
                     {NOTE_USECONDS, 1000},
                     {NOTE_NSECONDS, 1}};

        (void)state;
        for (int i = 0; i < 5; i++) {
                const int64_t start_ns = now_ns();

                timer(i, EV_ONESHOT, units[i].fflags, 7);
                assert_int_equal(must_wait(-1).ident, i);
                assert_int_equal(now_ns() - start_ns, 7 * units[i].ns);
        }
}

/* 'The timer will be periodic unless EV_ONESHOT'; data is 'the number of times the timeout has
 * expired since the last call'. EV_CLEAR is set internally. */
static void a_periodic_timer_counts(void **state)
{
        struct kevent event;

        (void)state;
        timer(1, 0, 0, 10);
        event = must_wait(-1);
        assert_int_equal(event.data, 1);
        assert_int_equal(event.flags, EV_CLEAR);
        assert_int_equal(event.fflags, 0);
        must_be_silent();
        evsim_sleep_ns(35 * MS);
        assert_int_equal(must_fetch().data, 3);
        assert_int_equal(must_wait(-1).data, 1);
        assert_int_equal(now_ns(), 50 * MS);
}

/* ... also of those that passed during a single call, of a world in which calls cost time. */
static void all_that_a_call_outlasts_is_counted(void **state)
{
        struct kevent event;

        (void)state;
        timer(1, 0, NOTE_NSECONDS, 100);
        (void)evsim_sys_clock(host, OS_CLOCK_MONOTONIC);
        (void)fetch(&event, 1);
        assert_int_equal(event.data, 20); /* two calls of 1000 ns */
}

static void a_oneshot_timer_is_deleted(void **state)
{
        (void)state;
        timer(1, EV_ONESHOT, 0, 10);
        evsim_sleep_ns(100 * MS);
        assert_int_equal(must_fetch().data, 1);
        assert_int_equal(change(1, EVFILT_TIMER, EV_DELETE, 0, 0), -ENOENT);
}

/* kern_event.c: a single timer of 0 expires at once; a periodic one of 0 has a period of 1. */
static void zero(void **state)
{
        (void)state;
        timer(1, EV_ONESHOT, 0, 0);
        assert_int_equal(must_fetch().ident, 1);
        timer(2, 0, 0, 0);
        must_be_silent();
        assert_int_equal(must_wait(-1).ident, 2);
        assert_int_equal(now_ns(), MS);
}

/* 'If an existing timer is re-added' its undelivered expirations are thrown away, and it starts with
 * the new parameters. */
static void adding_again_starts_anew(void **state)
{
        (void)state;
        timer(1, 0, 0, 10);
        evsim_sleep_ns(25 * MS);
        timer(1, 0, 0, 20);
        must_be_silent();
        assert_int_equal(must_wait(-1).data, 1);
        assert_int_equal(now_ns(), 45 * MS);
}

/* EV_DISABLE: 'The filter itself is not disabled': it counts on. */
static void a_disabled_timer_counts_on(void **state)
{
        (void)state;
        timer(1, EV_DISABLE, 0, 10);
        evsim_sleep_ns(35 * MS);
        must_be_silent();
        must_change(1, EVFILT_TIMER, EV_ENABLE, 0, 0);
        assert_int_equal(must_fetch().data, 3);
}

/* NOTE_ABSTIME: data is the moment. It fires once, and is not cleared. */
static void a_moment(void **state)
{
        const int64_t now_s = evsim_host_realtime_ns(host) / S;
        const int64_t start_ns = now_ns();

        (void)state;
        timer(1, 0, NOTE_ABSTIME | NOTE_SECONDS, now_s + 5);
        assert_int_equal(must_wait(-1).data, 1);
        assert_true(now_ns() - start_ns > 4 * S && now_ns() - start_ns <= 5 * S);
        assert_int_equal(must_fetch().data, 1); /* active until it is deleted */
        must_change(1, EVFILT_TIMER, EV_DELETE, 0, 0);
        timer(2, EV_ONESHOT, NOTE_ABSTIME | NOTE_SECONDS, now_s - 5);
        assert_int_equal(must_fetch().ident, 2);
}

/* ERRORS, EINVAL. */
static void bad_times(void **state)
{
        (void)state;
        assert_int_equal(change(1, EVFILT_TIMER, EV_ADD, 0, -1), -EINVAL);
        assert_int_equal(change(1, EVFILT_TIMER, EV_ADD, NOTE_SECONDS | NOTE_USECONDS, 1), -EINVAL);
        assert_int_equal(change(1, EVFILT_TIMER, EV_ADD, 0x8000, 1), -EINVAL);
        timer(2, 0, NOTE_SECONDS, INT64_MAX);
        must_be_silent();
}

/* EV_DISPATCH: disabled when it was fetched, and counting. */
static void a_dispatched_timer(void **state)
{
        (void)state;
        timer(1, EV_DISPATCH, 0, 10);
        assert_int_equal(must_wait(-1).data, 1);
        evsim_sleep_ns(20 * MS);
        must_be_silent();
        must_change(1, EVFILT_TIMER, EV_ENABLE, 0, 0);
        assert_int_equal(must_fetch().data, 2);
}

/* A wait is over with the timer, not with its own limit. */
static void a_timer_ends_a_wait(void **state)
{
        (void)state;
        timer(1, 0, NOTE_USECONDS, 1500);
        (void)must_wait(10 * MS);
        assert_int_equal(now_ns(), 1500000);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, enter, leave_kqueue)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(each_unit),
                TEST(a_periodic_timer_counts),
                cmocka_unit_test_setup_teardown(all_that_a_call_outlasts_is_counted, enter_slow,
                                                leave_kqueue),
                TEST(a_oneshot_timer_is_deleted),
                TEST(zero),
                TEST(adding_again_starts_anew),
                TEST(a_disabled_timer_counts_on),
                TEST(a_moment),
                TEST(bad_times),
                TEST(a_dispatched_timer),
                TEST(a_timer_ends_a_wait),
        };

        return cmocka_run_group_tests_name("kqueue timers", tests, NULL, NULL);
}
