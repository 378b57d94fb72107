/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Every invariant of a base, as code: those of its parts, then those that span them (base.h).
 */
#include "core/event.h"
#include "util/duration.h"

static int count_flags(const struct event *ev)
{
        return evi_event_has(ev, EVLIST_INSERTED) + evi_event_has(ev, EVLIST_TIMEOUT) +
               evi_event_has(ev, EVLIST_ACTIVE);
}

struct tally {
        const struct event_base *base;
        int inserted, timers, active;
        const char *broken;
};

static void check(struct tally *tally, const struct event *ev)
{
        if (ev->ev_base != tally->base)
                tally->broken = "an event of another base is in this one's containers";
        else if (!evi_event_has(ev, EVLIST_INIT))
                tally->broken = "an event that was never assigned is in a container";
        else if (evi_event_has(ev, EVLIST_FINALIZING) &&
                 (count_flags(ev) != 1 || !evi_event_has(ev, EVLIST_ACTIVE)))
                tally->broken = "B2: a finalizing event is more than active";
}

static void tally_list(struct tally *tally, const struct evi_link *head,
                       struct event *(*event_of)(struct evi_link *))
{
        struct evi_link *l = head == NULL ? NULL : evi_list_first(head);

        for (; l != NULL; l = evi_list_next(head, l)) {
                check(tally, event_of(l));
                tally->inserted++;
        }
}

static int tally_fd(int fd, short interest, void *arg)
{
        struct tally *tally = arg;

        (void)interest;
        tally_list(tally, evi_fdmap_events(&tally->base->fds, fd), evi_fdmap_event);
        return 0;
}

static int tally_timer(struct event *ev, void *arg)
{
        struct tally *tally = arg;

        check(tally, ev);
        tally->timers++;
        return 0;
}

static int tally_active(struct event_callback *evcb, void *arg)
{
        struct tally *tally = arg;

        check(tally, EVI_CONTAINER_OF(evcb, struct event, ev_evcallback));
        tally->active++;
        return 0;
}

static const char *verify_counts(const struct event_base *base)
{
        struct tally tally = {.base = base, .inserted = base->count.unlisted};

        (void)evi_fdmap_foreach(&base->fds, tally_fd, &tally);
        for (int i = 1; i < evi_signals_end(); i++)
                tally_list(&tally, evi_signals_events(&base->signals, i), evi_signals_event);
        (void)evi_timers_foreach(&base->timers, tally_timer, &tally);
        (void)evi_active_foreach(&base->active, tally_active, &tally);
        if (tally.broken != NULL)
                return tally.broken;
        if (base->count.added.now != tally.inserted + tally.timers + tally.active)
                return "B1: the count of added events is not the sum of their memberships";
        if (base->count.active.now != tally.active)
                return "B1: the count of active events is wrong";
        return NULL;
}

const char *evi_base_verify(const struct event_base *base)
{
        const char *broken = evi_active_verify(&base->active);

        if (broken == NULL)
                broken = evi_timers_verify(&base->timers);
        if (broken == NULL)
                broken = evi_fdmap_verify(&base->fds, base->wakeup.read_fd);
        if (broken == NULL)
                broken = verify_counts(base);
        if (broken == NULL && base->is_waiting && !base->is_looping)
                broken = "B3: a wait without a loop";
        if (broken == NULL && base->wakeup.is_pending && base->wakeup.read_fd < 0)
                broken = "B4: a wake-up is pending that nobody can read";
        return broken;
}
