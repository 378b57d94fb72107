/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The seam: which world a thread is in, and the wrappers, which check what goes to a world and what
 * comes back. What the real world answers is in test_os_real.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "dies.h"
#include "os/os.h"
#include "os/process.h"
#include "small_world.h"

static struct small_world world;
static struct os *const os = &world.os;

static int set_up(void **state)
{
        (void)state;
        small_world_init(&world);
        return 0;
}

/* ---- Worlds ------------------------------------------------------------------------------ */

static void test_thread_begins_in_the_real_world(void **state)
{
        (void)state;
        assert_ptr_equal(os_current(), os_real());
}

static void test_worlds_are_entered_and_left_like_rooms(void **state)
{
        struct small_world inner;
        struct os *before;

        (void)state;
        small_world_init(&inner);
        assert_null(os_enter(os));
        assert_ptr_equal(os_current(), os);
        before = os_enter(&inner.os);
        assert_ptr_equal(before, os);
        assert_ptr_equal(os_current(), &inner.os);
        assert_ptr_equal(os_enter(before), &inner.os);
        assert_ptr_equal(os_enter(NULL), os);
        assert_ptr_equal(os_current(), os_real());
}

static void *tell_world(void *arg)
{
        (void)arg;
        return os_current();
}

static void test_each_thread_is_in_a_world_of_its_own(void **state)
{
        pthread_t thread;
        void *seen = NULL;

        (void)state;
        os_enter(os);
        assert_int_equal(pthread_create(&thread, NULL, tell_world, NULL), 0);
        assert_int_equal(pthread_join(thread, &seen), 0);
        assert_ptr_equal(os_enter(NULL), os);
        assert_ptr_equal(seen, os_real());
}

/* ---- Memory ------------------------------------------------------------------------------ */

static unsigned char used[64];

static void *give_used_memory(struct os *asked, size_t size)
{
        (void)asked;
        assert_int_equal(size, 48);
        return memset(used, 0xee, sizeof used);
}

static void test_calloc_gives_zeros(void **state)
{
        static const struct os_ops ops = {.alloc = give_used_memory};
        static const unsigned char zeros[48];
        struct os used_world = {.ops = &ops, .process = &world.process};

        (void)state;
        assert_ptr_equal(os_calloc(&used_world, 3, 16), used);
        assert_memory_equal(used, zeros, 48);
        assert_int_equal(used[48], 0xee);
}

static void test_calloc_of_more_than_there_can_be(void **state)
{
        (void)state;
        assert_null(os_calloc(os, SIZE_MAX / 2, 3));
        assert_int_equal(world.calls, 0);
}

static void test_calloc_without_memory(void **state)
{
        (void)state;
        world.is_out_of_memory = true;
        assert_null(os_calloc(os, 1, 1));
}

/* The function of a user (event_set_mem_functions) need not take NULL. */
static void test_free_of_nothing_does_not_reach_the_world(void **state)
{
        static const struct os_ops nothing;
        struct os empty = {.ops = &nothing, .process = &world.process};

        (void)state;
        os_free(&empty, NULL);
}

/* ---- Calls that a world may lack --------------------------------------------------------- */

static void test_missing_calls_answer_enosys(void **state)
{
        struct epoll_event event = {0};

        (void)state;
        assert_false(os_has_epoll(os));
        assert_int_equal(os_epoll_create(os), -ENOSYS);
        assert_int_equal(os_epoll_ctl(os, 0, EPOLL_CTL_ADD, 0, &event), -ENOSYS);
        assert_int_equal(os_epoll_wait(os, 0, &event, 1, -1), -ENOSYS);
        assert_int_equal(os_epoll_pwait2(os, 0, &event, 1, -1), -ENOSYS);
        assert_int_equal(os_timerfd_create(os), -ENOSYS);
        assert_int_equal(os_timerfd_settime(os, 0, 0), -ENOSYS);
        assert_int_equal(os_eventfd(os), -ENOSYS);
        assert_int_equal(os_getpid(os), -ENOSYS);
        assert_null(os_threads(os));
}

static void test_missing_demultiplexers_answer_enosys(void **state)
{
        struct kevent event = os_kevent_make(0, EVFILT_READ, EV_ADD, 1);
        struct pollfd entry = {.fd = 0, .events = POLLIN};
        struct port_event found;

        (void)state;
        assert_false(os_has_kqueue(os));
        assert_int_equal(os_kqueue(os), -ENOSYS);
        assert_int_equal(os_kevent(os, 0, &event, 1, &event, 1, 0), -ENOSYS);
        assert_false(os_has_devpoll(os));
        assert_int_equal(os_devpoll_open(os), -ENOSYS);
        assert_int_equal(os_devpoll_write(os, 0, &entry, 1), -ENOSYS);
        assert_int_equal(os_devpoll_poll(os, 0, &entry, 1, 0), -ENOSYS);
        assert_false(os_has_ports(os));
        assert_int_equal(os_port_create(os), -ENOSYS);
        assert_int_equal(os_port_associate(os, 0, 0, POLLIN, NULL), -ENOSYS);
        assert_int_equal(os_port_dissociate(os, 0, 0), -ENOSYS);
        assert_int_equal(os_port_getn(os, 0, &found, 1, 0), -ENOSYS);
}

/* What is made for one system is read back on each. */
static void test_change_of_a_kqueue(void **state)
{
        const struct kevent event =
                os_kevent_make(INT_MAX, EVFILT_WRITE, EV_ADD | EV_CLEAR, UINT32_MAX);

        (void)state;
        assert_true(event.ident == INT_MAX);
        assert_true(event.filter == EVFILT_WRITE);
        assert_true(event.flags == (EV_ADD | EV_CLEAR));
        assert_true(event.fflags == 0 && event.data == 0);
        assert_true(os_kevent_cookie(&event) == UINT32_MAX);
}

/* ---- What the wrappers catch ------------------------------------------------------------- */

static void allocate_nothing(void)
{
        os_alloc(os, 0);
}

static void read_into_nowhere(void)
{
        os_read(os_real(), 0, NULL, 1);
}

static void wait_for_less_than_for_ever(void)
{
        os_poll(os_real(), NULL, 0, -2);
}

static void wait_for_no_events(void)
{
        struct epoll_event event;

        os_epoll_wait(os, 0, &event, 0, -1);
}

static void do_odd_operation(void)
{
        struct epoll_event event = {0};

        os_epoll_ctl(os, 0, 17, 0, &event);
}

/* The change's answer would have no room. */
static void change_without_room(void)
{
        const struct kevent changes[2] = {os_kevent_make(0, EVFILT_READ, EV_ADD, 1),
                                          os_kevent_make(0, EVFILT_WRITE, EV_ADD, 1)};
        struct kevent event;

        os_kevent(os, 0, changes, 2, &event, 1, 0);
}

static void write_no_change(void)
{
        struct pollfd entry = {.fd = 0};

        os_devpoll_write(os, 0, &entry, 0);
}

static void poll_into_nowhere(void)
{
        os_devpoll_poll(os, 0, NULL, 1, 0);
}

static void associate_with_no_event(void)
{
        os_port_associate(os, 0, 0, 0, NULL);
}

static void get_no_port_events(void)
{
        struct port_event event;

        os_port_getn(os, 0, &event, 0, -1);
}

static void ask_for_nameless_variable(void)
{
        os_getenv(os_real(), "");
}

static void test_wrong_arguments_end_the_process(void **state)
{
        (void)state;
        assert_true(dies(allocate_nothing));
        assert_true(dies(read_into_nowhere));
        assert_true(dies(wait_for_less_than_for_ever));
        assert_true(dies(wait_for_no_events));
        assert_true(dies(do_odd_operation));
        assert_true(dies(change_without_room));
        assert_true(dies(write_no_change));
        assert_true(dies(poll_into_nowhere));
        assert_true(dies(associate_with_no_event));
        assert_true(dies(get_no_port_events));
        assert_true(dies(ask_for_nameless_variable));
}

/* A world that breaks its promises: what its calls answer. */
static int answer;

static int answer_to_pipe(struct os *asked, int fds[2])
{
        (void)asked;
        fds[0] = fds[1] = 5;
        return answer;
}

static ssize_t answer_to_read(struct os *asked, int fd, void *buf, size_t len)
{
        (void)asked;
        (void)fd;
        (void)buf;
        (void)len;
        return answer;
}

static int answer_to_close(struct os *asked, int fd)
{
        (void)asked;
        (void)fd;
        return answer;
}

static int64_t answer_to_clock(struct os *asked, enum os_clock clock)
{
        (void)asked;
        (void)clock;
        return answer;
}

static int answer_to_maker(struct os *asked)
{
        (void)asked;
        return answer;
}

static int answer_to_kevent(struct os *asked, int kq, const struct kevent *changes, int nchanges,
                            struct kevent *events, int max, int64_t timeout_ns)
{
        (void)asked;
        (void)kq;
        (void)changes;
        (void)nchanges;
        (void)events;
        (void)max;
        (void)timeout_ns;
        return answer;
}

static int answer_to_devpoll_write(struct os *asked, int dp, const struct pollfd *changes,
                                   int count)
{
        (void)asked;
        (void)dp;
        (void)changes;
        (void)count;
        return answer;
}

static int answer_to_devpoll_poll(struct os *asked, int dp, struct pollfd *out, int max,
                                  int64_t timeout_ns)
{
        (void)asked;
        (void)dp;
        (void)out;
        (void)max;
        (void)timeout_ns;
        return answer;
}

static int answer_to_associate(struct os *asked, int port, int fd, int events, void *user)
{
        (void)asked;
        (void)port;
        (void)fd;
        (void)events;
        (void)user;
        return answer;
}

static int answer_to_dissociate(struct os *asked, int port, int fd)
{
        (void)asked;
        (void)port;
        (void)fd;
        return answer;
}

static int answer_to_getn(struct os *asked, int port, struct port_event *out, int max,
                          int64_t timeout_ns)
{
        (void)asked;
        (void)port;
        (void)out;
        (void)max;
        (void)timeout_ns;
        return answer;
}

static const struct os_ops wrong_ops = {
        .getpid = answer_to_maker,
        .kqueue = answer_to_maker,
        .kevent = answer_to_kevent,
        .devpoll_open = answer_to_maker,
        .devpoll_write = answer_to_devpoll_write,
        .devpoll_poll = answer_to_devpoll_poll,
        .port_create = answer_to_maker,
        .port_associate = answer_to_associate,
        .port_dissociate = answer_to_dissociate,
        .port_getn = answer_to_getn,
        .pipe = answer_to_pipe,
        .read = answer_to_read,
        .close = answer_to_close,
        .clock = answer_to_clock,
};
static struct os wrong_world = {.ops = &wrong_ops};

static void make_pipe(void)
{
        int fds[2];

        os_pipe(&wrong_world, fds);
}

static void read_a_byte(void)
{
        char byte;

        os_read(&wrong_world, 0, &byte, 1);
}

static void close_one(void)
{
        os_close(&wrong_world, 0);
}

static void tell_monotonic_time(void)
{
        os_clock(&wrong_world, OS_CLOCK_MONOTONIC);
}

static void number_the_process(void)
{
        os_getpid(&wrong_world);
}

static void make_kqueue(void)
{
        os_kqueue(&wrong_world);
}

static void wait_for_kevents(void)
{
        struct kevent events[2];

        os_kevent(&wrong_world, 0, NULL, 0, events, 2, 0);
}

static void write_to_devpoll(void)
{
        const struct pollfd entry = {.fd = 0, .events = POLLIN};

        os_devpoll_write(&wrong_world, 0, &entry, 1);
}

static void poll_devpoll(void)
{
        struct pollfd entry;

        os_devpoll_poll(&wrong_world, 0, &entry, 1, 0);
}

static void associate_one(void)
{
        os_port_associate(&wrong_world, 0, 0, POLLIN, NULL);
}

static void dissociate_one(void)
{
        os_port_dissociate(&wrong_world, 0, 0);
}

static void get_from_port(void)
{
        struct port_event event;

        os_port_getn(&wrong_world, 0, &event, 1, 0);
}

static bool dies_of(int wrong_answer, void (*act)(void))
{
        answer = wrong_answer;
        return dies(act);
}

static void test_wrong_answers_end_the_process(void **state)
{
        (void)state;
        assert_true(dies_of(1, make_pipe));      /* neither 0 nor an error */
        assert_true(dies_of(-5000, make_pipe));  /* an error that errno does not know */
        assert_true(dies_of(0, make_pipe));      /* the same descriptor twice */
        assert_true(dies_of(2, read_a_byte));    /* more than was asked for */
        assert_true(dies_of(-EINTR, close_one)); /* as if it could be tried again */
        assert_true(dies_of(-1, tell_monotonic_time));
        assert_true(dies_of(0, number_the_process));
        assert_true(dies_of(-5000, make_kqueue));
        assert_true(dies_of(3, wait_for_kevents)); /* there was room for two */
        assert_true(dies_of(1, write_to_devpoll));
        assert_true(dies_of(2, poll_devpoll));
        assert_true(dies_of(1, associate_one));
        assert_true(dies_of(1, dissociate_one));
        assert_true(dies_of(2, get_from_port));
}

static void test_right_answers_pass(void **state)
{
        struct kevent events[2] = {os_kevent_make(0, EVFILT_READ, EV_ADD | EV_RECEIPT, 1)};
        struct pollfd entry = {.fd = 0, .events = POLLIN};
        struct port_event found;
        char byte;

        (void)state;
        answer = -EMFILE;
        assert_int_equal(os_close(&wrong_world, 0), -EMFILE);
        answer = 1;
        assert_int_equal(os_read(&wrong_world, 0, &byte, 1), 1);
        answer = -1; /* a nanosecond before 1970 */
        assert_int_equal(os_clock(&wrong_world, OS_CLOCK_REALTIME), -1);

        answer = 1;
        assert_int_equal(os_getpid(&wrong_world), 1);
        assert_int_equal(os_kqueue(&wrong_world), 1);
        assert_int_equal(os_kevent(&wrong_world, 1, events, 1, events, 1, 0), 1);
        assert_int_equal(os_devpoll_open(&wrong_world), 1);
        assert_int_equal(os_devpoll_poll(&wrong_world, 1, &entry, 1, -1), 1);
        assert_int_equal(os_port_create(&wrong_world), 1);
        assert_int_equal(os_port_getn(&wrong_world, 1, &found, 1, 0), 1);
        answer = -ENOENT;
        assert_int_equal(os_devpoll_write(&wrong_world, 1, &entry, 1), -ENOENT);
        assert_int_equal(os_port_associate(&wrong_world, 1, 0, POLLIN, NULL), -ENOENT);
        assert_int_equal(os_port_dissociate(&wrong_world, 1, 0), -ENOENT);
}

#define OS_TEST(f) cmocka_unit_test_setup(f, set_up)

int main(void)
{
        const struct CMUnitTest tests[] = {
                OS_TEST(test_thread_begins_in_the_real_world),
                OS_TEST(test_worlds_are_entered_and_left_like_rooms),
                OS_TEST(test_each_thread_is_in_a_world_of_its_own),
                OS_TEST(test_calloc_gives_zeros),
                OS_TEST(test_calloc_of_more_than_there_can_be),
                OS_TEST(test_calloc_without_memory),
                OS_TEST(test_free_of_nothing_does_not_reach_the_world),
                OS_TEST(test_missing_calls_answer_enosys),
                OS_TEST(test_missing_demultiplexers_answer_enosys),
                OS_TEST(test_change_of_a_kqueue),
                OS_TEST(test_wrong_arguments_end_the_process),
                OS_TEST(test_wrong_answers_end_the_process),
                OS_TEST(test_right_answers_pass),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
