/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Locks and conditions over the callbacks of the process. All locks of the library are recursive
 * ones, because callbacks of the user call back into it.
 *
 * What a lock callback answers is ignored, as libevent does: there is nothing to be done about a
 * lock that cannot be had. Programs that want to know enable lock debugging.
 */
#include "os/lock.h"

#include <assert.h>
#include <errno.h>
#include <stddef.h>

int os_lock_new(struct os_process *process, void **lock)
{
        void *made;

        assert(process != NULL && lock != NULL);
        if (process->locks.alloc == NULL) {
                *lock = NULL;
                return 0;
        }
        made = process->locks.alloc(EVTHREAD_LOCKTYPE_RECURSIVE);
        if (made == NULL)
                return -ENOMEM;
        *lock = made;
        return 0;
}

void os_lock_free(struct os_process *process, void *lock)
{
        if (lock != NULL)
                process->locks.free(lock, EVTHREAD_LOCKTYPE_RECURSIVE);
}

int os_condition_new(struct os_process *process, void **condition)
{
        void *made;

        assert(process != NULL && condition != NULL);
        if (process->conditions.alloc_condition == NULL ||
            process->conditions.wait_condition == NULL) {
                *condition = NULL;
                return 0;
        }
        made = process->conditions.alloc_condition(0);
        if (made == NULL)
                return -ENOMEM;
        *condition = made;
        return 0;
}

void os_condition_free(struct os_process *process, void *condition)
{
        if (condition != NULL)
                process->conditions.free_condition(condition);
}

void os_condition_broadcast(struct os_process *process, void *condition)
{
        if (condition != NULL)
                (void)process->conditions.signal_condition(condition, 1);
}

void os_condition_wait(struct os_process *process, void *condition, void *lock)
{
        if (condition == NULL)
                return;
        assert(lock != NULL);
        (void)process->conditions.wait_condition(condition, lock, NULL);
}

unsigned long os_thread_id(const struct os_process *process)
{
        return process->thread_id != NULL ? process->thread_id() : 0;
}
