/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Waking a loop that sleeps in its backend: a descriptor that the loop watches, and that others
 * write to.
 *
 * Writes are coalesced: between two drains the loop's thread costs others one system call, however
 * many they are. Two parties write. Other threads do it with the base lock held, through
 * evi_wakeup_wake(), and only while the loop sleeps; signal handlers cannot take a lock and have a
 * flag of their own (signals.h).
 *
 * eventfd(2) where the world has it, else a pipe.
 */
#ifndef EVIDENT_CORE_WAKEUP_H
#define EVIDENT_CORE_WAKEUP_H

#include <stdbool.h>

struct backend;
struct evi_fdmap;
struct os;

struct evi_wakeup {
        int read_fd;     /* -1: not open */
        int write_fd;    /* the same for an eventfd */
        bool is_pending; /* evi_wakeup_wake() wrote, and the loop has not drained yet; base lock */
};

void evi_wakeup_init(struct evi_wakeup *w);

/* Opens the descriptors, and the map watches them. Does nothing if that is done. 0, or -errno and
 * nothing is open. */
int evi_wakeup_open(struct evi_wakeup *w, struct os *os, struct evi_fdmap *map, struct backend *b);

/* After fork(2): other descriptors in place of those that are shared with the parent, in the map
 * but not yet in any backend. 0, or -errno and nothing has changed; *old is to be closed by
 * evi_wakeup_drop(), or put back. */
int evi_wakeup_replace(struct evi_wakeup *w, struct os *os, struct evi_fdmap *map,
                       struct evi_wakeup *old);
void evi_wakeup_restore(struct evi_wakeup *w, struct os *os, struct evi_fdmap *map,
                        const struct evi_wakeup *old);
void evi_wakeup_drop(const struct evi_wakeup *old, struct os *os);

/* The end of evi_wakeup_open(); may be called in any state. */
void evi_wakeup_close(struct evi_wakeup *w, struct os *os, struct evi_fdmap *map,
                      struct backend *b);

/* The loop's wait ends now or does not begin. With the base lock. Without descriptors nobody else
 * can be there. */
void evi_wakeup_wake(struct evi_wakeup *w, struct os *os);

/* One write, whatever is pending. Async-signal-safe. */
void evi_wakeup_write(struct os *os, int write_fd);

/* read_fd was readable: it is not any more. With the base lock. */
void evi_wakeup_drain(struct evi_wakeup *w, struct os *os);

#endif
