/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Checked hosts with kqueue, /dev/poll and event ports: honest programs pass, and one that goes
 * behind the back of its base is found out, whatever the mechanism.
 */
#include <event2/event.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <evident/sim_calls.h>

#include "kernel/calls.h"
#include "kernel/host.h"
#include "os/poll.h"

/* Descriptors are given out from 3 on: the pipe first, then what the base has opened. */
enum { READ_END = 3, WRITE_END = 4, INSTANCE = 5 };

struct story {
        struct evsim_host *host;
        void (*act)(struct evsim_host *host);
};

static void ignore(evutil_socket_t fd, short what, void *arg)
{
        (void)fd;
        (void)what;
        (void)arg;
}

static void do_nothing(struct evsim_host *host)
{
        (void)host;
}

static void forget_in_kqueue(struct evsim_host *host)
{
        const struct kevent change = {.ident = READ_END, .filter = EVFILT_READ, .flags = EV_DELETE};

        assert_int_equal(evsim_sys_kevent(host, INSTANCE, &change, 1, NULL, 0, 0), 0);
}

static void want_more_in_kqueue(struct evsim_host *host)
{
        const struct kevent change = {.ident = READ_END, .filter = EVFILT_WRITE, .flags = EV_ADD};

        assert_int_equal(evsim_sys_kevent(host, INSTANCE, &change, 1, NULL, 0, 0), 0);
}

static void forget_in_devpoll(struct evsim_host *host)
{
        const struct pollfd change = {.fd = READ_END, .events = OS_POLLREMOVE};

        assert_int_equal(evsim_sys_devpoll_write(host, INSTANCE, &change, 1), 0);
}

static void forget_in_port(struct evsim_host *host)
{
        assert_int_equal(evsim_sys_port_dissociate(host, INSTANCE, PORT_SOURCE_FD, READ_END), 0);
}

/* An event that no backend here has all words for, and the write end of a pipe that nobody reads. */
static void ask_for_much(struct evsim_host *host)
{
        struct event_base *base = event_base_new();
        struct event *closed;
        struct event *broken;
        int fds[2];

        (void)host;
        assert_int_equal(evsim_pipe2(fds, 0), 0);
        assert_int_equal(evsim_close(fds[0]), 0);
        broken = event_new(base, fds[1], EV_WRITE | EV_PERSIST, ignore, NULL);
        assert_int_equal(event_add(broken, NULL), 0);
        closed =
                event_new(base, WRITE_END, EV_WRITE | EV_CLOSED | EV_ET | EV_PERSIST, ignore, NULL);
        assert_int_equal(event_add(closed, NULL), 0);
        event_base_loop(base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
        event_base_loop(base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
        event_free(closed);
        event_free(broken);
        event_base_free(base);
        evsim_close(fds[1]);
}

static void run(void *arg)
{
        const struct story *story = arg;
        struct event_base *base;
        struct event *event;
        int fds[2];

        evsim_pipe2(fds, 0);
        base = event_base_new();
        event = event_new(base, fds[0], EV_READ | EV_PERSIST, ignore, NULL);
        event_add(event, NULL);
        event_base_loop(base, EVLOOP_NONBLOCK);
        story->act(story->host);
        event_base_loop(base, EVLOOP_NONBLOCK);
        event_free(event);
        event_base_free(base);
        evsim_close(fds[0]);
        evsim_close(fds[1]);
}

/* How the run ended. variable: "EVENT_NO...=1", which takes a mechanism away; or NULL. */
static enum evsim_outcome outcome_of(enum evsim_kernel kernel, const char *variable,
                                     void (*act)(struct evsim_host *host))
{
        const char *const environment[] = {variable, NULL};
        struct evsim_host_config config = evsim_host_defaults();
        struct evsim_world *world = evsim_world_new(NULL);
        struct story story = {.act = act};
        enum evsim_outcome outcome;

        config.kernel = kernel;
        config.environment = environment;
        story.host = evsim_host_new(world, "host", &config);
        evsim_host_check_always(story.host, true);
        evsim_task_new(story.host, "main", run, &story);
        outcome = evsim_world_run(world);
        if (outcome == EVSIM_VIOLATION)
                assert_non_null(strstr(evsim_world_report(world), "B6"));
        evsim_world_free(world);
        return outcome;
}

#define NO_PORTS "EVENT_NOEVPORT=1"

static void honest_programs_pass(void **state)
{
        static const enum evsim_kernel kernels[] = {EVSIM_KERNEL_FREEBSD, EVSIM_KERNEL_NETBSD,
                                                    EVSIM_KERNEL_OPENBSD, EVSIM_KERNEL_MACOS,
                                                    EVSIM_KERNEL_SOLARIS};

        (void)state;
        for (int i = 0; i < 5; i++) {
                assert_int_equal(outcome_of(kernels[i], NULL, do_nothing), EVSIM_DONE);
                assert_int_equal(outcome_of(kernels[i], NULL, ask_for_much), EVSIM_DONE);
        }
        assert_int_equal(outcome_of(EVSIM_KERNEL_SOLARIS, NO_PORTS, do_nothing), EVSIM_DONE);
        assert_int_equal(outcome_of(EVSIM_KERNEL_SOLARIS, NO_PORTS, ask_for_much), EVSIM_DONE);
}

static void the_kernels_table_must_be_the_fd_maps(void **state)
{
        (void)state;
        assert_int_equal(outcome_of(EVSIM_KERNEL_FREEBSD, NULL, forget_in_kqueue), EVSIM_VIOLATION);
        assert_int_equal(outcome_of(EVSIM_KERNEL_FREEBSD, NULL, want_more_in_kqueue),
                         EVSIM_VIOLATION);
        assert_int_equal(outcome_of(EVSIM_KERNEL_SOLARIS, NULL, forget_in_port), EVSIM_VIOLATION);
        assert_int_equal(outcome_of(EVSIM_KERNEL_SOLARIS, NO_PORTS, forget_in_devpoll),
                         EVSIM_VIOLATION);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(honest_programs_pass),
                cmocka_unit_test(the_kernels_table_must_be_the_fd_maps),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
