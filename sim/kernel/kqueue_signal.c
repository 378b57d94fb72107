/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * EVFILT_SIGNAL.
 *
 * Modelled (kqueue(2), EVFILT_SIGNAL): beside handlers and dispositions, which it leaves alone; all
 * that is sent is counted, ignored or blocked or not, but for an ignored SIGCHLD where the system
 * says so; data is the count since the last report; EV_CLEAR is set unasked.
 * Not modelled: the order between the handler and the event when both are due: a task learns of the
 * event from kevent, which runs handlers first.
 */
#include "kernel/kqueue.h"

static struct evsim_signals *signals_of(const struct evsim_note *note)
{
        return &evsim_note_host(note)->signals;
}

static bool is_signal(const struct evsim_note *note)
{
        return note->result.ident > 0 && note->result.ident < EVSIM_NSIG;
}

static uint32_t sent_so_far(const struct evsim_note *note)
{
        return is_signal(note) ? signals_of(note)->sent[note->result.ident] : 0;
}

static bool is_skipped(const struct evsim_note *note)
{
        const struct evsim_action *action = &signals_of(note)->actions[SIGCHLD];

        return note->kq->flavour->skips_ignored_sigchld && note->result.ident == SIGCHLD &&
               action->library == NULL && action->handler == SIG_IGN;
}

static bool run(struct evsim_note *note)
{
        return note->result.data > 0;
}

/* Some signal was sent. */
static void sent(struct evsim_signal_watcher *watcher)
{
        struct evsim_note *note = EVI_CONTAINER_OF(watcher, struct evsim_note, of.signal.watcher);
        const uint32_t count = sent_so_far(note);
        const uint32_t more = count - note->of.signal.seen;

        note->of.signal.seen = count;
        if (more == 0 || is_skipped(note))
                return;
        note->result.data += more;
        evsim_note_activate(note);
}

static int attach(struct evsim_note *note)
{
        note->result.flags |= EV_CLEAR;
        note->of.signal.watcher.sent = sent;
        note->of.signal.seen = sent_so_far(note);
        evi_list_push_tail(&signals_of(note)->watchers, &note->of.signal.watcher.link);
        return 0;
}

static void detach(struct evsim_note *note)
{
        evi_list_remove(&note->of.signal.watcher.link);
}

static void clear(struct evsim_note *note)
{
        note->result.data = 0;
}

const struct evsim_filter evsim_filter_signal = {
        .attach = attach,
        .detach = detach,
        .run = run,
        .clear = clear,
};
