/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/wait.h"

#include <errno.h>
#include <poll.h>

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
        const int effect = evsim_call_effect(host, call);
        const int64_t deadline_ns = evsim_host_deadline_ns(host, timeout_ns);
        const int64_t late_ns = effect > 0 ? (int64_t)effect * 1000 : 0;

        host->pretence = effect < 0 ? -effect : 0;
        if (host->check != NULL)
                check(host, call);
        if (timeout_ns <= 0 || deadline_ns > EVSIM_NEVER - 1 - late_ns)
                return deadline_ns;
        return deadline_ns + late_ns;
}

/* Sleeps, and runs handlers. A signal without one, or that another task took, is a wake-up like any
 * other: what the task waits for may have come since, and told it nothing because it was awake. */
static int sleep_and_deliver(struct evsim_task *task, int64_t deadline_ns, bool is_masked,
                             bool *is_restart, const char *call, int fd)
{
        struct evsim_host *host = task->host;
        int r = -EINTR;

        if (!evsim_signals_are_due(&host->signals, task->signals_pending, task->signals_blocked))
                r = evsim_task_block_interruptibly(task, deadline_ns, call, fd);
        if (r != -EINTR)
                return r;
        if (is_masked)
                return evsim_signals_deliver_masked(host, is_restart) ? r : 0;
        return evsim_signals_deliver(host, is_restart) ? r : 0;
}

int evsim_wait_once(struct evsim_task *task, int64_t deadline_ns, bool *is_restart,
                    const char *call, int fd)
{
        const uint64_t own = task->signals_blocked;
        const uint64_t *mask = task->wait_mask;
        int r;

        if (mask == NULL)
                return sleep_and_deliver(task, deadline_ns, false, is_restart, call, fd);
        task->signals_blocked = *mask;
        task->wait_mask = NULL; /* a handler's own waits have none */
        r = sleep_and_deliver(task, deadline_ns, true, is_restart, call, fd);
        task->wait_mask = mask;
        task->signals_blocked = own;
        return r;
}

/* ---- Spurious readiness ------------------------------------------------------------------------
 */

struct pick {
        int left; /* registrations to pass over; those without a file or a wish do not count */
        struct evsim_file *file;
        unsigned events;
        int count;
};

static int pick_one(const struct evsim_interest *interest, void *arg)
{
        struct pick *pick = arg;

        if ((interest->events & (POLLIN | POLLOUT)) == 0)
                return 0;
        pick->count++;
        pick->file = interest->file;
        pick->events = interest->events & (POLLIN | POLLOUT);
        return pick->left-- == 0;
}

static struct evsim_file *pretend(const struct pick *pick)
{
        struct evsim_file *file = pick->file;

        if (file == NULL)
                return NULL;
        evsim_file_ref(file);
        file->pretended = pick->events;
        evsim_file_notify(file, pick->events);
        return file;
}

/* The registrations are gone through once to count, so that the number means one of them. */
struct evsim_file *evsim_wait_pretend(struct evsim_file *demultiplexer)
{
        struct evsim_host *host = demultiplexer->host;
        struct pick pick = {.left = -1};
        const int wanted = host->pretence;

        if (wanted == 0)
                return NULL;
        host->pretence = 0;
        (void)demultiplexer->ops->foreach (demultiplexer, pick_one, &pick);
        if (pick.count == 0)
                return NULL;
        pick.left = wanted % pick.count;
        (void)demultiplexer->ops->foreach (demultiplexer, pick_one, &pick);
        return pretend(&pick);
}

struct evsim_file *evsim_wait_pretend_fds(struct evsim_host *host, const struct pollfd *fds,
                                          size_t count)
{
        const size_t at = count > 0 ? (size_t)host->pretence % count : 0;
        struct pick pick = {0};

        if (host->pretence == 0 || count == 0)
                return NULL;
        host->pretence = 0;
        pick.file = evsim_fdtable_get(&host->files, fds[at].fd);
        pick.events = (unsigned)fds[at].events & (POLLIN | POLLOUT);
        return pretend(&pick);
}

void evsim_wait_stop_pretending(struct evsim_file *file)
{
        if (file == NULL)
                return;
        file->pretended = 0;
        evsim_file_unref(file);
}

bool evsim_wait_is_interrupted(struct evsim_task *task)
{
        const struct evsim_signals *signals = &task->host->signals;
        bool is_restart;

        return task->wait_mask != NULL &&
               evsim_signals_are_due(signals, task->signals_pending, *task->wait_mask) &&
               evsim_wait_once(task, EVSIM_NEVER, &is_restart, "wait", -1) == -EINTR;
}

int evsim_wait(int64_t deadline_ns, const char *call, int fd)
{
        bool is_restart;

        return evsim_wait_once(evsim_running, deadline_ns, &is_restart, call, fd);
}

struct sleeper {
        struct evi_link link;
        struct evsim_task *task;
};

int evsim_wait_among(struct evi_link *sleepers, int64_t deadline_ns, bool *is_restart,
                     const char *call, int fd)
{
        struct sleeper sleeper = {.task = evsim_running};
        bool ignored;
        int r;

        evi_list_push_tail(sleepers, &sleeper.link);
        r = evsim_wait_once(evsim_running, deadline_ns, is_restart != NULL ? is_restart : &ignored,
                            call, fd);
        if (evi_link_is_listed(&sleeper.link))
                evi_list_remove(&sleeper.link);
        return r;
}

void evsim_sleepers_wake(struct evi_link *sleepers)
{
        struct evi_link *link;

        while ((link = evi_list_first(sleepers)) != NULL) {
                evi_list_remove(link);
                evsim_task_wake(EVI_CONTAINER_OF(link, struct sleeper, link)->task, 0);
        }
}
