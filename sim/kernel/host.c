/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/host.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "kernel/calls.h"
#include "world/guard.h"
#include "world/random.h"

/* After the three that every process has. */
enum { FIRST_DESCRIPTOR = 3 };

struct evsim_host_config evsim_host_defaults(void)
{
        return (struct evsim_host_config){
                .kernel = EVSIM_KERNEL_LINUX,
                .coarse_ns = 4000000,
                .descriptors_max = 1048576,
                .memory_max = SIZE_MAX,
        };
}

static uint32_t address_of(const struct evsim_host *host)
{
        struct in_addr address;

        if (host->config.address == NULL)
                return htonl(UINT32_C(0x0a000000) + host->id);
        if (inet_pton(AF_INET, host->config.address, &address) != 1)
                evsim_die("evsim_host_new: %s is no IPv4 address", host->config.address);
        return address.s_addr;
}

static void check_config(const char *name, const struct evsim_host_config *config)
{
        if (config->skew_ppm <= -1000000)
                evsim_die("evsim_host_new: the clocks of %s would stand still or run backwards",
                          name);
        if (config->coarse_ns < 0 || config->descriptors_max < 0)
                evsim_die("evsim_host_new: a number in the configuration of %s is negative", name);
}

struct evsim_host *evsim_host_make(struct evsim_world *world, const char *name,
                                   const struct evsim_host_config *config, const struct os_ops *ops)
{
        struct evsim_host *host;

        check_config(name, config);
        host = evsim_memory_zalloc(&world->memory, sizeof *host);
        host->world = world;
        host->config = *config;
        host->name = evsim_memory_strdup(&world->memory, name);
        host->id = evsim_world_number_host(world, host->name);
        host->address = address_of(host);
        host->pid = 100 * (int)host->id;
        host->wall_offset_ns = host->config.offset_ns;
        host->random = evsim_mix(world->config.seed + host->id);
        host->os = (struct os){.ops = ops, .process = &host->process};
        os_process_init(&host->process);
        evsim_fdtable_init(&host->files, host,
                           world->config.has_guard ? evsim_guard_first() : FIRST_DESCRIPTOR,
                           host->config.descriptors_max);
        evsim_signals_init(&host->signals);
        evi_list_init(&host->unix_names);
        evi_list_push_tail(&world->hosts, &host->link);
        return host;
}

/* ---- Tasks of the host -------------------------------------------------------------------------
 */

static struct evsim_task *make_task(struct evsim_host *host, const char *name, bool is_native)
{
        struct evsim_task *task = evsim_task_make(host->world, name, is_native);

        task->host = host;
        task->host_id = host->id;
        task->host_name = host->name;
        task->os = &host->os;
        task->frozen_until_ns = &host->frozen_until_ns;
        if (evsim_running != NULL)
                task->signals_blocked = evsim_running->signals_blocked;
        return task;
}

struct evsim_task *evsim_task_new(struct evsim_host *host, const char *name, void (*run)(void *arg),
                                  void *arg)
{
        struct evsim_task *task = make_task(host, name, false);

        task->run = run;
        task->arg = arg;
        return task;
}

void evsim_enter(struct evsim_host *host)
{
        if (evsim_running != NULL)
                evsim_die("evsim_enter: this thread is in a simulated host already (%s)",
                          evsim_running->host->name);
        evsim_task_become(make_task(host, "main", true));
}

void evsim_leave(void)
{
        if (evsim_running == NULL || !evsim_running->is_native)
                evsim_die("evsim_leave: this thread has not entered a host");
        evsim_task_resign(evsim_running);
}

/* ---- What may be asked -------------------------------------------------------------------------
 */

const char *evsim_host_name(const struct evsim_host *host)
{
        return host->name;
}

struct evsim_world *evsim_host_world(const struct evsim_host *host)
{
        return host->world;
}

uint32_t evsim_host_address(const struct evsim_host *host)
{
        return host->address;
}

size_t evsim_host_descriptors(const struct evsim_host *host)
{
        return (size_t)host->files.nopen + (size_t)host->parent.nopen;
}

size_t evsim_host_blocks(const struct evsim_host *host)
{
        return host->nblocks;
}

size_t evsim_host_bytes(const struct evsim_host *host)
{
        return host->nbytes;
}

/* ---- Calls -------------------------------------------------------------------------------------
 */

void evsim_call_from_elsewhere(struct evsim_host *host, enum evsim_call call)
{
        struct evsim_task *task = evsim_running;

        if (task == NULL || task->world != host->world)
                evsim_die("%s: a base or descriptor of the simulated host %s is used outside of it",
                          evsim_call_name(call), host->name);
        evsim_world_end(host->world, EVSIM_MISUSE,
                        "%s: something of the host %s is used on the host %s",
                        evsim_call_name(call), host->name, task->host->name);
        evsim_die("unreachable");
}

void evsim_call_deliver(struct evsim_host *host)
{
        bool is_restart;

        (void)evsim_signals_deliver(host, &is_restart);
}

size_t evsim_call_shorten(struct evsim_host *host, enum evsim_call call, size_t count)
{
        const int fewer = evsim_call_effect(host, call);

        return fewer > 0 && (size_t)fewer < count ? (size_t)fewer : count;
}

void evsim_unmodelled(struct evsim_host *host, const char *call, const char *format, ...)
{
        char what[256];
        va_list args;

        va_start(args, format);
        (void)vsnprintf(what, sizeof what, format, args);
        va_end(args);
        evsim_world_end(host->world, EVSIM_UNMODELLED,
                        "%s: the simulated kernel does not have this: %s", call, what);
        evsim_die("unreachable");
}

/* ---- Memory ------------------------------------------------------------------------------------
 */

/* Whether the process may have so much more, in place of freed bytes. */
static bool may_have(struct evsim_host *host, enum evsim_call call, size_t size, size_t freed)
{
        if (evsim_running == NULL || evsim_running->host != host)
                evsim_call_from_elsewhere(host, call);
        if (evsim_fault_count(host, &host->faults, EVSIM_LANE_ERROR, call) != 0)
                return false;
        return size <= host->config.memory_max - (host->nbytes - freed);
}

void *evsim_host_alloc(struct evsim_host *host, size_t size)
{
        if (!may_have(host, EVSIM_CALL_ALLOC, size, 0))
                return NULL;
        host->nblocks++;
        host->nbytes += size;
        return evsim_memory_alloc(&host->world->memory, size);
}

void *evsim_host_realloc(struct evsim_host *host, void *ptr, size_t size)
{
        const size_t before = evsim_memory_size(&host->world->memory, ptr);

        if (!may_have(host, EVSIM_CALL_REALLOC, size, before))
                return NULL;
        host->nblocks += ptr == NULL;
        host->nbytes += size - before;
        return evsim_memory_realloc(&host->world->memory, ptr, size);
}

void evsim_host_free(struct evsim_host *host, void *ptr)
{
        if (ptr == NULL)
                return;
        host->nblocks--;
        host->nbytes -= evsim_memory_size(&host->world->memory, ptr);
        evsim_memory_free(&host->world->memory, ptr);
}
