/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * EVFILT_READ and EVFILT_WRITE.
 *
 * Modelled (kqueue(2), EVFILT_READ, EVFILT_WRITE, close): data is the number of bytes, of
 * connections of a listening socket, or the distance to the end of a regular file; NOTE_LOWAT of
 * sockets; EV_EOF with the socket's error in fflags, which stays pending (SO_ERROR), also while
 * there are data; regular files before their end, or as NOTE_FILE_POLL and NOTE_EOF have it; no
 * EVFILT_WRITE for regular files and kqueues; the end of an entry with the close of its descriptor,
 * whether or not a duplicate lives on. The write end of a pipe that nobody reads cannot be added:
 * EPIPE (sys_pipe.c of FreeBSD, pipe_kqfilter; no manual page tells).
 * Not modelled: named pipes, out-of-band data, SO_RCVLOWAT beyond what the socket's poll() has of
 * it, devices.
 *
 * An entry is run when its file notifies with bits of its direction: that is what makes EV_CLEAR an
 * edge.
 */
#include <errno.h>

#include "kernel/descriptor.h"
#include "kernel/kqueue.h"

#define END_BITS   ((unsigned)(POLLERR | POLLHUP))
#define READ_BITS  (END_BITS | (unsigned)POLLIN | (unsigned)EVSIM_POLLRDHUP)
#define WRITE_BITS (END_BITS | (unsigned)POLLOUT)

static struct evsim_note *note_of(struct evsim_watch *watch)
{
        return EVI_CONTAINER_OF(watch, struct evsim_note, of.fd.watch);
}

static bool wake_note(struct evsim_watch *watch, unsigned events)
{
        struct evsim_note *note = note_of(watch);
        const unsigned own = note->filter == &evsim_filter_read ? READ_BITS : WRITE_BITS;

        if ((events & own) == 0 || !note->filter->run(note))
                return false;
        evsim_note_activate(note);
        return true;
}

static void close_note(struct evsim_watch *watch, struct evsim_fdtable *table, int fd)
{
        struct evsim_note *note = note_of(watch);

        if (note->of.fd.process == table->process && note->result.ident == (uintptr_t)(unsigned)fd)
                evsim_note_free(note);
}

static void lose_note(struct evsim_watch *watch)
{
        evsim_note_free(note_of(watch));
}

static const struct evsim_watch_ops note_ops = {
        .wake = wake_note,
        .closed = close_note,
        .gone = lose_note,
};

struct evsim_note *evsim_note_on_file(struct evsim_kqueue *kq, struct evsim_file *file, int fd,
                                      const struct evsim_filter *filter)
{
        for (struct evi_link *l = evi_list_first(&file->watches); l != NULL;
             l = evi_list_next(&file->watches, l)) {
                struct evsim_watch *watch = EVI_CONTAINER_OF(l, struct evsim_watch, link);
                struct evsim_note *note = note_of(watch);

                if (watch->ops == &note_ops && note->kq == kq && note->filter == filter &&
                    note->result.ident == (uintptr_t)(unsigned)fd)
                        return note;
        }
        return NULL;
}

static void begin(struct evsim_note *note, struct evsim_file *file)
{
        note->of.fd.watch.ops = &note_ops;
        note->of.fd.process = evsim_note_host(note)->files.process;
        evsim_file_watch(file, &note->of.fd.watch);
}

static struct evsim_file *file_of_ident(const struct evsim_note *note)
{
        return evsim_descriptor_get(evsim_note_host(note), (int)note->result.ident);
}

static int attach_read(struct evsim_note *note)
{
        struct evsim_file *file = file_of_ident(note);

        if (file == &note->kq->file)
                return -EINVAL;
        begin(note, file);
        return 0;
}

static int attach_write(struct evsim_note *note)
{
        struct evsim_file *file = file_of_ident(note);

        if (file->ops->is_always_ready || file->ops == &evsim_kqueue_file_ops)
                return -note->kq->flavour->unsupported_error;
        if (!file->ops->is_socket && evsim_file_ask(file).is_write_end)
                return -EPIPE;
        begin(note, file);
        return 0;
}

static void detach(struct evsim_note *note)
{
        evsim_file_unwatch(&note->of.fd.watch);
}

/* What both directions have in common; whether the end or an error is to be reported. */
static bool find_end(struct evsim_note *note, bool is_end, int error)
{
        note->result.flags &= (os_kevent_flags)~EV_EOF;
        note->result.fflags = 0;
        if (is_end) {
                note->result.flags |= EV_EOF;
                note->result.fflags = (unsigned)error;
        }
        return is_end || error != 0;
}

static bool run_regular(struct evsim_note *note)
{
        const struct evsim_kqueue_flavour *flavour = note->kq->flavour;
        const bool is_asked = (note->fflags & NOTE_FILE_POLL) != 0;

        note->result.fflags = 0;
        if (is_asked && flavour->has_file_poll)
                return true;
        if (is_asked && flavour->has_note_eof && note->result.data == 0) {
                note->result.fflags = NOTE_FILE_POLL;
                return true;
        }
        return note->result.data != 0;
}

static bool run_read(struct evsim_note *note)
{
        struct evsim_file *file = note->of.fd.watch.file;
        const unsigned bits = evsim_file_poll(file);
        const struct evsim_file_facts facts = evsim_file_ask(file);

        note->result.data = facts.readable;
        if (file->ops->is_always_ready)
                return run_regular(note);
        if (find_end(note, facts.is_read_end, facts.error))
                return true;
        if (file->ops->is_socket && (note->fflags & NOTE_LOWAT) != 0)
                return facts.readable >= note->data && facts.readable > 0;
        return (bits & POLLIN) != 0;
}

/* poll(2) calls a socket that never was connected writable and hung up; but it cannot be written. */
static bool is_unconnected(const struct evsim_file *file, unsigned bits)
{
        return file->ops->is_socket && (bits & POLLHUP) != 0;
}

static bool run_write(struct evsim_note *note)
{
        struct evsim_file *file = note->of.fd.watch.file;
        const unsigned bits = evsim_file_poll(file);
        const struct evsim_file_facts facts = evsim_file_ask(file);

        note->result.data = facts.writable;
        if (find_end(note, facts.is_write_end, facts.error))
                return true;
        if ((bits & POLLOUT) == 0 || is_unconnected(file, bits))
                return false;
        return !file->ops->is_socket || (note->fflags & NOTE_LOWAT) == 0 ||
               facts.writable >= note->data;
}

const struct evsim_filter evsim_filter_read = {
        .is_of_descriptor = true,
        .attach = attach_read,
        .detach = detach,
        .run = run_read,
};

const struct evsim_filter evsim_filter_write = {
        .is_of_descriptor = true,
        .attach = attach_write,
        .detach = detach,
        .run = run_write,
};
