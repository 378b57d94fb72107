/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Lock debugging (evthread_enable_lock_debugging): a table of lock callbacks over the plain ones,
 * which knows who holds what and ends the program by evi_fatal at the first misuse: an ordinary
 * lock taken twice, a lock given back by another thread or by nobody's holder, a lock freed while
 * it is held, a condition waited for without its lock.
 *
 * Without a thread id callback, owners are not compared.
 */
#include <errno.h>
#include <event2/thread.h>
#include <stddef.h>

#include "core/locks.h"
#include "os/os.h"
#include "os/process.h"
#include "util/log.h"

struct debug_lock {
        struct os *os;
        void *plain; /* NULL if plain callbacks came to be set only later: then all is
                        single-threaded */
        unsigned locktype;
        unsigned long owner; /* while count > 0 */
        int count;
};

static _Noreturn void misuse(const struct debug_lock *lock, const char *what)
{
        evi_fatal(lock->os, EVI_FATAL_ABORT, "lock debugging: lock %p %s", (const void *)lock,
                  what);
}

static struct os_process *process_of(const struct debug_lock *lock)
{
        return lock->os->process;
}

static bool is_other_thread(const struct debug_lock *lock)
{
        unsigned long (*const id)(void) = process_of(lock)->thread_id;

        return id != NULL && lock->owner != id();
}

static void *debug_alloc(unsigned locktype)
{
        struct os *os = os_current();
        struct debug_lock *lock = os_calloc(os, 1, sizeof *lock);
        const struct evthread_lock_callbacks *plain = &os->process->plain_locks;

        if (lock == NULL)
                return NULL;
        lock->os = os;
        lock->locktype = locktype;
        if (plain->alloc == NULL)
                return lock;
        lock->plain = plain->alloc(locktype | EVTHREAD_LOCKTYPE_RECURSIVE);
        if (lock->plain == NULL) {
                os_free(os, lock);
                return NULL;
        }
        return lock;
}

static void debug_free(void *arg, unsigned locktype)
{
        struct debug_lock *lock = arg;

        if (lock->count != 0)
                misuse(lock, "is freed while it is held");
        if (lock->locktype != locktype)
                misuse(lock, "is freed as another type than it was made");
        if (lock->plain != NULL)
                process_of(lock)->plain_locks.free(lock->plain,
                                                   locktype | EVTHREAD_LOCKTYPE_RECURSIVE);
        os_free(lock->os, lock);
}

/* The plain lock is held. */
static void note_locked(struct debug_lock *lock)
{
        unsigned long (*const id)(void) = process_of(lock)->thread_id;

        if (lock->count > 0 && !(lock->locktype & EVTHREAD_LOCKTYPE_RECURSIVE))
                misuse(lock, "is not recursive and is taken twice by one thread");
        lock->count++;
        lock->owner = id == NULL ? 0 : id();
}

/* The plain lock is still held. */
static void note_unlocked(struct debug_lock *lock)
{
        if (lock->count <= 0)
                misuse(lock, "is given back but nobody holds it");
        if (is_other_thread(lock))
                misuse(lock, "is given back by a thread that does not hold it");
        lock->count--;
}

static int debug_lock(unsigned mode, void *arg)
{
        struct debug_lock *lock = arg;
        int r = 0;

        if ((lock->locktype & EVTHREAD_LOCKTYPE_READWRITE) &&
            !(mode & (EVTHREAD_READ | EVTHREAD_WRITE)))
                misuse(lock, "is for readers and writers and is taken as neither");
        if (lock->plain != NULL)
                r = process_of(lock)->plain_locks.lock(mode, lock->plain);
        if (r == 0)
                note_locked(lock);
        return r;
}

static int debug_unlock(unsigned mode, void *arg)
{
        struct debug_lock *lock = arg;

        note_unlocked(lock);
        return lock->plain == NULL ? 0 : process_of(lock)->plain_locks.unlock(mode, lock->plain);
}

static int debug_wait(void *condition, void *arg, const struct timeval *timeout)
{
        struct debug_lock *lock = arg;
        int r;

        if (lock->count != 1)
                misuse(lock, "is not held exactly once by who waits for a condition");
        note_unlocked(lock);
        r = process_of(lock)->plain_conditions.wait_condition(condition, lock->plain, timeout);
        note_locked(lock);
        return r;
}

void evi_lockdebug_install(struct os_process *process)
{
        process->locks = (struct evthread_lock_callbacks){
                .lock_api_version = EVTHREAD_LOCK_API_VERSION,
                .supported_locktypes = EVTHREAD_LOCKTYPE_RECURSIVE,
                .alloc = debug_alloc,
                .free = debug_free,
                .lock = debug_lock,
                .unlock = debug_unlock,
        };
        process->conditions = process->plain_conditions;
        if (process->conditions.wait_condition != NULL)
                process->conditions.wait_condition = debug_wait;
}
