/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * EVFILT_USER.
 *
 * Modelled (kqueue(2), EVFILT_USER): NOTE_TRIGGER, also together with EV_ADD; the program's own 24
 * bits of fflags, changed by NOTE_FFNOP, NOTE_FFAND, NOTE_FFOR or NOTE_FFCOPY and reported together
 * with data. A triggered entry stays so, unless it has EV_CLEAR.
 */
#include "kernel/kqueue.h"

static int attach(struct evsim_note *note)
{
        note->of.user.is_triggered = (note->fflags & NOTE_TRIGGER) != 0;
        note->fflags &= NOTE_FFLAGSMASK;
        return 0;
}

static void detach(struct evsim_note *note)
{
        (void)note;
}

static bool run(struct evsim_note *note)
{
        note->result.fflags = note->fflags;
        note->result.data = note->data;
        return note->of.user.is_triggered;
}

static unsigned combined(unsigned old, unsigned change)
{
        const unsigned bits = change & NOTE_FFLAGSMASK;

        switch (change & NOTE_FFCTRLMASK) {
        case NOTE_FFAND:
                return old & bits;
        case NOTE_FFOR:
                return old | bits;
        case NOTE_FFCOPY:
                return bits;
        default:
                return old;
        }
}

static int touch(struct evsim_note *note, const struct kevent *change)
{
        if ((change->fflags & NOTE_TRIGGER) != 0)
                note->of.user.is_triggered = true;
        note->fflags = combined(note->fflags, change->fflags);
        note->data = change->data;
        return 0;
}

static void clear(struct evsim_note *note)
{
        note->of.user.is_triggered = false;
}

const struct evsim_filter evsim_filter_user = {
        .attach = attach,
        .detach = detach,
        .run = run,
        .touch = touch,
        .clear = clear,
};
