/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A scene: a base, some events, and the calls on them, watched while calls beneath them fail.
 *
 * A scenario (fault_moves.h) is a straight story of public calls. It is played once without
 * faults, and what there is at each checkpoint is recorded; then again and again, with the first,
 * second, third ... call of one kind failing, until none was met (test_fault_loop.c). Each call
 * that may report a failure stands in ATTEMPT, which sees to it that
 *  - it fails only if a fault was met within it, of a kind that table allows to this function, and
 *    errno is that fault's;
 *  - a failed call has left everything that can be observed as it was, and all invariants hold;
 *  - it holds no memory or descriptor more, unless the function may keep what the next try needs;
 *    a failed call is tried again, and must then succeed (if one call failed only);
 *  - what such a function keeps is never more than the run without faults has at that checkpoint.
 * Each call that must not fail stands in MUST.
 */
#ifndef FAULT_SCENE_H
#define FAULT_SCENE_H

#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdbool.h>
#include <stdint.h>

#include "shim.h"

#define SCENE_SLOTS       64
#define SCENE_CHECKPOINTS 64
#define SCENE_PIPES       40

/* What is to be seen of a scene by public calls, and the ledger. */
struct scene_view {
        short pending[SCENE_SLOTS];
        struct timeval due[SCENE_SLOTS];
        int priority[SCENE_SLOTS];
        int nadded, nactive, max_added, max_active, npriorities;
        const char *method;
        int ncalls;
        long blocks;
        long descriptors;
};

/* In which surroundings a scenario is played. */
struct scene_variant {
        const char *name;
        const char *method; /* all others are avoided */
        bool has_threads;
        bool has_changelist;
        bool has_no_pwait2; /* and the base wants precise timers: timerfd */
        bool has_no_eventfd;
        bool has_debug_mode;
        bool has_lock_debugging;
};

enum scene_mode {
        SCENE_RECORD, /* no faults */
        SCENE_ONCE,   /* one call fails */
        SCENE_FROM_ON /* all calls of a kind fail from one on */
};

struct scene {
        struct shim *shim;
        const struct scene_variant *variant;
        enum scene_mode mode;
        bool is_child;   /* of the test's process: a complaint ends it */
        bool may_differ; /* what is seen at checkpoints, from the run without faults */

        struct event_base *base;
        struct event *slots[SCENE_SLOTS]; /* what is watched; NULL: not assigned */
        struct event storage[SCENE_SLOTS];
        int pipes[SCENE_PIPES][2];   /* both ends non-blocking */
        int ncalls;                  /* of callbacks, for what was there */
        int nfinalizing, nfinalized; /* finalizers that are to run, and that have */

        /* The call in ATTEMPT. */
        const char *function;
        int ntries;
        bool has_one_try; /* the scenario goes on with what a failure has left */
        long hits_before;
        struct scene_view before;

        struct scene_view recorded[SCENE_CHECKPOINTS];
        int nrecorded;
        int checkpoint;
};

/* Starts and ends. Pipes are the test's own, and outlive runs. */
void scene_begin(struct scene *s, struct shim *shim, const struct scene_variant *variant,
                 enum scene_mode mode);
void scene_end(struct scene *s);

void scene_try(struct scene *s, const char *function);
/* Judges the call; whether to try again. */
bool scene_again(struct scene *s, bool has_succeeded);
void scene_must(struct scene *s, bool has_succeeded);
/* Here the scene is as it is without faults. */
void scene_checkpoint(struct scene *s);

/* How often a function reported a failed call, over all scenes; the table that says what may be. */
void scene_print_reports(void);
int scene_missing_reports(void);

/* All functions that ran in the loop may change the scene before the fault: scene_loop watches the
 * rest. */
#define ATTEMPT(s, function, has_succeeded) \
        do                                  \
                scene_try(s, function);     \
        while (scene_again(s, has_succeeded))

#define MUST(s, function, has_succeeded) (scene_try(s, function), scene_must(s, has_succeeded))

typedef void (*scenario_fn)(struct scene *s);

struct scenario {
        const char *name;
        scenario_fn play;
};

extern const struct scenario scenarios[]; /* play == NULL ends */

/* A scenario in parts, of which a child process plays the second: event_reinit after fork(2), and
 * what comes after it. False if that has failed for good: the base is the parent's still, and the
 * child must leave it alone. */
void play_before_fork(struct scene *s);
bool play_in_child(struct scene *s);
/* In the parent: the base has lost nothing. */
void play_after_fork(struct scene *s);

#endif
