/* SPDX-License-Identifier: BSD-3-Clause */
#include "world/world.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "world/random.h"
#include "world/watching.h"

#define NS_PER_S INT64_C(1000000000)

struct evsim_world_config evsim_world_defaults(void)
{
        return (struct evsim_world_config){
                .call_cost_ns = 1000,
                .monotonic_ns = 1000 * NS_PER_S,
                .realtime_ns = INT64_C(1767225600) * NS_PER_S,
                .time_limit_ns = -1,
                .livelock_turns = 10000,
                .watchdog_s = 10,
                .stack_size = 262144,
        };
}

struct evsim_world *evsim_world_new(const struct evsim_world_config *config)
{
        struct evsim_world_config chosen = config != NULL ? *config : evsim_world_defaults();
        struct evsim_world *world;

        if (chosen.call_cost_ns < 0 || chosen.monotonic_ns < 0)
                evsim_die("evsim_world_new: time does not run backwards, nor begin before 0");
        evsim_watching_begin(&chosen);
        world = evsim_memory_new(sizeof *world, chosen.memory_variant);
        world->config = chosen;
        world->slice = EVSIM_SLICE;
        world->agenda.memory = &world->memory;
        world->trace.memory = &world->memory;
        world->trace.is_kept = chosen.has_trace;
        world->trace.hash = evsim_mix(chosen.seed);
        evi_list_init(&world->ready);
        evi_list_init(&world->tasks);
        evi_list_init(&world->hosts);
        return world;
}

void evsim_world_free(struct evsim_world *world)
{
        if (evsim_running != NULL && evsim_running == world->native_task)
                evsim_task_resign(evsim_running);
        if (evsim_running != NULL && evsim_running->world == world)
                evsim_die("evsim_world_free: called by a task (%s)", evsim_running->name);
        evsim_watching_end(world);
        evsim_tasks_free(world);
        evsim_memory_free_all(&world->memory);
}

enum evsim_outcome evsim_world_run(struct evsim_world *world)
{
        if (evsim_running != NULL)
                evsim_die("evsim_world_run: called by a task (%s)", evsim_running->name);
        if (world->outcome != EVSIM_DONE)
                return world->outcome;
        world->is_running = true;
        evsim_tasks_run(world);
        world->is_running = false;
        return world->outcome;
}

uint32_t evsim_world_number_host(struct evsim_world *world, const char *name)
{
        if (world->nhosts == world->host_names_capacity) {
                const uint32_t capacity = world->nhosts > 0 ? 2 * world->nhosts : 4;

                world->host_names = evsim_memory_realloc(&world->memory, world->host_names,
                                                         capacity * sizeof *world->host_names);
                world->host_names_capacity = capacity;
        }
        world->host_names[world->nhosts] = name;
        return ++world->nhosts;
}

/* ---- Time --------------------------------------------------------------------------------------
 */

void evsim_world_catch_up(struct evsim_world *world)
{
        while (evsim_agenda_next_ns(&world->agenda) <= world->now_ns) {
                struct evsim_appointment *a = evsim_agenda_take(&world->agenda);

                a->keep(a);
                evsim_world_progress(world);
        }
}

bool evsim_world_advance(struct evsim_world *world)
{
        const int64_t next_ns = evsim_agenda_next_ns(&world->agenda);
        const int64_t limit_ns = world->config.time_limit_ns;

        if (next_ns == EVSIM_NEVER || world->outcome != EVSIM_DONE)
                return false;
        if (limit_ns >= 0 && next_ns > limit_ns) {
                world->now_ns = limit_ns > world->now_ns ? limit_ns : world->now_ns;
                evsim_world_end(world, EVSIM_TIME_OUT, "the limit of virtual time is reached");
                return false;
        }
        if (next_ns > world->now_ns)
                world->now_ns = next_ns;
        evsim_world_catch_up(world);
        return true;
}

void evsim_world_turn(struct evsim_world *world)
{
        if (world->config.livelock_turns > 0 && ++world->idle_turns > world->config.livelock_turns)
                evsim_world_end(world, EVSIM_LIVELOCK,
                                "%" PRIu32 " waits and looks in a row without progress",
                                world->idle_turns);
}

/* ---- The trace ---------------------------------------------------------------------------------
 */

static struct evsim_trace_entry entry_now(const struct evsim_world *world, enum evsim_call call)
{
        const struct evsim_task *task = evsim_running;

        return (struct evsim_trace_entry){
                .time_ns = world->now_ns,
                .task = task != NULL ? task->id : 0,
                .host = task != NULL ? task->host_id : 0,
                .call = (uint16_t)call,
                .fd = -1,
        };
}

void evsim_world_trace(struct evsim_world *world, enum evsim_call call, int fd, int64_t argument,
                       int64_t result)
{
        struct evsim_trace_entry entry = entry_now(world, call);

        entry.fd = fd;
        entry.argument = argument;
        entry.result = result;
        evsim_trace_add(&world->trace, &entry);
}

void evsim_world_trace_text(struct evsim_world *world, enum evsim_call call, const char *text)
{
        struct evsim_trace_entry entry = entry_now(world, call);

        entry.text = text;
        evsim_trace_add(&world->trace, &entry);
}

void evsim_note(const char *format, ...)
{
        struct evsim_world *world = evsim_world_current("evsim_note");
        char text[256];
        va_list args;

        va_start(args, format);
        (void)vsnprintf(text, sizeof text, format, args);
        va_end(args);
        evsim_world_trace_text(world, EVSIM_CALL_NOTE, text);
}

/* ---- The end -----------------------------------------------------------------------------------
 */

const char *evsim_outcome_name(enum evsim_outcome outcome)
{
        static const char *const names[] = {
                [EVSIM_DONE] = "done",
                [EVSIM_VIOLATION] = "violation",
                [EVSIM_DEADLOCK] = "deadlock",
                [EVSIM_LIVELOCK] = "livelock",
                [EVSIM_MISUSE] = "misuse",
                [EVSIM_UNMODELLED] = "not modelled",
                [EVSIM_TERMINATED] = "terminated",
                [EVSIM_TIME_OUT] = "time limit",
        };

        return names[outcome];
}

/* Text that grows. */
struct report {
        struct evsim_memory *memory;
        char *text;
        size_t length;
};

static void append_list(struct report *report, const char *format, va_list args)
{
        char line[512];
        const int length = vsnprintf(line, sizeof line, format, args);
        const size_t count = length < (int)sizeof line ? (size_t)length : sizeof line - 1;

        report->text =
                evsim_memory_realloc(report->memory, report->text, report->length + count + 1);
        memcpy(report->text + report->length, line, count + 1);
        report->length += count;
}

__attribute__((format(printf, 2, 3))) static void append(struct report *report, const char *format,
                                                         ...)
{
        va_list args;

        va_start(args, format);
        append_list(report, format, args);
        va_end(args);
}

static void append_task(struct report *report, const struct evsim_world *world,
                        const struct evsim_task *task)
{
        static const char *const states[] = {"can run", "runs", "waits", "has returned"};
        const struct evsim_appointment *alarm = &task->alarm;

        append(report, "  %s.%s %s", task->host_name, task->name, states[task->state]);
        if (task->state == EVSIM_BLOCKED) {
                append(report, " in %s", task->waits_in);
                if (task->waits_fd >= 0)
                        append(report, "(%d)", task->waits_fd);
                if (evsim_appointment_is_set(alarm))
                        append(report, " until %.9f s",
                               (double)evsim_agenda_time_ns(&world->agenda, alarm) / 1e9);
                else
                        append(report, " for ever");
        }
        append(report, "\n");
}

static void write_report(struct evsim_world *world, enum evsim_outcome outcome, const char *format,
                         va_list args)
{
        struct report report = {.memory = &world->memory};

        append(&report, "%s at %.9f s: ", evsim_outcome_name(outcome), (double)world->now_ns / 1e9);
        append_list(&report, format, args);
        append(&report, "\n");
        for (struct evi_link *l = evi_list_first(&world->tasks); l != NULL;
             l = evi_list_next(&world->tasks, l))
                append_task(&report, world, EVI_CONTAINER_OF(l, struct evsim_task, all));
        world->report = report.text;
}

/* The run has ended, and the native context is a task: it cannot go on. */
static void tell_native_task(struct evsim_world *world)
{
        if (world->config.on_end != NULL)
                world->config.on_end(world, world->outcome, world->config.on_end_arg);
        fprintf(stderr, "evsim: %s", world->report);
        abort();
}

void evsim_world_end(struct evsim_world *world, enum evsim_outcome outcome, const char *format, ...)
{
        va_list args;

        if (world->outcome == EVSIM_DONE) {
                va_start(args, format);
                write_report(world, outcome, format, args);
                va_end(args);
                world->outcome = outcome;
        }
        evsim_tasks_stop(world);
        if (evsim_running != NULL)
                tell_native_task(world);
}

void evsim_violation(struct evsim_world *world, const char *file, int line, const char *format, ...)
{
        const char *base = strrchr(file, '/');
        char text[384];
        va_list args;

        va_start(args, format);
        (void)vsnprintf(text, sizeof text, format, args);
        va_end(args);
        evsim_world_end(world, EVSIM_VIOLATION, "%s (%s:%d)", text, base != NULL ? base + 1 : file,
                        line);
}

void evsim_die(const char *format, ...)
{
        va_list args;

        fputs("evsim: ", stderr);
        va_start(args, format);
        (void)vfprintf(stderr, format, args);
        va_end(args);
        fputc('\n', stderr);
        abort();
}

struct evsim_world *evsim_world_current(const char *call)
{
        if (evsim_running == NULL)
                evsim_die(
                        "%s: called outside of every simulated host (evsim_enter, evsim_task_new)",
                        call);
        return evsim_running->world;
}

/* ---- What may be asked -------------------------------------------------------------------------
 */

const char *evsim_world_report(const struct evsim_world *world)
{
        return world->report != NULL ? world->report : "done\n";
}

enum evsim_outcome evsim_world_outcome(const struct evsim_world *world)
{
        return world->outcome;
}

int64_t evsim_world_now_ns(const struct evsim_world *world)
{
        return world->now_ns;
}

uint64_t evsim_world_hash(const struct evsim_world *world)
{
        return world->trace.hash;
}

uint64_t evsim_world_calls(const struct evsim_world *world)
{
        return world->ncalls;
}

uint64_t evsim_world_faults(const struct evsim_world *world)
{
        return world->nfaults;
}
