/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Forks in the simulation: the caller goes on as the child, and what the parent has open and
 * registered stays and can be looked at. So it shows whom a child's changes of an inherited epoll
 * instance hit, which a forked process of the real system cannot see of its parent.
 */
#include <errno.h>
#include <event2/event.h>
#include <evident/sim_calls.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kernel/descriptor.h"

#include "inside.h"

static void the_child_has_the_same_files_under_a_new_id(void **state)
{
        const pid_t parent = evsim_getpid();
        char byte = 0;
        int fds[2];

        (void)state;
        evsim_pipe2(fds, O_NONBLOCK);
        assert_int_equal(evsim_fork(), 0);
        assert_int_not_equal(evsim_getpid(), parent);
        assert_int_equal(evsim_write(fds[1], "c", 1), 1);
        evsim_as_parent(true);
        assert_int_equal(evsim_getpid(), parent);
        assert_int_equal(evsim_read(fds[0], &byte, 1), 1);
        assert_int_equal(byte, 'c');
        evsim_as_parent(false);
        evsim_close(fds[0]);
        evsim_close(fds[1]);
        evsim_parent_exit();
}

/* A number closed in the child is open in the parent, and the end of a pipe comes with the last. */
static void a_pipe_ends_with_the_last_of_both(void **state)
{
        struct pollfd wanted;
        int fds[2];

        (void)state;
        evsim_pipe(fds);
        wanted = (struct pollfd){.fd = fds[0], .events = POLLIN};
        evsim_fork();
        evsim_close(fds[1]);
        assert_int_equal(evsim_poll(&wanted, 1, 0), 0);
        evsim_parent_exit();
        assert_int_equal(evsim_poll(&wanted, 1, 0), 1);
        assert_int_equal(wanted.revents, POLLHUP);
        evsim_close(fds[0]);
}

static void pending_signals_are_the_parents(void **state)
{
        sigset_t set;

        (void)state;
        sigemptyset(&set);
        sigaddset(&set, SIGUSR1);
        evsim_sigprocmask(SIG_BLOCK, &set, NULL);
        evsim_raise(SIGUSR1);
        evsim_fork();
        evsim_sigpending(&set);
        assert_int_equal(sigismember(&set, SIGUSR1), 0);
        evsim_parent_exit();
}

/* ---- event_reinit ------------------------------------------------------------------------------
 */

static int add_one(const struct evsim_interest *interest, void *count)
{
        (void)interest;
        ++*(int *)count;
        return 0;
}

/* How many registrations the epoll instance has under the number, in the process that calls. */
static int registrations(int epfd)
{
        struct evsim_file *instance = evsim_descriptor_get(host, epfd);
        int count = 0;

        assert_non_null(instance);
        assert_int_equal(instance->ops->foreach (instance, add_one, &count), 0);
        return count;
}

static void ignore(evutil_socket_t fd, short what, void *arg)
{
        (void)fd;
        (void)what;
        (void)arg;
}

struct family {
        struct event_base *base;
        struct event *ev;
        int epfd;
        int fds[2];
        int before; /* registrations */
};

static void assemble(struct family *f)
{
        struct event_config *config = event_config_new();

        f->epfd = 3; /* the first descriptor that the base makes */
        event_config_avoid_method(config, "kqueue");
        event_config_avoid_method(config, "evport");
        event_config_avoid_method(config, "devpoll");
        f->base = event_base_new_with_config(config);
        event_config_free(config);
        assert_string_equal(event_base_get_method(f->base), "epoll");
        evsim_pipe2(f->fds, O_NONBLOCK);
        f->ev = event_new(f->base, f->fds[0], EV_READ | EV_PERSIST, ignore, NULL);
        event_add(f->ev, NULL);
        f->before = registrations(f->epfd);
        assert_true(f->before > 0);
}

static void disband(struct family *f)
{
        event_free(f->ev);
        event_base_free(f->base);
        evsim_close(f->fds[0]);
        evsim_close(f->fds[1]);
        evsim_parent_exit();
}

static int registrations_of_the_parent(const struct family *f)
{
        int n;

        evsim_as_parent(true);
        n = registrations(f->epfd);
        evsim_as_parent(false);
        return n;
}

static void after_reinit_the_parents_epoll_is_left_alone(void **state)
{
        struct family f;

        (void)state;
        assemble(&f);
        evsim_fork();
        assert_int_equal(event_reinit(f.base), 0);
        assert_int_equal(event_del(f.ev), 0);
        assert_int_equal(registrations_of_the_parent(&f), f.before);
        disband(&f);
}

static void without_reinit_the_childs_changes_hit_the_parents_epoll(void **state)
{
        struct family f;

        (void)state;
        assemble(&f);
        evsim_fork();
        assert_int_equal(event_del(f.ev), 0);
        assert_int_equal(registrations_of_the_parent(&f), f.before - 1);
        disband(&f);
}

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, enter_world, leave_world)

int main(void)
{
        const struct CMUnitTest tests[] = {
                IN_WORLD(the_child_has_the_same_files_under_a_new_id),
                IN_WORLD(a_pipe_ends_with_the_last_of_both),
                IN_WORLD(pending_signals_are_the_parents),
                IN_WORLD(after_reinit_the_parents_epoll_is_left_alone),
                IN_WORLD(without_reinit_the_childs_changes_hit_the_parents_epoll),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
