/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The backends that the real kernel has, in circumstances.
 */
#include "rig.h"
#include "suite.h"

const struct row rows[] = {
        {"epoll", &evi_backend_epoll, 0, LACKS_NOTHING, 0},
        {"epoll without epoll_pwait2", &evi_backend_epoll, 0, LACKS_PWAIT2, 0},
        {"epoll without epoll_pwait2, precise", &evi_backend_epoll, BACKEND_PRECISE, LACKS_PWAIT2,
         0},
        {"epoll without epoll_pwait2 and timerfd, precise", &evi_backend_epoll, BACKEND_PRECISE,
         LACKS_PWAIT2 | LACKS_TIMERFD, 0},
        {"epoll (with changelist)", &evi_backend_epoll_changelist, BACKEND_PRECISE, LACKS_NOTHING,
         0},
        {"poll", &evi_backend_poll, 0, LACKS_NOTHING, 0},
        {"select", &evi_backend_select, 0, LACKS_NOTHING, 0},
};

const int rows_count = (int)(sizeof rows / sizeof rows[0]);
