/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * /dev/poll (poll(7d) of Solaris, poll(4d) of illumos): a set of pollfd that the kernel keeps.
 *
 * What is odd about it, and what is done here:
 *  - Events written for a descriptor are added to those that it has (poll(7d)). So a change takes
 *    it out and puts it in again, in one write.
 *  - A write that fails may have made some of its changes. The old interest is written again.
 *  - Answers name the descriptor and nothing of ours, so what was watched under that number when
 *    the wait began must be known by number: a descriptor that was registered during the wait is
 *    left out of what it found, and will be found by the next, since readiness is a level here.
 *  - A descriptor that was closed and not taken out is POLLNVAL, and thereby ends each wait; once
 *    the number is used again the set watches the new file (poll(7d), NOTES).
 *  - It is EINVAL to ask for as many entries as there may be descriptors (poll(7d), ERRORS): there
 *    is never asked for more than are registered.
 *  - A child process may not use its parent's set: EACCES (poll(7d), NOTES). event_reinit() makes a
 *    new one.
 *  - It counts in milliseconds, and has neither edges nor, in libevent, EV_CLOSED.
 *
 * Threads: wait touches the batch and nasked, which set does not.
 */
#include <errno.h>
#include <event2/event.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "backend/backend.h"
#include "backend/batch.h"
#include "backend/poll_bits.h"
#include "backend/registry.h"
#include "os/os.h"
#include "os/poll.h"

struct devpoll {
        struct backend backend;
        int dp;
        struct evi_registry registry; /* of struct devpoll_entry */
        uint32_t turn;                /* counts the calls of prepare */
        struct evi_batch batch;       /* of struct pollfd */
        int nasked;                   /* of its entries by the wait */
};

struct devpoll_entry {
        uint32_t generation;
        uint32_t turn; /* in which it was registered */
};

struct devpoll_state {
        uint32_t generation;
};

static struct devpoll *devpoll_of(struct backend *b)
{
        return (struct devpoll *)b;
}

static bool devpoll_is_available(const struct os *os)
{
        return os_has_devpoll(os);
}

static int devpoll_open(struct os *os, unsigned flags, struct backend **out)
{
        struct devpoll *d = os_calloc(os, 1, sizeof *d);
        int r;

        (void)flags;
        if (d == NULL)
                return -ENOMEM;
        r = evi_batch_init(&d->batch, os, sizeof(struct pollfd));
        if (r < 0)
                goto no_batch;
        r = os_devpoll_open(os);
        if (r < 0)
                goto no_dp;
        d->backend = (struct backend){.ops = &evi_backend_devpoll, .os = os};
        d->dp = r;
        evi_registry_init(&d->registry, sizeof(struct devpoll_entry));
        *out = &d->backend;
        return 0;
no_dp:
        evi_batch_clear(&d->batch, os);
no_batch:
        os_free(os, d);
        return r;
}

static void devpoll_close(struct backend *b)
{
        struct devpoll *d = devpoll_of(b);

        (void)os_close(b->os, d->dp);
        evi_registry_clear(&d->registry, b->os);
        evi_batch_clear(&d->batch, b->os);
        os_free(b->os, d);
}

/* The kernel's events of fd become these; 0: it is not watched. */
static int write_events(struct devpoll *d, int fd, short events)
{
        const struct pollfd changes[] = {{.fd = fd, .events = OS_POLLREMOVE},
                                         {.fd = fd, .events = events}};

        return os_devpoll_write(d->backend.os, d->dp, changes, events != 0 ? 2 : 1);
}

static short events_of(short interest)
{
        return evi_poll_asked(interest & (EV_READ | EV_WRITE));
}

static int forget(struct devpoll *d, int fd, struct devpoll_state *state)
{
        int r = 0;

        if (state->generation != 0)
                r = write_events(d, fd, 0);
        evi_registry_drop(&d->registry, d->backend.os, fd);
        state->generation = 0;
        evi_batch_trim(&d->batch, d->backend.os, d->registry.nused);
        return r == -ENOENT || r == -EBADF ? 0 : r;
}

/* A new registration of fd, which the kernel does not know yet. */
static int enter(struct devpoll *d, int fd)
{
        struct devpoll_entry *entry = evi_registry_obtain(&d->registry, d->backend.os, fd);

        if (entry == NULL)
                return -ENOMEM;
        entry->turn = d->turn;
        return 0;
}

/* fd is registered as state says, as it was before. */
static void go_back(struct devpoll *d, int fd, short was, const struct devpoll_state *state)
{
        struct devpoll_entry *entry = evi_registry_find(&d->registry, fd);

        if (state->generation == 0) {
                evi_registry_drop(&d->registry, d->backend.os, fd);
                was = 0;
        } else {
                entry->generation = state->generation;
        }
        (void)write_events(d, fd, events_of(was));
}

static int devpoll_set(struct backend *b, int fd, short was, short now, void *fd_state)
{
        struct devpoll *d = devpoll_of(b);
        struct devpoll_state *state = fd_state;
        int r = 0;

        if (events_of(now) == 0)
                return forget(d, fd, state);
        if (state->generation == 0 || was == now)
                r = enter(d, fd);
        if (r < 0)
                return r;
        r = write_events(d, fd, events_of(now));
        if (r < 0) {
                go_back(d, fd, was, state);
                return r;
        }
        state->generation = *(uint32_t *)evi_registry_find(&d->registry, fd);
        return 0;
}

static int devpoll_prepare(struct backend *b)
{
        struct devpoll *d = devpoll_of(b);
        const size_t nused = d->registry.nused;

        evi_batch_begin(&d->batch, b->os, nused);
        d->nasked = nused < (size_t)d->batch.capacity ? (int)nused : d->batch.capacity;
        if (d->nasked == 0)
                d->nasked = 1;
        d->turn++;
        return 0;
}

static int devpoll_wait(struct backend *b, int64_t timeout_ns)
{
        struct devpoll *d = devpoll_of(b);
        const int n = os_devpoll_poll(b->os, d->dp, d->batch.entries, d->nasked, timeout_ns);

        return evi_batch_end_wait(&d->batch, n);
}

static int devpoll_collect(struct backend *b, struct fd_ready *out, int max)
{
        struct devpoll *d = devpoll_of(b);
        const struct pollfd *found;
        int n = 0;

        while (n < max && (found = evi_batch_take(&d->batch)) != NULL) {
                const struct devpoll_entry *entry = evi_registry_find(&d->registry, found->fd);

                if (entry != NULL && entry->turn != d->turn)
                        out[n++] = (struct fd_ready){.fd = found->fd,
                                                     .what = evi_poll_ready(found->revents),
                                                     .generation = entry->generation};
        }
        return n;
}

static int devpoll_descriptor(const struct backend *b)
{
        return ((const struct devpoll *)b)->dp;
}

const struct backend_ops evi_backend_devpoll = {
        .name = "devpoll",
        .features = EV_FEATURE_FDS | EV_FEATURE_O1,
        .fd_state_size = sizeof(struct devpoll_state),
        .is_batching = false,
        .is_available = devpoll_is_available,
        .open = devpoll_open,
        .close = devpoll_close,
        .set = devpoll_set,
        .prepare = devpoll_prepare,
        .wait = devpoll_wait,
        .collect = devpoll_collect,
        .descriptor = devpoll_descriptor,
};
