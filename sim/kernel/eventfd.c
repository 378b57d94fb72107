/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * eventfd(2).
 *
 * Modelled: the 64-bit counter; EFD_SEMAPHORE; EINVAL of buffers below 8 bytes and of writing
 * 2^64-1; EAGAIN at 0 and at the maximum of 2^64-2; every write notifies readers, also if the
 * counter was not 0 (so EPOLLET reports again), every read notifies writers.
 * Not modelled: POLLERR of a counter at 2^64-1, which only the kernel itself can reach.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "kernel/calls.h"
#include "kernel/descriptor.h"

#define SEMAPHORE   1 /* EFD_SEMAPHORE */
#define COUNTER_MAX (UINT64_MAX - 1)

struct eventfd {
        struct evsim_file file;
        uint64_t counter;
        bool is_semaphore;
};

static struct eventfd *eventfd_of(struct evsim_file *file)
{
        return EVI_CONTAINER_OF(file, struct eventfd, file);
}

static unsigned poll_eventfd(struct evsim_file *file)
{
        const uint64_t counter = eventfd_of(file)->counter;

        return (counter > 0 ? POLLIN : 0U) | (counter < COUNTER_MAX ? POLLOUT : 0U);
}

static ssize_t read_eventfd(struct evsim_file *file, void *buf, size_t len)
{
        struct eventfd *e = eventfd_of(file);
        const uint64_t value = e->is_semaphore ? 1 : e->counter;

        if (len < sizeof value)
                return -EINVAL;
        if (e->counter == 0)
                return -EAGAIN;
        e->counter -= value;
        memcpy(buf, &value, sizeof value);
        evsim_file_notify(file, POLLOUT);
        return sizeof value;
}

static ssize_t write_eventfd(struct evsim_file *file, const void *buf, size_t len)
{
        struct eventfd *e = eventfd_of(file);
        uint64_t value;

        if (len < sizeof value)
                return -EINVAL;
        memcpy(&value, buf, sizeof value);
        if (value == UINT64_MAX)
                return -EINVAL;
        if (value > COUNTER_MAX - e->counter)
                return -EAGAIN;
        e->counter += value;
        evsim_file_notify(file, POLLIN);
        return sizeof value;
}

static void facts_of_eventfd(struct evsim_file *file, struct evsim_file_facts *facts)
{
        facts->readable = eventfd_of(file)->counter > 0 ? 8 : 0;
        facts->writable = 8;
}

static void release_eventfd(struct evsim_file *file)
{
        evsim_memory_free(&file->host->world->memory, eventfd_of(file));
}

static const struct evsim_file_ops eventfd_ops = {
        .name = "eventfd",
        .poll = poll_eventfd,
        .read = read_eventfd,
        .write = write_eventfd,
        .facts = facts_of_eventfd,
        .release = release_eventfd,
};

static int make_eventfd(struct evsim_host *host, unsigned initial, int flags)
{
        struct eventfd *e;

        if ((flags & ~(O_NONBLOCK | O_CLOEXEC | SEMAPHORE)) != 0)
                return -EINVAL;
        e = evsim_memory_zalloc(&host->world->memory, sizeof *e);
        evsim_file_init(&e->file, &eventfd_ops, host, O_RDWR | (flags & O_NONBLOCK));
        e->counter = initial;
        e->is_semaphore = (flags & SEMAPHORE) != 0;
        return evsim_descriptor_give(host, &e->file, flags);
}

int evsim_sys_eventfd(struct evsim_host *host, unsigned initial, int flags)
{
        int r = evsim_call_begin(host, EVSIM_CALL_EVENTFD);

        if (r == 0)
                r = make_eventfd(host, initial, flags);
        return (int)evsim_call_end(host, EVSIM_CALL_EVENTFD, r, initial, r);
}
