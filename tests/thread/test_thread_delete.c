/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Deleting an event whose callback another thread is running: who waits, who does not, and what may
 * be freed afterwards.
 *
 * A test that expects a delete to wait lets the callback return only when the base says that
 * somebody waits for it (base.h), or when the delete has wrongly returned.
 */
#include "threads.h"

#include <event2/event_struct.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base.h"

#define ROUNDS   200
#define NWORKERS 4

/* ---- One callback, one delete ---------------------------------------------------------------- */

struct meeting {
        struct event *ev;
        struct event_base *base;
        int (*del)(struct event *ev);
        struct gate has_begun; /* the callback */
        struct gate has_deleted;
        atomic_int is_done; /* the callback is at its end */
        int was_done;       /* when the delete returned */
};

static int count_waiters(struct event_base *base)
{
        evi_base_lock(base);
        const int n = base->nwaiting_for_callback;
        evi_base_unlock(base);
        return n;
}

static void run_until_somebody_waits(evutil_socket_t fd, short what, void *arg)
{
        struct meeting *m = arg;

        (void)fd;
        (void)what;
        gate_add(&m->has_begun);
        while (count_waiters(m->base) == 0 && gate_value(&m->has_deleted) == 0)
                sched_yield();
        atomic_store(&m->is_done, 1);
}

static void run_until_deleted(evutil_socket_t fd, short what, void *arg)
{
        struct meeting *m = arg;

        (void)fd;
        (void)what;
        gate_add(&m->has_begun);
        gate_await(&m->has_deleted, 1);
        atomic_store(&m->is_done, 1);
}

static void *delete_running(void *arg)
{
        struct meeting *m = arg;

        gate_await(&m->has_begun, 1);
        must(m->del(m->ev) == 0, "delete");
        m->was_done = atomic_load(&m->is_done);
        gate_add(&m->has_deleted);
        return NULL;
}

/* Whether del returned only when the callback was done. */
static int meet(short events, event_callback_fn callback, int (*del)(struct event *ev))
{
        struct meeting m = {.del = del, .has_begun = GATE_INIT, .has_deleted = GATE_INIT};

        m.base = threads_base();
        m.ev = event_new(m.base, -1, events, callback, &m);
        event_active(m.ev, EV_READ, 1);
        const pthread_t thread = thread_start(delete_running, &m);
        assert_int_equal(event_base_dispatch(m.base), 1);
        thread_join(thread);
        assert_int_equal(gate_value(&m.has_begun), 1);
        event_free(m.ev);
        event_base_free(m.base);
        return m.was_done;
}

static void test_del_waits_for_the_callback(void **state)
{
        (void)state;
        assert_true(meet(0, run_until_somebody_waits, event_del));
        assert_true(meet(EV_PERSIST, run_until_somebody_waits, event_del));
        assert_true(meet(0, run_until_somebody_waits, event_del_block));
        assert_true(meet(EV_FINALIZE, run_until_somebody_waits, event_del_block));
}

static void test_del_noblock_does_not_wait(void **state)
{
        (void)state;
        assert_false(meet(0, run_until_deleted, event_del_noblock));
        assert_false(meet(EV_PERSIST, run_until_deleted, event_del_noblock));
        assert_false(meet(EV_FINALIZE, run_until_deleted, event_del_noblock));
        assert_false(meet(EV_FINALIZE | EV_PERSIST, run_until_deleted, event_del));
}

/* A signal's callback is called for each arrival; a delete ends that after the present call. */
static atomic_int nsignal_calls;

static void run_signal(evutil_socket_t fd, short what, void *arg)
{
        atomic_fetch_add(&nsignal_calls, 1);
        run_until_somebody_waits(fd, what, arg);
}

static void test_del_cuts_the_calls_of_a_signal(void **state)
{
        struct meeting m = {.del = event_del, .has_begun = GATE_INIT, .has_deleted = GATE_INIT};

        (void)state;
        m.base = threads_base();
        m.ev = event_new(m.base, 10, EV_SIGNAL | EV_PERSIST, run_signal, &m);
        event_active(m.ev, EV_SIGNAL, 1000);
        const pthread_t thread = thread_start(delete_running, &m);
        assert_int_equal(event_base_dispatch(m.base), 1);
        thread_join(thread);
        assert_true(m.was_done);
        assert_int_equal(atomic_load(&nsignal_calls), 1);
        event_free(m.ev);
        event_base_free(m.base);
}

/* An event whose callback makes it active again, and again, is run without a pause; a delete waits for
 * one call to end, not for all of them. */
static void run_again(evutil_socket_t fd, short what, void *arg)
{
        struct meeting *m = arg;

        (void)fd;
        (void)what;
        gate_add(&m->has_begun);
        if (gate_value(&m->has_deleted) == 0)
                event_active(m->ev, EV_READ, 1);
}

static void test_del_of_an_event_that_activates_itself(void **state)
{
        struct meeting m = {.del = event_del, .has_begun = GATE_INIT, .has_deleted = GATE_INIT};

        (void)state;
        m.base = threads_base();
        for (int round = 0; round < 20; round++) {
                m.has_begun.value = 0;
                m.has_deleted.value = 0;
                m.ev = event_new(m.base, -1, round % 2 ? EV_PERSIST : 0, run_again, &m);
                event_active(m.ev, EV_READ, 1);
                const pthread_t thread = thread_start(delete_running, &m);
                assert_int_equal(event_base_dispatch(m.base), 1);
                thread_join(thread);
                event_free(m.ev);
        }
        event_base_free(m.base);
}

/* ---- Locks of the user ----------------------------------------------------------------------- */

/* The deleter holds the lock that the callback wants: a delete that waited would wait for ever. */
static pthread_mutex_t user_lock = PTHREAD_MUTEX_INITIALIZER;

static void run_locked(evutil_socket_t fd, short what, void *arg)
{
        struct meeting *m = arg;

        (void)fd;
        (void)what;
        gate_add(&m->has_begun);
        gate_await(&m->has_begun, 2);
        pthread_mutex_lock(&user_lock);
        pthread_mutex_unlock(&user_lock);
}

static void *delete_locked(void *arg)
{
        struct meeting *m = arg;

        gate_await(&m->has_begun, 1);
        pthread_mutex_lock(&user_lock);
        gate_add(&m->has_begun);
        must(m->del(m->ev) == 0, "delete");
        pthread_mutex_unlock(&user_lock);
        return NULL;
}

static void test_del_of_a_finalize_event_under_a_lock(void **state)
{
        struct meeting m = {.del = event_del, .has_begun = GATE_INIT, .has_deleted = GATE_INIT};

        (void)state;
        m.base = threads_base();
        m.ev = event_new(m.base, -1, EV_FINALIZE | EV_PERSIST, run_locked, &m);
        for (int round = 0; round < 20; round++) {
                m.has_begun.value = 0;
                event_active(m.ev, EV_READ, 1);
                const pthread_t thread = thread_start(delete_locked, &m);
                assert_int_equal(event_base_dispatch(m.base), 1);
                thread_join(thread);
        }
        event_free(m.ev);
        event_base_free(m.base);
}

/* ---- Under load ------------------------------------------------------------------------------ */

/* What a callback needs; freed as soon as the delete has returned. */
struct context {
        int is_alive; /* plain: the library orders the callback before the return of event_del */
        struct gate ran;
};

static struct context *context_new(void)
{
        static const struct context fresh = {1, GATE_INIT};
        struct context *context = malloc(sizeof *context);

        must(context != NULL, "malloc");
        *context = fresh;
        return context;
}

static void use(evutil_socket_t fd, short what, void *arg)
{
        struct context *context = arg;

        (void)fd;
        (void)what;
        must(context->is_alive, "called after its end");
        gate_add(&context->ran);
}

/* The descriptor is always ready: the callback is about to run, or running, at each delete. */
static void delete_busy(struct event_base *base, int i)
{
        const int fd = eventfd(1, EFD_CLOEXEC);

        for (int round = 0; round < ROUNDS; round++) {
                const bool is_persistent = (round + i) % 2;
                struct context *context = context_new();
                struct event *ev = event_new(
                        base, fd, is_persistent ? EV_READ | EV_PERSIST : EV_READ, use, context);
                must(event_add(ev, NULL) == 0, "event_add");
                if (round % 3 == 0)
                        gate_await(&context->ran, 1);
                if (round % 2 == 0)
                        event_active(ev, EV_WRITE, 1);
                if (round % 5 == 0)
                        event_free(ev);
                else
                        must(event_del(ev) == 0, "event_del");
                context->is_alive = 0;
                free(context);
                if (round % 5 != 0)
                        event_free(ev);
        }
        close(fd);
}

static void test_after_del_the_callback_does_not_run(void **state)
{
        struct event_base *base = threads_base();

        (void)state;
        run_with_workers(base, NWORKERS, delete_busy);
        assert_int_equal(event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED), 0);
        event_base_free(base);
}

static atomic_int nfinalized;

static void use_locked(evutil_socket_t fd, short what, void *arg)
{
        pthread_mutex_lock(&user_lock);
        use(fd, what, arg);
        pthread_mutex_unlock(&user_lock);
}

static void finalize(struct event *ev, void *arg)
{
        struct context *context = arg;

        (void)ev;
        must(context->is_alive, "finalized twice");
        context->is_alive = 0;
        free(context);
        atomic_fetch_add(&nfinalized, 1);
}

static void finalize_struct(struct event *ev, void *arg)
{
        finalize(ev, arg);
        free(ev);
}

/* Under the lock that the callbacks take, as a program would that has it anyway. */
static void finalize_busy(struct event_base *base, int i)
{
        const int fd = eventfd(1, EFD_CLOEXEC);
        const short events = EV_READ | EV_PERSIST | EV_FINALIZE;

        for (int round = 0; round < ROUNDS; round++) {
                const bool frees_itself = (round + i) % 2;
                struct context *context = context_new();
                struct event *ev = frees_itself ? malloc(sizeof *ev)
                                                : event_new(base, fd, events, use_locked, context);
                if (frees_itself)
                        must(event_assign(ev, base, fd, events, use_locked, context) == 0,
                             "assign");
                must(event_add(ev, NULL) == 0, "event_add");
                if (round % 3 == 0)
                        gate_await(&context->ran, 1);
                pthread_mutex_lock(&user_lock);
                if (frees_itself)
                        must(event_finalize(0, ev, finalize_struct) == 0, "event_finalize");
                else
                        must(event_free_finalize(0, ev, finalize) == 0, "event_free_finalize");
                pthread_mutex_unlock(&user_lock);
        }
        while (atomic_load(&nfinalized) < NWORKERS * ROUNDS)
                sched_yield();
        close(fd);
}

static void test_finalizers_run_once_and_last(void **state)
{
        struct event_base *base = threads_base();

        (void)state;
        run_with_workers(base, NWORKERS, finalize_busy);
        assert_int_equal(atomic_load(&nfinalized), NWORKERS * ROUNDS);
        assert_int_equal(event_base_get_num_events(base, EVENT_BASE_COUNT_ACTIVE), 0);
        event_base_free(base);
}

int main(int argc, char **argv)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_del_waits_for_the_callback),
                cmocka_unit_test(test_del_noblock_does_not_wait),
                cmocka_unit_test(test_del_cuts_the_calls_of_a_signal),
                cmocka_unit_test(test_del_of_an_event_that_activates_itself),
                cmocka_unit_test(test_del_of_a_finalize_event_under_a_lock),
                cmocka_unit_test(test_after_del_the_callback_does_not_run),
                cmocka_unit_test(test_finalizers_run_once_and_last),
        };

        threads_init(argc, argv);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
