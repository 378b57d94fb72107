/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The real world's calls, on real descriptors. The same file is compiled twice: with the world of
 * the system, and with that of a Unix which is none of those that have a file of their own
 * (os_unix.c), where what it lacks is skipped.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "dies.h"
#include "os/os.h"
#include "os/process.h"

#define MS INT64_C(1000000)

static struct os *os;

static bool has_flags(int fd, int get_command, int flags)
{
        return (fcntl(fd, get_command) & flags) == flags;
}

static void close_both(const int fds[2])
{
        assert_int_equal(os_close(os, fds[0]), 0);
        assert_int_equal(os_close(os, fds[1]), 0);
}

/* ---- Memory, time, randomness, environment ------------------------------------------------- */

static struct {
        int allocs;
        int reallocs;
        int frees;
} counted;

static void *counting_malloc(size_t size)
{
        counted.allocs++;
        return malloc(size);
}

static void *counting_realloc(void *ptr, size_t size)
{
        counted.reallocs++;
        return realloc(ptr, size);
}

static void counting_free(void *ptr)
{
        counted.frees++;
        free(ptr);
}

static void test_child_has_a_number_of_its_own(void **state)
{
        const int number = os_getpid(os);
        pid_t child;
        int status;

        (void)state;
        assert_int_equal(number, getpid());
        child = fork();
        assert_true(child >= 0);
        if (child == 0)
                _exit(os_getpid(os) == getpid() && os_getpid(os) != number ? 0 : 1);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
}

static void test_memory_is_of_the_functions_of_the_process(void **state)
{
        (void)state;
        os_free(os, os_realloc(os, os_alloc(os, 1), 2));
        assert_int_equal(counted.allocs + counted.reallocs + counted.frees, 0);

        os->process->malloc_fn = counting_malloc;
        os->process->realloc_fn = counting_realloc;
        os->process->free_fn = counting_free;
        os_free(os, os_realloc(os, os_alloc(os, 1), 2));
        os_process_clear(os->process);
        assert_int_equal(counted.allocs, 1);
        assert_int_equal(counted.reallocs, 1);
        assert_int_equal(counted.frees, 1);
}

static void test_clocks(void **state)
{
        int64_t last = os_clock(os, OS_CLOCK_MONOTONIC);

        (void)state;
        for (int i = 0; i < 1000; i++) {
                const int64_t now = os_clock(os, OS_CLOCK_MONOTONIC);
                assert_true(now >= last);
                last = now;
        }
        /* One scale: the coarse clock is behind. */
        const int64_t coarse = os_clock(os, OS_CLOCK_MONOTONIC_COARSE);
        assert_true(coarse <= os_clock(os, OS_CLOCK_MONOTONIC));
        assert_true(coarse > last - 60000 * MS);

        const time_t before = time(NULL);
        const int64_t wall = os_clock(os, OS_CLOCK_REALTIME);
        assert_true(wall >= ((int64_t)before - 1) * 1000 * MS);
}

static void ignore_signal(struct os_process *process, int signal_number)
{
        (void)process;
        (void)signal_number;
}

/* Signals come all the while: the kernel then stops early (getrandom(2), "Interruption by a signal
 * handler"), and older ones give at most 32 MiB a call. */
static void test_random_fills_the_whole_buffer(void **state)
{
        const struct itimerval again = {{.tv_usec = 1000}, {.tv_usec = 1000}};
        const struct itimerval never = {0};
        const size_t len = ((size_t)32 << 20) + 64;
        static const unsigned char zeros[32];
        unsigned char *first = calloc(1, len);
        unsigned char second[32];
        struct sigaction saved;

        (void)state;
        assert_non_null(first);
        assert_int_equal(os_signal_install(os, SIGALRM, ignore_signal, &saved), 0);
        setitimer(ITIMER_REAL, &again, NULL);
        const int result = os_random(os, first, len);
        setitimer(ITIMER_REAL, &never, NULL);
        assert_int_equal(os_signal_restore(os, SIGALRM, &saved), 0);
        assert_int_equal(result, 0);
        assert_int_equal(os_random(os, second, sizeof second), 0);
        assert_memory_not_equal(first, zeros, 32);
        assert_memory_not_equal(first + len - 32, zeros, 32);
        assert_memory_not_equal(first, second, 32);
        free(first);
}

static void test_environment(void **state)
{
        (void)state;
        assert_int_equal(setenv("EVIDENT_TEST_OS", "yes", 1), 0);
        assert_string_equal(os_getenv(os, "EVIDENT_TEST_OS"), "yes");
        assert_int_equal(unsetenv("EVIDENT_TEST_OS"), 0);
        assert_null(os_getenv(os, "EVIDENT_TEST_OS"));
        assert_false(os_is_privileged(os));
}

static void test_exchange_gives_the_old_value(void **state)
{
        int object = 3;

        (void)state;
        assert_int_equal(os_atomic_exchange(os, &object, 4), 3);
        assert_int_equal(object, 4);
        os_yield(os);
}

/* ---- Output and the end ------------------------------------------------------------------ */

/* A datagram a write: what one call writes stays together. */
static void test_line_of_the_log_is_one_write(void **state)
{
        char text[64] = "";
        int fds[2];

        (void)state;
        assert_int_equal(os_socketpair(os, AF_UNIX, SOCK_DGRAM, 0, fds), 0);
        const int saved = dup(STDERR_FILENO);
        dup2(fds[1], STDERR_FILENO);
        os_log(os, EVENT_LOG_WARN, "the sky falls");
        os_log(os, 17, "");
        dup2(saved, STDERR_FILENO);
        close(saved);

        assert_int_equal(os_read(os, fds[0], text, sizeof text), 21);
        assert_memory_equal(text, "[warn] the sky falls\n", 21);
        assert_int_equal(os_read(os, fds[0], text, sizeof text), 7);
        assert_memory_equal(text, "[?\?\?] \n", 7);
        close_both(fds);
}

static void end_with_7(void)
{
        os_terminate(os, 7);
}

static void end_by_abort(void)
{
        os_terminate(os, OS_ABORT);
}

static void test_terminate(void **state)
{
        (void)state;
        const int status = status_of(end_with_7);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 7);
        assert_true(dies(end_by_abort));
}

/* ---- Descriptors ------------------------------------------------------------------------- */

static void test_pipe(void **state)
{
        char bytes[8];
        int fds[2];

        (void)state;
        assert_int_equal(os_pipe(os, fds), 0);
        for (int i = 0; i < 2; i++) {
                assert_true(has_flags(fds[i], F_GETFL, O_NONBLOCK));
                assert_true(has_flags(fds[i], F_GETFD, FD_CLOEXEC));
        }
        assert_int_equal(os_read(os, fds[0], bytes, sizeof bytes), -EAGAIN);
        assert_int_equal(os_write(os, fds[1], "abc", 3), 3);
        assert_int_equal(os_read(os, fds[0], bytes, sizeof bytes), 3);
        assert_memory_equal(bytes, "abc", 3);
        assert_int_equal(os_close(os, fds[1]), 0);
        assert_int_equal(os_read(os, fds[0], bytes, sizeof bytes), 0); /* the end */
        assert_int_equal(os_close(os, fds[0]), 0);
        assert_int_equal(os_close(os, fds[0]), -EBADF);
        assert_int_equal(os_read(os, fds[0], bytes, 1), -EBADF);
        assert_int_equal(os_write(os, fds[0], bytes, 1), -EBADF);
}

static void test_failed_makers_change_nothing(void **state)
{
        int fds[2] = {-7, -8};
        struct rlimit limit;
        struct rlimit none;

        (void)state;
        assert_int_equal(os_socketpair(os, AF_UNIX, SOCK_STREAM, 6, fds), -EPROTONOSUPPORT);
        getrlimit(RLIMIT_NOFILE, &limit);
        none = limit;
        none.rlim_cur = 0;
        setrlimit(RLIMIT_NOFILE, &none);
        const int pipe_result = os_pipe(os, fds);
        const int pair_result = os_socketpair(os, AF_UNIX, SOCK_STREAM, 0, fds);
        setrlimit(RLIMIT_NOFILE, &limit);
        assert_int_equal(pipe_result, -EMFILE);
        assert_int_equal(pair_result, -EMFILE);
        assert_int_equal(fds[0], -7);
        assert_int_equal(fds[1], -8);
}

/* It stands for the caller's own call: flags are as the caller says. */
static void test_socketpair_and_its_flags(void **state)
{
        int fds[2];

        (void)state;
        assert_int_equal(os_socketpair(os, AF_UNIX, SOCK_STREAM, 0, fds), 0);
        assert_false(has_flags(fds[0], F_GETFL, O_NONBLOCK));
        assert_false(has_flags(fds[0], F_GETFD, FD_CLOEXEC));
        assert_int_equal(fcntl(fds[0], F_SETFL, O_APPEND), 0); /* another flag, which stays */
        for (int i = 0; i < 2; i++) {                          /* also when it is so already */
                assert_int_equal(os_set_nonblocking(os, fds[0]), 0);
                assert_int_equal(os_set_cloexec(os, fds[0]), 0);
        }
        assert_true(has_flags(fds[0], F_GETFL, O_NONBLOCK | O_APPEND));
        assert_true(has_flags(fds[0], F_GETFD, FD_CLOEXEC));
        assert_false(has_flags(fds[1], F_GETFL, O_NONBLOCK));
        assert_int_equal(os_is_nonblocking(os, fds[0]), 1);
        assert_int_equal(os_is_nonblocking(os, fds[1]), 0);
        close_both(fds);
        assert_int_equal(os_is_nonblocking(os, fds[0]), -EBADF);
        assert_int_equal(os_set_nonblocking(os, fds[0]), -EBADF);
        assert_int_equal(os_set_cloexec(os, fds[0]), -EBADF);
}

static void test_setsockopt(void **state)
{
        const int on = 1;
        int value = 0;
        socklen_t len = sizeof value;

        (void)state;
        const int fd = socket(AF_INET, SOCK_STREAM, 0);
        assert_int_equal(os_setsockopt(os, fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on), 0);
        assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &value, &len), 0);
        assert_int_equal(value, 1);
        assert_int_equal(os_setsockopt(os, fd, SOL_SOCKET, 9999, &on, sizeof on), -ENOPROTOOPT);
        assert_int_equal(os_close(os, fd), 0);
}

static void test_interfaces_have_an_index(void **state)
{
        struct if_nameindex *all = if_nameindex();

        (void)state;
        assert_int_equal(os_if_index(os, "no such interface, by its length"), -ENXIO);
        assert_int_equal(os_if_index(os, "nix0"), -ENXIO);
        assert_int_equal(os_if_index(os, ""), -ENXIO);
        for (const struct if_nameindex *i = all; i != NULL && i->if_index != 0; i++)
                assert_int_equal(os_if_index(os, i->if_name), i->if_index);
        if_freenameindex(all);
}

/* ---- Waiting ----------------------------------------------------------------------------- */

static void set_bit(unsigned long *set, int fd)
{
        set[fd / OS_SELECT_BITS] |= 1UL << (fd % OS_SELECT_BITS);
}

static bool has_bit(const unsigned long *set, int fd)
{
        return (set[fd / OS_SELECT_BITS] >> (fd % OS_SELECT_BITS) & 1) != 0;
}

/* Fractions of a millisecond are rounded up where the system counts in milliseconds. */
static void test_waits_are_not_cut_short(void **state)
{
        const int64_t span = 3 * MS + 1;
        int64_t start = os_clock(os, OS_CLOCK_MONOTONIC);

        (void)state;
        assert_int_equal(os_poll(os, NULL, 0, span), 0);
        assert_true(os_clock(os, OS_CLOCK_MONOTONIC) >= start + span);
        start = os_clock(os, OS_CLOCK_MONOTONIC);
        assert_int_equal(os_select(os, 0, NULL, NULL, NULL, span), 0);
        assert_true(os_clock(os, OS_CLOCK_MONOTONIC) >= start + span);
}

static void test_poll(void **state)
{
        struct pollfd polled[2] = {{.events = POLLIN}, {.events = POLLOUT}};
        int fds[2];

        (void)state;
        assert_int_equal(os_pipe(os, fds), 0);
        polled[0].fd = fds[0];
        polled[1].fd = fds[1];
        assert_int_equal(os_poll(os, polled, 1, 0), 0);
        assert_int_equal(os_poll(os, polled, 2, -1), 1);
        assert_int_equal(polled[1].revents, POLLOUT);
        assert_int_equal(os_write(os, fds[1], "x", 1), 1);
        /* The longest times that there are neither fail nor are taken for short ones. */
        assert_int_equal(os_poll(os, polled, 1, INT64_MAX), 1);
        assert_int_equal(polled[0].revents, POLLIN);
        close_both(fds);
}

static void test_select(void **state)
{
        int fds[2];

        (void)state;
        assert_int_equal(os_pipe(os, fds), 0);
        const int nfds = (fds[0] > fds[1] ? fds[0] : fds[1]) + 1;
        unsigned long readable[8] = {0};
        unsigned long writable[8] = {0};
        assert_true(nfds <= 8 * OS_SELECT_BITS);
        set_bit(readable, fds[0]);
        set_bit(writable, fds[1]);
        assert_int_equal(os_select(os, nfds, readable, writable, NULL, INT64_MAX), 1);
        assert_false(has_bit(readable, fds[0]));
        assert_true(has_bit(writable, fds[1]));
        close_both(fds);
        set_bit(readable, fds[0]);
        assert_int_equal(os_select(os, nfds, readable, NULL, NULL, 0), -EBADF);
}

static void test_select_beyond_fd_setsize(void **state)
{
        const int high = 3 * FD_SETSIZE + 5;
        struct rlimit limit;
        int fds[2];

        (void)state;
#if defined(__s390x__)
        skip(); /* these tests run under an emulator, whose select(2) ends there */
#endif
        getrlimit(RLIMIT_NOFILE, &limit);
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
        if (limit.rlim_cur <= (rlim_t)high)
                skip();
        assert_int_equal(os_pipe(os, fds), 0);
        assert_int_equal(os_write(os, fds[1], "x", 1), 1);
        assert_int_equal(dup2(fds[0], high), high);
        unsigned long *readable = calloc(OS_SELECT_WORDS(high + 1), sizeof *readable);
        assert_non_null(readable);
        set_bit(readable, high);
        assert_int_equal(os_select(os, high + 1, readable, NULL, NULL, -1), 1);
        assert_true(has_bit(readable, high));
        free(readable);
        assert_int_equal(os_close(os, high), 0);
        close_both(fds);
}

static void test_epoll(void **state)
{
        struct epoll_event event = {.events = EPOLLIN, .data.u64 = 77};
        struct epoll_event ready[2];
        int fds[2];

        (void)state;
        if (!os_has_epoll(os))
                skip();
        const int epfd = os_epoll_create(os);
        assert_true(has_flags(epfd, F_GETFD, FD_CLOEXEC));
        assert_int_equal(os_pipe(os, fds), 0);
        assert_int_equal(os_epoll_ctl(os, epfd, EPOLL_CTL_MOD, fds[0], &event), -ENOENT);
        assert_int_equal(os_epoll_ctl(os, epfd, EPOLL_CTL_ADD, fds[0], &event), 0);
        assert_int_equal(os_epoll_ctl(os, epfd, EPOLL_CTL_ADD, fds[0], &event), -EEXIST);
        assert_int_equal(os_epoll_wait(os, epfd, ready, 2, 0), 0);
        assert_int_equal(os_write(os, fds[1], "x", 1), 1);
        assert_int_equal(os_epoll_wait(os, epfd, ready, 2, -1), 1);
        assert_int_equal(ready[0].data.u64, 77);
        assert_int_equal(os_epoll_ctl(os, epfd, EPOLL_CTL_DEL, fds[0], NULL), 0);
        assert_int_equal(os_epoll_wait(os, epfd, ready, 2, 0), 0);
        close_both(fds);
        assert_int_equal(os_close(os, epfd), 0);
        assert_int_equal(os_epoll_wait(os, epfd, ready, 2, 0), -EBADF);
}

/* On 32-bit systems too: a timespec of the wrong width would wait for ever, or not at all. */
static void test_epoll_pwait2(void **state)
{
        const int64_t span = 1500000;
        struct epoll_event ready;

        (void)state;
        if (!os_has_epoll(os))
                skip();
        const int epfd = os_epoll_create(os);
        const int64_t start = os_clock(os, OS_CLOCK_MONOTONIC);
        const int result = os_epoll_pwait2(os, epfd, &ready, 1, span);
        if (result == -ENOSYS) {
                os_close(os, epfd);
                skip();
        }
        assert_int_equal(result, 0);
        assert_true(os_clock(os, OS_CLOCK_MONOTONIC) >= start + span);
        assert_int_equal(os_epoll_pwait2(os, epfd, &ready, 1, 0), 0);

        const int counter = os_eventfd(os);
        struct epoll_event event = {.events = EPOLLOUT};
        assert_int_equal(os_epoll_ctl(os, epfd, EPOLL_CTL_ADD, counter, &event), 0);
        assert_int_equal(os_epoll_pwait2(os, epfd, &ready, 1, INT64_MAX), 1);
        assert_int_equal(os_epoll_pwait2(os, epfd, &ready, 1, -1), 1);
        assert_int_equal(os_close(os, counter), 0);
        assert_int_equal(os_close(os, epfd), 0);
}

static void test_eventfd(void **state)
{
        uint64_t count = 3;

        (void)state;
        const int fd = os_eventfd(os);
        if (fd == -ENOSYS)
                skip();
        assert_true(has_flags(fd, F_GETFL, O_NONBLOCK));
        assert_true(has_flags(fd, F_GETFD, FD_CLOEXEC));
        assert_int_equal(os_read(os, fd, &count, sizeof count), -EAGAIN);
        assert_int_equal(os_write(os, fd, &count, sizeof count), sizeof count);
        assert_int_equal(os_write(os, fd, &count, sizeof count), sizeof count);
        assert_int_equal(os_read(os, fd, &count, sizeof count), sizeof count);
        assert_int_equal(count, 6);
        assert_int_equal(os_close(os, fd), 0);
}

static void test_timerfd(void **state)
{
        struct pollfd polled = {.events = POLLIN};
        uint64_t expirations = 0;

        (void)state;
        const int fd = os_timerfd_create(os);
        if (fd == -ENOSYS)
                skip();
        polled.fd = fd;
        assert_true(has_flags(fd, F_GETFL, O_NONBLOCK));
        assert_true(has_flags(fd, F_GETFD, FD_CLOEXEC));
        const int64_t start = os_clock(os, OS_CLOCK_MONOTONIC);
        assert_int_equal(os_timerfd_settime(os, fd, 1500000), 0);
        assert_int_equal(os_poll(os, &polled, 1, -1), 1);
        assert_true(os_clock(os, OS_CLOCK_MONOTONIC) >= start + 1500000);
        assert_int_equal(os_read(os, fd, &expirations, sizeof expirations), sizeof expirations);
        assert_int_equal(expirations, 1);
        assert_int_equal(os_timerfd_settime(os, fd, INT64_MAX), 0);
        assert_int_equal(os_poll(os, &polled, 1, 0), 0);
        assert_int_equal(os_timerfd_settime(os, fd, 1), 0);
        assert_int_equal(os_timerfd_settime(os, fd, 0), 0); /* disarmed, expired or not */
        assert_int_equal(os_poll(os, &polled, 1, 0), 0);
        assert_int_equal(os_close(os, fd), 0);
}

/* ---- Signals ----------------------------------------------------------------------------- */

static struct {
        struct os_process *process;
        int signal_number;
        int calls;
        int old_calls;
} arrived;

static void on_signal(struct os_process *process, int signal_number)
{
        arrived.process = process;
        arrived.signal_number = signal_number;
        arrived.calls++;
        errno = EXDEV; /* a handler may do what sets it */
}

static void old_handler(int signal_number)
{
        (void)signal_number;
        arrived.old_calls++;
}

static void test_signal_comes_to_the_handler_and_goes_back(void **state)
{
        struct sigaction saved;

        (void)state;
        signal(SIGUSR1, old_handler);
        assert_int_equal(os_signal_install(os, SIGUSR1, on_signal, &saved), 0);
        errno = 0;
        raise(SIGUSR1);
        assert_int_equal(errno, 0);
        assert_int_equal(arrived.calls, 1);
        assert_int_equal(arrived.signal_number, SIGUSR1);
        assert_ptr_equal(arrived.process, os->process);

        assert_int_equal(os_signal_restore(os, SIGUSR1, &saved), 0);
        raise(SIGUSR1);
        assert_int_equal(arrived.calls, 1);
        assert_int_equal(arrived.old_calls, 1);
        signal(SIGUSR1, SIG_DFL);
}

static void test_handler_restarts_calls_and_masks_all_signals(void **state)
{
        struct sigaction saved;
        struct sigaction now;

        (void)state;
        assert_int_equal(os_signal_install(os, SIGUSR2, on_signal, &saved), 0);
        assert_int_equal(sigaction(SIGUSR2, NULL, &now), 0);
        assert_int_equal(now.sa_flags & SA_RESTART, SA_RESTART);
        assert_int_equal(sigismember(&now.sa_mask, SIGUSR1), 1);
        assert_int_equal(sigismember(&now.sa_mask, SIGTERM), 1);
        assert_int_equal(os_signal_restore(os, SIGUSR2, &saved), 0);
}

static void test_signals_that_nobody_catches(void **state)
{
        struct sigaction saved = {.sa_flags = 12345};

        (void)state;
        assert_int_equal(os_signal_install(os, SIGKILL, on_signal, &saved), -EINVAL);
        assert_int_equal(os_signal_install(os, 0, on_signal, &saved), -EINVAL);
        assert_int_equal(os_signal_install(os, -1, on_signal, &saved), -EINVAL);
        assert_int_equal(os_signal_install(os, 100000, on_signal, &saved), -EINVAL);
        assert_int_equal(saved.sa_flags, 12345);
}

/* A wait ends with EINTR however the handler was installed (signal(7)). The signal comes again and
 * again, so that one before the wait does no harm. */
static void test_signal_interrupts_a_wait(void **state)
{
        const struct itimerval again = {{.tv_usec = 20000}, {.tv_usec = 20000}};
        const struct itimerval never = {0};
        const int64_t minute = 60000 * MS;
        struct sigaction saved;

        (void)state;
        assert_int_equal(os_signal_install(os, SIGALRM, on_signal, &saved), 0);
        setitimer(ITIMER_REAL, &again, NULL);
        assert_int_equal(os_poll(os, NULL, 0, minute), -EINTR);
        setitimer(ITIMER_REAL, &never, NULL);
        assert_int_equal(arrived.signal_number, SIGALRM);
        assert_int_equal(os_signal_restore(os, SIGALRM, &saved), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_child_has_a_number_of_its_own),
                cmocka_unit_test(test_memory_is_of_the_functions_of_the_process),
                cmocka_unit_test(test_clocks),
                cmocka_unit_test(test_random_fills_the_whole_buffer),
                cmocka_unit_test(test_environment),
                cmocka_unit_test(test_exchange_gives_the_old_value),
                cmocka_unit_test(test_line_of_the_log_is_one_write),
                cmocka_unit_test(test_terminate),
                cmocka_unit_test(test_pipe),
                cmocka_unit_test(test_failed_makers_change_nothing),
                cmocka_unit_test(test_socketpair_and_its_flags),
                cmocka_unit_test(test_setsockopt),
                cmocka_unit_test(test_interfaces_have_an_index),
                cmocka_unit_test(test_waits_are_not_cut_short),
                cmocka_unit_test(test_poll),
                cmocka_unit_test(test_select),
                cmocka_unit_test(test_select_beyond_fd_setsize),
                cmocka_unit_test(test_epoll),
                cmocka_unit_test(test_epoll_pwait2),
                cmocka_unit_test(test_eventfd),
                cmocka_unit_test(test_timerfd),
                cmocka_unit_test(test_signal_comes_to_the_handler_and_goes_back),
                cmocka_unit_test(test_handler_restarts_calls_and_masks_all_signals),
                cmocka_unit_test(test_signals_that_nobody_catches),
                cmocka_unit_test(test_signal_interrupts_a_wait),
        };

        os = os_real();
        return cmocka_run_group_tests(tests, NULL, NULL);
}
