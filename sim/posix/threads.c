/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * POSIX threads as tasks of the host (evident/sim_pthread.h). A thread's number is its task's.
 */
#include <evident/sim_pthread.h>
#include <pthread.h>

#include "kernel/sync.h"
#include "posix/posix.h"

/* A thread that was not joined yet, or that is detached and lives. In the world's memory. */
struct thread {
        struct evi_link link; /* in host.threads */
        struct evsim_task *task;
        uint32_t number; /* the task's */
        void *(*run)(void *arg);
        void *arg;
        void *result;
        bool is_detached;
};

static struct evi_link *threads_of(struct evsim_host *host)
{
        if (host->threads.next == NULL)
                evi_list_init(&host->threads);
        return &host->threads;
}

/* NULL: there is none of this number (any more). */
static struct thread *find(struct evsim_host *host, evsim_pthread_t number)
{
        const struct evi_link *head = threads_of(host);

        for (struct evi_link *l = evi_list_first(head); l != NULL; l = evi_list_next(head, l)) {
                struct thread *thread = EVI_CONTAINER_OF(l, struct thread, link);

                if (thread->number == number)
                        return thread;
        }
        return NULL;
}

static void forget(struct thread *thread)
{
        struct evsim_memory *memory = &thread->task->world->memory;

        evi_list_remove(&thread->link);
        evsim_memory_free(memory, thread);
}

/* ---- Lives -------------------------------------------------------------------------------------
 */

static void end_thread(struct thread *thread, void *result)
{
        thread->result = result;
        if (thread->is_detached)
                forget(thread);
}

static void run_thread(void *arg)
{
        struct thread *thread = arg;

        end_thread(thread, thread->run(thread->arg));
}

int evsim_pthread_create(evsim_pthread_t *number, const evsim_pthread_attr_t *attr,
                         void *(*run)(void *arg), void *arg)
{
        struct evsim_host *host = evsim_caller("pthread_create");
        struct thread *thread = evsim_memory_zalloc(&host->world->memory, sizeof *thread);

        thread->run = run;
        thread->arg = arg;
        thread->is_detached = attr != NULL && attr->is_detached != 0;
        thread->task = evsim_task_new(host, "thread", run_thread, thread);
        thread->number = thread->task->id;
        evi_list_push_tail(threads_of(host), &thread->link);
        *number = thread->number;
        return 0;
}

int evsim_pthread_join(evsim_pthread_t number, void **result)
{
        struct evsim_host *host = evsim_caller("pthread_join");
        struct thread *thread = find(host, number);

        if (number == evsim_running->id)
                return EDEADLK;
        if (thread == NULL)
                return ESRCH;
        if (thread->is_detached || thread->task->is_joined)
                return EINVAL;
        evsim_task_join(thread->task);
        if (result != NULL)
                *result = thread->result;
        forget(thread);
        return 0;
}

int evsim_pthread_detach(evsim_pthread_t number)
{
        struct thread *thread = find(evsim_caller("pthread_detach"), number);

        if (thread == NULL)
                return ESRCH;
        if (thread->is_detached || thread->task->is_joined)
                return EINVAL;
        thread->is_detached = true;
        if (thread->task->state == EVSIM_ENDED)
                forget(thread);
        return 0;
}

void evsim_pthread_exit(void *result)
{
        struct evsim_host *host = evsim_caller("pthread_exit");
        struct thread *thread = find(host, evsim_running->id);

        if (thread == NULL)
                evsim_unmodelled(host, "pthread_exit", "of a task that is no thread");
        end_thread(thread, result);
        evsim_task_exit(evsim_running);
}

evsim_pthread_t evsim_pthread_self(void)
{
        (void)evsim_caller("pthread_self");
        return evsim_running->id;
}

int evsim_pthread_equal(evsim_pthread_t a, evsim_pthread_t b)
{
        return a == b;
}

/* Any task of the host will do: the first is no thread. */
int evsim_pthread_kill(evsim_pthread_t number, int signal_number)
{
        struct evsim_host *host = evsim_caller("pthread_kill");
        const struct evi_link *head = &host->world->tasks;

        for (struct evi_link *l = evi_list_first(head); l != NULL; l = evi_list_next(head, l)) {
                struct evsim_task *task = EVI_CONTAINER_OF(l, struct evsim_task, all);

                if (task->id == number && task->host == host)
                        return -evsim_sys_kill_task(host, task, signal_number);
        }
        return ESRCH;
}

/* ---- Attributes --------------------------------------------------------------------------------
 */

int evsim_pthread_attr_init(evsim_pthread_attr_t *attr)
{
        *attr = (evsim_pthread_attr_t){0};
        return 0;
}

int evsim_pthread_attr_destroy(evsim_pthread_attr_t *attr)
{
        (void)attr;
        return 0;
}

int evsim_pthread_attr_setdetachstate(evsim_pthread_attr_t *attr, int state)
{
        if (state != PTHREAD_CREATE_DETACHED && state != PTHREAD_CREATE_JOINABLE)
                return EINVAL;
        attr->is_detached = state == PTHREAD_CREATE_DETACHED;
        return 0;
}

/* Stacks are as large as the world's configuration says. */
int evsim_pthread_attr_setstacksize(evsim_pthread_attr_t *attr, size_t size)
{
        (void)attr;
        (void)size;
        return 0;
}

/* ---- Once --------------------------------------------------------------------------------------
 */

enum { ONCE_NEW, ONCE_RUNNING, ONCE_DONE };

int evsim_pthread_once(evsim_pthread_once_t *once, void (*run)(void))
{
        struct evsim_condition *done = (struct evsim_condition *)(void *)once->waiters;
        struct evsim_lock own = {0};

        (void)evsim_caller("pthread_once");
        if (once->state == ONCE_NEW) {
                once->state = ONCE_RUNNING;
                run();
                once->state = ONCE_DONE;
                evsim_condition_wake(done, true);
        }
        while (once->state == ONCE_RUNNING) {
                (void)evsim_lock_try(&own);
                (void)evsim_condition_wait(done, &own, EVSIM_NEVER);
        }
        return 0;
}
