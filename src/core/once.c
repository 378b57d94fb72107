/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * event_base_once: an event of the library's own, for one call. It is freed when it has run, or
 * with its base.
 */
#include "core/once.h"

#include <errno.h>
#include <event2/event.h>

#include "core/debug.h"
#include "core/event.h"
#include "os/os.h"

struct evi_once {
        struct evi_link link; /* in base->onces until it runs; base lock */
        struct event ev;
        event_callback_fn callback;
        void *arg;
};

static void once_free(struct os *os, struct evi_once *once)
{
        evi_debug_note_unassigned(&once->ev);
        os_free(os, once);
}

static void run(evutil_socket_t fd, short what, void *arg)
{
        struct evi_once *once = arg;
        struct event_base *base = once->ev.ev_base;

        once->callback(fd, what, once->arg);
        evi_base_lock(base);
        if (evi_link_is_listed(&once->link))
                evi_list_remove(&once->link);
        evi_base_unlock(base);
        once_free(base->os, once);
}

/* A timeout alone that is zero or absent: the callback is to run in the next turn, in the order of
 * the calls. */
static bool is_immediate(short events, const struct timeval *timeout)
{
        const int kinds = EV_TIMEOUT | EV_SIGNAL | EV_READ | EV_WRITE | EV_CLOSED;

        return (events & kinds) == EV_TIMEOUT &&
               (timeout == NULL || (timeout->tv_sec == 0 && timeout->tv_usec == 0));
}

static int start(struct event_base *base, struct evi_once *once, bool is_now,
                 const struct timeval *timeout)
{
        int r = 0;

        evi_base_lock(base);
        if (is_now)
                evi_event_activate(&once->ev, EV_TIMEOUT, 1);
        else
                r = evi_event_add(&once->ev, timeout);
        if (r == 0)
                evi_list_push_tail(&base->onces, &once->link);
        evi_base_unlock(base);
        return r;
}

int event_base_once(struct event_base *base, evutil_socket_t fd, short events,
                    event_callback_fn callback, void *arg, const struct timeval *timeout)
{
        const int io = events & (EV_READ | EV_WRITE | EV_CLOSED);
        const bool is_timeout = (events & EV_TIMEOUT) && io == 0;

        if (base == NULL || (events & (EV_SIGNAL | EV_PERSIST)) || (io == 0 && !is_timeout)) {
                errno = EINVAL;
                return -1;
        }
        struct evi_once *once = os_calloc(base->os, 1, sizeof *once);
        int r = once == NULL ? -ENOMEM : 0;
        if (r == 0) {
                once->callback = callback;
                once->arg = arg;
                r = event_assign(&once->ev, base, is_timeout ? -1 : fd, (short)io, run, once) < 0
                            ? -errno
                            : start(base, once, is_immediate(events, timeout), timeout);
                if (r < 0)
                        once_free(base->os, once);
        }
        if (r < 0)
                errno = -r;
        return r < 0 ? -1 : 0;
}

/* The one that runs now, should it be its callback that frees the base, frees itself. */
void evi_onces_free(struct event_base *base)
{
        struct evi_link *first;

        while ((first = evi_list_first(&base->onces)) != NULL) {
                struct evi_once *once = EVI_CONTAINER_OF(first, struct evi_once, link);
                evi_event_remove(&once->ev);
                evi_list_remove(first);
                if (base->running != &once->ev.ev_evcallback)
                        once_free(base->os, once);
        }
}

static void ask_to_exit(evutil_socket_t fd, short what, void *arg)
{
        struct event_base *base = arg;

        (void)fd;
        (void)what;
        evi_base_lock(base);
        base->wants_exit = true;
        evi_base_unlock(base);
}

int event_base_loopexit(struct event_base *base, const struct timeval *timeout)
{
        return event_base_once(base, -1, EV_TIMEOUT, ask_to_exit, base, timeout);
}
