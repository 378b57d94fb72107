/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the public API makes process-wide belongs to a host: two hosts share nothing of it, and a
 * world leaves nothing behind.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <event2/event.h>
#include <event2/thread.h>
#include <evident/sim.h>
#include <evident/sim_calls.h>

static struct evsim_world *world;
static struct evsim_host *a;
static struct evsim_host *b;
static int nlogs;
static int nallocs;
static int nlocks;

static int set_up(void **state)
{
        (void)state;
        world = evsim_world_new(NULL);
        a = evsim_host_new(world, "a", NULL);
        b = evsim_host_new(world, "b", NULL);
        nlogs = nallocs = nlocks = 0;
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        evsim_world_free(world);
        return 0;
}

static void in(struct evsim_host *host, void (*act)(void))
{
        evsim_enter(host);
        act();
        evsim_leave();
}

static void use_a_base(void)
{
        struct event_base *base = event_base_new();

        assert_non_null(base);
        event_base_loop(base, EVLOOP_NONBLOCK);
        event_base_free(base);
}

/* ---- Log --------------------------------------------------------------------------------------- */

static void count_log(int severity, const char *line)
{
        (void)severity;
        (void)line;
        nlogs++;
}

static void hear(void)
{
        event_set_log_callback(count_log);
}

static void provoke(void)
{
        event_base_free(NULL); /* a warning: there is no current base */
}

static void log_callbacks_are_the_hosts(void **state)
{
        (void)state;
        in(a, hear);
        in(b, provoke);
        assert_int_equal(nlogs, 0);
        in(a, provoke);
        assert_int_equal(nlogs, 1);
}

/* ---- Memory ------------------------------------------------------------------------------------ */

static void *count_malloc(size_t size)
{
        nallocs++;
        return malloc(size);
}

static void use_malloc(void)
{
        event_set_mem_functions(count_malloc, realloc, free);
}

static void memory_functions_are_the_hosts(void **state)
{
        int before;

        (void)state;
        in(a, use_malloc);
        in(b, use_a_base);
        assert_int_equal(nallocs, 0);
        in(a, use_a_base);
        before = nallocs;
        assert_true(before > 0);
        /* The real process has its own still. */
        use_a_base();
        assert_int_equal(nallocs, before);
}

/* ---- Locks ------------------------------------------------------------------------------------- */

static void *count_lock_alloc(unsigned type)
{
        static int lock;

        (void)type;
        nlocks++;
        return &lock;
}

static void lock_free(void *lock, unsigned type)
{
        (void)lock;
        (void)type;
}

static int lock_nothing(unsigned mode, void *lock)
{
        (void)mode;
        (void)lock;
        return 0;
}

static void use_own_locks(void)
{
        const struct evthread_lock_callbacks callbacks = {
                .lock_api_version = EVTHREAD_LOCK_API_VERSION,
                .supported_locktypes = EVTHREAD_LOCKTYPE_RECURSIVE,
                .alloc = count_lock_alloc,
                .free = lock_free,
                .lock = lock_nothing,
                .unlock = lock_nothing,
        };

        assert_int_equal(evthread_set_lock_callbacks(&callbacks), 0);
}

static void use_pthreads(void)
{
        assert_int_equal(evthread_use_pthreads(), 0);
}

static void locks_are_the_hosts(void **state)
{
        int before;

        (void)state;
        in(a, use_own_locks);
        before = nlocks; /* the library has some for itself */
        in(b, use_pthreads);
        in(b, use_a_base);
        assert_int_equal(nlocks, before);
        in(a, use_a_base);
        assert_true(nlocks > before);
}

/* ---- Debug mode -------------------------------------------------------------------------------- */

static void ignore(evutil_socket_t fd, short what, void *arg)
{
        (void)fd;
        (void)what;
        (void)arg;
}

static void debug(void)
{
        event_enable_debug_mode();
}

/* Added, and assigned anew: in debug mode a fatal error. */
static void assign_twice(void)
{
        struct event_base *base = event_base_new();
        struct event *event = event_new(base, -1, 0, ignore, NULL);
        const struct timeval later = {10, 0};

        event_add(event, &later);
        event_assign(event, base, -1, 0, ignore, NULL);
}

static void run_assign_twice(void *arg)
{
        (void)arg;
        assign_twice();
}

static void debug_mode_is_the_hosts(void **state)
{
        (void)state;
        in(a, debug);
        evsim_task_new(b, "task", run_assign_twice, NULL);
        assert_int_equal(evsim_world_run(world), EVSIM_DONE);
        evsim_task_new(a, "task", run_assign_twice, NULL);
        assert_int_equal(evsim_world_run(world), EVSIM_TERMINATED);
        assert_non_null(strstr(evsim_world_report(world), "a: the process"));
}

/* ---- Descriptors, and what is left ------------------------------------------------------------- */

static void open_pipe(void)
{
        int fds[2];

        assert_int_equal(evsim_pipe(fds), 0);
        assert_int_equal(fds[0], 3);
}

static void descriptors_are_the_hosts(void **state)
{
        (void)state;
        in(a, open_pipe);
        in(b, open_pipe);
        assert_int_equal(evsim_host_descriptors(a), 2);
        in(a, use_a_base);
        assert_int_equal(evsim_host_descriptors(a), 2);
        assert_int_equal(evsim_host_blocks(b), 0);
        assert_int_equal(evsim_host_bytes(b), 0);
}

#define STORY(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                STORY(log_callbacks_are_the_hosts), STORY(memory_functions_are_the_hosts),
                STORY(locks_are_the_hosts),         STORY(debug_mode_is_the_hosts),
                STORY(descriptors_are_the_hosts),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
