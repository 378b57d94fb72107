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

/* Sleeps, and runs handlers; a signal without one does not end it. */
static int sleep_and_deliver(struct evsim_task *task, int64_t deadline_ns, bool *is_restart,
                             const char *call, int fd)
{
        struct evsim_host *host = task->host;
        int r;

        do {
                if (evsim_signals_are_due(&host->signals, task->signals_pending,
                                          task->signals_blocked))
                        r = -EINTR;
                else
                        r = evsim_task_block_interruptibly(task, deadline_ns, call, fd);
        } while (r == -EINTR && !evsim_signals_deliver(host, is_restart));
        return r;
}

int evsim_wait_once(struct evsim_task *task, int64_t deadline_ns, bool *is_restart,
                    const char *call, int fd)
{
        const uint64_t own = task->signals_blocked;
        const uint64_t *mask = task->wait_mask;
        int r;

        if (mask == NULL)
                return sleep_and_deliver(task, deadline_ns, is_restart, call, fd);
        task->signals_blocked = *mask;
        task->wait_mask = NULL; /* a handler's own waits have none */
        r = sleep_and_deliver(task, deadline_ns, is_restart, call, fd);
        task->wait_mask = mask;
        task->signals_blocked = own;
        return r;
}

int evsim_wait(struct evsim_host *host, int64_t deadline_ns, const char *call, int fd)
{
        bool is_restart;

        (void)host;
        return evsim_wait_once(evsim_running, deadline_ns, &is_restart, call, fd);
}
