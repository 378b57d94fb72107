/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which bases there are in the process, so that a base that was freed is told from one that lives
 * without touching it.
 *
 * A program may free a base first and its events afterwards: libevent survives that, mostly. Such
 * an event is let go without asking its base, once the base is known to be gone.
 */
#ifndef EVIDENT_CORE_BASES_H
#define EVIDENT_CORE_BASES_H

#include <stdbool.h>

struct event_base;
struct os;

void evi_bases_add(struct event_base *base);
/* A base that was never added is let pass. */
void evi_bases_remove(struct event_base *base);

/* Whether there is a base at this address, in the caller's world. O(bases). */
bool evi_bases_has(struct os *os, const struct event_base *base);

#endif
