/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The kernel's table of interest is what the base has told it (invariant B6 of src/core/base.h).
 *
 * Both are looked at while the base waits: then nothing is batched, and one-shot registrations have
 * been renewed. A descriptor that the program has closed under an event is not missed in the
 * kernel, and what the kernel keeps of a file that the descriptor no longer leads to, because a
 * duplicate lives on, is not the base's (epoll(7), 'Questions and answers'). A kqueue refuses the
 * write end of a pipe that nobody reads (src/backend/kqueue.c).
 */
#include <event2/event.h>
#include <string.h>

#include "backend/backend.h"
#include "check/check.h"
#include "core/base.h"
#include "kernel/descriptor.h"
#include "kernel/kqueue.h"

struct comparison {
        struct evsim_host *host;
        const struct event_base *base;
        struct evsim_file *instance;
        int fd;          /* whose registrations are added up */
        unsigned events; /* their sum */
        bool is_edge;
};

static unsigned events_of(short interest)
{
        return ((interest & EV_READ) != 0 ? POLLIN : 0U) |
               ((interest & EV_WRITE) != 0 ? POLLOUT : 0U) |
               ((interest & EV_CLOSED) != 0 ? EVSIM_POLLRDHUP : 0U);
}

static int add_up(const struct evsim_interest *interest, void *arg)
{
        struct comparison *c = arg;

        if (interest->fd != c->fd || interest->file != evsim_descriptor_get(c->host, c->fd))
                return 0;
        c->events |= interest->events;
        c->is_edge |= interest->is_edge;
        return 0;
}

/* What of an interest the backend has words for. */
static short told(const struct event_base *base, short interest)
{
        const int features = base->backend->ops->features;

        if ((features & EV_FEATURE_EARLY_CLOSE) == 0)
                interest &= ~EV_CLOSED;
        if ((features & EV_FEATURE_ET) == 0)
                interest &= ~EV_ET;
        return interest;
}

/* kqueue does not take the write end of a pipe that nobody reads; what is waited for of it is then
 * the backend's affair (src/backend/broken.h). */
static bool is_refused(const struct comparison *c, struct evsim_file *file)
{
        return c->instance->ops == &evsim_kqueue_file_ops && !file->ops->is_socket &&
               evsim_file_ask(file).is_write_end;
}

/* A descriptor of the base: 1 if the kernel has it otherwise. */
static int compare(int fd, short interest, void *arg)
{
        struct comparison *c = arg;
        struct evsim_file *file = evsim_descriptor_get(c->host, fd);

        if (file == NULL)
                return 0;
        c->fd = fd;
        c->events = 0;
        c->is_edge = false;
        (void)c->instance->ops->foreach (c->instance, add_up, c);
        if (is_refused(c, file))
                return 0;
        interest = told(c->base, interest);
        return c->events != events_of(interest) || c->is_edge != ((interest & EV_ET) != 0);
}

static int is_it(int fd, short interest, void *arg)
{
        (void)interest;
        return fd == *(const int *)arg;
}

/* A registration of the kernel's: 1 if the base knows nothing of it. A timerfd may be the epoll
 * backend's own (src/backend/epoll.c). */
static int is_unknown(const struct evsim_interest *interest, void *arg)
{
        struct comparison *c = arg;
        int fd = interest->fd;

        if (interest->events == 0 || interest->file != evsim_descriptor_get(c->host, fd) ||
            strcmp(interest->file->ops->name, "timerfd") == 0)
                return 0;
        return evi_fdmap_foreach(&c->base->fds, is_it, &fd) == 0;
}

const char *evsim_check_interest(struct evsim_host *host, const struct event_base *base)
{
        struct comparison c = {.host = host, .base = base};

        if (!base->is_waiting || base->backend->ops->descriptor == NULL)
                return NULL;
        c.instance = evsim_descriptor_get(host, base->backend->ops->descriptor(base->backend));
        if (c.instance == NULL || c.instance->ops->foreach == NULL)
                return "B6: the backend's descriptor is not what it was";
        if (evi_fdmap_foreach(&base->fds, compare, &c) != 0)
                return "B6: the kernel's interest in a descriptor is not the fd map's";
        if (c.instance->ops->foreach (c.instance, is_unknown, &c) != 0)
                return "B6: the kernel has an interest that the fd map does not know";
        return NULL;
}
