/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The queues of active callbacks; active.h has their invariants.
 */
#include "core/active.h"

#include <assert.h>
#include <errno.h>
#include <event2/event.h>
#include <stddef.h>

#include "os/os.h"

static struct evi_link *link_of(struct event_callback *evcb)
{
        return (struct evi_link *)(void *)&evcb->evcb_active_next;
}

static struct event_callback *callback_of(struct evi_link *link)
{
        return EVI_CONTAINER_OF(link, struct event_callback, evcb_active_next);
}

int evi_active_init(struct evi_active *a, struct os *os)
{
        *a = (struct evi_active){NULL, 0, 0};
        return evi_active_resize(a, os, 1);
}

void evi_active_clear(struct evi_active *a, struct os *os)
{
        assert(a->count == 0);
        os_free(os, a->queues);
        a->queues = NULL;
}

int evi_active_resize(struct evi_active *a, struct os *os, int n)
{
        struct evi_link *queues;

        assert(a->count == 0 && n >= 1 && n < EVENT_MAX_PRIORITIES);
        queues = os_calloc(os, (size_t)n, sizeof *queues);
        if (queues == NULL)
                return -ENOMEM;
        for (int i = 0; i < n; i++)
                evi_list_init(&queues[i]);
        os_free(os, a->queues);
        a->queues = queues;
        a->npriorities = n;
        return 0;
}

void evi_active_push(struct evi_active *a, struct event_callback *evcb)
{
        assert(!(evcb->evcb_flags & EVLIST_ACTIVE));
        if (evcb->evcb_pri >= a->npriorities)
                evcb->evcb_pri = (uint8_t)(a->npriorities - 1);
        evi_list_push_tail(&a->queues[evcb->evcb_pri], link_of(evcb));
        evcb->evcb_flags = (short)(evcb->evcb_flags | EVLIST_ACTIVE);
        a->count++;
}

void evi_active_remove(struct evi_active *a, struct event_callback *evcb)
{
        assert(evcb->evcb_flags & EVLIST_ACTIVE);
        evi_list_remove(link_of(evcb));
        evcb->evcb_flags = (short)(evcb->evcb_flags & ~EVLIST_ACTIVE);
        a->count--;
}

struct event_callback *evi_active_first(const struct evi_active *a, int priority)
{
        struct evi_link *first = evi_list_first(&a->queues[priority]);

        return first == NULL ? NULL : callback_of(first);
}

int evi_active_next_priority(const struct evi_active *a)
{
        if (a->count == 0)
                return -1;
        for (int i = 0; i < a->npriorities; i++)
                if (!evi_list_is_empty(&a->queues[i]))
                        return i;
        return -1;
}

int evi_active_foreach(const struct evi_active *a,
                       int (*fn)(struct event_callback *evcb, void *arg), void *arg)
{
        int r = 0;

        for (int i = 0; i < a->npriorities; i++)
                for (struct evi_link *l = evi_list_first(&a->queues[i]); r == 0 && l != NULL;
                     l = evi_list_next(&a->queues[i], l))
                        r = fn(callback_of(l), arg);
        return r;
}

const char *evi_active_verify(const struct evi_active *a)
{
        int count = 0;

        for (int i = 0; i < a->npriorities; i++) {
                const struct evi_link *head = &a->queues[i];
                for (struct evi_link *l = evi_list_first(head); l != NULL;
                     l = evi_list_next(head, l)) {
                        const struct event_callback *evcb = callback_of(l);
                        if (!(evcb->evcb_flags & EVLIST_ACTIVE) || evcb->evcb_pri != i)
                                return "A2: an active callback is not marked so, or in a wrong "
                                       "queue";
                        count++;
                }
        }
        return count == a->count ? NULL : "A1: the count of active callbacks is wrong";
}
