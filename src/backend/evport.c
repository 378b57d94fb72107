/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Event ports of illumos and Solaris (port_create(3C)).
 *
 * A descriptor is associated with the port together with the events that are wanted and a word of
 * ours, which carries the generation.
 *
 * What is odd about it, and what is done here:
 *  - Fetching an event ends the association (port_associate(3C)). The loop wants levels: so prepare
 *    associates again what was fetched and is still wanted, whereupon the kernel looks at the
 *    descriptor anew. To do it as soon as the event is fetched would report what the callback is
 *    about to read away.
 *  - The event says which descriptor, but what is wanted of it must be known by number.
 *  - Closing a descriptor ends its association: neither dissociating (ENOENT, EBADF) nor
 *    associating again (EBADF) is an error then.
 *  - The number of associations is limited (port_associate(3C), process.max-port-events). The seam
 *    says ENOSPC, which is epoll's word for its limit; who adds an event is told.
 *  - Others may send to a port (port_send(3C), port_alert(3C)): what is of no descriptor is not
 *    ours.
 *  - Associations belong to the process that made them (port_associate(3C)): event_reinit() makes a
 *    new port.
 *  - It has no edges: associating again reports what is still there. libevent's names no feature at
 *    all, and programs that require one go on to /dev/poll; so here.
 *
 * Threads: wait touches the batch, which set does not.
 */
#include <errno.h>
#include <event2/event.h>
#include <stdbool.h>
#include <stdint.h>

#include "backend/backend.h"
#include "backend/batch.h"
#include "backend/poll_bits.h"
#include "backend/registry.h"
#include "os/os.h"
#include "os/ports.h"

struct evport {
        struct backend backend;
        int port;
        struct evi_registry registry; /* of struct evport_entry */
        struct evi_batch batch;       /* of struct port_event */

        /* Those whose events were fetched, to be associated again, in that order: descriptors
         * and 1; 0: none. */
        uint32_t first_fetched;
        uint32_t last_fetched;
};

struct evport_entry {
        uint32_t generation;
        short events; /* that are wanted */
        bool is_fetched;
        uint32_t next; /* in the list of those that were, likewise */
        uint32_t previous;
};

struct evport_state {
        uint32_t generation;
};

static struct evport *evport_of(struct backend *b)
{
        return (struct evport *)b;
}

static bool evport_is_available(const struct os *os)
{
        return os_has_ports(os);
}

static int evport_open(struct os *os, unsigned flags, struct backend **out)
{
        struct evport *p = os_calloc(os, 1, sizeof *p);
        int r;

        (void)flags;
        if (p == NULL)
                return -ENOMEM;
        r = evi_batch_init(&p->batch, os, sizeof(struct port_event));
        if (r < 0)
                goto no_batch;
        r = os_port_create(os);
        if (r < 0)
                goto no_port;
        p->backend = (struct backend){.ops = &evi_backend_evport, .os = os};
        p->port = r;
        evi_registry_init(&p->registry, sizeof(struct evport_entry));
        *out = &p->backend;
        return 0;
no_port:
        evi_batch_clear(&p->batch, os);
no_batch:
        os_free(os, p);
        return r;
}

static void evport_close(struct backend *b)
{
        struct evport *p = evport_of(b);

        (void)os_close(b->os, p->port);
        evi_registry_clear(&p->registry, b->os);
        evi_batch_clear(&p->batch, b->os);
        os_free(b->os, p);
}

/* ---- The list of those that were fetched ------------------------------------------------- */

static struct evport_entry *entry_of(struct evport *p, uint32_t link)
{
        return evi_registry_find(&p->registry, (int)link - 1);
}

static void list_fetched(struct evport *p, int fd, struct evport_entry *entry)
{
        const uint32_t link = (uint32_t)fd + 1;

        if (entry->is_fetched)
                return;
        entry->is_fetched = true;
        entry->previous = p->last_fetched;
        entry->next = 0;
        if (p->last_fetched != 0)
                entry_of(p, p->last_fetched)->next = link;
        else
                p->first_fetched = link;
        p->last_fetched = link;
}

static void unlist_fetched(struct evport *p, struct evport_entry *entry)
{
        if (!entry->is_fetched)
                return;
        entry->is_fetched = false;
        if (entry->previous != 0)
                entry_of(p, entry->previous)->next = entry->next;
        else
                p->first_fetched = entry->next;
        if (entry->next != 0)
                entry_of(p, entry->next)->previous = entry->previous;
        else
                p->last_fetched = entry->previous;
}

/* ---- Interest ---------------------------------------------------------------------------- */

static int associate(struct evport *p, int fd, short events, uint32_t generation)
{
        return os_port_associate(p->backend.os, p->port, fd, events, (void *)(uintptr_t)generation);
}

static int forget(struct evport *p, int fd, struct evport_state *state)
{
        struct evport_entry *entry = evi_registry_find(&p->registry, fd);
        int r = 0;

        if (entry != NULL) {
                r = os_port_dissociate(p->backend.os, p->port, fd);
                unlist_fetched(p, entry);
                evi_registry_drop(&p->registry, p->backend.os, fd);
        }
        state->generation = 0;
        evi_batch_trim(&p->batch, p->backend.os, p->registry.nused);
        return r == -ENOENT || r == -EBADF ? 0 : r;
}

/* A descriptor of which nothing was known. */
static int enter(struct evport *p, int fd, short events, struct evport_state *state)
{
        struct evport_entry *entry = evi_registry_obtain(&p->registry, p->backend.os, fd);
        int r;

        if (entry == NULL)
                return -ENOMEM;
        r = associate(p, fd, events, entry->generation);
        if (r < 0) {
                evi_registry_drop(&p->registry, p->backend.os, fd);
                return r;
        }
        entry->events = events;
        state->generation = entry->generation;
        return 0;
}

static int evport_set(struct backend *b, int fd, short was, short now, void *fd_state)
{
        struct evport *p = evport_of(b);
        struct evport_state *state = fd_state;
        struct evport_entry *entry = evi_registry_find(&p->registry, fd);
        const short events = evi_poll_asked(now & (EV_READ | EV_WRITE));
        uint32_t generation = state->generation;
        int r;

        if (events == 0)
                return forget(p, fd, state);
        if (entry == NULL)
                return enter(p, fd, events, state);
        if (was == now)
                generation = evi_registry_next_generation(&p->registry);
        r = associate(p, fd, events, generation);
        if (r < 0)
                return r;
        unlist_fetched(p, entry);
        entry->events = events;
        entry->generation = generation;
        state->generation = generation;
        return 0;
}

/* ---- The phases -------------------------------------------------------------------------- */

static int associate_fetched(struct evport *p)
{
        while (p->first_fetched != 0) {
                struct evport_entry *entry = entry_of(p, p->first_fetched);
                const int fd = (int)p->first_fetched - 1;
                const int r = associate(p, fd, entry->events, entry->generation);

                if (r < 0 && r != -EBADF)
                        return r;
                unlist_fetched(p, entry);
        }
        return 0;
}

static int evport_prepare(struct backend *b)
{
        struct evport *p = evport_of(b);
        const int r = associate_fetched(p);

        if (r < 0)
                return r;
        evi_batch_begin(&p->batch, b->os, p->registry.nused);
        return 0;
}

static int evport_wait(struct backend *b, int64_t timeout_ns)
{
        struct evport *p = evport_of(b);
        const int n = os_port_getn(b->os, p->port, p->batch.entries, p->batch.capacity, timeout_ns);

        return evi_batch_end_wait(&p->batch, n);
}

static int evport_collect(struct backend *b, struct fd_ready *out, int max)
{
        struct evport *p = evport_of(b);
        const struct port_event *event;
        int n = 0;

        while (n < max && (event = evi_batch_take(&p->batch)) != NULL) {
                const int fd = (int)event->portev_object;
                const uint32_t generation = (uint32_t)(uintptr_t)event->portev_user;
                struct evport_entry *entry;

                if (event->portev_source != PORT_SOURCE_FD)
                        continue;
                entry = evi_registry_find(&p->registry, fd);
                if (entry == NULL || entry->generation != generation)
                        continue;
                list_fetched(p, fd, entry);
                out[n++] = (struct fd_ready){.fd = fd,
                                             .what = evi_poll_ready(event->portev_events),
                                             .generation = generation};
        }
        return n;
}

static int evport_descriptor(const struct backend *b)
{
        return ((const struct evport *)b)->port;
}

const struct backend_ops evi_backend_evport = {
        .name = "evport",
        .features = 0,
        .fd_state_size = sizeof(struct evport_state),
        .is_batching = false,
        .is_available = evport_is_available,
        .open = evport_open,
        .close = evport_close,
        .set = evport_set,
        .prepare = evport_prepare,
        .wait = evport_wait,
        .collect = evport_collect,
        .descriptor = evport_descriptor,
};
