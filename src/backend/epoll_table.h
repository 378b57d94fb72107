/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Between the loop's words and epoll's: pure functions, total over all their arguments.
 */
#ifndef EVIDENT_BACKEND_EPOLL_TABLE_H
#define EVIDENT_BACKEND_EPOLL_TABLE_H

#include <stdint.h>

/* The arguments of an epoll_ctl(2). */
struct evi_epoll_change {
        int op;          /* EPOLL_CTL_ADD, EPOLL_CTL_MOD or EPOLL_CTL_DEL */
        uint32_t events; /* EPOLL*; 0 for EPOLL_CTL_DEL */
};

/* How the interest (EV_READ, EV_WRITE, EV_CLOSED; EV_ET with any of them) goes from was to now.
 * EV_ET alone is no interest. From none to none is EPOLL_CTL_DEL, which does no harm. */
struct evi_epoll_change evi_epoll_change(short was, short now);

/* What a report of the kernel's says: a union of EV_READ, EV_WRITE, EV_CLOSED.
 *
 * An error is both readable and writable and nothing else, a hang-up of both directions too unless
 * the peer's closing was asked for and reported with it; so it is in libevent, whose programs count
 * on it. */
short evi_epoll_ready(uint32_t events);

#endif
