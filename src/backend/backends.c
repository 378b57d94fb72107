/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * All backends in order of preference, which is libevent's: evport, kqueue, epoll, devpoll, poll,
 * select. A new one is a line here, at its place.
 */
#include "backend/backend.h"

const struct backend_ops *const evi_backends[] = {
        &evi_backend_evport,
        &evi_backend_kqueue,
        &evi_backend_epoll,
        &evi_backend_devpoll,
        &evi_backend_poll,
        &evi_backend_select,
        NULL,
};
