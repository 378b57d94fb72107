/* SPDX-License-Identifier: BSD-3-Clause */
/* Demultiplexers, with a timeout of 0. */
#include <string.h>

#include "calls.h"

static void draw_control(const struct draw *d, int *a)
{
        const unsigned bits = (unsigned)DRAW(d, 0, EPOLLIN, EPOLLIN, EPOLLOUT, EPOLLIN | EPOLLOUT,
                                             EPOLLIN | EPOLLRDHUP, EPOLLPRI | EPOLLIN);
        const unsigned more = draw_chance(d, 30)   ? (unsigned)EPOLLET
                              : draw_chance(d, 15) ? (unsigned)EPOLLONESHOT
                              : draw_chance(d, 10) ? (unsigned)EPOLLEXCLUSIVE
                                                   : 0;

        a[0] = draw_fd(d, TYPE(EPOLL));
        a[1] = draw_fd(d, ANY_TYPE);
        a[2] = (int)(bits | more);
}

static int64_t control(struct arm *arm, int op, const int *a)
{
        struct epoll_event event = {.events = (uint32_t)a[2],
                                    .data.u64 = (uint64_t)(a[1] * 1000 + arm->ncalls)};

        return result_of(arm->kernel->epoll_ctl(a[0], op, a[1], &event));
}

static int64_t run_add(struct arm *arm, const int *a, uint64_t *sum)
{
        (void)sum;
        return control(arm, EPOLL_CTL_ADD, a);
}

static int64_t run_mod(struct arm *arm, const int *a, uint64_t *sum)
{
        (void)sum;
        return control(arm, EPOLL_CTL_MOD, a);
}

static int64_t run_del(struct arm *arm, const int *a, uint64_t *sum)
{
        (void)sum;
        return control(arm, EPOLL_CTL_DEL, a);
}

static void draw_epoll_wait(const struct draw *d, int *a)
{
        a[0] = draw_fd(d, TYPE(EPOLL));
        a[1] = DRAW(d, 16, 16, 16, 1, 2, 0, -1);
        a[2] = draw_below(d, 3);
}

static int64_t sum_events(const struct epoll_event *events, int64_t n, uint64_t *sum)
{
        for (int64_t i = 0; i < n; i++) {
                sum_number(sum, events[i].events);
                sum_number(sum, (int64_t)events[i].data.u64);
        }
        return n;
}

static int64_t run_epoll_wait(struct arm *arm, const int *a, uint64_t *sum)
{
        struct epoll_event events[16];

        return sum_events(events, result_of(arm->kernel->epoll_wait(a[0], events, a[1], 0)), sum);
}

/* A mask that lets one signal in, or all of them. */
static sigset_t mask_of(int which)
{
        sigset_t mask;

        sigemptyset(&mask);
        if (which == 1)
                sigaddset(&mask, SIGUSR1);
        return mask;
}

static int64_t run_epoll_pwait(struct arm *arm, const int *a, uint64_t *sum)
{
        struct epoll_event events[16];
        const sigset_t mask = mask_of(a[2]);

        return sum_events(
                events,
                result_of(arm->kernel->epoll_pwait(a[0], events, a[1], 0, a[2] ? &mask : NULL)),
                sum);
}

/* ---- poll and select ---------------------------------------------------------------------------
 */

static void draw_three(const struct draw *d, int *a)
{
        for (int i = 0; i < 3; i++)
                a[i] = draw_fd(d, ANY_TYPE);
        a[3] = draw_below(d, 64);
}

static void ask(const int *a, struct pollfd fds[3])
{
        static const short events[] = {POLLIN, POLLOUT, POLLIN | POLLOUT | POLLRDHUP, 0};

        for (int i = 0; i < 3; i++)
                fds[i] = (struct pollfd){.fd = a[i], .events = events[a[3] >> (2 * i) & 3]};
}

static int64_t run_poll(struct arm *arm, const int *a, uint64_t *sum)
{
        struct pollfd fds[3];
        int64_t r;

        ask(a, fds);
        r = result_of(arm->kernel->poll(fds, 3, 0));
        for (int i = 0; i < 3; i++)
                sum_number(sum, fds[i].revents);
        return r;
}

static int64_t run_ppoll(struct arm *arm, const int *a, uint64_t *sum)
{
        const struct timespec none = {0};
        const sigset_t mask = mask_of(a[3] & 1);
        struct pollfd fds[3];
        int64_t r;

        ask(a, fds);
        r = result_of(arm->kernel->ppoll(fds, 3, &none, &mask));
        for (int i = 0; r >= 0 && i < 3; i++)
                sum_number(sum, fds[i].revents);
        return r;
}

static void ask_sets(const int *a, fd_set sets[3])
{
        for (int i = 0; i < 3; i++)
                FD_ZERO(&sets[i]);
        for (int i = 0; i < 3; i++)
                for (int set = 0; set < 3; set++)
                        if (a[i] >= 0 && ((a[3] >> (2 * i) & 3) == set || set == 0))
                                FD_SET(a[i], &sets[set]);
}

static int64_t sum_sets(const fd_set sets[3], int64_t r, uint64_t *sum)
{
        for (int i = 0; r >= 0 && i < 3; i++)
                for (int fd = 0; fd < 100; fd++)
                        if (FD_ISSET(fd, &sets[i]))
                                sum_number(sum, 1000 * i + fd);
        return r;
}

static int64_t run_select(struct arm *arm, const int *a, uint64_t *sum)
{
        struct timeval none = {0};
        fd_set sets[3];

        ask_sets(a, sets);
        return sum_sets(sets,
                        result_of(arm->kernel->select(100, &sets[0], &sets[1], &sets[2], &none)),
                        sum);
}

static int64_t run_pselect(struct arm *arm, const int *a, uint64_t *sum)
{
        const struct timespec none = {0};
        const sigset_t mask = mask_of(a[3] & 1);
        fd_set sets[3];

        ask_sets(a, sets);
        return sum_sets(
                sets,
                result_of(arm->kernel->pselect(100, &sets[0], &sets[1], &sets[2], &none, &mask)),
                sum);
}

const struct kind wait_kinds[] = {
        {"epoll_ctl(ADD)", draw_control, run_add, 30, TYPE(EPOLL), false},
        {"epoll_ctl(MOD)", draw_control, run_mod, 12, TYPE(EPOLL), false},
        {"epoll_ctl(DEL)", draw_control, run_del, 6, TYPE(EPOLL), false},
        {"epoll_wait", draw_epoll_wait, run_epoll_wait, 30, TYPE(EPOLL), false},
        {"epoll_pwait", draw_epoll_wait, run_epoll_pwait, 4, TYPE(EPOLL), false},
        {"poll", draw_three, run_poll, 8, ANY_TYPE, false},
        {"ppoll", draw_three, run_ppoll, 3, ANY_TYPE, false},
        {"select", draw_three, run_select, 5, ANY_TYPE, false},
        {"pselect", draw_three, run_pselect, 3, ANY_TYPE, false},
        {0},
};
