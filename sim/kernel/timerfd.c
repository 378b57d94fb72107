/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * timerfd_create(2).
 *
 * Modelled: CLOCK_MONOTONIC, CLOCK_BOOTTIME and CLOCK_REALTIME; first expiry and interval, relative
 * or TFD_TIMER_ABSTIME; the count of expiries that read(2) gives and clears, settime clears too;
 * EINVAL of bad clocks, flags and times; gettime's time that is left. An expiry notifies readers.
 * Not modelled: TFD_TIMER_CANCEL_ON_SET; absolute timers on a wall clock that is then set.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>

#include "kernel/calls.h"
#include "kernel/descriptor.h"
#include "os/time.h"

#define ABSOLUTE      1 /* TFD_TIMER_ABSTIME */
#define CANCEL_ON_SET 2

struct timerfd {
        struct evsim_file file;
        struct evsim_appointment expiry;
        bool is_wall;
        int64_t interval_ns; /* of the host's clock; 0: once */
        int64_t next_ns;     /* of the host's clock: when it expires next */
        uint64_t ticks;
};

static struct timerfd *timerfd_of(struct evsim_file *file)
{
        return EVI_CONTAINER_OF(file, struct timerfd, file);
}

static int64_t clock_of(const struct timerfd *t)
{
        return t->is_wall ? evsim_host_realtime_ns(t->file.host)
                          : evsim_host_monotonic_ns(t->file.host);
}

static void arm(struct timerfd *t)
{
        struct evsim_host *host = t->file.host;

        evsim_agenda_set(&host->world->agenda, &t->expiry,
                         evsim_host_instant_ns(host, t->next_ns, t->is_wall));
}

/* Where the clock jumped, several intervals may have passed. */
static void expire(struct evsim_appointment *a)
{
        struct timerfd *t = EVI_CONTAINER_OF(a, struct timerfd, expiry);
        const int64_t late_ns = clock_of(t) - t->next_ns;

        t->ticks++;
        if (t->interval_ns > 0) {
                const int64_t more = late_ns > 0 ? late_ns / t->interval_ns : 0;

                t->ticks += (uint64_t)more;
                t->next_ns += (more + 1) * t->interval_ns;
                arm(t);
        }
        evsim_file_notify(&t->file, POLLIN);
}

static unsigned poll_timerfd(struct evsim_file *file)
{
        return timerfd_of(file)->ticks > 0 ? POLLIN : 0;
}

static ssize_t read_timerfd(struct evsim_file *file, void *buf, size_t len)
{
        struct timerfd *t = timerfd_of(file);

        if (len < sizeof t->ticks)
                return -EINVAL;
        if (t->ticks == 0)
                return -EAGAIN;
        memcpy(buf, &t->ticks, sizeof t->ticks);
        t->ticks = 0;
        return sizeof t->ticks;
}

static void facts_of_timerfd(struct evsim_file *file, struct evsim_file_facts *facts)
{
        facts->readable = timerfd_of(file)->ticks > 0 ? 8 : 0;
}

static void release_timerfd(struct evsim_file *file)
{
        struct timerfd *t = timerfd_of(file);

        evsim_agenda_cancel(&file->host->world->agenda, &t->expiry);
        evsim_memory_free(&file->host->world->memory, t);
}

static const struct evsim_file_ops timerfd_ops = {
        .name = "timerfd",
        .poll = poll_timerfd,
        .read = read_timerfd,
        .facts = facts_of_timerfd,
        .release = release_timerfd,
};

static int make_timerfd(struct evsim_host *host, int clock, int flags)
{
        struct timerfd *t;

        if (clock != CLOCK_MONOTONIC && clock != CLOCK_REALTIME && clock != CLOCK_BOOTTIME)
                return -EINVAL;
        if ((flags & ~(O_NONBLOCK | O_CLOEXEC)) != 0)
                return -EINVAL;
        t = evsim_memory_zalloc(&host->world->memory, sizeof *t);
        evsim_file_init(&t->file, &timerfd_ops, host, O_RDWR | (flags & O_NONBLOCK));
        t->is_wall = clock == CLOCK_REALTIME;
        t->expiry.keep = expire;
        return evsim_descriptor_give(host, &t->file, flags);
}

int evsim_sys_timerfd_create(struct evsim_host *host, int clock, int flags)
{
        int r = evsim_call_begin(host, EVSIM_CALL_TIMERFD_CREATE);

        if (r == 0)
                r = make_timerfd(host, clock, flags);
        return (int)evsim_call_end(host, EVSIM_CALL_TIMERFD_CREATE, r, clock, r);
}

/* The timer under the number; NULL and an errno in *error: none. */
static struct timerfd *find(struct evsim_host *host, int fd, int *error)
{
        struct evsim_file *file = evsim_descriptor_get(host, fd);

        *error = file == NULL ? -EBADF : file->ops != &timerfd_ops ? -EINVAL : 0;
        return *error == 0 ? timerfd_of(file) : NULL;
}

static void get(const struct timerfd *t, struct itimerspec *now)
{
        const bool is_set = evsim_appointment_is_set(&t->expiry);
        const int64_t left_ns = t->next_ns - clock_of(t);

        now->it_interval = os_timespec_from_ns(t->interval_ns);
        now->it_value = os_timespec_from_ns(!is_set ? 0 : left_ns > 0 ? left_ns : 1);
}

static bool is_valid(const struct timespec *t)
{
        return t->tv_sec >= 0 && t->tv_nsec >= 0 && t->tv_nsec < OS_NS_PER_S;
}

static void set(struct timerfd *t, bool is_absolute, const struct itimerspec *next)
{
        const int64_t value_ns = os_ns_from_timespec(&next->it_value);
        const int64_t now_ns = clock_of(t);

        evsim_agenda_cancel(&t->file.host->world->agenda, &t->expiry);
        t->ticks = 0;
        t->interval_ns = os_ns_from_timespec(&next->it_interval);
        if (value_ns == 0)
                return;
        if (is_absolute)
                t->next_ns = value_ns;
        else
                t->next_ns = value_ns > INT64_MAX - now_ns ? INT64_MAX : now_ns + value_ns;
        arm(t);
}

int evsim_sys_timerfd_settime(struct evsim_host *host, int fd, int flags,
                              const struct itimerspec *next, struct itimerspec *before)
{
        int r = evsim_call_begin(host, EVSIM_CALL_TIMERFD_SETTIME);
        int error;
        struct timerfd *t = find(host, fd, &error);

        if ((flags & CANCEL_ON_SET) != 0)
                evsim_unmodelled(host, "timerfd_settime", "TFD_TIMER_CANCEL_ON_SET");
        if (r == 0 && (!is_valid(&next->it_value) || !is_valid(&next->it_interval) ||
                       (flags & ~ABSOLUTE) != 0))
                r = -EINVAL;
        if (r == 0)
                r = error;
        if (r == 0 && before != NULL)
                get(t, before);
        if (r == 0)
                set(t, (flags & ABSOLUTE) != 0, next);
        return (int)evsim_call_end(host, EVSIM_CALL_TIMERFD_SETTIME, fd,
                                   os_ns_from_timespec(&next->it_value), r);
}

int evsim_sys_timerfd_gettime(struct evsim_host *host, int fd, struct itimerspec *now)
{
        int r = evsim_call_begin(host, EVSIM_CALL_TIMERFD_GETTIME);
        int error;
        struct timerfd *t = find(host, fd, &error);

        if (r == 0)
                r = error;
        if (r == 0)
                get(t, now);
        return (int)evsim_call_end(host, EVSIM_CALL_TIMERFD_GETTIME, fd, 0, r);
}
