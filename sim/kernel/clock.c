/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A host's clocks: the world's time, as a machine sees it whose oscillator is not perfect.
 */
#include <errno.h>

#include "kernel/calls.h"
#include "kernel/host.h"
#include "kernel/wait.h"

#define MILLION INT64_C(1000000)

/* A span of the world's time as the host measures it, and back, rounded up so that nothing comes
 * early. Both saturate. */
static int64_t by_host(const struct evsim_host *host, int64_t ns)
{
        const int64_t skew = host->config.skew_ppm;

        if (skew == 0)
                return ns; /* most hosts: divisions are dear */
        return ns + ns / MILLION * skew + ns % MILLION * skew / MILLION;
}

static int64_t by_world(const struct evsim_host *host, int64_t ns)
{
        const int64_t rate = MILLION + host->config.skew_ppm;
        const int64_t whole = ns / rate;
        int64_t result;

        if (rate == MILLION)
                return ns;
        if (whole > (EVSIM_NEVER - 1) / MILLION - 1)
                return EVSIM_NEVER - 1;
        result = whole * MILLION + ns % rate * MILLION / rate;
        while (by_host(host, result) < ns)
                result++;
        return result;
}

int64_t evsim_host_monotonic_ns(const struct evsim_host *host)
{
        return host->world->config.monotonic_ns + by_host(host, host->world->now_ns);
}

int64_t evsim_host_realtime_ns(const struct evsim_host *host)
{
        return host->world->config.realtime_ns + by_host(host, host->world->now_ns) +
               host->wall_offset_ns;
}

int64_t evsim_host_instant_ns(const struct evsim_host *host, int64_t clock_ns, bool is_wall)
{
        const int64_t zero_ns = is_wall ? host->world->config.realtime_ns + host->wall_offset_ns
                                        : host->world->config.monotonic_ns;

        if (clock_ns <= zero_ns)
                return host->world->now_ns;
        if (clock_ns == INT64_MAX)
                return EVSIM_NEVER - 1;
        return by_world(host, clock_ns - zero_ns);
}

int64_t evsim_host_deadline_ns(const struct evsim_host *host, int64_t timeout_ns)
{
        const int64_t now_ns = evsim_host_monotonic_ns(host);

        if (timeout_ns < 0)
                return EVSIM_NEVER;
        if (timeout_ns >= INT64_MAX - now_ns)
                return EVSIM_NEVER - 1;
        return evsim_host_instant_ns(host, now_ns + timeout_ns, false);
}

void evsim_host_step_clock(struct evsim_host *host, int64_t by_ns)
{
        host->wall_offset_ns += by_ns;
        evsim_world_trace(host->world, EVSIM_CALL_JUMP, -1, (int64_t)host->id, by_ns);
}

void evsim_host_suspend(struct evsim_host *host, int64_t for_ns)
{
        const int64_t until_ns = host->world->now_ns + for_ns;

        if (until_ns > host->frozen_until_ns)
                host->frozen_until_ns = until_ns;
        evsim_world_trace(host->world, EVSIM_CALL_JUMP, -1, (int64_t)host->id, for_ns);
        if (evsim_running != NULL && evsim_running->host == host)
                (void)evsim_task_block(evsim_running, until_ns, "suspend", -1);
}

/* The host slept for a while just now, or its wall clock is set back. */
static void jump(struct evsim_host *host, int64_t by_ns)
{
        if (by_ns > 0)
                evsim_host_suspend(host, by_ns);
        else
                evsim_host_step_clock(host, by_ns);
}

int64_t evsim_sys_clock(struct evsim_host *host, enum os_clock clock)
{
        int64_t ns;
        int jump_us;

        (void)evsim_call_begin(host, EVSIM_CALL_CLOCK);
        jump_us = evsim_call_effect(host, EVSIM_CALL_CLOCK);
        if (jump_us != 0)
                jump(host, (int64_t)jump_us * 1000);
        ns = clock == OS_CLOCK_REALTIME ? evsim_host_realtime_ns(host)
                                        : evsim_host_monotonic_ns(host);
        if (clock == OS_CLOCK_MONOTONIC_COARSE && host->config.coarse_ns > 0)
                ns -= ns % host->config.coarse_ns;
        return evsim_call_end(host, EVSIM_CALL_CLOCK, -1, (int64_t)clock, ns);
}

int evsim_sys_sleep(struct evsim_host *host, int64_t timeout_ns)
{
        const int64_t deadline_ns = evsim_host_deadline_ns(host, timeout_ns);
        int r = evsim_call_begin(host, EVSIM_CALL_SLEEP);

        while (r == 0 && timeout_ns > 0)
                r = evsim_wait(deadline_ns, "sleep", -1);
        return (int)evsim_call_end(host, EVSIM_CALL_SLEEP, -1, timeout_ns, r == -ETIMEDOUT ? 0 : r);
}

void evsim_sleep_ns(int64_t ns)
{
        (void)evsim_world_current("evsim_sleep_ns");
        (void)evsim_sys_sleep(evsim_running->host, ns);
}
