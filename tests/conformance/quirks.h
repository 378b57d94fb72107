/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where the simulated kernel may differ from the real one: each difference has a name, and a reason
 * why it stays. One that is never met any more is an error, so that the list stays true.
 */
#ifndef EVIDENT_CONFORMANCE_QUIRKS_H
#define EVIDENT_CONFORMANCE_QUIRKS_H

#include <stdbool.h>

enum quirk {
        NO_QUIRK,
        QUIRK_EVENTFD_LONG_WRITE,
        QUIRK_EVENTFD_LSEEK,
        QUIRK_EPOLL_WAIT_ERRORS,
        QUIRK_UNIX_UNCONNECTED,
        QUIRK_TCP_EARLY_SHUTDOWN,
        NQUIRKS,
};

/* The quirk was met: both kernels came to the place, and is_difference if they differed. */
void quirk_meet(enum quirk quirk, bool is_difference);

/* Prints those that were never met, or made no difference though they do on every version of Linux.
 * How many. */
int quirks_unused(void);

const char *quirk_name(enum quirk quirk);

#endif
