/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Locks, conditions and thread ids, through the callbacks of the process
 * (evthread_set_lock_callbacks and kin).
 *
 * A NULL lock is a lock that is not needed: threads were not enabled when it was to be made, or the
 * base was made with EVENT_BASE_FLAG_NOLOCK. Every function takes it and does nothing, so that a
 * program without threads pays one branch.
 */
#ifndef EVIDENT_OS_LOCK_H
#define EVIDENT_OS_LOCK_H

#include "os/process.h"

/* A recursive lock in *lock, NULL if threads are not enabled. 0, or -ENOMEM with *lock untouched.
 */
int os_lock_new(struct os_process *process, void **lock);
/* The lock must not be held. */
void os_lock_free(struct os_process *process, void *lock);

/* A condition in *condition, NULL if threads are not enabled or nothing can wait. 0, or -ENOMEM
 * with *condition untouched. */
int os_condition_new(struct os_process *process, void **condition);
/* Nobody waits on it. */
void os_condition_free(struct os_process *process, void *condition);
/* Wakes all that wait. The caller holds the lock that they waited with. */
void os_condition_broadcast(struct os_process *process, void *condition);
/* Releases the lock, which the caller holds once, waits, and holds it again; may return without a
 * broadcast. */
void os_condition_wait(struct os_process *process, void *condition, void *lock);

/* The calling thread; 0 if threads are not enabled. */
unsigned long os_thread_id(const struct os_process *process);

static inline void os_lock(struct os_process *process, void *lock)
{
        if (lock != NULL)
                process->locks.lock(0, lock);
}

static inline void os_unlock(struct os_process *process, void *lock)
{
        if (lock != NULL)
                process->locks.unlock(0, lock);
}

#endif
