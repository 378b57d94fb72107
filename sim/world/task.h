/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tasks and their scheduler.
 *
 *   state      is in               moves
 *   ready      world.ready         it is its turn -> running
 *   running    world.current       evsim_task_block -> blocked; evsim_task_yield -> ready
 *                                  run returns -> ended
 *   blocked    what it waits for   evsim_task_wake, or its deadline -> ready
 *   ended      nothing
 *
 * The scheduler has no context of its own: a task that cannot go on looks itself for who can, or
 * moves the time until one can, and switches there directly; often that is itself, and nothing is
 * switched. A ready task waits in a queue, first come, first served: the default order, to which a
 * schedule has exceptions. A task that does not block goes to the end of the queue after so many
 * calls and locks, as a kernel's time slice ends: who spins until another has done something must not
 * spin for ever. Slices differ in length, or one that always ended at the same point of a loop, as
 * where it has a lock, would starve the others.
 *
 * The *native* context is the thread's own stack. It either runs the world (evsim_world_run), or is
 * a task itself (evsim_enter). Whatever ends the run ends up there.
 */
#ifndef EVIDENT_SIM_TASK_H
#define EVIDENT_SIM_TASK_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "util/list.h"
#include "world/agenda.h"
#include "world/coroutine.h"

struct evsim_host;
struct evsim_world;
struct os;

enum evsim_task_state { EVSIM_READY, EVSIM_RUNNING, EVSIM_BLOCKED, EVSIM_ENDED };

struct evsim_task {
        struct evi_link link; /* in world.ready, while ready */
        struct evi_link all;  /* in world.tasks, until it has ended */
        struct evsim_world *world;
        struct evsim_host *host;
        struct os *os;                  /* what it has entered: the host's */
        const int64_t *frozen_until_ns; /* the host's: it does not run before */
        const char *name;
        const char *host_name;
        uint32_t id; /* from 1 */
        uint32_t host_id;
        enum evsim_task_state state;
        bool is_native;
        bool is_daemon;
        bool is_joined; /* another waits for its end, or has */

        struct evsim_coroutine coroutine;
        void (*run)(void *arg);
        void *arg;
        struct evsim_task *joiner;

        /* While it is blocked. */
        struct evsim_appointment alarm; /* its deadline */
        bool is_woken;
        int woken_by; /* what evsim_task_block() will return */
        bool is_interruptible;
        const char *waits_in; /* the call, for reports */
        int waits_fd;         /* -1: none */

        int saved_errno; /* while another runs */
        uint32_t points; /* calls and locks that are left of its time slice */

        /* Signals. */
        uint64_t signals_blocked;  /* bit n-1: signal n */
        uint64_t signals_pending;  /* sent to this task alone */
        uint8_t signals_queued[65]; /* of the real-time ones of these, how often; by number */
        const uint64_t *wait_mask; /* what is blocked instead while it waits (ppoll(2)); NULL */
};

/* The running task of this thread; NULL if none is. */
extern _Thread_local struct evsim_task *evsim_running __attribute__((tls_model("initial-exec")));

/* On average. */
enum { EVSIM_SLICE = 1000 };

void evsim_task_end_slice(struct evsim_task *task);

/* The running task is about to make a call or to take a lock: others may run first. */
static inline void evsim_task_point(struct evsim_task *task)
{
        if (--task->points == 0)
                evsim_task_end_slice(task);
}

/* The running task waits until it is woken, or until the deadline (of the world's time;
 * EVSIM_NEVER). Returns what it was woken with, or -ETIMEDOUT. call and fd are for reports. */
int evsim_task_block(struct evsim_task *task, int64_t deadline_ns, const char *call, int fd);

/* The same, but signals end it: -EINTR. */
int evsim_task_block_interruptibly(struct evsim_task *task, int64_t deadline_ns, const char *call,
                                   int fd);

/* A blocked task becomes ready; of others nothing. */
void evsim_task_wake(struct evsim_task *task, int result);

/* The running task goes to the end of the queue. */
void evsim_task_yield(struct evsim_task *task);

/* The running task, which is not native, ends as if it had returned. */
_Noreturn void evsim_task_exit(struct evsim_task *task);

/* A task that is made: without coroutine if native. */
struct evsim_task *evsim_task_make(struct evsim_world *world, const char *name, bool is_native);

/* The native context goes on as this task, which was made for it; and is no task any more. */
void evsim_task_become(struct evsim_task *task);
void evsim_task_resign(struct evsim_task *task);

/* Runs ready tasks until the world ends or the last that is no daemon has returned: the native
 * context's part. */
void evsim_tasks_run(struct evsim_world *world);

/* The native context goes on for good, in which the world's end is told. From any context. */
void evsim_tasks_stop(struct evsim_world *world);

/* Gives all stacks back. */
void evsim_tasks_free(struct evsim_world *world);

#endif
