/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * POSIX threads and semaphores of a simulated process: its threads are tasks of the host. The
 * functions do what their manual pages say, with the errors that they name; evident/sim_posix.h
 * gives them their usual names.
 *
 * Objects may be initialised statically (EVSIM_PTHREAD_*_INITIALIZER) or with zeros. A deadlock is
 * found by the world (EVSIM_DEADLOCK); what POSIX leaves undefined, as unlocking a lock that another
 * thread has, ends the run (EVSIM_MISUSE).
 *
 * There are no: cancellation, priorities and scheduling policies, process-shared and robust objects,
 * rwlocks, barriers, spin locks, thread-specific data. What is thread-local in the program
 * (_Thread_local) is shared by all tasks of a world, since these are one thread of the machine. An
 * attribute for threads may be set and is of no effect, but for being detached.
 */
#ifndef EVIDENT_SIM_PTHREAD_H
#define EVIDENT_SIM_PTHREAD_H

#include <evident/sim.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Threads -------------------------------------------------------------------------------- */

typedef unsigned long evsim_pthread_t; /* a number of the world, from 1; never used again */

typedef struct evsim_pthread_attr {
        int is_detached;
} evsim_pthread_attr_t;

EVSIM_API int evsim_pthread_attr_init(evsim_pthread_attr_t *attr);
EVSIM_API int evsim_pthread_attr_destroy(evsim_pthread_attr_t *attr);
EVSIM_API int evsim_pthread_attr_setdetachstate(evsim_pthread_attr_t *attr, int state);
EVSIM_API int evsim_pthread_attr_setstacksize(evsim_pthread_attr_t *attr, size_t size);

EVSIM_API int evsim_pthread_create(evsim_pthread_t *thread, const evsim_pthread_attr_t *attr,
                                   void *(*run)(void *arg), void *arg);
EVSIM_API int evsim_pthread_join(evsim_pthread_t thread, void **result);
EVSIM_API int evsim_pthread_detach(evsim_pthread_t thread);
/* Not in the thread that entered the host (evsim_enter). */
EVSIM_API void evsim_pthread_exit(void *result) __attribute__((noreturn));
EVSIM_API evsim_pthread_t evsim_pthread_self(void);
EVSIM_API int evsim_pthread_equal(evsim_pthread_t a, evsim_pthread_t b);
EVSIM_API int evsim_pthread_kill(evsim_pthread_t thread, int signal_number);

/* ---- Mutexes -------------------------------------------------------------------------------- */

typedef struct evsim_pthread_mutex {
        void *owner;
        unsigned depth;
        void *waiters[2];
        int kind;
} evsim_pthread_mutex_t;

typedef struct evsim_pthread_mutexattr {
        int kind;
} evsim_pthread_mutexattr_t;

/* Kinds; the values are the simulation's own. */
#define EVSIM_PTHREAD_MUTEX_NORMAL     0
#define EVSIM_PTHREAD_MUTEX_RECURSIVE  1
#define EVSIM_PTHREAD_MUTEX_ERRORCHECK 2

#define EVSIM_PTHREAD_MUTEX_INITIALIZER                  \
        {                                                \
                0, 0, {0, 0}, EVSIM_PTHREAD_MUTEX_NORMAL \
        }
#define EVSIM_PTHREAD_RECURSIVE_MUTEX_INITIALIZER           \
        {                                                   \
                0, 0, {0, 0}, EVSIM_PTHREAD_MUTEX_RECURSIVE \
        }
#define EVSIM_PTHREAD_ERRORCHECK_MUTEX_INITIALIZER           \
        {                                                    \
                0, 0, {0, 0}, EVSIM_PTHREAD_MUTEX_ERRORCHECK \
        }

EVSIM_API int evsim_pthread_mutexattr_init(evsim_pthread_mutexattr_t *attr);
EVSIM_API int evsim_pthread_mutexattr_destroy(evsim_pthread_mutexattr_t *attr);
EVSIM_API int evsim_pthread_mutexattr_settype(evsim_pthread_mutexattr_t *attr, int kind);
EVSIM_API int evsim_pthread_mutexattr_gettype(const evsim_pthread_mutexattr_t *attr, int *kind);

EVSIM_API int evsim_pthread_mutex_init(evsim_pthread_mutex_t *mutex,
                                       const evsim_pthread_mutexattr_t *attr);
EVSIM_API int evsim_pthread_mutex_destroy(evsim_pthread_mutex_t *mutex);
EVSIM_API int evsim_pthread_mutex_lock(evsim_pthread_mutex_t *mutex);
EVSIM_API int evsim_pthread_mutex_trylock(evsim_pthread_mutex_t *mutex);
EVSIM_API int evsim_pthread_mutex_timedlock(evsim_pthread_mutex_t *mutex,
                                            const struct timespec *deadline);
EVSIM_API int evsim_pthread_mutex_unlock(evsim_pthread_mutex_t *mutex);

/* ---- Conditions ----------------------------------------------------------------------------- */

typedef struct evsim_pthread_cond {
        void *waiters[2];
        int clock; /* 0: the wall clock */
} evsim_pthread_cond_t;

typedef struct evsim_pthread_condattr {
        clockid_t clock;
} evsim_pthread_condattr_t;

#define EVSIM_PTHREAD_COND_INITIALIZER \
        {                              \
                {0, 0}, 0              \
        }

EVSIM_API int evsim_pthread_condattr_init(evsim_pthread_condattr_t *attr);
EVSIM_API int evsim_pthread_condattr_destroy(evsim_pthread_condattr_t *attr);
EVSIM_API int evsim_pthread_condattr_setclock(evsim_pthread_condattr_t *attr, clockid_t clock);

EVSIM_API int evsim_pthread_cond_init(evsim_pthread_cond_t *cond,
                                      const evsim_pthread_condattr_t *attr);
EVSIM_API int evsim_pthread_cond_destroy(evsim_pthread_cond_t *cond);
EVSIM_API int evsim_pthread_cond_wait(evsim_pthread_cond_t *cond, evsim_pthread_mutex_t *mutex);
EVSIM_API int evsim_pthread_cond_timedwait(evsim_pthread_cond_t *cond, evsim_pthread_mutex_t *mutex,
                                           const struct timespec *deadline);
EVSIM_API int evsim_pthread_cond_signal(evsim_pthread_cond_t *cond);
EVSIM_API int evsim_pthread_cond_broadcast(evsim_pthread_cond_t *cond);

/* ---- Once ----------------------------------------------------------------------------------- */

typedef struct evsim_once {
        int state;
        void *waiters[2];
} evsim_pthread_once_t;

#define EVSIM_PTHREAD_ONCE_INIT \
        {                       \
                0,              \
                {               \
                        0, 0    \
                }               \
        }

EVSIM_API int evsim_pthread_once(evsim_pthread_once_t *once, void (*run)(void));

/* ---- Semaphores, without names -------------------------------------------------------------- */

typedef struct evsim_sem {
        evsim_pthread_mutex_t mutex;
        evsim_pthread_cond_t grown;
        unsigned value;
} evsim_sem_t;

EVSIM_API int evsim_sem_init(evsim_sem_t *sem, int is_shared, unsigned value);
EVSIM_API int evsim_sem_destroy(evsim_sem_t *sem);
EVSIM_API int evsim_sem_post(evsim_sem_t *sem);
EVSIM_API int evsim_sem_wait(evsim_sem_t *sem);
EVSIM_API int evsim_sem_trywait(evsim_sem_t *sem);
EVSIM_API int evsim_sem_timedwait(evsim_sem_t *sem, const struct timespec *deadline);
EVSIM_API int evsim_sem_getvalue(evsim_sem_t *sem, int *value);

#ifdef __cplusplus
}
#endif

#endif
