/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Signals; signals.h has the protocol between handler and loop.
 *
 * What handlers touch is atomic. The counters are plain C11 atomics: they decide nothing. The flag,
 * on which waking depends, goes through the world (os_atomic_exchange), so that a simulation can
 * switch threads there.
 */
#include "core/signals.h"

#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdatomic.h>

#include "core/wakeup.h"
#include "os/lock.h"
#include "os/os.h"
#include "util/log.h"

#define SIGNALS_END NSIG

struct evi_signal_sink {
        _Atomic(struct evi_signal_sink *) next; /* in the registry; written with the signal lock */
        struct os *os;
        atomic_int write_fd;
        int is_raised; /* by os_atomic_exchange only */
        atomic_uint arrived[SIGNALS_END];
        atomic_bool is_watched[SIGNALS_END];
};

struct evi_signal_registry {
        _Atomic(struct evi_signal_sink *) first;
        int nwatchers[SIGNALS_END]; /* bases that watch; signal lock */
        struct sigaction before[SIGNALS_END];
};

int evi_signals_end(void)
{
        return SIGNALS_END;
}

static void deliver(struct evi_signal_sink *sink, int signal_number)
{
        if (!atomic_load(&sink->is_watched[signal_number]))
                return;
        atomic_fetch_add(&sink->arrived[signal_number], 1);
        if (os_atomic_exchange(sink->os, &sink->is_raised, 1) == 0)
                evi_wakeup_write(sink->os, atomic_load(&sink->write_fd));
}

static void handle(struct os_process *process, int signal_number)
{
        atomic_fetch_add(&process->nsignal_handlers, 1);
        const struct evi_signal_registry *registry = atomic_load(&process->signals);
        struct evi_signal_sink *sink = registry == NULL ? NULL : atomic_load(&registry->first);
        for (; sink != NULL; sink = atomic_load(&sink->next))
                deliver(sink, signal_number);
        atomic_fetch_sub(&process->nsignal_handlers, 1);
}

#define YIELDS_MAX 100000

/* Returns when no handler runs that began before, true. A handler is short, and never waits. But in
 * a child that was forked while another thread ran one, it never ends: then false, and what it could
 * still see is to be left where it is. */
static bool wait_for_handlers(struct os *os)
{
        for (int i = 0; i < YIELDS_MAX; i++) {
                if (atomic_load(&os->process->nsignal_handlers) == 0)
                        return true;
                os_yield(os);
        }
        return false;
}

static void lock(struct os *os)
{
        os_lock(os->process, os->process->signal_lock);
}

static void unlock(struct os *os)
{
        os_unlock(os->process, os->process->signal_lock);
}

/* The registry. With the signal lock. */

static struct evi_signal_registry *registry_of(struct os *os)
{
        return atomic_load(&os->process->signals);
}

static struct evi_signal_registry *obtain_registry(struct os *os)
{
        struct evi_signal_registry *registry = registry_of(os);

        if (registry == NULL) {
                registry = os_calloc(os, 1, sizeof *registry);
                atomic_store(&os->process->signals, registry);
        }
        return registry;
}

static int register_sink(struct os *os, struct evi_signal_sink *sink)
{
        struct evi_signal_registry *registry = obtain_registry(os);

        if (registry == NULL)
                return -ENOMEM;
        atomic_store(&sink->next, atomic_load(&registry->first));
        atomic_store(&registry->first, sink);
        return 0;
}

/* Whether no handler can see it any more. */
static bool unregister_sink(struct os *os, struct evi_signal_sink *sink)
{
        struct evi_signal_registry *registry = registry_of(os);
        _Atomic(struct evi_signal_sink *) *place = &registry->first;
        struct evi_signal_sink *at;

        while ((at = atomic_load(place)) != sink)
                place = &at->next;
        atomic_store(place, atomic_load(&sink->next));
        return wait_for_handlers(os);
}

/* The sink watches the signal from now on; the handler is there before this returns. */
static int watch(struct os *os, struct evi_signal_sink *sink, int signal_number)
{
        struct evi_signal_registry *registry = registry_of(os);
        int r = 0;

        atomic_store(&sink->is_watched[signal_number], true);
        if (registry->nwatchers[signal_number] == 0)
                r = os_signal_install(os, signal_number, handle, &registry->before[signal_number]);
        if (r < 0)
                atomic_store(&sink->is_watched[signal_number], false);
        else
                registry->nwatchers[signal_number]++;
        return r;
}

static void unwatch(struct os *os, struct evi_signal_sink *sink, int signal_number)
{
        struct evi_signal_registry *registry = registry_of(os);
        int r = 0;

        if (--registry->nwatchers[signal_number] == 0)
                r = os_signal_restore(os, signal_number, &registry->before[signal_number]);
        if (r < 0)
                evi_log_error(os, EVENT_LOG_WARN, -r, "restoring the handler of signal %d",
                              signal_number);
        atomic_store(&sink->is_watched[signal_number], false);
        atomic_store(&sink->arrived[signal_number], 0);
}

/* A base's side. With the base lock. */

static struct evi_link *link_of(struct event *ev)
{
        return (struct evi_link *)(void *)&ev->ev_.ev_signal.ev_signal_next;
}

struct event *evi_signals_event(struct evi_link *link)
{
        return EVI_CONTAINER_OF(link, struct event, ev_.ev_signal.ev_signal_next);
}

void evi_signals_init(struct evi_signals *s)
{
        *s = (struct evi_signals){NULL, NULL};
}

static int open_sink(struct evi_signals *s, struct os *os, int write_fd)
{
        struct evi_signal_sink *sink = os_calloc(os, 1, sizeof *sink);
        struct evi_link *events = os_calloc(os, SIGNALS_END, sizeof *events);
        int r = sink == NULL || events == NULL ? -ENOMEM : 0;

        if (r == 0) {
                sink->os = os;
                atomic_store(&sink->write_fd, write_fd);
                lock(os);
                r = register_sink(os, sink);
                unlock(os);
        }
        if (r < 0) {
                os_free(os, events);
                os_free(os, sink);
                return r;
        }
        for (int i = 0; i < SIGNALS_END; i++)
                evi_list_init(&events[i]);
        *s = (struct evi_signals){sink, events};
        return 0;
}

void evi_signals_clear(struct evi_signals *s, struct os *os)
{
        if (s->sink == NULL)
                return;
        lock(os);
        const bool is_unseen = unregister_sink(os, s->sink);
        unlock(os);
        os_free(os, s->events);
        if (is_unseen)
                os_free(os, s->sink);
        evi_signals_init(s);
}

int evi_signals_add(struct evi_signals *s, struct os *os, int write_fd, struct event *ev)
{
        const int signal_number = ev->ev_fd;
        int r = 0;

        if (signal_number < 1 || signal_number >= SIGNALS_END)
                return -EINVAL;
        if (s->sink == NULL)
                r = open_sink(s, os, write_fd);
        if (r < 0)
                return r;
        if (evi_list_is_empty(&s->events[signal_number])) {
                lock(os);
                r = watch(os, s->sink, signal_number);
                unlock(os);
        }
        if (r == 0)
                evi_list_push_tail(&s->events[signal_number], link_of(ev));
        return r;
}

void evi_signals_remove(struct evi_signals *s, struct os *os, struct event *ev)
{
        const int signal_number = ev->ev_fd;

        evi_list_remove(link_of(ev));
        if (!evi_list_is_empty(&s->events[signal_number]))
                return;
        lock(os);
        unwatch(os, s->sink, signal_number);
        unlock(os);
}

/* What the events cannot take now arrives again. */
static void put_back(struct evi_signal_sink *sink, struct os *os, int signal_number, unsigned count)
{
        atomic_fetch_add(&sink->arrived[signal_number], count);
        if (os_atomic_exchange(os, &sink->is_raised, 1) == 0)
                evi_wakeup_write(os, atomic_load(&sink->write_fd));
}

static void take_signal(struct evi_signals *s, struct os *os, int signal_number,
                        const struct evi_signal_taker *taker, void *arg)
{
        atomic_uint *arrived = &s->sink->arrived[signal_number];
        const struct evi_link *head = &s->events[signal_number];

        if (atomic_load_explicit(arrived, memory_order_relaxed) == 0)
                return;
        const unsigned count = atomic_exchange(arrived, 0);
        unsigned taken = count;
        for (struct evi_link *l = evi_list_first(head); l != NULL; l = evi_list_next(head, l)) {
                const unsigned room = taker->room(evi_signals_event(l));
                taken = room < taken ? room : taken;
        }
        for (struct evi_link *l = evi_list_first(head); l != NULL; l = evi_list_next(head, l))
                taker->take(evi_signals_event(l), taken, arg);
        if (taken < count)
                put_back(s->sink, os, signal_number, count - taken);
}

void evi_signals_take(struct evi_signals *s, struct os *os, const struct evi_signal_taker *taker,
                      void *arg)
{
        if (s->sink == NULL || os_atomic_exchange(os, &s->sink->is_raised, 0) == 0)
                return;
        for (int i = 1; i < SIGNALS_END; i++)
                take_signal(s, os, i, taker, arg);
}

/* What had arrived when this began was the parent's; what arrives while it runs is announced on
 * the new descriptor. */
void evi_signals_reinit(struct evi_signals *s, struct os *os, int write_fd)
{
        struct evi_signal_sink *sink = s->sink;
        unsigned parents[SIGNALS_END];
        bool has_own = false;

        if (sink == NULL)
                return;
        for (int i = 0; i < SIGNALS_END; i++)
                parents[i] = atomic_load(&sink->arrived[i]);
        atomic_store(&sink->write_fd, write_fd);
        (void)os_atomic_exchange(os, &sink->is_raised, 0);
        for (int i = 0; i < SIGNALS_END; i++)
                has_own |= atomic_fetch_sub(&sink->arrived[i], parents[i]) != parents[i];
        if (has_own && os_atomic_exchange(os, &sink->is_raised, 1) == 0)
                evi_wakeup_write(os, write_fd);
}

const struct evi_link *evi_signals_events(const struct evi_signals *s, int signal_number)
{
        if (s->sink == NULL || signal_number < 1 || signal_number >= SIGNALS_END ||
            evi_list_is_empty(&s->events[signal_number]))
                return NULL;
        return &s->events[signal_number];
}

bool evi_signals_shutdown(struct os *os)
{
        struct evi_signal_registry *registry = registry_of(os);

        if (registry == NULL)
                return true;
        if (atomic_load(&registry->first) != NULL)
                return false;
        atomic_store(&os->process->signals, NULL);
        if (wait_for_handlers(os))
                os_free(os, registry);
        return true;
}
