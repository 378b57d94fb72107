/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What programs call themselves, on the kernel of a simulated host: results and errno are POSIX's,
 * the clock is the host's, and a signal mask of a wait is in force for the wait.
 */
#include <errno.h>
#include <evident/sim_calls.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/eventfd.h>

#include <cmocka.h>

static struct evsim_world *world;
static struct evsim_host *host;

static int enter_world(void **state)
{
        struct evsim_world_config config = evsim_world_defaults();

        (void)state;
        config.call_cost_ns = 0;
        world = evsim_world_new(&config);
        host = evsim_host_new(world, "a", NULL);
        evsim_enter(host);
        return 0;
}

static int leave_world(void **state)
{
        (void)state;
        assert_int_equal(evsim_host_descriptors(host), 0);
        evsim_leave();
        evsim_world_free(world);
        return 0;
}

static int64_t now_ns(void)
{
        return evsim_world_now_ns(world);
}

static void an_error_is_minus_one_and_errno(void **state)
{
        char byte;

        (void)state;
        errno = 0;
        assert_int_equal(evsim_read(77, &byte, 1), -1);
        assert_int_equal(errno, EBADF);
        assert_int_equal(evsim_epoll_create(0), -1);
        assert_int_equal(errno, EINVAL);
        assert_int_equal(evsim_kill(1, SIGUSR1), -1);
        assert_int_equal(errno, ESRCH);
        assert_ptr_equal(evsim_signal(SIGKILL, SIG_IGN), SIG_ERR);
        assert_int_equal(errno, EINVAL);
}

static void success_leaves_errno_alone(void **state)
{
        int fds[2];

        (void)state;
        errno = EDOM;
        assert_int_equal(evsim_pipe(fds), 0);
        assert_int_equal(evsim_close(fds[0]), 0);
        assert_int_equal(evsim_close(fds[1]), 0);
        assert_int_equal(errno, EDOM);
}

static void duplicates_share_flags_and_not_close_on_exec(void **state)
{
        int fds[2];
        int copy;

        (void)state;
        assert_int_equal(evsim_pipe2(fds, O_CLOEXEC), 0);
        copy = evsim_dup2(fds[0], 40);
        assert_int_equal(copy, 40);
        assert_int_equal(evsim_fcntl(copy, F_SETFL, O_NONBLOCK), 0);
        assert_true(evsim_fcntl(fds[0], F_GETFL) & O_NONBLOCK);
        assert_int_equal(evsim_fcntl(fds[0], F_GETFD), FD_CLOEXEC);
        assert_int_equal(evsim_fcntl(copy, F_GETFD), 0);
        assert_int_equal(evsim_dup2(copy, copy), copy);
        assert_int_equal(evsim_dup3(copy, copy, 0), -1);
        assert_int_equal(errno, EINVAL);
        assert_int_equal(evsim_close(copy), 0);
        assert_int_equal(evsim_close(fds[0]), 0);
        assert_int_equal(evsim_close(fds[1]), 0);
}

/* ---- Time --------------------------------------------------------------------------------------
 */

static void a_sleep_takes_exactly_its_time(void **state)
{
        const struct timespec span = {.tv_sec = 3, .tv_nsec = 7};
        struct timespec before;
        struct timespec after;

        (void)state;
        assert_int_equal(evsim_clock_gettime(CLOCK_MONOTONIC, &before), 0);
        assert_int_equal(evsim_nanosleep(&span, NULL), 0);
        assert_int_equal(evsim_clock_gettime(CLOCK_MONOTONIC, &after), 0);
        assert_int_equal(after.tv_sec - before.tv_sec, 3);
        assert_int_equal(after.tv_nsec - before.tv_nsec, 7);
        assert_int_equal(evsim_usleep(250), 0);
        assert_int_equal(now_ns(), 3000250007);
}

static int nhandled;

static void count(int signal_number)
{
        (void)signal_number;
        nhandled++;
}

static void disturb(void *arg)
{
        const int64_t *after_ns = arg;

        evsim_sleep_ns(*after_ns);
        evsim_host_signal(host, SIGUSR1);
}

static void a_sleep_that_a_handler_ends_says_what_is_left(void **state)
{
        const struct timespec span = {.tv_sec = 10};
        struct timespec left = {0};
        int64_t after_ns = 2500000000;
        struct evsim_task *task;

        (void)state;
        nhandled = 0;
        evsim_signal(SIGUSR1, count);
        task = evsim_task_new(host, "disturber", disturb, &after_ns);
        assert_int_equal(evsim_nanosleep(&span, &left), -1);
        assert_int_equal(errno, EINTR);
        assert_int_equal(left.tv_sec, 7);
        assert_int_equal(left.tv_nsec, 500000000);
        assert_int_equal(nhandled, 1);
        evsim_task_join(task);
        evsim_signal(SIGUSR1, SIG_DFL);
}

static void select_writes_back_what_is_left(void **state)
{
        struct timeval timeout = {.tv_sec = 2};
        int64_t after_ns = 500000000;
        struct evsim_task *task;

        (void)state;
        nhandled = 0;
        evsim_signal(SIGUSR1, count);
        task = evsim_task_new(host, "disturber", disturb, &after_ns);
        assert_int_equal(evsim_select(0, NULL, NULL, NULL, &timeout), -1);
        assert_int_equal(errno, EINTR);
        assert_int_equal(timeout.tv_sec, 1);
        assert_int_equal(timeout.tv_usec, 500000);
        evsim_task_join(task);
        evsim_signal(SIGUSR1, SIG_DFL);
}

static void an_interval_timer_keeps_its_times(void **state)
{
        const struct itimerval next = {.it_value.tv_sec = 1, .it_interval.tv_usec = 500000};
        struct itimerval left;

        (void)state;
        nhandled = 0;
        evsim_signal(SIGALRM, count);
        assert_int_equal(evsim_setitimer(ITIMER_REAL, &next, NULL), 0);
        assert_int_equal(evsim_poll(NULL, 0, -1), -1);
        assert_int_equal(now_ns(), 1000000000);
        evsim_sleep(10); /* ended by the next */
        assert_int_equal(now_ns(), 1500000000);
        assert_int_equal(nhandled, 2);
        assert_int_equal(evsim_getitimer(ITIMER_REAL, &left), 0);
        assert_int_equal(left.it_value.tv_usec, 500000);
        assert_int_equal(evsim_alarm(0), 1); /* rounded */
        assert_int_equal(evsim_sleep(10), 0);
        assert_int_equal(nhandled, 2);
        evsim_signal(SIGALRM, SIG_DFL);
}

/* ---- Signals -----------------------------------------------------------------------------------
 */

/* A signal that is blocked, and pending. */
static void hold_one(sigset_t *before)
{
        sigset_t blocked;
        sigset_t pending;

        nhandled = 0;
        evsim_signal(SIGUSR1, count);
        sigemptyset(&blocked);
        sigaddset(&blocked, SIGUSR1);
        assert_int_equal(evsim_pthread_sigmask(SIG_BLOCK, &blocked, before), 0);
        assert_int_equal(evsim_raise(SIGUSR1), 0);
        assert_int_equal(nhandled, 0);
        assert_int_equal(evsim_sigpending(&pending), 0);
        assert_int_equal(sigismember(&pending, SIGUSR1), 1);
}

/* ppoll(2): the mask is set and put back as if in one step with the wait. */
static void ppoll_takes_a_pending_signal_and_restores_the_mask(void **state)
{
        const struct timespec hour = {.tv_sec = 3600};
        sigset_t before;

        (void)state;
        hold_one(&before);
        assert_int_equal(evsim_ppoll(NULL, 0, &hour, &before), -1);
        assert_int_equal(errno, EINTR);
        assert_int_equal(nhandled, 1);
        assert_int_equal(now_ns(), 0);
        evsim_raise(SIGUSR1);
        assert_int_equal(nhandled, 1); /* blocked as before */
        assert_int_equal(evsim_sigprocmask(SIG_SETMASK, &before, NULL), 0);
        assert_int_equal(nhandled, 2);
        evsim_signal(SIGUSR1, SIG_DFL);
}

/* What is ready is reported, and the signal stays pending. */
static void pselect_prefers_what_is_ready(void **state)
{
        const int fd = evsim_eventfd(1, EFD_NONBLOCK);
        fd_set readable;
        sigset_t before;

        (void)state;
        hold_one(&before);
        FD_ZERO(&readable);
        FD_SET(fd, &readable);
        assert_int_equal(evsim_pselect(fd + 1, &readable, NULL, NULL, NULL, &before), 1);
        assert_true(FD_ISSET(fd, &readable));
        assert_int_equal(nhandled, 0);
        evsim_sigprocmask(SIG_SETMASK, &before, NULL);
        assert_int_equal(nhandled, 1);
        evsim_signal(SIGUSR1, SIG_DFL);
        evsim_close(fd);
}

static void epoll_pwait_blocks_what_would_end_it(void **state)
{
        const int epfd = evsim_epoll_create1(0);
        int64_t after_ns = 1000000;
        struct epoll_event event;
        struct evsim_task *task;
        sigset_t blocked;

        (void)state;
        nhandled = 0;
        evsim_signal(SIGUSR1, count);
        sigemptyset(&blocked);
        sigaddset(&blocked, SIGUSR1);
        task = evsim_task_new(host, "disturber", disturb, &after_ns);
        assert_int_equal(evsim_epoll_pwait(epfd, &event, 1, 5, &blocked), 0);
        assert_int_equal(now_ns(), 5000000);
        evsim_task_join(task);
        assert_int_equal(nhandled, 1);
        evsim_signal(SIGUSR1, SIG_DFL);
        evsim_close(epfd);
}

static void sigpipe_comes_before_the_write_returns(void **state)
{
        int fds[2];

        (void)state;
        nhandled = 0;
        evsim_signal(SIGPIPE, count);
        assert_int_equal(evsim_pipe(fds), 0);
        evsim_close(fds[0]);
        assert_int_equal(evsim_write(fds[1], "x", 1), -1);
        assert_int_equal(errno, EPIPE);
        assert_int_equal(nhandled, 1);
        evsim_signal(SIGPIPE, SIG_DFL);
        evsim_close(fds[1]);
}

static int seen_number;

static void see_info(int signal_number, siginfo_t *info, void *context)
{
        (void)context;
        seen_number = info->si_signo == signal_number ? signal_number : -1;
}

static void a_handler_may_want_the_info(void **state)
{
        struct sigaction action = {.sa_flags = SA_SIGINFO};

        (void)state;
        action.sa_sigaction = see_info;
        sigemptyset(&action.sa_mask);
        assert_int_equal(evsim_sigaction(SIGUSR2, &action, NULL), 0);
        assert_int_equal(evsim_kill(evsim_getpid(), SIGUSR2), 0);
        assert_int_equal(seen_number, SIGUSR2);
}

/* ---- Turns -------------------------------------------------------------------------------------
 */

static void set_flag(void *flag)
{
        *(bool *)flag = true;
}

/* Nothing here blocks; as on a real system the time slice ends. */
static void who_spins_lets_others_run(void **state)
{
        bool is_set = false;
        struct evsim_task *task = evsim_task_new(host, "setter", set_flag, &is_set);
        int ncalls = 0;

        (void)state;
        while (!is_set && ncalls < 100000)
                ncalls += evsim_getpid() > 0;
        assert_true(is_set);
        evsim_task_join(task);
}

/* ---- Random bytes ------------------------------------------------------------------------------
 */

static void random_bytes_are_the_hosts_own(void **state)
{
        unsigned char a[16];
        unsigned char b[16];

        (void)state;
        assert_int_equal(evsim_getrandom(a, sizeof a, 0), 16);
        assert_int_equal(evsim_getrandom(b, sizeof b, 0), 16);
        assert_memory_not_equal(a, b, sizeof a);
}

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, enter_world, leave_world)

int main(void)
{
        const struct CMUnitTest tests[] = {
                IN_WORLD(an_error_is_minus_one_and_errno),
                IN_WORLD(success_leaves_errno_alone),
                IN_WORLD(duplicates_share_flags_and_not_close_on_exec),
                IN_WORLD(a_sleep_takes_exactly_its_time),
                IN_WORLD(a_sleep_that_a_handler_ends_says_what_is_left),
                IN_WORLD(select_writes_back_what_is_left),
                IN_WORLD(an_interval_timer_keeps_its_times),
                IN_WORLD(ppoll_takes_a_pending_signal_and_restores_the_mask),
                IN_WORLD(pselect_prefers_what_is_ready),
                IN_WORLD(epoll_pwait_blocks_what_would_end_it),
                IN_WORLD(sigpipe_comes_before_the_write_returns),
                IN_WORLD(a_handler_may_want_the_info),
                IN_WORLD(who_spins_lets_others_run),
                IN_WORLD(random_bytes_are_the_hosts_own),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
