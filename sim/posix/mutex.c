/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Mutexes, conditions and semaphores of POSIX over those of tasks (kernel/sync.h).
 */
#include <evident/sim_pthread.h>
#include <assert.h>
#include <limits.h>

#include "kernel/sync.h"
#include "os/time.h"
#include "posix/posix.h"

static_assert(sizeof(evsim_pthread_mutex_t) >= sizeof(struct evsim_lock) + sizeof(int) &&
                      offsetof(evsim_pthread_mutex_t, waiters) ==
                              offsetof(struct evsim_lock, waiters),
              "a mutex begins with a lock");
static_assert(offsetof(evsim_pthread_cond_t, clock) == sizeof(struct evsim_condition),
              "a condition variable begins with a condition");

static struct evsim_lock *lock_of(evsim_pthread_mutex_t *mutex)
{
        return (struct evsim_lock *)(void *)mutex;
}

static struct evsim_condition *condition_of(evsim_pthread_cond_t *cond)
{
        return (struct evsim_condition *)(void *)cond;
}

_Noreturn static void misused(struct evsim_host *host, const char *what)
{
        evsim_world_end(host->world, EVSIM_MISUSE, "%s: %s", host->name, what);
        evsim_die("unreachable");
}

/* The instant of the world at which the host's clock has this time. */
static int64_t instant_ns(const struct evsim_host *host, const struct timespec *deadline,
                          bool is_wall)
{
        return evsim_host_instant_ns(host, os_ns_from_timespec(deadline), is_wall);
}

static bool is_valid(const struct timespec *deadline)
{
        return deadline->tv_nsec >= 0 && deadline->tv_nsec < OS_NS_PER_S && deadline->tv_sec >= 0;
}

/* ---- Mutexes -----------------------------------------------------------------------------------
 */

int evsim_pthread_mutexattr_init(evsim_pthread_mutexattr_t *attr)
{
        *attr = (evsim_pthread_mutexattr_t){.kind = EVSIM_PTHREAD_MUTEX_NORMAL};
        return 0;
}

int evsim_pthread_mutexattr_destroy(evsim_pthread_mutexattr_t *attr)
{
        (void)attr;
        return 0;
}

int evsim_pthread_mutexattr_settype(evsim_pthread_mutexattr_t *attr, int kind)
{
        if (kind < EVSIM_PTHREAD_MUTEX_NORMAL || kind > EVSIM_PTHREAD_MUTEX_ERRORCHECK)
                return EINVAL;
        attr->kind = kind;
        return 0;
}

int evsim_pthread_mutexattr_gettype(const evsim_pthread_mutexattr_t *attr, int *kind)
{
        *kind = attr->kind;
        return 0;
}

int evsim_pthread_mutex_init(evsim_pthread_mutex_t *mutex, const evsim_pthread_mutexattr_t *attr)
{
        *mutex = (evsim_pthread_mutex_t){.kind = attr != NULL ? attr->kind
                                                              : EVSIM_PTHREAD_MUTEX_NORMAL};
        return 0;
}

int evsim_pthread_mutex_destroy(evsim_pthread_mutex_t *mutex)
{
        return mutex->owner != NULL ? EBUSY : 0;
}

/* What a thread that has the mutex already gets: -1 where it waits, for ever. */
static int lock_again(evsim_pthread_mutex_t *mutex)
{
        if (mutex->kind == EVSIM_PTHREAD_MUTEX_ERRORCHECK)
                return EDEADLK;
        if (mutex->kind != EVSIM_PTHREAD_MUTEX_RECURSIVE)
                return -1;
        if (mutex->depth == UINT_MAX)
                return EAGAIN;
        mutex->depth++;
        return 0;
}

static int lock_until(evsim_pthread_mutex_t *mutex, int64_t deadline_ns)
{
        const int r = mutex->owner == evsim_running ? lock_again(mutex) : -1;

        return r >= 0 ? r : -evsim_lock_acquire(lock_of(mutex), 1, deadline_ns);
}

int evsim_pthread_mutex_lock(evsim_pthread_mutex_t *mutex)
{
        (void)evsim_caller("pthread_mutex_lock");
        return lock_until(mutex, EVSIM_NEVER);
}

int evsim_pthread_mutex_timedlock(evsim_pthread_mutex_t *mutex, const struct timespec *deadline)
{
        const struct evsim_host *host = evsim_caller("pthread_mutex_timedlock");

        if (mutex->owner != NULL && mutex->owner != evsim_running && !is_valid(deadline))
                return EINVAL;
        return lock_until(mutex, instant_ns(host, deadline, true));
}

int evsim_pthread_mutex_trylock(evsim_pthread_mutex_t *mutex)
{
        (void)evsim_caller("pthread_mutex_trylock");
        if (mutex->owner == evsim_running && mutex->kind == EVSIM_PTHREAD_MUTEX_RECURSIVE)
                return lock_again(mutex);
        return evsim_lock_try(lock_of(mutex)) ? 0 : EBUSY;
}

int evsim_pthread_mutex_unlock(evsim_pthread_mutex_t *mutex)
{
        struct evsim_host *host = evsim_caller("pthread_mutex_unlock");

        if (mutex->owner != evsim_running && mutex->kind != EVSIM_PTHREAD_MUTEX_NORMAL)
                return EPERM;
        if (mutex->owner != evsim_running)
                misused(host, "a mutex is unlocked by a thread that does not have it");
        if (--mutex->depth == 0)
                evsim_lock_release(lock_of(mutex));
        return 0;
}

/* ---- Conditions --------------------------------------------------------------------------------
 */

int evsim_pthread_condattr_init(evsim_pthread_condattr_t *attr)
{
        *attr = (evsim_pthread_condattr_t){.clock = CLOCK_REALTIME};
        return 0;
}

int evsim_pthread_condattr_destroy(evsim_pthread_condattr_t *attr)
{
        (void)attr;
        return 0;
}

int evsim_pthread_condattr_setclock(evsim_pthread_condattr_t *attr, clockid_t clock)
{
        if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC)
                return EINVAL;
        attr->clock = clock;
        return 0;
}

int evsim_pthread_cond_init(evsim_pthread_cond_t *cond, const evsim_pthread_condattr_t *attr)
{
        *cond = (evsim_pthread_cond_t){.clock = attr != NULL && attr->clock == CLOCK_MONOTONIC};
        return 0;
}

int evsim_pthread_cond_destroy(evsim_pthread_cond_t *cond)
{
        if (evsim_condition_is_waited_for(condition_of(cond)))
                misused(evsim_caller("pthread_cond_destroy"),
                        "a condition variable is destroyed while threads wait for it");
        return 0;
}

static int wait_until(struct evsim_host *host, evsim_pthread_cond_t *cond,
                      evsim_pthread_mutex_t *mutex, int64_t deadline_ns)
{
        if (mutex->owner != evsim_running && mutex->kind != EVSIM_PTHREAD_MUTEX_NORMAL)
                return EPERM;
        if (mutex->owner != evsim_running)
                misused(host, "a thread waits for a condition without having the mutex");
        return -evsim_condition_wait(condition_of(cond), lock_of(mutex), deadline_ns);
}

int evsim_pthread_cond_wait(evsim_pthread_cond_t *cond, evsim_pthread_mutex_t *mutex)
{
        return wait_until(evsim_caller("pthread_cond_wait"), cond, mutex, EVSIM_NEVER);
}

int evsim_pthread_cond_timedwait(evsim_pthread_cond_t *cond, evsim_pthread_mutex_t *mutex,
                                 const struct timespec *deadline)
{
        struct evsim_host *host = evsim_caller("pthread_cond_timedwait");

        if (!is_valid(deadline))
                return EINVAL;
        return wait_until(host, cond, mutex, instant_ns(host, deadline, cond->clock == 0));
}

int evsim_pthread_cond_signal(evsim_pthread_cond_t *cond)
{
        evsim_condition_wake(condition_of(cond), false);
        return 0;
}

int evsim_pthread_cond_broadcast(evsim_pthread_cond_t *cond)
{
        evsim_condition_wake(condition_of(cond), true);
        return 0;
}

/* ---- Semaphores --------------------------------------------------------------------------------
 */

int evsim_sem_init(evsim_sem_t *sem, int is_shared, unsigned value)
{
        if (is_shared != 0)
                evsim_unmodelled(evsim_caller("sem_init"), "sem_init", "sharing with processes");
        if (value > INT_MAX)
                return evsim_int_result(-EINVAL);
        *sem = (evsim_sem_t){.value = value};
        return 0;
}

int evsim_sem_destroy(evsim_sem_t *sem)
{
        return evsim_pthread_cond_destroy(&sem->grown);
}

int evsim_sem_post(evsim_sem_t *sem)
{
        (void)evsim_caller("sem_post");
        if (sem->value == INT_MAX)
                return evsim_int_result(-EOVERFLOW);
        sem->value++;
        return evsim_pthread_cond_signal(&sem->grown);
}

int evsim_sem_trywait(evsim_sem_t *sem)
{
        (void)evsim_caller("sem_trywait");
        if (sem->value == 0)
                return evsim_int_result(-EAGAIN);
        sem->value--;
        return 0;
}

/* Until the deadline, or for ever (NULL). */
static int sem_wait_until(evsim_sem_t *sem, const struct timespec *deadline)
{
        int r = 0;

        (void)evsim_pthread_mutex_lock(&sem->mutex);
        while (sem->value == 0 && r == 0)
                r = deadline == NULL
                            ? evsim_pthread_cond_wait(&sem->grown, &sem->mutex)
                            : evsim_pthread_cond_timedwait(&sem->grown, &sem->mutex, deadline);
        if (sem->value > 0) {
                sem->value--;
                r = 0;
        }
        (void)evsim_pthread_mutex_unlock(&sem->mutex);
        return evsim_int_result(-r);
}

int evsim_sem_wait(evsim_sem_t *sem)
{
        return sem_wait_until(sem, NULL);
}

int evsim_sem_timedwait(evsim_sem_t *sem, const struct timespec *deadline)
{
        return sem_wait_until(sem, deadline);
}

int evsim_sem_getvalue(evsim_sem_t *sem, int *value)
{
        *value = (int)sem->value;
        return 0;
}
