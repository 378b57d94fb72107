/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Functions and names of libevent 1.4. They work on the current base: the one that the last
 * event_init() of the process made. That makes them unfit for programs with several threads or
 * several bases; new programs name their base (event2/event.h).
 *
 * The current base is one variable of the process. These functions read it without a lock: call
 * them from the thread that runs the loop. Called before event_init() they return -1 or NULL.
 */
#ifndef EVENT2_EVENT_COMPAT_H_INCLUDED_
#define EVENT2_EVENT_COMPAT_H_INCLUDED_

#include <event2/visibility.h>
#include <event2/event-config.h>
#include <sys/types.h>
#include <sys/time.h>
#include <event2/util.h>

#ifdef __cplusplus
extern "C" {
#endif

struct event;
struct event_base;

/**
 * Makes a base and makes it the current one. The caller owns it, and frees it with
 * event_base_free(); the one that was current before is left as it is. Where event_base_new()
 * returns NULL this ends the process through the fatal callback (event_set_fatal_callback()), as
 * libevent does, because programs do not test the result.
 *
 * @return the new base
 */
EVENT2_EXPORT_SYMBOL struct event_base *event_init(void);

/** event_base_dispatch() on the current base. */
EVENT2_EXPORT_SYMBOL int event_dispatch(void);

/** event_base_loop() on the current base. */
EVENT2_EXPORT_SYMBOL int event_loop(int flags);

/** event_base_loopexit() on the current base. */
EVENT2_EXPORT_SYMBOL int event_loopexit(const struct timeval *delay);

/** event_base_loopbreak() on the current base. */
EVENT2_EXPORT_SYMBOL int event_loopbreak(void);

/** event_base_once() on the current base. */
EVENT2_EXPORT_SYMBOL int event_once(evutil_socket_t fd, short events,
                                    void (*callback)(evutil_socket_t, short, void *), void *arg,
                                    const struct timeval *timeout);

/** event_base_get_method() on the current base. */
EVENT2_EXPORT_SYMBOL const char *event_get_method(void);

/** event_base_priority_init() on the current base. */
EVENT2_EXPORT_SYMBOL int event_priority_init(int n_priorities);

/**
 * event_assign() on the current base, which may be none yet: event_base_set() can give the event
 * its base before it is added. The memory of ev stays the caller's. A combination of flags that
 * event_assign() refuses is logged, and nothing tells the caller.
 */
EVENT2_EXPORT_SYMBOL void event_set(struct event *ev, evutil_socket_t fd, short events,
                                    void (*callback)(evutil_socket_t, short, void *), void *arg);

/** @name A timer on the current base
 * @{ */
#define evtimer_set(ev, cb, arg) event_set((ev), -1, 0, (cb), (arg))
#define timeout_set(ev, cb, arg) event_set((ev), -1, 0, (cb), (arg))
#define timeout_add(ev, tv)      event_add((ev), (tv))
#define timeout_del(ev)          event_del(ev)
#define timeout_pending(ev, tv)  event_pending((ev), EV_TIMEOUT, (tv))
#define timeout_initialized(ev)  event_initialized(ev)
/** @} */

/** @name A signal on the current base; x is its number
 * @{ */
#define evsignal_set(ev, x, cb, arg) event_set((ev), (x), EV_SIGNAL | EV_PERSIST, (cb), (arg))
#define signal_set(ev, x, cb, arg)   event_set((ev), (x), EV_SIGNAL | EV_PERSIST, (cb), (arg))
#define signal_add(ev, tv)           event_add((ev), (tv))
#define signal_del(ev)               event_del(ev)
#define signal_pending(ev, tv)       event_pending((ev), EV_SIGNAL, (tv))
#define signal_initialized(ev)       event_initialized(ev)
/** @} */

/** @name Old names of event_get_fd() and event_get_signal()
 * A program that has its own EVENT_FD keeps it.
 * @{ */
#ifndef EVENT_FD
#define EVENT_FD(ev)     ((int)event_get_fd(ev))
#define EVENT_SIGNAL(ev) event_get_signal(ev)
#endif
/** @} */

#ifdef __cplusplus
}
#endif

#endif
