/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A shim over the seam: a world that forwards every call to another one, and on the way
 *
 *  - fails the calls that a test chooses, with an errno that suits them    shim_fail
 *  - says that the system lacks epoll, epoll_pwait2 or timerfd             shim_hide_epoll,
 * has_no_*
 *  - counts calls, and writes them down                                    calls, is_tracing
 *  - keeps a ledger of memory and descriptors, so that a leak shows        live_*, open_descriptors
 *  - replaces the clock by a number, and waits by adding to it             shim_use_clock
 *
 * How a test uses it:
 *
 *     struct shim shim;
 *     shim_init(&shim, os_real());
 *     os_enter(&shim.os);
 *     shim_fail(&shim, SHIM_BIT(SHIM_EPOLL_ADD), 2, false);   the second one fails, once
 *     ... what makes bases, adds events, frees them ...
 *     assert_int_equal(shim.hits, 1);
 *     assert_true(shim_is_clean(&shim));
 *     shim_clear(&shim);
 *
 * The process-wide state is that of the world underneath. Calls may come from several threads and
 * from signal handlers: what they change is atomic. What a test sets is set while no call is under
 * way. Enter the shim before evthread_use_pthreads(), so that locks can fail as well.
 */
#ifndef SHIM_H
#define SHIM_H

#include <setjmp.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "os/os.h"
#include "os/process.h"

/* The calls that are told apart. Those that are not here are forwarded and no more. */
enum shim_call {
        SHIM_ALLOC,
        SHIM_REALLOC,
        SHIM_LOCK_NEW,
        SHIM_CONDITION_NEW,
        SHIM_PIPE,
        SHIM_SOCKETPAIR,
        SHIM_EVENTFD,
        SHIM_EPOLL_CREATE,
        SHIM_TIMERFD_CREATE,
        SHIM_EPOLL_ADD,
        SHIM_EPOLL_MOD,
        SHIM_TIMERFD_SETTIME,
        SHIM_KQUEUE,
        SHIM_KEVENT_CHANGE, /* with changes that are not all removals */
        SHIM_DEVPOLL_OPEN,
        SHIM_DEVPOLL_WRITE, /* likewise */
        SHIM_PORT_CREATE,
        SHIM_PORT_ASSOCIATE,
        SHIM_SIGNAL_INSTALL,
        SHIM_SET_NONBLOCKING,
        SHIM_IS_NONBLOCKING,
        SHIM_SET_CLOEXEC,
        SHIM_SETSOCKOPT,
        SHIM_IF_INDEX,
        SHIM_CLOSE,
        SHIM_READ,
        SHIM_WRITE,
        SHIM_EPOLL_WAIT,
        SHIM_EPOLL_PWAIT2,
        SHIM_POLL,
        SHIM_SELECT,
        SHIM_KEVENT_WAIT, /* without changes */
        SHIM_DEVPOLL_POLL,
        SHIM_PORT_GETN,
        /* These are failed only when a test asks for them by name: a failed removal leaves
         * behind what it was to remove, and without random bytes the process ends. */
        SHIM_EPOLL_DEL,
        SHIM_KEVENT_REMOVE,
        SHIM_DEVPOLL_REMOVE,
        SHIM_PORT_DISSOCIATE,
        SHIM_SIGNAL_RESTORE,
        SHIM_RANDOM,
        /* These cannot fail. */
        SHIM_FREE,
        SHIM_CLOCK,
        SHIM_CALLS
};

#define SHIM_BIT(call) (UINT64_C(1) << (call))
/* Sets of calls, for shim_fail(). */
#define SHIM_MEMORY   (SHIM_BIT(SHIM_LOCK_NEW) - 1)
#define SHIM_FAILABLE (SHIM_BIT(SHIM_EPOLL_DEL) - 1)

#define SHIM_FD_MAX    32768 /* descriptors from here on are not in the ledger */
#define SHIM_TRACE_MAX 4096  /* calls after these are not written down */

/* One call as it was made. */
struct shim_entry {
        enum shim_call call;
        int fd; /* its descriptor; for epoll_ctl and its like the watched one, the first of several;
                   a signal's number; or -1 */
        int64_t argument; /* timeout_ns, events, or a number of bytes or changes; else 0 */
        int64_t result;   /* as the seam has it; of memory 0 or -ENOMEM */
};

struct shim {
        struct os os;      /* this world */
        struct os_ops ops; /* its table: without the calls that the inner world lacks */
        struct os *inner;

        /* How often each call was made since shim_init(). */
        _Atomic long calls[SHIM_CALLS];

        /* Faults. errors[] is what each call fails with: see shim.c; a test may change it. */
        int errors[SHIM_CALLS];
        uint64_t failing;     /* the set of calls; 0: none fails */
        long fail_at;         /* the first that fails, counted from 1 */
        bool fail_on;         /* and those after it */
        _Atomic long counted; /* calls of the set since shim_fail() */
        _Atomic long hits;    /* how many of them failed */
        _Atomic int hit;      /* enum shim_call of the first that failed; SHIM_CALLS: none did */
        atomic_bool interrupted[SHIM_CALLS];

        /* What the system lacks: these answer -ENOSYS. */
        bool has_no_pwait2;
        bool has_no_timerfd;

        /* The ledger. */
        _Atomic long live_blocks;
        _Atomic long live_bytes;
        _Atomic long open_descriptors;
        atomic_bool is_open[SHIM_FD_MAX];

        /* The trace: all calls but free and clock. */
        bool is_tracing;
        _Atomic long traced; /* may be more than fit */
        struct shim_entry trace[SHIM_TRACE_MAX];

        /* The replaced clock. */
        bool has_clock;
        int64_t monotonic_ns; /* coarse_lag_ns less on the coarse clock */
        int64_t realtime_ns;
        int64_t coarse_lag_ns;
        int timer_fd; /* a timerfd that is armed in that clock; -1: none */
        int64_t timer_deadline_ns;

        /* Called at the beginning of each wait: here a test plays the rest of the world. */
        void (*before_wait)(struct shim *s, int64_t timeout_ns, void *arg);
        void *before_wait_arg;

        /* Where os_terminate() leads, with its code; NULL: to the inner world's. */
        jmp_buf *end;
        int exit_code;
};

void shim_init(struct shim *s, struct os *inner);
/* No call will come any more. The thread goes back to the real world if it is in this one. */
void shim_clear(struct shim *s);

/* From now on the n-th call (from 1) of those in the set fails: once, or it and all after it. Where
 * all fail, EINTR is never answered to a call twice in turn: those who try again get on. */
void shim_fail(struct shim *s, uint64_t set, long n, bool and_after);
void shim_heal(struct shim *s);

/* No epoll, eventfd, timerfd: a Unix that is not Linux. Before the first base. */
void shim_hide_epoll(struct shim *s);

/* The clocks stand at these times, and only waits and tests move them. A wait that finds nothing
 * ready adds its timeout and returns. One that would last for ever is a bug of the test: it
 * aborts. One thread, and at most one timerfd. */
void shim_use_clock(struct shim *s, int64_t monotonic_ns, int64_t realtime_ns);
void shim_advance(struct shim *s, int64_t ns);

/* Whether all memory and descriptors that were got through the shim have been given back. */
bool shim_is_clean(const struct shim *s);

const char *shim_name(enum shim_call call);
/* The n-th call of this kind in the trace, from 0; NULL if there were fewer. */
const struct shim_entry *shim_find(const struct shim *s, enum shim_call call, int n);
/* Prints the trace, for whoever looks for a bug. */
void shim_print(const struct shim *s);

/* For the shim's own files: counts a call and tells its fault, 0 or -errno; writes a call down and
 * gives its result back, which may be a new descriptor; the waits and the clock; the calls of the
 * BSDs and Solaris. */
int shim_fault(struct shim *s, enum shim_call call);
int shim_note(struct shim *s, enum shim_call call, int fd, int64_t argument, int64_t result);
int shim_note_maker(struct shim *s, enum shim_call call, int result);
void shim_init_demux(struct shim *s);
void shim_init_waits(struct shim *s);
int shim_kevent_wait(struct shim *s, int kq, struct kevent *events, int max, int64_t timeout_ns);
int shim_devpoll_poll(struct os *os, int dp, struct pollfd *out, int max, int64_t timeout_ns);
int shim_port_getn(struct os *os, int port, struct port_event *out, int max, int64_t timeout_ns);

static inline struct shim *shim_of(struct os *os)
{
        return (struct shim *)(void *)os;
}

#endif
