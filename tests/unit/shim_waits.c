/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The shim's waits, and the clock that it can put in the place of the real one. In that clock a
 * wait asks the inner world what is ready now; if nothing is, the time of the wait has passed.
 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "os/time.h"
#include "shim.h"

/* A wait of any kind. */
struct wait {
        enum shim_call call;
        int fd;    /* epoll's or the like */
        int count; /* of what is at object, or nfds */
        void *object;
        unsigned long *sets[3]; /* select's */
};

static int inner_wait(struct shim *s, const struct wait *w, int64_t timeout_ns)
{
        switch (w->call) {
        case SHIM_EPOLL_WAIT:
                return os_epoll_wait(s->inner, w->fd, w->object, w->count,
                                     os_ms_from_ns(timeout_ns));
        case SHIM_EPOLL_PWAIT2:
                return os_epoll_pwait2(s->inner, w->fd, w->object, w->count, timeout_ns);
        case SHIM_KEVENT_WAIT:
                return os_kevent(s->inner, w->fd, NULL, 0, w->object, w->count, timeout_ns);
        case SHIM_DEVPOLL_POLL:
                return os_devpoll_poll(s->inner, w->fd, w->object, w->count, timeout_ns);
        case SHIM_PORT_GETN:
                return os_port_getn(s->inner, w->fd, w->object, w->count, timeout_ns);
        case SHIM_POLL:
                return os_poll(s->inner, w->object, (size_t)w->count, timeout_ns);
        default:
                return os_select(s->inner, w->count, w->sets[0], w->sets[1], w->sets[2],
                                 timeout_ns);
        }
}

static void fail_endless_wait(const struct shim *s)
{
        shim_print(s);
        fprintf(stderr, "shim: a wait for ever, and nothing is ready\n");
        abort();
}

/* The timerfd that stands for the end of this wait expires now, in the inner world too. */
static int expire_timer(struct shim *s, const struct wait *w)
{
        s->monotonic_ns = s->timer_deadline_ns;
        os_timerfd_settime(s->inner, s->timer_fd, 1);
        s->timer_fd = -1;
        return inner_wait(s, w, -1);
}

static int timed_wait(struct shim *s, const struct wait *w, int64_t timeout_ns)
{
        const int ready = inner_wait(s, w, 0);

        if (ready != 0 || timeout_ns == 0)
                return ready;
        if (s->timer_fd >= 0 &&
            (timeout_ns < 0 || timeout_ns >= s->timer_deadline_ns - s->monotonic_ns))
                return expire_timer(s, w);
        if (timeout_ns < 0)
                fail_endless_wait(s);
        shim_advance(s, timeout_ns);
        return 0;
}

static int shim_wait(struct shim *s, const struct wait *w, int64_t timeout_ns)
{
        int result = shim_fault(s, w->call);

        if (w->call == SHIM_EPOLL_PWAIT2 && s->has_no_pwait2)
                result = -ENOSYS;
        if (result == 0 && s->before_wait != NULL)
                s->before_wait(s, timeout_ns, s->before_wait_arg);
        if (result == 0)
                result = s->has_clock ? timed_wait(s, w, timeout_ns) : inner_wait(s, w, timeout_ns);
        return shim_note(s, w->call, w->fd, timeout_ns, result);
}

static int shim_epoll_wait(struct os *os, int epfd, struct epoll_event *events, int max,
                           int timeout_ms)
{
        const struct wait w = {SHIM_EPOLL_WAIT, epfd, max, events, {NULL}};

        return shim_wait(shim_of(os), &w, timeout_ms < 0 ? -1 : timeout_ms * OS_NS_PER_MS);
}

static int shim_epoll_pwait2(struct os *os, int epfd, struct epoll_event *events, int max,
                             int64_t timeout_ns)
{
        const struct wait w = {SHIM_EPOLL_PWAIT2, epfd, max, events, {NULL}};

        return shim_wait(shim_of(os), &w, timeout_ns);
}

static int shim_poll(struct os *os, struct pollfd *fds, size_t count, int64_t timeout_ns)
{
        const struct wait w = {SHIM_POLL, -1, (int)count, fds, {NULL}};

        return shim_wait(shim_of(os), &w, timeout_ns);
}

static int shim_select(struct os *os, int nfds, unsigned long *readable, unsigned long *writable,
                       unsigned long *except, int64_t timeout_ns)
{
        const struct wait w = {SHIM_SELECT, -1, nfds, NULL, {readable, writable, except}};

        return shim_wait(shim_of(os), &w, timeout_ns);
}

int shim_kevent_wait(struct shim *s, int kq, struct kevent *events, int max, int64_t timeout_ns)
{
        const struct wait w = {SHIM_KEVENT_WAIT, kq, max, events, {NULL}};

        return shim_wait(s, &w, timeout_ns);
}

int shim_devpoll_poll(struct os *os, int dp, struct pollfd *out, int max, int64_t timeout_ns)
{
        const struct wait w = {SHIM_DEVPOLL_POLL, dp, max, out, {NULL}};

        return shim_wait(shim_of(os), &w, timeout_ns);
}

int shim_port_getn(struct os *os, int port, struct port_event *out, int max, int64_t timeout_ns)
{
        const struct wait w = {SHIM_PORT_GETN, port, max, out, {NULL}};

        return shim_wait(shim_of(os), &w, timeout_ns);
}

/* In the replaced clock the inner timer stays disarmed until a wait comes to its time. */
static int arm_in_clock(struct shim *s, int fd, int64_t timeout_ns)
{
        const int result = os_timerfd_settime(s->inner, fd, 0);

        if (result != 0)
                return result;
        assert(s->timer_fd < 0 || s->timer_fd == fd);
        s->timer_fd = timeout_ns > 0 ? fd : -1;
        s->timer_deadline_ns = s->monotonic_ns + timeout_ns;
        return 0;
}

static int shim_timerfd_settime(struct os *os, int fd, int64_t timeout_ns)
{
        struct shim *s = shim_of(os);
        int result = shim_fault(s, SHIM_TIMERFD_SETTIME);

        if (result == 0)
                result = s->has_clock ? arm_in_clock(s, fd, timeout_ns)
                                      : os_timerfd_settime(s->inner, fd, timeout_ns);
        return shim_note(s, SHIM_TIMERFD_SETTIME, fd, timeout_ns, result);
}

static int64_t shim_clock(struct os *os, enum os_clock clock)
{
        struct shim *s = shim_of(os);

        atomic_fetch_add(&s->calls[SHIM_CLOCK], 1);
        if (!s->has_clock)
                return os_clock(s->inner, clock);
        switch (clock) {
        case OS_CLOCK_REALTIME:
                return s->realtime_ns;
        case OS_CLOCK_MONOTONIC_COARSE:
                return s->monotonic_ns - s->coarse_lag_ns;
        case OS_CLOCK_MONOTONIC:
                break;
        }
        return s->monotonic_ns;
}

void shim_use_clock(struct shim *s, int64_t monotonic_ns, int64_t realtime_ns)
{
        s->has_clock = true;
        s->monotonic_ns = monotonic_ns;
        s->realtime_ns = realtime_ns;
}

void shim_advance(struct shim *s, int64_t ns)
{
        s->monotonic_ns += ns;
        s->realtime_ns += ns;
}

void shim_init_waits(struct shim *s)
{
        s->ops.clock = shim_clock;
        s->ops.epoll_wait = shim_epoll_wait;
        s->ops.epoll_pwait2 = s->inner->ops->epoll_pwait2 != NULL ? shim_epoll_pwait2 : NULL;
        s->ops.timerfd_settime = shim_timerfd_settime;
        s->ops.poll = shim_poll;
        s->ops.select = shim_select;
}
