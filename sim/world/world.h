/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A world from inside: time, tasks, trace, choices, and how it ends.
 */
#ifndef EVIDENT_SIM_WORLD_H
#define EVIDENT_SIM_WORLD_H

#include <evident/sim.h>

#include "util/list.h"
#include "world/agenda.h"
#include "world/call.h"
#include "world/coroutine.h"
#include "world/memory.h"
#include "world/task.h"
#include "world/trace.h"

struct evsim_net;
struct evsim_named_site;

struct evsim_world {
        struct evsim_memory memory; /* first: in which the world itself is */
        struct evsim_world_config config;

        /* Time. */
        int64_t now_ns; /* since the start */
        struct evsim_agenda agenda;

        /* Tasks. */
        struct evi_link ready;
        struct evi_link tasks;          /* that have not ended */
        uint32_t ntasks;                /* that were ever made */
        int nliving;                    /* that have not returned, but for daemons */
        struct evsim_coroutine native;  /* of who runs the world */
        struct evsim_task *native_task; /* of evsim_enter(); NULL: none */
        struct evsim_task *ended;       /* whose stack nobody has taken back yet; NULL: none */
        bool is_running;                /* in evsim_world_run() */
        uint64_t nswitches;
        uint32_t slice;  /* how long the next time slices are: calls and locks */
        uint64_t slices; /* the stream that it is drawn from */

        /* Hosts. */
        struct evi_link hosts;
        uint32_t nhosts;
        const char **host_names; /* of number i + 1; for the trace */
        uint32_t host_names_capacity;
        struct evsim_net *net; /* made when it is needed (net/) */

        /* Progress. */
        uint32_t idle_turns; /* waits since something happened */
        uint64_t ncalls;
        uint64_t nfaults;

        struct evsim_trace trace;
        struct evsim_named_site *sites; /* choices by name (choice.c) */
        uint32_t nsites;

        /* The end. */
        enum evsim_outcome outcome;
        char *report;
};

/* Something happened that a program can act on. */
static inline void evsim_world_progress(struct evsim_world *world)
{
        world->idle_turns = 0;
}

/* The running task has waited without result, or looked; ends the run when it is too often. */
void evsim_world_turn(struct evsim_world *world);

/* Keeps the appointments whose time has come. */
void evsim_world_catch_up(struct evsim_world *world);

/* Moves the time to the next appointment and keeps it and all of that instant. False if there is
 * none, or none before the limit of time; then the run has ended. */
bool evsim_world_advance(struct evsim_world *world);

/* Ends the run, if it has not ended, with a report: printf's text, and what each task does. Inside
 * a task it does not return. */
void evsim_world_end(struct evsim_world *world, enum evsim_outcome outcome, const char *format, ...)
        __attribute__((format(printf, 3, 4)));

/* The next host's number; the name, which outlives the world's trace, is kept for that. */
uint32_t evsim_world_number_host(struct evsim_world *world, const char *name);

/* Adds an entry to the trace in the name of the running task. */
void evsim_world_trace(struct evsim_world *world, enum evsim_call call, int fd, int64_t argument,
                       int64_t result);
void evsim_world_trace_text(struct evsim_world *world, enum evsim_call call, const char *text);

/* The world of the running task; misuse, with the name of the call, if there is none. */
struct evsim_world *evsim_world_current(const char *call);

/* Aborts: the program did what nothing can answer (no world to end). */
_Noreturn void evsim_die(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
