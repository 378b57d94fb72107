/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kqueue(2): the demultiplexer of FreeBSD, NetBSD, OpenBSD, DragonFly and macOS.
 *
 * The kernel keeps an entry for each pair of descriptor and filter, EVFILT_READ and EVFILT_WRITE
 * here. Changes are made at once, because a descriptor may be closed as soon as its event is
 * deleted, and each asks for a receipt (EV_RECEIPT), so that no event is fetched with it. udata
 * carries the generation.
 *
 * What is odd about it, and what is done here:
 *  - Entries go with the descriptor's last close, unasked (kqueue(2), EV_DELETE). So a deletion that
 *    finds nothing (ENOENT, EBADF) has succeeded, and an addition renews the other filter's entry
 *    as well, which costs no call.
 *  - EV_ADD of an entry that is there changes its udata, but not EV_CLEAR (kern_event.c of FreeBSD,
 *    kqueue_register: only fields of the filter and udata are copied). Going from level to edge or
 *    back deletes first.
 *  - The write end of a pipe whose reader is gone cannot be added: EPIPE (sys_pipe.c of FreeBSD,
 *    pipe_kqfilter). Who waits for it is to learn by writing: it is called writable without the
 *    kernel (broken.h).
 *  - A regular file is readable only before its end (kqueue(2), EVFILT_READ, Vnodes), where poll
 *    and select call it always ready; FreeBSD and OpenBSD can be told to do likewise. Some systems
 *    refuse EVFILT_WRITE for one (kqueue(2)), and the caller is told.
 *  - EV_EOF comes with both filters, with a socket's error in fflags (kqueue(2)). Each filter
 *    speaks for its own direction; an error is of both.
 *  - That the peer has shut down is told with EVFILT_READ alone, as soon as there are data too: one
 *    cannot wait for it and for nothing else. So EV_CLOSED is not offered, as in libevent 2.1
 *    (kqops in its kqueue.c: ET, O1 and FDS).
 *  - A kqueue is not inherited by a child process (kqueue(2)): event_reinit() makes a new one. The
 *    old one's number is free in the child, so it is probably the new one's: who is not the owner
 *    does not close it.
 *  - A timeout of more than 100,000,000 s was refused by the first kernels (EINVAL; itimerfix in
 *    kqueue_scan). Waits are cut at WAIT_MAX_NS. The loop waits again.
 *  - NetBSD's EVFILT_READ is 0, and its filters are unsigned (os/kevent.h).
 *
 * Threads: wait touches the batch and is_urgent, which set does not.
 */
#include <errno.h>
#include <event2/event.h>
#include <stdbool.h>
#include <stdint.h>

#include "backend/backend.h"
#include "backend/batch.h"
#include "backend/broken.h"
#include "os/kevent.h"
#include "os/os.h"

#define FILTERS     (EV_READ | EV_WRITE)
#define WAIT_MAX_NS (INT64_C(86400) * 1000000000)

struct kqueue {
        struct backend backend;
        int kq;
        int owner; /* the process that made it */
        uint32_t last_generation;
        size_t nentries; /* that the kernel keeps for us */
        struct evi_batch batch;
        struct evi_broken broken;
        bool is_urgent; /* a broken one is to be reported: do not wait */
};

struct kqueue_state {
        uint32_t generation; /* 0: nothing is known of the descriptor */
        uint32_t wanted;     /* what was set: EV_READ, EV_WRITE, and EV_ET */
};

static struct kqueue *kqueue_of(struct backend *b)
{
        return (struct kqueue *)b;
}

static bool kqueue_is_available(const struct os *os)
{
        return os_has_kqueue(os);
}

static int kqueue_open(struct os *os, unsigned flags, struct backend **out)
{
        struct kqueue *k = os_calloc(os, 1, sizeof *k);
        int r;

        (void)flags;
        if (k == NULL)
                return -ENOMEM;
        r = evi_batch_init(&k->batch, os, sizeof(struct kevent));
        if (r < 0)
                goto no_batch;
        r = os_kqueue(os);
        if (r < 0)
                goto no_kq;
        k->backend = (struct backend){.ops = &evi_backend_kqueue, .os = os};
        k->kq = r;
        k->owner = os_getpid(os);
        *out = &k->backend;
        return 0;
no_kq:
        evi_batch_clear(&k->batch, os);
no_batch:
        os_free(os, k);
        return r;
}

static void kqueue_close(struct backend *b)
{
        struct kqueue *k = kqueue_of(b);

        if (os_getpid(b->os) == k->owner)
                (void)os_close(b->os, k->kq);
        evi_broken_clear(&k->broken, b->os);
        evi_batch_clear(&k->batch, b->os);
        os_free(b->os, k);
}

static uint32_t next_generation(struct kqueue *k)
{
        if (++k->last_generation == 0)
                k->last_generation = 1;
        return k->last_generation;
}

static size_t count_of(uint32_t wanted)
{
        return (size_t)((wanted & EV_READ) != 0) + ((wanted & EV_WRITE) != 0);
}

/* What is to happen to a descriptor's entries: EV_READ and EV_WRITE name them. */
struct step {
        uint32_t add;
        uint32_t remove;
        bool is_edge;
        uint32_t generation;
};

static int list_filter(struct kevent *changes, int fd, const struct step *step, uint32_t what)
{
        const os_kevent_filter filter = what == EV_READ ? EVFILT_READ : EVFILT_WRITE;
        const unsigned clear = step->is_edge ? EV_CLEAR : 0;

        if (step->add & what) {
                changes[0] =
                        os_kevent_make(fd, filter, EV_ADD | EV_RECEIPT | clear, step->generation);
                changes[0].fflags = what == EV_READ ? OS_NOTE_FILE_POLL : 0;
                return 1;
        }
        if (step->remove & what) {
                changes[0] = os_kevent_make(fd, filter, EV_DELETE | EV_RECEIPT, 0);
                return 1;
        }
        return 0;
}

/* What became of a change, as its receipt has it. */
static int result_of(const struct kevent *change, const struct kevent *receipt)
{
        const int error = (int)receipt->data;

        if ((change->flags & EV_DELETE) && (error == ENOENT || error == EBADF))
                return 0;
        return -error;
}

/* Takes the step. 0 or the first error. *is_broken is whether the kernel has refused to watch a
 * pipe that nobody reads any more, which is no error. */
static int take_step(struct kqueue *k, int fd, const struct step *step, bool *is_broken)
{
        struct kevent changes[2];
        struct kevent receipts[2];
        int n = list_filter(changes, fd, step, EV_READ);
        int r;

        *is_broken = false;
        n += list_filter(changes + n, fd, step, EV_WRITE);
        if (n == 0)
                return 0;
        r = os_kevent(k->backend.os, k->kq, changes, n, receipts, n, 0);
        if (r != n)
                return r < 0 ? r : -EIO;
        r = 0;
        for (int i = 0; i < n; i++) {
                const int result = result_of(&changes[i], &receipts[i]);

                if (result == -EPIPE && changes[i].filter == EVFILT_WRITE)
                        *is_broken = true;
                else if (r == 0)
                        r = result;
        }
        return r;
}

static int forget(struct kqueue *k, int fd, struct kqueue_state *state)
{
        const struct step step = {.remove = state->wanted & FILTERS};
        bool is_broken;
        const int r = take_step(k, fd, &step, &is_broken);

        evi_broken_drop(&k->broken, k->backend.os, fd);
        k->nentries -= count_of(state->wanted);
        *state = (struct kqueue_state){0};
        evi_batch_trim(&k->batch, k->backend.os, k->nentries);
        return r;
}

/* The way back from a step that failed. The kernel had the memory for it a moment ago. */
static void go_back(struct kqueue *k, int fd, const struct kqueue_state *state, uint32_t added)
{
        const struct step back = {.add = state->wanted & FILTERS,
                                  .remove = added & ~state->wanted,
                                  .is_edge = (state->wanted & EV_ET) != 0,
                                  .generation = state->generation};
        bool is_broken;

        (void)take_step(k, fd, &back, &is_broken);
}

/* From state to wanted, which is something. */
static int change(struct kqueue *k, int fd, const struct kqueue_state *state, uint32_t wanted,
                  uint32_t generation)
{
        struct step step = {.remove = state->wanted & ~wanted & FILTERS,
                            .is_edge = (wanted & EV_ET) != 0,
                            .generation = generation};
        bool is_broken = false;
        int r = 0;

        if (state->wanted != 0 && ((state->wanted ^ wanted) & EV_ET)) {
                const struct step removal = {.remove = state->wanted & FILTERS};

                r = take_step(k, fd, &removal, &is_broken);
                step.remove = 0;
        }
        if ((wanted & ~state->wanted) || generation != state->generation || step.remove == 0)
                step.add = wanted & FILTERS;
        if (r == 0)
                r = take_step(k, fd, &step, &is_broken);
        if (r == 0 && is_broken)
                r = evi_broken_put(&k->broken, k->backend.os, fd, generation, step.is_edge);
        if (r < 0)
                go_back(k, fd, state, step.add);
        else if (!is_broken && ((step.add | step.remove) & EV_WRITE))
                evi_broken_drop(&k->broken, k->backend.os, fd);
        return r;
}

static int kqueue_set(struct backend *b, int fd, short was, short now, void *fd_state)
{
        struct kqueue *k = kqueue_of(b);
        struct kqueue_state *state = fd_state;
        const uint32_t wanted = (uint32_t)now & (FILTERS | EV_ET);
        uint32_t generation = state->generation;
        int r;

        if (!(wanted & FILTERS))
                return forget(k, fd, state);
        if (was == now || generation == 0)
                generation = next_generation(k);
        r = change(k, fd, state, wanted, generation);
        if (r < 0)
                return r;
        k->nentries += count_of(wanted);
        k->nentries -= count_of(state->wanted);
        *state = (struct kqueue_state){generation, wanted};
        return 0;
}

static int kqueue_prepare(struct backend *b)
{
        struct kqueue *k = kqueue_of(b);

        evi_batch_begin(&k->batch, b->os, k->nentries);
        k->is_urgent = evi_broken_begin(&k->broken);
        return 0;
}

static int kqueue_wait(struct backend *b, int64_t timeout_ns)
{
        struct kqueue *k = kqueue_of(b);
        int n;

        if (k->is_urgent)
                timeout_ns = 0;
        if (timeout_ns > WAIT_MAX_NS)
                timeout_ns = WAIT_MAX_NS;
        n = os_kevent(b->os, k->kq, NULL, 0, k->batch.entries, k->batch.capacity, timeout_ns);
        return evi_batch_end_wait(&k->batch, n);
}

static short ready_of(const struct kevent *event)
{
        if ((event->flags & EV_ERROR) || ((event->flags & EV_EOF) && event->fflags != 0))
                return EV_READ | EV_WRITE;
        if (event->filter == EVFILT_READ)
                return EV_READ;
        return event->filter == EVFILT_WRITE ? EV_WRITE : 0;
}

static int kqueue_collect(struct backend *b, struct fd_ready *out, int max)
{
        struct kqueue *k = kqueue_of(b);
        const struct evi_broken_entry *broken;
        const struct kevent *event;
        int n = 0;

        while (n < max && (event = evi_batch_take(&k->batch)) != NULL)
                out[n++] = (struct fd_ready){.fd = (int)event->ident,
                                             .what = ready_of(event),
                                             .generation = os_kevent_cookie(event)};
        while (n < max && (broken = evi_broken_take(&k->broken)) != NULL)
                out[n++] = (struct fd_ready){
                        .fd = broken->fd, .what = EV_WRITE, .generation = broken->generation};
        return n;
}

static int kqueue_descriptor(const struct backend *b)
{
        return ((const struct kqueue *)b)->kq;
}

const struct backend_ops evi_backend_kqueue = {
        .name = "kqueue",
        .features = EV_FEATURE_ET | EV_FEATURE_O1 | EV_FEATURE_FDS,
        .fd_state_size = sizeof(struct kqueue_state),
        .is_batching = false,
        .is_available = kqueue_is_available,
        .open = kqueue_open,
        .close = kqueue_close,
        .set = kqueue_set,
        .prepare = kqueue_prepare,
        .wait = kqueue_wait,
        .collect = kqueue_collect,
        .descriptor = kqueue_descriptor,
};
