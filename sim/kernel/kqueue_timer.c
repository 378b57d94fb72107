/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * EVFILT_TIMER.
 *
 * Modelled (kqueue(2), EVFILT_TIMER): periodic timers and, with EV_ONESHOT, single ones; the units;
 * NOTE_ABSTIME, a time of the wall clock; data as the number of expirations since the last report;
 * an entry that is disabled and counts on; adding again, which throws the count away and starts
 * anew; EV_CLEAR where it is set unasked; EINVAL of a negative time or more than one unit. A single
 * timer of 0 expires at once, a periodic one of 0 has a period of one unit (kern_event.c of FreeBSD,
 * filt_timerattach; no manual page tells).
 * Not modelled: kern.kq_calloutmax; a deadline when the wall clock is then set; slack.
 */
#include <errno.h>

#include "kernel/kqueue.h"
#include "os/time.h"

#define UNITS ((unsigned)(NOTE_SECONDS | NOTE_MSECONDS | NOTE_USECONDS | NOTE_NSECONDS))

/* Nanoseconds a unit; 0: more than one is named. */
static int64_t unit_of(unsigned fflags)
{
        switch (fflags & UNITS) {
        case 0:
        case NOTE_MSECONDS:
                return OS_NS_PER_MS;
        case NOTE_SECONDS:
                return OS_NS_PER_S;
        case NOTE_USECONDS:
                return 1000;
        case NOTE_NSECONDS:
                return 1;
        default:
                return 0;
        }
}

static int64_t saturated_product(int64_t a, int64_t b)
{
        return a > INT64_MAX / b ? INT64_MAX : a * b;
}

static int64_t clock_of(const struct evsim_note *note)
{
        const struct evsim_host *host = evsim_note_host(note);

        return note->of.timer.is_wall ? evsim_host_realtime_ns(host)
                                      : evsim_host_monotonic_ns(host);
}

static void arm(struct evsim_note *note)
{
        struct evsim_host *host = evsim_note_host(note);

        evsim_agenda_set(
                &host->world->agenda, &note->of.timer.expiry,
                evsim_host_instant_ns(host, note->of.timer.next_ns, note->of.timer.is_wall));
}

/* Where the clock jumped, several periods may have passed. */
static void expire(struct evsim_appointment *a)
{
        struct evsim_note *note = EVI_CONTAINER_OF(a, struct evsim_note, of.timer.expiry);
        const int64_t period_ns = note->of.timer.period_ns;
        const int64_t late_ns = clock_of(note) - note->of.timer.next_ns;

        note->result.data++;
        if (period_ns > 0) {
                const int64_t more = late_ns > 0 ? late_ns / period_ns : 0;

                note->result.data += more;
                note->of.timer.next_ns += (more + 1) * period_ns;
                arm(note);
        }
        evsim_note_activate(note);
}

static int check(const struct evsim_note *note, unsigned fflags, int64_t data)
{
        const unsigned absent = fflags & ~note->kq->flavour->timer_fflags;

        if ((absent & UNITS) != 0)
                evsim_unmodelled(evsim_note_host(note), "kevent",
                                 "a unit of EVFILT_TIMER that %s does not have (fflags %#x)",
                                 note->kq->flavour->name, fflags);
        if (absent != 0 || unit_of(fflags) == 0 || data < 0)
                return -EINVAL;
        return 0;
}

/* The entry's clock, period and first expiry, from what is asked. */
static void start(struct evsim_note *note)
{
        const struct evsim_kqueue_flavour *flavour = note->kq->flavour;
        const bool is_absolute = (note->fflags & NOTE_ABSTIME) != 0;
        const int64_t unit_ns = unit_of(note->fflags);
        int64_t span_ns = saturated_product(note->data, unit_ns);
        int64_t now_ns;

        if (is_absolute && flavour->is_absolute_oneshot)
                note->result.flags |= EV_ONESHOT;
        if (!is_absolute || flavour->is_absolute_cleared)
                note->result.flags |= EV_CLEAR;
        note->of.timer.is_wall = is_absolute;
        note->of.timer.period_ns = 0;
        if (!is_absolute && (note->result.flags & EV_ONESHOT) == 0) {
                if (span_ns == 0)
                        span_ns = unit_ns;
                note->of.timer.period_ns = span_ns;
        }
        now_ns = is_absolute ? 0 : clock_of(note);
        note->of.timer.next_ns = span_ns > INT64_MAX - now_ns ? INT64_MAX : now_ns + span_ns;
        note->result.data = 0;
        if (note->of.timer.next_ns <= clock_of(note))
                note->result.data = 1;
        else
                arm(note);
}

static int attach(struct evsim_note *note)
{
        const int r = check(note, note->fflags, note->data);

        if (r < 0)
                return r;
        note->of.timer.expiry.keep = expire;
        start(note);
        return 0;
}

static void detach(struct evsim_note *note)
{
        evsim_agenda_cancel(&evsim_note_host(note)->world->agenda, &note->of.timer.expiry);
}

/* Only adding it again is about the time; to enable a timer does not restart it. */
static int touch(struct evsim_note *note, const struct kevent *change)
{
        int r;

        if ((change->flags & EV_ADD) == 0)
                return 0;
        r = check(note, change->fflags, change->data);
        if (r < 0)
                return r;
        detach(note);
        evsim_note_dequeue(note);
        note->is_active = false;
        note->fflags = change->fflags;
        note->data = change->data;
        start(note);
        return 0;
}

static bool run(struct evsim_note *note)
{
        note->result.fflags = 0;
        return note->result.data > 0;
}

static void clear(struct evsim_note *note)
{
        note->result.data = 0;
}

const struct evsim_filter evsim_filter_timer = {
        .attach = attach,
        .detach = detach,
        .run = run,
        .touch = touch,
        .clear = clear,
};
