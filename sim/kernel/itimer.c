/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The interval timer that sends SIGALRM.
 *
 * Modelled (setitimer(2), alarm(2)): ITIMER_REAL, once or again and again; what was left; EINVAL of
 * microseconds that are none. Its expiries follow one another without drift, however late the signal
 * is taken. Not modelled: timers of processor time, timer_create(2).
 */
#include "kernel/itimer.h"

#include <errno.h>
#include <sys/time.h>

#include "kernel/host.h"

#define US_PER_S 1000000
#define NS_PER_S INT64_C(1000000000)

struct evsim_itimer {
        struct evsim_appointment expiry;
        struct evsim_host *host;
        int64_t next_ns; /* of the host's monotonic clock */
        int64_t interval_ns;
};

static void expire(struct evsim_appointment *a)
{
        struct evsim_itimer *timer = EVI_CONTAINER_OF(a, struct evsim_itimer, expiry);
        struct evsim_host *host = timer->host;

        if (timer->interval_ns > 0) {
                timer->next_ns += timer->interval_ns;
                evsim_agenda_set(&host->world->agenda, a,
                                 evsim_host_instant_ns(host, timer->next_ns, false));
        }
        evsim_signal_send(host, NULL, SIGALRM);
}

static struct evsim_itimer *timer_of(struct evsim_host *host)
{
        if (host->itimer == NULL) {
                host->itimer = evsim_memory_zalloc(&host->world->memory, sizeof *host->itimer);
                host->itimer->expiry.keep = expire;
                host->itimer->host = host;
        }
        return host->itimer;
}

static struct timeval timeval_of(int64_t ns)
{
        return (struct timeval){.tv_sec = (time_t)(ns / NS_PER_S),
                                .tv_usec = (suseconds_t)(ns % NS_PER_S / 1000)};
}

static int64_t ns_of(const struct timeval *tv)
{
        const int64_t seconds_max = INT64_MAX / NS_PER_S - 1;
        const int64_t seconds = tv->tv_sec < seconds_max ? tv->tv_sec : seconds_max;

        return seconds * NS_PER_S + (int64_t)tv->tv_usec * 1000;
}

static bool is_valid(const struct timeval *tv)
{
        return tv->tv_sec >= 0 && tv->tv_usec >= 0 && tv->tv_usec < US_PER_S;
}

/* A timer that is about to expire has something left: 0 would say that it is not set. */
static void get(const struct evsim_itimer *timer, struct itimerval *now)
{
        const int64_t left_ns = timer->next_ns - evsim_host_monotonic_ns(timer->host);

        now->it_interval = timeval_of(timer->interval_ns);
        now->it_value = timeval_of(0);
        if (evsim_appointment_is_set(&timer->expiry))
                now->it_value = timeval_of(left_ns > 1000 ? left_ns : 1000);
}

static void set(struct evsim_itimer *timer, const struct itimerval *next)
{
        struct evsim_host *host = timer->host;
        const int64_t now_ns = evsim_host_monotonic_ns(host);
        const int64_t value_ns = ns_of(&next->it_value);

        timer->interval_ns = ns_of(&next->it_interval);
        timer->next_ns = value_ns < INT64_MAX - now_ns ? now_ns + value_ns : INT64_MAX;
        evsim_agenda_set(&host->world->agenda, &timer->expiry,
                         value_ns == 0 ? EVSIM_NEVER
                                       : evsim_host_instant_ns(host, timer->next_ns, false));
}

static void need_real_time(struct evsim_host *host, int which, const char *call)
{
        if (which == ITIMER_VIRTUAL || which == ITIMER_PROF)
                evsim_unmodelled(host, call, "timers of processor time");
}

int evsim_sys_setitimer(struct evsim_host *host, int which, const struct itimerval *next,
                        struct itimerval *before)
{
        int r = evsim_call_begin(host, EVSIM_CALL_SETITIMER);

        need_real_time(host, which, "setitimer");
        if (r == 0 &&
            (which != ITIMER_REAL || !is_valid(&next->it_value) || !is_valid(&next->it_interval)))
                r = -EINVAL;
        if (r == 0 && before != NULL)
                get(timer_of(host), before);
        if (r == 0)
                set(timer_of(host), next);
        return (int)evsim_call_end(host, EVSIM_CALL_SETITIMER, -1, ns_of(&next->it_value), r);
}

int evsim_sys_getitimer(struct evsim_host *host, int which, struct itimerval *now)
{
        int r = evsim_call_begin(host, EVSIM_CALL_GETITIMER);

        need_real_time(host, which, "getitimer");
        if (r == 0 && which != ITIMER_REAL)
                r = -EINVAL;
        if (r == 0)
                get(timer_of(host), now);
        return (int)evsim_call_end(host, EVSIM_CALL_GETITIMER, -1, which, r);
}
