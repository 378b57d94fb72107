/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Making the library safe for threads.
 *
 * Until one of the functions below says which locks to use, the library has none, and each base
 * belongs to one thread. Most programs call evthread_use_pthreads() first of all; the callbacks
 * are for those that bring their own locks.
 *
 * Every one of these functions sets something for the whole process. They are called from one
 * thread, before any other function of the library and before the first base: what was made before
 * has no lock, and gets none.
 */
#ifndef EVENT2_THREAD_H_INCLUDED_
#define EVENT2_THREAD_H_INCLUDED_

#include <event2/visibility.h>
#include <event2/event-config.h>

#ifdef __cplusplus
extern "C" {
#endif

struct event_base;
struct timeval;

/**
 * Locks, conditions and thread ids of POSIX threads (pthreads(7)). May be called again. Callbacks
 * that were set before remain, with a warning. With libevent's libraries it is in
 * libevent_pthreads.
 *
 * @return 0, or -1 on error
 */
EVENT2_EXPORT_SYMBOL int evthread_use_pthreads(void);
/** Says that evthread_use_pthreads() exists. */
#define EVTHREAD_USE_PTHREADS_IMPLEMENTED 1

/**
 * Lets other threads wake the loop of a base that was made before the locks were set. A base made
 * afterwards can do it without. The base still has no lock.
 *
 * @return 0, also if it could already; -1 with errno if there is no descriptor or memory for it
 */
EVENT2_EXPORT_SYMBOL int evthread_make_base_notifiable(struct event_base *base);

/** @name How a lock is taken: the mode of evthread_lock_callbacks.lock and unlock
 * 0 takes an ordinary lock. READ or WRITE is given for a lock of type READWRITE only, and exactly
 * one of them. TRY may be added to any.
 * @{ */
#define EVTHREAD_WRITE 0x04 /**< nobody else may hold it */
#define EVTHREAD_READ  0x08 /**< other readers may hold it too */
#define EVTHREAD_TRY   0x10 /**< do not wait: fail if it is not free */
/** @} */

/** @name Types of locks, as bits
 * 0 is an ordinary lock.
 * @{ */
#define EVTHREAD_LOCKTYPE_RECURSIVE 1 /**< its holder may take it again */
#define EVTHREAD_LOCKTYPE_READWRITE 2 /**< several readers or one writer; none is needed so far */
/** @} */

#define EVTHREAD_LOCK_API_VERSION 1

/** How locks are made and used. */
struct evthread_lock_callbacks {
        /** EVTHREAD_LOCK_API_VERSION */
        int lock_api_version;
        /** EVTHREAD_LOCKTYPE_* that alloc can make besides ordinary ones; RECURSIVE is needed. */
        unsigned supported_locktypes;
        /** A new lock of one of these types, or NULL if there is no memory for it. */
        void *(*alloc)(unsigned locktype);
        /** Frees a lock that nobody holds. */
        void (*free)(void *lock, unsigned locktype);
        /** Takes a lock, waiting for it. 0, or another value if it was not got. */
        int (*lock)(unsigned mode, void *lock);
        /** Gives it back. 0, or another value on error. */
        int (*unlock)(unsigned mode, void *lock);
};

/**
 * Sets the locks. The struct is copied. Once set, only the same callbacks may be set again; NULL
 * takes them away, which is for tests, because locks that were made before remain in use.
 *
 * @return 0; -1 if others are set, the version is not known, or a callback is missing
 */
EVENT2_EXPORT_SYMBOL int evthread_set_lock_callbacks(const struct evthread_lock_callbacks *cbs);

#define EVTHREAD_CONDITION_API_VERSION 1

/** How conditions are made and used (compare pthread_cond_init(3)). */
struct evthread_condition_callbacks {
        /** EVTHREAD_CONDITION_API_VERSION */
        int condition_api_version;
        /** A new condition, or NULL if there is no memory for it. condtype is 0. */
        void *(*alloc_condition)(unsigned condtype);
        /** Frees a condition that nobody waits for. */
        void (*free_condition)(void *cond);
        /** Wakes one waiter, or all if broadcast is not 0. The lock is held. 0, or -1 on error. */
        int (*signal_condition)(void *cond, int broadcast);
        /**
         * Gives the lock back, waits, takes it again. The lock is held once, and is not a
         * recursive one held several times. timeout is a time span, NULL for ever. 0 when
         * signalled (it may also be for nothing), 1 if the time is over, -1 on error.
         */
        int (*wait_condition)(void *cond, void *lock, const struct timeval *timeout);
};

/**
 * Sets the conditions. As evthread_set_lock_callbacks(); locks are set too, and made for them.
 *
 * @return 0; -1 if others are set, the version is not known, or a callback is missing
 */
EVENT2_EXPORT_SYMBOL int
evthread_set_condition_callbacks(const struct evthread_condition_callbacks *cbs);

/**
 * Sets how a thread is told from another.
 *
 * @param id_fn returns a number that no other living thread has
 */
EVENT2_EXPORT_SYMBOL void evthread_set_id_callback(unsigned long (*id_fn)(void));

/**
 * Checks every use of a lock, and ends the process through the fatal callback
 * (event_set_fatal_callback()) when a lock is freed while it is held, or given back by who does not
 * hold it. To be called after the locks were set, before the first is made; or before both, and
 * then it works on those that are set next. It costs time.
 */
EVENT2_EXPORT_SYMBOL void evthread_enable_lock_debugging(void);

/** The same function under a name that libevent once had by mistake. */
EVENT2_EXPORT_SYMBOL void evthread_enable_lock_debuging(void);

#ifdef __cplusplus
}
#endif

#endif
