/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The event core: a base waits for descriptors, signals and times, and runs callbacks.
 *
 *     struct event_base *base = event_base_new();
 *     struct event *ev = event_new(base, fd, EV_READ | EV_PERSIST, on_readable, arg);
 *     event_add(ev, NULL);
 *     event_base_dispatch(base);
 *
 * **An event** is *assigned* (event_new(), event_assign()), then *pending* (event_add()), then
 * *active* when what it waits for has come up, until its callback is called. A persistent event
 * stays pending meanwhile; any other is not pending any more when its callback starts. event_del()
 * ends both.
 *
 * **The loop** turns: it waits until something is ready or due, makes the events of it active, and
 * runs active events of the most urgent priority.
 *
 * **Errors.** A function that can fail returns -1, or NULL, with errno left by the call that
 * failed; the objects are as before. Removing never fails for want of memory or because of the
 * kernel.
 *
 * **Threads.** If event2/thread.h set up locks before the base was made, every function that
 * takes a base or an assigned event may be called from any thread, except those that say
 * otherwise; callbacks run in the thread that runs the loop, without the lock of the base. A change
 * made in another thread wakes the loop if it has to act earlier for it. Only functions that say
 * so wait for another thread.
 *
 * **Time spans** are struct timeval, on a clock that goes on while the wall clock is set, and
 * stands still while the machine is suspended (CLOCK_MONOTONIC, clock_gettime(2)). A span with
 * tv_usec of 1000000 or more is taken as the sum that it is. A negative one is due at once. A
 * timeout is never early. Timeouts that are due at the same instant are run in the order in which
 * they were set.
 *
 * **Odd input** that libevent 2.1 takes is taken here with the same result, and debug mode names
 * it: a base of NULL means the current base (the one that event_init() made), unknown flags are
 * ignored.
 */
#ifndef EVENT2_EVENT_H_INCLUDED_
#define EVENT2_EVENT_H_INCLUDED_

#include <event2/visibility.h>
#include <event2/event-config.h>
#include <sys/types.h>
#include <sys/time.h>
#include <stdio.h>
#include <event2/util.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A base: events, the kernel's mechanism that watches them, and the loop. */
struct event_base;
/** An event. Its layout is in event2/event_struct.h, for those who embed it. */
struct event;
/** What a base shall be like. */
struct event_config;

/* ---- Making a base ------------------------------------------------------------------------ */

/**
 * A base with the best mechanism of this system: event_base_new_with_config() with the defaults.
 *
 * @return the base, to be freed with event_base_free(); NULL if it could not be made
 */
EVENT2_EXPORT_SYMBOL struct event_base *event_base_new(void);

/**
 * A configuration that says nothing yet. It is used by one thread at a time.
 *
 * @return the configuration, to be freed with event_config_free(); NULL if memory is out
 */
EVENT2_EXPORT_SYMBOL struct event_config *event_config_new(void);

/** Frees a configuration. Bases made by it are not touched. */
EVENT2_EXPORT_SYMBOL void event_config_free(struct event_config *cfg);

/**
 * Excludes a mechanism. May be called once for each.
 *
 * @param method a name as event_get_supported_methods() gives it; it is copied. Other names are
 *               taken, and exclude nothing.
 * @return 0, or -1 if memory is out
 */
EVENT2_EXPORT_SYMBOL int event_config_avoid_method(struct event_config *cfg, const char *method);

/** What a mechanism can do. */
enum event_method_feature {
        EV_FEATURE_ET = 0x01,  /**< edge-triggered events (EV_ET) */
        EV_FEATURE_O1 = 0x02,  /**< a change or an event costs the same however many there are */
        EV_FEATURE_FDS = 0x04, /**< any descriptor, also of regular files */
        EV_FEATURE_EARLY_CLOSE = 0x08 /**< the other side's close without reading (EV_CLOSED) */
};

/**
 * Demands a mechanism that has all these features, in place of those that were demanded before.
 *
 * @param features any of enum event_method_feature
 * @return 0, or -1 if cfg is NULL
 */
EVENT2_EXPORT_SYMBOL int event_config_require_features(struct event_config *cfg, int features);

/** How a base behaves. */
enum event_base_config_flag {
        /** No lock, although there are threads: the base and its events belong to one thread. */
        EVENT_BASE_FLAG_NOLOCK = 0x01,
        /** The environment (EVENT_NOEPOLL and kin) does not take part in the choice. */
        EVENT_BASE_FLAG_IGNORE_ENV = 0x02,
        /** Of Windows; without effect here. */
        EVENT_BASE_FLAG_STARTUP_IOCP = 0x04,
        /** Looks at the clock each time it is needed, not once a turn: slower, and exact in
         * callbacks that take long. */
        EVENT_BASE_FLAG_NO_CACHE_TIME = 0x08,
        /** epoll learns of changes once a turn, together. Fewer system calls for programs that add
         * and delete the same descriptors often; wrong for those that give epoll a descriptor
         * and its duplicate (dup(2)). */
        EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST = 0x10,
        /** Waits shorter than a millisecond, where they cost more. */
        EVENT_BASE_FLAG_PRECISE_TIMER = 0x20
};

/**
 * Adds flags to those that are set.
 *
 * @param flag any of enum event_base_config_flag
 * @return 0, or -1 if cfg is NULL
 */
EVENT2_EXPORT_SYMBOL int event_config_set_flag(struct event_config *cfg, int flag);

/**
 * Tells how many processors there are, for Windows. Without effect here.
 *
 * @return 0, or -1 if cfg is NULL
 */
EVENT2_EXPORT_SYMBOL int event_config_set_num_cpus_hint(struct event_config *cfg, int cpus);

/**
 * Bounds how long the loop runs callbacks until it looks for new, more urgent events. When the
 * bound is met it looks at once, and then goes on. A callback is never interrupted.
 *
 * @param max_interval  a time span, NULL for no bound; copied
 * @param max_callbacks a number of callbacks, negative for no bound
 * @param min_priority  the bounds are for priorities of this number and greater: 0 is all of them
 * @return 0
 */
EVENT2_EXPORT_SYMBOL int event_config_set_max_dispatch_interval(struct event_config *cfg,
                                                                const struct timeval *max_interval,
                                                                int max_callbacks,
                                                                int min_priority);

/**
 * A base by a configuration. Of the mechanisms that it allows, the best is taken. The environment
 * excludes some too, unless it must not be trusted (secure_getenv(3)): EVENT_NOEPOLL, EVENT_NOPOLL
 * and EVENT_NOSELECT set to anything; EVENT_EPOLL_USE_CHANGELIST and EVENT_PRECISE_TIMER set the
 * flags of these names, and EVENT_SHOW_METHOD logs the choice.
 *
 * @param cfg NULL for the defaults; it is not needed afterwards
 * @return the base, to be freed with event_base_free(); NULL if no mechanism is left or it could
 *         not be made
 */
EVENT2_EXPORT_SYMBOL struct event_base *event_base_new_with_config(const struct event_config *cfg);

/**
 * Frees a base. Events that are in it are deleted and have no base any more (event_get_base() is
 * NULL); their memory stays their owner's, and descriptors stay open. Finalizers that are due run
 * now. Events of event_base_once() are freed and not run.
 *
 * No other thread may use the base. In a callback of the base, its events are taken out at once; its
 * loop ends with the callback, and the base with the loop. A base that was freed already is not
 * freed again; a warning says so. Events that are in nothing may still be freed after their base;
 * without threads they may be deleted too.
 *
 * @param base NULL is the current base, and nothing if there is none
 */
EVENT2_EXPORT_SYMBOL void event_base_free(struct event_base *base);

/** event_base_free() that does not run finalizers. What they would have freed leaks. */
EVENT2_EXPORT_SYMBOL void event_base_free_nofinalize(struct event_base *base);

/**
 * Makes a base usable in a child process, after fork(2) and before any other function on it there.
 * Until then the child shares the kernel's side of the base with its parent: what it deletes there
 * may be lost to the parent too (epoll(7), 'Questions and answers'). To be called in a process of
 * one thread. Descriptors that the child has closed, and what the kernel refuses otherwise, are
 * left out with a warning. Signals that had arrived in the parent are the parent's.
 *
 * @return 0; -1 with errno ENOMEM, EMFILE or as the kernel has it, if nothing could be made anew:
 *         then the base is as it was, and still shared with the parent
 */
EVENT2_EXPORT_SYMBOL int event_reinit(struct event_base *base);

/** @return the name of the mechanism that a base uses, as "epoll"; a constant of the library */
EVENT2_EXPORT_SYMBOL const char *event_base_get_method(const struct event_base *base);

/**
 * @return names of all mechanisms of this build, best first, ended by NULL. The library owns the
 *         list; it is valid until libevent_global_shutdown().
 */
EVENT2_EXPORT_SYMBOL const char **event_get_supported_methods(void);

/** @return the features of the mechanism that a base uses: enum event_method_feature */
EVENT2_EXPORT_SYMBOL int event_base_get_features(const struct event_base *base);

/* ---- The loop ----------------------------------------------------------------------------- */

/** @name Flags of event_base_loop()
 * @{ */
#define EVLOOP_ONCE     0x01 /**< wait until events are active, run them, return */
#define EVLOOP_NONBLOCK 0x02 /**< run what is ready now, without waiting, return */
#define EVLOOP_NO_EXIT_ON_EMPTY \
        0x04 /**< go on although there are no events: another thread adds some */
/** @} */

/**
 * Runs the loop in the calling thread: until it is told to end, until there is no event left, or
 * as the flags say. If another thread deletes the last event it ends at once.
 *
 * A base runs one loop at a time: within one of its callbacks, or while another thread runs it,
 * this fails with a warning.
 *
 * @param flags any of EVLOOP_*, or 0
 * @return 0 if it was told to end, or did what the flags say; 1 if no event is pending or active;
 *         -1 on error
 */
EVENT2_EXPORT_SYMBOL int event_base_loop(struct event_base *base, int flags);

/** event_base_loop() without flags. */
EVENT2_EXPORT_SYMBOL int event_base_dispatch(struct event_base *base);

/**
 * Ends the loop after the turn in which the time has passed: callbacks that are active by then run
 * still. A loop that does not run yet ends so after it was started.
 *
 * @param delay a time span from now, NULL for the present turn (or the first)
 * @return 0, or -1 on error
 */
EVENT2_EXPORT_SYMBOL int event_base_loopexit(struct event_base *base, const struct timeval *delay);

/**
 * Ends the loop after the callback that is running, or at once if none is. Events that are active
 * stay so, for the next loop. Starting a loop forgets what was asked before.
 *
 * @return 0, or -1 on error
 */
EVENT2_EXPORT_SYMBOL int event_base_loopbreak(struct event_base *base);

/**
 * Lets the loop look for new events after the callback that is running, before others that are
 * active. For callbacks that made something more urgent active. Without effect if the loop does not
 * run callbacks.
 *
 * @return 0, or -1 on error
 */
EVENT2_EXPORT_SYMBOL int event_base_loopcontinue(struct event_base *base);

/** @return 1 if event_base_loopexit() ended the last loop or is about to end this one, else 0 */
EVENT2_EXPORT_SYMBOL int event_base_got_exit(struct event_base *base);

/** @return 1 if event_base_loopbreak() ended the last loop or is about to end this one, else 0 */
EVENT2_EXPORT_SYMBOL int event_base_got_break(struct event_base *base);

/* ---- Making events ------------------------------------------------------------------------ */

/** @name What an event waits for, how, and what came up
 * @{ */
#define EV_TIMEOUT  0x01 /**< its time has passed. To wait for it, give event_add() a time. */
#define EV_READ     0x02 /**< the descriptor can be read, or is at its end or in error */
#define EV_WRITE    0x04 /**< the descriptor can be written, or is in error */
#define EV_SIGNAL   0x08 /**< the signal came. The descriptor is its number. */
#define EV_PERSIST  0x10 /**< stays pending when its callback runs; a timeout starts anew */
#define EV_ET       0x20 /**< edge-triggered: once for each change; see EV_FEATURE_ET */
#define EV_FINALIZE 0x40 /**< event_del() does not wait for the callback; see event_finalize() */
#define EV_CLOSED   0x80 /**< the other side has closed; see EV_FEATURE_EARLY_CLOSE */
/** @} */

/**
 * What an event calls, in the thread that runs the loop. It may use every function on the event and
 * its base, and may delete and free the event.
 *
 * @param fd   the event's descriptor, or number of a signal, or -1
 * @param what what came up: EV_TIMEOUT, EV_READ, EV_WRITE, EV_SIGNAL, EV_CLOSED, or what was given
 *             to event_active(); also several. Nothing that came up before the call is lost.
 * @param arg  what was given with the callback
 */
typedef void (*event_callback_fn)(evutil_socket_t fd, short what, void *arg);

/**
 * A new event, not pending.
 *
 * @param base   the base that it is for; NULL is the current base
 * @param fd     a descriptor, or with EV_SIGNAL a signal's number, or -1 for an event that has
 *               only a timeout or is made active by hand. The descriptor stays the caller's, and
 *               must be open until the event was deleted.
 * @param events EV_* that it waits for, and EV_PERSIST, EV_ET, EV_FINALIZE; EV_TIMEOUT need not be
 *               given. EV_SIGNAL does not go with EV_READ, EV_WRITE and EV_CLOSED.
 * @param arg    goes to the callback; event_self_cbarg() is the event itself
 * @return the event, to be freed with event_free(); NULL if memory is out or the flags do not go
 *         together
 */
EVENT2_EXPORT_SYMBOL struct event *event_new(struct event_base *base, evutil_socket_t fd,
                                             short events, event_callback_fn callback, void *arg);

/** @return an argument for event_new() that stands for the event which is made there */
EVENT2_EXPORT_SYMBOL void *event_self_cbarg(void);

/**
 * Deletes an event, as event_del() does, and frees it. If its callback runs in another thread this
 * waits for its end.
 *
 * @param ev from event_new()
 */
EVENT2_EXPORT_SYMBOL void event_free(struct event *ev);

/**
 * event_new() in memory of the caller: at least event_get_struct_event_size() bytes, aligned as for
 * pointers, with any contents. The event must not be pending or active; debug mode finds out.
 *
 * The memory may be freed or used otherwise after event_del(); in debug mode
 * event_debug_unassign() comes first.
 *
 * @return 0, or -1 if the flags do not go together
 */
EVENT2_EXPORT_SYMBOL int event_assign(struct event *ev, struct event_base *base, evutil_socket_t fd,
                                      short events, event_callback_fn callback, void *arg);

/**
 * Moves an event to another base, with that one's middle priority. It must have been assigned, and
 * be neither pending nor active. Not to be called while another thread uses the event.
 *
 * @return 0, or -1 if it is pending or active
 */
EVENT2_EXPORT_SYMBOL int event_base_set(struct event_base *base, struct event *ev);

/**
 * Calls back once, without an event to look after: the base keeps it, and frees it after the call
 * or with itself.
 *
 * @param events EV_READ, EV_WRITE, EV_CLOSED in any combination, or EV_TIMEOUT alone
 * @param timeout a time span, NULL for none; with EV_TIMEOUT alone NULL is at once. The callback is
 *                called for the first of both.
 * @return 0; -1 if the events are others, or on error
 */
EVENT2_EXPORT_SYMBOL int event_base_once(struct event_base *base, evutil_socket_t fd, short events,
                                         event_callback_fn callback, void *arg,
                                         const struct timeval *timeout);

/** What event_finalize() calls; arg is the event's own argument. */
typedef void (*event_finalize_callback_fn)(struct event *ev, void *arg);

/**
 * Deletes an event without waiting, and calls back in the loop when its own callback is not
 * running and never will again: then what they share may be freed. The event cannot be added any
 * more. event_base_free() calls back too.
 *
 * Events that are deleted so are best made with EV_FINALIZE: event_del() does not wait for those.
 *
 * @param flags    0
 * @param callback runs once, in the loop's thread
 * @return 0, or -1 on error
 */
EVENT2_EXPORT_SYMBOL int event_finalize(unsigned flags, struct event *ev,
                                        event_finalize_callback_fn callback);

/** event_finalize() that frees the event, which event_new() made, after calling back. */
EVENT2_EXPORT_SYMBOL int event_free_finalize(unsigned flags, struct event *ev,
                                             event_finalize_callback_fn callback);

/* ---- Adding and deleting ------------------------------------------------------------------ */

/**
 * Makes an event pending. If it is so already, only its timeout changes.
 *
 * When a persistent event's timeout has passed it starts anew from when it was due, so that it does
 * not drift; after other activity, from then. Periods that were missed altogether are left out. A
 * span of zero is due once, and does not start anew.
 *
 * @param timeout a time span from now; NULL for none, or, if one is running, to leave it; or what
 *                event_base_init_common_timeout() returned. It is copied.
 * @return 0; -1 if the kernel refuses the descriptor (EPERM: epoll does not take regular files), on
 *         mixing EV_ET with level-triggered events of the same descriptor (EINVAL), if the event is
 *         being finalized, or if memory is out
 */
EVENT2_EXPORT_SYMBOL int event_add(struct event *ev, const struct timeval *timeout);

/**
 * Stops the timeout of a pending event, which goes on to wait for the rest. Nothing else happens to
 * an event that has no timeout.
 *
 * @return 0, or -1 if the event has no base
 */
EVENT2_EXPORT_SYMBOL int event_remove_timer(struct event *ev);

/**
 * Makes an event neither pending nor active. After it returned the callback is not called again,
 * and the descriptor may be closed; if it was closed before, that is well too.
 *
 * If the callback is running in another thread this waits for its end, unless the event has
 * EV_FINALIZE. So the caller must not hold a lock that the callback takes.
 *
 * @return 0; -1 only for what is not an event of any base
 */
EVENT2_EXPORT_SYMBOL int event_del(struct event *ev);

/** event_del() that does not wait: the callback may still be running when it returns. */
EVENT2_EXPORT_SYMBOL int event_del_noblock(struct event *ev);

/** event_del() that waits even if the event has EV_FINALIZE. */
EVENT2_EXPORT_SYMBOL int event_del_block(struct event *ev);

/**
 * Makes an assigned event active by hand, pending or not. If it is active already, the flags are
 * added to what its callback will get.
 *
 * @param res    EV_* for the callback
 * @param ncalls with EV_SIGNAL in the event how often the callback is called; else without effect
 */
EVENT2_EXPORT_SYMBOL void event_active(struct event *ev, int res, short ncalls);

/* ---- Asking events ------------------------------------------------------------------------ */

/**
 * What an event waits for or is active with.
 *
 * @param events the EV_* that are asked about
 * @param tv     if not NULL, and EV_TIMEOUT is in both events and the result: receives the time of
 *               the wall clock at which the timeout is due
 * @return those of events that hold, else 0
 */
EVENT2_EXPORT_SYMBOL int event_pending(const struct event *ev, short events, struct timeval *tv);

/**
 * Whether an event was assigned. On zeroed memory it is 0, on other memory that was not assigned
 * the result has no meaning.
 *
 * @return 1 or 0
 */
EVENT2_EXPORT_SYMBOL int event_initialized(const struct event *ev);

/** @name What an event was assigned
 * They take no lock.
 * @{ */
EVENT2_EXPORT_SYMBOL evutil_socket_t event_get_fd(const struct event *ev);
#define event_get_signal(ev) ((int)event_get_fd(ev))
EVENT2_EXPORT_SYMBOL struct event_base *event_get_base(const struct event *ev);
EVENT2_EXPORT_SYMBOL short event_get_events(const struct event *ev);
EVENT2_EXPORT_SYMBOL event_callback_fn event_get_callback(const struct event *ev);
EVENT2_EXPORT_SYMBOL void *event_get_callback_arg(const struct event *ev);
EVENT2_EXPORT_SYMBOL int event_get_priority(const struct event *ev);
/** All of them but the priority; a result that is not wanted is NULL. */
EVENT2_EXPORT_SYMBOL void event_get_assignment(const struct event *ev, struct event_base **base_out,
                                               evutil_socket_t *fd_out, short *events_out,
                                               event_callback_fn *callback_out, void **arg_out);
/** @} */

/** @return the size of struct event in the library that runs; more than the header's if it grew */
EVENT2_EXPORT_SYMBOL size_t event_get_struct_event_size(void);

/** @return the event whose callback is running, if the caller is that callback; else NULL */
EVENT2_EXPORT_SYMBOL struct event *event_base_get_running_event(struct event_base *base);

/* ---- Names for timers, signals, and events made active by hand ---------------------------- */

/** @name A timer: an event with a timeout alone
 * @{ */
#define evtimer_new(b, cb, arg)        event_new((b), -1, 0, (cb), (arg))
#define evtimer_assign(ev, b, cb, arg) event_assign((ev), (b), -1, 0, (cb), (arg))
#define evtimer_add(ev, tv)            event_add((ev), (tv))
#define evtimer_del(ev)                event_del(ev)
#define evtimer_pending(ev, tv)        event_pending((ev), EV_TIMEOUT, (tv))
#define evtimer_initialized(ev)        event_initialized(ev)
/** @} */

/** @name A signal x, each time that it comes
 * Any number of bases may watch the same signal; each is told.
 * @{ */
#define evsignal_new(b, x, cb, arg) event_new((b), (x), EV_SIGNAL | EV_PERSIST, (cb), (arg))
#define evsignal_assign(ev, b, x, cb, arg) \
        event_assign((ev), (b), (x), EV_SIGNAL | EV_PERSIST, (cb), (arg))
#define evsignal_add(ev, tv)     event_add((ev), (tv))
#define evsignal_del(ev)         event_del(ev)
#define evsignal_pending(ev, tv) event_pending((ev), EV_SIGNAL, (tv))
#define evsignal_initialized(ev) event_initialized(ev)
/** @} */

/** @name An event that the program makes active by hand
 * @{ */
#define evuser_new(b, cb, arg) event_new((b), -1, 0, (cb), (arg))
#define evuser_trigger(ev)     event_active((ev), 0, 0)
#define evuser_del(ev)         event_del(ev)
#define evuser_pending(ev, tv) event_pending((ev), 0, (tv))
#define evuser_initialized(ev) event_initialized(ev)
/** @} */

/* ---- Priorities --------------------------------------------------------------------------- */

/** No base has as many priorities as this. */
#define EVENT_MAX_PRIORITIES 256

/**
 * Sets how many priorities a base has: 0 is the most urgent. As long as events of one priority are
 * active, none of a greater number are run. A new base has one; an event that is assigned later
 * gets the middle one, n_priorities / 2. To be called before events are active.
 *
 * @param n_priorities 1 to EVENT_MAX_PRIORITIES - 1
 * @return 0; -1 if the number is out of range, events are active, or memory is out
 */
EVENT2_EXPORT_SYMBOL int event_base_priority_init(struct event_base *base, int n_priorities);

/** @return how many priorities a base has */
EVENT2_EXPORT_SYMBOL int event_base_get_npriorities(struct event_base *base);

/**
 * Sets the priority of an event that is not active.
 *
 * @return 0; -1 if the event is active, or its base has no such priority
 */
EVENT2_EXPORT_SYMBOL int event_priority_set(struct event *ev, int priority);

/* ---- Time --------------------------------------------------------------------------------- */

/**
 * Makes a queue for one length of timeout. Where thousands of events have the same timeout, adding
 * one costs the same however many there are.
 *
 * @param duration a time span below 2^20 * 1000000 seconds
 * @return what to give to event_add() in place of duration, on this base alone. It may be copied;
 *         its tv_usec carries the number of the queue, so it is no time span for anything else.
 *         The base owns it, and asked again for the same length returns the same. NULL if there
 *         are 256 queues already, or memory is out.
 */
EVENT2_EXPORT_SYMBOL const struct timeval *
event_base_init_common_timeout(struct event_base *base, const struct timeval *duration);

/**
 * The time of the wall clock, as of when the loop began to run the callbacks of this turn; outside
 * callbacks, or if the base keeps no time, gettimeofday(2).
 *
 * @param base NULL is the current base
 * @param tv   receives the time
 * @return 0, or -1 on error
 */
EVENT2_EXPORT_SYMBOL int event_base_gettimeofday_cached(struct event_base *base,
                                                        struct timeval *tv);

/**
 * Looks at the clock anew, in a callback that took long, so that timeouts which it adds now count
 * from now.
 *
 * @param base NULL is the current base
 * @return 0, or -1 on error
 */
EVENT2_EXPORT_SYMBOL int event_base_update_cache_time(struct event_base *base);

/**
 * Reads the clock on which a base counts: see evutil_gettime_monotonic().
 *
 * @param tp receives the time
 * @return 0; -1 on error, or if base or tp is NULL
 */
EVENT2_EXPORT_SYMBOL int event_gettime_monotonic(struct event_base *base, struct timeval *tp);

/* ---- Looking into a base ------------------------------------------------------------------ */

/** @name What event_base_get_num_events() counts
 * @{ */
#define EVENT_BASE_COUNT_ACTIVE  1U /**< active events */
#define EVENT_BASE_COUNT_VIRTUAL 2U /**< what keeps the loop alive without being an event */
#define EVENT_BASE_COUNT_ADDED   4U /**< events that are pending or active, the library's own too */
/** @} */

/**
 * Counts events.
 *
 * @param flags any of EVENT_BASE_COUNT_*; the result is their sum
 */
EVENT2_EXPORT_SYMBOL int event_base_get_num_events(struct event_base *base, unsigned int flags);

/**
 * The greatest counts that there were.
 *
 * @param flags as for event_base_get_num_events()
 * @param clear not 0: begin anew from the present counts
 */
EVENT2_EXPORT_SYMBOL int event_base_get_max_events(struct event_base *base, unsigned int flags,
                                                   int clear);

/**
 * What event_base_foreach_event() calls. It must not change the event or the base.
 *
 * @return 0 to go on, another value to stop
 */
typedef int (*event_base_foreach_event_cb)(const struct event_base *base, const struct event *ev,
                                           void *arg);

/**
 * Calls back for every event that is pending or active, once for each, with the lock of the base
 * held.
 *
 * @return 0, or what the callback stopped with; -1 if fn or base is NULL
 */
EVENT2_EXPORT_SYMBOL int event_base_foreach_event(struct event_base *base,
                                                  event_base_foreach_event_cb fn, void *arg);

/** Writes pending events and active events to a stream, for people to read. */
EVENT2_EXPORT_SYMBOL void event_base_dump_events(struct event_base *base, FILE *output);

/**
 * event_active() on every pending event of a descriptor that waits for one of these.
 *
 * @param events EV_READ, EV_WRITE, EV_CLOSED; EV_TIMEOUT for those with a timeout running
 */
EVENT2_EXPORT_SYMBOL void event_base_active_by_fd(struct event_base *base, evutil_socket_t fd,
                                                  short events);

/** event_active() on every pending event of a signal, as if it had come once. */
EVENT2_EXPORT_SYMBOL void event_base_active_by_signal(struct event_base *base, int sig);

/* ---- Log ---------------------------------------------------------------------------------- */

/** @name How grave a message is
 * @{ */
#define EVENT_LOG_DEBUG 0
#define EVENT_LOG_MSG   1
#define EVENT_LOG_WARN  2
#define EVENT_LOG_ERR   3

#define _EVENT_LOG_DEBUG EVENT_LOG_DEBUG
#define _EVENT_LOG_MSG   EVENT_LOG_MSG
#define _EVENT_LOG_WARN  EVENT_LOG_WARN
#define _EVENT_LOG_ERR   EVENT_LOG_ERR
/** @} */

/**
 * Takes a message, a line without its end. It may be called from any thread that uses the library,
 * with locks held: it must not call the library.
 *
 * @param severity EVENT_LOG_*
 * @param msg      valid during the call
 */
typedef void (*event_log_cb)(int severity, const char *msg);

/**
 * Sets where messages go, for the whole process. To be called before other threads use the library.
 *
 * @param cb NULL for standard error
 */
EVENT2_EXPORT_SYMBOL void event_set_log_callback(event_log_cb cb);

/** Takes the end of the process. It does not return: exit(3), longjmp(3), abort(3). */
typedef void (*event_fatal_cb)(int err);

/**
 * Sets what is called when the library cannot go on, after a message with EVENT_LOG_ERR. If the
 * callback returns the process exits with err. To be called before other threads use the library.
 *
 * @param cb NULL for exit(3), or abort(3) where the library found itself broken
 */
EVENT2_EXPORT_SYMBOL void event_set_fatal_callback(event_fatal_cb cb);

/** @name Which debug messages there are
 * @{ */
#define EVENT_DBG_NONE 0
#define EVENT_DBG_ALL  0xffffffffu
/** @} */

/**
 * Switches debug messages (EVENT_LOG_DEBUG) on or off, for the whole process.
 *
 * @param which EVENT_DBG_NONE or EVENT_DBG_ALL
 */
EVENT2_EXPORT_SYMBOL void event_enable_debug_logging(ev_uint32_t which);

/* ---- The library in the process ----------------------------------------------------------- */

/**
 * Lets the library check how events are used, and end the process through the fatal callback with a
 * message that names the event: when one is used that was not assigned, is assigned while it is
 * pending, or when its descriptor blocks with EV_ET. It costs time and memory for each event. To be
 * called once, before any event or base is made.
 */
EVENT2_EXPORT_SYMBOL void event_enable_debug_mode(void);

/**
 * Tells debug mode that the memory of an assigned event is given up: it forgets the event, which is
 * then not initialised. The event must be neither pending nor active. event_free() does it by
 * itself.
 */
EVENT2_EXPORT_SYMBOL void event_debug_unassign(struct event *ev);

/**
 * Sets where the library's memory comes from, for the whole process. To be called before anything
 * else, since memory is given back to the functions that are set then.
 *
 * @param malloc_fn  as malloc(3); NULL is malloc(3). If NULL is returned, errno should be ENOMEM.
 * @param realloc_fn as realloc(3); NULL is realloc(3)
 * @param free_fn    as free(3); NULL is free(3)
 */
EVENT2_EXPORT_SYMBOL void event_set_mem_functions(void *(*malloc_fn)(size_t sz),
                                                  void *(*realloc_fn)(void *ptr, size_t sz),
                                                  void (*free_fn)(void *ptr));
/** Says that event_set_mem_functions() exists. */
#define EVENT_SET_MEM_FUNCTIONS_IMPLEMENTED

/**
 * Gives back what the library keeps for the whole process, so that tools which look for leaks see
 * none. To be called last of all, after every base and event was freed, and no other thread is in
 * the library.
 */
EVENT2_EXPORT_SYMBOL void libevent_global_shutdown(void);

/** The version of libevent whose interface these headers are. */
#define LIBEVENT_VERSION        EVENT__VERSION
#define LIBEVENT_VERSION_NUMBER EVENT__NUMERIC_VERSION

/** @return LIBEVENT_VERSION as the library that runs has it; a constant */
EVENT2_EXPORT_SYMBOL const char *event_get_version(void);

/** @return LIBEVENT_VERSION_NUMBER as the library that runs has it */
EVENT2_EXPORT_SYMBOL ev_uint32_t event_get_version_number(void);

#ifdef __cplusplus
}
#endif

#endif
