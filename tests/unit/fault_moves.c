/* SPDX-License-Identifier: BSD-3-Clause */
/* See fault_moves.h. */
#include "fault_moves.h"

#include <event2/thread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void on_byte(evutil_socket_t fd, short what, void *arg)
{
        struct scene *s = arg;
        char byte;

        (void)what;
        if (read(fd, &byte, 1) == 1)
                s->ncalls++;
}

void on_call(evutil_socket_t fd, short what, void *arg)
{
        struct scene *s = arg;

        (void)fd;
        (void)what;
        s->ncalls++;
}

void on_finalize(struct event *ev, void *arg)
{
        struct scene *s = arg;

        (void)ev;
        s->nfinalized++;
}

static const char *const methods[] = {"epoll", "poll", "select"};

struct event_config *make_config(struct scene *s)
{
        struct event_config *config = NULL;
        int r = 0;

        ATTEMPT(s, "event_config_new", (config = event_config_new()) != NULL);
        for (size_t i = 0; config != NULL && r == 0 && i < 3; i++)
                if (strcmp(methods[i], s->variant->method) != 0)
                        ATTEMPT(s, "event_config_avoid_method",
                                (r = event_config_avoid_method(config, methods[i])) == 0);
        if (config == NULL || r < 0) {
                event_config_free(config);
                return NULL;
        }
        if (s->variant->has_changelist)
                MUST(s, "event_config_set_flag",
                     event_config_set_flag(config, EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST) == 0);
        if (s->variant->has_no_pwait2)
                MUST(s, "event_config_set_flag",
                     event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER) == 0);
        return config;
}

bool enable_threads(struct scene *s)
{
        int r = 0;

        if (s->variant->has_threads)
                ATTEMPT(s, "evthread_use_pthreads", (r = evthread_use_pthreads()) == 0);
        return r == 0;
}

struct event_base *make_base(struct scene *s)
{
        struct event_base *base = NULL;
        struct event_config *config;

        if (!enable_threads(s) || (config = make_config(s)) == NULL)
                return NULL;
        ATTEMPT(s, "event_base_new_with_config",
                (base = event_base_new_with_config(config)) != NULL);
        event_config_free(config);
        return base;
}

bool has_base(struct scene *s)
{
        s->base = make_base(s);
        return s->base != NULL;
}

void free_base(struct scene *s)
{
        struct event_base *base = s->base;

        memset(s->slots, 0, sizeof s->slots);
        s->base = NULL;
        event_base_free(base);
}

void assign(struct scene *s, int slot, evutil_socket_t fd, short events, event_callback_fn callback)
{
        struct event *ev = &s->storage[slot];
        int r = -1;

        ATTEMPT(s, "event_assign", (r = event_assign(ev, s->base, fd, events, callback, s)) == 0);
        if (r == 0)
                s->slots[slot] = ev;
}

void make(struct scene *s, int slot, evutil_socket_t fd, short events, event_callback_fn callback)
{
        struct event *ev = NULL;

        ATTEMPT(s, "event_new", (ev = event_new(s->base, fd, events, callback, s)) != NULL);
        s->slots[slot] = ev;
}

void add(struct scene *s, int slot, const struct timeval *timeout)
{
        if (s->slots[slot] != NULL)
                ATTEMPT(s, "event_add", event_add(s->slots[slot], timeout) == 0);
}

void del(struct scene *s, int slot)
{
        if (s->slots[slot] != NULL)
                MUST(s, "event_del", event_del(s->slots[slot]) == 0);
}

void unassign(struct scene *s, int slot)
{
        struct event *ev = s->slots[slot];

        del(s, slot);
        s->slots[slot] = NULL;
        if (ev != NULL)
                event_debug_unassign(ev);
}

void release(struct scene *s, int slot)
{
        struct event *ev = s->slots[slot];

        s->slots[slot] = NULL;
        if (ev != NULL)
                event_free(ev);
        MUST(s, "event_free", true);
}

struct event *take_pending(struct scene *s, int slot)
{
        const short all = EV_TIMEOUT | EV_READ | EV_WRITE | EV_SIGNAL;
        struct event *ev = s->slots[slot];

        s->slots[slot] = NULL;
        if (ev == NULL || event_pending(ev, all, NULL) != 0)
                return ev;
        event_free(ev);
        return NULL;
}

void activate(struct scene *s, int slot, int what)
{
        if (s->slots[slot] != NULL)
                event_active(s->slots[slot], what, 1);
}

void send_byte(struct scene *s, int pipe)
{
        if (write(s->pipes[pipe][1], "x", 1) != 1)
                abort();
}

int in(struct scene *s, int pipe)
{
        return s->pipes[pipe][0];
}

int out(struct scene *s, int pipe)
{
        return s->pipes[pipe][1];
}

/* More turns than faults make useless. */
void turn(struct scene *s)
{
        for (int i = 0; i < 3; i++)
                ATTEMPT(s, "event_base_loop",
                        event_base_loop(s->base, EVLOOP_ONCE | EVLOOP_NONBLOCK) >= 0);
}

void pass_ms(struct scene *s, int ms)
{
        shim_advance(s->shim, (int64_t)ms * 1000000);
        turn(s);
}

static int visit(const struct event_base *base, const struct event *ev, void *arg)
{
        int *n = arg;

        (void)base;
        (void)ev;
        ++*n;
        return 0;
}

static void look_at_event(struct scene *s, struct event *ev)
{
        struct event_base *base = NULL;
        event_callback_fn callback = NULL;
        evutil_socket_t fd = -1;
        short events = 0;
        void *arg = NULL;

        event_get_assignment(ev, &base, &fd, &events, &callback, &arg);
        MUST(s, "event_get_assignment", base != NULL && arg == s);
        MUST(s, "event_get_fd", event_get_fd(ev) == fd && event_get_base(ev) == base);
        MUST(s, "event_get_events", event_get_events(ev) == events);
        MUST(s, "event_get_callback",
             event_get_callback(ev) == callback && event_get_callback_arg(ev) == s);
        MUST(s, "event_initialized", event_initialized(ev));
}

void look_around(struct scene *s)
{
        struct timeval tv;
        FILE *null = fopen("/dev/null", "w");
        int n = 0;

        MUST(s, "event_base_foreach_event", event_base_foreach_event(s->base, visit, &n) == 0);
        event_base_dump_events(s->base, null);
        (void)fclose(null);
        MUST(s, "event_base_gettimeofday_cached",
             event_base_gettimeofday_cached(s->base, &tv) == 0);
        MUST(s, "event_gettime_monotonic", event_gettime_monotonic(s->base, &tv) == 0);
        MUST(s, "event_base_update_cache_time", event_base_update_cache_time(s->base) == 0);
        MUST(s, "event_base_get_features", event_base_get_features(s->base) >= 0);
        MUST(s, "event_get_supported_methods", event_get_supported_methods()[0] != NULL);
        MUST(s, "event_base_get_running_event", event_base_get_running_event(s->base) == NULL);
        MUST(s, "event_base_got_break", event_base_got_break(s->base) == 0);
        MUST(s, "event_base_got_exit", event_base_got_exit(s->base) == 0);
        MUST(s, "event_get_version", strcmp(event_get_version(), LIBEVENT_VERSION) == 0);
        MUST(s, "event_get_version_number", event_get_version_number() == LIBEVENT_VERSION_NUMBER);
        MUST(s, "event_get_struct_event_size",
             event_get_struct_event_size() == sizeof(struct event));
        MUST(s, "event_self_cbarg", event_self_cbarg() != NULL);
        for (int i = 0; i < SCENE_SLOTS; i++)
                if (s->slots[i] != NULL)
                        look_at_event(s, s->slots[i]);
}
