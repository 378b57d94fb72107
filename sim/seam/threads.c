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
#include "os/process.h"
#include "seam/seam.h"
#include "util/list.h"

struct waiter {
        struct evi_link link;
        struct evsim_task *task;
        bool is_signalled; /* of a condition */
};

struct lock {
        struct evsim_host *host;
        struct evsim_task *owner; /* NULL: free */
        unsigned depth;
        bool is_recursive;
        struct evi_link waiters;
};

struct condition {
        struct evsim_host *host;
        struct evi_link waiters;
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
        struct evsim_host *host = evsim_world_current("lock_new") != NULL ? evsim_running->host
                                                                          : NULL;
        struct lock *lock = NULL;

        if (evsim_fault_count(host, &host->faults, EVSIM_LANE_ERROR, EVSIM_CALL_LOCK_NEW) == 0)
                lock = evsim_host_alloc(host, sizeof *lock);
        if (lock == NULL)
                return NULL;
        *lock = (struct lock){.host = host,
                              .is_recursive = (locktype & EVTHREAD_LOCKTYPE_RECURSIVE) != 0};
        evi_list_init(&lock->waiters);
        return lock;
}

static void lock_free(void *arg, unsigned locktype)
{
        struct lock *lock = arg;

        (void)locktype;
        if (lock->owner != NULL)
                misused(lock->host, "a lock is freed while it is held");
        evsim_host_free(lock->host, lock);
}

static void acquire(struct lock *lock, unsigned depth)
{
        struct waiter self = {.task = evsim_running};

        while (lock->owner != NULL) {
                evi_list_push_tail(&lock->waiters, &self.link);
                (void)evsim_task_block(self.task, EVSIM_NEVER, "lock", -1);
                if (evi_link_is_listed(&self.link))
                        evi_list_remove(&self.link);
        }
        lock->owner = self.task;
        lock->depth = depth;
}

static int lock_lock(unsigned mode, void *arg)
{
        struct lock *lock = arg;

        if (lock->owner == evsim_running && lock->is_recursive) {
                lock->depth++;
                return 0;
        }
        if (lock->owner != NULL && (mode & EVTHREAD_TRY) != 0)
                return EBUSY;
        acquire(lock, 1);
        return 0;
}

static void release(struct lock *lock)
{
        struct evi_link *first = evi_list_first(&lock->waiters);

        lock->owner = NULL;
        lock->depth = 0;
        if (first == NULL)
                return;
        evi_list_remove(first);
        evsim_task_wake(EVI_CONTAINER_OF(first, struct waiter, link)->task, 0);
}

static int lock_unlock(unsigned mode, void *arg)
{
        struct lock *lock = arg;

        (void)mode;
        if (lock->owner != evsim_running)
                misused(lock->host, "a lock is released by a task that does not hold it");
        if (--lock->depth == 0)
                release(lock);
        return 0;
}

/* Of locks that are not ours (evthread_set_lock_callbacks, lock debugging) nothing is known. */
bool evsim_lock_is_others(const struct evsim_host *host, const void *arg)
{
        const struct lock *lock = arg;

        if (lock != NULL && host->process.locks.lock != lock_lock)
                return true;
        return lock != NULL && lock->owner != NULL && lock->owner != evsim_running;
}

/* ---- Conditions --------------------------------------------------------------------------------
 */

static void *condition_alloc(unsigned condtype)
{
        struct evsim_host *host;
        struct condition *condition = NULL;

        (void)evsim_world_current("condition_new");
        host = evsim_running->host;
        if (condtype == 0 && evsim_fault_count(host, &host->faults, EVSIM_LANE_ERROR,
                                               EVSIM_CALL_CONDITION_NEW) == 0)
                condition = evsim_host_alloc(host, sizeof *condition);
        if (condition == NULL)
                return NULL;
        condition->host = host;
        evi_list_init(&condition->waiters);
        return condition;
}

static void condition_free(void *arg)
{
        struct condition *condition = arg;

        if (!evi_list_is_empty(&condition->waiters))
                misused(condition->host, "a condition is freed while tasks wait on it");
        evsim_host_free(condition->host, condition);
}

static int condition_signal(void *arg, int broadcast)
{
        struct condition *condition = arg;
        struct evi_link *link;

        while ((link = evi_list_first(&condition->waiters)) != NULL) {
                struct waiter *waiter = EVI_CONTAINER_OF(link, struct waiter, link);

                evi_list_remove(link);
                waiter->is_signalled = true;
                evsim_task_wake(waiter->task, 0);
                if (!broadcast)
                        break;
        }
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
        const unsigned depth = lock->depth;
        const int64_t deadline_ns =
                timeout == NULL ? EVSIM_NEVER
                                : evsim_host_deadline_ns(condition->host, ns_of(timeout));
        struct waiter self = {.task = evsim_running};

        if (lock->owner != evsim_running)
                misused(lock->host, "a task waits on a condition without holding the lock");
        evi_list_push_tail(&condition->waiters, &self.link);
        release(lock);
        (void)evsim_task_block(self.task, deadline_ns, "condition_wait", -1);
        if (evi_link_is_listed(&self.link))
                evi_list_remove(&self.link);
        acquire(lock, depth);
        return self.is_signalled ? 0 : 1;
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
