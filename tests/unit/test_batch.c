/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What callbacks may do to others that one wait found together with them: delete, free, close, and
 * open something else under the same number; over each backend.
 *
 * Which of two runs first is the backend's affair, so each does to the other what the test wants,
 * and the test says what must hold either way.
 */
#include <event2/event.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

#include "backend/backend.h"
#include "core/base.h"
#include "shim.h"

static struct shim shim;
static struct event_base *base;

/* Two events that are ready together. */
struct one {
        struct event *ev;
        int fd;
        int ncalls;
        struct one *other;
};

static struct one pair[2];
static int nstrange;

static struct event_base *base_of_method(const char *method)
{
        static const char *const methods[] = {"epoll", "poll", "select"};
        struct event_config *config = event_config_new();

        for (size_t i = 0; i < 3; i++)
                if (strncmp(methods[i], method, strlen(methods[i])) != 0)
                        (void)event_config_avoid_method(config, methods[i]);
        if (strstr(method, "changelist") != NULL)
                (void)event_config_set_flag(config, EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST);
        struct event_base *made = event_base_new_with_config(config);
        event_config_free(config);
        return made;
}

static int set_up(void **state)
{
        shim_init(&shim, os_real());
        os_enter(&shim.os);
        base = base_of_method(*state);
        memset(pair, 0, sizeof pair);
        nstrange = 0;
        for (int i = 0; i < 2; i++) {
                pair[i].other = &pair[1 - i];
                pair[i].fd = eventfd(1, EFD_NONBLOCK);
        }
        return base != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
        (void)state;
        for (int i = 0; i < 2; i++) {
                if (pair[i].ev != NULL)
                        event_free(pair[i].ev);
                if (pair[i].fd >= 0)
                        close(pair[i].fd);
        }
        event_base_free(base);
        assert_true(shim_is_clean(&shim));
        shim_clear(&shim);
        return 0;
}

static void watch_pair(event_callback_fn callback)
{
        for (int i = 0; i < 2; i++) {
                pair[i].ev = event_new(base, pair[i].fd, EV_READ | EV_PERSIST, callback, &pair[i]);
                assert_int_equal(event_add(pair[i].ev, NULL), 0);
        }
}

static void turn(void)
{
        assert_true(event_base_loop(base, EVLOOP_ONCE | EVLOOP_NONBLOCK) >= 0);
        assert_null(evi_base_verify(base));
}

static void on_ready_delete_other(evutil_socket_t fd, short what, void *arg)
{
        struct one *one = arg;

        (void)fd;
        (void)what;
        one->ncalls++;
        assert_int_equal(event_del(one->other->ev), 0);
}

static void test_deleted_by_the_other(void **state)
{
        (void)state;
        watch_pair(on_ready_delete_other);
        turn();
        assert_int_equal(pair[0].ncalls + pair[1].ncalls, 1);
}

static void on_ready_free_other(evutil_socket_t fd, short what, void *arg)
{
        struct one *one = arg;

        (void)fd;
        (void)what;
        one->ncalls++;
        event_free(one->other->ev);
        one->other->ev = NULL;
        close(one->other->fd);
        one->other->fd = -1;
}

static void test_freed_and_closed_by_the_other(void **state)
{
        (void)state;
        watch_pair(on_ready_free_other);
        turn();
        assert_int_equal(pair[0].ncalls + pair[1].ncalls, 1);
        turn();
        assert_int_equal(pair[0].ncalls + pair[1].ncalls, 2);
}

static void on_ready_free_self(evutil_socket_t fd, short what, void *arg)
{
        struct one *one = arg;

        (void)what;
        one->ncalls++;
        event_free(one->ev);
        one->ev = NULL;
        close(fd);
        one->fd = -1;
}

static void test_freed_by_itself(void **state)
{
        (void)state;
        watch_pair(on_ready_free_self);
        turn();
        turn();
        assert_int_equal(pair[0].ncalls, 1);
        assert_int_equal(pair[1].ncalls, 1);
        assert_int_equal(event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED), 0);
}

static void on_strange(evutil_socket_t fd, short what, void *arg)
{
        (void)fd;
        (void)what;
        (void)arg;
        nstrange++;
}

/* The other's number now belongs to another file, which is not ready, and has an event of its own:
 * what the wait found out about the old one must not reach that. */
static void on_ready_replace_other(evutil_socket_t fd, short what, void *arg)
{
        struct one *one = arg;
        struct one *other = one->other;

        (void)what;
        one->ncalls++;
        if (one->ncalls + other->ncalls > 1)
                return;
        event_free(other->ev);
        close(other->fd);
        const int fresh = eventfd(0, EFD_NONBLOCK);
        if (fresh != other->fd) {
                assert_int_equal(dup2(fresh, other->fd), other->fd);
                close(fresh);
        }
        other->ev = event_new(base, other->fd, EV_READ | EV_PERSIST, on_strange, NULL);
        assert_int_equal(event_add(other->ev, NULL), 0);
        assert_int_equal(read(fd, &(uint64_t){0}, 8), 8);
}

static void test_closed_and_opened_anew_by_the_other(void **state)
{
        (void)state;
        watch_pair(on_ready_replace_other);
        for (int i = 0; i < 3; i++)
                turn();
        assert_int_equal(pair[0].ncalls + pair[1].ncalls, 1);
        assert_int_equal(nstrange, 0);
}

/* The same between the kernel's answer and its use, when another thread has the lock: played by a
 * backend's wait that is followed by the replacement. */
static struct backend_ops slow_ops;
static int (*inner_wait)(struct backend *b, int64_t timeout_ns);

static int wait_and_replace(struct backend *b, int64_t timeout_ns)
{
        const int r = inner_wait(b, timeout_ns);

        if (pair[0].ncalls == 0)
                on_ready_replace_other(pair[1].fd, EV_READ, &pair[1]);
        pair[0].ncalls = 1;
        return r;
}

static void test_closed_and_opened_anew_after_the_kernels_answer(void **state)
{
        const struct backend_ops *ops = base->backend->ops;

        (void)state;
        watch_pair(on_strange);
        slow_ops = *ops;
        inner_wait = ops->wait;
        slow_ops.wait = wait_and_replace;
        base->backend->ops = &slow_ops;
        turn();
        base->backend->ops = ops;
        assert_int_equal(pair[0].ncalls, 1);
        assert_int_equal(nstrange, 1); /* the second's, which was found before; not the new one's */
}

/* Everything at once, in 64 events and more than a batch of findings: each frees the next. */
#define MANY 200

static struct one many[MANY];

static void on_many(evutil_socket_t fd, short what, void *arg)
{
        struct one *one = arg;

        (void)fd;
        (void)what;
        one->ncalls++;
        if (one->other->ev != NULL && one->other->ncalls == 0) {
                event_free(one->other->ev);
                one->other->ev = NULL;
        }
}

static void test_many_that_free_each_other(void **state)
{
        int ncalled = 0;

        (void)state;
        memset(many, 0, sizeof many);
        for (int i = 0; i < MANY; i++) {
                many[i].other = &many[(i + 1) % MANY];
                many[i].fd = eventfd(1, EFD_NONBLOCK);
                many[i].ev = event_new(base, many[i].fd, EV_READ, on_many, &many[i]);
                assert_int_equal(event_add(many[i].ev, NULL), 0);
        }
        for (int i = 0; i < 10; i++)
                turn();
        for (int i = 0; i < MANY; i++) {
                assert_int_equal(many[i].ncalls, many[i].ev != NULL);
                ncalled += many[i].ncalls;
                if (many[i].ev != NULL)
                        event_free(many[i].ev);
                close(many[i].fd);
        }
        assert_true(ncalled >= MANY / 3 && ncalled < MANY);
}

/* The descriptor was closed before its event is deleted: that succeeds, and nothing remains. */
static void test_closed_before_it_is_deleted(void **state)
{
        (void)state;
        watch_pair(on_strange);
        for (int i = 0; i < 2; i++) {
                close(pair[i].fd);
                pair[i].fd = -1;
                assert_int_equal(event_del(pair[i].ev), 0);
                assert_int_equal(event_pending(pair[i].ev, EV_READ, NULL), 0);
        }
        assert_null(evi_base_verify(base));
        assert_int_equal(event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED), 0);
        assert_int_equal(event_base_dispatch(base), 1);
}

#define OVER(test, method)                                                            \
        {                                                                             \
#test ", " method, test, set_up, tear_down, (void *)(uintptr_t)method \
        }
#define OVER_EACH(test)                                                          \
        OVER(test, "epoll"), OVER(test, "epoll changelist"), OVER(test, "poll"), \
                OVER(test, "select")

int main(void)
{
        const struct CMUnitTest tests[] = {
                OVER_EACH(test_deleted_by_the_other),
                OVER_EACH(test_freed_and_closed_by_the_other),
                OVER_EACH(test_freed_by_itself),
                OVER_EACH(test_closed_and_opened_anew_by_the_other),
                OVER_EACH(test_closed_and_opened_anew_after_the_kernels_answer),
                OVER_EACH(test_many_that_free_each_other),
                OVER_EACH(test_closed_before_it_is_deleted),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
