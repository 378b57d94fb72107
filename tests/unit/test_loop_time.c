/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Time in the loop, to the nanosecond, over each backend: the shim's clock is a number that only
 * waits and these tests move, and its trace says how long the loop meant to wait.
 */
#include <event2/event.h>
#include <event2/event_struct.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base.h"
#include "shim.h"

#define START_NS INT64_C(5000000000)
#define MS_NS    INT64_C(1000000)
#define MS(n)    (&(const struct timeval){(n) / 1000, (n) % 1000 * 1000})

static struct shim shim;
static struct event_base *base;

static struct event_base *base_of_method(const char *method)
{
        static const char *const methods[] = {"epoll", "poll", "select"};
        struct event_config *config = event_config_new();

        for (size_t i = 0; i < 3; i++)
                if (strcmp(methods[i], method) != 0)
                        (void)event_config_avoid_method(config, methods[i]);
        struct event_base *made = event_base_new_with_config(config);
        event_config_free(config);
        return made;
}

static int set_up(void **state)
{
        shim_init(&shim, os_real());
        shim_use_clock(&shim, START_NS, INT64_C(1700000000000000000));
        shim.is_tracing = true;
        os_enter(&shim.os);
        base = base_of_method(*state);
        return base != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
        (void)state;
        event_base_free(base);
        assert_true(shim_is_clean(&shim));
        shim_clear(&shim);
        return 0;
}

/* What the loop asked the kernel to wait in its n-th wait from here on. -1: for ever; -2: there was
 * no such wait. */
static int64_t wait_ns(int n)
{
        for (long i = 0; i < shim.traced && i < SHIM_TRACE_MAX; i++) {
                const struct shim_entry *e = &shim.trace[i];
                const bool is_wait = e->call == SHIM_EPOLL_WAIT || e->call == SHIM_EPOLL_PWAIT2 ||
                                     e->call == SHIM_POLL || e->call == SHIM_SELECT;
                if (is_wait && e->result >= 0 && n-- == 0)
                        return e->argument;
        }
        return -2;
}

static void forget_waits(void)
{
        shim.traced = 0;
}

static int64_t elapsed_ns(void)
{
        return shim.monotonic_ns - START_NS;
}

/* An event that notes when it runs, and may do something then. */
struct note {
        struct event ev;
        int ncalls;
        int64_t at_ns[16]; /* since the start: the last calls */
        short what;
        int64_t takes_ns; /* the callback itself */
        void (*then)(struct note *note);
        struct event *other;
};

static int64_t last_ns(const struct note *note)
{
        return note->at_ns[(note->ncalls - 1) % 16];
}

static void on_note(evutil_socket_t fd, short what, void *arg)
{
        struct note *note = arg;

        (void)fd;
        note->at_ns[note->ncalls++ % 16] = elapsed_ns();
        note->what = what;
        shim_advance(&shim, note->takes_ns);
        if (note->then != NULL)
                note->then(note);
}

static void assign(struct note *note, short events)
{
        memset(note, 0, sizeof *note);
        assert_int_equal(event_assign(&note->ev, base, -1, events, on_note, note), 0);
}

static void test_the_loop_waits_exactly_until_the_next_deadline(void **state)
{
        struct note near, far;

        (void)state;
        assign(&near, 0);
        assign(&far, 0);
        assert_int_equal(event_add(&far.ev, MS(70)), 0);
        assert_int_equal(event_add(&near.ev, MS(20)), 0);
        forget_waits();
        assert_int_equal(event_base_dispatch(base), 1);
        assert_int_equal(near.ncalls, 1);
        assert_int_equal(last_ns(&near), 20 * MS_NS);
        assert_int_equal(last_ns(&far), 70 * MS_NS);
        assert_int_equal(wait_ns(0), 20 * MS_NS);
        assert_int_equal(wait_ns(1), 50 * MS_NS);
        assert_int_equal(wait_ns(2), -2);
}

/* To the microsecond, where the kernel can; else rounded up, so that it is not early. */
static void test_a_deadline_between_milliseconds(void **state)
{
        struct note note;

        (void)state;
        assign(&note, 0);
        assert_int_equal(event_add(&note.ev, &(const struct timeval){0, 20001}), 0);
        assert_int_equal(event_base_dispatch(base), 1);
        const bool is_exact = shim.calls[SHIM_EPOLL_WAIT] == 0;
        assert_int_equal(last_ns(&note), is_exact ? 20001000 : 21 * MS_NS);
}

static void test_a_timer_is_never_early(void **state)
{
        struct note note;

        (void)state;
        assign(&note, 0);
        assert_int_equal(event_add(&note.ev, MS(10)), 0);
        shim_advance(&shim, 10 * MS_NS - 1);
        assert_int_equal(event_base_loop(base, EVLOOP_NONBLOCK), 0);
        assert_int_equal(note.ncalls, 0);
        shim_advance(&shim, 1);
        assert_int_equal(event_base_loop(base, EVLOOP_NONBLOCK), 1);
        assert_int_equal(note.ncalls, 1);
}

static void come_late(struct shim *s, int64_t timeout_ns, void *arg)
{
        (void)timeout_ns;
        (void)arg;
        shim_advance(s, MS_NS);
}

/* Each wait ends 1 ms late, each callback takes 3 of the 10 ms; the thousandth runs at 10 s and
 * 1 ms all the same. */
static void test_a_persistent_schedule_does_not_drift(void **state)
{
        struct note note;

        (void)state;
        assign(&note, EV_PERSIST);
        note.takes_ns = 3 * MS_NS;
        assert_int_equal(event_add(&note.ev, MS(10)), 0);
        assert_int_equal(event_base_loop(base, EVLOOP_NONBLOCK), 0); /* epoll_pwait2 was tried */
        shim.before_wait = come_late;
        for (int i = 1; i <= 1000; i++) {
                assert_int_equal(event_base_loop(base, EVLOOP_ONCE), 0);
                assert_int_equal(note.ncalls, i);
                assert_int_equal(last_ns(&note), (i * 10 + 1) * MS_NS);
        }
        assert_int_equal(event_del(&note.ev), 0);
}

static void test_periods_that_were_slept_through_are_one_call(void **state)
{
        struct note note;

        (void)state;
        assign(&note, EV_PERSIST);
        assert_int_equal(event_add(&note.ev, MS(10)), 0);
        shim_advance(&shim, 1005 * MS_NS);
        assert_int_equal(event_base_loop(base, EVLOOP_NONBLOCK), 0);
        assert_int_equal(note.ncalls, 1);
        forget_waits();
        assert_int_equal(event_base_loop(base, EVLOOP_ONCE), 0);
        assert_int_equal(note.ncalls, 2);
        assert_int_equal(last_ns(&note), 1015 * MS_NS); /* a whole period from then on */
        assert_int_equal(event_del(&note.ev), 0);
}

static void set_other_in_5_ms(struct note *note)
{
        assert_int_equal(event_add(note->other, MS(5)), 0);
}

/* The time from which it counts is that of the turn, whatever the callback took. */
static void test_a_timer_set_in_a_callback(void **state)
{
        struct note first, second;

        (void)state;
        assign(&first, 0);
        assign(&second, 0);
        first.then = set_other_in_5_ms;
        first.other = &second.ev;
        first.takes_ns = 2 * MS_NS;
        assert_int_equal(event_add(&first.ev, MS(10)), 0);
        forget_waits();
        assert_int_equal(event_base_dispatch(base), 1);
        assert_int_equal(last_ns(&second), 15 * MS_NS);
        assert_int_equal(wait_ns(1), 3 * MS_NS);
}

static void set_self_to_nothing(struct note *note)
{
        if (note->ncalls < 10)
                assert_int_equal(event_add(&note->ev, MS(0)), 0);
}

/* One that sets itself to zero runs once a turn: the other has its turn between. */
static void test_a_timer_of_zero_does_not_starve_the_others(void **state)
{
        struct note zero, other;

        (void)state;
        assign(&zero, 0);
        assign(&other, 0);
        zero.then = set_self_to_nothing;
        zero.takes_ns = MS_NS;
        assert_int_equal(event_add(&zero.ev, MS(0)), 0);
        assert_int_equal(event_add(&other.ev, MS(3)), 0);
        assert_int_equal(event_base_dispatch(base), 1);
        assert_int_equal(zero.ncalls, 10);
        assert_int_equal(other.ncalls, 1);
        assert_true(last_ns(&other) <= 4 * MS_NS);
}

/* However often it was moved, there is one wait at most that ends at an old time, and then nothing
 * runs. */
static void test_moving_a_timer_later_costs_one_turn_at_most(void **state)
{
        struct note note;

        (void)state;
        assign(&note, 0);
        for (int ms = 10; ms <= 90; ms++)
                assert_int_equal(event_add(&note.ev, MS(ms)), 0);
        forget_waits();
        assert_int_equal(event_base_dispatch(base), 1);
        assert_int_equal(note.ncalls, 1);
        assert_int_equal(last_ns(&note), 90 * MS_NS);
        assert_int_equal(wait_ns(2), -2);
}

static void test_moving_a_timer_earlier(void **state)
{
        struct note note, other;

        (void)state;
        assign(&note, 0);
        assign(&other, 0);
        assert_int_equal(event_add(&other.ev, MS(50)), 0);
        assert_int_equal(event_add(&note.ev, MS(90)), 0);
        assert_int_equal(event_add(&note.ev, MS(20)), 0);
        assert_int_equal(event_base_dispatch(base), 1);
        assert_int_equal(last_ns(&note), 20 * MS_NS);
        assert_int_equal(last_ns(&other), 50 * MS_NS);
}

/* libevent 2.1 wakes at the old deadline. */
static void test_removing_the_nearest_timer_leaves_nothing_at_its_time(void **state)
{
        struct note near, far;

        (void)state;
        assign(&near, 0);
        assign(&far, 0);
        assert_int_equal(event_add(&near.ev, MS(10)), 0);
        assert_int_equal(event_add(&far.ev, MS(60)), 0);
        assert_int_equal(event_del(&near.ev), 0);
        forget_waits();
        assert_int_equal(event_base_dispatch(base), 1);
        assert_int_equal(near.ncalls, 0);
        assert_int_equal(wait_ns(0), 60 * MS_NS);
        assert_int_equal(wait_ns(1), -2);
}

static int order[8], norder;

static void on_ordered(evutil_socket_t fd, short what, void *arg)
{
        (void)fd;
        (void)what;
        order[norder++ % 8] = *(const int *)arg;
}

/* In the order in which they were set: libevent 2.1's come as its heap has them. */
static void test_equal_deadlines_run_in_the_order_in_which_they_were_set(void **state)
{
        static const int numbers[] = {0, 1, 2, 3, 4, 5, 6, 7};
        struct event events[8];

        (void)state;
        norder = 0;
        for (int i = 0; i < 8; i++) {
                void *number = (void *)(uintptr_t)&numbers[i];
                assert_int_equal(event_assign(&events[i], base, -1, 0, on_ordered, number), 0);
                assert_int_equal(event_add(&events[i], MS(10)), 0);
        }
        assert_int_equal(event_add(&events[2], MS(10)), 0); /* set anew: the last now */
        assert_int_equal(event_base_dispatch(base), 1);
        const int expected[] = {0, 1, 3, 4, 5, 6, 7, 2};
        assert_memory_equal(order, expected, sizeof expected);
}

/* After input the timeout begins anew; the deadline that passed with it is not lost. */
static void test_the_timeout_of_a_persistent_reader_counts_from_its_last_input(void **state)
{
        struct note note;
        int fds[2];

        (void)state;
        assert_int_equal(pipe(fds), 0);
        memset(&note, 0, sizeof note);
        assert_int_equal(event_assign(&note.ev, base, fds[0], EV_READ | EV_PERSIST, on_note, &note),
                         0);
        assert_int_equal(event_add(&note.ev, MS(10)), 0);
        shim_advance(&shim, 7 * MS_NS);
        assert_int_equal(write(fds[1], "x", 1), 1);
        assert_int_equal(event_base_loop(base, EVLOOP_ONCE), 0);
        assert_int_equal(note.what, EV_READ);
        assert_int_equal(read(fds[0], &(char){0}, 1), 1);
        assert_int_equal(event_base_loop(base, EVLOOP_ONCE), 0);
        assert_int_equal(note.what, EV_TIMEOUT);
        assert_int_equal(last_ns(&note), 17 * MS_NS);
        assert_int_equal(event_del(&note.ev), 0);
        close(fds[0]);
        close(fds[1]);
}

/* event_active(ev, EV_WRITE) and ev's timeout in one turn: libevent 2.1 loses a flag. */
static void test_an_activation_and_a_timeout_that_meet_are_both_told(void **state)
{
        struct note note;

        (void)state;
        assign(&note, 0);
        assert_int_equal(event_add(&note.ev, MS(10)), 0);
        event_active(&note.ev, EV_WRITE, 1);
        shim_advance(&shim, 20 * MS_NS);
        assert_int_equal(event_base_loop(base, EVLOOP_NONBLOCK), 1);
        assert_int_equal(note.ncalls, 1);
        assert_int_equal(note.what, EV_WRITE | EV_TIMEOUT);
}

static void test_loopexit_with_a_time(void **state)
{
        struct note note;

        (void)state;
        assign(&note, EV_PERSIST);
        assert_int_equal(event_add(&note.ev, MS(10)), 0);
        assert_int_equal(event_base_loopexit(base, MS(35)), 0);
        assert_int_equal(event_base_dispatch(base), 0);
        assert_int_equal(elapsed_ns(), 35 * MS_NS);
        assert_int_equal(note.ncalls, 3);
        assert_true(event_base_got_exit(base));
        assert_int_equal(event_del(&note.ev), 0);
}

static void test_pending_tells_the_deadline_on_the_wall_clock(void **state)
{
        struct note note;
        struct timeval due;

        (void)state;
        assign(&note, 0);
        assert_int_equal(event_add(&note.ev, &(const struct timeval){2, 500000}), 0);
        assert_int_equal(event_pending(&note.ev, EV_TIMEOUT, &due), EV_TIMEOUT);
        assert_int_equal(due.tv_sec, 1700000002);
        assert_int_equal(due.tv_usec, 500000);
        assert_int_equal(event_del(&note.ev), 0);
}

/* 300 years are for ever, and nothing overflows. */
static void test_a_time_that_never_comes(void **state)
{
        struct note note, soon;
        const struct timeval never = {sizeof(time_t) > 4 ? (time_t)INT64_C(9500000000) : INT32_MAX,
                                      0};

        (void)state;
        assign(&note, 0);
        assign(&soon, 0);
        assert_int_equal(event_add(&note.ev, &never), 0);
        assert_int_equal(event_add(&soon.ev, MS(5)), 0);
        assert_int_equal(event_base_loop(base, EVLOOP_ONCE), 0);
        assert_int_equal(soon.ncalls, 1);
        assert_int_equal(note.ncalls, 0);
        assert_int_equal(event_del(&note.ev), 0);
}

#define OVER(method, test)                                                            \
        {                                                                             \
#test ", " method, test, set_up, tear_down, (void *)(uintptr_t)method \
        }
#define OVER_EACH(test) OVER("epoll", test), OVER("poll", test), OVER("select", test)

int main(void)
{
        const struct CMUnitTest tests[] = {
                OVER_EACH(test_the_loop_waits_exactly_until_the_next_deadline),
                OVER_EACH(test_a_deadline_between_milliseconds),
                OVER_EACH(test_a_timer_is_never_early),
                OVER_EACH(test_a_persistent_schedule_does_not_drift),
                OVER_EACH(test_periods_that_were_slept_through_are_one_call),
                OVER_EACH(test_a_timer_set_in_a_callback),
                OVER_EACH(test_a_timer_of_zero_does_not_starve_the_others),
                OVER_EACH(test_moving_a_timer_later_costs_one_turn_at_most),
                OVER_EACH(test_moving_a_timer_earlier),
                OVER_EACH(test_removing_the_nearest_timer_leaves_nothing_at_its_time),
                OVER_EACH(test_equal_deadlines_run_in_the_order_in_which_they_were_set),
                OVER_EACH(test_the_timeout_of_a_persistent_reader_counts_from_its_last_input),
                OVER_EACH(test_an_activation_and_a_timeout_that_meet_are_both_told),
                OVER_EACH(test_loopexit_with_a_time),
                OVER_EACH(test_pending_tells_the_deadline_on_the_wall_clock),
                OVER_EACH(test_a_time_that_never_comes),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
