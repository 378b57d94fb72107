/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A world for the tests of the backends of other systems: it writes down what a backend tells the
 * kernel, answers as a test has scripted, and finds what the test lays before it. It knows nothing
 * of what these kernels do; that is for a simulated one.
 */
#ifndef SCRIPTED_WORLD_H
#define SCRIPTED_WORLD_H

#include <event2/event.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "backend/backend.h"
#include "os/kevent.h"
#include "os/poll.h"
#include "os/ports.h"
#include "small_world.h"

#define R  EV_READ
#define W  EV_WRITE
#define C  EV_CLOSED
#define ET EV_ET

#define SCRIPT_MAX 512
#define SCRIPT_FD  77 /* the kernel's own descriptor */

/* One call of port_associate or, with events 0, port_dissociate. */
struct scripted_association {
        int fd;
        int events;
        uint32_t user;
};

struct scripted_world {
        struct small_world small; /* counts memory */
        struct os_ops ops;
        struct os *os;

        int allocations_left; /* that succeed; -1: all */
        int pid;
        int open_error; /* what the mechanism's open answers, if not 0 */
        int nopen;

        /* What the backend told the kernel since script_forget(). */
        int ncalls;
        int nchanges;
        struct kevent kevents[SCRIPT_MAX];
        struct pollfd writes[SCRIPT_MAX];
        struct scripted_association associations[SCRIPT_MAX];

        /* The answers. An error is an errno. */
        int call_error;   /* of each call that changes something */
        int failing;      /* the change that fails, from 0 since script_forget(); -1: none */
        int change_error; /* with this */
        int withheld;     /* so many receipts are missing */

        /* The wait. */
        const void *found; /* entries of the mechanism */
        int nfound;
        int wait_error;
        int nwaits;
        int max; /* as the last wait asked */
        int64_t timeout_ns;
        void (*during_wait)(struct scripted_world *w); /* another thread */

        /* What of the loop a backend needs about it. */
        struct backend *b;
        uint32_t states[SCRIPT_MAX][3];
        short interest[SCRIPT_MAX];
        struct fd_ready ready[SCRIPT_MAX];
        int nready;
};

/* A world with all mechanisms, and an open backend in it. End it with script_end(): all memory and
 * descriptors must be back. */
void script_begin(struct scripted_world *w, const struct backend_ops *ops);
void script_end(struct scripted_world *w);

/* What was told is forgotten, and answers are right again. */
void script_forget(struct scripted_world *w);

/* The interest in fd becomes now; what the backend answers. */
int script_set(struct scripted_world *w, int fd, int now);
/* The same interest again: the number may be of another file. */
int script_renew(struct scripted_world *w, int fd);

/* A turn that finds these entries. Its findings are in ready. */
int script_turn(struct scripted_world *w, const void *found, int nfound, int64_t timeout_ns);
/* The same by phases. */
void script_wait(struct scripted_world *w, const void *found, int nfound);
void script_collect(struct scripted_world *w, int batch);

/* The n-th finding is this. */
void script_expect(const struct scripted_world *w, int n, int fd, int what);

/* Opening the backend fails at each of its allocations and at the kernel, and leaves nothing. */
void script_fail_open(const struct backend_ops *ops, int nallocations);

#endif
