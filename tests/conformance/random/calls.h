/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Random sequences of calls, made to two kernels in lockstep.
 *
 * A call is a kind and a few small numbers, of which descriptors are the numbers themselves, so that
 * a sequence means something without those calls that a shrinker left out. What is drawn depends on
 * what is open; what a call does depends on its numbers alone. No call can block: descriptors are
 * non-blocking all along.
 */
#ifndef EVIDENT_CONFORMANCE_CALLS_H
#define EVIDENT_CONFORMANCE_CALLS_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "../kernel.h"
#include "../quirks.h"

enum {
        FIRST_FD = 3,
        NFDS = 40,       /* numbers that calls are made with end here */
        WATCHER_FD = 60, /* the instance that has every descriptor, edge-triggered */
        LENGTH_MAX = 100,
        NARGS = 4,
        BUF_SIZE = 80000,
        TCP_MOST = 300, /* bytes a call: windows and buffers of TCP are each machine's own */
};

/* What a descriptor leads to, as far as the draw is better for knowing it. */
enum type {
        NOTHING,
        PIPE_READ,
        PIPE_WRITE,
        EVENTFD,
        TIMERFD,
        SIGNALFD,
        EPOLL,
        REGULAR,
        UNIX_STREAM,
        UNIX_DGRAM,
        TCP,
        UDP,
        NTYPES
};
#define TYPE(t)  (1U << (t))
#define SOCKETS  (TYPE(UNIX_STREAM) | TYPE(UNIX_DGRAM) | TYPE(TCP) | TYPE(UDP))
#define ANY_TYPE (~TYPE(NOTHING))

struct op {
        uint8_t kind;
        int a[NARGS];
};

/* What a call came to: its result, or -errno, and a sum of whatever it wrote. */
struct outcome {
        int64_t result;
        uint64_t sum;
};

/* One of the kernels, with what the sequence has made in it. */
struct arm {
        const struct kernel *kernel;
        unsigned char *buf;  /* BUF_SIZE */
        uint8_t type[NFDS];  /* enum type */
        uint16_t port[NFDS]; /* of bound or connected ones, in network order: the kernels' differ */
        int ncalls;          /* so far: what is written says so */
        unsigned ncaught;    /* signals */
        bool has_watcher;
        const char *folder; /* regular files are beside it, with its name before theirs */
};

/* Draws a call. */
struct draw {
        uint64_t *random;
        const struct arm *arm; /* what is open */
        unsigned types;        /* that the sequence has: TYPE() */
        int nopen;
};

struct kind {
        const char *name;
        void (*draw)(const struct draw *d, int *a);
        int64_t (*run)(struct arm *arm, const int *a, uint64_t *sum);
        int weight;
        unsigned types; /* it is drawn in sequences that have one of these */
        bool makes;     /* descriptors: not drawn where there are many */
};

/* The tables of kinds, a file each; each ends with one without a name. */
extern const struct kind file_kinds[], make_kinds[], wait_kinds[], signal_kinds[], socket_kinds[];

/* ---- For kinds ------------------------------------------------------------------------------ */

int draw_below(const struct draw *d, int n);
bool draw_chance(const struct draw *d, int percent);
int draw_of(const struct draw *d, const int *values, int n);
#define DRAW(d, ...) \
        draw_of((d), (const int[]){__VA_ARGS__}, (int)(sizeof((int[]){__VA_ARGS__}) / sizeof(int)))
/* A descriptor: mostly an open one of these types, sometimes another, or none. */
int draw_fd(const struct draw *d, unsigned types);

void sum_bytes(uint64_t *sum, const void *bytes, int64_t n);
void sum_number(uint64_t *sum, int64_t number);
static inline int64_t result_of(int64_t r)
{
        return r == -1 ? -errno : r;
}
/* A descriptor was made, or is gone. */
int64_t arm_made(struct arm *arm, int64_t fd, enum type type);
void arm_closed(struct arm *arm, int fd);
static inline enum type arm_type(const struct arm *arm, int fd)
{
        return fd >= FIRST_FD && fd < NFDS ? (enum type)arm->type[fd] : NOTHING;
}
/* Bytes to be written: other ones at every call. */
void arm_fill(struct arm *arm, int n);

/* ---- Sequences: sequence.c ------------------------------------------------------------------ */

struct sequence {
        uint64_t seed;
        bool has_watcher; /* every descriptor is watched for edges, and looked at after each call */
        bool has_probe;   /* after each call all descriptors are polled */
        unsigned types;
        int n;
        struct op ops[LENGTH_MAX];
};

struct verdict {
        int at;         /* the call that came out differently; -1: none */
        char what[400]; /* in words */
        int ncalls;     /* made, without the looks between */
};

int kinds_count(void);
const struct kind *kind_at(int i);

/* A sequence drawn from the seed while it is made. */
void sequence_draw(struct sequence *q, uint64_t seed, struct verdict *v, bool is_loud);
/* The same calls again. */
void sequence_run(const struct sequence *q, struct verdict *v, bool is_loud);
/* Leaves out what is not needed for it to come out differently. */
void sequence_shrink(struct sequence *q, struct verdict *v);
/* How often each kind was made, for reports. */
const uint64_t *sequence_counts(void);

#endif
