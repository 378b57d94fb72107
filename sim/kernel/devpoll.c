/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * /dev/poll.
 *
 * Modelled (poll(7d) of Solaris and illumos): write(2) of arrays of pollfd, whose events are added
 * to those of the same descriptor; POLLREMOVE; DP_POLL with its size and its time in milliseconds,
 * whose buffer is untouched where nothing is found; DP_ISPOLLED; POLLNVAL of a descriptor that was
 * closed and not removed, and the new file where its number is used again; EINVAL of too many
 * entries; EACCES for a child of fork(2); POLLERR for who polls a /dev/poll.
 * Where more are ready than there is room for, the next call goes on behind the last that was
 * reported.
 * Not modelled: DP_PPOLL, DP_EPOLLCOMPAT, DP_POLL that sleeps while one of its descriptors is closed
 * or used again (the page asks programs not to).
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "kernel/calls.h"
#include "kernel/descriptor.h"
#include "kernel/wait.h"
#include "os/poll.h"
#include "os/time.h"

#define UNASKED ((unsigned)(POLLERR | POLLHUP | POLLNVAL))

struct devpoll {
        struct evsim_file file;
        int owner;                /* the process that opened it */
        struct evi_link entries;  /* in the order in which they were first written */
        struct evi_link sleepers; /* tasks in DP_POLL */
        struct entry **by_number; /* entries by descriptor, from the table's first on */
        int capacity;
};

struct entry {
        struct evsim_watch
                watch;       /* on the file that the number led to when it was last looked at */
        struct evi_link all; /* in devpoll.entries */
        struct devpoll *dp;
        int fd;
        unsigned events;
};

static struct devpoll *devpoll_of(struct evsim_file *file)
{
        return EVI_CONTAINER_OF(file, struct devpoll, file);
}

static struct evsim_memory *memory_of(struct devpoll *dp)
{
        return &dp->file.host->world->memory;
}

/* ---- The set --------------------------------------------------------------------------------
 */

static bool wake_entry(struct evsim_watch *watch, unsigned events)
{
        struct entry *entry = EVI_CONTAINER_OF(watch, struct entry, watch);

        if ((events & (entry->events | UNASKED)) == 0 || evi_list_is_empty(&entry->dp->sleepers))
                return false;
        evsim_sleepers_wake(&entry->dp->sleepers);
        return true;
}

static void lose_file(struct evsim_watch *watch)
{
        watch->file = NULL;
}

static const struct evsim_watch_ops entry_ops = {.wake = wake_entry, .gone = lose_file};

/* The file that the number leads to now, which is watched from here on; NULL: none. */
static struct evsim_file *follow(struct entry *entry)
{
        struct evsim_file *file = evsim_descriptor_get(entry->dp->file.host, entry->fd);

        if (file == entry->watch.file)
                return file;
        evsim_file_unwatch(&entry->watch);
        entry->watch.file = NULL;
        if (file != NULL)
                evsim_file_watch(file, &entry->watch);
        return file;
}

static unsigned ready_bits(struct entry *entry)
{
        struct evsim_file *file = follow(entry);

        return file == NULL ? POLLNVAL : evsim_file_poll(file) & (entry->events | UNASKED);
}

static struct entry **slot_of(struct devpoll *dp, int fd)
{
        const int i = fd - dp->file.host->files.first;

        return i >= 0 && i < dp->capacity ? &dp->by_number[i] : NULL;
}

static struct entry *find(struct devpoll *dp, int fd)
{
        struct entry **slot = slot_of(dp, fd);

        return slot != NULL ? *slot : NULL;
}

static void grow(struct devpoll *dp, int i)
{
        int capacity = dp->capacity > 0 ? dp->capacity : 16;

        if (i < dp->capacity)
                return;
        while (capacity <= i)
                capacity *= 2;
        dp->by_number = evsim_memory_realloc(memory_of(dp), dp->by_number,
                                             (size_t)capacity * sizeof(struct entry *));
        for (int k = dp->capacity; k < capacity; k++)
                dp->by_number[k] = NULL;
        dp->capacity = capacity;
}

static struct entry *add(struct devpoll *dp, int fd)
{
        struct entry *entry = evsim_memory_zalloc(memory_of(dp), sizeof *entry);

        grow(dp, fd - dp->file.host->files.first);
        *slot_of(dp, fd) = entry;
        entry->watch.ops = &entry_ops;
        entry->dp = dp;
        entry->fd = fd;
        evi_list_push_tail(&dp->entries, &entry->all);
        return entry;
}

static void free_entry(struct entry *entry)
{
        struct devpoll *dp = entry->dp;

        evsim_file_unwatch(&entry->watch);
        evi_list_remove(&entry->all);
        *slot_of(dp, entry->fd) = NULL;
        evsim_memory_free(memory_of(dp), entry);
}

static void write_entry(struct devpoll *dp, const struct pollfd *change)
{
        struct entry *entry = find(dp, change->fd);

        if ((change->events & OS_POLLREMOVE) != 0) {
                if (entry != NULL)
                        free_entry(entry);
                return;
        }
        if (entry == NULL)
                entry = add(dp, change->fd);
        entry->events |= (unsigned)change->events;
        (void)follow(entry);
}

/* A number that no descriptor can have is passed over, as poll(2) does with negative ones. */
static int write_set(struct devpoll *dp, const struct pollfd *changes, size_t count)
{
        const struct evsim_host *host = dp->file.host;

        if (host->pid != dp->owner)
                return -EACCES;
        if (count > (size_t)host->config.descriptors_max)
                return -EINVAL;
        for (size_t i = 0; i < count; i++)
                if (changes[i].fd >= host->files.first && changes[i].fd < host->files.end)
                        write_entry(dp, &changes[i]);
        evsim_sleepers_wake(&dp->sleepers);
        return 0;
}

/* ---- As a file ------------------------------------------------------------------------------
 */

static unsigned poll_devpoll(struct evsim_file *file)
{
        (void)file;
        return POLLERR;
}

static ssize_t write_devpoll(struct evsim_file *file, const void *buf, size_t len)
{
        const size_t count = len / sizeof(struct pollfd);
        struct pollfd *changes;
        int r;

        if (len % sizeof(struct pollfd) != 0)
                return -EINVAL;
        changes = evsim_memory_alloc(&file->host->world->memory, len);
        memcpy(changes, buf, len);
        r = write_set(devpoll_of(file), changes, count);
        evsim_memory_free(&file->host->world->memory, changes);
        return r < 0 ? r : (ssize_t)len;
}

static int foreach_entry(struct evsim_file *file,
                         int (*see)(const struct evsim_interest *interest, void *arg), void *arg)
{
        struct devpoll *dp = devpoll_of(file);
        int r = 0;

        for (struct evi_link *l = evi_list_first(&dp->entries); l != NULL && r == 0;
             l = evi_list_next(&dp->entries, l)) {
                struct entry *entry = EVI_CONTAINER_OF(l, struct entry, all);
                const struct evsim_interest interest = {
                        .fd = entry->fd,
                        .file = follow(entry),
                        .events = entry->events &
                                  ((unsigned)(POLLIN | POLLOUT) | (unsigned)EVSIM_POLLRDHUP),
                };

                if (interest.file != NULL)
                        r = see(&interest, arg);
        }
        return r;
}

static void release_devpoll(struct evsim_file *file)
{
        struct devpoll *dp = devpoll_of(file);
        struct evi_link *link;

        while ((link = evi_list_first(&dp->entries)) != NULL)
                free_entry(EVI_CONTAINER_OF(link, struct entry, all));
        evsim_memory_free(memory_of(dp), dp->by_number);
        evsim_memory_free(memory_of(dp), dp);
}

static const struct evsim_file_ops devpoll_ops = {
        .name = "/dev/poll",
        .poll = poll_devpoll,
        .write = write_devpoll,
        .foreach = foreach_entry,
        .release = release_devpoll,
};

static int open_devpoll(struct evsim_host *host)
{
        struct devpoll *dp = evsim_memory_zalloc(&host->world->memory, sizeof *dp);

        evsim_file_init(&dp->file, &devpoll_ops, host, O_RDWR | O_NONBLOCK);
        dp->owner = host->pid;
        evi_list_init(&dp->entries);
        evi_list_init(&dp->sleepers);
        return evsim_descriptor_give(host, &dp->file, O_CLOEXEC);
}

int evsim_sys_devpoll_open(struct evsim_host *host)
{
        int r = evsim_call_begin(host, EVSIM_CALL_DEVPOLL_OPEN);

        if (r == 0)
                r = open_devpoll(host);
        return (int)evsim_call_end(host, EVSIM_CALL_DEVPOLL_OPEN, r, 0, r);
}

/* The set under the number; NULL and -errno in *error. */
static struct devpoll *get(struct evsim_host *host, int fd, int *error)
{
        struct evsim_file *file = evsim_descriptor_get(host, fd);

        *error = file == NULL ? -EBADF : file->ops != &devpoll_ops ? -EINVAL : 0;
        return *error == 0 ? devpoll_of(file) : NULL;
}

int evsim_sys_devpoll_write(struct evsim_host *host, int fd, const struct pollfd *changes,
                            size_t count)
{
        const int64_t about = count > 0 ? changes[0].fd : -1;
        int r = evsim_call_begin(host, EVSIM_CALL_DEVPOLL_WRITE);
        int error;
        struct devpoll *dp = get(host, fd, &error);

        if (r == 0)
                r = error;
        if (r == 0)
                r = write_set(dp, changes, count);
        return (int)evsim_call_end(host, EVSIM_CALL_DEVPOLL_WRITE, (int)about,
                                   count > 0 ? changes[count - 1].events : 0, r);
}

/* ---- DP_POLL --------------------------------------------------------------------------------
 */

/* What is reported goes to the end, so that all get their turn. */
static int look(struct devpoll *dp, struct pollfd *out, int max)
{
        struct evi_link reported;
        struct evi_link *next;
        int n = 0;

        evi_list_init(&reported);
        for (struct evi_link *l = evi_list_first(&dp->entries); l != NULL && n < max; l = next) {
                struct entry *entry = EVI_CONTAINER_OF(l, struct entry, all);
                const unsigned bits = ready_bits(entry);

                next = evi_list_next(&dp->entries, l);
                if (bits == 0)
                        continue;
                out[n++] = (struct pollfd){
                        .fd = entry->fd, .events = (short)entry->events, .revents = (short)bits};
                evi_list_remove(l);
                evi_list_push_tail(&reported, l);
        }
        evi_list_move_all(&reported, &dp->entries);
        return n;
}

static int sleep_and_look(struct devpoll *dp, struct pollfd *out, int max, int64_t deadline_ns,
                          int fd)
{
        int n;
        int r;

        do {
                r = evsim_wait_among(&dp->sleepers, deadline_ns, NULL, "devpoll_poll", fd);
                n = look(dp, out, max);
        } while (n == 0 && r == 0);
        return n == 0 && r == -EINTR ? -EINTR : n;
}

/* It counts in milliseconds. */
static int64_t rounded(int64_t timeout_ns)
{
        if (timeout_ns < 0 || timeout_ns > INT64_MAX - OS_NS_PER_MS)
                return timeout_ns;
        return (timeout_ns + OS_NS_PER_MS - 1) / OS_NS_PER_MS * OS_NS_PER_MS;
}

static int poll_set(struct evsim_host *host, struct devpoll *dp, struct pollfd *out, int max,
                    int64_t timeout_ns, int fd)
{
        const int64_t deadline_ns =
                evsim_wait_deadline_ns(host, EVSIM_CALL_DEVPOLL_POLL, rounded(timeout_ns));
        struct evsim_file *pretended;
        int n;

        if (host->pid != dp->owner)
                return -EACCES;
        if (max < 0 || max >= host->config.descriptors_max)
                return -EINVAL;
        evsim_file_ref(&dp->file);
        pretended = evsim_wait_pretend(&dp->file);
        n = look(dp, out, max);
        evsim_wait_stop_pretending(pretended);
        if (n == 0 && timeout_ns != 0)
                n = sleep_and_look(dp, out, max, deadline_ns, fd);
        evsim_file_unref(&dp->file);
        if (n == 0)
                evsim_world_turn(host->world);
        return n;
}

int evsim_sys_devpoll_poll(struct evsim_host *host, int fd, struct pollfd *out, int max,
                           int64_t timeout_ns)
{
        int r = evsim_call_begin(host, EVSIM_CALL_DEVPOLL_POLL);
        int error;
        struct devpoll *dp = get(host, fd, &error);

        if (r == 0)
                r = error;
        if (r == 0)
                r = poll_set(host, dp, out, max, timeout_ns, fd);
        return (int)evsim_call_end(host, EVSIM_CALL_DEVPOLL_POLL, fd, timeout_ns, r);
}

int evsim_sys_devpoll_is_polled(struct evsim_host *host, int fd, struct pollfd *about)
{
        int r = evsim_call_begin(host, EVSIM_CALL_IOCTL);
        int error;
        struct devpoll *dp = get(host, fd, &error);
        struct entry *entry;

        if (r == 0)
                r = error;
        if (r == 0 && host->pid != dp->owner)
                r = -EACCES;
        if (r == 0 && (entry = find(dp, about->fd)) != NULL) {
                about->events = 0;
                about->revents = (short)ready_bits(entry);
                r = 1;
        }
        return (int)evsim_call_end(host, EVSIM_CALL_IOCTL, about->fd, 0, r);
}
