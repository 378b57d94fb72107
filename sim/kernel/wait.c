/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/wait.h"

#include <errno.h>

/* A program that waits has finished whatever it was about. */
static void check(struct evsim_host *host, enum evsim_call call)
{
        const char *broken = host->check(host);

        if (broken != NULL)
                evsim_world_end(host->world, EVSIM_VIOLATION, "%s: %s, when %s was called",
                                host->name, broken, evsim_call_name(call));
}

int64_t evsim_wait_deadline_ns(struct evsim_host *host, enum evsim_call call, int64_t timeout_ns)
{
        const int late_us = evsim_call_effect(host, call);
        const int64_t deadline_ns = evsim_host_deadline_ns(host, timeout_ns);
        const int64_t late_ns = (int64_t)late_us * 1000;

        if (host->check != NULL)
                check(host, call);
        if (timeout_ns <= 0 || deadline_ns > EVSIM_NEVER - 1 - late_ns)
                return deadline_ns;
        return deadline_ns + late_ns;
}

int evsim_wait(struct evsim_host *host, int64_t deadline_ns, const char *call, int fd)
{
        bool is_restart;
        int r;

        do {
                r = evsim_task_block_interruptibly(evsim_running, deadline_ns, call, fd);
        } while (r == -EINTR && !evsim_signals_deliver(host, &is_restart));
        return r;
}
