/* SPDX-License-Identifier: BSD-3-Clause */
/* The shim over the seam, by which other tests see and disturb what the library does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "os/lock.h"
#include "os/poll.h"
#include "shim.h"

#define MS INT64_C(1000000)

static struct shim shim;
static struct os *const os = &shim.os;

static int set_up(void **state)
{
        (void)state;
        shim_init(&shim, os_real());
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        shim_clear(&shim);
        return 0;
}

/* A call that is new in the table must be new here, too. */
static void check_every_call_of(const struct os *world)
{
        void (*inner[sizeof(struct os_ops) / sizeof(void (*)(void))])(void);
        void (*outer[sizeof inner / sizeof inner[0]])(void);

        memcpy(inner, world->ops, sizeof inner);
        memcpy(outer, os->ops, sizeof outer);
        for (size_t i = 0; i < sizeof inner / sizeof inner[0]; i++)
                assert_int_equal(outer[i] != NULL, inner[i] != NULL);
}

static void test_every_call_of_the_inner_world_is_there(void **state)
{
        (void)state;
        check_every_call_of(os_real());
}

/* A world of which only the table is looked at, and a wait that ends at once. */
static int make_7(struct os *asked)
{
        (void)asked;
        return 7;
}

static int change_or_wait(struct os *asked, int kq, const struct kevent *changes, int nchanges,
                          struct kevent *events, int max, int64_t timeout_ns)
{
        (void)asked;
        (void)kq;
        (void)changes;
        (void)events;
        (void)max;
        return nchanges > 0 || timeout_ns == 0 ? nchanges : -ETIMEDOUT;
}

static int write_changes(struct os *asked, int dp, const struct pollfd *changes, int count)
{
        (void)asked;
        (void)dp;
        (void)changes;
        (void)count;
        return 0;
}

static int poll_nothing(struct os *asked, int dp, struct pollfd *out, int max, int64_t timeout_ns)
{
        (void)asked;
        (void)dp;
        (void)out;
        (void)max;
        (void)timeout_ns;
        return 0;
}

static int associate(struct os *asked, int port, int fd, int events, void *user)
{
        (void)asked;
        (void)port;
        (void)fd;
        (void)events;
        (void)user;
        return 0;
}

static int dissociate(struct os *asked, int port, int fd)
{
        (void)asked;
        (void)port;
        (void)fd;
        return 0;
}

static int get_nothing(struct os *asked, int port, struct port_event *out, int max,
                       int64_t timeout_ns)
{
        (void)asked;
        (void)port;
        (void)out;
        (void)max;
        (void)timeout_ns;
        return 0;
}

static void check_faults(uint64_t set, int (*call)(void))
{
        shim_fail(&shim, set, 1, false);
        assert_true(call() < 0);
        assert_int_equal(shim.hits, 1);
        assert_true(call() >= 0);
}

static int change_one(void)
{
        struct kevent event = os_kevent_make(5, EVFILT_READ, EV_ADD, 1);

        return os_kevent(os, 7, &event, 1, &event, 1, 0);
}

static int remove_one(void)
{
        struct kevent event = os_kevent_make(5, EVFILT_READ, EV_DELETE, 1);

        return os_kevent(os, 7, &event, 1, &event, 1, 0);
}

static int wait_in_clock(void)
{
        struct kevent event;

        return os_kevent(os, 7, NULL, 0, &event, 1, 1000);
}

static int write_one(void)
{
        const struct pollfd entry = {.fd = 5, .events = POLLIN};

        return os_devpoll_write(os, 7, &entry, 1);
}

static int write_removal(void)
{
        const struct pollfd entry = {.fd = 5, .events = OS_POLLREMOVE};

        return os_devpoll_write(os, 7, &entry, 1);
}

static int poll_devpoll(void)
{
        struct pollfd entry;

        return os_devpoll_poll(os, 7, &entry, 1, 1000);
}

static int associate_one(void)
{
        return os_port_associate(os, 7, 5, POLLIN, NULL);
}

static int dissociate_one(void)
{
        return os_port_dissociate(os, 7, 5);
}

static int get_one(void)
{
        struct port_event event;

        return os_port_getn(os, 7, &event, 1, 1000);
}

static void test_demultiplexers_of_other_systems(void **state)
{
        struct os_ops ops = *os_real()->ops;
        struct os inner = {.ops = &ops, .process = os_real()->process};

        ops.kqueue = ops.devpoll_open = ops.port_create = make_7;
        ops.kevent = change_or_wait;
        ops.devpoll_write = write_changes;
        ops.devpoll_poll = poll_nothing;
        ops.port_associate = associate;
        ops.port_dissociate = dissociate;
        ops.port_getn = get_nothing;
        shim_init(&shim, &inner);
        check_every_call_of(&inner);
        assert_int_equal(os_kqueue(os), 7);
        assert_int_equal(os_devpoll_open(os), 7);
        assert_int_equal(os_port_create(os), 7);
        assert_int_equal(shim.open_descriptors, 1);

        shim_use_clock(&shim, 0, 0);
        check_faults(SHIM_BIT(SHIM_KEVENT_CHANGE), change_one);
        check_faults(SHIM_BIT(SHIM_KEVENT_REMOVE), remove_one);
        check_faults(SHIM_BIT(SHIM_KEVENT_WAIT), wait_in_clock);
        check_faults(SHIM_BIT(SHIM_DEVPOLL_WRITE), write_one);
        check_faults(SHIM_BIT(SHIM_DEVPOLL_REMOVE), write_removal);
        check_faults(SHIM_BIT(SHIM_DEVPOLL_POLL), poll_devpoll);
        check_faults(SHIM_BIT(SHIM_PORT_ASSOCIATE), associate_one);
        check_faults(SHIM_BIT(SHIM_PORT_DISSOCIATE), dissociate_one);
        check_faults(SHIM_BIT(SHIM_PORT_GETN), get_one);
        assert_true(shim.monotonic_ns == 3000);
        (void)state;
}

static void test_ledger_shows_what_was_not_given_back(void **state)
{
        int fds[2];

        (void)state;
        void *memory = os_alloc(os, 100);
        assert_int_equal(os_pipe(os, fds), 0);
        assert_int_equal(shim.live_blocks, 1);
        assert_int_equal(shim.live_bytes, 100);
        assert_int_equal(shim.open_descriptors, 2);

        memory = os_realloc(os, memory, 40);
        assert_int_equal(shim.live_blocks, 1);
        assert_int_equal(shim.live_bytes, 40);

        os_free(os, memory);
        assert_int_equal(os_close(os, fds[0]), 0);
        assert_false(shim_is_clean(&shim));
        assert_int_equal(os_close(os, fds[1]), 0);
        assert_true(shim_is_clean(&shim));
}

static void test_second_call_of_a_set_fails_once(void **state)
{
        int fds[2];
        void *first;

        (void)state;
        shim_fail(&shim, SHIM_BIT(SHIM_ALLOC) | SHIM_BIT(SHIM_PIPE), 2, false);
        first = os_alloc(os, 8);
        assert_non_null(first);
        assert_int_equal(os_pipe(os, fds), -EMFILE);
        assert_int_equal(shim.hits, 1);
        assert_int_equal(shim.hit, SHIM_PIPE);
        assert_string_equal(shim_name(SHIM_PIPE), "pipe");

        assert_int_equal(os_pipe(os, fds), 0); /* the third is let through again */
        assert_int_equal(shim.calls[SHIM_PIPE], 2);
        os_close(os, fds[0]);
        os_close(os, fds[1]);
        os_free(os, first);
        assert_true(shim_is_clean(&shim));
}

static void test_all_calls_from_the_second_on_fail(void **state)
{
        (void)state;
        shim_fail(&shim, SHIM_MEMORY, 2, true);
        void *memory = os_alloc(os, 8);
        assert_non_null(memory);
        assert_null(os_realloc(os, memory, 16));
        assert_null(os_alloc(os, 8));
        assert_int_equal(shim.hits, 2);
        assert_int_equal(shim.live_bytes, 8); /* the block is as it was */
        shim_heal(&shim);
        os_free(os, memory);
        assert_true(shim_is_clean(&shim));
}

/* Shims stack, and each keeps its own books. */
static void test_failure_underneath_leaves_the_block(void **state)
{
        static struct shim upper;

        (void)state;
        shim_init(&upper, os);
        void *memory = os_alloc(&upper.os, 8);
        assert_non_null(memory);
        shim_fail(&shim, SHIM_BIT(SHIM_REALLOC), 1, false);
        assert_null(os_realloc(&upper.os, memory, 16));
        assert_int_equal(upper.live_blocks, 1);
        assert_int_equal(upper.live_bytes, 8);
        os_free(&upper.os, memory);
        assert_true(shim_is_clean(&upper));
        assert_true(shim_is_clean(&shim));
        shim_clear(&upper);
}

/* Or else whoever tries again would try for ever. */
static void test_no_call_is_interrupted_twice_in_turn(void **state)
{
        struct pollfd none = {.fd = -1};

        (void)state;
        shim_fail(&shim, SHIM_FAILABLE, 1, true);
        for (int i = 0; i < 3; i++) {
                assert_int_equal(os_poll(os, &none, 1, 0), -EINTR);
                assert_int_equal(os_poll(os, &none, 1, 0), 0);
        }
        assert_int_equal(shim.hits, 3);
}

static void test_removals_are_not_among_the_failable(void **state)
{
        unsigned char byte;

        (void)state;
        shim_fail(&shim, SHIM_FAILABLE, 1, true);
        assert_int_equal(os_random(os, &byte, 1), 0);
        shim_fail(&shim, SHIM_BIT(SHIM_RANDOM), 1, true);
        assert_int_equal(os_random(os, &byte, 1), -EIO);
}

static void test_failed_close_closes(void **state)
{
        int fds[2];

        (void)state;
        assert_int_equal(os_pipe(os, fds), 0);
        shim_fail(&shim, SHIM_BIT(SHIM_CLOSE), 1, false);
        assert_int_equal(os_close(os, fds[0]), -EIO);
        assert_int_equal(os_close(os, fds[0]), -EBADF);
        assert_int_equal(os_close(os, fds[1]), 0);
        assert_true(shim_is_clean(&shim));
}

static void test_locks_fail_too(void **state)
{
        const struct os_threads *threads = os_threads(os);
        void *lock = NULL;

        (void)state;
        os->process->locks = threads->locks;
        os->process->conditions = threads->conditions;
        shim_fail(&shim, SHIM_BIT(SHIM_LOCK_NEW) | SHIM_BIT(SHIM_CONDITION_NEW), 1, true);
        assert_int_equal(os_lock_new(os->process, &lock), -ENOMEM);
        assert_int_equal(os_condition_new(os->process, &lock), -ENOMEM);
        shim_clear(&shim); /* the callbacks remain in the process, and work without the shim */
        assert_int_equal(os_lock_new(os->process, &lock), 0);
        os_lock_free(os->process, lock);
        os_process_clear(os->process);
}

static void test_trace_says_what_was_called(void **state)
{
        const struct shim_entry *entry;
        int fds[2];

        (void)state;
        shim.is_tracing = true;
        assert_int_equal(os_pipe(os, fds), 0);
        assert_int_equal(os_write(os, fds[1], "abc", 3), 3);
        assert_int_equal(os_write(os, fds[1], "d", 1), 1);
        os_close(os, fds[0]);
        os_close(os, fds[1]);
        assert_int_equal(shim.traced, 5);
        entry = shim_find(&shim, SHIM_WRITE, 1);
        assert_int_equal(entry->fd, fds[1]);
        assert_int_equal(entry->argument, 1);
        assert_int_equal(entry->result, 1);
        assert_null(shim_find(&shim, SHIM_WRITE, 2));
}

static void test_system_without_epoll(void **state)
{
        (void)state;
        shim_hide_epoll(&shim);
        assert_false(os_has_epoll(os));
        assert_int_equal(os_epoll_create(os), -ENOSYS);
        assert_int_equal(os_eventfd(os), -ENOSYS);
        assert_int_equal(os_timerfd_create(os), -ENOSYS);
}

static void test_old_kernel(void **state)
{
        struct epoll_event event;

        (void)state;
        if (!os_has_epoll(os))
                skip();
        shim.has_no_pwait2 = true;
        shim.has_no_timerfd = true;
        const int epfd = os_epoll_create(os);
        assert_int_equal(os_epoll_pwait2(os, epfd, &event, 1, 0), -ENOSYS);
        assert_int_equal(os_timerfd_create(os), -ENOSYS);
        assert_int_equal(os_epoll_wait(os, epfd, &event, 1, 0), 0);
        os_close(os, epfd);
}

static void test_waits_take_no_time_in_the_replaced_clock(void **state)
{
        struct pollfd none = {.fd = -1};
        const int64_t day_ns = 86400 * 1000 * MS;

        (void)state;
        shim_use_clock(&shim, 5 * MS, 1000 * MS);
        shim.coarse_lag_ns = 2 * MS;
        assert_int_equal(os_clock(os, OS_CLOCK_MONOTONIC), 5 * MS);
        assert_int_equal(os_poll(os, &none, 1, day_ns), 0);
        assert_int_equal(os_select(os, 0, NULL, NULL, NULL, 7), 0);
        assert_int_equal(os_clock(os, OS_CLOCK_MONOTONIC), 5 * MS + day_ns + 7);
        assert_int_equal(os_clock(os, OS_CLOCK_MONOTONIC_COARSE), 3 * MS + day_ns + 7);
        assert_int_equal(os_clock(os, OS_CLOCK_REALTIME), 1000 * MS + day_ns + 7);
}

static void test_ready_descriptor_ends_a_wait_at_once(void **state)
{
        struct pollfd reader = {.events = POLLIN};
        int fds[2];

        (void)state;
        shim_use_clock(&shim, 0, 0);
        assert_int_equal(os_pipe(os, fds), 0);
        assert_int_equal(os_write(os, fds[1], "x", 1), 1);
        reader.fd = fds[0];
        assert_int_equal(os_poll(os, &reader, 1, 1000 * MS), 1);
        assert_int_equal(os_clock(os, OS_CLOCK_MONOTONIC), 0);
        os_close(os, fds[0]);
        os_close(os, fds[1]);
}

static void test_timerfd_ends_an_endless_wait_on_time(void **state)
{
        struct epoll_event event = {.events = EPOLLIN};

        (void)state;
        if (!os_has_epoll(os))
                skip();
        shim_use_clock(&shim, 0, 0);
        const int epfd = os_epoll_create(os);
        const int timer = os_timerfd_create(os);
        assert_int_equal(os_epoll_ctl(os, epfd, EPOLL_CTL_ADD, timer, &event), 0);
        assert_int_equal(os_timerfd_settime(os, timer, 3 * MS + 1), 0);
        assert_int_equal(os_epoll_wait(os, epfd, &event, 1, 2), 0);
        assert_int_equal(os_clock(os, OS_CLOCK_MONOTONIC), 2 * MS);
        assert_int_equal(os_epoll_wait(os, epfd, &event, 1, -1), 1);
        assert_int_equal(os_clock(os, OS_CLOCK_MONOTONIC), 3 * MS + 1);
        os_close(os, timer);
        os_close(os, epfd);
}

static void write_a_byte(struct shim *s, int64_t timeout_ns, void *fd)
{
        assert_int_equal(timeout_ns, -1);
        assert_int_equal(os_write(&s->os, *(int *)fd, "x", 1), 1);
}

static void test_rest_of_the_world_acts_during_a_wait(void **state)
{
        struct pollfd reader = {.events = POLLIN};
        int fds[2];

        (void)state;
        shim_use_clock(&shim, 0, 0);
        assert_int_equal(os_pipe(os, fds), 0);
        shim.before_wait = write_a_byte;
        shim.before_wait_arg = &fds[1];
        reader.fd = fds[0];
        assert_int_equal(os_poll(os, &reader, 1, -1), 1);
        os_close(os, fds[0]);
        os_close(os, fds[1]);
}

static void test_end_of_the_process_is_caught(void **state)
{
        jmp_buf end;

        (void)state;
        shim.end = &end;
        if (setjmp(end) == 0)
                os_terminate(os, 3);
        assert_int_equal(shim.exit_code, 3);
}

#define SHIM_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                SHIM_TEST(test_every_call_of_the_inner_world_is_there),
                SHIM_TEST(test_demultiplexers_of_other_systems),
                SHIM_TEST(test_ledger_shows_what_was_not_given_back),
                SHIM_TEST(test_second_call_of_a_set_fails_once),
                SHIM_TEST(test_all_calls_from_the_second_on_fail),
                SHIM_TEST(test_failure_underneath_leaves_the_block),
                SHIM_TEST(test_no_call_is_interrupted_twice_in_turn),
                SHIM_TEST(test_removals_are_not_among_the_failable),
                SHIM_TEST(test_failed_close_closes),
                SHIM_TEST(test_locks_fail_too),
                SHIM_TEST(test_trace_says_what_was_called),
                SHIM_TEST(test_system_without_epoll),
                SHIM_TEST(test_old_kernel),
                SHIM_TEST(test_waits_take_no_time_in_the_replaced_clock),
                SHIM_TEST(test_ready_descriptor_ends_a_wait_at_once),
                SHIM_TEST(test_timerfd_ends_an_endless_wait_on_time),
                SHIM_TEST(test_rest_of_the_world_acts_during_a_wait),
                SHIM_TEST(test_end_of_the_process_is_caught),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
