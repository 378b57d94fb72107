/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * poll(2), which every Unix has.
 *
 * The live array has an entry for each descriptor with interest, in no order: the last one fills
 * the place of one that goes. Because set may change it while another thread waits, wait works on a
 * snapshot, made anew only if the live array has changed since.
 *
 * What is odd about it, and what is done here:
 *  - POLLERR, POLLHUP and POLLNVAL come unasked (poll(2); poll_bits.h). POLLNVAL is a descriptor
 *    that was closed while there was interest: until that is removed each wait returns at once.
 *  - Regular files are always ready.
 *  - The peer's closing is POLLRDHUP, which not every system has.
 *  - It is EINVAL to ask for more entries than RLIMIT_NOFILE allows descriptors.
 */
#include <errno.h>
#include <event2/event.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "backend/backend.h"
#include "backend/capacity.h"
#include "backend/poll_bits.h"
#include "os/os.h"
#include "os/poll.h"

struct poll_state {
        uint32_t generation;
        uint32_t place; /* in the live array, counted from 1; 0: no interest */
};

struct live_entry {
        int fd;
        short events; /* POLL* */
        struct poll_state *state;
};

struct poll_backend {
        struct backend backend;
        uint32_t last_generation;

        struct live_entry *live;
        size_t count;
        size_t capacity;
        bool is_changed; /* since the snapshot was made */

        /* The snapshot: what wait gives to the kernel, and of which generations that is. */
        struct pollfd *fds;
        uint32_t *generations;
        size_t snapshot_count;
        size_t snapshot_capacity;
        bool is_in_use; /* from prepare until all is collected */
        int nfound;     /* entries that have yet to be collected */
        size_t next;    /* where to look for them */
};

static struct poll_backend *poll_of(struct backend *b)
{
        return (struct poll_backend *)b;
}

static bool poll_is_available(const struct os *os)
{
        (void)os;
        return true;
}

static int poll_open(struct os *os, unsigned flags, struct backend **out)
{
        struct poll_backend *p = os_calloc(os, 1, sizeof *p);

        (void)flags;
        if (p == NULL)
                return -ENOMEM;
        p->backend = (struct backend){.ops = &evi_backend_poll, .os = os};
        *out = &p->backend;
        return 0;
}

static void poll_close(struct backend *b)
{
        struct poll_backend *p = poll_of(b);

        os_free(b->os, p->live);
        os_free(b->os, p->fds);
        os_free(b->os, p->generations);
        os_free(b->os, p);
}

/* The array at *array gets room for capacity entries of size bytes. 0, or -ENOMEM as it was. */
static int resize(struct os *os, void **array, size_t capacity, size_t size)
{
        void *resized;

        if (capacity > SIZE_MAX / size)
                return -ENOMEM;
        resized = os_realloc(os, *array, capacity * size);
        if (resized == NULL)
                return -ENOMEM;
        *array = resized;
        return 0;
}

static int resize_live(struct poll_backend *p, size_t used)
{
        const size_t capacity = evi_capacity_for(p->capacity, used);
        void *live = p->live;

        if (capacity == p->capacity)
                return 0;
        if (resize(p->backend.os, &live, capacity, sizeof *p->live) < 0)
                return -ENOMEM;
        p->live = live;
        p->capacity = capacity;
        return 0;
}

/* Both arrays of the snapshot; one that is larger than snapshot_capacity says does no harm. */
static int resize_snapshot(struct poll_backend *p, size_t used)
{
        const size_t capacity = evi_capacity_for(p->snapshot_capacity, used);
        void *fds = p->fds;
        void *generations = p->generations;
        int r;

        if (capacity == p->snapshot_capacity)
                return 0;
        if (capacity < p->snapshot_capacity)
                p->snapshot_capacity = capacity;
        r = resize(p->backend.os, &fds, capacity, sizeof *p->fds);
        p->fds = fds;
        if (r < 0)
                return r;
        r = resize(p->backend.os, &generations, capacity, sizeof *p->generations);
        p->generations = generations;
        if (r < 0)
                return r;
        p->snapshot_capacity = capacity;
        return 0;
}

static uint32_t next_generation(struct poll_backend *p)
{
        if (++p->last_generation == 0)
                p->last_generation = 1;
        return p->last_generation;
}

static void drop(struct poll_backend *p, struct poll_state *state)
{
        const struct live_entry last = p->live[--p->count];

        p->live[state->place - 1] = last;
        last.state->place = state->place;
        *state = (struct poll_state){0};
        (void)resize_live(p, p->count);
        if (!p->is_in_use && p->snapshot_capacity > 0)
                (void)resize_snapshot(p, p->count);
}

static int poll_set(struct backend *b, int fd, short was, short now, void *fd_state)
{
        struct poll_backend *p = poll_of(b);
        struct poll_state *state = fd_state;

        if (now == 0) {
                if (state->place > 0)
                        drop(p, state);
                p->is_changed = true;
                return 0;
        }
        if (state->place == 0) {
                if (p->count >= p->capacity && resize_live(p, p->count + 1) < 0)
                        return -ENOMEM;
                p->live[p->count++] = (struct live_entry){.fd = fd, .state = state};
                state->place = (uint32_t)p->count;
        }
        if (was == 0 || was == now)
                state->generation = next_generation(p);
        p->live[state->place - 1].events = evi_poll_asked(now);
        p->is_changed = true;
        return 0;
}

static int poll_prepare(struct backend *b)
{
        struct poll_backend *p = poll_of(b);
        int r;

        p->is_in_use = true;
        p->nfound = 0;
        p->next = 0;
        if (!p->is_changed)
                return 0;
        r = resize_snapshot(p, p->count);
        if (p->snapshot_capacity < p->count)
                return r;
        for (size_t i = 0; i < p->count; i++) {
                p->fds[i] = (struct pollfd){.fd = p->live[i].fd, .events = p->live[i].events};
                p->generations[i] = p->live[i].state->generation;
        }
        p->snapshot_count = p->count;
        p->is_changed = false;
        return 0;
}

static int poll_wait(struct backend *b, int64_t timeout_ns)
{
        struct poll_backend *p = poll_of(b);
        const int n = os_poll(b->os, p->fds, p->snapshot_count, timeout_ns);

        p->nfound = n > 0 ? n : 0;
        return n < 0 && n != -EINTR ? n : 0;
}

static int poll_collect(struct backend *b, struct fd_ready *out, int max)
{
        struct poll_backend *p = poll_of(b);
        int n = 0;

        while (n < max && p->nfound > 0 && p->next < p->snapshot_count) {
                const size_t i = p->next++;

                if (p->fds[i].revents == 0)
                        continue;
                p->nfound--;
                out[n++] = (struct fd_ready){.fd = p->fds[i].fd,
                                             .what = evi_poll_ready(p->fds[i].revents),
                                             .generation = p->generations[i]};
        }
        if (n < max)
                p->is_in_use = false;
        return n;
}

const struct backend_ops evi_backend_poll = {
        .name = "poll",
        .features = EV_FEATURE_FDS | (OS_POLLRDHUP != 0 ? EV_FEATURE_EARLY_CLOSE : 0),
        .fd_state_size = sizeof(struct poll_state),
        .is_batching = false,
        .is_available = poll_is_available,
        .open = poll_open,
        .close = poll_close,
        .set = poll_set,
        .prepare = poll_prepare,
        .wait = poll_wait,
        .collect = poll_collect,
};
