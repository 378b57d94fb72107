/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Inside a kqueue: the queue (kqueue.c), its entries (kevent.c), and the filters that tell them
 * when to be reported (kqueue_fd.c, kqueue_timer.c, kqueue_signal.c, kqueue_user.c).
 *
 * An entry is *active* once its filter found its condition to hold. Active ones that are not
 * disabled are in the queue, each once, in the order in which they came up.
 */
#ifndef EVIDENT_SIM_KQUEUE_H
#define EVIDENT_SIM_KQUEUE_H

#include "kernel/file.h"
#include "kernel/host.h"
#include "os/kevent.h"

/* What a system's kqueue(2) has that another's has not (kqueue_flavours.c). */
struct evsim_kqueue_flavour {
        const char *name;

        /* EVFILT_READ of regular files. */
        bool has_file_poll; /* NOTE_FILE_POLL: always ready */
        bool has_note_eof;  /* the same bit is NOTE_EOF: also at the end, and says so in fflags */

        /* EVFILT_TIMER. */
        unsigned timer_fflags;    /* those that there are */
        bool is_absolute_oneshot; /* a timer with a deadline is deleted when it was reported */
        bool is_absolute_cleared; /* EV_CLEAR is set for these, too */

        /* EVFILT_SIGNAL does not record SIGCHLD where that is ignored. */
        bool skips_ignored_sigchld;

        /* What a descriptor that a filter cannot watch answers. */
        int unsupported_error;
};

const struct evsim_kqueue_flavour *evsim_kqueue_flavour(enum evsim_kernel kernel);

struct evsim_kqueue {
        struct evsim_file file; /* first */
        const struct evsim_kqueue_flavour *flavour;
        struct evi_link notes; /* all entries */
        struct evi_link queue; /* those to be reported */
        int nqueued;
};

static inline struct evsim_kqueue *evsim_kqueue_of(struct evsim_file *file)
{
        return EVI_CONTAINER_OF(file, struct evsim_kqueue, file);
}

struct evsim_note;

struct evsim_filter {
        bool is_of_descriptor; /* ident is one */

        /* A new entry begins to watch. 0 or -errno, and there is nothing to detach. */
        int (*attach)(struct evsim_note *note);
        void (*detach)(struct evsim_note *note);

        /* Whether there is something to report now, which is stored in result. */
        bool (*run)(struct evsim_note *note);

        /* A change of an entry that there is: 0 or -errno. NULL: fflags and data become wanted. */
        int (*touch)(struct evsim_note *note, const struct kevent *change);

        /* The entry has been reported, and has EV_CLEAR. NULL: nothing of its own. */
        void (*clear)(struct evsim_note *note);
};

extern const struct evsim_filter evsim_filter_read;
extern const struct evsim_filter evsim_filter_write;
extern const struct evsim_filter evsim_filter_signal;
extern const struct evsim_filter evsim_filter_timer;
extern const struct evsim_filter evsim_filter_user;

struct evsim_note {
        struct evi_link all;  /* in kqueue.notes */
        struct evi_link link; /* in kqueue.queue */
        struct evsim_kqueue *kq;
        const struct evsim_filter *filter;
        bool is_active;
        bool is_disabled;

        /* What it is: ident, filter, udata, and of flags EV_ONESHOT, EV_CLEAR, EV_DISPATCH; and what
         * its filter found last: EV_EOF, fflags, data. */
        struct kevent result;

        /* What was asked of the filter. */
        unsigned fflags;
        int64_t data;

        union {
                struct {
                        struct evsim_watch watch;
                        int process; /* whose descriptor it is (struct evsim_fdtable) */
                } fd;
                struct {
                        struct evsim_appointment expiry;
                        int64_t next_ns;   /* of the clock that is_wall says */
                        int64_t period_ns; /* 0: once */
                        bool is_wall;
                } timer;
                struct {
                        struct evsim_signal_watcher watcher;
                        uint32_t seen; /* of signals.sent */
                } signal;
                struct {
                        bool is_triggered;
                } user;
        } of;
};

static inline struct evsim_host *evsim_note_host(const struct evsim_note *note)
{
        return note->kq->file.host;
}

/* Its filter has found something: into the queue, unless it is there or disabled. */
void evsim_note_activate(struct evsim_note *note);
/* Out of the queue. */
void evsim_note_dequeue(struct evsim_note *note);
/* Ends it. */
void evsim_note_free(struct evsim_note *note);

/* The entry of this kqueue, descriptor and filter on the file; NULL: none (kqueue_fd.c). */
struct evsim_note *evsim_note_on_file(struct evsim_kqueue *kq, struct evsim_file *file, int fd,
                                      const struct evsim_filter *filter);

/* Of the file of a kqueue. */
extern const struct evsim_file_ops evsim_kqueue_file_ops;

#endif
