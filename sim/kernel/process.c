/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/process.h"

#include <errno.h>
#include <string.h>

#include "kernel/host.h"
#include "world/random.h"

int evsim_sys_getpid(struct evsim_host *host)
{
        (void)evsim_call_begin(host, EVSIM_CALL_GETPID);
        return (int)evsim_call_end(host, EVSIM_CALL_GETPID, -1, 0, host->pid);
}

int evsim_sys_random(struct evsim_host *host, void *buf, size_t len)
{
        const int r = evsim_call_begin(host, EVSIM_CALL_RANDOM);
        unsigned char *at = buf;

        for (size_t i = 0; r == 0 && i < len; i++)
                at[i] = (unsigned char)(evsim_random(&host->random) >> 32);
        return (int)evsim_call_end(host, EVSIM_CALL_RANDOM, -1, (int64_t)len, r);
}

void evsim_sys_yield(struct evsim_host *host)
{
        (void)evsim_call_begin(host, EVSIM_CALL_YIELD);
        evsim_task_yield(evsim_running);
        evsim_world_turn(host->world);
}

const char *evsim_host_getenv(struct evsim_host *host, const char *name)
{
        const char *const *variable = host->config.environment;
        const size_t length = strlen(name);

        for (; variable != NULL && *variable != NULL; variable++)
                if (strncmp(*variable, name, length) == 0 && (*variable)[length] == '=')
                        return *variable + length + 1;
        return NULL;
}

/* ---- Forks -------------------------------------------------------------------------------------
 */

static bool has_other_tasks(const struct evsim_host *host)
{
        const struct evi_link *head = &host->world->tasks;

        for (struct evi_link *l = evi_list_first(head); l != NULL; l = evi_list_next(head, l)) {
                const struct evsim_task *task = EVI_CONTAINER_OF(l, struct evsim_task, all);

                if (task->host == host && task != evsim_running && task->state != EVSIM_ENDED)
                        return true;
        }
        return false;
}

/* Pending signals are the parent's (fork(2)). */
static void forget_signals(struct evsim_host *host)
{
        host->signals.pending = 0;
        memset(host->signals.queued, 0, sizeof host->signals.queued);
        evsim_running->signals_pending = 0;
}

static int fork_process(struct evsim_host *host)
{
        if (host->has_parent)
                evsim_unmodelled(host, "fork", "a fork of the host's process while its parent is");
        if (has_other_tasks(host))
                evsim_unmodelled(host, "fork", "a fork of a process with several tasks");
        host->parent = host->files;
        host->other_pid = host->pid;
        evsim_fdtable_copy(&host->files, &host->parent);
        host->pid++;
        host->has_parent = true;
        forget_signals(host);
        return 0;
}

int evsim_sys_fork(struct evsim_host *host)
{
        int r = evsim_call_begin(host, EVSIM_CALL_FORK);

        if (r == 0)
                r = fork_process(host);
        return (int)evsim_call_end(host, EVSIM_CALL_FORK, -1, 0, r);
}

void evsim_process_switch(struct evsim_host *host, bool is_parent)
{
        const struct evsim_fdtable files = host->files;
        const int pid = host->pid;

        if (!host->has_parent)
                evsim_die("evsim_as_parent: the process of %s has no parent", host->name);
        if (is_parent == host->is_parent)
                return;
        host->files = host->parent;
        host->parent = files;
        host->pid = host->other_pid;
        host->other_pid = pid;
        host->is_parent = is_parent;
}

void evsim_process_end_parent(struct evsim_host *host)
{
        evsim_process_switch(host, false);
        evsim_fdtable_close_all(&host->parent);
        evsim_memory_free(&host->world->memory, host->parent.slots);
        host->parent = (struct evsim_fdtable){0};
        host->has_parent = false;
}

void evsim_process_end(struct evsim_host *host, int status)
{
        evsim_world_end(host->world, EVSIM_TERMINATED, "%s: the process ended with %d", host->name,
                        status);
        evsim_die("unreachable");
}
