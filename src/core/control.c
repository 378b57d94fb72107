/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Steering a loop from callbacks and from other threads: break, continue, and what it was that
 * ended it.
 */
#include <errno.h>
#include <event2/event.h>

#include "core/event.h"

int event_base_dispatch(struct event_base *base)
{
        return event_base_loop(base, 0);
}

/* Sets a wish of the base and wakes the loop to see it. */
static int set_wish(struct event_base *base, bool *wish)
{
        evi_base_lock(base);
        *wish = true;
        evi_base_wake(base);
        evi_base_unlock(base);
        return 0;
}

int event_base_loopbreak(struct event_base *base)
{
        if (base == NULL) {
                errno = EINVAL;
                return -1;
        }
        return set_wish(base, &base->wants_break);
}

int event_base_loopcontinue(struct event_base *base)
{
        if (base == NULL) {
                errno = EINVAL;
                return -1;
        }
        return set_wish(base, &base->wants_rescan);
}

static int get_wish(struct event_base *base, const bool *wish)
{
        evi_base_lock(base);
        const int value = *wish;
        evi_base_unlock(base);
        return value;
}

int event_base_got_break(struct event_base *base)
{
        return get_wish(base, &base->wants_break);
}

int event_base_got_exit(struct event_base *base)
{
        return get_wish(base, &base->wants_exit);
}

struct event *event_base_get_running_event(struct event_base *base)
{
        struct event *ev = NULL;

        evi_base_lock(base);
        if (base->running != NULL && evi_base_is_in_loop_thread(base))
                ev = EVI_CONTAINER_OF(base->running, struct event, ev_evcallback);
        evi_base_unlock(base);
        return ev;
}
