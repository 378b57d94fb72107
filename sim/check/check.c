/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What must hold of a host whenever its program waits: the invariants of all its bases
 * (src/core/verify.c), and that the kernel's table of interest is what each base believes
 * (interest.c). A base whose lock another task holds is passed over: something is under way there.
 */
#include "check/check.h"

#include "core/base.h"
#include "kernel/host.h"
#include "seam/seam.h"

static const char *check_base(struct evsim_host *host, const struct event_base *base)
{
        const char *broken = evi_base_verify(base);

        return broken != NULL ? broken : evsim_check_interest(host, base);
}

const char *evsim_host_check(struct evsim_host *host)
{
        const char *broken = NULL;

        for (const struct event_base *base = host->process.bases; base != NULL && broken == NULL;
             base = base->next_base)
                if (!evsim_lock_is_others(host, base->lock))
                        broken = check_base(host, base);
        return broken;
}

void evsim_host_check_always(struct evsim_host *host, bool is_on)
{
        host->check = is_on ? evsim_host_check : NULL;
}
