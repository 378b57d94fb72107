/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How the systems' kqueues differ, as far as their manual pages say so:
 *
 *  - EVFILT_READ, 'Vnodes': NOTE_FILE_POLL of FreeBSD, NOTE_EOF of OpenBSD; neither of NetBSD and
 *    macOS.
 *  - EVFILT_TIMER, units: NOTE_SECONDS, NOTE_USECONDS and NOTE_NSECONDS are everywhere;
 *    NOTE_MSECONDS and NOTE_ABSTIME everywhere but on macOS, whose NOTE_ABSOLUTE makes a one-shot
 *    timer of the wall clock. That has no bit of its own here: NOTE_ABSTIME stands for it.
 *  - EVFILT_TIMER, EV_CLEAR: set for all timers on macOS; NetBSD sets it for periodic ones, and
 *    one with a deadline that has passed stays active; FreeBSD says the same of 'non-monotonic'
 *    ones, by which it means those without NOTE_ABSTIME.
 *  - EVFILT_SIGNAL: FreeBSD alone does not record an ignored SIGCHLD.
 *  - ERRORS: NetBSD has EOPNOTSUPP for a descriptor that cannot be watched, where the others have
 *    EINVAL.
 *
 * What no page says differs is FreeBSD's here. Where OpenBSD's page is older than its header (units,
 * NOTE_ABSTIME, EV_RECEIPT, EV_DISPATCH, EVFILT_USER) the header counts. Values of constants and the
 * layout of struct kevent are FreeBSD's for all (os/kevent.h); a bit that the system does not have
 * is not looked at, where it can be told from one that it has, as its kernel does not.
 */
#include <errno.h>

#include "kernel/kqueue.h"

#define UNITS (NOTE_SECONDS | NOTE_USECONDS | NOTE_NSECONDS)

static const struct evsim_kqueue_flavour freebsd = {
        .name = "FreeBSD",
        .has_file_poll = true,
        .timer_fflags = UNITS | NOTE_MSECONDS | NOTE_ABSTIME,
        .skips_ignored_sigchld = true,
        .unsupported_error = EINVAL,
};

static const struct evsim_kqueue_flavour netbsd = {
        .name = "NetBSD",
        .timer_fflags = UNITS | NOTE_MSECONDS | NOTE_ABSTIME,
        .unsupported_error = EOPNOTSUPP,
};

static const struct evsim_kqueue_flavour openbsd = {
        .name = "OpenBSD",
        .has_note_eof = true,
        .timer_fflags = UNITS | NOTE_MSECONDS | NOTE_ABSTIME,
        .unsupported_error = EINVAL,
};

static const struct evsim_kqueue_flavour macos = {
        .name = "macOS",
        .timer_fflags = UNITS | NOTE_ABSTIME,
        .is_absolute_oneshot = true,
        .is_absolute_cleared = true,
        .unsupported_error = EINVAL,
};

const struct evsim_kqueue_flavour *evsim_kqueue_flavour(enum evsim_kernel kernel)
{
        switch (kernel) {
        case EVSIM_KERNEL_NETBSD:
                return &netbsd;
        case EVSIM_KERNEL_OPENBSD:
                return &openbsd;
        case EVSIM_KERNEL_MACOS:
                return &macos;
        case EVSIM_KERNEL_ANY:
        case EVSIM_KERNEL_LINUX:
        case EVSIM_KERNEL_FREEBSD:
        case EVSIM_KERNEL_SOLARIS:
        case EVSIM_KERNEL_POSIX:
                break;
        }
        return &freebsd;
}
