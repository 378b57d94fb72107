/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * signalfd(2).
 *
 * Modelled: signals of the mask that are pending for the process or for the reading task are read,
 * one struct a signal, and are then no longer pending; EINVAL of small buffers; a new mask for an
 * existing descriptor; readiness as seen by the task that asks.
 * Not modelled: the fields beyond ssi_signo.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "kernel/calls.h"
#include "kernel/descriptor.h"

enum { INFO_SIZE = 128 }; /* struct signalfd_siginfo, which begins with the number */

struct signalfd {
        struct evsim_file file;
        struct evsim_signal_watcher watcher;
        uint64_t mask;
};

static struct signalfd *signalfd_of(struct evsim_file *file)
{
        return EVI_CONTAINER_OF(file, struct signalfd, file);
}

static unsigned poll_signalfd(struct evsim_file *file)
{
        const uint64_t own = evsim_running != NULL && evsim_running->host == file->host
                                     ? evsim_running->signals_pending
                                     : 0;

        return ((file->host->signals.pending | own) & signalfd_of(file)->mask) != 0 ? POLLIN : 0;
}

static ssize_t read_signalfd(struct evsim_file *file, void *buf, size_t len)
{
        struct signalfd *s = signalfd_of(file);
        size_t done = 0;
        int n;

        if (len < INFO_SIZE)
                return -EINVAL;
        while (len - done >= INFO_SIZE &&
               (n = evsim_signal_take(file->host, evsim_running, s->mask)) != 0) {
                const uint32_t number = (uint32_t)n;

                memset((unsigned char *)buf + done, 0, INFO_SIZE);
                memcpy((unsigned char *)buf + done, &number, sizeof number);
                done += INFO_SIZE;
        }
        return done > 0 ? (ssize_t)done : -EAGAIN;
}

/* Linux has one queue of waiters for all of them, and wakes it whatever the signal: it shows as an
 * edge of an instance of epoll around another that watches one. */
static void sent(struct evsim_signal_watcher *watcher)
{
        struct signalfd *s = EVI_CONTAINER_OF(watcher, struct signalfd, watcher);

        evsim_file_notify(&s->file, ~0U);
}

static void release_signalfd(struct evsim_file *file)
{
        struct signalfd *s = signalfd_of(file);

        evi_list_remove(&s->watcher.link);
        evsim_memory_free(&file->host->world->memory, s);
}

static const struct evsim_file_ops signalfd_ops = {
        .name = "signalfd",
        .poll = poll_signalfd,
        .read = read_signalfd,
        .release = release_signalfd,
};

static int make_signalfd(struct evsim_host *host, uint64_t mask, int flags)
{
        struct signalfd *s = evsim_memory_zalloc(&host->world->memory, sizeof *s);

        evsim_file_init(&s->file, &signalfd_ops, host, O_RDWR | (flags & O_NONBLOCK));
        s->mask = mask;
        s->watcher.sent = sent;
        s->watcher.only_queued = true;
        evi_list_push_head(&host->signals.watchers, &s->watcher.link);
        return evsim_descriptor_give(host, &s->file, flags);
}

static void wake_all(struct evsim_signals *signals)
{
        struct evi_link *head = &signals->watchers;

        for (struct evi_link *l = evi_list_first(head); l != NULL; l = evi_list_next(head, l)) {
                struct evsim_signal_watcher *w =
                        EVI_CONTAINER_OF(l, struct evsim_signal_watcher, link);

                if (w->sent == sent)
                        sent(w);
        }
}

static int change_signalfd(struct evsim_host *host, int fd, uint64_t mask)
{
        struct evsim_file *file = evsim_descriptor_get(host, fd);

        if (file == NULL)
                return -EBADF;
        if (file->ops != &signalfd_ops)
                return -EINVAL;
        signalfd_of(file)->mask = mask;
        wake_all(&host->signals);
        return fd;
}

int evsim_sys_signalfd(struct evsim_host *host, int fd, uint64_t mask, int flags)
{
        int r = evsim_call_begin(host, EVSIM_CALL_SIGNALFD);

        mask &= ~(evsim_signal_bit(SIGKILL) | evsim_signal_bit(SIGSTOP));
        if (r == 0 && (flags & ~(O_NONBLOCK | O_CLOEXEC)) != 0)
                r = -EINVAL;
        if (r == 0)
                r = fd == -1 ? make_signalfd(host, mask, flags) : change_signalfd(host, fd, mask);
        return (int)evsim_call_end(host, EVSIM_CALL_SIGNALFD, fd, flags, r);
}
