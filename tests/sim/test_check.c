/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Hosts are checked when they wait: a program that goes behind the back of its base is found out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <event2/event.h>
#include <evident/sim.h>
#include <evident/sim_calls.h>

/* Descriptors are given out from 3 on: the pipe first, then the base's epoll instance. */
enum { READ_END = 3, EPOLL = 5 };

static void ignore(evutil_socket_t fd, short what, void *arg)
{
        (void)fd;
        (void)what;
        (void)arg;
}

static void tamper(int operation, uint32_t events)
{
        struct epoll_event event = {.events = events};

        assert_int_equal(evsim_epoll_ctl(EPOLL, operation, READ_END, &event), 0);
}

static void forget_it(void)
{
        tamper(EPOLL_CTL_DEL, 0);
}

static void want_something_else(void)
{
        tamper(EPOLL_CTL_MOD, EPOLLOUT);
}

static void want_edges(void)
{
        tamper(EPOLL_CTL_MOD, EPOLLIN | EPOLLET);
}

static void do_nothing(void)
{
}

static void run(void *arg)
{
        void (*act)(void) = *(void (**)(void))arg;
        int fds[2];
        struct event_base *base;
        struct event *event;

        evsim_pipe2(fds, 0);
        base = event_base_new();
        event = event_new(base, fds[0], EV_READ | EV_PERSIST, ignore, NULL);
        event_add(event, NULL);
        event_base_loop(base, EVLOOP_NONBLOCK);
        act();
        event_base_loop(base, EVLOOP_NONBLOCK);
        event_free(event);
        event_base_free(base);
        evsim_close(fds[0]);
        evsim_close(fds[1]);
}

/* How the run ended, with the text of its report. */
static enum evsim_outcome outcome_of(void (*act)(void), const char *wanted)
{
        struct evsim_host_config config = evsim_host_defaults();
        struct evsim_world *world = evsim_world_new(NULL);
        struct evsim_host *host;
        enum evsim_outcome outcome;

        config.kernel = EVSIM_KERNEL_LINUX;
        host = evsim_host_new(world, "host", &config);
        evsim_host_check_always(host, true);
        evsim_task_new(host, "main", run, &act);
        outcome = evsim_world_run(world);
        assert_non_null(strstr(evsim_world_report(world), wanted));
        evsim_world_free(world);
        return outcome;
}

static void an_honest_program_passes(void **state)
{
        (void)state;
        assert_int_equal(outcome_of(do_nothing, "done"), EVSIM_DONE);
}

static void the_kernels_table_must_be_the_fd_maps(void **state)
{
        (void)state;
        assert_int_equal(outcome_of(forget_it, "B6"), EVSIM_VIOLATION);
        assert_int_equal(outcome_of(want_something_else, "B6"), EVSIM_VIOLATION);
        assert_int_equal(outcome_of(want_edges, "B6"), EVSIM_VIOLATION);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(an_honest_program_passes),
                cmocka_unit_test(the_kernels_table_must_be_the_fd_maps),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
