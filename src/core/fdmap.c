/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The descriptor map; fdmap.h has its invariants.
 *
 * A change is computed first, then told to the backend, then stored: so a backend that fails leaves
 * everything as it was, and there is nothing to undo but an entry's page that turned out not to be
 * needed.
 */
#include "core/fdmap.h"

#include <assert.h>
#include <errno.h>
#include <event2/event.h>
#include <limits.h>
#include <string.h>

#include "backend/backend.h"
#include "os/os.h"
#include "util/log.h"

#define PAGE_BITS 6
#define PAGE_FDS  (1 << PAGE_BITS)
#define EMPTY_MAX 4 /* so that one descriptor coming and going needs no memory */

struct evi_fd {
        struct evi_link events;
        uint16_t nread, nwrite, nclosed;
        short interest;
        uint32_t backend_state[]; /* fd_state_size bytes */
};

struct evi_fd_page {
        _Alignas(struct evi_fd) int nused;
        /* PAGE_FDS entries of map->stride bytes follow */
};

/* What an entry is to become. */
struct counts {
        uint16_t nread, nwrite, nclosed;
};

void evi_fdmap_init(struct evi_fdmap *map, size_t state_size)
{
        const size_t align = _Alignof(struct evi_fd);

        memset(map, 0, sizeof *map);
        map->stride = (sizeof(struct evi_fd) + state_size + align - 1) / align * align;
}

static struct evi_fd *entry_at(const struct evi_fdmap *map, struct evi_fd_page *page, int i)
{
        char *entries = (char *)(page + 1);

        return (struct evi_fd *)(void *)(entries + (size_t)i * map->stride);
}

static struct evi_fd *find(const struct evi_fdmap *map, int fd)
{
        const int i = fd >> PAGE_BITS;

        if (fd < 0 || i >= map->npages || map->pages[i] == NULL)
                return NULL;
        return entry_at(map, map->pages[i], fd & (PAGE_FDS - 1));
}

static struct evi_fd_page *page_new(struct evi_fdmap *map, struct os *os)
{
        struct evi_fd_page *page = os_calloc(os, 1, sizeof *page + PAGE_FDS * map->stride);

        for (int i = 0; page != NULL && i < PAGE_FDS; i++)
                evi_list_init(&entry_at(map, page, i)->events);
        map->nempty += page != NULL;
        return page;
}

static void page_free(struct evi_fdmap *map, struct os *os, int i)
{
        os_free(os, map->pages[i]);
        map->pages[i] = NULL;
        map->nempty--;
}

/* A page that has just become empty goes, unless it is one of the few that are kept, or the backend
 * still holds a change of one of its descriptors and needs the state. */
static void page_release(struct evi_fdmap *map, const struct backend *b, int i)
{
        const struct evi_fd_page *page = map->pages[i];

        if (page != NULL && page->nused == 0 && map->nempty > EMPTY_MAX && !b->ops->is_batching)
                page_free(map, b->os, i);
}

void evi_fdmap_trim(struct evi_fdmap *map, struct backend *b)
{
        for (int i = 0; map->nempty > EMPTY_MAX && i < map->npages; i++)
                if (map->pages[i] != NULL && map->pages[i]->nused == 0)
                        page_free(map, b->os, i);
}

static int grow(struct evi_fdmap *map, struct os *os, int npages)
{
        int capacity = map->npages > 0 ? map->npages : 4;

        while (capacity < npages)
                capacity = capacity > INT_MAX / 2 ? npages : capacity * 2;
        struct evi_fd_page **pages = os_realloc(os, map->pages, (size_t)capacity * sizeof *pages);
        if (pages == NULL)
                return -ENOMEM;
        memset(pages + map->npages, 0, (size_t)(capacity - map->npages) * sizeof *pages);
        map->pages = pages;
        map->npages = capacity;
        return 0;
}

/* fd's entry, made if need be; NULL without memory. */
static struct evi_fd *obtain(struct evi_fdmap *map, struct os *os, int fd)
{
        const int i = fd >> PAGE_BITS;

        if (i >= map->npages && grow(map, os, i + 1) < 0)
                return NULL;
        if (map->pages[i] == NULL)
                map->pages[i] = page_new(map, os);
        return find(map, fd);
}

void evi_fdmap_clear(struct evi_fdmap *map, struct backend *b)
{
        for (int i = 0; i < map->npages; i++) {
                if (map->pages[i] == NULL)
                        continue;
                assert(map->pages[i]->nused == 0);
                page_free(map, b->os, i);
        }
        os_free(b->os, map->pages);
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

static void count_page(struct evi_fdmap *map, int fd, int by)
{
        struct evi_fd_page *page = map->pages[fd >> PAGE_BITS];

        map->nempty -= page->nused == 0;
        page->nused += by;
        map->nempty += page->nused == 0;
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
        count_page(map, fd, (now != 0) - (was != 0));
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
        struct evi_fd *entry = obtain(map, b->os, fd);
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
        page_release(map, b, fd >> PAGE_BITS);
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
        page_release(map, b, fd >> PAGE_BITS);
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
        return add(map, b, fd, EV_READ);
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
        count_page(map, fd, (entry->interest != 0) - was_used);
}

int evi_fdmap_rewatch(struct evi_fdmap *map, struct os *os, int from, int to)
{
        if (obtain(map, os, to) == NULL)
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

/* The first and each next descriptor with interest, from fd on; -1 after the last. */
static int next_fd(const struct evi_fdmap *map, int fd)
{
        while (fd >> PAGE_BITS < map->npages) {
                const struct evi_fd *entry = find(map, fd);
                if (entry == NULL)
                        fd = ((fd >> PAGE_BITS) + 1) << PAGE_BITS;
                else if (entry->interest == 0)
                        fd++;
                else
                        return fd;
        }
        return -1;
}

/* Tells to all interests. A descriptor that the kernel refuses was closed, or is another file
 * now: it is as good as told, since nothing will come from it. 0, or -errno at the first failure
 * that is the kernel's own. */
static int tell_all(struct evi_fdmap *map, struct backend *to)
{
        int r = 0;

        for (int fd = next_fd(map, 0); r == 0 && fd >= 0; fd = next_fd(map, fd + 1)) {
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

        for (int fd = 0; fd >> PAGE_BITS < map->npages; fd++) {
                struct evi_fd *entry = find(map, fd);
                if (entry == NULL)
                        continue;
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

        for (int fd = next_fd(map, 0); r == 0 && fd >= 0; fd = next_fd(map, fd + 1))
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

const char *evi_fdmap_verify(const struct evi_fdmap *map, int watched)
{
        int nempty = 0;

        for (int i = 0; i < map->npages; i++) {
                struct evi_fd_page *page = map->pages[i];
                int nused = 0;
                for (int j = 0; page != NULL && j < PAGE_FDS; j++) {
                        const struct evi_fd *entry = entry_at(map, page, j);
                        const char *broken = verify_entry(entry, i * PAGE_FDS + j, watched);
                        if (broken != NULL)
                                return broken;
                        nused += entry->interest != 0;
                }
                if (page != NULL && nused != page->nused)
                        return "F3: a page's count of used entries is wrong";
                nempty += page != NULL && nused == 0;
        }
        return nempty == map->nempty ? NULL : "F3: the count of empty pages is wrong";
}
