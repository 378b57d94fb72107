/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Event ports.
 *
 * Modelled (port_create(3C), port_associate(3C), port_get(3C), port_send(3C)): PORT_SOURCE_FD, one
 * event an association, which ends when it is fetched; an event at once where the descriptor is
 * ready; associating again, which changes events and user; dissociating, which takes back what was
 * not fetched; POLLERR and POLLHUP unasked; EBADF and EBADFD, EINVAL, ENOENT, EACCES of who is not
 * the owner; the end of an association with the close of its descriptor; port_getn with the number
 * that is wanted, a maximum, and ETIME together with what there was; PORT_SOURCE_USER by port_send.
 * An event tells what was ready when it was sent, and what came up until it is fetched.
 * Not modelled: PORT_SOURCE_FILE, _TIMER, _AIO, _MQ, alert mode, the limit of associations.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>

#include "kernel/calls.h"
#include "kernel/descriptor.h"
#include "kernel/wait.h"

#define UNASKED ((unsigned)(POLLERR | POLLHUP))

struct port {
        struct evsim_file file;
        struct evi_link associations;
        struct evi_link queue; /* of those with an event, and of what was sent, in order */
        int nqueued;
        struct evi_link sleepers; /* tasks in port_getn */
};

/* What can be in a port's queue. */
struct item {
        struct evi_link link; /* in port.queue */
        struct port *port;
        bool is_association; /* or it was sent */
        struct port_event event;
};

struct association {
        struct item item; /* first */
        struct evsim_watch watch;
        struct evi_link all; /* in port.associations */
        int process;         /* whose descriptor it is (struct evsim_fdtable) */
        int owner;           /* its number */
        unsigned events;
};

static const struct evsim_file_ops port_ops;

static struct port *port_of(struct evsim_file *file)
{
        return EVI_CONTAINER_OF(file, struct port, file);
}

static struct evsim_memory *memory_of(struct port *p)
{
        return &p->file.host->world->memory;
}

/* ---- The queue ------------------------------------------------------------------------------
 */

static void enqueue(struct item *item)
{
        struct port *p = item->port;

        evi_list_push_tail(&p->queue, &item->link);
        p->nqueued++;
        evsim_sleepers_wake(&p->sleepers);
        evsim_file_notify(&p->file, POLLIN);
}

static void dequeue(struct item *item)
{
        if (!evi_link_is_listed(&item->link))
                return;
        evi_list_remove(&item->link);
        item->port->nqueued--;
}

/* ---- Associations ---------------------------------------------------------------------------
 */

static struct association *association_of(struct evsim_watch *watch)
{
        return EVI_CONTAINER_OF(watch, struct association, watch);
}

static void free_association(struct association *a)
{
        dequeue(&a->item);
        evsim_file_unwatch(&a->watch);
        evi_list_remove(&a->all);
        evsim_memory_free(memory_of(a->item.port), a);
}

/* Sends the event, or adds to it, if there is one. */
static bool look(struct association *a)
{
        const unsigned bits = evsim_file_poll(a->watch.file) & (a->events | UNASKED);

        if (bits == 0)
                return false;
        a->item.event.portev_events |= (int)bits;
        if (!evi_link_is_listed(&a->item.link))
                enqueue(&a->item);
        return true;
}

static bool wake_association(struct evsim_watch *watch, unsigned events)
{
        struct association *a = association_of(watch);

        return (events & (a->events | UNASKED)) != 0 && look(a);
}

static void close_association(struct evsim_watch *watch, struct evsim_fdtable *table, int fd)
{
        struct association *a = association_of(watch);

        if (a->process == table->process && a->item.event.portev_object == (uintptr_t)(unsigned)fd)
                free_association(a);
}

static void lose_association(struct evsim_watch *watch)
{
        free_association(association_of(watch));
}

static const struct evsim_watch_ops association_ops = {
        .wake = wake_association,
        .closed = close_association,
        .gone = lose_association,
};

static struct association *find(struct port *p, struct evsim_file *file, int fd)
{
        for (struct evi_link *l = evi_list_first(&file->watches); l != NULL;
             l = evi_list_next(&file->watches, l)) {
                struct evsim_watch *watch = EVI_CONTAINER_OF(l, struct evsim_watch, link);

                if (watch->ops == &association_ops && association_of(watch)->item.port == p &&
                    association_of(watch)->item.event.portev_object == (uintptr_t)(unsigned)fd)
                        return association_of(watch);
        }
        return NULL;
}

static struct association *make(struct port *p, struct evsim_file *file, int fd)
{
        struct association *a = evsim_memory_zalloc(memory_of(p), sizeof *a);

        a->item.port = p;
        a->item.is_association = true;
        a->item.event.portev_source = PORT_SOURCE_FD;
        a->item.event.portev_object = (uintptr_t)(unsigned)fd;
        a->watch.ops = &association_ops;
        a->process = p->file.host->files.process;
        a->owner = p->file.host->pid;
        evi_list_push_tail(&p->associations, &a->all);
        evsim_file_watch(file, &a->watch);
        return a;
}

/* The port and, for PORT_SOURCE_FD, the file: 0 or -errno. */
static int resolve(struct evsim_host *host, int fd, int source, uintptr_t object, struct port **p,
                   struct evsim_file **file)
{
        struct evsim_file *port = evsim_descriptor_get(host, fd);

        if (port == NULL)
                return -EBADF;
        if (port->ops != &port_ops)
                return -EBADFD;
        if (source == PORT_SOURCE_FILE)
                evsim_unmodelled(host, "port_associate", "PORT_SOURCE_FILE");
        if (source != PORT_SOURCE_FD)
                return -EINVAL;
        *file = object <= INT_MAX ? evsim_descriptor_get(host, (int)object) : NULL;
        *p = port_of(port);
        return *file == NULL ? -EBADFD : 0;
}

int evsim_sys_port_associate(struct evsim_host *host, int port, int source, uintptr_t object,
                             int events, void *user)
{
        int r = evsim_call_begin(host, EVSIM_CALL_PORT_ASSOCIATE);
        struct evsim_file *file = NULL;
        struct port *p = NULL;

        if (r == 0)
                r = resolve(host, port, source, object, &p, &file);
        if (r == 0) {
                struct association *a = find(p, file, (int)object);

                if (a == NULL)
                        a = make(p, file, (int)object);
                dequeue(&a->item);
                a->events = (unsigned)events;
                a->item.event.portev_events = 0;
                a->item.event.portev_user = user;
                (void)look(a);
        }
        return (int)evsim_call_end(host, EVSIM_CALL_PORT_ASSOCIATE, (int)object, events, r);
}

int evsim_sys_port_dissociate(struct evsim_host *host, int port, int source, uintptr_t object)
{
        int r = evsim_call_begin(host, EVSIM_CALL_PORT_DISSOCIATE);
        struct evsim_file *file = NULL;
        struct port *p = NULL;
        struct association *a = NULL;

        if (r == 0)
                r = resolve(host, port, source, object, &p, &file);
        if (r == 0 && (a = find(p, file, (int)object)) == NULL)
                r = -ENOENT;
        if (r == 0 && a->owner != host->pid)
                r = -EACCES;
        if (r == 0)
                free_association(a);
        return (int)evsim_call_end(host, EVSIM_CALL_PORT_DISSOCIATE, (int)object, 0, r);
}

/* ---- A port as a file -----------------------------------------------------------------------
 */

static unsigned poll_port(struct evsim_file *file)
{
        return port_of(file)->nqueued > 0 ? POLLIN : 0;
}

static int foreach_association(struct evsim_file *file,
                               int (*see)(const struct evsim_interest *interest, void *arg),
                               void *arg)
{
        struct port *p = port_of(file);
        int r = 0;

        for (struct evi_link *l = evi_list_first(&p->associations); l != NULL && r == 0;
             l = evi_list_next(&p->associations, l)) {
                struct association *a = EVI_CONTAINER_OF(l, struct association, all);
                const struct evsim_interest interest = {
                        .fd = (int)a->item.event.portev_object,
                        .file = a->watch.file,
                        .events = a->events &
                                  ((unsigned)(POLLIN | POLLOUT) | (unsigned)EVSIM_POLLRDHUP),
                };

                r = see(&interest, arg);
        }
        return r;
}

static void free_item(struct item *item)
{
        if (item->is_association) {
                free_association(EVI_CONTAINER_OF(item, struct association, item));
                return;
        }
        dequeue(item);
        evsim_memory_free(memory_of(item->port), item);
}

static void release_port(struct evsim_file *file)
{
        struct port *p = port_of(file);
        struct evi_link *link;

        while ((link = evi_list_first(&p->associations)) != NULL)
                free_association(EVI_CONTAINER_OF(link, struct association, all));
        while ((link = evi_list_first(&p->queue)) != NULL)
                free_item(EVI_CONTAINER_OF(link, struct item, link));
        evsim_memory_free(memory_of(p), p);
}

static const struct evsim_file_ops port_ops = {
        .name = "event port",
        .poll = poll_port,
        .foreach = foreach_association,
        .release = release_port,
};

static int create_port(struct evsim_host *host)
{
        struct port *p = evsim_memory_zalloc(&host->world->memory, sizeof *p);

        evsim_file_init(&p->file, &port_ops, host, O_RDWR);
        evi_list_init(&p->associations);
        evi_list_init(&p->queue);
        evi_list_init(&p->sleepers);
        return evsim_descriptor_give(host, &p->file, O_CLOEXEC);
}

int evsim_sys_port_create(struct evsim_host *host)
{
        int r = evsim_call_begin(host, EVSIM_CALL_PORT_CREATE);

        if (r == 0)
                r = create_port(host);
        return (int)evsim_call_end(host, EVSIM_CALL_PORT_CREATE, r, 0, r);
}

static struct port *get(struct evsim_host *host, int fd, int *error)
{
        struct evsim_file *file = evsim_descriptor_get(host, fd);

        *error = file == NULL ? -EBADF : file->ops != &port_ops ? -EBADFD : 0;
        return *error == 0 ? port_of(file) : NULL;
}

int evsim_sys_port_send(struct evsim_host *host, int port, int events, void *user)
{
        int r = evsim_call_begin(host, EVSIM_CALL_PORT_SEND);
        int error;
        struct port *p = get(host, port, &error);

        if (r == 0)
                r = error;
        if (r == 0) {
                struct item *item = evsim_memory_zalloc(memory_of(p), sizeof *item);

                item->port = p;
                item->event = (struct port_event){.portev_events = events,
                                                  .portev_source = PORT_SOURCE_USER,
                                                  .portev_user = user};
                enqueue(item);
        }
        return (int)evsim_call_end(host, EVSIM_CALL_PORT_SEND, port, events, r);
}

/* ---- Fetching -------------------------------------------------------------------------------
 */

static unsigned fetch(struct port *p, struct port_event *list, unsigned max)
{
        struct evi_link *link;
        unsigned n = 0;

        while (n < max && (link = evi_list_first(&p->queue)) != NULL) {
                struct item *item = EVI_CONTAINER_OF(link, struct item, link);

                list[n++] = item->event;
                free_item(item);
        }
        return n;
}

/* Until so many events are there: 0, -ETIME or -EINTR. */
static int await(struct evsim_host *host, struct port *p, unsigned wanted, int64_t timeout_ns,
                 int fd)
{
        const int64_t deadline_ns = evsim_wait_deadline_ns(host, EVSIM_CALL_PORT_GETN, timeout_ns);
        int r = timeout_ns == 0 ? -ETIMEDOUT : 0;

        evsim_wait_stop_pretending(evsim_wait_pretend(&p->file));
        while ((unsigned)p->nqueued < wanted && r == 0)
                r = evsim_wait_among(&p->sleepers, deadline_ns, NULL, "port_getn", fd);
        if ((unsigned)p->nqueued >= wanted)
                return 0;
        return r == -ETIMEDOUT ? -ETIME : r;
}

static int get_events(struct evsim_host *host, struct port *p, struct port_event *list,
                      unsigned max, unsigned *nget, int64_t timeout_ns, int fd)
{
        int r;

        if (timeout_ns < -1 || (max > 0 && *nget > max))
                return -EINVAL;
        if (max == 0) {
                *nget = (unsigned)p->nqueued;
                return 0;
        }
        evsim_file_ref(&p->file);
        r = await(host, p, *nget, timeout_ns, fd);
        *nget = r == 0 || r == -ETIME ? fetch(p, list, max) : 0;
        evsim_file_unref(&p->file);
        if (*nget == 0)
                evsim_world_turn(host->world);
        return r;
}

int evsim_sys_port_getn(struct evsim_host *host, int port, struct port_event *list, unsigned max,
                        unsigned *nget, int64_t timeout_ns)
{
        int r = evsim_call_begin(host, EVSIM_CALL_PORT_GETN);
        int error;
        struct port *p = get(host, port, &error);

        if (r == 0)
                r = error;
        if (r == 0)
                r = get_events(host, p, list, max, nget, timeout_ns, port);
        return (int)evsim_call_end(host, EVSIM_CALL_PORT_GETN, port, timeout_ns, r);
}
