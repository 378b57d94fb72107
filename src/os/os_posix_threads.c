/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The real world's locks, conditions and thread ids: pthreads(7), in the shape of libevent's
 * callbacks. These have no world among their arguments, and need none: there is one real world, and
 * its memory functions are the user's (event_set_mem_functions).
 *
 * A wait with a timeout counts on the monotonic clock where conditions can: setting the wall clock
 * neither cuts it short nor prolongs it.
 */
#include "os/os_posix.h"

#if defined(__unix__) || defined(__APPLE__)

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/time.h>

#include "os/process.h"
#include "os/time.h"

#if defined(__APPLE__)
#define CONDITION_CLOCK OS_CLOCK_REALTIME
#else
#define CONDITION_CLOCK OS_CLOCK_MONOTONIC
#endif

static int mutex_init(pthread_mutex_t *mutex, unsigned locktype)
{
        const int type = (locktype & EVTHREAD_LOCKTYPE_RECURSIVE) != 0 ? PTHREAD_MUTEX_RECURSIVE
                                                                       : PTHREAD_MUTEX_NORMAL;
        pthread_mutexattr_t attributes;
        int error = pthread_mutexattr_init(&attributes);

        if (error != 0)
                return error;
        error = pthread_mutexattr_settype(&attributes, type);
        if (error == 0)
                error = pthread_mutex_init(mutex, &attributes);
        pthread_mutexattr_destroy(&attributes);
        return error;
}

static void *lock_alloc(unsigned locktype)
{
        pthread_mutex_t *mutex = os_alloc(os_real(), sizeof *mutex);

        if (mutex != NULL && mutex_init(mutex, locktype) != 0) {
                os_free(os_real(), mutex);
                return NULL;
        }
        return mutex;
}

static void lock_free(void *lock, unsigned locktype)
{
        (void)locktype;
        pthread_mutex_destroy(lock);
        os_free(os_real(), lock);
}

static int lock_lock(unsigned mode, void *lock)
{
        return (mode & EVTHREAD_TRY) != 0 ? pthread_mutex_trylock(lock) : pthread_mutex_lock(lock);
}

static int lock_unlock(unsigned mode, void *lock)
{
        (void)mode;
        return pthread_mutex_unlock(lock);
}

static int condition_init(pthread_cond_t *condition)
{
#if defined(__APPLE__)
        return pthread_cond_init(condition, NULL);
#else
        pthread_condattr_t attributes;
        int error = pthread_condattr_init(&attributes);

        if (error != 0)
                return error;
        error = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
        if (error == 0)
                error = pthread_cond_init(condition, &attributes);
        pthread_condattr_destroy(&attributes);
        return error;
#endif
}

static void *condition_alloc(unsigned condtype)
{
        pthread_cond_t *condition;

        if (condtype != 0)
                return NULL;
        condition = os_alloc(os_real(), sizeof *condition);
        if (condition != NULL && condition_init(condition) != 0) {
                os_free(os_real(), condition);
                return NULL;
        }
        return condition;
}

static void condition_free(void *condition)
{
        pthread_cond_destroy(condition);
        os_free(os_real(), condition);
}

static int condition_signal(void *condition, int broadcast)
{
        const int error =
                broadcast != 0 ? pthread_cond_broadcast(condition) : pthread_cond_signal(condition);

        return error == 0 ? 0 : -1;
}

/* The instant that is timeout from now on the conditions' clock; a negative timeout is over. */
static struct timespec condition_deadline(const struct timeval *timeout)
{
        const struct timespec span = {.tv_sec = timeout->tv_sec,
                                      .tv_nsec = timeout->tv_usec * 1000L};
        const int64_t now_ns = os_clock(os_real(), CONDITION_CLOCK);
        const int64_t span_ns = os_ns_from_timespec(&span);

        if (span_ns <= 0)
                return os_timespec_from_ns(now_ns);
        return os_timespec_from_ns(span_ns > INT64_MAX - now_ns ? INT64_MAX : now_ns + span_ns);
}

static int condition_wait(void *condition, void *lock, const struct timeval *timeout)
{
        struct timespec deadline;
        int error;

        if (timeout == NULL)
                return pthread_cond_wait(condition, lock) == 0 ? 0 : -1;
        deadline = condition_deadline(timeout);
        error = pthread_cond_timedwait(condition, lock, &deadline);
        if (error == ETIMEDOUT)
                return 1;
        return error == 0 ? 0 : -1;
}

/* An integer on some systems, a pointer on others. */
static unsigned long thread_id(void)
{
        return (unsigned long)(uintptr_t)pthread_self();
}

static const struct os_threads posix_threads = {
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
        .id = thread_id,
};

const struct os_threads *evi_posix_threads(struct os *os)
{
        (void)os;
        return &posix_threads;
}

#endif
