/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * epoll(7), Linux's demultiplexer.
 *
 * What is odd about it, and what is done here:
 *  - A registration belongs to the pair of descriptor number and open file description, and ends
 *    when the last descriptor of the latter is closed, unasked (epoll(7), 'Questions and answers').
 *    So the kernel may have forgotten what we believe it has, or have what we believe gone:
 *    EPOLL_CTL_MOD that finds nothing (ENOENT) becomes EPOLL_CTL_ADD, EPOLL_CTL_ADD that finds
 *    something (EEXIST) becomes EPOLL_CTL_MOD, and EPOLL_CTL_DEL that finds nothing (ENOENT, EBADF)
 *    has succeeded; likewise EPERM, which a regular file now under this number gives.
 *  - For the same reason a closed descriptor whose duplicate lives on is reported for ever, and can
 *    be taken out by nobody (epoll(7), same place). Its reports carry an old generation, so that
 *    they reach no event, but they still end each wait.
 *  - Regular files and directories are refused with EPERM (epoll_ctl(2)), where poll and select
 *    call them always ready. The caller is told.
 *  - EPOLLERR and EPOLLHUP are reported whether asked for or not (epoll_ctl(2)); EPOLLRDHUP is not.
 *  - EPOLL_CTL_MOD re-arms an edge: what is ready at that time is reported once more (epoll(7)). So
 *    no change is sent that changes nothing, and one that is sent may give a spurious report.
 *  - EPOLLET is part of the mask that EPOLL_CTL_MOD replaces, so of the descriptor, not of an
 * event.
 *  - epoll_pwait2 came with Linux 5.11 (epoll_wait(2), VERSIONS), and valgrind and qemu-user answer
 *    ENOSYS even on later kernels. Then the wait is epoll_wait's, in milliseconds, rounded up,
 * since a wait cut short would make the loop spin; and for those who want finer ones
 * (BACKEND_PRECISE), a timerfd in the same epoll set.
 *  - epoll_wait before Linux 2.6.37 took a timeout beyond LONG_MAX / HZ ms for infinity
 *    (epoll_wait(2), BUGS), and counts in an int: waits are cut at MS_MAX. The loop waits again.
 *
 * Threads: wait touches the batch, the timer and is_pwait2_missing, which set does not.
 */
#include <errno.h>
#include <event2/event.h>
#include <stdbool.h>
#include <stdint.h>

#include "backend/backend.h"
#include "backend/epoll_table.h"
#include "os/epoll.h"
#include "os/os.h"
#include "util/duration.h"

#define BATCH_MIN    32
#define BATCH_MAX    4096
#define QUIET_MAX    64         /* so many waits that leave most of the batch unused halve it */
#define MS_MAX       (2000000)  /* LONG_MAX / HZ where long has 32 bits and HZ is 1000, in ms */
#define TIMER_MARK   UINT64_MAX /* no descriptor: they are not negative */
#define TIMER_NONE   (-1)
#define TIMER_DENIED (-2) /* the kernel gave none; do not ask at each wait */

struct epoll {
        struct backend backend;
        int epfd;
        uint32_t last_generation;
        int nfds; /* that are registered */

        struct epoll_event *batch;
        int capacity;
        int nfound;     /* by the last wait */
        int next;       /* of them to be collected */
        int nquiet;     /* waits in a row that left most of the batch unused */
        bool is_in_use; /* from prepare until all is collected: a wait may be writing to the batch
                         */

        bool is_pwait2_missing;
        bool is_precise;
        bool is_timer_armed;
        int timer_fd;
};

struct epoll_state {
        uint32_t generation; /* 0: not registered */
};

static struct epoll *epoll_of(struct backend *b)
{
        return (struct epoll *)b;
}

static bool epoll_is_available(const struct os *os)
{
        return os_has_epoll(os);
}

static int epoll_open(struct os *os, unsigned flags, struct backend **out)
{
        struct epoll *e = os_calloc(os, 1, sizeof *e);
        int r = -ENOMEM;

        if (e == NULL)
                return r;
        e->batch = os_alloc(os, BATCH_MIN * sizeof *e->batch);
        if (e->batch == NULL)
                goto no_batch;
        r = os_epoll_create(os);
        if (r < 0)
                goto no_epfd;
        e->backend = (struct backend){.ops = &evi_backend_epoll, .os = os};
        e->epfd = r;
        e->capacity = BATCH_MIN;
        e->is_precise = (flags & BACKEND_PRECISE) != 0;
        e->timer_fd = TIMER_NONE;
        *out = &e->backend;
        return 0;
no_epfd:
        os_free(os, e->batch);
no_batch:
        os_free(os, e);
        return r;
}

static void epoll_close(struct backend *b)
{
        struct epoll *e = epoll_of(b);

        if (e->timer_fd >= 0)
                (void)os_close(b->os, e->timer_fd);
        (void)os_close(b->os, e->epfd);
        os_free(b->os, e->batch);
        os_free(b->os, e);
}

/* The batch doubles when it was full, halves when it was mostly empty for long, and never has room
 * for much more than can be reported. */
static int batch_size(const struct epoll *e, bool was_full)
{
        int size = e->capacity;

        if (was_full && size < BATCH_MAX)
                size *= 2;
        else if (e->nquiet >= QUIET_MAX && size > BATCH_MIN)
                size /= 2;
        while (size > BATCH_MIN && size / 2 >= e->nfds)
                size /= 2;
        return size;
}

/* Without memory the batch stays as it is, which is well enough. Nothing in it is kept. */
static void batch_resize(struct epoll *e, int size)
{
        struct epoll_event *batch;

        if (size == e->capacity)
                return;
        batch = os_realloc(e->backend.os, e->batch, (size_t)size * sizeof *batch);
        if (batch == NULL)
                return;
        e->batch = batch;
        e->capacity = size;
        e->nquiet = 0;
}

static uint32_t next_generation(struct epoll *e)
{
        if (++e->last_generation == 0)
                e->last_generation = 1;
        return e->last_generation;
}

static int control(struct epoll *e, int op, int fd, uint32_t events, uint32_t generation)
{
        struct epoll_event event = {.events = events};

        event.data.u64 = (uint64_t)generation << 32 | (uint32_t)fd;
        return os_epoll_ctl(e->backend.os, e->epfd, op, fd, &event);
}

static int forget(struct epoll *e, int fd, struct epoll_state *state)
{
        const int r = control(e, EPOLL_CTL_DEL, fd, 0, 0);

        e->nfds -= state->generation != 0;
        state->generation = 0;
        if (!e->is_in_use)
                batch_resize(e, batch_size(e, false));
        return r == -ENOENT || r == -EBADF || r == -EPERM ? 0 : r;
}

static int epoll_set(struct backend *b, int fd, short was, short now, void *fd_state)
{
        struct epoll *e = epoll_of(b);
        struct epoll_state *state = fd_state;
        const struct evi_epoll_change change = evi_epoll_change(was, now);
        uint32_t generation = state->generation;
        int r;

        if (change.op == EPOLL_CTL_DEL)
                return forget(e, fd, state);
        if (change.op == EPOLL_CTL_ADD || was == now || generation == 0)
                generation = next_generation(e);
        r = control(e, change.op, fd, change.events, generation);
        if (r == -EEXIST && change.op == EPOLL_CTL_ADD) {
                r = control(e, EPOLL_CTL_MOD, fd, change.events, generation);
        } else if (r == -ENOENT && change.op == EPOLL_CTL_MOD) {
                generation = next_generation(e);
                r = control(e, EPOLL_CTL_ADD, fd, change.events, generation);
        }
        if (r < 0)
                return r;
        e->nfds += state->generation == 0;
        state->generation = generation;
        return 0;
}

static int epoll_prepare(struct backend *b)
{
        struct epoll *e = epoll_of(b);
        const bool was_full = e->nfound == e->capacity;

        e->nquiet = e->nfound > e->capacity / 4 ? 0 : e->nquiet + (e->nquiet < QUIET_MAX);
        e->nfound = 0;
        e->next = 0;
        batch_resize(e, batch_size(e, was_full));
        e->is_in_use = true;
        return 0;
}

/* The timer's descriptor, made at first need; negative if there can be none. It is edge-triggered:
 * each expiry is reported once, and nobody has to read it away. */
static int obtain_timer(struct epoll *e)
{
        struct os *os = e->backend.os;
        struct epoll_event event = {.events = (uint32_t)EPOLLIN | (uint32_t)EPOLLET};

        if (e->timer_fd != TIMER_NONE)
                return e->timer_fd;
        event.data.u64 = TIMER_MARK;
        e->timer_fd = os_timerfd_create(os);
        if (e->timer_fd >= 0 && os_epoll_ctl(os, e->epfd, EPOLL_CTL_ADD, e->timer_fd, &event) == 0)
                return e->timer_fd;
        if (e->timer_fd >= 0)
                (void)os_close(os, e->timer_fd);
        e->timer_fd = TIMER_DENIED;
        return e->timer_fd;
}

/* The timer ends a wait of a fraction of a millisecond, and sleeps in any other. A failure leaves
 * the wait to epoll_wait's milliseconds. */
static void set_timer(struct epoll *e, int64_t timeout_ns)
{
        const bool is_needed = timeout_ns > 0 && timeout_ns % EVI_NS_PER_MS != 0;

        if (!is_needed && !e->is_timer_armed)
                return;
        if (obtain_timer(e) < 0)
                return;
        const int r = os_timerfd_settime(e->backend.os, e->timer_fd, is_needed ? timeout_ns : 0);
        e->is_timer_armed = r < 0 ? e->is_timer_armed : is_needed;
}

static int wait_in_ms(struct epoll *e, int64_t timeout_ns)
{
        int timeout_ms = evi_ms_from_ns(timeout_ns);

        if (e->is_precise)
                set_timer(e, timeout_ns);
        if (timeout_ms > MS_MAX)
                timeout_ms = MS_MAX;
        return os_epoll_wait(e->backend.os, e->epfd, e->batch, e->capacity, timeout_ms);
}

static int epoll_wait_for(struct backend *b, int64_t timeout_ns)
{
        struct epoll *e = epoll_of(b);
        int n = -ENOSYS;

        if (!e->is_pwait2_missing)
                n = os_epoll_pwait2(b->os, e->epfd, e->batch, e->capacity, timeout_ns);
        if (n == -ENOSYS) {
                e->is_pwait2_missing = true;
                n = wait_in_ms(e, timeout_ns);
        }
        if (n == -EINTR)
                n = 0;
        e->nfound = n > 0 ? n : 0;
        return n < 0 ? n : 0;
}

static int epoll_collect(struct backend *b, struct fd_ready *out, int max)
{
        struct epoll *e = epoll_of(b);
        int n = 0;

        while (n < max && e->next < e->nfound) {
                const struct epoll_event *event = &e->batch[e->next++];
                const uint64_t data = event->data.u64;

                if (data == TIMER_MARK)
                        e->is_timer_armed = false;
                else
                        out[n++] = (struct fd_ready){.fd = (int)(uint32_t)data,
                                                     .what = evi_epoll_ready(event->events),
                                                     .generation = (uint32_t)(data >> 32)};
        }
        if (n < max)
                e->is_in_use = false;
        return n;
}

static int epoll_descriptor(const struct backend *b)
{
        return ((const struct epoll *)b)->epfd;
}

const struct backend_ops evi_backend_epoll = {
        .name = "epoll",
        .features = EV_FEATURE_ET | EV_FEATURE_O1 | EV_FEATURE_EARLY_CLOSE,
        .fd_state_size = sizeof(struct epoll_state),
        .is_batching = false,
        .is_available = epoll_is_available,
        .open = epoll_open,
        .close = epoll_close,
        .set = epoll_set,
        .prepare = epoll_prepare,
        .wait = epoll_wait_for,
        .collect = epoll_collect,
        .descriptor = epoll_descriptor,
};
