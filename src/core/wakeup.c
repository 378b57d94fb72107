/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The wake-up descriptor; wakeup.h says who writes to it and when.
 *
 * A write that fails with EAGAIN found the pipe full or the counter at its end: the loop will wake,
 * which is all that was wanted.
 */
#include "core/wakeup.h"

#include <errno.h>
#include <stdint.h>

#include "core/fdmap.h"
#include "os/os.h"

void evi_wakeup_init(struct evi_wakeup *w)
{
        *w = (struct evi_wakeup){.read_fd = -1, .write_fd = -1};
}

static int open_descriptors(struct os *os, struct evi_wakeup *fresh)
{
        int fds[2];
        int r = os_eventfd(os);

        fds[0] = r;
        fds[1] = r;
        if (r == -ENOSYS)
                r = os_pipe(os, fds);
        if (r < 0)
                return r;
        *fresh = (struct evi_wakeup){.read_fd = fds[0], .write_fd = fds[1]};
        return 0;
}

void evi_wakeup_drop(const struct evi_wakeup *w, struct os *os)
{
        if (w->read_fd < 0)
                return;
        (void)os_close(os, w->read_fd);
        if (w->write_fd != w->read_fd)
                (void)os_close(os, w->write_fd);
}

int evi_wakeup_open(struct evi_wakeup *w, struct os *os, struct evi_fdmap *map, struct backend *b)
{
        struct evi_wakeup fresh;
        int r;

        if (w->read_fd >= 0)
                return 0;
        r = open_descriptors(os, &fresh);
        if (r < 0)
                return r;
        r = evi_fdmap_watch(map, b, fresh.read_fd);
        if (r < 0) {
                evi_wakeup_drop(&fresh, os);
                return r;
        }
        *w = fresh;
        return 0;
}

int evi_wakeup_replace(struct evi_wakeup *w, struct os *os, struct evi_fdmap *map,
                       struct evi_wakeup *old)
{
        struct evi_wakeup fresh;
        int r;

        *old = *w;
        if (w->read_fd < 0)
                return 0;
        r = open_descriptors(os, &fresh);
        if (r < 0)
                return r;
        r = evi_fdmap_rewatch(map, os, old->read_fd, fresh.read_fd);
        if (r < 0) {
                evi_wakeup_drop(&fresh, os);
                return r;
        }
        *w = fresh;
        return 0;
}

void evi_wakeup_restore(struct evi_wakeup *w, struct os *os, struct evi_fdmap *map,
                        const struct evi_wakeup *old)
{
        if (old->read_fd < 0)
                return;
        (void)evi_fdmap_rewatch(map, os, w->read_fd, old->read_fd);
        evi_wakeup_drop(w, os);
        *w = *old;
}

void evi_wakeup_close(struct evi_wakeup *w, struct os *os, struct evi_fdmap *map, struct backend *b)
{
        if (w->read_fd < 0)
                return;
        evi_fdmap_unwatch(map, b, w->read_fd);
        evi_wakeup_drop(w, os);
        evi_wakeup_init(w);
}

void evi_wakeup_write(struct os *os, int write_fd)
{
        const uint64_t one = 1;

        while (os_write(os, write_fd, &one, sizeof one) == -EINTR)
                continue;
}

void evi_wakeup_wake(struct evi_wakeup *w, struct os *os)
{
        if (w->write_fd < 0 || w->is_pending)
                return;
        w->is_pending = true;
        evi_wakeup_write(os, w->write_fd);
}

void evi_wakeup_drain(struct evi_wakeup *w, struct os *os)
{
        char buf[512];
        ssize_t n;

        do {
                n = os_read(os, w->read_fd, buf, sizeof buf);
        } while (n == -EINTR || n == (ssize_t)sizeof buf);
        w->is_pending = false;
}
