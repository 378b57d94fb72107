/* SPDX-License-Identifier: BSD-3-Clause */
/* event_add() and event_del() from other threads: descriptors and timers, in a loop that sleeps or
 * is busy. */
#include "threads.h"

#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define ROUNDS   200
#define NWORKERS 4

static void open_gate(evutil_socket_t fd, short what, void *arg)
{
        (void)fd;
        (void)what;
        gate_add(arg);
}

static void open_pipe(int fds[2])
{
        must(pipe(fds) == 0, "pipe");
        must(fcntl(fds[0], F_SETFL, O_NONBLOCK) == 0, "fcntl");
}

static void close_pipe(const int fds[2])
{
        close(fds[0]);
        close(fds[1]);
}

static void write_byte(int fd)
{
        must(write(fd, "x", 1) == 1, "write");
}

/* ---- Descriptors ----------------------------------------------------------------------------- */

static void read_byte(evutil_socket_t fd, short what, void *arg)
{
        char byte;

        must(what == EV_READ, "what is ready");
        must(read(fd, &byte, 1) == 1, "called for a descriptor that is not ready");
        gate_add(arg);
}

/* The byte comes before the event is added, and after. */
static void add_readers(struct event_base *base, int i)
{
        struct gate ran = GATE_INIT;
        int fds[2];

        open_pipe(fds);
        struct event *ev = event_new(base, fds[0], EV_READ, read_byte, &ran);
        for (int round = 1; round <= ROUNDS; round++) {
                if (i == 0)
                        await_sleep();
                if (round % 2 == 0)
                        write_byte(fds[1]);
                must(event_add(ev, NULL) == 0, "event_add");
                if (round % 2 != 0)
                        write_byte(fds[1]);
                gate_await(&ran, round);
        }
        event_free(ev);
        close_pipe(fds);
}

static void test_descriptors_come(void **state)
{
        struct event_base *base = threads_base();

        (void)state;
        run_with_workers(base, 1, add_readers);
        run_with_workers(base, NWORKERS, add_readers);
        event_base_free(base);
}

/* A worker deletes its event and closes the descriptor, and the next round's has its number, which
 * the loop must not take for the old one. The memory that the callback uses is freed: a call that
 * comes too late would read it. */
struct context {
        int is_alive;
        struct gate ran;
};

static void note_call(evutil_socket_t fd, short what, void *arg)
{
        struct context *context = arg;

        (void)fd;
        (void)what;
        must(context->is_alive, "called after event_del");
        gate_add(&context->ran);
}

static void add_and_delete_readers(struct event_base *base, int i)
{
        static const struct context fresh = {1, GATE_INIT};

        for (int round = 0; round < ROUNDS; round++) {
                struct context *context = malloc(sizeof *context);
                int fds[2];

                must(context != NULL, "malloc");
                *context = fresh;
                open_pipe(fds);
                struct event *ev =
                        event_new(base, fds[0], EV_READ | EV_PERSIST, note_call, context);
                must(event_add(ev, NULL) == 0, "event_add");
                if (round % 2 == 0)
                        write_byte(fds[1]);
                if (round % 4 == 0)
                        gate_await(&context->ran, 1);
                if (round % 3 == i % 3)
                        sched_yield();
                must(event_del(ev) == 0, "event_del");
                context->is_alive = 0;
                close_pipe(fds);
                event_free(ev);
                free(context);
        }
}

static void test_descriptors_come_and_go(void **state)
{
        struct event_base *base = threads_base();

        (void)state;
        run_with_workers(base, NWORKERS, add_and_delete_readers);
        assert_int_equal(event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED), 0);
        event_base_free(base);
}

/* ---- Timers ---------------------------------------------------------------------------------- */

static const struct timeval one_hour = {3600, 0};

static void never(evutil_socket_t fd, short what, void *arg)
{
        (void)fd;
        (void)what;
        must(false, arg);
}

/* The loop sleeps until an hour from now, unless it is told of the earlier deadline. */
static void add_nearest(struct event_base *base, int i)
{
        struct gate ran = GATE_INIT;
        struct event *ev = event_new(base, -1, 0, open_gate, &ran);

        (void)i;
        for (int round = 1; round <= 50; round++) {
                const struct timeval soon = {0, 100 * (round % 10)};
                await_sleep();
                must(event_add(ev, &soon) == 0, "event_add");
                gate_await(&ran, round);
        }
        event_free(ev);
}

static void test_nearest_timer_comes(void **state)
{
        static char message[] = "an hour has passed";
        struct event_base *base = threads_base();
        struct event *far = event_new(base, -1, 0, never, message);

        (void)state;
        assert_int_equal(event_add(far, &one_hour), 0);
        run_with_workers(base, 1, add_nearest);
        event_free(far);
        event_base_free(base);
}

static int64_t now_ms(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static struct event *near_timer;
static atomic_int near_is_deleted;
static atomic_int is_over;

static void run_near(evutil_socket_t fd, short what, void *arg)
{
        (void)fd;
        (void)what;
        (void)arg;
        must(atomic_load(&near_is_deleted) == 0, "a deleted timer ran");
}

/* On a machine so busy that both deadlines pass before this thread has its turn, there is nothing to
 * see. */
static void *delete_near(void *arg)
{
        (void)arg;
        while (!is_asleep() && !atomic_load(&is_over))
                sched_yield();
        event_del(near_timer);
        atomic_store(&near_is_deleted, 1);
        return NULL;
}

/* A loop that sleeps until the nearest of two deadlines, which goes, runs the other one in time. */
static void test_nearest_timer_goes(void **state)
{
        const struct timeval soon = {0, 100000};
        const struct timeval later = {0, 150000};
        struct event_base *base = threads_base();
        struct gate ran = GATE_INIT;
        struct event *far = event_new(base, -1, 0, open_gate, &ran);

        (void)state;
        near_timer = event_new(base, -1, 0, run_near, NULL);
        event_add(near_timer, &soon);
        event_add(far, &later);
        const int64_t begun_ms = now_ms();
        const pthread_t thread = thread_start(delete_near, NULL);
        assert_int_equal(event_base_dispatch(base), 1);
        assert_true(now_ms() - begun_ms >= 149);
        atomic_store(&is_over, 1);
        thread_join(thread);
        assert_int_equal(gate_value(&ran), 1);
        event_free(near_timer);
        event_free(far);
        event_base_free(base);
}

/* A timer that is deleted at about its deadline has run or never will; one that is left runs. */
static void add_and_delete_timers(struct event_base *base, int i)
{
        struct gate ran = GATE_INIT;
        struct event *ev = event_new(base, -1, 0, open_gate, &ran);

        for (int round = 0; round < 2 * ROUNDS; round++) {
                const struct timeval soon = {0, 37 * ((round + i) % 5)};
                const int before = gate_value(&ran);
                must(event_add(ev, &soon) == 0, "event_add");
                if (round % 2 == 0) {
                        gate_await(&ran, before + 1);
                        continue;
                }
                sched_yield();
                must(event_del(ev) == 0, "event_del");
                const int after = gate_value(&ran);
                must(after <= before + 1, "a timer ran twice");
                must(!event_pending(ev, EV_TIMEOUT, NULL), "pending after event_del");
                sched_yield();
                must(gate_value(&ran) == after, "a timer ran after event_del");
        }
        event_free(ev);
}

static void test_timers_come_and_go(void **state)
{
        struct event_base *base = threads_base();

        (void)state;
        run_with_workers(base, NWORKERS, add_and_delete_timers);
        assert_int_equal(event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED), 0);
        event_base_free(base);
}

int main(int argc, char **argv)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_descriptors_come),
                cmocka_unit_test(test_descriptors_come_and_go),
                cmocka_unit_test(test_nearest_timer_comes),
                cmocka_unit_test(test_nearest_timer_goes),
                cmocka_unit_test(test_timers_come_and_go),
        };

        threads_init(argc, argv);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
