/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * epoll.
 *
 * Modelled (epoll(7), epoll_ctl(2), epoll_wait(2)): registrations by (descriptor number, open file
 * description), which end with the description and not with the descriptor, so that a closed one
 * whose duplicate lives on goes on reporting; level, EPOLLET, EPOLLONESHOT, EPOLLEXCLUSIVE; EPOLLERR
 * and EPOLLHUP unasked; EEXIST, ENOENT, EBADF, EPERM of what is always ready, EINVAL, ELOOP of
 * circles and of more than five levels; nested instances; EPOLL_CTL_MOD that reports what is ready
 * once more; reports in the order in which descriptors became ready, level-triggered ones going to
 * the end of the queue (epoll_wait(2), 'round robin').
 * As in the kernel, a registration enters the ready list when its file notifies with a bit that is
 * wanted, and whether it is ready indeed is asked when it is reported. So an edge is a
 * notification.
 * Not modelled: EPOLLWAKEUP, EPOLLPRI beyond passing it through, busy polling, limits of watches.
 */
#include <errno.h>
#include <fcntl.h>

#include "kernel/calls.h"
#include "kernel/descriptor.h"
#include "kernel/wait.h"

#define PRIVATE_BITS \
        ((uint32_t)EPOLLONESHOT | (uint32_t)EPOLLET | (uint32_t)EPOLLEXCLUSIVE | WAKEUP)
#define WAKEUP (1U << 29)
#define EXCLUSIVE_OK                                                                \
        ((uint32_t)(EPOLLIN | EPOLLOUT | EPOLLERR | EPOLLHUP) | (uint32_t)EPOLLET | \
         (uint32_t)EPOLLEXCLUSIVE | WAKEUP)

enum { LEVELS_MAX = 5 };

struct epoll {
        struct evsim_file file;
        struct evi_link items;
        struct evi_link ready; /* items that may be ready, in order */
        int nitems;
};

struct item {
        struct evsim_watch watch; /* on what is registered */
        struct evi_link all;      /* in epoll.items */
        struct evi_link ready;    /* in epoll.ready */
        struct epoll *epoll;
        int fd;
        uint32_t events;
        epoll_data_t data;
};

static const struct evsim_file_ops epoll_ops;

static struct epoll *epoll_of(struct evsim_file *file)
{
        return EVI_CONTAINER_OF(file, struct epoll, file);
}

static uint32_t ready_bits(struct item *item)
{
        return (uint32_t)evsim_file_poll(item->watch.file) & item->events;
}

/* ---- An instance as a file ---------------------------------------------------------------------
 */

/* Those that turn out not to be ready leave the list here already. */
static unsigned poll_epoll(struct evsim_file *file)
{
        struct epoll *ep = epoll_of(file);
        struct evi_link *link;

        while ((link = evi_list_first(&ep->ready)) != NULL) {
                struct item *item = EVI_CONTAINER_OF(link, struct item, ready);

                if (ready_bits(item) != 0)
                        return POLLIN;
                evi_list_remove(link);
        }
        return 0;
}

static void free_item(struct item *item)
{
        struct epoll *ep = item->epoll;

        evsim_file_unwatch(&item->watch);
        if (evi_link_is_listed(&item->ready))
                evi_list_remove(&item->ready);
        evi_list_remove(&item->all);
        ep->nitems--;
        evsim_memory_free(&ep->file.host->world->memory, item);
}

static void release_epoll(struct evsim_file *file)
{
        struct epoll *ep = epoll_of(file);
        struct evi_link *link;

        while ((link = evi_list_first(&ep->items)) != NULL)
                free_item(EVI_CONTAINER_OF(link, struct item, all));
        evsim_memory_free(&file->host->world->memory, ep);
}

static int foreach_item(struct evsim_file *file,
                        int (*see)(const struct evsim_interest *interest, void *arg), void *arg)
{
        struct epoll *ep = epoll_of(file);
        int r = 0;

        for (struct evi_link *l = evi_list_first(&ep->items); l != NULL && r == 0;
             l = evi_list_next(&ep->items, l)) {
                const struct item *item = EVI_CONTAINER_OF(l, struct item, all);
                const struct evsim_interest interest = {
                        .fd = item->fd,
                        .file = item->watch.file,
                        .events = item->events & (POLLIN | POLLOUT | EVSIM_POLLRDHUP),
                        .is_edge = (item->events & (uint32_t)EPOLLET) != 0,
                };

                r = see(&interest, arg);
        }
        return r;
}

static const struct evsim_file_ops epoll_ops = {
        .name = "epoll",
        .poll = poll_epoll,
        .foreach = foreach_item,
        .release = release_epoll,
};

static int make_epoll(struct evsim_host *host, int flags)
{
        struct epoll *ep;

        if ((flags & ~O_CLOEXEC) != 0)
                return -EINVAL;
        ep = evsim_memory_zalloc(&host->world->memory, sizeof *ep);
        evsim_file_init(&ep->file, &epoll_ops, host, O_RDWR);
        evi_list_init(&ep->items);
        evi_list_init(&ep->ready);
        return evsim_descriptor_give(host, &ep->file, flags);
}

int evsim_sys_epoll_create(struct evsim_host *host, int flags)
{
        int r = evsim_call_begin(host, EVSIM_CALL_EPOLL_CREATE);

        if (r == 0)
                r = make_epoll(host, flags);
        return (int)evsim_call_end(host, EVSIM_CALL_EPOLL_CREATE, r, flags, r);
}

/* ---- Registrations -----------------------------------------------------------------------------
 */

static void make_ready(struct item *item)
{
        if (!evi_link_is_listed(&item->ready))
                evi_list_push_tail(&item->epoll->ready, &item->ready);
        evsim_file_notify(&item->epoll->file, POLLIN);
}

static const struct evsim_watch_ops item_ops;

/* Somebody sleeps in it: without, a wake-up of EPOLLEXCLUSIVE goes on to the next instance. */
static bool is_waited_for(const struct epoll *ep)
{
        const struct evi_link *head = &ep->file.watches;

        for (struct evi_link *l = evi_list_first(head); l != NULL; l = evi_list_next(head, l))
                if (EVI_CONTAINER_OF(l, struct evsim_watch, link)->ops != &item_ops)
                        return true;
        return false;
}

static bool wake_item(struct evsim_watch *watch, unsigned events)
{
        struct item *item = EVI_CONTAINER_OF(watch, struct item, watch);

        if ((item->events & events) == 0 || (item->events & ~PRIVATE_BITS) == 0)
                return false;
        make_ready(item);
        return item->watch.is_exclusive && is_waited_for(item->epoll);
}

static void lose_item(struct evsim_watch *watch)
{
        free_item(EVI_CONTAINER_OF(watch, struct item, watch));
}

static const struct evsim_watch_ops item_ops = {.wake = wake_item, .gone = lose_item};

static struct item *find(struct epoll *ep, struct evsim_file *file, int fd)
{
        for (struct evi_link *l = evi_list_first(&file->watches); l != NULL;
             l = evi_list_next(&file->watches, l)) {
                struct evsim_watch *watch = EVI_CONTAINER_OF(l, struct evsim_watch, link);
                struct item *item = EVI_CONTAINER_OF(watch, struct item, watch);

                if (watch->ops == &item_ops && item->epoll == ep && item->fd == fd)
                        return item;
        }
        return NULL;
}

/* How many instances lie below this one, itself included; more than LEVELS_MAX + 1 if wanted is
 * among them. */
static int levels(struct epoll *ep, const struct epoll *wanted)
{
        int deepest = 0;

        if (ep == wanted)
                return 2 * LEVELS_MAX;
        for (struct evi_link *l = evi_list_first(&ep->items); l != NULL;
             l = evi_list_next(&ep->items, l)) {
                struct evsim_file *file = EVI_CONTAINER_OF(l, struct item, all)->watch.file;
                const int below = file->ops == &epoll_ops ? levels(epoll_of(file), wanted) : 0;

                deepest = below > deepest ? below : deepest;
        }
        return deepest + 1;
}

/* How many instances lie above this one. */
static int levels_above(struct epoll *ep)
{
        int highest = 0;

        for (struct evi_link *l = evi_list_first(&ep->file.watches); l != NULL;
             l = evi_list_next(&ep->file.watches, l)) {
                struct evsim_watch *watch = EVI_CONTAINER_OF(l, struct evsim_watch, link);

                if (watch->ops == &item_ops) {
                        const int above =
                                1 +
                                levels_above(EVI_CONTAINER_OF(watch, struct item, watch)->epoll);
                        highest = above > highest ? above : highest;
                }
        }
        return highest;
}

static bool is_too_deep(struct epoll *ep, struct evsim_file *file)
{
        return file->ops == &epoll_ops &&
               levels(epoll_of(file), ep) + levels_above(ep) > LEVELS_MAX - 1;
}

static int add(struct epoll *ep, struct evsim_file *file, int fd, const struct epoll_event *event)
{
        struct item *item;

        if (find(ep, file, fd) != NULL)
                return -EEXIST;
        if (is_too_deep(ep, file))
                return -ELOOP;
        item = evsim_memory_zalloc(&ep->file.host->world->memory, sizeof *item);
        item->watch.ops = &item_ops;
        item->watch.is_exclusive = (event->events & (uint32_t)EPOLLEXCLUSIVE) != 0;
        item->epoll = ep;
        item->fd = fd;
        item->events = event->events | EPOLLERR | EPOLLHUP;
        item->data = event->data;
        evi_list_push_tail(&ep->items, &item->all);
        ep->nitems++;
        evsim_file_watch(file, &item->watch);
        if (ready_bits(item) != 0)
                make_ready(item);
        return 0;
}

static int modify(struct item *item, const struct epoll_event *event)
{
        if (item->watch.is_exclusive)
                return -EINVAL;
        item->events = event->events | EPOLLERR | EPOLLHUP;
        item->data = event->data;
        /* One that is in the list already wakes nobody: no edge for an instance around this one. */
        if (ready_bits(item) != 0 && !evi_link_is_listed(&item->ready))
                make_ready(item);
        return 0;
}

static bool is_valid_exclusive(int op, const struct evsim_file *file, uint32_t events)
{
        return op == EPOLL_CTL_ADD && file->ops != &epoll_ops && (events & ~EXCLUSIVE_OK) == 0;
}

static int control(struct evsim_host *host, int epfd, int op, int fd,
                   const struct epoll_event *event)
{
        struct evsim_file *instance = evsim_descriptor_get(host, epfd);
        struct evsim_file *file = evsim_descriptor_get(host, fd);
        struct item *item;

        if (instance == NULL || file == NULL)
                return -EBADF;
        if (file->ops->is_always_ready)
                return -EPERM;
        if (instance == file || instance->ops != &epoll_ops)
                return -EINVAL;
        if (op != EPOLL_CTL_DEL && (event->events & (uint32_t)EPOLLEXCLUSIVE) != 0 &&
            !is_valid_exclusive(op, file, event->events))
                return -EINVAL;
        if (op == EPOLL_CTL_ADD)
                return add(epoll_of(instance), file, fd, event);
        if (op != EPOLL_CTL_MOD && op != EPOLL_CTL_DEL)
                return -EINVAL;
        item = find(epoll_of(instance), file, fd);
        if (item == NULL)
                return -ENOENT;
        if (op == EPOLL_CTL_MOD)
                return modify(item, event);
        free_item(item);
        return 0;
}

int evsim_sys_epoll_ctl(struct evsim_host *host, int epfd, int op, int fd,
                        const struct epoll_event *event)
{
        int r = evsim_call_begin(host, EVSIM_CALL_EPOLL_CTL);
        const uint32_t events = op != EPOLL_CTL_DEL && event != NULL ? event->events : 0;

        if (r == 0)
                r = control(host, epfd, op, fd, event);
        return (int)evsim_call_end(host, EVSIM_CALL_EPOLL_CTL, fd, (int64_t)op << 32 | events, r);
}

/* ---- Waiting -----------------------------------------------------------------------------------
 */

/* Reports an item that leaves the ready list; level-triggered ones go to its end again. */
static bool report(struct item *item, struct epoll_event *event)
{
        const uint32_t bits = ready_bits(item);

        if (bits == 0)
                return false;
        *event = (struct epoll_event){.events = bits, .data = item->data};
        if ((item->events & (uint32_t)EPOLLONESHOT) != 0)
                item->events &= PRIVATE_BITS;
        else if ((item->events & (uint32_t)EPOLLET) == 0)
                evi_list_push_tail(&item->epoll->ready, &item->ready);
        return true;
}

static int collect(struct epoll *ep, struct epoll_event *events, int max)
{
        struct evi_link now; /* what is reported again waits for the next call */
        struct evi_link *link;
        int n = 0;

        evi_list_init(&now);
        evi_list_move_all(&ep->ready, &now);
        while (n < max && (link = evi_list_first(&now)) != NULL) {
                evi_list_remove(link);
                if (report(EVI_CONTAINER_OF(link, struct item, ready), &events[n]))
                        n++;
        }
        evi_list_move_all(&ep->ready, &now);
        evi_list_move_all(&now, &ep->ready);
        return n;
}

static int wait(struct evsim_host *host, struct epoll *ep, struct epoll_event *events, int max,
                int64_t timeout_ns, int epfd)
{
        const int64_t deadline_ns = evsim_wait_deadline_ns(host, EVSIM_CALL_EPOLL_WAIT, timeout_ns);
        struct evsim_file *pretended = evsim_wait_pretend(&ep->file);
        int n = collect(ep, events, max);
        int r = 0;

        evsim_wait_stop_pretending(pretended);
        while (n == 0 && timeout_ns != 0 && r == 0) {
                r = evsim_file_wait(&ep->file, POLLIN, deadline_ns, EVSIM_NEVER_RESTARTS,
                                    "epoll_wait", epfd);
                n = collect(ep, events, max);
        }
        if (n == 0 && r == -EINTR)
                return -EINTR;
        if (n == 0)
                evsim_world_turn(host->world);
        return n;
}

int evsim_sys_epoll_wait(struct evsim_host *host, int epfd, struct epoll_event *events, int max,
                         int64_t timeout_ns)
{
        int r = evsim_call_begin(host, EVSIM_CALL_EPOLL_WAIT);
        struct evsim_file *file = evsim_descriptor_get(host, epfd);

        if (r == 0 && max <= 0)
                r = -EINVAL;
        if (r == 0 && file == NULL)
                r = -EBADF;
        if (r == 0 && file->ops != &epoll_ops)
                r = -EINVAL;
        if (r == 0)
                r = wait(host, epoll_of(file), events, max, timeout_ns, epfd);
        return (int)evsim_call_end(host, EVSIM_CALL_EPOLL_WAIT, epfd, timeout_ns, r);
}
