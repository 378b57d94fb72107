/* SPDX-License-Identifier: BSD-3-Clause */
/* Calls that make descriptors of one's own, and timers. */
#include <sys/eventfd.h>
#include <sys/timerfd.h>

#include "calls.h"

static void draw_nothing(const struct draw *d, int *a)
{
        a[0] = draw_below(d, 2);
}

static int64_t run_pipe2(struct arm *arm, const int *a, uint64_t *sum)
{
        int fds[2] = {-1, -1};
        const int64_t r = result_of(arm->kernel->pipe2(fds, O_NONBLOCK | (a[0] ? O_CLOEXEC : 0)));

        if (r == 0) {
                sum_number(sum, arm_made(arm, fds[0], PIPE_READ));
                sum_number(sum, arm_made(arm, fds[1], PIPE_WRITE));
        }
        return r;
}

static void draw_eventfd(const struct draw *d, int *a)
{
        a[0] = DRAW(d, 0, 0, 1, 2);
        a[1] = DRAW(d, 0, 0, 0, EFD_SEMAPHORE, EFD_CLOEXEC, 0x100);
}

static int64_t run_eventfd(struct arm *arm, const int *a, uint64_t *sum)
{
        (void)sum;
        return arm_made(arm, arm->kernel->eventfd((unsigned)a[0], EFD_NONBLOCK | a[1]), EVENTFD);
}

static void draw_timerfd(const struct draw *d, int *a)
{
        a[0] = DRAW(d, CLOCK_MONOTONIC, CLOCK_MONOTONIC, CLOCK_REALTIME, CLOCK_BOOTTIME, 99);
}

static int64_t run_timerfd_create(struct arm *arm, const int *a, uint64_t *sum)
{
        (void)sum;
        return arm_made(arm, arm->kernel->timerfd_create(a[0], TFD_NONBLOCK), TIMERFD);
}

/* Disarmed, in a nanosecond (and that is waited for), or long after all is over. */
static void draw_settime(const struct draw *d, int *a)
{
        a[0] = draw_fd(d, TYPE(TIMERFD));
        a[1] = DRAW(d, 0, 1, 1, 1, 2);
        a[2] = DRAW(d, 0, 0, 1);
        a[3] = DRAW(d, 0, 0, 0, 0, 0, 8);
}

static int64_t run_timerfd_settime(struct arm *arm, const int *a, uint64_t *sum)
{
        struct itimerspec next = {.it_value.tv_sec = a[1] == 2 ? 100000 : 0,
                                  .it_value.tv_nsec = a[1] == 1,
                                  .it_interval.tv_sec = a[2] ? 5000 : 0};
        struct pollfd entry = {.fd = a[0], .events = POLLIN};
        const int64_t r = result_of(arm->kernel->timerfd_settime(a[0], a[3], &next, NULL));

        (void)sum;
        if (r == 0 && a[1] == 1)
                (void)arm->kernel->poll(&entry, 1, -1);
        return r;
}

/* Whether it is armed, and its interval; what is left is the clock's. */
static int64_t run_timerfd_gettime(struct arm *arm, const int *a, uint64_t *sum)
{
        struct itimerspec now = {0};
        const int64_t r = result_of(arm->kernel->timerfd_gettime(a[0], &now));

        sum_number(sum, now.it_value.tv_sec > 0 || now.it_value.tv_nsec > 0);
        sum_number(sum, now.it_interval.tv_sec);
        return r;
}

static void draw_timer(const struct draw *d, int *a)
{
        a[0] = draw_fd(d, TYPE(TIMERFD));
}

static int64_t run_epoll_create1(struct arm *arm, const int *a, uint64_t *sum)
{
        (void)sum;
        return arm_made(arm, arm->kernel->epoll_create1(a[0] ? EPOLL_CLOEXEC : 0), EPOLL);
}

const struct kind make_kinds[] = {
        {"pipe2", draw_nothing, run_pipe2, 12, TYPE(PIPE_READ), true},
        {"eventfd", draw_eventfd, run_eventfd, 8, TYPE(EVENTFD), true},
        {"timerfd_create", draw_timerfd, run_timerfd_create, 5, TYPE(TIMERFD), true},
        {"timerfd_settime", draw_settime, run_timerfd_settime, 8, TYPE(TIMERFD), false},
        {"timerfd_gettime", draw_timer, run_timerfd_gettime, 2, TYPE(TIMERFD), false},
        {"epoll_create1", draw_nothing, run_epoll_create1, 8, TYPE(EPOLL), true},
        {0},
};
