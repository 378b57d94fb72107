/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A world between a backend and the world under it: it counts memory and calls, remembers the last
 * arguments of some, lacks what a test denies, and fails the call that a test chooses.
 */
#ifndef TESTS_BACKEND_WORLD_H
#define TESTS_BACKEND_WORLD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "os/os.h"

/* What denied may hold. */
enum {
        DENY_PWAIT2 = 0x01,    /* epoll_pwait2 answers ENOSYS, as on an old kernel */
        DENY_TIMERFD = 0x02,   /* timerfd_create answers EMFILE */
        DENY_MEMORY = 0x04,    /* no more of it */
        DENY_EPOLL_CTL = 0x08, /* epoll_ctl answers ENOSPC, as beyond max_user_watches */
        DENY_NOTHING = 0,
};

struct world {
        struct os os;
        struct os_ops ops;
        struct os *under;

        unsigned denied;
        int interruptions; /* so many of the next waits answer EINTR */

        /* The fault: the fail_at-th of the calls that can fail does, counted from 1; 0: none. */
        atomic_int fail_at;
        atomic_int calls;
        bool has_failed;

        size_t live_bytes;

        /* What was called since world_forget(). */
        int epoll_ctls;
        int last_op;
        uint32_t last_events;
        int pwait2s;
        bool is_pwait2_missing; /* it answered ENOSYS, be it denied or the kernel's own lack */
        int epoll_waits;
        int last_timeout_ms;
        int timers_set;
        int64_t last_timer_ns;
};

void world_init(struct world *w, struct os *under, unsigned denied);

/* The counts of calls are 0 again. */
void world_forget(struct world *w);

#endif
