/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The world between. Only the calls that a backend may make are forwarded; any other is missing and
 * would crash the test, as it should.
 *
 * A block of memory has its size before it, in room enough for any alignment.
 */
#include "world.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define HEADER (sizeof(max_align_t))

static struct world *world_of(struct os *os)
{
        return (struct world *)os;
}

/* Whether this call, which can fail, is the one that is to. */
static bool fails(struct world *w)
{
        const int call = atomic_fetch_add(&w->calls, 1) + 1;

        if (call != atomic_load(&w->fail_at))
                return false;
        w->has_failed = true;
        return true;
}

static size_t *header_of(void *ptr)
{
        return (size_t *)(void *)((char *)ptr - HEADER);
}

static void *world_realloc(struct os *os, void *ptr, size_t size)
{
        struct world *w = world_of(os);
        const size_t was = ptr != NULL ? *header_of(ptr) : 0;
        char *block;

        if ((w->denied & DENY_MEMORY) || fails(w))
                return NULL;
        block = w->under->ops->realloc(w->under, ptr != NULL ? header_of(ptr) : NULL,
                                       size + HEADER);
        if (block == NULL)
                return NULL;
        *(size_t *)(void *)block = size;
        w->live_bytes += size - was;
        return block + HEADER;
}

static void *world_alloc(struct os *os, size_t size)
{
        return world_realloc(os, NULL, size);
}

static void world_free(struct os *os, void *ptr)
{
        struct world *w = world_of(os);

        if (ptr == NULL)
                return;
        w->live_bytes -= *header_of(ptr);
        w->under->ops->free(w->under, header_of(ptr));
}

static int world_close(struct os *os, int fd)
{
        return os_close(world_of(os)->under, fd);
}

static int world_epoll_create(struct os *os)
{
        return fails(world_of(os)) ? -EMFILE : os_epoll_create(world_of(os)->under);
}

static int world_epoll_ctl(struct os *os, int epfd, int op, int fd, struct epoll_event *event)
{
        struct world *w = world_of(os);

        w->epoll_ctls++;
        w->last_op = op;
        w->last_events = event != NULL ? event->events : 0;
        if ((w->denied & DENY_EPOLL_CTL) || fails(w))
                return -ENOSPC;
        return os_epoll_ctl(w->under, epfd, op, fd, event);
}

/* What a wait answers if it does not get as far as the kernel; 0 if it does. */
static int wait_error(struct world *w)
{
        if (w->interruptions > 0) {
                w->interruptions--;
                return -EINTR;
        }
        return fails(w) ? -ENOMEM : 0;
}

static int world_epoll_wait(struct os *os, int epfd, struct epoll_event *events, int max,
                            int timeout_ms)
{
        struct world *w = world_of(os);
        const int r = wait_error(w);

        w->epoll_waits++;
        w->last_timeout_ms = timeout_ms;
        return r < 0 ? r : os_epoll_wait(w->under, epfd, events, max, timeout_ms);
}

static int world_epoll_pwait2(struct os *os, int epfd, struct epoll_event *events, int max,
                              int64_t timeout_ns)
{
        struct world *w = world_of(os);
        int r;

        w->pwait2s++;
        r = (w->denied & DENY_PWAIT2) ? -ENOSYS : wait_error(w);
        if (r == 0)
                r = os_epoll_pwait2(w->under, epfd, events, max, timeout_ns);
        w->is_pwait2_missing = r == -ENOSYS;
        return r;
}

static int world_timerfd_create(struct os *os)
{
        struct world *w = world_of(os);

        if ((w->denied & DENY_TIMERFD) || fails(w))
                return -EMFILE;
        return os_timerfd_create(w->under);
}

static int world_timerfd_settime(struct os *os, int fd, int64_t timeout_ns)
{
        struct world *w = world_of(os);

        w->timers_set++;
        w->last_timer_ns = timeout_ns;
        return os_timerfd_settime(w->under, fd, timeout_ns);
}

static int world_poll(struct os *os, struct pollfd *fds, size_t count, int64_t timeout_ns)
{
        const int r = wait_error(world_of(os));

        return r < 0 ? r : os_poll(world_of(os)->under, fds, count, timeout_ns);
}

static int world_select(struct os *os, int nfds, unsigned long *readable, unsigned long *writable,
                        unsigned long *except, int64_t timeout_ns)
{
        const int r = wait_error(world_of(os));

        return r < 0 ? r
                     : os_select(world_of(os)->under, nfds, readable, writable, except, timeout_ns);
}

static const struct os_ops world_ops = {
        .name = "between",
        .alloc = world_alloc,
        .realloc = world_realloc,
        .free = world_free,
        .close = world_close,
        .epoll_create = world_epoll_create,
        .epoll_ctl = world_epoll_ctl,
        .epoll_wait = world_epoll_wait,
        .epoll_pwait2 = world_epoll_pwait2,
        .timerfd_create = world_timerfd_create,
        .timerfd_settime = world_timerfd_settime,
        .poll = world_poll,
        .select = world_select,
};

void world_init(struct world *w, struct os *under, unsigned denied)
{
        memset(w, 0, sizeof *w);
        w->ops = world_ops;
        w->os = (struct os){.ops = &w->ops, .process = under->process};
        w->under = under;
        w->denied = denied;
}

void world_forget(struct world *w)
{
        w->epoll_ctls = 0;
        w->last_op = 0;
        w->last_events = 0;
        w->pwait2s = 0;
        w->epoll_waits = 0;
        w->last_timeout_ms = 0;
        w->timers_set = 0;
        w->last_timer_ns = 0;
}
