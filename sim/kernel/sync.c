/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/sync.h"

#include <errno.h>

#include "world/sanitizers.h"
#include "world/task.h"

struct waiter {
        struct evi_link link;
        struct evsim_task *task;
        bool is_signalled; /* of a condition */
};

/* A list head of zeros becomes an empty list. */
static struct evi_link *list_of(struct evi_link *head)
{
        if (head->next == NULL)
                evi_list_init(head);
        return head;
}

/* The running task waits in a queue: what it was woken with. */
static int wait_for_turn(struct evi_link *queue, struct waiter *self, int64_t deadline_ns,
                         const char *call)
{
        int r;

        evi_list_push_tail(list_of(queue), &self->link);
        r = evsim_task_block(self->task, deadline_ns, call, -1);
        if (evi_link_is_listed(&self->link))
                evi_list_remove(&self->link);
        return r;
}

/* ---- Locks -------------------------------------------------------------------------------------
 */

bool evsim_lock_try(struct evsim_lock *lock)
{
        evsim_task_point(evsim_running);
        if (lock->owner != NULL)
                return false;
        lock->owner = evsim_running;
        lock->depth = 1;
        EVSIM_TSAN_ACQUIRE(lock);
        return true;
}

int evsim_lock_acquire(struct evsim_lock *lock, unsigned depth, int64_t deadline_ns)
{
        struct waiter self = {.task = evsim_running};

        evsim_task_point(evsim_running);
        while (lock->owner != NULL) {
                if (wait_for_turn(&lock->waiters, &self, deadline_ns, "lock") == -ETIMEDOUT)
                        return -ETIMEDOUT;
        }
        lock->owner = self.task;
        lock->depth = depth;
        EVSIM_TSAN_ACQUIRE(lock);
        return 0;
}

void evsim_lock_release(struct evsim_lock *lock)
{
        struct evi_link *first = evi_list_first(list_of(&lock->waiters));

        EVSIM_TSAN_RELEASE(lock);
        lock->owner = NULL;
        lock->depth = 0;
        if (first == NULL)
                return;
        evi_list_remove(first);
        evsim_task_wake(EVI_CONTAINER_OF(first, struct waiter, link)->task, 0);
}

/* ---- Conditions --------------------------------------------------------------------------------
 */

int evsim_condition_wait(struct evsim_condition *condition, struct evsim_lock *lock,
                         int64_t deadline_ns)
{
        const unsigned depth = lock->depth;
        struct waiter self = {.task = evsim_running};

        evsim_lock_release(lock); /* nobody runs before the next line waits */
        (void)wait_for_turn(&condition->waiters, &self, deadline_ns, "condition_wait");
        (void)evsim_lock_acquire(lock, depth, EVSIM_NEVER);
        return self.is_signalled ? 0 : -ETIMEDOUT;
}

void evsim_condition_wake(struct evsim_condition *condition, bool is_for_all)
{
        struct evi_link *link;

        while ((link = evi_list_first(list_of(&condition->waiters))) != NULL) {
                struct waiter *waiter = EVI_CONTAINER_OF(link, struct waiter, link);

                evi_list_remove(link);
                waiter->is_signalled = true;
                evsim_task_wake(waiter->task, 0);
                if (!is_for_all)
                        break;
        }
}

bool evsim_condition_is_waited_for(const struct evsim_condition *condition)
{
        return condition->waiters.next != NULL && !evi_list_is_empty(&condition->waiters);
}
