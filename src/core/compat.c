/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The calls of libevent 1.4, which know one base only: the process's current one, made by
 * event_init().
 */
#include <event2/event.h>
#include <event2/event_compat.h>

#include "core/base.h"
#include "os/os.h"
#include "util/log.h"

struct event_base *event_init(void)
{
        struct event_base *base = event_base_new();

        if (base == NULL)
                evi_fatal(os_current(), 1, "event_init: cannot make a base");
        os_current()->process->current_base = base;
        return base;
}

int event_dispatch(void)
{
        return event_loop(0);
}

int event_loop(int flags)
{
        return event_base_loop(evi_base_current(), flags);
}

int event_loopexit(const struct timeval *timeout)
{
        return event_base_loopexit(evi_base_current(), timeout);
}

int event_loopbreak(void)
{
        return event_base_loopbreak(evi_base_current());
}

int event_once(evutil_socket_t fd, short events, event_callback_fn callback, void *arg,
               const struct timeval *timeout)
{
        return event_base_once(evi_base_current(), fd, events, callback, arg, timeout);
}

const char *event_get_method(void)
{
        const struct event_base *base = evi_base_current();

        return base == NULL ? NULL : event_base_get_method(base);
}

int event_priority_init(int npriorities)
{
        return event_base_priority_init(evi_base_current(), npriorities);
}

void event_set(struct event *ev, evutil_socket_t fd, short events, event_callback_fn callback,
               void *arg)
{
        (void)event_assign(ev, evi_base_current(), fd, events, callback, arg);
}
