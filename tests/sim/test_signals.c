/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Signals of a simulated process (signal(7), sigaction(2), signalfd(2)).
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/signalfd.h>

#include <cmocka.h>

#include <evident/sim.h>
#include <evident/sim_calls.h>

#define SECOND INT64_C(1000000000)

static struct evsim_world *world;
static struct evsim_host *host;
static int caught[65]; /* how often the handler ran for each */
static int order[64];  /* in which order */
static int ncaught;

static int set_up(void **state)
{
        (void)state;
        world = evsim_world_new(NULL);
        host = evsim_host_new(world, "host", NULL);
        memset(caught, 0, sizeof caught);
        ncaught = 0;
        evsim_enter(host);
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        evsim_world_free(world);
        return 0;
}

static void catch (int number)
{
        caught[number]++;
        order[ncaught++] = number;
}

static void install(int number, int flags)
{
        struct sigaction action = {.sa_handler = catch, .sa_flags = flags};

        sigemptyset(&action.sa_mask);
        assert_int_equal(evsim_sigaction(number, &action, NULL), 0);
}

static void mask(int how, int number)
{
        sigset_t set;

        sigemptyset(&set);
        sigaddset(&set, number);
        assert_int_equal(evsim_sigprocmask(how, &set, NULL), 0);
}

static void a_handler_runs_at_the_next_call(void **state)
{
        (void)state;
        install(SIGUSR1, 0);
        evsim_host_signal(host, SIGUSR1);
        assert_int_equal(caught[SIGUSR1], 0);
        (void)evsim_getpid();
        assert_int_equal(caught[SIGUSR1], 1);
        assert_int_equal(evsim_raise(SIGUSR1), 0);
        assert_int_equal(caught[SIGUSR1], 2); /* before raise returns */
}

/* ---- Interruption ------------------------------------------------------------------------------ */

/* The task itself does not take the signal. */
static void signal_later(void *arg)
{
        mask(SIG_BLOCK, SIGUSR1);
        evsim_sleep_ns(SECOND);
        evsim_host_signal(host, SIGUSR1);
        evsim_sleep_ns(SECOND);
        evsim_write(*(int *)arg, "x", 1);
}

static int read_interrupted(int flags)
{
        int fds[2];
        char byte;
        struct evsim_task *other;
        ssize_t n;

        install(SIGUSR1, flags);
        assert_int_equal(evsim_pipe(fds), 0);
        other = evsim_task_new(host, "other", signal_later, &fds[1]);
        errno = 0;
        n = evsim_read(fds[0], &byte, 1);
        evsim_task_join(other);
        assert_int_equal(caught[SIGUSR1], 1);
        return (int)n;
}

static void a_read_is_interrupted(void **state)
{
        (void)state;
        assert_int_equal(read_interrupted(0), -1);
}

static void a_read_goes_on_with_sa_restart(void **state)
{
        (void)state;
        assert_int_equal(read_interrupted(SA_RESTART), 1);
}

static void poll_never_goes_on(void **state)
{
        int fds[2];
        struct pollfd one = {.events = POLLIN};
        struct evsim_task *other;

        (void)state;
        install(SIGUSR1, SA_RESTART);
        assert_int_equal(evsim_pipe(fds), 0);
        one.fd = fds[0];
        other = evsim_task_new(host, "other", signal_later, &fds[1]);
        assert_int_equal(evsim_poll(&one, 1, -1), -1);
        assert_int_equal(errno, EINTR);
        evsim_task_join(other);
}

/* ---- Masks ------------------------------------------------------------------------------------- */

static void what_is_blocked_waits_and_merges(void **state)
{
        sigset_t pending;

        (void)state;
        install(SIGUSR1, 0);
        mask(SIG_BLOCK, SIGUSR1);
        for (int i = 0; i < 3; i++)
                evsim_raise(SIGUSR1);
        assert_int_equal(caught[SIGUSR1], 0);
        assert_int_equal(evsim_sigpending(&pending), 0);
        assert_int_equal(sigismember(&pending, SIGUSR1), 1);
        mask(SIG_UNBLOCK, SIGUSR1);
        assert_int_equal(caught[SIGUSR1], 1);
}

static void real_time_signals_queue(void **state)
{
        const int number = SIGRTMIN + 1;

        (void)state;
        install(number, 0);
        mask(SIG_BLOCK, number);
        for (int i = 0; i < 3; i++)
                evsim_kill(evsim_getpid(), number);
        mask(SIG_UNBLOCK, number);
        assert_int_equal(caught[number], 3);
}

static void lower_numbers_come_first(void **state)
{
        sigset_t both;

        (void)state;
        install(SIGUSR1, 0);
        install(SIGHUP, 0);
        sigemptyset(&both);
        sigaddset(&both, SIGUSR1);
        sigaddset(&both, SIGHUP);
        evsim_sigprocmask(SIG_BLOCK, &both, NULL);
        evsim_raise(SIGUSR1);
        evsim_raise(SIGHUP);
        evsim_sigprocmask(SIG_UNBLOCK, &both, NULL);
        assert_int_equal(order[0], SIGHUP);
        assert_int_equal(order[1], SIGUSR1);
}

static void ignored_ones_are_gone(void **state)
{
        (void)state;
        assert_true(evsim_signal(SIGUSR1, SIG_IGN) == SIG_DFL);
        evsim_raise(SIGUSR1);
        install(SIGUSR1, (int)SA_RESETHAND);
        (void)evsim_getpid();
        assert_int_equal(caught[SIGUSR1], 0);
        evsim_raise(SIGUSR1);
        assert_int_equal(caught[SIGUSR1], 1);
        assert_true(evsim_signal(SIGUSR1, SIG_IGN) == SIG_DFL); /* SA_RESETHAND */
}

static void a_signalfd_reads_what_is_blocked(void **state)
{
        struct signalfd_siginfo info;
        sigset_t set;
        int fd;

        (void)state;
        sigemptyset(&set);
        sigaddset(&set, SIGUSR2);
        evsim_sigprocmask(SIG_BLOCK, &set, NULL);
        fd = evsim_signalfd(-1, &set, SFD_NONBLOCK);
        assert_true(fd >= 0);
        assert_int_equal(evsim_read(fd, &info, sizeof info), -1);
        assert_int_equal(errno, EAGAIN);
        evsim_raise(SIGUSR2);
        assert_int_equal(evsim_read(fd, &info, sizeof info), sizeof info);
        assert_int_equal(info.ssi_signo, SIGUSR2);
        assert_int_equal(evsim_read(fd, &info, sizeof info), -1);
}

/* ---- The default ------------------------------------------------------------------------------- */

static void raise_it(void *arg)
{
        evsim_raise(*(int *)arg);
        evsim_sleep_ns(SECOND);
}

static enum evsim_outcome outcome_of(int number)
{
        struct evsim_world *other = evsim_world_new(NULL);
        enum evsim_outcome outcome;

        evsim_task_new(evsim_host_new(other, "victim", NULL), "task", raise_it, &number);
        outcome = evsim_world_run(other);
        if (outcome == EVSIM_TERMINATED)
                assert_non_null(strstr(evsim_world_report(other), "victim: ended by signal"));
        evsim_world_free(other);
        return outcome;
}

static void the_default_ends_the_process(void **state)
{
        (void)state;
        evsim_leave();
        assert_int_equal(outcome_of(SIGTERM), EVSIM_TERMINATED);
        assert_int_equal(outcome_of(SIGUSR1), EVSIM_TERMINATED);
        assert_int_equal(outcome_of(SIGCHLD), EVSIM_DONE); /* ignored by default */
        assert_int_equal(outcome_of(SIGWINCH), EVSIM_DONE);
}

#define STORY(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                STORY(a_handler_runs_at_the_next_call),  STORY(a_read_is_interrupted),
                STORY(a_read_goes_on_with_sa_restart),   STORY(poll_never_goes_on),
                STORY(what_is_blocked_waits_and_merges), STORY(real_time_signals_queue),
                STORY(lower_numbers_come_first),         STORY(ignored_ones_are_gone),
                STORY(a_signalfd_reads_what_is_blocked), STORY(the_default_ends_the_process),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
