/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The layout of struct event, for programs that embed events in their own structures. It is that
 * of libevent 2.1 to the byte. Programs that need not embed use event_new() (event2/event.h), and
 * do not depend on it.
 *
 * A program may read ev_fd, ev_base and ev_events. It may write ev_fd and ev_events, through
 * event_assign() or by hand, while the event is neither pending nor active. All else belongs to
 * the library. While the event is in a base with locking, its fields are protected by the base's
 * lock, which a program cannot take; the functions event_get_*() do not need it.
 *
 * A struct event is moved or copied only while it is neither pending nor active. Zeroed storage is
 * an event that is not initialised, and event_initialized() says so; other contents of fresh
 * memory are not known to the library, and event_assign() or event_set() comes first.
 *
 * The links are those of TAILQ_ENTRY and LIST_ENTRY in <sys/queue.h> (queue(7)), written out, so
 * that its macros are neither needed, defined nor undefined here, whichever is included first.
 */
#ifndef EVENT2_EVENT_STRUCT_H_INCLUDED_
#define EVENT2_EVENT_STRUCT_H_INCLUDED_

#include <event2/event-config.h>
#include <sys/types.h>
#include <sys/time.h>
#include <event2/util.h>
#include <event2/keyvalq_struct.h>

#ifdef __cplusplus
extern "C" {
#endif

/** @name State of an event
 * Bits of evcb_flags. They are public because programs built with libevent's macros test them.
 * @{ */
#define EVLIST_TIMEOUT      0x01 /**< its timeout is running */
#define EVLIST_INSERTED     0x02 /**< it waits for a descriptor or a signal */
#define EVLIST_SIGNAL       0x04 /**< unused */
#define EVLIST_ACTIVE       0x08 /**< its callback is about to run in this turn of the loop */
#define EVLIST_INTERNAL     0x10 /**< the library's own: does not keep the loop alive */
#define EVLIST_ACTIVE_LATER 0x20 /**< its callback is about to run in the next turn */
#define EVLIST_FINALIZING   0x40 /**< event_finalize() was called: it cannot be added any more */
#define EVLIST_INIT         0x80 /**< it was assigned */
#define EVLIST_ALL          0xff /**< all of them */
/** @} */

struct event;
struct event_base;

/** What the queue of active callbacks needs to know; the first part of every event. */
struct event_callback {
        struct {
                struct event_callback *tqe_next;
                struct event_callback **tqe_prev;
        } evcb_active_next;      /**< link in a queue of active callbacks */
        short evcb_flags;        /**< EVLIST_* */
        ev_uint8_t evcb_pri;     /**< priority: a smaller number runs first */
        ev_uint8_t evcb_closure; /**< in which way the callback is to be called */
        union {
                void (*evcb_callback)(evutil_socket_t, short, void *);
                void (*evcb_selfcb)(struct event_callback *, void *);
                void (*evcb_evfinalize)(struct event *, void *);
                void (*evcb_cbfinalize)(struct event_callback *, void *);
        } evcb_cb_union; /**< the callback; evcb_closure says which member */
        void *evcb_arg;  /**< its last argument */
};

/** A condition that is waited for, and the callback that is run when it holds. */
struct event {
        struct event_callback ev_evcallback;
        union {
                struct {
                        struct event *tqe_next;
                        struct event **tqe_prev;
                } ev_next_with_common_timeout; /**< link in the queue of one common timeout */
                int min_heap_idx; /**< place in the heap of timeouts, -1 if not there */
        } ev_timeout_pos;
        evutil_socket_t ev_fd; /**< descriptor, or number of a signal, or -1 */
        struct event_base *ev_base;
        union {
                struct {
                        struct {
                                struct event *le_next;
                                struct event **le_prev;
                        } ev_io_next;              /**< events of the same descriptor */
                        struct timeval ev_timeout; /**< the interval of a persistent event */
                } ev_io;
                struct {
                        struct {
                                struct event *le_next;
                                struct event **le_prev;
                        } ev_signal_next;  /**< events of the same signal */
                        short ev_ncalls;   /**< how often the callback is still to be called */
                        short *ev_pncalls; /**< that count while it is being called, else NULL */
                } ev_signal;
        } ev_;
        short ev_events;           /**< EV_* that are waited for */
        short ev_res;              /**< EV_* that came up, as the callback gets them */
        struct timeval ev_timeout; /**< when the timeout is due, on the library's own clock */
};

/** A queue of events. */
struct event_list {
        struct event *tqh_first;
        struct event **tqh_last;
};

/** A list of events. */
struct event_dlist {
        struct event *lh_first;
};

#ifdef __cplusplus
}
#endif

#endif
