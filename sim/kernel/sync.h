/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Locks and conditions of tasks: what the library's locks (seam/threads.c) and a program's own
 * (posix/mutex.c) are made of.
 *
 * Who cannot go on waits in a queue: first come, first served. A struct of zeros is a lock that is
 * free, or a condition that nobody waits for, so that they can be initialised statically.
 */
#ifndef EVIDENT_SIM_SYNC_H
#define EVIDENT_SIM_SYNC_H

#include <stdbool.h>
#include <stdint.h>

#include "util/list.h"

struct evsim_task;

/* Programs have these in storage of public types. */
struct __attribute__((may_alias)) evsim_lock {
        struct evsim_task *owner; /* NULL: free */
        unsigned depth;           /* how often its owner has it */
        struct evi_link waiters;
};

struct __attribute__((may_alias)) evsim_condition {
        struct evi_link waiters;
};

/* Takes the lock if it is free. */
bool evsim_lock_try(struct evsim_lock *lock);

/* Waits until it is free, and takes it depth times: 0; or -ETIMEDOUT at the deadline. */
int evsim_lock_acquire(struct evsim_lock *lock, unsigned depth, int64_t deadline_ns);

/* The owner gives it up, however often it has it. */
void evsim_lock_release(struct evsim_lock *lock);

/* Gives up the lock, which the running task has, waits, and takes it again as often: 0; -ETIMEDOUT
 * where nothing came by the deadline. */
int evsim_condition_wait(struct evsim_condition *condition, struct evsim_lock *lock,
                         int64_t deadline_ns);

/* Wakes the first that waits, or all. */
void evsim_condition_wake(struct evsim_condition *condition, bool is_for_all);

bool evsim_condition_is_waited_for(const struct evsim_condition *condition);

#endif
