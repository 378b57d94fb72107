/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The loop. All policy is here: what is asked of the backend, in which order what it finds is made
 * active, and when the loop ends. One turn:
 *
 *      +--> stop? nothing left? ------------------------------> return
 *      |    next deadline: how long to wait     (0 if something is active)
 *      |    prepare the backend                 (flushes batched changes)
 *      |    unlock, WAIT, lock
 *      |    collect: descriptors become active  (and the wake-up is drained)
 *      |    signals that arrived become active
 *      |    deadlines that passed become active
 *      +--- run the active of one priority      (run.c)
 *
 * All that is due becomes active before anything runs. So a callback that sets a timer of zero, or
 * an event that is always ready, cannot keep the others from their turn.
 *
 * The clock is read twice a turn at most: for the time to wait if there are timers, and after the
 * wait by the first who asks.
 */
#include <errno.h>
#include <event2/event.h>

#include "backend/backend.h"
#include "core/event.h"
#include "os/os.h"
#include "util/duration.h"
#include "util/log.h"

#define BATCH 64

static void verify(const struct event_base *base)
{
#if defined(EVIDENT_VERIFY)
        const char *broken = evi_base_verify(base);
        if (broken != NULL)
                evi_fatal(base->os, EVI_FATAL_ABORT, "base %p: %s", (const void *)base, broken);
#else
        (void)base;
#endif
}

/* How long the wait may be, and base->wait_deadline_ns. */
static int64_t time_to_wait(struct event_base *base, int flags)
{
        if ((flags & EVLOOP_NONBLOCK) || base->active.count > 0) {
                base->wait_deadline_ns = EVI_NS_MIN;
                return 0;
        }
        base->wait_deadline_ns = evi_timers_bound(&base->timers);
        if (base->wait_deadline_ns == EVI_NS_MAX)
                return -1;
        return evi_ns_until(base->wait_deadline_ns, evi_base_now(base));
}

static int wait(struct event_base *base, int64_t timeout_ns)
{
        struct backend *b = base->backend;
        int r = b->ops->prepare(b);

        if (r < 0)
                return r;
        evi_fdmap_trim(&base->fds, b);
        base->is_waiting = true;
        evi_base_unlock(base);
        r = b->ops->wait(b, timeout_ns);
        evi_base_lock(base);
        base->is_waiting = false;
        return r;
}

/* Descriptors. */

/* Whether some event of the list wanted this, and is active for it now. EV_ET is told to callbacks
 * where the backend has edges, as with libevent. */
static bool activate_list(struct event_base *base, const struct evi_link *head, int what)
{
        const int et = base->backend->ops->features & EV_FEATURE_ET ? EV_ET : 0;
        bool is_wanted = false;

        for (struct evi_link *l = evi_list_first(head); l != NULL; l = evi_list_next(head, l)) {
                struct event *ev = evi_fdmap_event(l);
                if (!(ev->ev_events & what))
                        continue;
                is_wanted = true;
                evi_event_activate(ev, (short)(ev->ev_events & (what | et)), 1);
        }
        return is_wanted;
}

/* Nobody waits for what was found. If it was not asked for either it is an error, which kernels
 * report unasked, as readable and writable: to who waits for EV_CLOSED alone, that is the end. */
static void activate_unwanted(struct event_base *base, const struct evi_link *head,
                              const struct fd_ready *ready)
{
        const bool is_error = (evi_fdmap_interest(&base->fds, ready->fd) & ready->what) == 0;

        if (!is_error || !activate_list(base, head, EV_CLOSED))
                evi_fdmap_settle(&base->fds, base->backend, ready->fd);
}

static void activate_fd(struct event_base *base, const struct fd_ready *ready)
{
        const struct evi_link *head = evi_fdmap_current(&base->fds, ready->fd, ready->generation);

        if (head == NULL)
                return;
        if (ready->fd == base->wakeup.read_fd)
                evi_wakeup_drain(&base->wakeup, base->os);
        else if (!activate_list(base, head, ready->what))
                activate_unwanted(base, head, ready);
}

static void activate_fds(struct event_base *base)
{
        struct backend *b = base->backend;
        struct fd_ready ready[BATCH];
        int n;

        do {
                n = b->ops->collect(b, ready, BATCH);
                for (int i = 0; i < n; i++)
                        activate_fd(base, &ready[i]);
        } while (n == BATCH);
}

static void activate_signal(struct event *ev, unsigned count, void *unused)
{
        (void)unused;
        evi_event_signal(ev, count);
}

static const struct evi_signal_taker signal_taker = {evi_event_signal_room, activate_signal};

/* One time for all: a period shorter than it takes to look would have no end. */
static void activate_timers(struct event_base *base)
{
        struct event *ev;

        if (evi_timers_bound(&base->timers) == EVI_NS_MAX)
                return;
        const int64_t now_ns = evi_base_now(base);
        while ((ev = evi_timers_due(&base->timers, now_ns)) != NULL)
                evi_event_expire(ev);
}

static int turn(struct event_base *base, int flags)
{
        evi_base_stop_caching(base);
        const int r = wait(base, time_to_wait(base, flags));
        if (r < 0) {
                evi_log_error(base->os, EVENT_LOG_WARN, -r, "%s: waiting",
                              base->backend->ops->name);
                return r;
        }
        evi_base_start_caching(base);
        activate_fds(base);
        evi_signals_take(&base->signals, base->os, &signal_taker, NULL);
        activate_timers(base);
        verify(base);
        return 0;
}

/* Turns until something says to stop: 0 asked to, or by the flags; 1 nothing is left; -errno. */
static int run_turns(struct event_base *base, int flags)
{
        int r;

        for (;;) {
                base->wants_rescan = false;
                if (base->wants_exit || base->wants_break)
                        return 0;
                if (!(flags & EVLOOP_NO_EXIT_ON_EMPTY) && !evi_base_has_work(base))
                        return 1;
                r = turn(base, flags);
                if (r < 0)
                        return r;
                const bool has_run = evi_base_run_active(base);
                if ((flags & EVLOOP_ONCE) && has_run && base->active.count == 0)
                        return 0;
                if ((flags & EVLOOP_NONBLOCK) && !has_run)
                        return 0;
        }
}

int event_base_loop(struct event_base *base, int flags)
{
        int r;

        if (base == NULL) {
                errno = EINVAL;
                return -1;
        }
        evi_base_lock(base);
        if (base->is_looping) {
                evi_log(base->os, EVENT_LOG_WARN,
                        "event_base_loop: the loop of base %p is running already; a base has one "
                        "loop at a time",
                        (void *)base);
                evi_base_unlock(base);
                return -1;
        }
        base->is_looping = true;
        base->loop_thread = os_thread_id(base->process);
        base->wants_exit = false;
        base->wants_break = false;
        r = run_turns(base, flags);
        evi_base_stop_caching(base);
        base->is_looping = false;
        if (base->is_doomed)
                evi_base_end(base, true);
        else
                evi_base_unlock(base);
        return r < 0 ? -1 : r;
}
