/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What must hold of a host at any time: the invariants of all its bases (src/core/verify.c).
 */
#include "core/base.h"
#include "core/bases.h"
#include "kernel/host.h"

const char *evsim_host_check(struct evsim_host *host)
{
        for (const struct event_base *base = host->process.bases; base != NULL;
             base = base->next_base) {
                const char *broken = evi_base_verify(base);

                if (broken != NULL)
                        return broken;
        }
        return NULL;
}
