/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/file.h"

#include <assert.h>
#include <errno.h>

#include "kernel/host.h"
#include "world/sanitizers.h"
#include "kernel/wait.h"

void evsim_file_init(struct evsim_file *file, const struct evsim_file_ops *ops,
                     struct evsim_host *host, int flags)
{
        *file = (struct evsim_file){.ops = ops, .host = host, .refs = 1, .flags = flags};
        evi_list_init(&file->watches);
}

void evsim_file_ref(struct evsim_file *file)
{
        file->refs++;
}

void evsim_file_unref(struct evsim_file *file)
{
        struct evi_link *link;

        assert(file->refs > 0);
        if (--file->refs > 0)
                return;
        while ((link = evi_list_first(&file->watches)) != NULL) {
                struct evsim_watch *watch = EVI_CONTAINER_OF(link, struct evsim_watch, link);

                evi_list_remove(link);
                watch->ops->gone(watch);
        }
        file->ops->release(file);
}

void evsim_file_watch(struct evsim_file *file, struct evsim_watch *watch)
{
        watch->file = file;
        if (watch->is_exclusive)
                evi_list_push_tail(&file->watches, &watch->link);
        else
                evi_list_push_head(&file->watches, &watch->link);
}

void evsim_file_unwatch(struct evsim_watch *watch)
{
        if (evi_link_is_listed(&watch->link))
                evi_list_remove(&watch->link);
}

void evsim_file_notify(struct evsim_file *file, unsigned events)
{
        bool is_taken = false;

        EVSIM_TSAN_RELEASE(&file->host->world->hosts); /* for evsim_call_end() of who reads */
        evsim_world_progress(file->host->world);
        for (struct evi_link *l = evi_list_first(&file->watches); l != NULL;
             l = evi_list_next(&file->watches, l)) {
                struct evsim_watch *watch = EVI_CONTAINER_OF(l, struct evsim_watch, link);

                if (watch->is_exclusive && is_taken)
                        continue;
                if (watch->ops->wake(watch, events) && watch->is_exclusive)
                        is_taken = true;
        }
}

struct evsim_file_facts evsim_file_ask(struct evsim_file *file)
{
        struct evsim_file_facts facts = {0};

        if (file->ops->facts != NULL)
                file->ops->facts(file, &facts);
        return facts;
}

/* ---- Sleeping on a file ------------------------------------------------------------------------
 */

static bool wake_sleeper(struct evsim_watch *watch, unsigned events)
{
        struct evsim_file_sleeper *sleeper =
                EVI_CONTAINER_OF(watch, struct evsim_file_sleeper, watch);

        if ((events & sleeper->events) == 0)
                return false;
        evsim_task_wake(sleeper->task, 0);
        return true;
}

/* The sleeper has a reference, so the file cannot go. */
static void lose_sleeper(struct evsim_watch *watch)
{
        (void)watch;
        evsim_die("a file ended while a task sleeps in it");
}

static const struct evsim_watch_ops sleeper_ops = {.wake = wake_sleeper, .gone = lose_sleeper};

void evsim_file_sleep_begin(struct evsim_file_sleeper *sleeper, struct evsim_file *file,
                            unsigned events)
{
        *sleeper = (struct evsim_file_sleeper){
                .watch = {.ops = &sleeper_ops},
                .task = evsim_running,
                .events = events,
        };
        evsim_file_ref(file);
        evsim_file_watch(file, &sleeper->watch);
}

void evsim_file_sleep_end(struct evsim_file_sleeper *sleeper)
{
        evsim_file_unwatch(&sleeper->watch);
        evsim_file_unref(sleeper->watch.file);
}

static int sleep_until(struct evsim_file_sleeper *sleeper, int64_t deadline_ns,
                       enum evsim_restart restart, const char *call, int fd)
{
        struct evsim_file *file = sleeper->watch.file;
        bool is_restart;
        int r;

        while ((evsim_file_poll(file) & sleeper->events) == 0) {
                r = evsim_wait_once(sleeper->task, deadline_ns, &is_restart, call, fd);
                if (r == -ETIMEDOUT)
                        return r;
                if (r == -EINTR && (restart == EVSIM_NEVER_RESTARTS || !is_restart))
                        return -EINTR;
        }
        return 0;
}

int evsim_file_wait(struct evsim_file *file, unsigned events, int64_t deadline_ns,
                    enum evsim_restart restart, const char *call, int fd)
{
        struct evsim_file_sleeper sleeper;
        int r;

        evsim_file_sleep_begin(&sleeper, file, events | POLLERR | POLLHUP);
        r = sleep_until(&sleeper, deadline_ns, restart, call, fd);
        evsim_file_sleep_end(&sleeper);
        return r;
}
