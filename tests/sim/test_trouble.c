/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What goes wrong without an error: descriptors that are called ready and are not, waits that end
 * late, clocks that jump. A program must live with all of it, as with a real kernel (select(2),
 * BUGS; clock_settime(2)).
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <event2/event.h>
#include <evident/sim.h>
#include <evident/sim_calls.h>

#define SECOND INT64_C(1000000000)

static const char *const methods[] = {"epoll", "poll", "select", "devpoll", "evport", "kqueue"};

enum { NMETHODS = sizeof methods / sizeof methods[0] };

struct story {
        const char *method;
        struct evsim_host *host;
        int ncalls;
        int nempty; /* reads that found nothing */
        int64_t began_ns, ended_ns;
};

static struct event_base *base_with(const char *method)
{
        struct event_config *config = event_config_new();
        struct event_base *base;

        for (const char **m = event_get_supported_methods(); *m != NULL; m++)
                if (strcmp(*m, method) != 0)
                        event_config_avoid_method(config, *m);
        base = event_base_new_with_config(config);
        event_config_free(config);
        return base;
}

/* Runs the story in a host with this trouble. */
static void run(struct story *story, const struct evsim_trouble *trouble, void (*body)(void *))
{
        struct evsim_world_config config = evsim_world_defaults();
        struct evsim_host_config kernel = evsim_host_defaults();
        struct evsim_world *world;

        config.call_cost_ns = 0;
        kernel.kernel = EVSIM_KERNEL_ANY;
        world = evsim_world_new(&config);
        story->host = evsim_host_new(world, "host", &kernel);
        evsim_host_trouble(story->host, trouble);
        evsim_task_new(story->host, "main", body, story);
        evsim_world_run(world);
        assert_string_equal(evsim_world_report(world), "done\n");
        assert_true(evsim_world_faults(world) > 0);
        evsim_world_free(world);
}

/* ---- Spurious readiness ------------------------------------------------------------------------
 */

static void on_ready(evutil_socket_t fd, short what, void *arg)
{
        struct story *story = arg;
        char byte;

        assert_int_equal(what, EV_READ);
        story->ncalls++;
        story->nempty += evsim_read(fd, &byte, 1) == -1 && errno == EAGAIN;
}

static void wait_for_nothing(void *arg)
{
        struct story *story = arg;
        struct event_base *base = base_with(story->method);
        struct event *event;
        int fds[2];

        assert_non_null(base);
        assert_int_equal(evsim_pipe2(fds, O_NONBLOCK), 0);
        event = event_new(base, fds[0], EV_READ | EV_PERSIST, on_ready, story);
        event_add(event, NULL);
        for (int i = 0; i < 100; i++)
                event_base_loop(base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
        event_free(event);
        event_base_free(base);
}

static void what_is_called_ready_need_not_be(void **state)
{
        const struct evsim_trouble trouble = {.spurious = 500000};

        (void)state;
        for (int m = 0; m < NMETHODS; m++) {
                struct story story = {.method = methods[m]};

                run(&story, &trouble, wait_for_nothing);
                if (strcmp(story.method, "kqueue") == 0) { /* it looks again before it reports */
                        assert_int_equal(story.ncalls, 0);
                        continue;
                }
                assert_in_range(story.ncalls, 10, 100);
                assert_int_equal(story.nempty, story.ncalls);
        }
}

/* ---- Time --------------------------------------------------------------------------------------
 */

static void wait_a_second(void *arg)
{
        struct story *story = arg;
        struct event_base *base = base_with(story->method);
        const struct timeval second = {.tv_sec = 1};

        story->began_ns = evsim_host_monotonic_ns(story->host);
        event_base_loopexit(base, &second);
        event_base_dispatch(base);
        story->ended_ns = evsim_host_monotonic_ns(story->host);
        event_base_free(base);
}

static void a_wait_may_end_late_but_never_early(void **state)
{
        const struct evsim_trouble trouble = {.late = 1000000, .late_ns = SECOND / 10};

        (void)state;
        for (int m = 0; m < NMETHODS; m++) {
                struct story story = {.method = methods[m]};

                run(&story, &trouble, wait_a_second);
                assert_in_range(story.ended_ns - story.began_ns, SECOND + 1000,
                                SECOND + SECOND / 10);
        }
}

static void look_at_the_clocks(void *arg)
{
        struct timespec before = {0}, now;
        int nforward = 0, nback = 0;

        (void)arg;
        for (int i = 0; i < 100; i++) {
                evsim_clock_gettime(CLOCK_MONOTONIC, &now);
                assert_true(now.tv_sec >= before.tv_sec);
                nforward += before.tv_sec != 0 && now.tv_sec > before.tv_sec;
                before = now;
        }
        evsim_clock_gettime(CLOCK_REALTIME, &before);
        for (int i = 0; i < 100; i++) {
                evsim_clock_gettime(CLOCK_REALTIME, &now);
                nback += now.tv_sec < before.tv_sec;
                before = now;
        }
        assert_true(nforward > 0);
        assert_true(nback > 0);
}

static void the_monotonic_clock_jumps_forward_and_the_wall_clock_both_ways(void **state)
{
        const struct evsim_trouble trouble = {.jump = 500000, .jump_ns = 100 * SECOND};
        struct story story = {0};

        (void)state;
        run(&story, &trouble, look_at_the_clocks);
}

/* ---- The end of trouble ------------------------------------------------------------------------
 */

static void heal_and_wait(void *arg)
{
        struct story *story = arg;

        evsim_sleep_ns(1);
        evsim_world_heal(evsim_host_world(story->host));
        wait_a_second(arg);
}

static void a_healed_world_is_exact_again(void **state)
{
        const struct evsim_trouble trouble = {
                .late = 1000000, .eintr = 1000000, .late_ns = SECOND / 10};
        struct story story = {.method = "epoll"};

        (void)state;
        run(&story, &trouble, heal_and_wait);
        assert_int_equal(story.ended_ns - story.began_ns, SECOND);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_is_called_ready_need_not_be),
                cmocka_unit_test(a_wait_may_end_late_but_never_early),
                cmocka_unit_test(the_monotonic_clock_jumps_forward_and_the_wall_clock_both_ways),
                cmocka_unit_test(a_healed_world_is_exact_again),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
