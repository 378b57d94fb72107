/* SPDX-License-Identifier: BSD-3-Clause */
/* See fault_scene.h. */
#include "fault_scene.h"

#include <errno.h>
#include <event2/thread.h>
#include <evident/evident.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base.h"

#define BIT SHIM_BIT

/* Which function may report a failure of which call. What is not here reports none; what is here
 * must have been seen. */
#define ROOM (BIT(SHIM_ALLOC) | BIT(SHIM_REALLOC))
#define BASE (ROOM | WAKE | BIT(SHIM_LOCK_NEW) | BIT(SHIM_CONDITION_NEW))
#define WAKE (BIT(SHIM_EVENTFD) | BIT(SHIM_PIPE) | BIT(SHIM_EPOLL_ADD))

static const struct {
        const char *function;
        uint64_t reports;
        bool keeps; /* room, and the wake-up descriptor, for the next try */
} table[] = {
        {"event_base_new_with_config", BASE | BIT(SHIM_EPOLL_CREATE), false},
        {"event_base_new", BASE | BIT(SHIM_EPOLL_CREATE), false},
        {"event_init", BASE & ~BIT(SHIM_EPOLL_ADD), false},
        {"event_config_new", BIT(SHIM_ALLOC), false},
        {"event_config_avoid_method", BIT(SHIM_ALLOC), false},
        {"event_new", BIT(SHIM_ALLOC), true},
        {"event_assign", BIT(SHIM_ALLOC), true},
        {"event_add", ROOM | WAKE | BIT(SHIM_EPOLL_MOD) | BIT(SHIM_SIGNAL_INSTALL), true},
        {"event_base_once", ROOM | BIT(SHIM_EPOLL_ADD), true},
        {"event_once", ROOM, true},
        {"event_base_loopexit", ROOM, true},
        {"event_loopexit", ROOM, true},
        {"event_base_init_common_timeout", ROOM, true},
        {"event_base_priority_init", BIT(SHIM_ALLOC), false},
        {"event_priority_init", BIT(SHIM_ALLOC), false},
        {"event_reinit", ROOM | WAKE | BIT(SHIM_EPOLL_CREATE), true},
        {"evthread_make_base_notifiable", ROOM | WAKE, true},
        {"evthread_use_pthreads", BIT(SHIM_ALLOC) | BIT(SHIM_LOCK_NEW), false},
        {"event_base_loop",
         BIT(SHIM_REALLOC) | BIT(SHIM_EPOLL_WAIT) | BIT(SHIM_EPOLL_PWAIT2) | BIT(SHIM_POLL) |
                 BIT(SHIM_SELECT),
         true},
        {"evutil_socketpair", BIT(SHIM_SOCKETPAIR), false},
        {"evutil_make_socket_nonblocking", BIT(SHIM_SET_NONBLOCKING), false},
        {"evutil_make_socket_closeonexec", BIT(SHIM_SET_CLOEXEC), false},
        {"evutil_make_listen_socket_reuseable", BIT(SHIM_SETSOCKOPT), false},
        {"evutil_secure_rng_init", BIT(SHIM_RANDOM), false},
};

#define ROWS ((int)(sizeof table / sizeof table[0]))

static long reports[ROWS][SHIM_CALLS];

static int row_of(const char *function)
{
        for (int i = 0; i < ROWS; i++)
                if (strcmp(table[i].function, function) == 0)
                        return i;
        return -1;
}

void scene_print_reports(void)
{
        for (int i = 0; i < ROWS; i++)
                for (int call = 0; call < SHIM_CALLS; call++)
                        if (reports[i][call] > 0)
                                printf("  %-32s %-16s %6ld\n", table[i].function,
                                       shim_name((enum shim_call)call), reports[i][call]);
}

int scene_missing_reports(void)
{
        int missing = 0;

        for (int i = 0; i < ROWS; i++)
                for (int call = 0; call < SHIM_CALLS; call++) {
                        if (!(table[i].reports & BIT(call)) || reports[i][call] > 0)
                                continue;
                        printf("  %s never reported %s\n", table[i].function,
                               shim_name((enum shim_call)call));
                        missing++;
                }
        return missing;
}

static __attribute__((format(printf, 2, 3))) void complain(const struct scene *s,
                                                           const char *format, ...)
{
        const struct shim *shim = s->shim;
        char what[256];
        va_list args;

        va_start(args, format);
        (void)vsnprintf(what, sizeof what, format, args);
        va_end(args);
        if (s->is_child) {
                printf("child, %s: %s: %s (%s, call %ld)\n", s->variant->name, s->function, what,
                       shim_name((enum shim_call)shim->hit), shim->fail_at);
                (void)fflush(stdout);
                _exit(2);
        }
        fail_msg("%s: %s%s: %s (set %#llx, call %ld%s, error %d, hit %s, checkpoint %d)",
                 s->variant->name, s->function, s->ntries > 1 ? " again" : "", what,
                 (unsigned long long)shim->failing, shim->fail_at,
                 shim->fail_on ? " and after" : "", errno, shim_name((enum shim_call)shim->hit),
                 s->checkpoint);
}

/* Looking. */

static void look_at_base(struct event_base *base, struct scene_view *view)
{
        view->nadded = event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED);
        view->nactive = event_base_get_num_events(base, EVENT_BASE_COUNT_ACTIVE);
        view->max_added = event_base_get_max_events(base, EVENT_BASE_COUNT_ADDED, 0);
        view->max_active = event_base_get_max_events(base, EVENT_BASE_COUNT_ACTIVE, 0);
        view->npriorities = event_base_get_npriorities(base);
        view->method = event_base_get_method(base);
}

static struct scene_view look(const struct scene *s)
{
        const short all = EV_TIMEOUT | EV_READ | EV_WRITE | EV_CLOSED | EV_SIGNAL;
        struct scene_view view;

        memset(&view, 0, sizeof view);
        for (int i = 0; i < SCENE_SLOTS; i++) {
                if (s->slots[i] == NULL)
                        continue;
                view.pending[i] = (short)event_pending(s->slots[i], all, &view.due[i]);
                view.priority[i] = event_get_priority(s->slots[i]);
        }
        if (s->base != NULL)
                look_at_base(s->base, &view);
        view.ncalls = s->ncalls;
        view.blocks = s->shim->live_blocks;
        view.descriptors = s->shim->open_descriptors;
        return view;
}

static const char *difference(const struct scene_view *a, const struct scene_view *b)
{
        if (memcmp(a->pending, b->pending, sizeof a->pending) != 0)
                return "what is pending";
        if (memcmp(a->due, b->due, sizeof a->due) != 0)
                return "when something is due";
        if (memcmp(a->priority, b->priority, sizeof a->priority) != 0)
                return "a priority";
        if (a->nadded != b->nadded || a->nactive != b->nactive)
                return "the number of events";
        if (a->npriorities != b->npriorities)
                return "the number of priorities";
        if ((a->method == NULL) != (b->method == NULL))
                return "whether there is a base";
        if (a->method != NULL && strcmp(a->method, b->method) != 0)
                return "the method";
        return a->ncalls == b->ncalls ? NULL : "the number of callbacks";
}

/* In the loop these depend on how many events one wait finds, which may be fewer without memory. */
static bool has_other_maxima(const struct scene_view *a, const struct scene_view *b)
{
        return a->max_added != b->max_added || a->max_active != b->max_active;
}

static void verify(const struct scene *s)
{
        const char *broken = s->base != NULL ? evi_base_verify(s->base) : NULL;

        if (broken != NULL)
                complain(s, "%s", broken);
}

/* Judging. */

void scene_try(struct scene *s, const char *function)
{
        s->function = function;
        s->hits_before = s->shim->hits;
        s->before = look(s);
        s->ntries++;
        errno = 0;
}

static void judge_failure(const struct scene *s)
{
        const int error = errno;
        const int row = row_of(s->function);
        const enum shim_call hit = (enum shim_call)s->shim->hit;
        const bool is_loop = strcmp(s->function, "event_base_loop") == 0;

        if (s->shim->hits == s->hits_before)
                complain(s, "failed though none of its calls did");
        if (row < 0 || !(table[row].reports & BIT(hit)))
                complain(s, "is not to report a failure of this call");
        reports[row][hit]++;
        if (!is_loop && error != s->shim->errors[hit])
                complain(s, "errno is %d, not that of the call", error);

        const struct scene_view after = look(s);
        const char *changed = is_loop ? NULL : difference(&s->before, &after);
        if (changed == NULL && !is_loop && has_other_maxima(&s->before, &after))
                changed = "the largest number of events";
        if (changed != NULL)
                complain(s, "failed, but changed %s", changed);
        if (table[row].keeps || s->variant->has_debug_mode) /* the map of debug mode stays */
                return;
        if (after.blocks != s->before.blocks)
                complain(s, "failed, but changed the number of blocks by %ld",
                         after.blocks - s->before.blocks);
        if (after.descriptors != s->before.descriptors)
                complain(s, "failed, but changed the number of descriptors by %ld",
                         after.descriptors - s->before.descriptors);
}

bool scene_again(struct scene *s, bool has_succeeded)
{
        if (!has_succeeded)
                judge_failure(s);
        verify(s);
        if (!has_succeeded && !s->has_one_try && s->ntries < 2)
                return true;
        if (!has_succeeded && !s->has_one_try && s->mode != SCENE_FROM_ON)
                complain(s, "failed though nothing failed this time");
        s->ntries = 0;
        return false;
}

void scene_must(struct scene *s, bool has_succeeded)
{
        if (!has_succeeded)
                complain(s, "must not fail");
        verify(s);
        s->ntries = 0;
}

void scene_checkpoint(struct scene *s)
{
        const struct scene_view view = look(s);
        struct scene_view *recorded = &s->recorded[s->checkpoint];

        s->function = "checkpoint";
        assert_true(s->checkpoint < SCENE_CHECKPOINTS);
        if (s->mode == SCENE_RECORD) {
                *recorded = view;
                s->nrecorded = s->checkpoint + 1;
        }
        s->checkpoint++;
        if (s->mode != SCENE_ONCE)
                return;
        const char *changed = s->may_differ ? NULL : difference(recorded, &view);
        if (changed != NULL)
                complain(s, "differs from the run without faults: %s", changed);
        if (view.blocks > recorded->blocks)
                complain(s, "%ld blocks, %ld without faults", view.blocks, recorded->blocks);
        /* Where there is no eventfd, a pipe serves, which is two descriptors. */
        const long pipes = s->shim->hit == SHIM_EVENTFD ? s->shim->hits : 0;
        if (view.descriptors > recorded->descriptors + pipes)
                complain(s, "%ld descriptors, %ld without faults", view.descriptors,
                         recorded->descriptors);
}

/* Beginning and end. */

static void say_nothing(int severity, const char *line)
{
        (void)severity;
        (void)line;
}

static void empty_pipes(const struct scene *s)
{
        char buf[64];

        for (int i = 0; i < SCENE_PIPES; i++)
                while (read(s->pipes[i][0], buf, sizeof buf) > 0)
                        continue;
}

void scene_begin(struct scene *s, struct shim *shim, const struct scene_variant *variant,
                 enum scene_mode mode)
{
        s->shim = shim;
        s->variant = variant;
        s->mode = mode;
        s->base = NULL;
        s->function = "scene_begin";
        s->checkpoint = 0;
        s->ntries = 0;
        s->has_one_try = false;
        s->ncalls = 0;
        s->nfinalizing = 0;
        s->nfinalized = 0;
        memset(s->slots, 0, sizeof s->slots);
        memset(s->storage, 0, sizeof s->storage);
        empty_pipes(s);

        shim_init(shim, os_real());
        shim_use_clock(shim, INT64_C(1000000000), INT64_C(1700000000000000000));
        shim->has_no_pwait2 = variant->has_no_pwait2;
        if (variant->has_no_eventfd)
                shim->ops.eventfd = NULL;
        os_enter(&shim->os);
        event_set_log_callback(say_nothing);
        if (variant->has_lock_debugging)
                evthread_enable_lock_debugging();
        if (variant->has_debug_mode)
                event_enable_debug_mode();
}

/* All is given back, and the process is as at its start. */
void scene_end(struct scene *s)
{
        s->function = "the end";
        s->base = NULL;
        libevent_global_shutdown();
        if (!shim_is_clean(s->shim))
                complain(s, "%ld blocks (%ld bytes) and %ld descriptors are left",
                         (long)s->shim->live_blocks, (long)s->shim->live_bytes,
                         (long)s->shim->open_descriptors);
        shim_clear(s->shim);
        os_process_clear(os_real()->process);
}
