/* SPDX-License-Identifier: BSD-3-Clause */
/* What kinds of calls have in common: draws, sums, and the book of what is open. */
#include <string.h>

#include "../../unit/random.h"
#include "calls.h"

int draw_below(const struct draw *d, int n)
{
        return random_below(d->random, n);
}

bool draw_chance(const struct draw *d, int percent)
{
        return draw_below(d, 100) < percent;
}

int draw_of(const struct draw *d, const int *values, int n)
{
        return values[draw_below(d, n)];
}

static int draw_open(const struct draw *d, unsigned types)
{
        int found[NFDS];
        int n = 0;

        for (int fd = FIRST_FD; fd < NFDS; fd++)
                if (d->arm->type[fd] != NOTHING && (types & TYPE(d->arm->type[fd])) != 0)
                        found[n++] = fd;
        return n > 0 ? found[draw_below(d, n)] : -1;
}

int draw_fd(const struct draw *d, unsigned types)
{
        const int luck = draw_below(d, 100);
        int fd = -1;

        if (luck < 90)
                fd = draw_open(d, types);
        if (fd < 0 && luck < 97)
                fd = draw_open(d, ANY_TYPE);
        if (fd < 0)
                fd = draw_chance(d, 20) ? DRAW(d, -1, 99) : FIRST_FD + draw_below(d, 20);
        return fd;
}

void sum_bytes(uint64_t *sum, const void *bytes, int64_t n)
{
        const unsigned char *at = bytes;

        for (int64_t i = 0; i < n; i++)
                *sum = (*sum ^ at[i]) * UINT64_C(0x100000001b3);
}

void sum_number(uint64_t *sum, int64_t number)
{
        *sum = (*sum ^ (uint64_t)number) * UINT64_C(0x9e3779b97f4a7c15) + 1;
        *sum ^= *sum >> 32;
}

int64_t arm_made(struct arm *arm, int64_t fd, enum type type)
{
        const struct kernel *k = arm->kernel;
        struct epoll_event event = {.events = (uint32_t)EPOLLIN | (uint32_t)EPOLLOUT |
                                              (uint32_t)EPOLLPRI | (uint32_t)EPOLLRDHUP |
                                              (uint32_t)EPOLLET,
                                    .data.u64 = (uint64_t)fd};
        const int error = errno;

        if (fd == -1)
                return -error;
        if (fd < FIRST_FD || fd >= NFDS)
                return fd;
        arm->type[fd] = (uint8_t)type;
        arm->port[fd] = 0;
        if (arm->has_watcher)
                (void)k->epoll_ctl(WATCHER_FD, EPOLL_CTL_ADD, (int)fd, &event);
        return fd;
}

void arm_closed(struct arm *arm, int fd)
{
        if (fd >= FIRST_FD && fd < NFDS)
                arm->type[fd] = NOTHING;
}

void arm_fill(struct arm *arm, int n)
{
        memset(arm->buf, 'a' + arm->ncalls % 26, (size_t)n);
}
