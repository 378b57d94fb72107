/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * event_set_mem_functions(): all memory passes through them, and all of it comes back. The
 * functions may only be set before anything was allocated, so each test is a child.
 */
#include "api.h"

#include <signal.h>

static long live_blocks, live_bytes, peak_bytes, calls, fail_after = -1;

/* The size stands before the block; 16 bytes keep the alignment. */
static void *counting_malloc(size_t size)
{
        char *block;

        calls++;
        if (fail_after >= 0 && calls > fail_after)
                return NULL;
        block = malloc(size + 16);
        if (!block)
                return NULL;
        memcpy(block, &size, sizeof size);
        live_blocks++;
        live_bytes += (long)size;
        if (live_bytes > peak_bytes)
                peak_bytes = live_bytes;
        return block + 16;
}

static void counting_free(void *pointer)
{
        size_t size;

        if (!pointer)
                return;
        memcpy(&size, (char *)pointer - 16, sizeof size);
        live_blocks--;
        live_bytes -= (long)size;
        memset(pointer, 0xdb, size);
        free((char *)pointer - 16);
}

static void *counting_realloc(void *pointer, size_t size)
{
        void *fresh = counting_malloc(size);
        size_t old;

        if (fresh && pointer) {
                memcpy(&old, (char *)pointer - 16, sizeof old);
                memcpy(fresh, pointer, old < size ? old : size);
                counting_free(pointer);
        }
        return fresh;
}

/* Something of everything that a base keeps memory for. */
static void use_a_base(enum backend backend)
{
        struct event_base *base = base_on(backend);
        evutil_socket_t fds[2];
        struct event *io, *sig, *timer, *common;

        stream_pair(fds);
        EQ(event_base_priority_init(base, 3), 0);
        io = event_new(base, fds[0], EV_READ | EV_PERSIST, tell_and_read, NAME("io"));
        sig = evsignal_new(base, SIGUSR1, ignore, NULL);
        timer = evtimer_new(base, ignore, NULL);
        common = evtimer_new(base, ignore, NULL);
        EQ(event_add(io, NULL), 0);
        EQ(event_add(sig, NULL), 0);
        EQ(event_add(timer, TV(100, 0)), 0);
        EQ(event_add(common, event_base_init_common_timeout(base, TV(200, 0))), 0);
        EQ(event_base_once(base, fds[1], EV_WRITE, tell, NAME("once"), NULL), 0);
        EQ(event_base_once(base, -1, EV_TIMEOUT, tell, NAME("left"), TV(300, 0)), 0);
        EQ(turn(base), 0);
        event_free(io);
        event_free(sig);
        event_free(timer);
        event_free(common);
        event_base_free(base);
        close_pair(fds);
}

static void all_memory_comes_back(void *arg)
{
        event_set_mem_functions(counting_malloc, counting_realloc, counting_free);
        use_a_base(*(enum backend *)arg);
        OK(peak_bytes > 0);
        libevent_global_shutdown();
        report("%ld blocks left", live_blocks);
}

static void everything_is_given_back_at_the_end(void **state)
{
        enum backend backend = backend_of(state);

        CHILD_OK(all_memory_comes_back, &backend);
        STREQ(child_report(), differs("methods-list-memory", "1 blocks left", "0 blocks left"));
}

/* Many descriptors and timers, all removed again, with the base still there. */
static void grow_and_shrink(void *arg)
{
        enum { N = 20000 };
        struct event_base *base;
        struct event **ev;
        long before;

        (void)arg;
        event_set_mem_functions(counting_malloc, counting_realloc, counting_free);
        base = base_on(ON_EPOLL);
        ev = calloc(N, sizeof *ev);
        OK(ev != NULL);
        before = live_bytes;
        for (int i = 0; i < N; i++) {
                ev[i] = evtimer_new(base, ignore, NULL);
                EQ(event_add(ev[i], TV(100 + i % 17, i % 999)), 0);
        }
        OK(live_bytes - before >= N * (long)sizeof(struct event));
        for (int i = 0; i < N; i++)
                event_free(ev[i]);
        free(ev);
        report("%s", live_bytes - before <= 65536 ? "within 64 KiB" : "kept");
        event_base_free(base);
        libevent_global_shutdown();
}

static void after_many_timers_the_memory_is_back(void **state)
{
        (void)state;
        CHILD_OK(grow_and_shrink, NULL);
        STREQ(child_report(), differs("memory-after-many", "kept", "within 64 KiB"));
}

static void event_new_uses_them(void *arg)
{
        struct event_base *base;
        struct event *ev;
        struct event_config *config;
        long before;

        (void)arg;
        event_set_mem_functions(counting_malloc, counting_realloc, counting_free);
        base = event_base_new();
        before = live_blocks;
        ev = evtimer_new(base, ignore, NULL);
        EQ(live_blocks, before + 1);
        OK(live_bytes >= (long)sizeof(struct event));
        event_free(ev);
        EQ(live_blocks, before);
        config = event_config_new();
        EQ(event_config_avoid_method(config, "nothing"), 0);
        OK(live_blocks >= before + 2);
        event_config_free(config);
        EQ(live_blocks, before);
        evutil_monotonic_timer_free(evutil_monotonic_timer_new());
        EQ(live_blocks, before);
        event_base_free(base);
}

static void a_block_for_each_event(void **state)
{
        (void)state;
        CHILD_OK(event_new_uses_them, NULL);
}

/* When there is no memory, the function that needed it says so. */
static void no_memory_at_all(void *arg)
{
        struct event_base *base;

        (void)arg;
        event_set_mem_functions(counting_malloc, counting_realloc, counting_free);
        base = event_base_new();
        OK(base != NULL);
        log_catch();
        fail_after = 0;
        OK(event_new(base, -1, 0, ignore, NULL) == NULL);
        OK(event_config_new() == NULL);
        EQ(event_base_once(base, -1, EV_TIMEOUT, ignore, NULL, NULL), -1);
        OK(event_base_init_common_timeout(base, TV(1, 0)) == NULL);
        OK(event_base_new() == NULL);
        fail_after = -1;
        EQ(event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED), 0);
        event_base_free(base);
}

static void without_memory_the_functions_say_so(void **state)
{
        (void)state;
        CHILD_OK(no_memory_at_all, NULL);
}

static void add_without_memory(void *arg)
{
        struct event_base *base;
        struct event io, timer, sig;
        evutil_socket_t fds[2];

        event_set_mem_functions(counting_malloc, counting_realloc, counting_free);
        base = base_on(*(enum backend *)arg);
        stream_pair(fds);
        event_assign(&io, base, fds[0], EV_READ, ignore, NULL);
        event_assign(&timer, base, -1, 0, ignore, NULL);
        event_assign(&sig, base, SIGUSR1, EV_SIGNAL, ignore, NULL);
        log_catch();
        fail_after = 0;
        EQ(event_add(&timer, TV(1, 0)), -1);
        EQ(event_add(&io, NULL), -1);
        EQ(event_add(&sig, NULL), -1);
        EQ(event_pending(&timer, EV_TIMEOUT, NULL), 0);
        EQ(event_pending(&io, EV_READ, NULL), 0);
        EQ(event_pending(&sig, EV_SIGNAL, NULL), 0);
        fail_after = -1;
        EQ(event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED), 0);
        EQ(event_add(&io, TV(1, 0)), 0);
        EQ(event_add(&sig, NULL), 0);
        EQ(event_del(&io), 0);
        EQ(event_del(&sig), 0);
        event_base_free(base);
        close_pair(fds);
}

static void an_add_without_memory_changes_nothing(void **state)
{
        enum backend backend = backend_of(state);

        CHILD_OK(add_without_memory, &backend);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                ON_EACH_BACKEND(everything_is_given_back_at_the_end),
                ON_ANY(after_many_timers_the_memory_is_back),
                ON_ANY(a_block_for_each_event),
                ON_ANY(without_memory_the_functions_say_so),
                ON_EACH_BACKEND(an_add_without_memory_changes_nothing),
        };

        return RUN(tests);
}
