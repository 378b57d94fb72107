/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Looking into a base: its numbers, its events one by one, and activating by descriptor or signal.
 *
 * foreach visits each event once: those that the kernel watches, then those that only wait for a
 * time, then those that are only active.
 */
#include <event2/event.h>
#include <stdio.h>

#include "core/event.h"
#include "util/duration.h"

/* Numbers. */

int event_base_get_num_events(struct event_base *base, unsigned which)
{
        int n = 0;

        evi_base_lock(base);
        if (which & EVENT_BASE_COUNT_ACTIVE)
                n += base->count.active.now;
        if (which & EVENT_BASE_COUNT_VIRTUAL)
                n += base->count.virtual_.now;
        if (which & EVENT_BASE_COUNT_ADDED)
                n += base->count.added.now;
        evi_base_unlock(base);
        return n;
}

static int take_max(struct evi_count *count, bool forgets)
{
        const int max = count->max;

        if (forgets)
                count->max = 0;
        return max;
}

int event_base_get_max_events(struct event_base *base, unsigned which, int forgets)
{
        int n = 0;

        evi_base_lock(base);
        if (which & EVENT_BASE_COUNT_ACTIVE)
                n += take_max(&base->count.active, forgets);
        if (which & EVENT_BASE_COUNT_VIRTUAL)
                n += take_max(&base->count.virtual_, forgets);
        if (which & EVENT_BASE_COUNT_ADDED)
                n += take_max(&base->count.added, forgets);
        evi_base_unlock(base);
        return n;
}

/* Events one by one. */

struct visit {
        struct event_base *base;
        int (*fn)(struct event *ev, void *arg);
        void *arg;
};

static int visit_list(const struct evi_link *head, struct event *(*event_of)(struct evi_link *),
                      const struct visit *visit)
{
        struct evi_link *l = head == NULL ? NULL : evi_list_first(head);
        int r = 0;

        for (; r == 0 && l != NULL; l = evi_list_next(head, l))
                r = visit->fn(event_of(l), visit->arg);
        return r;
}

static int visit_fd(int fd, short interest, void *arg)
{
        const struct visit *visit = arg;

        (void)interest;
        return visit_list(evi_fdmap_events(&visit->base->fds, fd), evi_fdmap_event, visit);
}

static int visit_signals(const struct visit *visit)
{
        int r = 0;

        for (int i = 1; r == 0 && i < evi_signals_end(); i++)
                r = visit_list(evi_signals_events(&visit->base->signals, i), evi_signals_event,
                               visit);
        return r;
}

/* Whether the event was visited already, by descriptor or signal. */
static bool is_listed(const struct event *ev)
{
        return evi_event_has(ev, EVLIST_INSERTED) && ev->ev_fd >= 0;
}

static int visit_timer(struct event *ev, void *arg)
{
        const struct visit *visit = arg;

        return is_listed(ev) ? 0 : visit->fn(ev, visit->arg);
}

static int visit_active(struct event_callback *evcb, void *arg)
{
        const struct visit *visit = arg;
        struct event *ev = EVI_CONTAINER_OF(evcb, struct event, ev_evcallback);

        return is_listed(ev) || evi_event_has(ev, EVLIST_TIMEOUT) ? 0 : visit->fn(ev, visit->arg);
}

static int visit_all(struct event_base *base, int (*fn)(struct event *ev, void *arg), void *arg)
{
        struct visit visit = {base, fn, arg};
        int r = evi_fdmap_foreach(&base->fds, visit_fd, &visit);

        if (r == 0)
                r = visit_signals(&visit);
        if (r == 0)
                r = evi_timers_foreach(&base->timers, visit_timer, &visit);
        if (r == 0)
                r = evi_active_foreach(&base->active, visit_active, &visit);
        return r;
}

struct user_visit {
        const struct event_base *base;
        event_base_foreach_event_cb fn;
        void *arg;
};

static int visit_for_user(struct event *ev, void *arg)
{
        const struct user_visit *visit = arg;

        return visit->fn(visit->base, ev, visit->arg);
}

int event_base_foreach_event(struct event_base *base, event_base_foreach_event_cb fn, void *arg)
{
        struct user_visit visit = {base, fn, arg};

        if (base == NULL || fn == NULL)
                return -1;
        evi_base_lock(base);
        const int r = visit_all(base, visit_for_user, &visit);
        evi_base_unlock(base);
        return r;
}

/* The dump. */

static void print_flags(FILE *out, int flags)
{
        static const struct {
                int flag;
                const char *name;
        } names[] = {
                {EV_READ, " read"},         {EV_WRITE, " write"},     {EV_CLOSED, " closed"},
                {EV_SIGNAL, " signal"},     {EV_TIMEOUT, " timeout"}, {EV_PERSIST, " persist"},
                {EV_ET, " edge-triggered"},
        };

        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
                if (flags & names[i].flag)
                        fputs(names[i].name, out);
}

struct dump {
        FILE *out;
        int64_t now_ns;
};

static int dump_pending(struct event *ev, void *arg)
{
        const struct dump *dump = arg;

        if (!evi_event_has(ev, EVLIST_INSERTED | EVLIST_TIMEOUT))
                return 0;
        fprintf(dump->out, "  %p [%s %d]", (void *)ev, ev->ev_events & EV_SIGNAL ? "sig" : "fd",
                ev->ev_fd);
        print_flags(dump->out, ev->ev_events & ~EV_TIMEOUT);
        if (evi_event_has(ev, EVLIST_TIMEOUT))
                fprintf(dump->out, " timeout in %.6f s",
                        (double)evi_ns_sub(evi_timer_deadline(ev), dump->now_ns) / 1e9);
        fputc('\n', dump->out);
        return 0;
}

static int dump_active(struct event_callback *evcb, void *arg)
{
        const struct dump *dump = arg;
        struct event *ev = EVI_CONTAINER_OF(evcb, struct event, ev_evcallback);

        fprintf(dump->out, "  %p [%s %d, priority %d]", (void *)ev,
                ev->ev_events & EV_SIGNAL ? "sig" : "fd", ev->ev_fd, evcb->evcb_pri);
        print_flags(dump->out, ev->ev_res);
        fputs(" active\n", dump->out);
        return 0;
}

void event_base_dump_events(struct event_base *base, FILE *out)
{
        evi_base_lock(base);
        struct dump dump = {out, evi_base_now(base)};
        fputs("Inserted events:\n", out);
        (void)visit_all(base, dump_pending, &dump);
        fputs("Active events:\n", out);
        (void)evi_active_foreach(&base->active, dump_active, &dump);
        evi_base_unlock(base);
}

/* Activating. */

void event_base_active_by_fd(struct event_base *base, evutil_socket_t fd, short events)
{
        evi_base_lock(base);
        const struct evi_link *head = evi_fdmap_events(&base->fds, fd);
        struct evi_link *l = head == NULL ? NULL : evi_list_first(head);
        for (; l != NULL; l = evi_list_next(head, l)) {
                struct event *ev = evi_fdmap_event(l);
                if (ev->ev_events & events & (EV_READ | EV_WRITE | EV_CLOSED))
                        evi_event_activate(ev, ev->ev_events & events, 1);
        }
        evi_base_unlock(base);
}

void event_base_active_by_signal(struct event_base *base, int signal_number)
{
        evi_base_lock(base);
        const struct evi_link *head = evi_signals_events(&base->signals, signal_number);
        struct evi_link *l = head == NULL ? NULL : evi_list_first(head);
        for (; l != NULL; l = evi_list_next(head, l))
                evi_event_activate(evi_signals_event(l), EV_SIGNAL, 1);
        evi_base_unlock(base);
}
