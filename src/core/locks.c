/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * evthread_*: which locks, conditions and thread ids the process uses.
 *
 * Callbacks are set once: what was made by the old ones cannot be used with others. Setting the
 * same again is allowed, and common: libraries and programs each call evthread_use_pthreads().
 */
#include "core/locks.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/thread.h>
#include <string.h>

#include "os/lock.h"
#include "os/os.h"
#include "util/log.h"

int evi_locks_make(struct os_process *process)
{
        int r = os_lock_new(process, &process->signal_lock);

        if (r == 0)
                r = os_lock_new(process, &process->debug_lock);
        if (r == 0)
                r = os_lock_new(process, &process->bases_lock);
        if (r < 0)
                evi_locks_free(process);
        return r;
}

void evi_locks_free(struct os_process *process)
{
        if (process->signal_lock != NULL)
                os_lock_free(process, process->signal_lock);
        if (process->debug_lock != NULL)
                os_lock_free(process, process->debug_lock);
        if (process->bases_lock != NULL)
                os_lock_free(process, process->bases_lock);
        process->signal_lock = NULL;
        process->debug_lock = NULL;
        process->bases_lock = NULL;
}

void evi_locks_shutdown(struct os *os)
{
        struct os_process *process = os->process;

        evi_locks_free(process);
        if (!process->lock_debugging)
                return;
        process->lock_debugging = false;
        process->locks = process->plain_locks;
        process->conditions = process->plain_conditions;
}

static bool is_same_locks(const struct evthread_lock_callbacks *a,
                          const struct evthread_lock_callbacks *b)
{
        return a->lock_api_version == b->lock_api_version &&
               a->supported_locktypes == b->supported_locktypes && a->alloc == b->alloc &&
               a->free == b->free && a->lock == b->lock && a->unlock == b->unlock;
}

static int disable_locks(struct os *os, struct evthread_lock_callbacks *target)
{
        if (target->alloc != NULL)
                evi_log(os, EVENT_LOG_WARN,
                        "evthread_set_lock_callbacks: taking locks away will not work with what "
                        "has locks already");
        evi_locks_free(os->process);
        memset(target, 0, sizeof *target);
        return 0;
}

static int fail(struct os *os, const char *call, const char *why)
{
        evi_log(os, EVENT_LOG_WARN, "%s: %s", call, why);
        errno = EINVAL;
        return -1;
}

int evthread_set_lock_callbacks(const struct evthread_lock_callbacks *cbs)
{
        static const char call[] = "evthread_set_lock_callbacks";
        struct os *os = os_current();
        struct os_process *process = os->process;
        struct evthread_lock_callbacks *target =
                process->lock_debugging ? &process->plain_locks : &process->locks;

        if (cbs == NULL)
                return disable_locks(os, target);
        if (target->alloc != NULL && is_same_locks(target, cbs)) {
                if (process->signal_lock != NULL || evi_locks_make(process) == 0)
                        return 0;
                errno = ENOMEM;
                return -1;
        }
        if (target->alloc != NULL)
                return fail(os, call, "the callbacks are set already, and are others");
        if (cbs->alloc == NULL || cbs->free == NULL || cbs->lock == NULL || cbs->unlock == NULL)
                return fail(os, call, "a callback is missing");
        *target = *cbs;
        if (evi_locks_make(process) == 0)
                return 0;
        memset(target, 0, sizeof *target);
        errno = ENOMEM;
        return -1;
}

static bool is_same_conditions(const struct evthread_condition_callbacks *a,
                               const struct evthread_condition_callbacks *b)
{
        return a->condition_api_version == b->condition_api_version &&
               a->alloc_condition == b->alloc_condition && a->free_condition == b->free_condition &&
               a->signal_condition == b->signal_condition && a->wait_condition == b->wait_condition;
}

int evthread_set_condition_callbacks(const struct evthread_condition_callbacks *cbs)
{
        static const char call[] = "evthread_set_condition_callbacks";
        struct os *os = os_current();
        struct os_process *process = os->process;
        const bool is_debugging = process->lock_debugging;
        struct evthread_condition_callbacks *target =
                is_debugging ? &process->plain_conditions : &process->conditions;

        if (cbs == NULL) {
                memset(target, 0, sizeof *target);
                return 0;
        }
        if (target->alloc_condition != NULL)
                return is_same_conditions(target, cbs)
                               ? 0
                               : fail(os, call, "the callbacks are set already, and are others");
        if (cbs->alloc_condition == NULL || cbs->free_condition == NULL ||
            cbs->signal_condition == NULL)
                return fail(os, call, "a callback is missing");
        *target = *cbs;
        if (is_debugging)
                evi_lockdebug_install(process);
        return 0;
}

void evthread_set_id_callback(unsigned long (*id_fn)(void))
{
        os_current()->process->thread_id = id_fn;
}

int evthread_use_pthreads(void)
{
        struct os *os = os_current();
        const struct os_threads *threads = os_threads(os);

        if (threads == NULL) {
                errno = ENOSYS;
                return -1;
        }
        if (evthread_set_lock_callbacks(&threads->locks) < 0 ||
            evthread_set_condition_callbacks(&threads->conditions) < 0)
                return -1;
        evthread_set_id_callback(threads->id);
        return 0;
}

void evthread_enable_lock_debugging(void)
{
        struct os_process *process = os_current()->process;

        if (process->lock_debugging)
                return;
        evi_locks_free(process);
        process->plain_locks = process->locks;
        process->plain_conditions = process->conditions;
        process->lock_debugging = true;
        evi_lockdebug_install(process);
        if (process->plain_locks.alloc != NULL && evi_locks_make(process) < 0)
                evi_fatal(os_current(), EVI_FATAL_ABORT,
                          "evthread_enable_lock_debugging: no memory for locks");
}

void evthread_enable_lock_debuging(void)
{
        evthread_enable_lock_debugging();
}
