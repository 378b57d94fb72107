/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Faults by name and occurrence, and trouble: lists that are known before the program runs.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include <event2/event.h>
#include <evident/sim.h>
#include <evident/sim_calls.h>

#include "kernel/host.h"

static struct evsim_world *world;
static struct evsim_host *host;

static void begin(uint64_t seed)
{
        struct evsim_world_config config = evsim_world_defaults();

        config.seed = seed;
        config.livelock_turns = 0;
        world = evsim_world_new(&config);
        host = evsim_host_new(world, "host", NULL);
        evsim_enter(host);
}

/* ---- By name ----------------------------------------------------------------------------------- */

static int try_read(void)
{
        char byte;

        return (int)evsim_read(3, &byte, 1);
}

static int try_write(void)
{
        return (int)evsim_write(4, "x", 1);
}

static int try_pipe(void)
{
        int fds[2];

        return evsim_pipe(fds);
}

static int try_eventfd(void)
{
        return evsim_eventfd(0, 0);
}

static int try_dup(void)
{
        return evsim_dup(3);
}

static int try_socket(void)
{
        return evsim_socket(AF_INET, SOCK_STREAM, 0);
}

static int try_socketpair(void)
{
        int fds[2];

        return evsim_socketpair(AF_UNIX, SOCK_STREAM, 0, fds);
}

static int try_epoll_create(void)
{
        return evsim_epoll_create1(0);
}

static int try_epoll_ctl(void)
{
        struct epoll_event event = {.events = EPOLLIN};
        const int epfd = evsim_epoll_create1(0);

        return evsim_epoll_ctl(epfd, EPOLL_CTL_ADD, 3, &event);
}

static int try_epoll_wait(void)
{
        struct epoll_event event;

        return evsim_epoll_wait(5, &event, 1, 0);
}

static int try_poll(void)
{
        struct pollfd one = {.fd = 3, .events = POLLIN};

        return evsim_poll(&one, 1, 0);
}

static int try_timerfd(void)
{
        return evsim_timerfd_create(CLOCK_MONOTONIC, 0);
}

static int try_alloc(void)
{
        void *block = evsim_host_alloc(host, 1);

        evsim_host_free(host, block);
        errno = ENOMEM;
        return block != NULL ? 0 : -1;
}

static const struct {
        const char *call;
        int error;
        int (*try)(void);
} rows[] = {
        {"read", EINTR, try_read},
        {"write", ENOSPC, try_write},
        {"pipe", EMFILE, try_pipe},
        {"eventfd", ENFILE, try_eventfd},
        {"dup", EMFILE, try_dup},
        {"socket", ENOBUFS, try_socket},
        {"socketpair", EMFILE, try_socketpair},
        {"epoll_create", EMFILE, try_epoll_create},
        {"epoll_ctl", ENOSPC, try_epoll_ctl},
        {"epoll_wait", EINTR, try_epoll_wait},
        {"poll", ENOMEM, try_poll},
        {"timerfd_create", EMFILE, try_timerfd},
        {"alloc", ENOMEM, try_alloc},
};

/* A pipe with something in it as 3 and 4, an epoll instance as 5. */
static void open_all(void)
{
        int fds[2];

        assert_int_equal(evsim_pipe2(fds, O_NONBLOCK), 0);
        assert_int_equal(evsim_epoll_create1(0), 5);
        for (int i = 0; i < 10; i++)
                assert_int_equal(try_write(), 1);
}

static void assert_fails(int row, bool does)
{
        errno = 0;
        assert_int_equal(rows[row].try() < 0, does);
        if (does)
                assert_int_equal(errno, rows[row].error);
}

static void the_named_occurrence_fails(void **state)
{
        (void)state;
        for (int row = 0; row < (int)(sizeof rows / sizeof rows[0]); row++) {
                begin(0);
                open_all();
                assert_true(evsim_fault(host, rows[row].call, 3, rows[row].error, false));
                for (int i = 1; i <= 5; i++)
                        assert_fails(row, i == 3);
                assert_int_equal(evsim_world_faults(world), 1);
                assert_true(evsim_fault(host, rows[row].call, 2, rows[row].error, true));
                for (int i = 1; i <= 4; i++)
                        assert_fails(row, i >= 2);
                evsim_world_heal(world);
                assert_fails(row, false);
                evsim_world_free(world);
        }
}

static void there_is_no_such_call(void **state)
{
        (void)state;
        begin(0);
        assert_false(evsim_fault(host, "frobnicate", 1, EINTR, false));
        assert_false(evsim_fault(host, "read", 0, EINTR, false));
        evsim_world_free(world);
}

/* ---- Trouble ----------------------------------------------------------------------------------- */

enum { CALLS = 20000 };

/* At which occurrences writes fail; between them the program does other things, or not. */
static int list_faults(uint64_t seed, bool does_more, uint32_t occurrences[], int max)
{
        struct evsim_trouble trouble = {.eintr = 5000, .eagain = 5000, .emfile = 100000};
        int n = 0;

        begin(seed);
        open_all();
        for (int i = 0; i < 10; i++)
                (void)try_read();
        evsim_host_trouble(host, &trouble);
        for (uint32_t i = 1; i <= CALLS; i++) {
                errno = 0;
                if (try_write() < 0 && n < max)
                        occurrences[n++] = i << 8 | (uint32_t)errno;
                (void)try_read();
                if (does_more && i % 3 == 0)
                        (void)evsim_close(try_eventfd());
        }
        evsim_world_free(world);
        return n;
}

static void trouble_is_the_same_list_whatever_else_happens(void **state)
{
        uint32_t first[500] = {0};
        uint32_t second[500] = {0};
        const int n = list_faults(1, false, first, 500);

        (void)state;
        assert_int_equal(list_faults(1, true, second, 500), n);
        assert_memory_equal(first, second, sizeof first);
        (void)list_faults(2, false, second, 500);
        assert_memory_not_equal(first, second, sizeof first);
        /* One in a hundred. */
        assert_in_range(n, 140, 260);
}

static void a_kind_hits_only_calls_that_may_meet_it(void **state)
{
        const struct evsim_trouble trouble = {.emfile = 1000000};

        (void)state;
        begin(0);
        open_all();
        evsim_host_trouble(host, &trouble);
        for (int i = 0; i < 10; i++) {
                assert_int_equal(try_write(), 1);
                assert_int_equal(try_eventfd(), -1);
                assert_true(errno == EMFILE || errno == ENFILE);
        }
        evsim_world_free(world);
}

/* Swarm: of each kind about half of the worlds have none. */
static void worlds_draw_what_is_on(void **state)
{
        int neintr = 0;
        int nboth = 0;

        (void)state;
        for (uint64_t seed = 0; seed < 200; seed++) {
                struct evsim_trouble trouble;

                begin(seed);
                trouble = evsim_swarm(world);
                neintr += trouble.eintr != 0;
                nboth += trouble.eintr != 0 && trouble.enomem != 0;
                evsim_world_free(world);
        }
        assert_in_range(neintr, 70, 130);
        assert_in_range(nboth, 25, 75);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_named_occurrence_fails),
                cmocka_unit_test(there_is_no_such_call),
                cmocka_unit_test(trouble_is_the_same_list_whatever_else_happens),
                cmocka_unit_test(a_kind_hits_only_calls_that_may_meet_it),
                cmocka_unit_test(worlds_draw_what_is_on),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
