/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Faults and trouble of a host: exceptions to what its calls would do, keyed by (site, occurrence).
 *
 * A site is a call on the host, in one of two lanes: *error*, where the call fails with an errno
 * instead of doing anything; and *effect*, where it does what it should, but less, later or more
 * than that. Calls only count; what happens at which occurrence is known beforehand: named by
 * evsim_fault(), or drawn from a stream that the site has for itself (evsim_host_trouble).
 */
#ifndef EVIDENT_SIM_FAULT_H
#define EVIDENT_SIM_FAULT_H

#include <evident/sim.h>

#include "world/call.h"

/* The count of one site, and the occurrence at which something happens; 0: none. */
struct evsim_site {
        uint32_t count;
        uint32_t due;
};

enum evsim_lane { EVSIM_LANE_ERROR, EVSIM_LANE_EFFECT, EVSIM_NLANES };

/* An occurrence that was named. */
struct evsim_exception {
        struct evsim_exception *next;
        uint32_t occurrence;
        bool and_after;
        uint8_t lane;
        uint16_t call;
        int32_t value; /* an errno, or what the effect is to be */
};

struct evsim_faults {
        struct evsim_site sites[EVSIM_NLANES][EVSIM_NCALLS];
        struct evsim_exception *exceptions;
        struct evsim_trouble trouble;
        uint32_t drawn[EVSIM_NLANES][EVSIM_NCALLS]; /* the next occurrence of trouble; 0: none */
};

/* The site is due: 0 if not after all, or the value. Puts it into the trace. */
int evsim_fault_at(struct evsim_host *host, enum evsim_lane lane, enum evsim_call call);

/* Whether something is to happen at this occurrence: 0 or the value. */
static inline int evsim_fault_count(struct evsim_host *host, struct evsim_faults *faults,
                                    enum evsim_lane lane, enum evsim_call call)
{
        struct evsim_site *site = &faults->sites[lane][call];

        return ++site->count != site->due ? 0 : evsim_fault_at(host, lane, call);
}

#endif
