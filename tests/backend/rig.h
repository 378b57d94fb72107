/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A backend on the test bench: what of the loop a backend needs about it.
 *
 * The rig keeps what the fd map keeps, the interest in each descriptor and the backend's state of
 * it, and filters findings as the loop does. It is as unkind as the contract allows: where interest
 * ends the state is spoilt, and where it begins it is zeroed.
 */
#ifndef TESTS_BACKEND_RIG_H
#define TESTS_BACKEND_RIG_H

#include <errno.h>
#include <event2/event.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "backend/backend.h"
#include "files.h"
#include "shim.h"

#define R  EV_READ
#define W  EV_WRITE
#define C  EV_CLOSED
#define ET EV_ET

#define RIG_FDS 8192
#define MS      INT64_C(1000000)
#define FOREVER INT64_C(-1)

/* What the row's world may lack. */
enum { LACKS_NOTHING = 0, LACKS_PWAIT2 = 0x01, LACKS_TIMERFD = 0x02, LACKS_FILE_POLL = 0x04 };

/* Sets of calls, for the shim. */
#define CTL (SHIM_BIT(SHIM_EPOLL_ADD) | SHIM_BIT(SHIM_EPOLL_MOD) | SHIM_BIT(SHIM_EPOLL_DEL))
#define WAIT                                                                                \
        (SHIM_BIT(SHIM_EPOLL_WAIT) | SHIM_BIT(SHIM_EPOLL_PWAIT2) | SHIM_BIT(SHIM_POLL) |    \
         SHIM_BIT(SHIM_SELECT) | SHIM_BIT(SHIM_KEVENT_WAIT) | SHIM_BIT(SHIM_DEVPOLL_POLL) | \
         SHIM_BIT(SHIM_PORT_GETN))

/* One line of the suite's table: a backend, in circumstances. */
struct row {
        const char *name;
        const struct backend_ops *ops;
        unsigned flags; /* for open */
        unsigned lacks;
        int kernel; /* of a simulated host: enum evsim_kernel */
};

struct rig {
        const struct row *row;
        struct shim shim; /* the backend's world */
        struct os *os;    /* the one under it, where descriptors are made */
        struct backend *b;
        long bytes_at_start; /* once the backend was open */
        int batch;           /* how many findings are collected at a time */

        short interest[RIG_FDS];
        uint32_t state[RIG_FDS][3];
        short found[RIG_FDS]; /* by the last turn */
        int times[RIG_FDS];   /* in how many findings */
        int stale;            /* findings of the last turn that the loop would drop */
        long forgotten[SHIM_CALLS];
};

/* The row that is being tested. */
extern const struct row *rig_row;

/* cmocka's fixtures: *state becomes a rig with an open backend. At the end there must be no
 * interest left; the backend is closed, and all memory has to be back. */
int rig_set_up(void **state);
int rig_tear_down(void **state);

#define RIG_TEST(f) cmocka_unit_test_setup_teardown(f, rig_set_up, rig_tear_down)

bool rig_is_epoll(const struct rig *rig);
bool rig_is(const struct rig *rig, const struct backend_ops *ops);

/* The interest in fd becomes now. rig_try returns what the backend does; rig_want wants 0. */
int rig_try(struct rig *rig, int fd, int now);
void rig_want(struct rig *rig, int fd, int now);
/* No interest in any descriptor. */
void rig_want_nothing(struct rig *rig);

/* The three phases, and all of them; they must succeed. collect counts into found and times. */
void rig_prepare(struct rig *rig);
void rig_wait(struct rig *rig, int64_t timeout_ns);
void rig_collect(struct rig *rig);
void rig_turn(struct rig *rig, int64_t timeout_ns);

/* Turns without waiting; what was found of fd, as far as it is wanted. */
short rig_ready(struct rig *rig, int fd);

/* The backend's calls of the set, since the rig was set up or they were forgotten: their number, and
 * the last one, which there must be. */
void rig_forget(struct rig *rig);
long rig_calls(const struct rig *rig, uint64_t set);
const struct shim_entry *rig_last(const struct rig *rig, uint64_t set);

#endif
