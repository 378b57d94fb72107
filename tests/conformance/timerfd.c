/* SPDX-License-Identifier: BSD-3-Clause */
/* timerfd_create(2). What takes time is waited for, and short; nothing is said of how long. */
#include <sys/timerfd.h>

#include "story.h"

#define MS 1000000L

static int64_t ticks_of(const struct story *s)
{
        uint64_t ticks;

        memcpy(&ticks, s->buf, sizeof ticks);
        return (int64_t)ticks;
}

/* Sleeps until the timer expires. */
static int await(struct story *s, int fd)
{
        struct pollfd entry = {.fd = fd, .events = POLLIN};

        return s->kernel->poll(&entry, 1, -1);
}

static void not_armed(struct story *s)
{
        const int fd = (int)IS(3, timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK));
        struct itimerspec now = {.it_value.tv_sec = 7};

        READY(fd, 0);
        IS(-EAGAIN, read(fd, s->buf, 8));
        IS(0, timerfd_gettime(fd, &now));
        EQUAL(0, now.it_value.tv_sec + now.it_value.tv_nsec);
}

static void expires_once(struct story *s)
{
        const int fd = (int)DO(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK));
        const struct itimerspec next = {.it_value.tv_nsec = MS};
        struct itimerspec now;

        IS(0, timerfd_settime(fd, 0, &next, NULL));
        EQUAL(1, await(s, fd));
        READY(fd, IN);
        IS(8, read(fd, s->buf, 8));
        EQUAL(1, ticks_of(s));
        READY(fd, 0);
        IS(0, timerfd_gettime(fd, &now));
        EQUAL(0, now.it_value.tv_sec + now.it_value.tv_nsec);
}

static void periodic(struct story *s)
{
        const int fd = (int)DO(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK));
        const struct itimerspec next = {.it_value.tv_nsec = MS, .it_interval.tv_nsec = MS};
        struct itimerspec now;

        IS(0, timerfd_settime(fd, 0, &next, NULL));
        for (int i = 0; i < 3; i++) {
                EQUAL(1, await(s, fd));
                IS(8, read(fd, s->buf, 8));
                EQUAL(true, ticks_of(s) >= 1);
        }
        IS(0, timerfd_gettime(fd, &now));
        EQUAL(MS, now.it_interval.tv_nsec);
        EQUAL(true, now.it_value.tv_nsec > 0 && now.it_value.tv_nsec <= MS);
}

static void absolute_in_the_past(struct story *s)
{
        const int fd = (int)DO(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK));
        const struct itimerspec next = {.it_value.tv_nsec = 1};

        IS(0, timerfd_settime(fd, TFD_TIMER_ABSTIME, &next, NULL));
        EQUAL(1, await(s, fd));
        IS(8, read(fd, s->buf, 8));
        EQUAL(1, ticks_of(s));
}

static void absolute_wall_clock(struct story *s)
{
        const int fd = (int)DO(timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK));
        struct itimerspec next = {0};

        IS(0, clock_gettime(CLOCK_REALTIME, &next.it_value));
        IS(0, timerfd_settime(fd, TFD_TIMER_ABSTIME, &next, NULL));
        EQUAL(1, await(s, fd));
        IS(8, read(fd, s->buf, 8));
        EQUAL(1, ticks_of(s));
}

static void intervals_in_the_past(struct story *s)
{
        const int fd = (int)DO(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK));
        struct itimerspec next = {.it_interval.tv_sec = 3600};

        IS(0, clock_gettime(CLOCK_MONOTONIC, &next.it_value));
        next.it_value.tv_sec -= 3600;
        next.it_value.tv_nsec = 0; /* one interval ago, and up to a second more */
        if (next.it_value.tv_sec < 0) {
                next.it_value.tv_sec = 0; /* the machine has not run for so long */
                next.it_value.tv_nsec = 1;
        }
        IS(0, timerfd_settime(fd, TFD_TIMER_ABSTIME, &next, NULL));
        EQUAL(1, await(s, fd));
        IS(8, read(fd, s->buf, 8));
        EQUAL(true, ticks_of(s) >= 1);
}

static void set_again_clears(struct story *s)
{
        const int fd = (int)DO(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK));
        const struct itimerspec soon = {.it_value.tv_nsec = 1};
        const struct itimerspec late = {.it_value.tv_sec = 1000};
        const struct itimerspec never = {0};
        struct itimerspec before;

        IS(0, timerfd_settime(fd, 0, &soon, NULL));
        EQUAL(1, await(s, fd));
        IS(0, timerfd_settime(fd, 0, &late, NULL));
        READY(fd, 0);
        IS(-EAGAIN, read(fd, s->buf, 8));
        IS(0, timerfd_settime(fd, 0, &never, &before));
        EQUAL(true, before.it_value.tv_sec >= 990 && before.it_value.tv_sec <= 1000);
        IS(0, timerfd_gettime(fd, &before));
        EQUAL(0, before.it_value.tv_sec);
}

static void interval_without_a_value(struct story *s)
{
        const int fd = (int)DO(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK));
        const struct itimerspec next = {.it_interval.tv_nsec = 1};
        struct itimerspec now;

        IS(0, timerfd_settime(fd, 0, &next, NULL));
        READY(fd, 0);
        IS(0, timerfd_gettime(fd, &now));
        EQUAL(0, now.it_value.tv_nsec);
        DO(clock_gettime(CLOCK_MONOTONIC, &now.it_value));
        EQUAL(1, now.it_interval.tv_nsec);
}

static void errors(struct story *s)
{
        const struct itimerspec bad = {.it_value.tv_nsec = 1000000000L};
        const struct itimerspec negative = {.it_value.tv_sec = -1};
        const struct itimerspec good = {.it_value.tv_sec = 1};
        struct itimerspec now;
        int fd;

        IS(-EINVAL, timerfd_create(99, 0));
        IS(-EINVAL, timerfd_create(CLOCK_PROCESS_CPUTIME_ID, 0));
        IS(-EINVAL, timerfd_create(CLOCK_MONOTONIC, 1));
        fd = (int)IS(3, timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC));
        IS(FD_CLOEXEC, fcntl(fd, F_GETFD));
        IS(-EINVAL, timerfd_settime(fd, 0, &bad, NULL));
        IS(-EINVAL, timerfd_settime(fd, 0, &negative, NULL));
        IS(-EINVAL, timerfd_settime(fd, 8, &good, NULL));
        IS(-EBADF, timerfd_settime(99, 0, &good, NULL));
        IS(-EINVAL, timerfd_settime(99, 0, &bad, NULL));
        IS(-EBADF, timerfd_gettime(99, &now));
        IS(-EINVAL, read(fd, s->buf, 7));
        IS(-EINVAL, write(fd, s->buf, 8));
        IS(4, epoll_create1(0));
        IS(-EINVAL, timerfd_settime(4, 0, &good, NULL));
        IS(-EINVAL, timerfd_gettime(4, &now));
}

static void in_epoll(struct story *s)
{
        const int ep = (int)DO(epoll_create1(0));
        const int fd = (int)DO(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK));
        const struct itimerspec next = {.it_value.tv_nsec = MS};

        ADD(0, ep, fd, 't', EPOLLIN | EPOLLET);
        REPORTS(ep, "");
        IS(0, timerfd_settime(fd, 0, &next, NULL));
        WAITS_FOR(ep, "t:IN");
        REPORTS(ep, "");
        IS(0, timerfd_settime(fd, 0, &next, NULL)); /* without a read between */
        WAITS_FOR(ep, "t:IN");
        IS(8, read(fd, s->buf, 8));
        EQUAL(1, ticks_of(s));
}

static void blocking_read(struct story *s)
{
        const int fd = (int)DO(timerfd_create(CLOCK_MONOTONIC, 0));
        const struct itimerspec next = {.it_value.tv_nsec = MS};

        IS(0, timerfd_settime(fd, 0, &next, NULL));
        IS(8, read(fd, s->buf, 8));
        EQUAL(1, ticks_of(s));
}

static const struct tale tales[] = {
        TALE(not_armed, "timerfd_create(2), timerfd_gettime()"),
        TALE(expires_once, "timerfd_create(2), read(2)"),
        TALE(periodic, "timerfd_create(2), it_interval"),
        TALE(absolute_in_the_past, "timerfd_create(2), TFD_TIMER_ABSTIME"),
        TALE(absolute_wall_clock, "timerfd_create(2), CLOCK_REALTIME"),
        TALE(intervals_in_the_past, "timerfd_create(2): expirations since the last setting"),
        TALE(set_again_clears, "timerfd_create(2), timerfd_settime()"),
        TALE(interval_without_a_value, "timerfd_create(2): both fields zero disarm"),
        TALE(errors, "timerfd_create(2), 'Errors'"),
        TALE(in_epoll, "Shadow issue 1623: epoll and a timerfd"),
        TALE(blocking_read, "timerfd_create(2), read(2)"),
        {0},
};

const struct book timerfd_book = {.object = "timerfd", .tales = tales};
