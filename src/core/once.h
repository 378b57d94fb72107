/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The events that event_base_once() made and that have not run.
 */
#ifndef EVIDENT_CORE_ONCE_H
#define EVIDENT_CORE_ONCE_H

struct event_base;

/* Takes them all out and frees them; they do not run. With the lock. */
void evi_onces_free(struct event_base *base);

#endif
