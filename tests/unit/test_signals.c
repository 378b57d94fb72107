/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Signals from inside: the registry of sinks, counts, and the handler that was there before. The
 * signals are real, and raised by this thread, so that each has arrived when raise() returns; but
 * for one test, in which a child process sends them for as long as it takes.
 */
#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <evident/evident.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base.h"
#include "shim.h"

static struct shim shim;
static struct event_base *bases[2];

static void say_nothing(int severity, const char *line)
{
        (void)severity;
        (void)line;
}

static int set_up(void **state)
{
        (void)state;
        shim_init(&shim, os_real());
        os_enter(&shim.os);
        event_set_log_callback(say_nothing);
        for (int i = 0; i < 2; i++)
                if ((bases[i] = event_base_new()) == NULL)
                        return -1;
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        for (int i = 0; i < 2; i++)
                if (bases[i] != NULL)
                        event_base_free(bases[i]);
        libevent_global_shutdown();
        assert_true(shim_is_clean(&shim));
        shim_clear(&shim);
        os_process_clear(os_real()->process);
        return 0;
}

static void on_signal(evutil_socket_t signal_number, short what, void *arg)
{
        assert_int_equal(what, EV_SIGNAL);
        assert_true(signal_number == SIGUSR1 || signal_number == SIGUSR2);
        ++*(long *)arg;
}

static void watch(struct event *ev, struct event_base *base, int signal_number, long *count)
{
        *count = 0;
        assert_int_equal(
                event_assign(ev, base, signal_number, EV_SIGNAL | EV_PERSIST, on_signal, count), 0);
        assert_int_equal(event_add(ev, NULL), 0);
        assert_null(evi_base_verify(base));
}

static void turn(struct event_base *base)
{
        assert_true(event_base_loop(base, EVLOOP_NONBLOCK) >= 0);
        assert_null(evi_base_verify(base));
}

static int nbefore;

static void handler_before(int signal_number)
{
        (void)signal_number;
        nbefore++;
}

static void install_handler_before(int signal_number)
{
        const struct sigaction action = {.sa_handler = handler_before};

        nbefore = 0;
        assert_int_equal(sigaction(signal_number, &action, NULL), 0);
}

static void test_each_arrival_is_a_call(void **state)
{
        struct event ev;
        long n;

        (void)state;
        watch(&ev, bases[0], SIGUSR1, &n);
        for (int i = 0; i < 3; i++)
                raise(SIGUSR1);
        turn(bases[0]);
        assert_int_equal(n, 3);
        turn(bases[0]);
        assert_int_equal(n, 3);
        assert_int_equal(event_del(&ev), 0);
}

static void test_two_bases_get_every_signal(void **state)
{
        struct event first, second;
        long n, m;

        (void)state;
        watch(&first, bases[0], SIGUSR1, &n);
        watch(&second, bases[1], SIGUSR1, &m);
        raise(SIGUSR1);
        raise(SIGUSR1);
        turn(bases[1]);
        turn(bases[0]);
        assert_int_equal(n, 2);
        assert_int_equal(m, 2);
        assert_int_equal(event_del(&first), 0);
        assert_int_equal(event_del(&second), 0);
}

/* Either order of leaving; the handler stays as long as anybody watches, and then what was there
 * before is there again. */
static void leave_in_order(int leaver)
{
        struct event events[2];
        long n[2];

        install_handler_before(SIGUSR1);
        watch(&events[0], bases[0], SIGUSR1, &n[0]);
        watch(&events[1], bases[1], SIGUSR1, &n[1]);
        event_base_free(bases[leaver]);
        bases[leaver] = NULL;
        raise(SIGUSR1);
        turn(bases[1 - leaver]);
        assert_int_equal(n[1 - leaver], 1);
        assert_int_equal(n[leaver], 0);
        assert_int_equal(nbefore, 0);
        assert_int_equal(event_del(&events[1 - leaver]), 0);
        raise(SIGUSR1);
        assert_int_equal(nbefore, 1);
        signal(SIGUSR1, SIG_DFL);
}

static void test_the_first_base_leaves(void **state)
{
        (void)state;
        leave_in_order(0);
}

static void test_the_second_base_leaves(void **state)
{
        (void)state;
        leave_in_order(1);
}

static void test_signals_are_told_apart(void **state)
{
        struct event usr1, usr2;
        long n, m;

        (void)state;
        watch(&usr1, bases[0], SIGUSR1, &n);
        watch(&usr2, bases[0], SIGUSR2, &m);
        raise(SIGUSR2);
        raise(SIGUSR2);
        raise(SIGUSR1);
        turn(bases[0]);
        assert_int_equal(n, 1);
        assert_int_equal(m, 2);
        assert_int_equal(event_del(&usr1), 0);
        raise(SIGUSR2);
        turn(bases[0]);
        assert_int_equal(m, 3);
        assert_int_equal(event_del(&usr2), 0);
}

/* What came while nobody on this base watched is not the next one's. */
static void test_arrivals_do_not_outlive_their_event(void **state)
{
        struct event ev, other;
        long n, m;

        (void)state;
        watch(&other, bases[1], SIGUSR1, &m);
        watch(&ev, bases[0], SIGUSR1, &n);
        raise(SIGUSR1);
        assert_int_equal(event_del(&ev), 0);
        raise(SIGUSR1);
        assert_int_equal(event_add(&ev, NULL), 0);
        turn(bases[0]);
        assert_int_equal(n, 0);
        turn(bases[1]);
        assert_int_equal(m, 2);
        assert_int_equal(event_del(&ev), 0);
        assert_int_equal(event_del(&other), 0);
}

/* More than a short holds: the rest comes in a later turn, which does not sleep before (in the
 * shim's clock a sleep without an end aborts). */
static void test_none_of_very_many_is_lost(void **state)
{
        struct event ev;
        long n;

        (void)state;
        shim_use_clock(&shim, INT64_C(1000000000), INT64_C(1700000000000000000));
        watch(&ev, bases[0], SIGUSR1, &n);
        for (int i = 0; i < 40000; i++)
                raise(SIGUSR1);
        while (n < 40000)
                assert_int_equal(event_base_loop(bases[0], EVLOOP_ONCE), 0);
        assert_int_equal(n, 40000);
        assert_int_equal(event_del(&ev), 0);
}

static void test_one_write_for_many_arrivals(void **state)
{
        struct event ev;
        long n;

        (void)state;
        watch(&ev, bases[0], SIGUSR1, &n);
        const long before = shim.calls[SHIM_WRITE];
        for (int i = 0; i < 1000; i++)
                raise(SIGUSR1);
        assert_int_equal(shim.calls[SHIM_WRITE] - before, 1);
        turn(bases[0]);
        assert_int_equal(n, 1000);
        raise(SIGUSR1);
        assert_int_equal(shim.calls[SHIM_WRITE] - before, 2);
        assert_int_equal(event_del(&ev), 0);
}

#define KILLS 3000

/* Real-time signals queue, so the kernel loses none: handlers interrupt this thread anywhere while
 * events come and go, and at the end each has been counted. */
static void on_queued(evutil_socket_t fd, short what, void *arg)
{
        (void)fd;
        (void)what;
        ++*(long *)arg;
}

static pid_t send_from_child(int signal_number, int n)
{
        const pid_t parent = getpid();
        const pid_t child = fork();

        if (child != 0)
                return child;
        for (int i = 0; i < n; i++)
                while (sigqueue(parent, signal_number, (union sigval){0}) < 0 && errno == EAGAIN)
                        (void)usleep(100); /* the queue is full: the parent is to get on */
        _exit(0);
}

static void test_handlers_that_interrupt_anything(void **state)
{
        struct event ev, coming, going;
        long n = 0;
        long unused;
        int status;

        (void)state;
        if (strncmp(os_real()->ops->name, "simulated", 9) == 0)
                skip(); /* no other process can send there (tests/sim/README.md) */
        assert_int_equal(
                event_assign(&ev, bases[0], SIGRTMIN, EV_SIGNAL | EV_PERSIST, on_queued, &n), 0);
        assert_int_equal(event_add(&ev, NULL), 0);
        alarm(60); /* a lost signal would be waited for for ever */
        const pid_t child = send_from_child(SIGRTMIN, KILLS);
        assert_true(child > 0);
        while (n < KILLS) {
                watch(&coming, bases[1], SIGUSR1, &unused);
                assert_int_equal(
                        event_assign(&going, bases[1], SIGRTMIN, EV_SIGNAL, on_queued, &unused), 0);
                assert_int_equal(event_add(&going, NULL), 0);
                assert_int_equal(event_base_loop(bases[0], EVLOOP_ONCE), 0);
                assert_int_equal(event_del(&coming), 0);
                assert_int_equal(event_del(&going), 0);
                event_base_free(bases[1]);
                assert_non_null(bases[1] = event_base_new());
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
        alarm(0);
        turn(bases[0]);
        assert_int_equal(n, KILLS);
        assert_int_equal(event_del(&ev), 0);
}

static long ncalls_of_doomed;

static void on_doomed_delete(evutil_socket_t fd, short what, void *arg)
{
        (void)fd;
        (void)what;
        ncalls_of_doomed++;
        assert_int_equal(event_del(*(struct event **)arg), 0);
}

static void on_doomed_free(evutil_socket_t fd, short what, void *arg)
{
        (void)fd;
        (void)what;
        ncalls_of_doomed++;
        event_free(*(struct event **)arg);
}

/* Of three arrivals the first callback takes the event away: it is the last. */
static void doom(event_callback_fn callback)
{
        struct event *ev;

        ncalls_of_doomed = 0;
        ev = event_new(bases[0], SIGUSR1, EV_SIGNAL | EV_PERSIST, callback, &ev);
        assert_int_equal(event_add(ev, NULL), 0);
        for (int i = 0; i < 3; i++)
                raise(SIGUSR1);
        turn(bases[0]);
        assert_int_equal(ncalls_of_doomed, 1);
        if (callback == on_doomed_delete)
                event_free(ev);
}

static void test_an_event_deleted_by_its_callback(void **state)
{
        (void)state;
        doom(on_doomed_delete);
}

static void test_an_event_freed_by_its_callback(void **state)
{
        (void)state;
        doom(on_doomed_free);
}

/* After event_reinit what had arrived was the parent's, and handlers wake by the new descriptor. */
static void test_reinit(void **state)
{
        struct event ev;
        long n;
        int nwrites = 0;

        (void)state;
        watch(&ev, bases[0], SIGUSR1, &n);
        raise(SIGUSR1);
        assert_int_equal(event_reinit(bases[0]), 0);
        turn(bases[0]);
        assert_int_equal(n, 0);
        shim.is_tracing = true;
        raise(SIGUSR1);
        const struct shim_entry *write;
        while ((write = shim_find(&shim, SHIM_WRITE, nwrites)) != NULL) {
                assert_int_equal(write->fd, bases[0]->wakeup.write_fd);
                assert_int_equal(write->result, 8);
                nwrites++;
        }
        assert_int_equal(nwrites, 1);
        turn(bases[0]);
        assert_int_equal(n, 1);
        assert_int_equal(event_del(&ev), 0);
}

static void test_numbers_that_are_no_signals(void **state)
{
        /* NSIG is one more than the last */
        const int numbers[] = {-1, 0, NSIG, 1 << 20, SIGKILL};
        struct event ev;
        long n;

        (void)state;
        for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
                if (event_assign(&ev, bases[0], numbers[i], EV_SIGNAL, on_signal, &n) < 0)
                        continue;
                assert_int_equal(event_add(&ev, NULL), -1);
                assert_int_equal(errno, EINVAL);
                assert_int_equal(event_pending(&ev, EV_SIGNAL, NULL), 0);
                assert_null(evi_base_verify(bases[0]));
        }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(test_each_arrival_is_a_call),
                TEST(test_two_bases_get_every_signal),
                TEST(test_the_first_base_leaves),
                TEST(test_the_second_base_leaves),
                TEST(test_signals_are_told_apart),
                TEST(test_arrivals_do_not_outlive_their_event),
                TEST(test_none_of_very_many_is_lost),
                TEST(test_one_write_for_many_arrivals),
                TEST(test_handlers_that_interrupt_anything),
                TEST(test_an_event_deleted_by_its_callback),
                TEST(test_an_event_freed_by_its_callback),
                TEST(test_reinit),
                TEST(test_numbers_that_are_no_signals),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
