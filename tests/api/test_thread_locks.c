/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The locks, conditions and thread ids that a program may bring itself, and the lock debugging
 * that checks their use. All of it is process-wide and has to come first, so each test is a child.
 */
#include "api.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

static atomic_int locks_alive, locks_held, lock_calls, conditions_alive, id_calls;

static void *own_alloc(unsigned type)
{
        pthread_mutex_t *mutex = malloc(sizeof *mutex);
        pthread_mutexattr_t attributes;

        pthread_mutexattr_init(&attributes);
        if (type & EVTHREAD_LOCKTYPE_RECURSIVE)
                pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
        pthread_mutex_init(mutex, &attributes);
        atomic_fetch_add(&locks_alive, 1);
        return mutex;
}

static void own_free(void *lock, unsigned type)
{
        (void)type;
        pthread_mutex_destroy(lock);
        free(lock);
        atomic_fetch_sub(&locks_alive, 1);
}

static int own_lock(unsigned mode, void *lock)
{
        int result = mode & EVTHREAD_TRY ? pthread_mutex_trylock(lock) : pthread_mutex_lock(lock);

        if (result == 0) {
                atomic_fetch_add(&locks_held, 1);
                atomic_fetch_add(&lock_calls, 1);
        }
        return result;
}

static int own_unlock(unsigned mode, void *lock)
{
        (void)mode;
        atomic_fetch_sub(&locks_held, 1);
        return pthread_mutex_unlock(lock);
}

static const struct evthread_lock_callbacks own_locks = {
        EVTHREAD_LOCK_API_VERSION,
        EVTHREAD_LOCKTYPE_RECURSIVE,
        own_alloc,
        own_free,
        own_lock,
        own_unlock,
};

static void *own_condition(unsigned type)
{
        pthread_cond_t *condition = malloc(sizeof *condition);

        (void)type;
        pthread_cond_init(condition, NULL);
        atomic_fetch_add(&conditions_alive, 1);
        return condition;
}

static void own_condition_free(void *condition)
{
        pthread_cond_destroy(condition);
        free(condition);
        atomic_fetch_sub(&conditions_alive, 1);
}

static int own_signal(void *condition, int broadcast)
{
        return broadcast ? pthread_cond_broadcast(condition) : pthread_cond_signal(condition);
}

static int own_wait(void *condition, void *lock, const struct timeval *limit)
{
        (void)limit;
        return pthread_cond_wait(condition, lock) ? -1 : 0;
}

static const struct evthread_condition_callbacks own_conditions = {
        EVTHREAD_CONDITION_API_VERSION, own_condition, own_condition_free, own_signal, own_wait,
};

static unsigned long own_id(void)
{
        atomic_fetch_add(&id_calls, 1);
        return (unsigned long)pthread_self();
}

static void nobody_holds_a_lock(evutil_socket_t fd, short what, void *arg)
{
        tell(fd, what, arg);
        EQ(atomic_load(&locks_held), 0); /* callbacks run without the base's lock */
}

static void use_a_base(void)
{
        struct event_base *base = event_base_new();
        struct event *ev;

        OK(base != NULL);
        ev = evtimer_new(base, nobody_holds_a_lock, NAME("t"));
        EQ(evtimer_add(ev, MS(1)), 0);
        EQ(event_base_dispatch(base), 1);
        event_active(ev, EV_READ, 1);
        EQ(event_base_dispatch(base), 1);
        STORY("t=TIMEOUT t=READ");
        event_free(ev);
        event_base_free(base);
}

static void bring_own_locks(void *arg)
{
        (void)arg;
        EQ(evthread_set_lock_callbacks(&own_locks), 0);
        EQ(evthread_set_condition_callbacks(&own_conditions), 0);
        evthread_set_id_callback(own_id);
        use_a_base();
        OK(atomic_load(&lock_calls) > 0);
        OK(atomic_load(&id_calls) > 0);
        EQ(atomic_load(&locks_held), 0);
        libevent_global_shutdown();
        report("%d locks, %d conditions", atomic_load(&locks_alive),
               atomic_load(&conditions_alive));
}

static void locks_of_ones_own(void **state)
{
        (void)state;
        CHILD_OK(bring_own_locks, NULL);
        STREQ(child_report(), "0 locks, 0 conditions");
}

static void set_them_again(void *arg)
{
        struct evthread_lock_callbacks same = own_locks, other = own_locks;
        struct evthread_condition_callbacks same_conditions = own_conditions;
        struct evthread_condition_callbacks other_conditions = own_conditions;

        (void)arg;
        other.free = NULL;
        other_conditions.free_condition = NULL;
        log_catch();
        EQ(evthread_set_lock_callbacks(&own_locks), 0);
        EQ(evthread_set_lock_callbacks(&same), 0); /* the same once more is nothing new */
        EQ(evthread_set_lock_callbacks(&other), -1);
        EQ(evthread_set_condition_callbacks(&own_conditions), 0);
        EQ(evthread_set_condition_callbacks(&same_conditions), 0);
        EQ(evthread_set_condition_callbacks(&other_conditions), -1);
        EQ(log_count(), 2);
        EQ(log_last_severity(), EVENT_LOG_WARN);
        use_a_base();
}

static void they_can_be_set_once(void **state)
{
        (void)state;
        CHILD_OK(set_them_again, NULL);
}

static void set_incomplete_ones(void *arg)
{
        struct evthread_lock_callbacks locks = own_locks;
        struct evthread_condition_callbacks conditions = own_conditions;

        (void)arg;
        locks.lock = NULL;
        EQ(evthread_set_lock_callbacks(&locks), -1);
        locks = own_locks;
        locks.lock_api_version = 99; /* nobody looks at it */
        EQ(evthread_set_lock_callbacks(&locks), 0);
        conditions.wait_condition = NULL; /* taken, for a program in which nobody has to wait */
        EQ(evthread_set_condition_callbacks(&conditions), 0);
}

static void set_conditions_that_cannot_be_made(void *arg)
{
        struct evthread_condition_callbacks conditions = own_conditions;

        (void)arg;
        conditions.alloc_condition = NULL;
        EQ(evthread_set_condition_callbacks(&conditions), differs("incomplete-conditions", 0, -1));
}

static void incomplete_callbacks(void **state)
{
        (void)state;
        CHILD_OK(set_incomplete_ones, NULL);
        CHILD_OK(set_conditions_that_cannot_be_made, NULL);
}

/* NULL takes the locks away: warned of, and possible as long as nothing has locks. */
static void take_locks_away(void *arg)
{
        (void)arg;
        log_catch();
        EQ(evthread_set_lock_callbacks(&own_locks), 0);
        EQ(evthread_set_lock_callbacks(NULL), 0);
        EQ(log_last_severity(), EVENT_LOG_WARN);
        log_release();
        EQ(evthread_set_lock_callbacks(&own_locks), 0);
        use_a_base();
}

static void locks_taken_away_and_set_again(void **state)
{
        (void)state;
        EQ(in_child(take_locks_away, NULL), differs("locks-set-again", -SIGABRT, 0));
}

static void pthreads_then_own(void *arg)
{
        (void)arg;
        log_catch();
        EQ(evthread_use_pthreads(), 0);
        EQ(evthread_set_lock_callbacks(&own_locks), -1);
        EQ(evthread_use_pthreads(), 0);
        use_a_base();
        EQ(atomic_load(&lock_calls), 0);
}

static void pthreads_before_ones_own(void **state)
{
        (void)state;
        CHILD_OK(pthreads_then_own, NULL);
}

/* --- lock debugging ------------------------------------------------------------------------ */

static void *stop_from_outside(void *base)
{
        EQ(event_base_loopexit(base, NULL), 0);
        return NULL;
}

static void debugged_locks(void *arg)
{
        struct event_base *base;
        pthread_t thread;

        (void)arg;
        evthread_enable_lock_debugging();
        EQ(evthread_use_pthreads(), 0);
        use_a_base();
        base = event_base_new();
        EQ(pthread_create(&thread, NULL, stop_from_outside, base), 0);
        EQ(event_base_loop(base, EVLOOP_NO_EXIT_ON_EMPTY), 0);
        EQ(pthread_join(thread, NULL), 0);
        event_base_free(base);
}

static void pthreads_with_lock_debugging(void **state)
{
        (void)state;
        CHILD_OK(debugged_locks, NULL);
}

static void debugged_own_locks(void *arg)
{
        (void)arg;
        EQ(evthread_set_lock_callbacks(&own_locks), 0);
        EQ(evthread_set_condition_callbacks(&own_conditions), 0);
        evthread_set_id_callback(own_id);
        evthread_enable_lock_debuging(); /* the old, misspelt name; after the locks */
        use_a_base();
        OK(atomic_load(&lock_calls) > 0);
        OK(atomic_load(&id_calls) >= atomic_load(&lock_calls)); /* who locks is checked each time */
        EQ(atomic_load(&locks_held), 0);
}

static void own_locks_with_lock_debugging(void **state)
{
        (void)state;
        CHILD_OK(debugged_own_locks, NULL);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                ON_ANY(locks_of_ones_own),
                ON_ANY(they_can_be_set_once),
                ON_ANY(incomplete_callbacks),
                ON_ANY(locks_taken_away_and_set_again),
                ON_ANY(pthreads_before_ones_own),
                ON_ANY(pthreads_with_lock_debugging),
                ON_ANY(own_locks_with_lock_debugging),
        };

        return RUN(tests);
}
