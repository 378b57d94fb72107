/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The bench; rig.h says what it stands for.
 */
#include "rig.h"

#include <stdlib.h>
#include <string.h>

#define BATCH_MAX 64

const struct row *rig_row;

static void open_backend(struct rig *rig)
{
        struct os *os = &rig->shim.os;

        shim_init(&rig->shim, rig->os);
        rig->shim.has_no_pwait2 = (rig->row->lacks & LACKS_PWAIT2) != 0;
        rig->shim.has_no_timerfd = (rig->row->lacks & LACKS_TIMERFD) != 0;
        rig->shim.errors[SHIM_EPOLL_DEL] = ENOSPC; /* ENOENT would be no failure */
        rig->shim.is_tracing = true;
        assert_true(rig->row->ops->is_available(os));
        assert_int_equal(rig->row->ops->open(os, rig->row->flags, &rig->b), 0);
        assert_ptr_equal(rig->b->ops, rig->row->ops);
        assert_ptr_equal(rig->b->os, os);
        rig->bytes_at_start = rig->shim.live_bytes;
}

int rig_set_up(void **state)
{
        struct rig *rig = calloc(1, sizeof *rig);

        assert_non_null(rig);
        rig->row = rig_row;
        rig->os = files_enter(rig_row->kernel);
        rig->batch = BATCH_MAX;
        open_backend(rig);
        *state = rig;
        return 0;
}

int rig_tear_down(void **state)
{
        struct rig *rig = *state;

        for (int fd = 0; fd < RIG_FDS; fd++)
                assert_int_equal(rig->interest[fd], 0);
        rig->b->ops->close(rig->b);
        assert_true(shim_is_clean(&rig->shim));
        shim_clear(&rig->shim);
        files_leave();
        free(rig);
        return 0;
}

bool rig_is_epoll(const struct rig *rig)
{
        return strncmp(rig->row->ops->name, "epoll", 5) == 0;
}

bool rig_is(const struct rig *rig, const struct backend_ops *ops)
{
        return rig->row->ops == ops;
}

int rig_try(struct rig *rig, int fd, int now)
{
        const struct backend_ops *ops = rig->b->ops;
        const short was = rig->interest[fd];
        uint32_t before[3];
        int r;

        assert_in_range(fd, 0, RIG_FDS - 1);
        if (was == now)
                return 0;
        if (was == 0 && !ops->is_batching)
                memset(rig->state[fd], 0, sizeof rig->state[fd]);
        memcpy(before, rig->state[fd], sizeof before);
        r = ops->set(rig->b, fd, was, (short)now, rig->state[fd]);
        if (r < 0 && now != 0)
                assert_memory_equal(rig->state[fd], before, sizeof before);
        if (r == 0 || now == 0)
                rig->interest[fd] = (short)now;
        if (now == 0 && !ops->is_batching)
                memset(rig->state[fd], 0xa5, sizeof rig->state[fd]);
        return r;
}

void rig_want(struct rig *rig, int fd, int now)
{
        assert_int_equal(rig_try(rig, fd, now), 0);
}

void rig_want_nothing(struct rig *rig)
{
        for (int fd = 0; fd < RIG_FDS; fd++)
                rig_want(rig, fd, 0);
}

void rig_prepare(struct rig *rig)
{
        assert_int_equal(rig->b->ops->prepare(rig->b), 0);
}

void rig_wait(struct rig *rig, int64_t timeout_ns)
{
        assert_int_equal(rig->b->ops->wait(rig->b, timeout_ns), 0);
}

static void note(struct rig *rig, const struct fd_ready *ready)
{
        assert_in_range(ready->fd, 0, RIG_FDS - 1);
        if (rig->interest[ready->fd] == 0 || rig->state[ready->fd][0] != ready->generation) {
                rig->stale++;
                return;
        }
        rig->found[ready->fd] |= ready->what;
        rig->times[ready->fd]++;
}

void rig_collect(struct rig *rig)
{
        struct fd_ready ready[BATCH_MAX];
        int n;

        memset(rig->found, 0, sizeof rig->found);
        memset(rig->times, 0, sizeof rig->times);
        rig->stale = 0;
        do {
                n = rig->b->ops->collect(rig->b, ready, rig->batch);
                assert_in_range(n, 0, rig->batch);
                for (int i = 0; i < n; i++)
                        note(rig, &ready[i]);
        } while (n == rig->batch);
}

void rig_turn(struct rig *rig, int64_t timeout_ns)
{
        rig_prepare(rig);
        rig_wait(rig, timeout_ns);
        rig_collect(rig);
}

short rig_ready(struct rig *rig, int fd)
{
        rig_turn(rig, 0);
        return (short)(rig->found[fd] & rig->interest[fd]);
}

void rig_forget(struct rig *rig)
{
        for (int i = 0; i < SHIM_CALLS; i++)
                rig->forgotten[i] = rig->shim.calls[i];
        rig->shim.traced = 0;
}

long rig_calls(const struct rig *rig, uint64_t set)
{
        long count = 0;

        for (int i = 0; i < SHIM_CALLS; i++)
                if (set & SHIM_BIT(i))
                        count += rig->shim.calls[i] - rig->forgotten[i];
        return count;
}

const struct shim_entry *rig_last(const struct rig *rig, uint64_t set)
{
        const struct shim_entry *last = NULL;

        assert_in_range(rig->shim.traced, 1, SHIM_TRACE_MAX);
        for (long i = 0; i < rig->shim.traced; i++)
                if (set & SHIM_BIT(rig->shim.trace[i].call))
                        last = &rig->shim.trace[i];
        assert_non_null(last);
        return last;
}
