/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Pipes.
 *
 * Modelled (pipe(7), pipe(2), poll(2)): two ends; 16 slots of a page of 4,096 bytes, to the last of
 * which a write is added if it fits, so that capacity is 65,536 bytes but may be exhausted by fewer
 * (pipe(7), 'Pipe capacity'); atomicity of writes up to PIPE_BUF; end of file without writers;
 * EPIPE and SIGPIPE without readers; POLLHUP of the read end, POLLERR of the write end. A write
 * notifies readers at every write once somebody has polled the pipe, even at one that finds no room,
 * and only when it was empty before that; a read notifies writers when the pipe was full.
 * Not modelled: O_DIRECT, F_SETPIPE_SZ, splice(2), named pipes.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "kernel/calls.h"
#include "kernel/descriptor.h"

enum { SLOTS = 16, PAGE = 4096 };

struct slot {
        unsigned char *page;
        int begin;
        int end;
};

/* Both ends' files are in it; it goes with the second. */
struct pipe {
        struct evsim_file read_end;
        struct evsim_file write_end;
        bool has_reader;
        bool has_writer;
        bool is_polled;
        struct slot slots[SLOTS]; /* a ring */
        int first;
        int count;
};

static struct pipe *of_read_end(struct evsim_file *file)
{
        return EVI_CONTAINER_OF(file, struct pipe, read_end);
}

static struct pipe *of_write_end(struct evsim_file *file)
{
        return EVI_CONTAINER_OF(file, struct pipe, write_end);
}

static struct slot *slot_at(struct pipe *p, int i)
{
        return &p->slots[(p->first + i) % SLOTS];
}

static struct evsim_memory *memory_of(struct pipe *p)
{
        return &p->read_end.host->world->memory;
}

/* ---- The read end ------------------------------------------------------------------------------
 */

static unsigned poll_read_end(struct evsim_file *file)
{
        struct pipe *p = of_read_end(file);

        p->is_polled = true;
        return (p->count > 0 ? POLLIN : 0U) | (p->has_writer ? 0U : POLLHUP);
}

static void drop_first(struct pipe *p)
{
        evsim_memory_free(memory_of(p), slot_at(p, 0)->page);
        p->first = (p->first + 1) % SLOTS;
        p->count--;
}

static ssize_t read_pipe(struct evsim_file *file, void *buf, size_t len)
{
        struct pipe *p = of_read_end(file);
        const bool was_full = p->count == SLOTS;
        size_t done = 0;

        if (len == 0)
                return 0;
        while (done < len && p->count > 0) {
                struct slot *slot = slot_at(p, 0);
                const size_t held = (size_t)(slot->end - slot->begin);
                const size_t part = held < len - done ? held : len - done;

                memcpy((unsigned char *)buf + done, slot->page + slot->begin, part);
                slot->begin += (int)part;
                done += part;
                if (slot->begin == slot->end)
                        drop_first(p);
        }
        if (was_full && p->count < SLOTS && p->has_writer)
                evsim_file_notify(&p->write_end, POLLOUT);
        if (done == 0 && p->has_writer)
                return -EAGAIN;
        return (ssize_t)done;
}

static void facts_of_read_end(struct evsim_file *file, struct evsim_file_facts *facts)
{
        struct pipe *p = of_read_end(file);

        for (int i = 0; i < p->count; i++)
                facts->readable += slot_at(p, i)->end - slot_at(p, i)->begin;
        facts->is_read_end = !p->has_writer;
}

/* ---- The write end -----------------------------------------------------------------------------
 */

static unsigned poll_write_end(struct evsim_file *file)
{
        struct pipe *p = of_write_end(file);

        p->is_polled = true;
        return (p->count < SLOTS ? POLLOUT : 0U) | (p->has_reader ? 0U : POLLERR);
}

/* What is beyond whole pages goes behind the last byte there is, if it fits into that page. */
static size_t append_to_last(struct pipe *p, const unsigned char *bytes, size_t len)
{
        const size_t part = len % PAGE;
        struct slot *last = p->count > 0 ? slot_at(p, p->count - 1) : NULL;

        if (last == NULL || part == 0 || (size_t)last->end + part > PAGE)
                return 0;
        memcpy(last->page + last->end, bytes, part);
        last->end += (int)part;
        return part;
}

static size_t append_page(struct pipe *p, const unsigned char *bytes, size_t len)
{
        const size_t part = len < PAGE ? len : PAGE;
        struct slot *slot = slot_at(p, p->count++);

        *slot = (struct slot){.page = evsim_memory_alloc(memory_of(p), PAGE), .end = (int)part};
        memcpy(slot->page, bytes, part);
        return part;
}

static ssize_t write_pipe(struct evsim_file *file, const void *buf, size_t len)
{
        struct pipe *p = of_write_end(file);
        const bool was_empty = p->count == 0;
        size_t done;

        if (len == 0)
                return 0;
        if (!p->has_reader)
                return -EPIPE;
        done = append_to_last(p, buf, len);
        while (done < len && p->count < SLOTS)
                done += append_page(p, (const unsigned char *)buf + done, len - done);
        if (was_empty || p->is_polled)
                evsim_file_notify(&p->read_end, POLLIN);
        return done == 0 ? -EAGAIN : (ssize_t)done;
}

static void facts_of_write_end(struct evsim_file *file, struct evsim_file_facts *facts)
{
        struct pipe *p = of_write_end(file);

        facts->writable = (int64_t)(SLOTS - p->count) * PAGE;
        facts->is_write_end = !p->has_reader;
}

/* ---- Both --------------------------------------------------------------------------------------
 */

static void free_if_unused(struct pipe *p)
{
        if (p->has_reader || p->has_writer)
                return;
        while (p->count > 0)
                drop_first(p);
        evsim_memory_free(memory_of(p), p);
}

static void release_read_end(struct evsim_file *file)
{
        struct pipe *p = of_read_end(file);

        p->has_reader = false;
        if (p->has_writer)
                evsim_file_notify(&p->write_end, POLLOUT | POLLERR | POLLHUP);
        free_if_unused(p);
}

static void release_write_end(struct evsim_file *file)
{
        struct pipe *p = of_write_end(file);

        p->has_writer = false;
        if (p->has_reader)
                evsim_file_notify(&p->read_end, POLLIN | POLLERR | POLLHUP);
        free_if_unused(p);
}

static const struct evsim_file_ops read_end_ops = {
        .name = "pipe (read end)",
        .poll = poll_read_end,
        .read = read_pipe,
        .facts = facts_of_read_end,
        .release = release_read_end,
        .counts_bytes = true,
};

static const struct evsim_file_ops write_end_ops = {
        .name = "pipe (write end)",
        .poll = poll_write_end,
        .write = write_pipe,
        .facts = facts_of_write_end,
        .release = release_write_end,
};

static int make_pipe(struct evsim_host *host, int fds[2], int flags)
{
        struct pipe *p = evsim_memory_zalloc(&host->world->memory, sizeof *p);
        int r;

        evsim_file_init(&p->read_end, &read_end_ops, host, O_RDONLY | (flags & O_NONBLOCK));
        evsim_file_init(&p->write_end, &write_end_ops, host, O_WRONLY | (flags & O_NONBLOCK));
        p->has_reader = true;
        p->has_writer = true;
        r = evsim_descriptor_give(host, &p->read_end, flags);
        if (r < 0) {
                evsim_file_unref(&p->write_end);
                return r;
        }
        fds[0] = r;
        r = evsim_descriptor_give(host, &p->write_end, flags);
        if (r < 0) {
                (void)evsim_fdtable_close(&host->files, fds[0]);
                return r;
        }
        fds[1] = r;
        return 0;
}

int evsim_sys_pipe(struct evsim_host *host, int fds[2], int flags)
{
        int r = evsim_call_begin(host, EVSIM_CALL_PIPE);
        int made[2] = {-1, -1};

        if ((flags & ~(O_NONBLOCK | O_CLOEXEC)) != 0)
                evsim_unmodelled(host, "pipe2", "flags %#x", (unsigned)flags);
        if (r == 0)
                r = make_pipe(host, made, flags);
        if (r == 0) {
                fds[0] = made[0];
                fds[1] = made[1];
        }
        return (int)evsim_call_end(host, EVSIM_CALL_PIPE, r == 0 ? made[0] : -1, flags, r);
}
