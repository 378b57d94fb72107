/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The translation between interest and epoll's masks; epoll_table.h is the specification.
 *
 * The mask is always made of now alone. To carry bits over from was would be to lose or to keep one
 * that changed, EPOLLET above all: EPOLL_CTL_MOD replaces the whole mask.
 */
#include "backend/epoll_table.h"

#include <event2/event.h>

#include "os/epoll.h"

#define INTEREST (EV_READ | EV_WRITE | EV_CLOSED)

static uint32_t mask_of(short interest)
{
        uint32_t events = 0;

        if (interest & EV_READ)
                events |= (uint32_t)EPOLLIN;
        if (interest & EV_WRITE)
                events |= (uint32_t)EPOLLOUT;
        if (interest & EV_CLOSED)
                events |= (uint32_t)EPOLLRDHUP;
        if (events != 0 && (interest & EV_ET))
                events |= (uint32_t)EPOLLET;
        return events;
}

struct evi_epoll_change evi_epoll_change(short was, short now)
{
        if (!(now & INTEREST))
                return (struct evi_epoll_change){EPOLL_CTL_DEL, 0};
        if (!(was & INTEREST))
                return (struct evi_epoll_change){EPOLL_CTL_ADD, mask_of(now)};
        return (struct evi_epoll_change){EPOLL_CTL_MOD, mask_of(now)};
}

short evi_epoll_ready(uint32_t events)
{
        int what = 0;

        if (events & (uint32_t)EPOLLERR)
                return EV_READ | EV_WRITE;
        if ((events & (uint32_t)EPOLLHUP) && !(events & (uint32_t)EPOLLRDHUP))
                return EV_READ | EV_WRITE;
        if (events & (uint32_t)EPOLLIN)
                what |= EV_READ;
        if (events & (uint32_t)EPOLLOUT)
                what |= EV_WRITE;
        if (events & (uint32_t)EPOLLRDHUP)
                what |= EV_CLOSED;
        return (short)what;
}
