/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Many: 16,000 descriptors in a base over each backend, and 1,000,000 timers. They work, and when
 * they have gone again, one by one, so has their memory: what a busy hour needed must not stay for
 * the life of a base. Memory is counted as a program would, through event_set_mem_functions.
 *
 * Time is the shim's clock.
 */
#include <errno.h>
#include <event2/event.h>
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "random.h"
#include "shim.h"

#define DESCRIPTORS 16000
#define TIMERS      1000000
#define SLACK       (64 * 1024)

static struct shim shim;
static long live_bytes;

static void *counting_malloc(size_t size)
{
        void *ptr = malloc(size);

        if (ptr != NULL)
                live_bytes += (long)malloc_usable_size(ptr);
        return ptr;
}

static void *counting_realloc(void *old, size_t size)
{
        const long before = old != NULL ? (long)malloc_usable_size(old) : 0;
        void *ptr = realloc(old, size);

        if (ptr != NULL)
                live_bytes += (long)malloc_usable_size(ptr) - before;
        return ptr;
}

static void counting_free(void *ptr)
{
        if (ptr != NULL)
                live_bytes -= (long)malloc_usable_size(ptr);
        free(ptr);
}

static int set_up(void **state)
{
        (void)state;
        event_set_mem_functions(counting_malloc, counting_realloc, counting_free);
        live_bytes = 0;
        shim_init(&shim, os_real());
        shim_use_clock(&shim, INT64_C(1000000000), INT64_C(1700000000000000000));
        os_enter(&shim.os);
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        assert_true(shim_is_clean(&shim));
        assert_int_equal(live_bytes, 0);
        shim_clear(&shim);
        event_set_mem_functions(NULL, NULL, NULL);
        return 0;
}

/* A random order of 0 .. n-1, the same in every run. */
static int *random_order(int n)
{
        int *order = calloc((size_t)n, sizeof *order);
        uint64_t seed = 3;

        assert_non_null(order);
        for (int i = 0; i < n; i++) {
                const int j = random_below(&seed, i + 1);
                order[i] = order[j];
                order[j] = i;
        }
        return order;
}

/* Descriptors. */

static struct event_base *base_of_method(const char *method)
{
        static const char *const methods[] = {"epoll", "poll", "select"};
        struct event_config *config = event_config_new();

        for (size_t i = 0; i < 3; i++)
                if (strcmp(methods[i], method) != 0)
                        assert_int_equal(event_config_avoid_method(config, methods[i]), 0);
        struct event_base *base = event_base_new_with_config(config);
        event_config_free(config);
        assert_non_null(base);
        assert_string_equal(event_base_get_method(base), method);
        return base;
}

static bool may_open(rlim_t n)
{
        struct rlimit limit;

        if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
                return false;
        if (limit.rlim_cur >= n)
                return true;
        limit.rlim_cur = n;
        if (limit.rlim_max < n)
                limit.rlim_max = n;
        return setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

/* qemu-user ends a process whose select(2) goes beyond FD_SETSIZE: a child process tries. */
static bool has_large_select(void)
{
        unsigned long set[OS_SELECT_WORDS(2 * FD_SETSIZE)] = {0};
        int status;
        const pid_t child = fork();

        if (child == 0) {
                (void)setrlimit(RLIMIT_CORE, &(const struct rlimit){0, 0});
                if (freopen("/dev/null", "w", stderr) == NULL)
                        _exit(1);
                _exit(os_select(os_real(), 2 * FD_SETSIZE, set, set, NULL, 0) != 0);
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* Pipes: both ends are descriptors; the reading end is watched for bytes, the writing end, which is
 * always ready, is watched for the while of one turn. */
static int pipes[DESCRIPTORS / 2][2];
static struct event *readers[DESCRIPTORS / 2];
static struct event *writers[DESCRIPTORS / 2];
static int nread, nwritable;

static void on_read(evutil_socket_t fd, short what, void *arg)
{
        char byte;

        (void)what;
        (void)arg;
        nread += read(fd, &byte, 1) == 1;
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
        (void)fd;
        (void)what;
        (void)arg;
        nwritable++;
}

static void make_all(struct event_base *base)
{
        for (int i = 0; i < DESCRIPTORS / 2; i++) {
                assert_int_equal(pipe(pipes[i]), 0);
                readers[i] = event_new(base, pipes[i][0], EV_READ | EV_PERSIST, on_read, NULL);
                writers[i] = event_new(base, pipes[i][1], EV_WRITE, on_writable, NULL);
                assert_int_equal(event_add(readers[i], NULL), 0);
                assert_int_equal(event_add(writers[i], NULL), 0);
        }
}

static void free_all(void)
{
        int *order = random_order(DESCRIPTORS / 2);

        for (int i = 0; i < DESCRIPTORS / 2; i++) {
                event_free(readers[order[i]]);
                event_free(writers[order[i]]);
                close(pipes[order[i]][0]);
                close(pipes[order[i]][1]);
        }
        free(order);
}

static void send_to_every(int step)
{
        for (int i = 0; i < DESCRIPTORS / 2; i += step)
                assert_int_equal(write(pipes[i][1], "x", 1), 1);
}

/* Turns until so many have been called, or none is any more. */
static void turn_until(struct event_base *base, const int *count, int wanted)
{
        int before;

        do {
                before = *count;
                assert_int_equal(event_base_loop(base, EVLOOP_ONCE | EVLOOP_NONBLOCK), 0);
        } while (*count > before && *count < wanted);
        assert_int_equal(*count, wanted);
}

static void test_descriptors(void **state)
{
        const char *method = *state;

        if (!may_open(DESCRIPTORS + 64)) {
                print_message("%d descriptors are more than RLIMIT_NOFILE allows here\n",
                              DESCRIPTORS);
                skip();
        }
        if (strcmp(method, "select") == 0 && !has_large_select()) {
                print_message("select(2) has FD_SETSIZE descriptors here\n");
                skip();
        }
        nread = 0;
        nwritable = 0;
        struct event_base *base = base_of_method(method);
        make_all(base);
        assert_true(live_bytes > SLACK);

        turn_until(base, &nwritable, DESCRIPTORS / 2);
        send_to_every(100);
        turn_until(base, &nread, DESCRIPTORS / 200);
        send_to_every(1);
        turn_until(base, &nread, DESCRIPTORS / 200 + DESCRIPTORS / 2);

        free_all();
        assert_true(live_bytes <= SLACK);
        event_base_free(base);
}

/* Timers. */

struct timer {
        struct event *ev;
        int64_t due_us; /* since the clock's start */
};

static struct timer *timers;
static int64_t last_us;
static int nfired;

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
        const struct timer *timer = arg;

        (void)fd;
        (void)what;
        if (timer->due_us < last_us)
                fail_msg("a timer of %lld us ran after one of %lld us", (long long)timer->due_us,
                         (long long)last_us);
        last_us = timer->due_us;
        nfired++;
}

static void arm(struct timer *timer, int64_t from_us, int in_us)
{
        const struct timeval tv = {in_us / 1000000, in_us % 1000000};

        timer->due_us = from_us + in_us;
        assert_int_equal(event_add(timer->ev, &tv), 0);
}

static void make_timers(struct event_base *base, uint64_t *seed)
{
        timers = calloc(TIMERS, sizeof *timers);
        assert_non_null(timers);
        for (int i = 0; i < TIMERS; i++) {
                timers[i].ev = event_new(base, -1, 0, on_timer, &timers[i]);
                arm(&timers[i], 0, random_below(seed, 10000000));
        }
        assert_int_equal(event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED), TIMERS);
}

/* The clock goes on in steps, and all that is due fires, in order. */
static void fire_until(struct event_base *base, int64_t until_us, int steps)
{
        const int64_t from_us = (shim.monotonic_ns - INT64_C(1000000000)) / 1000;

        for (int i = 0; i < steps; i++) {
                shim_advance(&shim, (until_us - from_us) / steps * 1000);
                (void)event_base_loop(base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
        }
}

static int count_due(int64_t from_us, int64_t until_us)
{
        int n = 0;

        for (int i = 0; i < TIMERS; i++)
                n += timers[i].due_us > from_us && timers[i].due_us <= until_us;
        return n;
}

/* A third fire, a third are set anew, earlier or later, and fire, a third are deleted. */
static void test_timers(void **state)
{
        uint64_t seed = 1;
        struct event_base *base = event_base_new();
        int *order = random_order(TIMERS);

        (void)state;
        nfired = 0;
        last_us = 0;
        make_timers(base, &seed);
        const int in_first_second = count_due(-1, 1000000);
        fire_until(base, 1000000, 10);
        assert_int_equal(nfired, in_first_second);

        for (int i = 0; i < TIMERS / 3; i++)
                arm(&timers[order[i]], 1000000, random_below(&seed, 10000000));
        for (int i = TIMERS / 3; i < TIMERS / 3 * 2; i++) {
                timers[order[i]].due_us = -1;
                assert_int_equal(event_del(timers[order[i]].ev), 0);
        }
        const int left = count_due(1000000, INT64_MAX);
        assert_int_equal(event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED), left);
        fire_until(base, 6000000, 5);
        assert_int_equal(nfired - in_first_second, count_due(1000000, 6000000));

        for (int i = 0; i < TIMERS; i++)
                event_free(timers[order[i]].ev);
        assert_true(live_bytes <= SLACK);
        event_base_free(base);
        free(timers);
        free(order);
}

int main(void)
{
        static char epoll[] = "epoll", poll[] = "poll", select[] = "select";
        const struct CMUnitTest tests[] = {
                {"16,000 descriptors, epoll", test_descriptors, set_up, tear_down, epoll},
                {"16,000 descriptors, poll", test_descriptors, set_up, tear_down, poll},
                {"16,000 descriptors, select", test_descriptors, set_up, tear_down, select},
                {"1,000,000 timers", test_timers, set_up, tear_down, NULL},
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
