/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Pending changes of the interest in one descriptor, merged into one: pure functions.
 *
 * What is to hold, for every interest that the kernel has and every sequence of changes:
 *  1. Sending the merged change leaves the kernel with the last interest of the sequence, as
 * sending each in turn would.
 *  2. It does so too if the descriptor was closed on the way, which takes the kernel's registration
 *     away unasked, and another file got its number; who closes must have removed the interest
 *     first, or removes it afterwards.
 *  3. Nothing is sent if the last interest is what the kernel has, unless it was removed and given
 *     anew on the way: that may be for another file, of which the kernel knows nothing yet.
 */
#ifndef EVIDENT_BACKEND_CHANGES_H
#define EVIDENT_BACKEND_CHANGES_H

#include <stdbool.h>

/* Interests are as backend_ops.set has them; 0 is none. */
struct evi_change {
        short was;     /* what the kernel was last told */
        short now;     /* what is wanted since */
        bool was_none; /* nothing was wanted in between: the file may be another one */
};

/* A change from was to now that has yet to be sent. */
struct evi_change evi_change_begin(short was, short now);

/* c, and then to now. */
struct evi_change evi_change_merge(struct evi_change c, short now);

/* Whether there is anything to send. If so, *from is the interest to give as the old one to
 * backend_ops.set: now itself if the registration has to be renewed. */
bool evi_change_is_due(struct evi_change c, short *from);

#endif
