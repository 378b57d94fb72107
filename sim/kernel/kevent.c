/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kevent: changes of a kqueue's entries, and waiting for them.
 *
 * Modelled (kqueue(2) of FreeBSD; differences of other systems in kqueue_flavours.c): entries by
 * (ident, filter); EV_ADD, also again, which changes udata, fflags and data and runs the filter;
 * EV_DELETE, EV_ENABLE, EV_DISABLE, EV_ONESHOT, EV_CLEAR, EV_DISPATCH, EV_KEEPUDATA; EV_RECEIPT and
 * changes that fail, which are answered by EV_ERROR entries, and no event is fetched then; the
 * error of the call where there is no room for one; no wait where no entry is asked for; the filter
 * that is run again when its entry is fetched; EINTR, after all changes were made; EBADF, ENOENT,
 * EINVAL.
 * Where the pages are silent, FreeBSD's kern_event.c counts: entries are reported in the order in
 * which they came up, and those that stay go to the end of the queue; EV_ONESHOT is reported
 * without running the filter again; adding again does not change EV_CLEAR and its kin.
 * Not modelled: EVFILT_VNODE, EVFILT_PROC, EVFILT_AIO and others, EVFILT_EXCEPT, kevent64, limits
 * of timeouts (BUGS).
 */
#include <errno.h>
#include <limits.h>

#include "kernel/calls.h"
#include "kernel/descriptor.h"
#include "kernel/kqueue.h"
#include "kernel/wait.h"

#define KEPT_FLAGS ((os_kevent_flags)(EV_ONESHOT | EV_CLEAR | EV_DISPATCH))

/* ---- Changes --------------------------------------------------------------------------------
 */

/* NULL: there is no such filter. */
static const struct evsim_filter *filter_of(struct evsim_host *host, os_kevent_filter filter)
{
        switch (filter) {
        case EVFILT_READ:
                return &evsim_filter_read;
        case EVFILT_WRITE:
                return &evsim_filter_write;
        case EVFILT_SIGNAL:
                return &evsim_filter_signal;
        case EVFILT_TIMER:
                return &evsim_filter_timer;
        case EVFILT_USER:
                return &evsim_filter_user;
        case EVFILT_VNODE:
                evsim_unmodelled(host, "kevent", "EVFILT_VNODE");
        case EVFILT_PROC:
                evsim_unmodelled(host, "kevent", "EVFILT_PROC");
        case EVFILT_AIO:
        case EVFILT_LIO:
        case EVFILT_PROCDESC:
        case EVFILT_FS:
        case EVFILT_SENDFILE:
        case EVFILT_EMPTY:
                evsim_unmodelled(host, "kevent", "the filter %d", (int)filter);
        default:
                return NULL;
        }
}

static struct evsim_note *find(struct evsim_kqueue *kq, const struct evsim_filter *filter,
                               uintptr_t ident)
{
        for (struct evi_link *l = evi_list_first(&kq->notes); l != NULL;
             l = evi_list_next(&kq->notes, l)) {
                struct evsim_note *note = EVI_CONTAINER_OF(l, struct evsim_note, all);

                if (note->filter == filter && note->result.ident == ident)
                        return note;
        }
        return NULL;
}

/* The filter is run where that can matter. */
static void look(struct evsim_note *note)
{
        if (!note->is_disabled && note->filter->run(note))
                evsim_note_activate(note);
}

static int add(struct evsim_kqueue *kq, const struct evsim_filter *filter,
               const struct kevent *change)
{
        struct evsim_memory *memory = &kq->file.host->world->memory;
        struct evsim_note *note = evsim_memory_zalloc(memory, sizeof *note);
        int r;

        note->kq = kq;
        note->filter = filter;
        note->result = *change;
        note->result.flags &= KEPT_FLAGS;
        note->result.fflags = 0;
        note->result.data = 0;
        note->fflags = change->fflags;
        note->data = change->data;
        note->is_disabled = (change->flags & EV_DISABLE) != 0;
        r = filter->attach(note);
        if (r < 0) {
                evsim_memory_free(memory, note);
                return r;
        }
        evi_list_push_tail(&kq->notes, &note->all);
        look(note);
        return 0;
}

static int modify(struct evsim_note *note, const struct kevent *change)
{
        int r = 0;

        if (note->filter->touch != NULL) {
                r = note->filter->touch(note, change);
        } else {
                note->fflags = change->fflags;
                note->data = change->data;
        }
        if (r < 0)
                return r;
        if ((change->flags & EV_KEEPUDATA) == 0)
                note->result.udata = change->udata;
        if ((change->flags & EV_DISABLE) != 0) {
                note->is_disabled = true;
                evsim_note_dequeue(note);
        } else if ((change->flags & (EV_ADD | EV_ENABLE)) != 0) {
                note->is_disabled = false;
        }
        look(note);
        return 0;
}

static int make_change(struct evsim_kqueue *kq, const struct kevent *change)
{
        struct evsim_host *host = kq->file.host;
        const struct evsim_filter *filter = filter_of(host, change->filter);
        struct evsim_note *note;

        if (filter == NULL)
                return -EINVAL;
        if (filter->is_of_descriptor) {
                const int fd = change->ident <= INT_MAX ? (int)change->ident : -1;
                struct evsim_file *file = evsim_descriptor_get(host, fd);

                if (file == NULL)
                        return -EBADF;
                note = evsim_note_on_file(kq, file, fd, filter);
        } else {
                note = find(kq, filter, change->ident);
        }
        if (note == NULL && (change->flags & EV_ADD) == 0)
                return -ENOENT;
        if ((change->flags & EV_DELETE) == 0)
                return note == NULL ? add(kq, filter, change) : modify(note, change);
        if (note != NULL)
                evsim_note_free(note);
        return 0;
}

/* How many answers there are, or an error for which there was no room. Where there was none for a
 * receipt the rest is left undone. */
static int make_changes(struct evsim_kqueue *kq, const struct kevent *changes, int nchanges,
                        struct kevent *events, int max)
{
        int nanswers = 0;

        for (int i = 0; i < nchanges; i++) {
                const struct kevent change = changes[i]; /* events may be the same array */
                const int r = make_change(kq, &change);

                if (r == 0 && (change.flags & EV_RECEIPT) == 0)
                        continue;
                if (nanswers == max)
                        return r < 0 ? r : nanswers;
                events[nanswers] = change;
                events[nanswers].flags = EV_ERROR;
                events[nanswers].data = -r;
                nanswers++;
        }
        return nanswers;
}

/* ---- Waiting --------------------------------------------------------------------------------
 */

static void clear(struct evsim_note *note)
{
        note->result.data = 0;
        note->result.fflags = 0;
        if (note->filter->clear != NULL)
                note->filter->clear(note);
}

/* Reports an entry that has left the queue; one that stays active goes to its end again. */
static bool report(struct evsim_note *note, struct kevent *event)
{
        const bool is_oneshot = (note->result.flags & EV_ONESHOT) != 0;

        if (!is_oneshot && !note->filter->run(note)) {
                note->is_active = false;
                return false;
        }
        *event = note->result;
        if (is_oneshot) {
                evsim_note_free(note);
                return true;
        }
        if ((note->result.flags & (EV_CLEAR | EV_DISPATCH)) == 0) {
                evi_list_push_tail(&note->kq->queue, &note->link);
                note->kq->nqueued++;
                return true;
        }
        note->is_active = false;
        if ((event->flags & EV_CLEAR) != 0)
                clear(note);
        if ((event->flags & EV_DISPATCH) != 0)
                note->is_disabled = true;
        return true;
}

static int collect(struct evsim_kqueue *kq, struct kevent *events, int max)
{
        struct evi_link now; /* what is queued again waits for the next call */
        struct evi_link *link;
        int n = 0;

        evi_list_init(&now);
        evi_list_move_all(&kq->queue, &now);
        while (n < max && (link = evi_list_first(&now)) != NULL) {
                struct evsim_note *note = EVI_CONTAINER_OF(link, struct evsim_note, link);

                evsim_note_dequeue(note);
                if (report(note, &events[n]))
                        n++;
        }
        evi_list_move_all(&kq->queue, &now);
        evi_list_move_all(&now, &kq->queue);
        return n;
}

static int wait(struct evsim_host *host, struct evsim_kqueue *kq, struct kevent *events, int max,
                int64_t timeout_ns, int fd)
{
        const int64_t deadline_ns = evsim_wait_deadline_ns(host, EVSIM_CALL_KEVENT, timeout_ns);
        int n = collect(kq, events, max);
        int r = 0;

        while (n == 0 && timeout_ns != 0 && r == 0) {
                r = evsim_file_wait(&kq->file, POLLIN, deadline_ns, EVSIM_NEVER_RESTARTS, "kevent",
                                    fd);
                n = collect(kq, events, max);
        }
        if (n == 0 && r == -EINTR)
                return -EINTR;
        if (n == 0)
                evsim_world_turn(host->world);
        return n;
}

/* fault: 0, or -EINTR, which is of the wait and leaves the changes made. */
static int kevent_on(struct evsim_host *host, int fd, const struct kevent *changes, int nchanges,
                     struct kevent *events, int max, int64_t timeout_ns, int fault)
{
        struct evsim_file *file = evsim_descriptor_get(host, fd);
        int r;

        if (file == NULL || file->ops != &evsim_kqueue_file_ops)
                return -EBADF;
        if (nchanges < 0 || max < 0 || timeout_ns < -1)
                return -EINVAL;
        evsim_file_ref(file);
        r = make_changes(evsim_kqueue_of(file), changes, nchanges, events, max);
        if (r == 0 && fault < 0)
                r = fault;
        else if (r == 0 && max > 0)
                r = wait(host, evsim_kqueue_of(file), events, max, timeout_ns, fd);
        evsim_file_unref(file);
        return r;
}

int evsim_sys_kevent(struct evsim_host *host, int kq, const struct kevent *changes, int nchanges,
                     struct kevent *events, int max, int64_t timeout_ns)
{
        const bool has_changes = nchanges > 0;
        const int about = has_changes ? (int)changes[0].ident : kq;
        const int64_t argument =
                has_changes ? (int64_t)changes[0].filter * 65536 + changes[0].flags : timeout_ns;
        int r = evsim_call_begin(host, EVSIM_CALL_KEVENT);

        if (r == 0 || r == -EINTR)
                r = kevent_on(host, kq, changes, nchanges, events, max, timeout_ns, r);
        return (int)evsim_call_end(host, EVSIM_CALL_KEVENT, about, argument, r);
}
