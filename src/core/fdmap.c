/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The descriptor map; fdmap.h has its invariants.
 *
 * A change is computed first, then told to the backend, then stored: so a backend that fails leaves
 * everything as it was, and there is nothing to undo but an entry that turned out not to be needed.
 */
#include "core/fdmap.h"

#include <assert.h>
#include <errno.h>
#include <event2/event.h>
#include <string.h>

#include "backend/backend.h"
#include "os/os.h"
#include "util/log.h"

/* What an entry is to become. */
struct counts {
        uint16_t nread, nwrite, nclosed;
};

void evi_fdmap_init(struct evi_fdmap *map, size_t state_size)
{
        evi_fdtable_init(&map->table, state_size);
}

void evi_fdmap_clear(struct evi_fdmap *map, struct backend *b)
{
        evi_fdtable_clear(&map->table, b->os);
}

void evi_fdmap_trim(struct evi_fdmap *map, struct backend *b)
{
        evi_fdtable_trim(&map->table, b->os);
}

static struct evi_fd *find(const struct evi_fdmap *map, int fd)
{
        return evi_fdtable_find(&map->table, fd);
}

/* fd may not be used any more. A batching backend may still hold a change of it, and needs the
 * state until evi_fdmap_trim(). */
static void release(struct evi_fdmap *map, const struct backend *b, int fd)
{
        if (!b->ops->is_batching)
                evi_fdtable_release(&map->table, b->os, fd);
}

static short union_of(const struct counts *n, short et)
{
        const int interest = (n->nread > 0 ? EV_READ : 0) | (n->nwrite > 0 ? EV_WRITE : 0) |
                             (n->nclosed > 0 ? EV_CLOSED : 0);

        return (short)(interest != 0 ? interest | et : 0);
}

static struct counts counts_of(const struct evi_fd *entry)
{
        return (struct counts){entry->nread, entry->nwrite, entry->nclosed};
}

/* The backend goes from what the entry has to n and et, and then the entry's interest does. */
static int tell(struct evi_fdmap *map, struct backend *b, int fd, const struct counts *n, short et)
{
        struct evi_fd *entry = find(map, fd);
        const short was = entry->interest;
        const short now = union_of(n, et);

        if (was == now)
                return 0;
        const int r = b->ops->set(b, fd, was, now, entry->backend_state);
        if (r < 0 && now != 0)
                return r;
        if (r < 0)
                evi_log_error(b->os, EVENT_LOG_WARN, -r, "%s: forgetting descriptor %d",
                              b->ops->name, fd);
        entry->interest = now;
        evi_fdtable_count(&map->table, fd, (now != 0) - (was != 0));
        return 0;
}

static void store(struct evi_fd *entry, const struct counts *n)
{
        entry->nread = n->nread;
        entry->nwrite = n->nwrite;
        entry->nclosed = n->nclosed;
}

/* Adds by (1 or -1) to the counts of what events wants; false if one would not fit. */
static bool count(struct counts *n, short events, int by)
{
        const int nread = n->nread + ((events & EV_READ) ? by : 0);
        const int nwrite = n->nwrite + ((events & EV_WRITE) ? by : 0);
        const int nclosed = n->nclosed + ((events & EV_CLOSED) ? by : 0);

        if (nread > UINT16_MAX || nwrite > UINT16_MAX || nclosed > UINT16_MAX)
                return false;
        assert(nread >= 0 && nwrite >= 0 && nclosed >= 0);
        *n = (struct counts){(uint16_t)nread, (uint16_t)nwrite, (uint16_t)nclosed};
        return true;
}

static struct evi_link *link_of(struct event *ev)
{
        return (struct evi_link *)(void *)&ev->ev_.ev_io.ev_io_next;
}

/* events more of what is wanted of fd. */
static int add(struct evi_fdmap *map, struct backend *b, int fd, short events)
{
        struct evi_fd *entry = evi_fdtable_obtain(&map->table, b->os, fd);
        const short et = events & EV_ET;
        int r;

        if (entry == NULL)
                return -ENOMEM;
        struct counts n = counts_of(entry);
        if (entry->interest != 0 && (entry->interest & EV_ET) != et)
                r = -EINVAL;
        else if (!count(&n, events, 1))
                r = -EMFILE;
        else
                r = tell(map, b, fd, &n, et);
        if (r == 0)
                store(entry, &n);
        release(map, b, fd);
        return r;
}

/* events less. A kernel that refuses to narrow its interest keeps the wider one; evi_fdmap_settle()
 * tries again. */
static void drop(struct evi_fdmap *map, struct backend *b, int fd, short events)
{
        struct evi_fd *entry = find(map, fd);
        struct counts n = counts_of(entry);

        (void)count(&n, events, -1);
        store(entry, &n);
        (void)tell(map, b, fd, &n, entry->interest & EV_ET);
        release(map, b, fd);
}

void evi_fdmap_settle(struct evi_fdmap *map, struct backend *b, int fd)
{
        const struct evi_fd *entry = find(map, fd);

        if (entry == NULL || entry->interest == 0)
                return;
        const struct counts n = counts_of(entry);
        (void)tell(map, b, fd, &n, entry->interest & EV_ET);
}

int evi_fdmap_add(struct evi_fdmap *map, struct backend *b, struct event *ev)
{
        const int r = add(map, b, ev->ev_fd, ev->ev_events);

        if (r == 0)
                evi_list_push_tail(&find(map, ev->ev_fd)->events, link_of(ev));
        return r;
}

void evi_fdmap_remove(struct evi_fdmap *map, struct backend *b, struct event *ev)
{
        evi_list_remove(link_of(ev));
        drop(map, b, ev->ev_fd, ev->ev_events);
}

int evi_fdmap_watch(struct evi_fdmap *map, struct backend *b, int fd)
{
        struct evi_fd *entry = find(map, fd);

        /* The number is of a descriptor that was closed before its events were deleted. The kernel
         * has forgotten it, and must not be believed to know the new one. */
        if (entry != NULL && entry->interest != 0) {
                const int r =
                        b->ops->set(b, fd, entry->interest, entry->interest, entry->backend_state);
                if (r < 0)
                        return r;
        }
        const int et = entry == NULL ? 0 : entry->interest & EV_ET; /* either way suits a drain */
        return add(map, b, fd, (short)(EV_READ | et));
}

void evi_fdmap_unwatch(struct evi_fdmap *map, struct backend *b, int fd)
{
        drop(map, b, fd, EV_READ);
}

/* The counts of fd change by one reader, and its interest with them; the backend is not told. */
static void count_silently(struct evi_fdmap *map, int fd, int by)
{
        struct evi_fd *entry = find(map, fd);
        const bool was_used = entry->interest != 0;
        struct counts n = counts_of(entry);

        (void)count(&n, EV_READ, by);
        store(entry, &n);
        entry->interest = union_of(&n, entry->interest & EV_ET);
        evi_fdtable_count(&map->table, fd, (entry->interest != 0) - was_used);
}

int evi_fdmap_rewatch(struct evi_fdmap *map, struct os *os, int from, int to)
{
        if (evi_fdtable_obtain(&map->table, os, to) == NULL)
                return -ENOMEM;
        count_silently(map, to, 1);
        count_silently(map, from, -1);
        return 0;
}

const struct evi_link *evi_fdmap_current(const struct evi_fdmap *map, int fd, uint32_t generation)
{
        const struct evi_fd *entry = find(map, fd);

        if (entry == NULL || entry->interest == 0 || entry->backend_state[0] != generation)
                return NULL;
        return &entry->events;
}

short evi_fdmap_interest(const struct evi_fdmap *map, int fd)
{
        const struct evi_fd *entry = find(map, fd);

        return entry == NULL ? 0 : entry->interest;
}

const struct evi_link *evi_fdmap_events(const struct evi_fdmap *map, int fd)
{
        const struct evi_fd *entry = find(map, fd);

        return entry == NULL || evi_list_is_empty(&entry->events) ? NULL : &entry->events;
}

static int next_used(const struct evi_fdmap *map, int fd)
{
        return evi_fdtable_next_used(&map->table, fd);
}

/* Tells to all interests. A descriptor that the kernel refuses was closed, or is another file
 * now: it is as good as told, since nothing will come from it. 0, or -errno at the first failure
 * that is the kernel's own. */
static int tell_all(struct evi_fdmap *map, struct backend *to)
{
        int r = 0;

        for (int fd = next_used(map, 0); r == 0 && fd >= 0; fd = next_used(map, fd + 1)) {
                struct evi_fd *entry = find(map, fd);
                r = to->ops->set(to, fd, 0, entry->interest, entry->backend_state);
                if (r < 0 && r != -ENOMEM && r != -ENOSPC) {
                        evi_log_error(to->os, EVENT_LOG_WARN, -r, "%s: leaving descriptor %d out",
                                      to->ops->name, fd);
                        r = 0;
                }
        }
        return r;
}

/* Does one thing with the states of all entries, those without interest included: a batching
 * backend may still hold something of theirs. Copies them to kept and zeroes them, or copies
 * them back; returns how many bytes they are. */
enum state_move { COUNT, TAKE, PUT_BACK };

static size_t move_states(struct evi_fdmap *map, size_t size, char *kept, enum state_move move)
{
        size_t done = 0;
        int fd = -1;

        while ((fd = evi_fdtable_next(&map->table, fd + 1)) >= 0) {
                struct evi_fd *entry = find(map, fd);
                if (move == TAKE) {
                        memcpy(kept + done, entry->backend_state, size);
                        memset(entry->backend_state, 0, size);
                } else if (move == PUT_BACK) {
                        memcpy(entry->backend_state, kept + done, size);
                }
                done += size;
        }
        return done;
}

int evi_fdmap_move(struct evi_fdmap *map, struct backend *from, struct backend *to)
{
        const size_t size = from->ops->fd_state_size;
        const size_t total = move_states(map, size, NULL, COUNT);
        char *kept = NULL;

        assert(size == to->ops->fd_state_size);
        if (total > 0 && (kept = os_alloc(from->os, total)) == NULL)
                return -ENOMEM;
        (void)move_states(map, size, kept, TAKE);
        const int r = tell_all(map, to);
        if (r < 0)
                (void)move_states(map, size, kept, PUT_BACK);
        os_free(from->os, kept);
        return r;
}

int evi_fdmap_foreach(const struct evi_fdmap *map, int (*fn)(int fd, short interest, void *arg),
                      void *arg)
{
        int r = 0;

        for (int fd = next_used(map, 0); r == 0 && fd >= 0; fd = next_used(map, fd + 1))
                r = fn(fd, find(map, fd)->interest, arg);
        return r;
}

static const char *verify_entry(const struct evi_fd *entry, int fd, int watched)
{
        struct counts n = {(uint16_t)(fd == watched), 0, 0};
        const short et = entry->interest & EV_ET;

        for (struct evi_link *l = evi_list_first(&entry->events); l != NULL;
             l = evi_list_next(&entry->events, l)) {
                const struct event *ev = evi_fdmap_event(l);
                if (ev->ev_fd != fd || !(ev->ev_evcallback.evcb_flags & EVLIST_INSERTED))
                        return "F4: an event is listed under another descriptor, or not marked";
                if ((ev->ev_events & EV_ET) != et)
                        return "F2: edge- and level-triggered events meet on one descriptor";
                if (!count(&n, ev->ev_events, 1))
                        return "F1: too many events on one descriptor";
        }
        if (n.nread != entry->nread || n.nwrite != entry->nwrite || n.nclosed != entry->nclosed)
                return "F1: an entry's counts are not those of its events";
        const short wanted = union_of(&n, et);
        if ((entry->interest & wanted) != wanted || (wanted == 0 && entry->interest != 0))
                return "F2: the interest told to the backend lacks some of the events'";
        return NULL;
}

/* Checks the entries of the page that begins at fd. */
static const char *verify_page(const struct evi_fdmap *map, int fd, int watched)
{
        const int end = fd + EVI_FD_PAGE_SIZE;
        int nused = 0;

        for (; fd < end; fd++) {
                const char *broken = verify_entry(find(map, fd), fd, watched);
                if (broken != NULL)
                        return broken;
                nused += find(map, fd)->interest != 0;
        }
        if (nused != map->table.pages[(end - 1) >> EVI_FD_PAGE_BITS]->nused)
                return "F3: a page's count of used entries is wrong";
        return NULL;
}

const char *evi_fdmap_verify(const struct evi_fdmap *map, int watched)
{
        int nempty = 0;
        int fd = -EVI_FD_PAGE_SIZE;

        while ((fd = evi_fdtable_next(&map->table, fd + EVI_FD_PAGE_SIZE)) >= 0) {
                const char *broken = verify_page(map, fd, watched);
                if (broken != NULL)
                        return broken;
                nempty += map->table.pages[fd >> EVI_FD_PAGE_BITS]->nused == 0;
        }
        return nempty == map->table.nempty ? NULL : "F3: the count of empty pages is wrong";
}
