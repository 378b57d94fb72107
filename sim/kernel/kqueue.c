/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A kqueue: its queue, and the file that it is. What kevent does with it is in kevent.c.
 *
 * Modelled (kqueue(2)): a kqueue that can be polled and watched by another, and is not inherited
 * (fork(2)).
 * Not modelled: RLIMIT_KQUEUES.
 */
#include "kernel/kqueue.h"

#include <fcntl.h>

#include "kernel/calls.h"
#include "kernel/descriptor.h"

/* ---- The queue ------------------------------------------------------------------------------
 */

void evsim_note_activate(struct evsim_note *note)
{
        struct evsim_kqueue *kq = note->kq;

        note->is_active = true;
        if (note->is_disabled || evi_link_is_listed(&note->link))
                return;
        evi_list_push_tail(&kq->queue, &note->link);
        kq->nqueued++;
        evsim_file_notify(&kq->file, POLLIN);
}

void evsim_note_dequeue(struct evsim_note *note)
{
        if (!evi_link_is_listed(&note->link))
                return;
        evi_list_remove(&note->link);
        note->kq->nqueued--;
}

void evsim_note_free(struct evsim_note *note)
{
        note->filter->detach(note);
        evsim_note_dequeue(note);
        evi_list_remove(&note->all);
        evsim_memory_free(&evsim_note_host(note)->world->memory, note);
}

/* ---- A kqueue as a file ---------------------------------------------------------------------
 */

/* As the kernel's: whether something is queued, not whether it is still so. */
static unsigned poll_kqueue(struct evsim_file *file)
{
        return evsim_kqueue_of(file)->nqueued > 0 ? POLLIN : 0;
}

static void facts_of_kqueue(struct evsim_file *file, struct evsim_file_facts *facts)
{
        facts->readable = evsim_kqueue_of(file)->nqueued;
}

static int foreach_note(struct evsim_file *file,
                        int (*see)(const struct evsim_interest *interest, void *arg), void *arg)
{
        struct evsim_kqueue *kq = evsim_kqueue_of(file);
        int r = 0;

        for (struct evi_link *l = evi_list_first(&kq->notes); l != NULL && r == 0;
             l = evi_list_next(&kq->notes, l)) {
                const struct evsim_note *note = EVI_CONTAINER_OF(l, struct evsim_note, all);
                struct evsim_interest interest;

                if (!note->filter->is_of_descriptor || note->is_disabled)
                        continue;
                interest = (struct evsim_interest){
                        .fd = (int)note->result.ident,
                        .file = note->of.fd.watch.file,
                        .events = note->filter == &evsim_filter_read ? POLLIN : POLLOUT,
                        .is_edge = (note->result.flags & EV_CLEAR) != 0,
                };
                r = see(&interest, arg);
        }
        return r;
}

static void release_kqueue(struct evsim_file *file)
{
        struct evsim_kqueue *kq = evsim_kqueue_of(file);
        struct evi_link *link;

        while ((link = evi_list_first(&kq->notes)) != NULL)
                evsim_note_free(EVI_CONTAINER_OF(link, struct evsim_note, all));
        evsim_memory_free(&file->host->world->memory, kq);
}

const struct evsim_file_ops evsim_kqueue_file_ops = {
        .name = "kqueue",
        .poll = poll_kqueue,
        .facts = facts_of_kqueue,
        .foreach = foreach_note,
        .release = release_kqueue,
        .is_uninheritable = true,
};

static int make_kqueue(struct evsim_host *host)
{
        struct evsim_kqueue *kq = evsim_memory_zalloc(&host->world->memory, sizeof *kq);

        evsim_file_init(&kq->file, &evsim_kqueue_file_ops, host, O_RDWR);
        kq->flavour = evsim_kqueue_flavour(host->config.kernel);
        evi_list_init(&kq->notes);
        evi_list_init(&kq->queue);
        return evsim_descriptor_give(host, &kq->file, O_CLOEXEC);
}

int evsim_sys_kqueue(struct evsim_host *host)
{
        int r = evsim_call_begin(host, EVSIM_CALL_KQUEUE);

        if (r == 0)
                r = make_kqueue(host);
        return (int)evsim_call_end(host, EVSIM_CALL_KQUEUE, r, 0, r);
}
