/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the functions of evident/sim_calls.h have in common: whose kernel they call, and how its
 * results become POSIX's. Nothing else in the simulation writes errno.
 */
#ifndef EVIDENT_SIM_POSIX_INTERNAL_H
#define EVIDENT_SIM_POSIX_INTERNAL_H

#include <errno.h>
#include <evident/sim_calls.h>

#include "kernel/host.h"

/* The host of the calling task; a thread that is in none aborts with the call's name. */
static inline struct evsim_host *evsim_caller(const char *call)
{
        (void)evsim_world_current(call);
        return evsim_running->host;
}

/* A kernel's result as POSIX's: -1 and errno for an error. */
static inline ssize_t evsim_result(ssize_t result)
{
        if (result >= 0)
                return result;
        errno = (int)-result;
        return -1;
}

static inline int evsim_int_result(int result)
{
        return (int)evsim_result(result);
}

/* A span of time in ns: -1 for none (for ever), -EINVAL where it is not one. */
int64_t evsim_span_ns(const struct timespec *span);

#endif
