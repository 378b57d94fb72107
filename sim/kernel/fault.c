/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which calls may meet which trouble (the table), when the next comes, and what it is.
 *
 * The gap to the next occurrence is uniform from 1 to twice the mean, less one: integers only, because
 * floating point differs between processors. It is drawn from (seed, host, lane, call, occurrence),
 * so the list of a site does not depend on what others do.
 */
#include "kernel/fault.h"

#include <errno.h>

#include "kernel/host.h"
#include "world/random.h"

/* Kinds of errors that a call's contract allows (manual pages of section 2, ERRORS). */
enum kind {
        INTR = 0x01,
        AGAIN = 0x02,
        MFILE = 0x04, /* EMFILE, ENFILE */
        NOMEM = 0x08, /* ENOMEM */
        NOBUFS = 0x10,
        NOSPC = 0x20, /* ENOSPC */
        ABORTED = 0x40,
        RESET = 0x80,
        BROKEN = 0x100, /* EPIPE */
        MEMORY = 0x200, /* of the process */
};

static const uint16_t may_meet[EVSIM_NCALLS] = {
        [EVSIM_CALL_ALLOC] = MEMORY,
        [EVSIM_CALL_REALLOC] = MEMORY,
        [EVSIM_CALL_LOCK_NEW] = MEMORY,
        [EVSIM_CALL_CONDITION_NEW] = MEMORY,
        [EVSIM_CALL_READ] = INTR | AGAIN | RESET,
        [EVSIM_CALL_READV] = INTR | AGAIN | RESET,
        [EVSIM_CALL_WRITE] = INTR | AGAIN | RESET | BROKEN,
        [EVSIM_CALL_WRITEV] = INTR | AGAIN | RESET | BROKEN,
        [EVSIM_CALL_SEND] = INTR | AGAIN | RESET | BROKEN | NOBUFS,
        [EVSIM_CALL_SENDTO] = INTR | AGAIN | RESET | BROKEN | NOBUFS,
        [EVSIM_CALL_SENDMSG] = INTR | AGAIN | RESET | BROKEN | NOBUFS,
        [EVSIM_CALL_RECV] = INTR | AGAIN | RESET,
        [EVSIM_CALL_RECVFROM] = INTR | AGAIN | RESET,
        [EVSIM_CALL_RECVMSG] = INTR | AGAIN | RESET,
        [EVSIM_CALL_ACCEPT] = INTR | AGAIN | MFILE | NOBUFS | NOMEM | ABORTED,
        [EVSIM_CALL_CONNECT] = INTR | NOBUFS,
        [EVSIM_CALL_DUP] = MFILE,
        [EVSIM_CALL_PIPE] = MFILE,
        [EVSIM_CALL_EVENTFD] = MFILE | NOMEM,
        [EVSIM_CALL_TIMERFD_CREATE] = MFILE | NOMEM,
        [EVSIM_CALL_SIGNALFD] = MFILE | NOMEM,
        [EVSIM_CALL_OPEN] = MFILE | NOMEM | NOSPC,
        [EVSIM_CALL_SOCKET] = MFILE | NOMEM | NOBUFS,
        [EVSIM_CALL_SOCKETPAIR] = MFILE | NOMEM | NOBUFS,
        [EVSIM_CALL_LISTEN] = NOBUFS,
        [EVSIM_CALL_EPOLL_CREATE] = MFILE | NOMEM,
        [EVSIM_CALL_EPOLL_CTL] = NOMEM | NOSPC,
        [EVSIM_CALL_EPOLL_WAIT] = INTR,
        [EVSIM_CALL_POLL] = INTR | NOMEM,
        [EVSIM_CALL_SELECT] = INTR | NOMEM,
        [EVSIM_CALL_KQUEUE] = MFILE | NOMEM,
        [EVSIM_CALL_KEVENT] = INTR | NOMEM,
        [EVSIM_CALL_DEVPOLL_OPEN] = MFILE | NOMEM,
        [EVSIM_CALL_DEVPOLL_WRITE] = INTR | NOMEM,
        [EVSIM_CALL_DEVPOLL_POLL] = INTR,
        [EVSIM_CALL_PORT_CREATE] = MFILE,
        [EVSIM_CALL_PORT_ASSOCIATE] = NOMEM,
        [EVSIM_CALL_PORT_GETN] = INTR,
        [EVSIM_CALL_SLEEP] = INTR,
};

/* What an errno is a kind of, and how often the trouble brings it. */
struct trouble_row {
        uint16_t kind;
        int error;
        size_t rate; /* offset in struct evsim_trouble */
};

#define RATE(field) offsetof(struct evsim_trouble, field)

static const struct trouble_row rows[] = {
        {INTR, EINTR, RATE(eintr)},       {AGAIN, EAGAIN, RATE(eagain)},
        {MFILE, EMFILE, RATE(emfile)},    {MFILE, ENFILE, RATE(emfile)},
        {NOMEM, ENOMEM, RATE(enomem)},    {NOBUFS, ENOBUFS, RATE(enomem)},
        {NOSPC, ENOSPC, RATE(enomem)},    {ABORTED, ECONNABORTED, RATE(econnaborted)},
        {RESET, ECONNRESET, RATE(reset)}, {RESET, ETIMEDOUT, RATE(reset)},
        {BROKEN, EPIPE, RATE(reset)},     {MEMORY, ENOMEM, RATE(allocation)},
};

enum { NROWS = sizeof rows / sizeof rows[0] };

static uint32_t rate_of(const struct evsim_trouble *trouble, const struct trouble_row *row)
{
        return *(const uint32_t *)(const void *)((const char *)trouble + row->rate);
}

/* How often an error comes to the call, in millionths; the sum over its kinds. */
static uint32_t error_rate(const struct evsim_trouble *trouble, enum evsim_call call)
{
        uint32_t sum = 0;

        for (int i = 0; i < NROWS; i++)
                if ((may_meet[call] & rows[i].kind) != 0)
                        sum += rate_of(trouble, &rows[i]);
        return sum;
}

/* ---- Effects -----------------------------------------------------------------------------------
 */

static bool is_wait(enum evsim_call call)
{
        return call == EVSIM_CALL_EPOLL_WAIT || call == EVSIM_CALL_POLL ||
               call == EVSIM_CALL_SELECT || call == EVSIM_CALL_KEVENT ||
               call == EVSIM_CALL_DEVPOLL_POLL || call == EVSIM_CALL_PORT_GETN;
}

static bool is_transfer(enum evsim_call call)
{
        return (may_meet[call] & AGAIN) != 0 && call != EVSIM_CALL_ACCEPT;
}

static uint32_t effect_rate(const struct evsim_trouble *trouble, enum evsim_call call)
{
        if (is_wait(call))
                return trouble->late + trouble->spurious;
        if (call == EVSIM_CALL_CLOCK)
                return trouble->jump;
        return is_transfer(call) ? trouble->short_count : 0;
}

/* ---- Occurrences -------------------------------------------------------------------------------
 */

static uint64_t draw(const struct evsim_host *host, enum evsim_lane lane, enum evsim_call call,
                     uint32_t occurrence, uint32_t purpose)
{
        const uint64_t site = (uint64_t)host->id << 40 | (uint64_t)lane << 32 | purpose;

        return evsim_mix(host->world->config.seed ^ evsim_mix(site ^ evsim_call_numbers[call]) ^
                         evsim_mix(occurrence));
}

/* The occurrence after the last one at which trouble comes; 0: never. */
static uint32_t next_drawn(const struct evsim_host *host, enum evsim_lane lane,
                           enum evsim_call call, uint32_t last)
{
        const struct evsim_trouble *trouble = &host->faults.trouble;
        uint32_t rate =
                lane == EVSIM_LANE_ERROR ? error_rate(trouble, call) : effect_rate(trouble, call);

        if (rate == 0)
                return 0;
        if (rate > 1000000)
                rate = 1000000;
        return last + 1 + (uint32_t)(draw(host, lane, call, last, 0) % (2 * 1000000 / rate - 1));
}

static bool is_at(const struct evsim_exception *e, enum evsim_lane lane, enum evsim_call call,
                  uint32_t occurrence)
{
        return e->lane == lane && e->call == call &&
               (e->occurrence == occurrence || (e->and_after && e->occurrence < occurrence));
}

static const struct evsim_exception *find_exception(const struct evsim_faults *faults,
                                                    enum evsim_lane lane, enum evsim_call call,
                                                    uint32_t occurrence)
{
        const struct evsim_exception *e = faults->exceptions;

        while (e != NULL && !is_at(e, lane, call, occurrence))
                e = e->next;
        return e;
}

/* The site's next occurrence at which something is known to happen. */
static void plan(struct evsim_faults *faults, enum evsim_lane lane, enum evsim_call call)
{
        struct evsim_site *site = &faults->sites[lane][call];
        uint32_t due = faults->drawn[lane][call];

        for (const struct evsim_exception *e = faults->exceptions; e != NULL; e = e->next) {
                if (e->lane != lane || e->call != call)
                        continue;
                if (e->occurrence > site->count && (due == 0 || e->occurrence < due))
                        due = e->occurrence;
                else if (e->occurrence <= site->count && e->and_after)
                        due = site->count + 1;
        }
        site->due = due;
}

/* ---- What happens ------------------------------------------------------------------------------
 */

/* One of the errors that the call may meet, as often as their rates are. */
static int draw_error(const struct evsim_host *host, enum evsim_call call, uint32_t occurrence)
{
        const struct evsim_trouble *trouble = &host->faults.trouble;
        uint32_t sum = 0;
        uint64_t at;

        for (int i = 0; i < NROWS; i++)
                if ((may_meet[call] & rows[i].kind) != 0)
                        sum += rate_of(trouble, &rows[i]);
        if (sum == 0)
                return 0;
        at = draw(host, EVSIM_LANE_ERROR, call, occurrence, 1) % sum;
        for (int i = 0; i < NROWS; i++) {
                if ((may_meet[call] & rows[i].kind) == 0)
                        continue;
                if (at < rate_of(trouble, &rows[i]))
                        return rows[i].error;
                at -= rate_of(trouble, &rows[i]);
        }
        return 0;
}

/* From 1 to span_ns in microseconds; 0 if that is less than one. */
static int microseconds(uint64_t drawn, int64_t span_ns)
{
        const int64_t span_us = span_ns / 1000 < INT32_MAX / 2 ? span_ns / 1000 : INT32_MAX / 2;

        return span_us > 0 ? 1 + (int)(drawn % (uint64_t)span_us) : 0;
}

/* Of a wait: so many microseconds late, or, below 0, which of its descriptors is called ready. Of a
 * clock: so many microseconds forward, or back. Of a transfer: so many bytes. */
static int draw_effect(const struct evsim_host *host, enum evsim_call call, uint32_t occurrence)
{
        const struct evsim_trouble *trouble = &host->faults.trouble;
        const uint64_t drawn = draw(host, EVSIM_LANE_EFFECT, call, occurrence, 1);
        const uint64_t which = draw(host, EVSIM_LANE_EFFECT, call, occurrence, 2);

        if (is_wait(call) && which % (trouble->late + trouble->spurious) < trouble->spurious)
                return -1 - (int)(drawn % 65536);
        if (is_wait(call))
                return microseconds(drawn, trouble->late_ns);
        if (call == EVSIM_CALL_CLOCK)
                return (which % 2 == 0 ? 1 : -1) * microseconds(drawn, trouble->jump_ns);
        return 1 + (int)(drawn % 16);
}

static void note(struct evsim_host *host, enum evsim_lane lane, enum evsim_call call, int value)
{
        struct evsim_world *world = host->world;
        const struct evsim_trace_entry entry = {
                .time_ns = world->now_ns,
                .task = evsim_running != NULL ? evsim_running->id : 0,
                .host = host->id,
                .call = EVSIM_CALL_FAULT,
                .fd = -1,
                .argument = (int64_t)lane << 32 | host->faults.sites[lane][call].count,
                .result = value,
                .text = evsim_call_name(call),
        };

        world->nfaults++;
        evsim_trace_add(&world->trace, &entry);
}

int evsim_fault_at(struct evsim_host *host, enum evsim_lane lane, enum evsim_call call)
{
        struct evsim_faults *faults = &host->faults;
        const uint32_t now = faults->sites[lane][call].count;
        const struct evsim_exception *named = find_exception(faults, lane, call, now);
        int value = 0;

        if (named != NULL)
                value = named->value;
        else if (faults->drawn[lane][call] == now)
                value = lane == EVSIM_LANE_ERROR ? draw_error(host, call, now)
                                                 : draw_effect(host, call, now);
        if (faults->drawn[lane][call] != 0 && faults->drawn[lane][call] <= now)
                faults->drawn[lane][call] = next_drawn(host, lane, call, now);
        plan(faults, lane, call);
        if (value != 0)
                note(host, lane, call, value);
        return value;
}

/* ---- The public functions ----------------------------------------------------------------------
 */

bool evsim_fault(struct evsim_host *host, const char *name, uint32_t occurrence, int error,
                 bool and_after)
{
        struct evsim_faults *faults = &host->faults;
        const enum evsim_call call = evsim_call_find(name);
        struct evsim_exception *e;

        if (call == EVSIM_NCALLS || occurrence == 0)
                return false;
        e = evsim_memory_zalloc(&host->world->memory, sizeof *e);
        *e = (struct evsim_exception){
                .next = faults->exceptions,
                .occurrence = faults->sites[EVSIM_LANE_ERROR][call].count + occurrence,
                .and_after = and_after,
                .lane = EVSIM_LANE_ERROR,
                .call = (uint16_t)call,
                .value = error,
        };
        faults->exceptions = e;
        plan(faults, EVSIM_LANE_ERROR, call);
        return true;
}

void evsim_host_trouble(struct evsim_host *host, const struct evsim_trouble *trouble)
{
        struct evsim_faults *faults = &host->faults;

        faults->trouble = *trouble;
        for (int lane = 0; lane < EVSIM_NLANES; lane++)
                for (int call = 0; call < EVSIM_NCALLS; call++) {
                        const uint32_t count = faults->sites[lane][call].count;

                        faults->drawn[lane][call] = next_drawn(host, (enum evsim_lane)lane,
                                                               (enum evsim_call)call, count);
                        plan(faults, (enum evsim_lane)lane, (enum evsim_call)call);
                }
}

/* Each kind is off in half of the worlds, and else between one in a million and one in ten. */
static uint32_t swarm_rate(uint64_t *stream)
{
        static const uint32_t scales[] = {10, 100, 1000, 10000, 100000};

        if (evsim_random_below(stream, 2) == 0)
                return 0;
        return 1 + (uint32_t)evsim_random_below(stream, scales[evsim_random_below(stream, 5)]);
}

struct evsim_trouble evsim_swarm(struct evsim_world *world)
{
        uint64_t stream = world->config.seed ^ evsim_hash_text("swarm");
        struct evsim_trouble t = {0};

        t.eintr = swarm_rate(&stream);
        t.eagain = swarm_rate(&stream);
        t.emfile = swarm_rate(&stream);
        t.enomem = swarm_rate(&stream);
        t.econnaborted = swarm_rate(&stream);
        t.reset = swarm_rate(&stream);
        t.allocation = swarm_rate(&stream);
        t.short_count = swarm_rate(&stream);
        t.spurious = swarm_rate(&stream);
        t.late = swarm_rate(&stream);
        t.jump = swarm_rate(&stream) / 100;
        t.jump_ns = 1000000 * (1 + (int64_t)evsim_random_below(&stream, 100000));
        t.late_ns = 1000 * (1 + (int64_t)evsim_random_below(&stream, 100000));
        return t;
}

void evsim_world_heal(struct evsim_world *world)
{
        static const struct evsim_trouble none;

        for (struct evi_link *l = evi_list_first(&world->hosts); l != NULL;
             l = evi_list_next(&world->hosts, l)) {
                struct evsim_host *host = EVI_CONTAINER_OF(l, struct evsim_host, link);

                host->faults.exceptions = NULL;
                evsim_host_trouble(host, &none);
        }
}
