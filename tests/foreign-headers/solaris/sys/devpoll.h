/* SPDX-License-Identifier: BSD-3-Clause */
/* What poll(4d) says of illumos's <sys/devpoll.h>; see ../port.h. */
#ifndef FOREIGN_SYS_DEVPOLL_H
#define FOREIGN_SYS_DEVPOLL_H

#include <poll.h>
#include <signal.h>

#define DPIOC   (0xD0 << 8)
#define DP_POLL (DPIOC | 1)

struct dvpoll {
        struct pollfd *dp_fds;
        nfds_t dp_nfds;
        int dp_timeout;
        sigset_t *dp_setp;
};

#endif
