/* SPDX-License-Identifier: BSD-3-Clause */
/* See poll_bits.h. */
#include "backend/poll_bits.h"

#include <event2/event.h>
#include <poll.h>

#include "os/poll.h"

short evi_poll_asked(short interest)
{
        const int bits = ((interest & EV_READ) ? POLLIN : 0) |
                         ((interest & EV_WRITE) ? POLLOUT : 0) |
                         ((interest & EV_CLOSED) ? OS_POLLRDHUP : 0);

        return (short)bits;
}

short evi_poll_ready(int bits)
{
        int what = 0;

        if (bits & (POLLERR | POLLHUP | POLLNVAL))
                what |= EV_READ | EV_WRITE;
        if (bits & POLLIN)
                what |= EV_READ;
        if (bits & POLLOUT)
                what |= EV_WRITE;
        if (bits & OS_POLLRDHUP)
                what |= EV_CLOSED;
        return (short)what;
}
