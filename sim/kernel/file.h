/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Open file descriptions, descriptors, and readiness.
 *
 * As in a kernel these are three things. A *file* is an open file description: it has the state,
 * the flags, and who watches it; several descriptors, in several tables, may lead to it (dup(2),
 * fork(2)), and it ends with the last. A *descriptor* is a number in a table. A *watch* is someone
 * who wants to know: a task that sleeps in a call, or a registration with a demultiplexer.
 *
 * Readiness is computed in one place, the file's poll(), as poll(2)'s bits. Whatever changes it
 * calls evsim_file_notify() with the bits that may have come up: that is the kernel's wake-up, and
 * an edge. Demultiplexers present both in their own ways, so all of them show the same truth.
 */
#ifndef EVIDENT_SIM_FILE_H
#define EVIDENT_SIM_FILE_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "util/list.h"

/* Not every system's headers have it; the simulated kernel does. */
#if defined(POLLRDHUP)
#define EVSIM_POLLRDHUP POLLRDHUP
#else
#define EVSIM_POLLRDHUP 0x2000
#endif

struct evsim_fdtable;
struct evsim_file;
struct evsim_host;
struct evsim_interest;
struct evsim_task;

/* What kqueue and others ask beyond readiness. */
struct evsim_file_facts {
        int64_t readable;  /* bytes, or connections, that can be read */
        int64_t writable;  /* bytes that can be written */
        bool is_read_end;  /* no more will come */
        bool is_write_end; /* what is written is lost */
        int error;         /* SO_ERROR, not consumed */
};

struct evsim_file_ops {
        const char *name;

        /* What the file is ready for now: any of POLLIN, POLLPRI, POLLOUT, POLLERR, POLLHUP,
         * EVSIM_POLLRDHUP. */
        unsigned (*poll)(struct evsim_file *file);

        /* read(2), write(2) as they are without blocking: a count, or -errno; -EAGAIN where a
         * blocking call waits until poll() says POLLIN or POLLOUT (or an error). NULL: -EINVAL. */
        ssize_t (*read)(struct evsim_file *file, void *buf, size_t len);
        ssize_t (*write)(struct evsim_file *file, const void *buf, size_t len);

        /* All facts; those that mean nothing for it stay 0. NULL: all are 0. */
        void (*facts)(struct evsim_file *file, struct evsim_file_facts *facts);

        /* Of a demultiplexer: calls see for each of its registrations of descriptors, in no order,
         * until it gives non-zero, which is returned. One that waits for several things apart may
         * come several times. NULL: it is none. */
        int (*foreach)(struct evsim_file *file,
                       int (*see)(const struct evsim_interest *interest, void *arg), void *arg);

        /* The last descriptor is gone, and all watches: ends what it stands for and frees it. */
        void (*release)(struct evsim_file *file);

        /* epoll_ctl(2) EPERM and kin: no wait can be for it (regular files). */
        bool is_always_ready;
        bool is_uninheritable; /* a child of fork(2) does not have it (kqueue(2)) */
        bool counts_bytes; /* ioctl(2) FIONREAD tells what can be read; sockets do without this */
        bool is_socket;    /* a struct evsim_socket (kernel/socket.h) */
};

struct evsim_file {
        const struct evsim_file_ops *ops;
        struct evsim_host *host;
        int refs;           /* descriptors, and calls that sleep in it */
        int flags;          /* O_ACCMODE, O_NONBLOCK, O_APPEND */
        unsigned pretended; /* bits that a wait is told although they are not true (wait.h) */
        struct evi_link watches;
};

struct evsim_watch;

/* One registration with a demultiplexer, for checks. */
struct evsim_interest {
        int fd;
        struct evsim_file *file; /* that it is about; the descriptor may lead elsewhere by now */
        unsigned events; /* poll's bits that are waited for: POLLIN, POLLOUT, EVSIM_POLLRDHUP */
        bool is_edge;
};

struct evsim_watch_ops {
        /* The bits may have come up on the file. Returns whether somebody was woken, for whom
         * is_exclusive. Must not remove a watch of the file. */
        bool (*wake)(struct evsim_watch *watch, unsigned events);
        /* This descriptor of the file was closed. NULL: of no interest. May remove the watch. */
        void (*closed)(struct evsim_watch *watch, struct evsim_fdtable *table, int fd);
        /* The file ends; the watch is out of its list already. */
        void (*gone)(struct evsim_watch *watch);
};

struct evsim_watch {
        struct evi_link link; /* in file->watches */
        struct evsim_file *file;
        const struct evsim_watch_ops *ops;
        bool is_exclusive; /* of these only the first that is woken (EPOLLEXCLUSIVE) */
};

/* A file is embedded first in what it is; it begins with one reference. */
void evsim_file_init(struct evsim_file *file, const struct evsim_file_ops *ops,
                     struct evsim_host *host, int flags);
void evsim_file_ref(struct evsim_file *file);
/* Releases it with the last reference. */
void evsim_file_unref(struct evsim_file *file);

/* As in Linux's wait queues the latest is told first, but exclusive ones last and in their order: it
 * shows in the order of epoll's reports. */
void evsim_file_watch(struct evsim_file *file, struct evsim_watch *watch);
void evsim_file_unwatch(struct evsim_watch *watch);

/* The kernel's wake-up. */
void evsim_file_notify(struct evsim_file *file, unsigned events);

static inline unsigned evsim_file_poll(struct evsim_file *file)
{
        return file->ops->poll(file) | file->pretended;
}

struct evsim_file_facts evsim_file_ask(struct evsim_file *file);

/* A task that is woken when the file may be ready for any of events. */
struct evsim_file_sleeper {
        struct evsim_watch watch;
        struct evsim_task *task;
        unsigned events;
};

/* The running task is woken from here on, and holds the file, until the end. */
void evsim_file_sleep_begin(struct evsim_file_sleeper *sleeper, struct evsim_file *file,
                            unsigned events);
void evsim_file_sleep_end(struct evsim_file_sleeper *sleeper);

/* Whether a call goes on after a signal handler that was installed with SA_RESTART. */
enum evsim_restart { EVSIM_RESTARTS, EVSIM_NEVER_RESTARTS };

/* The running task sleeps until the file may be ready for any of events, or has an error. 0;
 * -EINTR where a handler has run; -ETIMEDOUT at the deadline. */
int evsim_file_wait(struct evsim_file *file, unsigned events, int64_t deadline_ns,
                    enum evsim_restart restart, const char *call, int fd);

/* ---- Descriptors ---------------------------------------------------------------------------- */

struct evsim_descriptor {
        struct evsim_file *file; /* NULL: free */
        bool is_cloexec;
};

/* A process's table. The lowest free number is given out, as POSIX says (2.14 File Descriptor
 * Allocation). */
struct evsim_fdtable {
        struct evsim_host *host;
        int process; /* whose it is: 0 the first's, counted up at each fork. Tables are told apart
                        by it, not by where they are. */
        int first;   /* the lowest number there is: 3, or above the real process's limit */
        int end;     /* the limit: no number from here on */
        struct evsim_descriptor *slots; /* of number first + i */
        int capacity;
        int nopen;
        int hint; /* no free slot below it */
};

void evsim_fdtable_init(struct evsim_fdtable *table, struct evsim_host *host, int first, int max);

/* The file under the number; NULL: none. */
static inline struct evsim_file *evsim_fdtable_get(const struct evsim_fdtable *table, int fd)
{
        const int i = fd - table->first;

        return i >= 0 && i < table->capacity ? table->slots[i].file : NULL;
}

/* The lowest free number, from least on, gets the file, whose reference it takes. The number, or
 * -EMFILE and nothing. */
int evsim_fdtable_add(struct evsim_fdtable *table, struct evsim_file *file, bool is_cloexec,
                      int least);
/* Whether there is a free number. */
bool evsim_fdtable_has_room(const struct evsim_fdtable *table);
/* This number gets the file, whose reference it takes; what was there is closed first. */
void evsim_fdtable_set(struct evsim_fdtable *table, int fd, struct evsim_file *file,
                       bool is_cloexec);
/* 0 or -EBADF. */
int evsim_fdtable_close(struct evsim_fdtable *table, int fd);
/* The same descriptors once more, for a new process (fork(2)), but for what is not inherited. */
void evsim_fdtable_copy(struct evsim_fdtable *to, const struct evsim_fdtable *from);
void evsim_fdtable_close_all(struct evsim_fdtable *table);
/* The lowest open number from fd on; -1: none. */
int evsim_fdtable_next(const struct evsim_fdtable *table, int fd);

#endif
