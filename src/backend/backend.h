/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A backend: one mechanism of a kernel that tells which descriptors are ready.
 *
 * It knows nothing of events, locks, clocks or policy. It is told the interest in each descriptor,
 * waits, and *returns* what is ready; it never calls up. The loop alone decides what is done with
 * that, and in which order.
 *
 * Threads. set, prepare and collect are called with the base lock held, wait without it: while one
 * thread waits, others may call set. So wait touches nothing that set touches, except through the
 * kernel; whatever it needs prepare has laid aside, and collect turns the kernel's answer into
 * findings.
 *
 * Generations. While one thread is in wait, another may remove the interest in a descriptor and
 * give it anew, for another file that got the same number; what the kernel answered about the first
 * one must not reach the second. So every registration has a generation, which the backend keeps as
 * the first word of fd_state, and a finding says which generation it is about. The loop, which
 * looks up the descriptor anyway, drops a finding
 *  - if there is no interest in its descriptor (any more), or
 *  - if its generation is not the one in fd_state.
 *
 * Ownership. A backend is made by open and ended by close. fd_state are the fd_state_size bytes
 * that the fd map keeps for each descriptor, zeroed when interest begins or as the backend left
 * them; they live, and keep their address, as long as there is interest, and longer if it likes.
 */
#ifndef EVIDENT_BACKEND_BACKEND_H
#define EVIDENT_BACKEND_BACKEND_H

#include <stddef.h>
#include <stdint.h>

#include "os/os.h"

/* What a descriptor is ready for: any of EV_READ, EV_WRITE, EV_CLOSED. An error or hang-up of the
 * descriptor is reported as EV_READ|EV_WRITE, so that whoever waits learns it from the next call on
 * the descriptor. what may name more than is wanted. */
struct fd_ready {
        int fd;
        short what;
        uint32_t generation; /* of the registration that it is about */
};

/* How open is to behave. */
enum {
        /* Wait as exactly as the kernel can, even if that costs a system call more
           (EVENT_BASE_FLAG_PRECISE_TIMER). */
        BACKEND_PRECISE = 0x01,
};

/* The part of every backend that the loop knows; a concrete one embeds it first. */
struct backend {
        const struct backend_ops *ops;
        struct os *os;
};

struct backend_ops {
        const char *name;     /* as event_base_get_method() reports it */
        int features;         /* EV_FEATURE_* */
        size_t fd_state_size; /* 4, 8 or 12; aligned for uint32_t; the generation comes first */

        /* set() only records, until prepare() tells the kernel. fd_state must then outlive the
         * interest until the next prepare(). */
        bool is_batching;

        /* Whether the world has the mechanism at all. */
        bool (*is_available)(const struct os *os);

        /* 0 and *out, or -errno and nothing. */
        int (*open)(struct os *os, unsigned flags, struct backend **out);
        void (*close)(struct backend *b);

        /* The interest in fd goes from was to now, each a union of EV_READ, EV_WRITE, EV_CLOSED
         * and, with any of these, EV_ET; 0 is none. 0, or -errno and the kernel still has was.
         * was == now (not 0) says that fd may be another file by now, with a new generation: the
         * kernel is told again. Going to 0 cannot fail: it is success if the kernel knew nothing of
         * fd (the descriptor was closed first), and any other error is returned only to be logged;
         * the backend has forgotten fd in every case. */
        int (*set)(struct backend *b, int fd, short was, short now, void *fd_state);

        /* With the base lock: makes ready for a wait; flushes what set() batched. 0 or -errno; on
         * an error the loop ends with it. */
        int (*prepare)(struct backend *b);

        /* Without the base lock: waits for at most timeout_ns (-1: for ever; 0: not at all). 0 or
         * -errno; EINTR and a timeout are 0. May return early; never waits again after a wake-up.
         */
        int (*wait)(struct backend *b, int64_t timeout_ns);

        /* With the base lock: what the last wait found, at most max findings, in the kernel's
         * order; returns their number. Called until it returns less than max; each finding is given
         * once. A descriptor may come in several findings. */
        int (*collect)(struct backend *b, struct fd_ready *out, int max);

        /* The descriptor of the kernel's side, in which its table of interest can be looked up; NULL
         * where each wait brings all of it along. */
        int (*descriptor)(const struct backend *b);
};

/* All mechanisms that this library knows, in order of preference; NULL-terminated. Each is offered
 * where is_available(os). Those that are chosen by flag only (the changelist) are not in the list.
 */
extern const struct backend_ops *const evi_backends[];

extern const struct backend_ops evi_backend_evport;
extern const struct backend_ops evi_backend_kqueue;
extern const struct backend_ops evi_backend_epoll;
extern const struct backend_ops evi_backend_epoll_changelist;
extern const struct backend_ops evi_backend_devpoll;
extern const struct backend_ops evi_backend_poll;
extern const struct backend_ops evi_backend_select;

#endif
