/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The scenarios of the fault loop: between them they call every public function of the core.
 *
 * A scenario goes on whatever fails: what could not be made is left out. An event that was not
 * assigned has no slot, and the helpers here do nothing for it.
 */
#include <errno.h>
#include <event2/event_compat.h>
#include <event2/thread.h>
#include <event2/util.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fault_scene.h"

#define MS(n)   (&(const struct timeval){0, (n)*1000})
#define NO_TIME (&(const struct timeval){0, 0})

/* Callbacks. */

/* Counts what was there to read, one byte a call. */
static void on_byte(evutil_socket_t fd, short what, void *arg)
{
        struct scene *s = arg;
        char byte;

        (void)what;
        if (read(fd, &byte, 1) == 1)
                s->ncalls++;
}

static void on_call(evutil_socket_t fd, short what, void *arg)
{
        struct scene *s = arg;

        (void)fd;
        (void)what;
        s->ncalls++;
}

static void on_finalize(struct event *ev, void *arg)
{
        struct scene *s = arg;

        (void)ev;
        s->nfinalized++;
}

/* Moves, each as one line of a story. */

static const char *const methods[] = {"epoll", "poll", "select"};

static struct event_config *make_config(struct scene *s)
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

static bool enable_threads(struct scene *s)
{
        int r = 0;

        if (s->variant->has_threads)
                ATTEMPT(s, "evthread_use_pthreads", (r = evthread_use_pthreads()) == 0);
        return r == 0;
}

static struct event_base *make_base(struct scene *s)
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

/* The scene's base is there. */
static bool has_base(struct scene *s)
{
        s->base = make_base(s);
        return s->base != NULL;
}

/* The events go with it, as far as users see. */
static void free_base(struct scene *s)
{
        struct event_base *base = s->base;

        memset(s->slots, 0, sizeof s->slots);
        s->base = NULL;
        event_base_free(base);
}

static void assign(struct scene *s, int slot, evutil_socket_t fd, short events,
                   event_callback_fn callback)
{
        struct event *ev = &s->storage[slot];
        int r = -1;

        ATTEMPT(s, "event_assign", (r = event_assign(ev, s->base, fd, events, callback, s)) == 0);
        if (r == 0)
                s->slots[slot] = ev;
}

static void make(struct scene *s, int slot, evutil_socket_t fd, short events,
                 event_callback_fn callback)
{
        struct event *ev = NULL;

        ATTEMPT(s, "event_new", (ev = event_new(s->base, fd, events, callback, s)) != NULL);
        s->slots[slot] = ev;
}

static void add(struct scene *s, int slot, const struct timeval *timeout)
{
        if (s->slots[slot] != NULL)
                ATTEMPT(s, "event_add", event_add(s->slots[slot], timeout) == 0);
}

static void del(struct scene *s, int slot)
{
        if (s->slots[slot] != NULL)
                MUST(s, "event_del", event_del(s->slots[slot]) == 0);
}

static void unassign(struct scene *s, int slot)
{
        struct event *ev = s->slots[slot];

        del(s, slot);
        s->slots[slot] = NULL;
        if (ev != NULL)
                event_debug_unassign(ev);
}

static void release(struct scene *s, int slot)
{
        struct event *ev = s->slots[slot];

        s->slots[slot] = NULL;
        if (ev != NULL)
                event_free(ev);
        MUST(s, "event_free", true);
}

/* The event of a slot that its base's end will take out, to be freed later; one that waits for
 * nothing is unknown to the base, and has to go before it. */
static struct event *take_pending(struct scene *s, int slot)
{
        const short all = EV_TIMEOUT | EV_READ | EV_WRITE | EV_SIGNAL;
        struct event *ev = s->slots[slot];

        s->slots[slot] = NULL;
        if (ev == NULL || event_pending(ev, all, NULL) != 0)
                return ev;
        event_free(ev);
        return NULL;
}

static void activate(struct scene *s, int slot, int what)
{
        if (s->slots[slot] != NULL)
                event_active(s->slots[slot], what, 1);
}

static void send_byte(struct scene *s, int pipe)
{
        if (write(s->pipes[pipe][1], "x", 1) != 1)
                abort();
}

static int in(struct scene *s, int pipe)
{
        return s->pipes[pipe][0];
}

static int out(struct scene *s, int pipe)
{
        return s->pipes[pipe][1];
}

/* More turns than faults make useless. */
static void turn(struct scene *s)
{
        for (int i = 0; i < 3; i++)
                ATTEMPT(s, "event_base_loop",
                        event_base_loop(s->base, EVLOOP_ONCE | EVLOOP_NONBLOCK) >= 0);
}

static void pass_ms(struct scene *s, int ms)
{
        shim_advance(s->shim, (int64_t)ms * 1000000);
        turn(s);
}

/* The functions that only look: none of them may fail, whatever happens below. */

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

static void look_around(struct scene *s)
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

/* Descriptors: several events on one, interest that widens and narrows, with and without time. */
static void play_descriptors(struct scene *s)
{
        if (!has_base(s))
                return;
        assign(s, 0, in(s, 0), EV_READ | EV_PERSIST, on_byte);
        assign(s, 1, out(s, 0), EV_WRITE, on_call);
        make(s, 2, in(s, 1), EV_READ | EV_PERSIST, on_byte);
        make(s, 3, in(s, 1), EV_WRITE | EV_PERSIST, on_call); /* widens, is never ready */
        make(s, 4, in(s, 1), EV_READ | EV_PERSIST, on_call);  /* changes no interest */
        add(s, 0, NULL);
        add(s, 1, NULL);
        add(s, 2, MS(50));
        scene_checkpoint(s);
        add(s, 3, NULL);
        add(s, 4, NULL);
        scene_checkpoint(s);
        turn(s);
        scene_checkpoint(s);
        del(s, 4);
        send_byte(s, 0);
        send_byte(s, 1);
        turn(s);
        look_around(s);
        scene_checkpoint(s);
        del(s, 3); /* narrows */
        event_base_active_by_fd(s->base, in(s, 0), EV_READ);
        send_byte(s, 0);
        turn(s);
        del(s, 0);
        add(s, 0, MS(10));
        pass_ms(s, 20);
        scene_checkpoint(s);
        release(s, 2);
        release(s, 3);
        release(s, 4);
        unassign(s, 0);
        unassign(s, 1);
        scene_checkpoint(s);
        free_base(s);
}

/* What only some kernels tell. */
static void play_edges(struct scene *s)
{
        if (!has_base(s))
                return;
        const int features = event_base_get_features(s->base);
        if (features & EV_FEATURE_ET) {
                make(s, 0, in(s, 0), EV_READ | EV_ET | EV_PERSIST, on_byte);
                add(s, 0, NULL);
                send_byte(s, 0);
                turn(s);
        }
        if (features & EV_FEATURE_EARLY_CLOSE) {
                make(s, 1, in(s, 1), EV_CLOSED, on_call);
                add(s, 1, NULL);
                turn(s);
        }
        scene_checkpoint(s);
        release(s, 0);
        release(s, 1);
        free_base(s);
}

/* So many descriptors that every table grows, and shrinks again. */
static void play_many(struct scene *s)
{
        if (!has_base(s))
                return;
        for (int i = 0; i < SCENE_PIPES; i++) {
                assign(s, i, in(s, i), EV_READ | EV_PERSIST, on_byte);
                add(s, i, i % 2 ? MS(100) : NULL);
                send_byte(s, i);
        }
        scene_checkpoint(s);
        turn(s);
        for (int i = 0; i < SCENE_PIPES; i++)
                send_byte(s, i);
        turn(s);
        scene_checkpoint(s);
        for (int i = 0; i < SCENE_PIPES; i++)
                unassign(s, i);
        turn(s);
        scene_checkpoint(s);
        free_base(s);
}

static void make_common(struct scene *s, const struct timeval **common, int ms)
{
        ATTEMPT(s, "event_base_init_common_timeout",
                (*common = event_base_init_common_timeout(s->base, MS(ms))) != NULL);
}

/* Timers, alone and in common queues. */
static void play_timers(struct scene *s)
{
        const struct timeval *common[3] = {NULL, NULL, NULL};

        if (!has_base(s))
                return;
        for (int i = 0; i < 3; i++)
                make_common(s, &common[i], 10 * (i + 1));
        for (int i = 0; i < 20; i++) {
                make(s, i, -1, i % 3 ? EV_PERSIST : 0, on_call);
                add(s, i, i % 2 && common[i % 3] != NULL ? common[i % 3] : MS(5 + i));
        }
        scene_checkpoint(s);
        pass_ms(s, 12);
        scene_checkpoint(s);
        add(s, 3, MS(1));  /* earlier */
        add(s, 4, MS(90)); /* later */
        if (s->slots[5] != NULL)
                MUST(s, "event_remove_timer", event_remove_timer(s->slots[5]) == 0);
        look_around(s);
        pass_ms(s, 7);
        scene_checkpoint(s);
        ATTEMPT(s, "event_base_loopexit", event_base_loopexit(s->base, MS(1)) == 0);
        ATTEMPT(s, "event_base_loopexit", event_base_loopexit(s->base, NULL) == 0);
        pass_ms(s, 2);
        scene_checkpoint(s);
        for (int i = 0; i < 20; i++)
                release(s, i);
        scene_checkpoint(s);
        free_base(s);
}

/* A loop may find something at each wait that is not there (the changelist, when the kernel refuses
 * a change): time goes on all the same. */
static void take_time(struct shim *shim, int64_t timeout_ns, void *arg)
{
        (void)timeout_ns;
        (void)arg;
        shim_advance(shim, 10000);
}

/* A wait that is not cut to nothing: what a loop asks of the kernel with time to go. */
static void play_waits(struct scene *s)
{
        if (!has_base(s))
                return;
        s->shim->before_wait = take_time;
        make(s, 0, -1, EV_PERSIST, on_call);
        add(s, 0, &(const struct timeval){0, 1500});
        for (int i = 0;
             s->slots[0] != NULL && event_pending(s->slots[0], EV_TIMEOUT, NULL) && i < 3; i++)
                ATTEMPT(s, "event_base_loop", event_base_loop(s->base, EVLOOP_ONCE) >= 0);
        MUST(s, "event_base_loopbreak", event_base_loopbreak(s->base) == 0);
        MUST(s, "event_base_loopcontinue", event_base_loopcontinue(s->base) == 0);
        s->ncalls = 0; /* how often depends on waits that were cut short */
        release(s, 0);
        MUST(s, "event_base_dispatch", event_base_dispatch(s->base) == 1); /* nothing is left */
        scene_checkpoint(s);
        free_base(s);
}

static void make_notifiable(struct scene *s)
{
        ATTEMPT(s, "evthread_make_base_notifiable", evthread_make_base_notifiable(s->base) == 0);
}

/* Signals, watched by two bases. */
static void play_signals(struct scene *s)
{
        struct event_base *second = NULL;
        struct event_base *first = NULL;

        if (!has_base(s))
                return;
        make(s, 0, SIGUSR1, EV_SIGNAL | EV_PERSIST, on_call);
        make(s, 1, SIGUSR1, EV_SIGNAL, on_call);
        make(s, 2, SIGUSR2, EV_SIGNAL | EV_PERSIST, on_call);
        add(s, 0, NULL);
        add(s, 1, MS(100));
        add(s, 2, NULL);
        scene_checkpoint(s);
        first = s->base;
        if ((second = make_base(s)) != NULL) {
                s->base = second;
                make(s, 3, SIGUSR1, EV_SIGNAL | EV_PERSIST, on_call);
                add(s, 3, NULL);
                s->base = first;
        }
        if (s->slots[0] != NULL && event_pending(s->slots[0], EV_SIGNAL, NULL) != 0)
                raise(SIGUSR1);
        turn(s);
        event_base_active_by_signal(s->base, SIGUSR2);
        look_around(s);
        turn(s);
        scene_checkpoint(s);
        del(s, 0);
        release(s, 3);
        if (second != NULL)
                event_base_free(second);
        make_notifiable(s);
        scene_checkpoint(s);
        release(s, 0);
        release(s, 1);
        scene_checkpoint(s);
        struct event *left = take_pending(s, 2);
        free_base(s);
        if (left != NULL)
                event_free(left);
}

static void once(struct scene *s, evutil_socket_t fd, short events, const struct timeval *timeout)
{
        ATTEMPT(s, "event_base_once",
                event_base_once(s->base, fd, events, on_call, s, timeout) == 0);
}

/* Calls for once; some are freed with their base. */
static void play_onces(struct scene *s)
{
        if (!has_base(s))
                return;
        once(s, -1, EV_TIMEOUT, NULL);
        once(s, -1, EV_TIMEOUT, NO_TIME);
        once(s, -1, EV_TIMEOUT, MS(5));
        once(s, out(s, 0), EV_WRITE, NULL);
        once(s, in(s, 1), EV_READ, MS(5000));
        once(s, -1, EV_TIMEOUT, MS(5000));
        scene_checkpoint(s);
        pass_ms(s, 6);
        scene_checkpoint(s);
        free_base(s);
}

static void finalize(struct scene *s, int slot)
{
        struct event *ev = s->slots[slot];

        if (ev == NULL)
                return;
        MUST(s, "event_finalize", event_finalize(0, ev, on_finalize) == 0);
        if (slot == 0) { /* not an event any more when that has run */
                s->slots[slot] = NULL;
                s->nfinalizing++;
        }
}

static void free_finalize(struct scene *s, int slot)
{
        struct event *ev = s->slots[slot];

        s->slots[slot] = NULL;
        if (ev == NULL)
                return;
        MUST(s, "event_free_finalize", event_free_finalize(0, ev, on_finalize) == 0);
        s->nfinalizing++;
}

/* Finalizers: run by the loop and by event_base_free, and one that event_free takes away. */
static void play_finalizers(struct scene *s)
{
        if (!has_base(s))
                return;
        assign(s, 0, in(s, 0), EV_READ | EV_PERSIST, on_byte);
        for (int i = 1; i < 4; i++)
                make(s, i, in(s, i), EV_READ | EV_PERSIST, on_byte);
        for (int i = 0; i < 4; i++)
                add(s, i, MS(50));
        finalize(s, 0);
        free_finalize(s, 1);
        turn(s);
        scene_checkpoint(s);
        finalize(s, 2);
        free_finalize(s, 3);
        release(s, 2);
        scene_checkpoint(s);
        free_base(s);
        MUST(s, "event_base_free", s->nfinalized == s->nfinalizing);
}

/* Priorities, and what of a configuration changes how a base runs. */
static void play_priorities(struct scene *s)
{
        struct event_config *config;

        if (!enable_threads(s) || (config = make_config(s)) == NULL)
                return;
        MUST(s, "event_config_require_features", event_config_require_features(config, 0) == 0);
        MUST(s, "event_config_set_num_cpus_hint", event_config_set_num_cpus_hint(config, 2) == 0);
        MUST(s, "event_config_set_max_dispatch_interval",
             event_config_set_max_dispatch_interval(config, MS(5), 2, 1) == 0);
        ATTEMPT(s, "event_base_new_with_config",
                (s->base = event_base_new_with_config(config)) != NULL);
        event_config_free(config);
        if (s->base == NULL)
                return;
        ATTEMPT(s, "event_base_priority_init", event_base_priority_init(s->base, 4) == 0);
        for (int i = 0; i < 8; i++) {
                make(s, i, -1, EV_PERSIST, on_call);
                if (s->slots[i] != NULL && event_base_get_npriorities(s->base) == 4)
                        MUST(s, "event_priority_set", event_priority_set(s->slots[i], i % 4) == 0);
                add(s, i, MS(1000));
                activate(s, i, EV_TIMEOUT);
        }
        scene_checkpoint(s);
        turn(s);
        scene_checkpoint(s);
        for (int i = 0; i < 8; i++)
                release(s, i);
        free_base(s);
}

/* event_reinit with everything pending. */
static void play_reinit(struct scene *s)
{
        if (!has_base(s))
                return;
        for (int i = 0; i < 5; i++) {
                make(s, i, in(s, i), EV_READ | EV_PERSIST, on_byte);
                add(s, i, MS(50));
        }
        make(s, 5, SIGUSR1, EV_SIGNAL | EV_PERSIST, on_call);
        add(s, 5, NULL);
        scene_checkpoint(s);
        ATTEMPT(s, "event_reinit", event_reinit(s->base) == 0);
        scene_checkpoint(s);
        for (int i = 0; i < 5; i++)
                send_byte(s, i);
        if (s->slots[5] != NULL && event_pending(s->slots[5], EV_SIGNAL, NULL) != 0)
                raise(SIGUSR1);
        turn(s);
        scene_checkpoint(s);
        for (int i = 0; i < 6; i++)
                release(s, i);
        scene_checkpoint(s);
        free_base(s);
}

/* One that fails: the base goes on with what it had, as if it had not been asked. */
static void play_failed_reinit(struct scene *s)
{
        if (!has_base(s))
                return;
        for (int i = 0; i < 3; i++) {
                make(s, i, in(s, i), EV_READ | EV_PERSIST, on_byte);
                add(s, i, NULL);
        }
        make(s, 3, SIGUSR1, EV_SIGNAL | EV_PERSIST, on_call);
        add(s, 3, NULL);
        s->has_one_try = true;
        ATTEMPT(s, "event_reinit", event_reinit(s->base) == 0);
        s->has_one_try = false;
        for (int i = 0; i < 3; i++)
                send_byte(s, i);
        if (s->slots[3] != NULL && event_pending(s->slots[3], EV_SIGNAL, NULL) != 0)
                raise(SIGUSR1);
        turn(s);
        scene_checkpoint(s);
        for (int i = 0; i < 4; i++)
                release(s, i);
        scene_checkpoint(s);
        free_base(s);
}

void play_before_fork(struct scene *s)
{
        if (!has_base(s))
                return;
        for (int i = 0; i < 3; i++) {
                make(s, i, in(s, i), EV_READ | EV_PERSIST, on_byte);
                add(s, i, MS(50));
        }
        make(s, 3, SIGUSR1, EV_SIGNAL | EV_PERSIST, on_call);
        add(s, 3, NULL);
        send_byte(s, 0); /* in the pipe that both processes have */
}

bool play_in_child(struct scene *s)
{
        int r = -1;

        ATTEMPT(s, "event_reinit", (r = event_reinit(s->base)) == 0);
        if (r < 0)
                return false;
        raise(SIGUSR1);
        for (int i = 3; i >= 0; i--)
                release(s, i);
        make(s, 0, out(s, 5), EV_WRITE, on_call);
        add(s, 0, NULL);
        turn(s);
        release(s, 0);
        free_base(s);
        return true;
}

void play_after_fork(struct scene *s)
{
        turn(s);
        MUST(s, "the parent's byte", s->ncalls == 1);
        raise(SIGUSR1);
        turn(s);
        MUST(s, "the parent's signal", s->ncalls == 2);
        for (int i = 0; i < 4; i++)
                release(s, i);
        free_base(s);
}

/* Events, and a base, that are moved and changed between their adds; freed in odd orders. */
static void play_life(struct scene *s)
{
        struct event *left[3];

        if (!has_base(s))
                return;
        assign(s, 0, in(s, 0), EV_READ, on_byte);
        if (s->slots[0] != NULL) {
                MUST(s, "event_base_set", event_base_set(s->base, s->slots[0]) == 0);
                add(s, 0, MS(5));
                MUST(s, "event_del_block", event_del_block(s->slots[0]) == 0);
                s->slots[0]->ev_events = EV_WRITE; /* as programs do */
                s->slots[0]->ev_fd = out(s, 0);
                add(s, 0, NULL);
                activate(s, 0, EV_WRITE);
                MUST(s, "event_del_noblock", event_del_noblock(s->slots[0]) == 0);
        }
        unassign(s, 0);
        scene_checkpoint(s);
        make(s, 1, in(s, 1), EV_READ | EV_PERSIST, on_byte);
        make(s, 2, -1, 0, on_call);
        make(s, 3, -1, 0, on_call);
        add(s, 1, MS(5));
        add(s, 2, MS(5));
        activate(s, 3, EV_TIMEOUT);
        scene_checkpoint(s);
        for (int i = 0; i < 3; i++)
                left[i] = take_pending(s, i + 1);
        struct event_base *base = s->base;
        s->base = NULL;
        event_base_free_nofinalize(base);
        for (int i = 0; i < 3; i++)
                if (left[i] != NULL)
                        event_free(left[i]);
}

/* The calls of 1.4. event_init() ends the process when it cannot make a base: here it comes back
 * by longjmp, and has given everything back before. */
static struct event_base *init_or_end(struct scene *s)
{
        jmp_buf end;
        struct event_base *volatile base = NULL;

        s->shim->end = &end;
        if (setjmp(end) == 0)
                base = event_init();
        else
                errno = s->shim->errors[s->shim->hit]; /* told to the log alone */
        s->shim->end = NULL;
        return base;
}

static void play_compat(struct scene *s)
{
        if (!enable_threads(s))
                return;
        setenv("EVENT_NOEPOLL", "1", 1); /* so that poll remains, and its failure is the end */
        setenv("EVENT_NOSELECT", "1", 1);
        ATTEMPT(s, "event_init", (s->base = init_or_end(s)) != NULL);
        unsetenv("EVENT_NOEPOLL");
        unsetenv("EVENT_NOSELECT");
        if (s->base == NULL)
                return;
        ATTEMPT(s, "event_priority_init", event_priority_init(3) == 0);
        MUST(s, "event_get_method", event_get_method() != NULL);
        if (!s->variant->has_debug_mode) {
                event_set(&s->storage[0], in(s, 0), EV_READ | EV_PERSIST, on_byte, s);
                s->slots[0] = &s->storage[0];
        }
        add(s, 0, MS(5));
        ATTEMPT(s, "event_once", event_once(-1, EV_TIMEOUT, on_call, s, MS(5)) == 0);
        scene_checkpoint(s);
        for (int i = 0; i < 3; i++)
                ATTEMPT(s, "event_base_loop", event_loop(EVLOOP_ONCE | EVLOOP_NONBLOCK) >= 0);
        ATTEMPT(s, "event_loopexit", event_loopexit(MS(1)) == 0);
        MUST(s, "event_loopbreak", event_loopbreak() == 0);
        turn(s);
        del(s, 0);
        pass_ms(s, 5); /* what was once */
        ATTEMPT(s, "event_base_loop", event_dispatch() >= 0);
        scene_checkpoint(s);
        memset(s->slots, 0, sizeof s->slots);
        s->base = NULL;
        event_base_free(NULL);
}

/* A base with no wish for a method: when one does not open, the next is taken, unless it was for
 * want of memory. */
static void play_fallback(struct scene *s)
{
        struct event_base *base = NULL;

        if (!enable_threads(s))
                return;
        ATTEMPT(s, "event_base_new", (base = event_base_new()) != NULL);
        scene_checkpoint(s);
        if (base != NULL)
                event_base_free(base);
}

/* The helpers about sockets and random bytes. */
static void play_evutil(struct scene *s)
{
        evutil_socket_t sv[2] = {-1, -1};

        ATTEMPT(s, "evutil_socketpair", evutil_socketpair(AF_UNIX, SOCK_STREAM, 0, sv) == 0);
        if (sv[0] < 0)
                return;
        ATTEMPT(s, "evutil_make_socket_nonblocking", evutil_make_socket_nonblocking(sv[0]) == 0);
        ATTEMPT(s, "evutil_make_socket_closeonexec", evutil_make_socket_closeonexec(sv[0]) == 0);
        ATTEMPT(s, "evutil_make_listen_socket_reuseable",
                evutil_make_listen_socket_reuseable(sv[0]) == 0);
        ATTEMPT(s, "evutil_secure_rng_init", evutil_secure_rng_init() == 0);
        scene_checkpoint(s);
        (void)evutil_closesocket(sv[0]); /* may report EIO; the descriptor is gone all the same */
        (void)evutil_closesocket(sv[1]);
}

const struct scenario scenarios[] = {
        {"descriptors", play_descriptors},
        {"edges", play_edges},
        {"many", play_many},
        {"timers", play_timers},
        {"waits", play_waits},
        {"signals", play_signals},
        {"onces", play_onces},
        {"finalizers", play_finalizers},
        {"priorities", play_priorities},
        {"reinit", play_reinit},
        {"failed reinit", play_failed_reinit},
        {"life", play_life},
        {"compat", play_compat},
        {"fallback", play_fallback},
        {"evutil", play_evutil},
        {NULL, NULL},
};
