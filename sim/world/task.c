/* SPDX-License-Identifier: BSD-3-Clause */
#include "world/task.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os/os.h"
#include "world/sanitizers.h"
#include "world/watchdog.h"
#include "world/random.h"
#include "world/world.h"

_Thread_local struct evsim_task *evsim_running __attribute__((tls_model("initial-exec")));

static void rings(struct evsim_appointment *alarm)
{
        evsim_task_wake(EVI_CONTAINER_OF(alarm, struct evsim_task, alarm), -ETIMEDOUT);
}

/* ---- Switching ---------------------------------------------------------------------------------
 */

static void set_running(struct evsim_task *task)
{
        evsim_running = task;
        if (task != NULL) {
                task->state = EVSIM_RUNNING;
                task->points = task->world->slice;
                EVSIM_TSAN_IGNORE_BEGIN();
                os_enter(task->os);
                EVSIM_TSAN_IGNORE_END();
                errno = task->saved_errno;
        } else {
                EVSIM_TSAN_IGNORE_BEGIN();
                os_enter(NULL);
                EVSIM_TSAN_IGNORE_END();
        }
}

/* The native context was left by its task, or by evsim_tasks_run(). */
static struct evsim_coroutine *native_context(struct evsim_world *world)
{
        return world->native_task != NULL ? &world->native_task->coroutine : &world->native;
}

/* The stack of the task that ended last serves the next one. */
static void reap(struct evsim_world *world)
{
        if (world->ended == NULL)
                return;
        evsim_coroutine_free(&world->ended->coroutine);
        world->ended = NULL;
}

/* From the context of from (NULL: the runner) to that of to. */
static void switch_to(struct evsim_world *world, struct evsim_task *from, struct evsim_task *to)
{
        struct evsim_coroutine *here = from != NULL ? &from->coroutine : &world->native;
        const bool is_last = from != NULL && from->state == EVSIM_ENDED;

        if (from == to) {
                set_running(to);
                return;
        }
        world->nswitches++;
        set_running(to);
        if (is_last)
                evsim_coroutine_end(here, &to->coroutine);
        evsim_coroutine_switch(here, &to->coroutine);
        reap(world);
}

void evsim_tasks_stop(struct evsim_world *world)
{
        struct evsim_task *task = evsim_running;
        struct evsim_coroutine *native = native_context(world);

        if (task == NULL || &task->coroutine == native)
                return;
        EVSIM_TSAN_RELEASE(world);
        set_running(world->native_task);
        evsim_coroutine_end(&task->coroutine, native);
}

/* The first ready task whose host is awake; those of sleeping hosts wait for their alarm. */
static struct evsim_task *take_ready(struct evsim_world *world)
{
        struct evi_link *link;

        while ((link = evi_list_first(&world->ready)) != NULL) {
                struct evsim_task *task = EVI_CONTAINER_OF(link, struct evsim_task, link);

                evi_list_remove(link);
                if (*task->frozen_until_ns <= world->now_ns)
                        return task;
                task->state = EVSIM_BLOCKED;
                task->is_interruptible = false;
                evsim_agenda_set(&world->agenda, &task->alarm, *task->frozen_until_ns);
        }
        return NULL;
}

/* Finds who goes on while task (NULL: the runner) cannot, and goes there. Returns when it can. */
static void pass_on(struct evsim_world *world, struct evsim_task *task)
{
        struct evsim_task *next;

        while ((next = take_ready(world)) == NULL) {
                if (evsim_world_advance(world))
                        continue;
                if (world->outcome == EVSIM_DONE)
                        evsim_world_end(world, EVSIM_DEADLOCK,
                                        "every task waits, and nothing will ever happen");
                return;
        }
        switch_to(world, task, next);
}

/* ---- Waiting -----------------------------------------------------------------------------------
 */

static int block(struct evsim_task *task, int64_t deadline_ns, const char *call, int fd)
{
        struct evsim_world *world = task->world;

        assert(task == evsim_running);
        task->saved_errno = errno;
        task->state = EVSIM_BLOCKED;
        task->is_woken = false;
        task->waits_in = call;
        task->waits_fd = fd;
        evsim_agenda_set(&world->agenda, &task->alarm, deadline_ns);
        pass_on(world, task);
        if (world->outcome != EVSIM_DONE)
                evsim_world_end(world, world->outcome, "%s", "");
        return task->woken_by;
}

int evsim_task_block(struct evsim_task *task, int64_t deadline_ns, const char *call, int fd)
{
        task->is_interruptible = false;
        return block(task, deadline_ns, call, fd);
}

int evsim_task_block_interruptibly(struct evsim_task *task, int64_t deadline_ns, const char *call,
                                   int fd)
{
        task->is_interruptible = true;
        return block(task, deadline_ns, call, fd);
}

void evsim_task_wake(struct evsim_task *task, int result)
{
        struct evsim_world *world = task->world;

        if (task->state != EVSIM_BLOCKED)
                return;
        evsim_agenda_cancel(&world->agenda, &task->alarm);
        if (!task->is_woken) /* else its host slept meanwhile, and this is the alarm of that */
                task->woken_by = result;
        task->is_woken = true;
        task->state = EVSIM_READY;
        evi_list_push_tail(&world->ready, &task->link);
}

void evsim_task_yield(struct evsim_task *task)
{
        struct evsim_world *world = task->world;

        evsim_world_catch_up(world);
        if (evi_list_is_empty(&world->ready))
                return;
        task->saved_errno = errno;
        task->state = EVSIM_READY;
        evi_list_push_tail(&world->ready, &task->link);
        pass_on(world, task);
        if (world->outcome != EVSIM_DONE)
                evsim_world_end(world, world->outcome, "%s", "");
}

void evsim_task_end_slice(struct evsim_task *task)
{
        struct evsim_world *world = task->world;

        world->slice = 1 + (uint32_t)evsim_random_below(&world->slices, 2 * EVSIM_SLICE);
        task->points = world->slice;
        evsim_task_yield(task);
}

/* ---- Lives -------------------------------------------------------------------------------------
 */

void evsim_task_exit(struct evsim_task *task)
{
        struct evsim_world *world = task->world;

        evsim_world_trace(world, EVSIM_CALL_END, -1, 0, 0);
        EVSIM_TSAN_RELEASE(task);  /* for who joins it */
        EVSIM_TSAN_RELEASE(world); /* for who runs the world */
        task->state = EVSIM_ENDED;
        evi_list_remove(&task->all);
        world->ended = task;
        if (!task->is_daemon)
                world->nliving--;
        if (task->joiner != NULL)
                evsim_task_wake(task->joiner, 0);
        if (world->nliving == 0 && world->native_task == NULL)
                evsim_tasks_stop(world);
        pass_on(world, task);
        evsim_tasks_stop(world); /* nothing could go on: the world has ended */
        abort();
}

/* exit(3) in a task is one host's end at most. That of the real process would look like success. */
__attribute__((destructor)) static void catch_exit(void)
{
        if (evsim_running == NULL || evsim_running->is_native)
                return;
        (void)fflush(NULL);
        evsim_die("exit: the real one is called by a task (%s.%s)", evsim_running->host_name,
                  evsim_running->name);
}

static void live(void *arg)
{
        struct evsim_task *task = arg;

        reap(task->world);
        EVSIM_TSAN_ACQUIRE(task);
        evsim_world_trace_text(task->world, EVSIM_CALL_START, task->name);
        task->run(task->arg);
        evsim_task_exit(task);
}

/* Only where memory is not as it usually is: it takes time. */
static int stack_fill(const struct evsim_world *world)
{
        return world->config.memory_variant > 0 ? evsim_memory_fill_byte(&world->memory) : -1;
}

struct evsim_task *evsim_task_make(struct evsim_world *world, const char *name, bool is_native)
{
        struct evsim_task *task = evsim_memory_zalloc(&world->memory, sizeof *task);

        EVSIM_TSAN_RELEASE(task);
        EVSIM_TSAN_IS_EACH_TASKS(errno);
        task->world = world;
        task->name = evsim_memory_strdup(&world->memory, name);
        task->id = ++world->ntasks;
        task->is_native = is_native;
        task->alarm.keep = rings;
        task->waits_fd = -1;
        world->nliving++;
        evi_list_push_tail(&world->tasks, &task->all);
        if (is_native) {
                evsim_coroutine_adopt(&task->coroutine);
                world->native_task = task;
        } else {
                evsim_coroutine_begin(&task->coroutine, world->config.stack_size, stack_fill(world),
                                      live, task);
                task->state = EVSIM_READY;
                evi_list_push_tail(&world->ready, &task->link);
        }
        return task;
}

void evsim_task_become(struct evsim_task *task)
{
        if (task->world->config.watchdog_s > 0)
                evsim_watchdog_enter();
        task->saved_errno = errno;
        set_running(task);
        evsim_world_trace_text(task->world, EVSIM_CALL_START, task->name);
}

void evsim_task_resign(struct evsim_task *task)
{
        const int error = errno;

        evsim_world_trace(task->world, EVSIM_CALL_END, -1, 0, 0);
        task->state = EVSIM_ENDED;
        evi_list_remove(&task->all);
        task->world->nliving--;
        task->world->native_task = NULL;
        evsim_watchdog_leave();
        set_running(NULL);
        errno = error;
}

void evsim_tasks_run(struct evsim_world *world)
{
        evsim_coroutine_adopt(&world->native);
        if (world->config.watchdog_s > 0)
                evsim_watchdog_enter();
        if (world->nliving > 0)
                pass_on(world, NULL);
        EVSIM_TSAN_ACQUIRE(world);
        set_running(NULL);
        evsim_watchdog_leave();
}

void evsim_tasks_free(struct evsim_world *world)
{
        reap(world);
        for (struct evi_link *l = evi_list_first(&world->tasks); l != NULL;
             l = evi_list_next(&world->tasks, l))
                evsim_coroutine_free(&EVI_CONTAINER_OF(l, struct evsim_task, all)->coroutine);
}

/* ---- The public functions ----------------------------------------------------------------------
 */

void evsim_task_set_daemon(struct evsim_task *task)
{
        if (!task->is_daemon && task->state != EVSIM_ENDED)
                task->world->nliving--;
        task->is_daemon = true;
}

void evsim_task_join(struct evsim_task *task)
{
        struct evsim_task *self = evsim_running;

        if (self == NULL || self->world != task->world || self == task || task->is_joined)
                evsim_die("evsim_task_join: of itself, for the second time, or from outside");
        task->is_joined = true;
        while (task->state != EVSIM_ENDED) {
                task->joiner = self;
                (void)evsim_task_block(self, EVSIM_NEVER, "join", (int)task->id);
        }
        EVSIM_TSAN_ACQUIRE(task);
}

struct evsim_task *evsim_task_self(void)
{
        return evsim_running;
}

const char *evsim_task_name(const struct evsim_task *task)
{
        return task->name;
}

struct evsim_host *evsim_task_host(const struct evsim_task *task)
{
        return task->host;
}

void evsim_yield(void)
{
        (void)evsim_world_current("evsim_yield");
        evsim_task_yield(evsim_running);
}
