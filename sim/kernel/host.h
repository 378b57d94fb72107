/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A host: one machine with one process on it. It is a world of the library's seam (struct os), and
 * has the process-wide state of the library's public API for itself.
 *
 * Every call of the simulated kernel begins and ends the same way (evsim_call_begin, _end): it is
 * counted, costs time, may be hit by a fault, is a point where signals arrive, and goes into the
 * trace. What lies between is the kernel proper.
 */
#ifndef EVIDENT_SIM_HOST_H
#define EVIDENT_SIM_HOST_H

#include <evident/sim.h>

#include "kernel/fault.h"
#include "kernel/file.h"
#include "kernel/signals.h"
#include "os/os.h"
#include "os/process.h"
#include "world/sanitizers.h"
#include "world/world.h"

struct evsim_net_host;
struct evsim_disk;
struct evsim_itimer;

struct evsim_host {
        struct os os; /* first */
        struct os_process process;
        struct evsim_world *world;
        struct evi_link link; /* in world.hosts */
        const char *name;
        uint32_t id;      /* from 1 */
        uint32_t address; /* IPv4, in network byte order */
        struct evsim_host_config config;
        int pid;

        /* Clocks. */
        int64_t frozen_until_ns; /* of the world's time: no task runs before */
        int64_t wall_offset_ns;

        /* The process's memory. */
        size_t nblocks;
        size_t nbytes;

        struct evsim_fdtable files;
        struct evsim_fdtable parent; /* after evsim_fork(): the parent's */
        struct evi_link threads;     /* of POSIX (posix/threads.c); zeros until there was one */
        bool has_parent;
        bool is_parent; /* calls are made in the parent's name: the two tables are exchanged */
        int other_pid;  /* of the process of the other table */
        struct evsim_signals signals;
        struct evsim_faults faults;
        int pretence;    /* of the wait that begins: which descriptor is called ready; 0: none */
        uint64_t random; /* stream of random bytes */
        struct evsim_net_host *net;  /* made when it is needed */
        struct evi_link unix_names;  /* of unix sockets (unix_name.c) */
        struct evsim_itimer *itimer; /* made when it is needed */
        struct evsim_disk *disk;     /* likewise: its regular files */

        /* Called whenever the program waits, and all that it does is done: NULL, or what does not
         * hold (check/). NULL: not asked for. */
        const char *(*check)(struct evsim_host *host);
};

/* A host whose kernel is called through this table. */
struct evsim_host *evsim_host_make(struct evsim_world *world, const char *name,
                                   const struct evsim_host_config *config,
                                   const struct os_ops *ops);

static inline struct evsim_host *evsim_host_of(struct os *os)
{
        return (struct evsim_host *)(void *)os;
}

/* ---- Calls ---------------------------------------------------------------------------------- */

/* The slow ways of evsim_call_begin(). */
_Noreturn void evsim_call_from_elsewhere(struct evsim_host *host, enum evsim_call call);
void evsim_call_deliver(struct evsim_host *host);

/* A call of the kernel begins. 0, or -errno: a fault, and nothing may be done. */
static inline int evsim_call_begin(struct evsim_host *host, enum evsim_call call)
{
        struct evsim_world *world = host->world;

        if (evsim_running == NULL || evsim_running->host != host)
                evsim_call_from_elsewhere(host, call);
        evsim_task_point(evsim_running);
        world->ncalls++;
        world->now_ns += world->config.call_cost_ns;
        if (evsim_agenda_next_ns(&world->agenda) <= world->now_ns)
                evsim_world_catch_up(world);
        if (evsim_signals_are_due(&host->signals, evsim_running->signals_pending,
                                  evsim_running->signals_blocked))
                evsim_call_deliver(host);
        return -evsim_fault_count(host, &host->faults, EVSIM_LANE_ERROR, call);
}

/* Whether what the caller learns by it may order it after others, as a message does. */
static inline bool evsim_call_receives(enum evsim_call call)
{
        return call == EVSIM_CALL_READ || call == EVSIM_CALL_READV || call == EVSIM_CALL_RECV ||
               call == EVSIM_CALL_RECVFROM || call == EVSIM_CALL_RECVMSG ||
               call == EVSIM_CALL_ACCEPT || call == EVSIM_CALL_EPOLL_WAIT ||
               call == EVSIM_CALL_POLL || call == EVSIM_CALL_SELECT || call == EVSIM_CALL_KEVENT ||
               call == EVSIM_CALL_DEVPOLL_POLL || call == EVSIM_CALL_PORT_GETN;
}

/* It ends: into the trace; result is its result, and is returned. */
static inline int64_t evsim_call_end(struct evsim_host *host, enum evsim_call call, int fd,
                                     int64_t argument, int64_t result)
{
        evsim_world_trace(host->world, call, fd, argument, result);
        if (EVSIM_TSAN && evsim_call_receives(call))
                EVSIM_TSAN_ACQUIRE(&host->world->hosts);
        return result;
}

/* The effect that this occurrence of the call is to have; 0: none. */
static inline int evsim_call_effect(struct evsim_host *host, enum evsim_call call)
{
        return evsim_fault_count(host, &host->faults, EVSIM_LANE_EFFECT, call);
}

/* How many of count bytes a call may do: all, or fewer by an effect; at least 1 if count is. */
size_t evsim_call_shorten(struct evsim_host *host, enum evsim_call call, size_t count);

/* Ends the run: the program uses what the simulated kernel does not have. */
_Noreturn void evsim_unmodelled(struct evsim_host *host, const char *call, const char *format, ...)
        __attribute__((format(printf, 3, 4)));

/* ---- Time ----------------------------------------------------------------------------------- */

/* The instant of the world's time that lies timeout_ns of the host's after now; -1: EVSIM_NEVER. */
int64_t evsim_host_deadline_ns(const struct evsim_host *host, int64_t timeout_ns);
/* The same for an instant of its monotonic or wall clock. */
int64_t evsim_host_instant_ns(const struct evsim_host *host, int64_t clock_ns, bool is_wall);

/* ---- Memory --------------------------------------------------------------------------------- */

/* The process's memory, in its ledger; NULL where a fault or the limit says so. */
void *evsim_host_alloc(struct evsim_host *host, size_t size);
void *evsim_host_realloc(struct evsim_host *host, void *ptr, size_t size);
void evsim_host_free(struct evsim_host *host, void *ptr);

#endif
