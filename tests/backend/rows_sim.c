/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Every backend, on a simulated kernel that has its mechanism.
 */
#include <evident/sim.h>

#include "rig.h"
#include "suite.h"

const struct row rows[] = {
        {"epoll", &evi_backend_epoll, 0, LACKS_NOTHING, EVSIM_KERNEL_LINUX},
        {"epoll without epoll_pwait2", &evi_backend_epoll, 0, LACKS_PWAIT2, EVSIM_KERNEL_LINUX},
        {"epoll without epoll_pwait2, precise", &evi_backend_epoll, BACKEND_PRECISE, LACKS_PWAIT2,
         EVSIM_KERNEL_LINUX},
        {"epoll without epoll_pwait2 and timerfd, precise", &evi_backend_epoll, BACKEND_PRECISE,
         LACKS_PWAIT2 | LACKS_TIMERFD, EVSIM_KERNEL_LINUX},
        {"epoll (with changelist)", &evi_backend_epoll_changelist, BACKEND_PRECISE, LACKS_NOTHING,
         EVSIM_KERNEL_LINUX},
        {"poll", &evi_backend_poll, 0, LACKS_NOTHING, EVSIM_KERNEL_POSIX},
        {"select", &evi_backend_select, 0, LACKS_NOTHING, EVSIM_KERNEL_POSIX},
        {"kqueue of FreeBSD", &evi_backend_kqueue, 0, LACKS_NOTHING, EVSIM_KERNEL_FREEBSD},
        {"kqueue of NetBSD", &evi_backend_kqueue, 0, LACKS_FILE_POLL, EVSIM_KERNEL_NETBSD},
        {"kqueue of OpenBSD", &evi_backend_kqueue, 0, LACKS_NOTHING, EVSIM_KERNEL_OPENBSD},
        {"kqueue of macOS", &evi_backend_kqueue, 0, LACKS_FILE_POLL, EVSIM_KERNEL_MACOS},
        {"devpoll", &evi_backend_devpoll, 0, LACKS_NOTHING, EVSIM_KERNEL_SOLARIS},
        {"evport", &evi_backend_evport, 0, LACKS_NOTHING, EVSIM_KERNEL_SOLARIS},
};

const int rows_count = (int)(sizeof rows / sizeof rows[0]);
