/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A base's life: made, cloned into a child process, freed; and what is set for it as a whole.
 */
#include "core/base.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/thread.h>

#include "backend/backend.h"
#include "core/bases.h"
#include "core/config.h"
#include "core/debug.h"
#include "core/event.h"
#include "core/once.h"
#include "os/os.h"
#include "util/duration.h"
#include "util/log.h"

bool evi_base_is_in_loop_thread(const struct event_base *base)
{
        return !base->is_looping || base->lock == NULL ||
               base->loop_thread == os_thread_id(base->process);
}

struct event_base *evi_base_current(void)
{
        return os_current()->process->current_base;
}

/* Making. */

static unsigned backend_flags(const struct event_config *config, struct os *os, unsigned flags)
{
        const bool is_precise =
                (flags & EVENT_BASE_FLAG_PRECISE_TIMER) ||
                (evi_config_reads_env(config, os) && os_getenv(os, "EVENT_PRECISE_TIMER") != NULL);

        return is_precise ? BACKEND_PRECISE : 0;
}

static void init(struct event_base *base, struct os *os, const struct event_config *config)
{
        base->os = os;
        base->process = os->process;
        base->flags = config == NULL ? 0 : config->flags;
        base->backend_flags = backend_flags(config, os, base->flags);
        base->limits = config == NULL ? evi_no_limits() : config->limits;
        base->running_priority = -1;
        evi_timers_init(&base->timers);
        evi_signals_init(&base->signals);
        evi_wakeup_init(&base->wakeup);
        evi_list_init(&base->onces);
}

/* Everything that may fail; what was got before a failure is in the base, for destroy(). */
static int acquire(struct event_base *base, const struct event_config *config)
{
        struct os *os = base->os;
        const bool locks = !(base->flags & EVENT_BASE_FLAG_NOLOCK);
        int r = evi_active_init(&base->active, os);

        if (r == 0)
                r = evi_methods_open(os, config, base->backend_flags, &base->backend);
        if (r == 0)
                evi_fdmap_init(&base->fds, base->backend->ops->fd_state_size);
        if (r == 0 && locks)
                r = os_lock_new(base->process, &base->lock);
        if (r == 0 && locks)
                r = os_condition_new(base->process, &base->callback_done);
        if (r == 0 && base->lock != NULL)
                r = evi_wakeup_open(&base->wakeup, os, &base->fds, base->backend);
        if (r == 0)
                evi_bases_add(base);
        return r;
}

/* Gives back what acquire() got, all of it or a part. Nothing is pending or active. */
static void destroy(struct event_base *base)
{
        struct os *os = base->os;

        evi_bases_remove(base);
        evi_signals_clear(&base->signals, os);
        if (base->backend != NULL) {
                evi_wakeup_close(&base->wakeup, os, &base->fds, base->backend);
                evi_fdmap_clear(&base->fds, base->backend);
                base->backend->ops->close(base->backend);
        }
        evi_timers_clear(&base->timers, os);
        evi_active_clear(&base->active, os);
        os_condition_free(base->process, base->callback_done);
        os_lock_free(base->process, base->lock);
        os_free(os, base);
}

struct event_base *event_base_new_with_config(const struct event_config *config)
{
        struct os *os = os_current();
        struct event_base *base = os_calloc(os, 1, sizeof *base);
        int r = -ENOMEM;

        evi_debug_too_late(os);
        if (base != NULL) {
                init(base, os, config);
                r = acquire(base, config);
        }
        if (r == 0)
                return base;
        if (base != NULL)
                destroy(base);
        errno = -r;
        return NULL;
}

struct event_base *event_base_new(void)
{
        return event_base_new_with_config(NULL);
}

/* Freeing. */

/* The event goes, and does not point to its dead base: a later event_add says so instead of reading
 * freed memory. */
static void orphan(struct event *ev)
{
        evi_event_remove(ev);
        ev->ev_base = NULL;
}

static int orphan_fd(int fd, short interest, void *arg)
{
        struct event_base *base = arg;
        const struct evi_link *head;

        (void)interest;
        while ((head = evi_fdmap_events(&base->fds, fd)) != NULL)
                orphan(evi_fdmap_event(evi_list_first(head)));
        return 0;
}

static void orphan_signals(struct event_base *base)
{
        const struct evi_link *head;

        for (int i = 1; i < evi_signals_end(); i++)
                while ((head = evi_signals_events(&base->signals, i)) != NULL)
                        orphan(evi_signals_event(evi_list_first(head)));
}

/* Finalizers may make other events active, whose finalizers then run as well. */
static void orphan_active(struct event_base *base, bool runs_finalizers)
{
        int priority;

        while ((priority = evi_active_next_priority(&base->active)) >= 0) {
                struct event_callback *evcb = evi_active_first(&base->active, priority);
                struct event *ev = EVI_CONTAINER_OF(evcb, struct event, ev_evcallback);
                if (runs_finalizers && evi_event_has(ev, EVLIST_FINALIZING))
                        evi_run_finalizer(base, ev);
                else
                        orphan(ev);
        }
}

/* Finalizers may add events too; so until nothing is left but what is in no container. */
static void take_out_all(struct event_base *base, bool runs_finalizers)
{
        struct event *ev;

        do {
                evi_onces_free(base);
                (void)evi_fdmap_foreach(&base->fds, orphan_fd, base);
                orphan_signals(base);
                while ((ev = evi_timers_any(&base->timers)) != NULL)
                        orphan(ev);
                orphan_active(base, runs_finalizers);
        } while (base->count.added.now > base->count.unlisted);
}

void evi_base_end(struct event_base *base, bool runs_finalizers)
{
        take_out_all(base, runs_finalizers);
        evi_base_unlock(base);
        destroy(base);
}

/* Whether it is one of the process's bases; if not, a warning says why nothing is freed. */
static bool can_be_freed(struct os *os, const struct event_base *base, const char *call)
{
        if (base != NULL && evi_bases_has(os, base))
                return true;
        evi_log(os, EVENT_LOG_WARN, "%s: base %p is not freed: %s", call, (const void *)base,
                base == NULL ? "there is none" : "it was freed before, or never made");
        return false;
}

/* A base in whose loop we are, or another thread is, has only its events taken out; the loop ends
 * after the present callback, and the base with it. */
static void free_base(struct event_base *base, bool runs_finalizers, const char *call)
{
        struct os *os = os_current();

        if (base == NULL)
                base = os->process->current_base;
        if (!can_be_freed(os, base, call))
                return;
        if (base == os->process->current_base)
                os->process->current_base = NULL;
        evi_bases_remove(base);
        evi_base_lock(base);
        if (!base->is_looping) {
                evi_base_end(base, runs_finalizers);
                return;
        }
        base->is_doomed = true;
        base->wants_break = true;
        take_out_all(base, runs_finalizers);
        evi_base_wake(base);
        evi_base_unlock(base);
}

void event_base_free(struct event_base *base)
{
        free_base(base, true, "event_base_free");
}

void event_base_free_nofinalize(struct event_base *base)
{
        free_base(base, false, "event_base_free_nofinalize");
}

/* In a child process. */

/* The kernel's side of the old backend, and the wake-up, are shared with the parent: they are
 * closed, never told to forget something, which would make the parent's forget it. */
static int reinit(struct event_base *base)
{
        struct os *os = base->os;
        struct backend *old = base->backend;
        struct backend *fresh;
        struct evi_wakeup old_wakeup;
        int r = old->ops->open(os, base->backend_flags, &fresh);

        if (r < 0)
                return r;
        r = evi_wakeup_replace(&base->wakeup, os, &base->fds, &old_wakeup);
        if (r < 0)
                goto close_backend;
        r = evi_fdmap_move(&base->fds, old, fresh);
        if (r < 0)
                goto restore_wakeup;
        evi_signals_reinit(&base->signals, os, base->wakeup.write_fd);
        evi_wakeup_drop(&old_wakeup, os);
        base->backend = fresh;
        old->ops->close(old);
        return 0;

restore_wakeup:
        evi_wakeup_restore(&base->wakeup, os, &base->fds, &old_wakeup);
close_backend:
        fresh->ops->close(fresh);
        return r;
}

int event_reinit(struct event_base *base)
{
        evi_base_lock(base);
        const int r = reinit(base);
        evi_base_unlock(base);
        if (r < 0)
                errno = -r;
        return r < 0 ? -1 : 0;
}

/* As a whole. */

int evthread_make_base_notifiable(struct event_base *base)
{
        if (base == NULL) {
                errno = EINVAL;
                return -1;
        }
        evi_base_lock(base);
        const int r = evi_wakeup_open(&base->wakeup, base->os, &base->fds, base->backend);
        evi_base_unlock(base);
        if (r < 0)
                errno = -r;
        return r < 0 ? -1 : 0;
}

int event_base_priority_init(struct event_base *base, int npriorities)
{
        int r = 0;

        if (base == NULL || npriorities < 1 || npriorities >= EVENT_MAX_PRIORITIES) {
                errno = EINVAL;
                return -1;
        }
        evi_base_lock(base);
        if (base->active.count > 0)
                r = -EBUSY;
        else if (npriorities != base->active.npriorities)
                r = evi_active_resize(&base->active, base->os, npriorities);
        evi_base_unlock(base);
        if (r < 0)
                errno = -r;
        return r < 0 ? -1 : 0;
}

int event_base_get_npriorities(struct event_base *base)
{
        if (base == NULL)
                base = evi_base_current();
        evi_base_lock(base);
        const int n = base->active.npriorities;
        evi_base_unlock(base);
        return n;
}

const struct timeval *event_base_init_common_timeout(struct event_base *base,
                                                     const struct timeval *duration)
{
        const struct timeval *common = NULL;

        evi_base_lock(base);
        const int r = evi_timers_make_common(&base->timers, base->os, duration, &common);
        evi_base_unlock(base);
        if (r == -ENOSPC)
                evi_log(base->os, EVENT_LOG_WARN,
                        "event_base_init_common_timeout: a base has at most 256 of them");
        if (r < 0)
                errno = -r;
        return common;
}
