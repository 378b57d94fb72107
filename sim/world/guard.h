/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where a simulated host's descriptors begin in guard mode (evsim_world_config.has_guard): at a number
 * that the real kernel cannot have given to this process. The simulation and the preloaded guard
 * agree by this function.
 */
#ifndef EVIDENT_SIM_GUARD_H
#define EVIDENT_SIM_GUARD_H

#include <sys/resource.h>

static inline int evsim_guard_first(void)
{
        const int at_most = 1 << 30; /* so that as many again are still an int */
        struct rlimit limit;

        if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_max > (rlim_t)at_most)
                return at_most;
        return (int)limit.rlim_max;
}

#endif
