/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Locks, conditions and ids of tasks, as evthread_use_pthreads() installs them in a simulated host.
 *
 * A lock that is not free blocks the task, which the holder wakes: first come, first served. Who
 * unlocks what it does not hold, frees a lock that is held, or waits on a condition without the
 * lock, ends the run.
 */
#include <event2/thread.h>
#include <errno.h>

#include "kernel/host.h"
#include "kernel/sync.h"
#include "os/process.h"
#include "seam/seam.h"

struct lock {
        struct evsim_lock lock;
        struct evsim_host *host;
        bool is_recursive;
};

struct condition {
        struct evsim_condition condition;
        struct evsim_host *host;
};

_Noreturn static void misused(struct evsim_host *host, const char *what)
{
        evsim_world_end(host->world, EVSIM_MISUSE, "%s", what);
        evsim_die("unreachable");
}

/* ---- Locks -------------------------------------------------------------------------------------
 */

static void *lock_alloc(unsigned locktype)
{
        struct evsim_host *host =
                evsim_world_current("lock_new") != NULL ? evsim_running->host : NULL;
        struct lock *lock = NULL;

        if (evsim_fault_count(host, &host->faults, EVSIM_LANE_ERROR, EVSIM_CALL_LOCK_NEW) == 0)
                lock = evsim_host_alloc(host, sizeof *lock);
        if (lock == NULL)
                return NULL;
        *lock = (struct lock){.host = host,
                              .is_recursive = (locktype & EVTHREAD_LOCKTYPE_RECURSIVE) != 0};
        return lock;
}

static void lock_free(void *arg, unsigned locktype)
{
        struct lock *lock = arg;

        (void)locktype;
        if (lock->lock.owner != NULL)
                misused(lock->host, "a lock is freed while it is held");
        evsim_host_free(lock->host, lock);
}

static int lock_lock(unsigned mode, void *arg)
{
        struct lock *lock = arg;

        if (lock->lock.owner == evsim_running && lock->is_recursive) {
                lock->lock.depth++;
                return 0;
        }
        if ((mode & EVTHREAD_TRY) != 0)
                return evsim_lock_try(&lock->lock) ? 0 : EBUSY;
        return evsim_lock_acquire(&lock->lock, 1, EVSIM_NEVER);
}

static int lock_unlock(unsigned mode, void *arg)
{
        struct lock *lock = arg;

        (void)mode;
        if (lock->lock.owner != evsim_running)
                misused(lock->host, "a lock is released by a task that does not hold it");
        if (--lock->lock.depth == 0)
                evsim_lock_release(&lock->lock);
        return 0;
}

/* Of locks that are not ours (evthread_set_lock_callbacks, lock debugging) nothing is known. */
bool evsim_lock_is_others(const struct evsim_host *host, const void *arg)
{
        const struct lock *lock = arg;

        if (lock != NULL && host->process.locks.lock != lock_lock)
                return true;
        return lock != NULL && lock->lock.owner != NULL && lock->lock.owner != evsim_running;
}

/* ---- Conditions --------------------------------------------------------------------------------
 */

static void *condition_alloc(unsigned condtype)
{
        struct evsim_host *host;
        struct condition *condition = NULL;

        (void)evsim_world_current("condition_new");
        host = evsim_running->host;
        if (condtype == 0 &&
            evsim_fault_count(host, &host->faults, EVSIM_LANE_ERROR, EVSIM_CALL_CONDITION_NEW) == 0)
                condition = evsim_host_alloc(host, sizeof *condition);
        if (condition == NULL)
                return NULL;
        *condition = (struct condition){.host = host};
        return condition;
}

static void condition_free(void *arg)
{
        struct condition *condition = arg;

        if (evsim_condition_is_waited_for(&condition->condition))
                misused(condition->host, "a condition is freed while tasks wait on it");
        evsim_host_free(condition->host, condition);
}

static int condition_signal(void *arg, int broadcast)
{
        struct condition *condition = arg;

        evsim_condition_wake(&condition->condition, broadcast != 0);
        return 0;
}

static int64_t ns_of(const struct timeval *timeout)
{
        return (int64_t)timeout->tv_sec * 1000000000 + (int64_t)timeout->tv_usec * 1000;
}

static int condition_wait(void *arg, void *lock_arg, const struct timeval *timeout)
{
        struct condition *condition = arg;
        struct lock *lock = lock_arg;
        const int64_t deadline_ns =
                timeout == NULL ? EVSIM_NEVER
                                : evsim_host_deadline_ns(condition->host, ns_of(timeout));

        if (lock->lock.owner != evsim_running)
                misused(lock->host, "a task waits on a condition without holding the lock");
        return evsim_condition_wait(&condition->condition, &lock->lock, deadline_ns) == 0 ? 0 : 1;
}

static unsigned long task_id(void)
{
        return evsim_running != NULL ? evsim_running->id : 0;
}

static const struct os_threads threads = {
        .locks =
                {
                        .lock_api_version = EVTHREAD_LOCK_API_VERSION,
                        .supported_locktypes = EVTHREAD_LOCKTYPE_RECURSIVE,
                        .alloc = lock_alloc,
                        .free = lock_free,
                        .lock = lock_lock,
                        .unlock = lock_unlock,
                },
        .conditions =
                {
                        .condition_api_version = EVTHREAD_CONDITION_API_VERSION,
                        .alloc_condition = condition_alloc,
                        .free_condition = condition_free,
                        .signal_condition = condition_signal,
                        .wait_condition = condition_wait,
                },
        .id = task_id,
};

const struct os_threads *evsim_seam_threads(struct os *os)
{
        (void)os;
        return &threads;
}
