/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * select(2), which every Unix has.
 *
 * The sets are our own bitmaps, as long as the highest descriptor needs, so FD_SETSIZE does not
 * count (Linux's kernel knows no such limit: select(2), NOTES). The kernel overwrites what it is
 * given, hence prepare copies the live sets each time, and wait, which may run while another thread
 * calls set, touches the copies alone.
 *
 * What is odd about it, and what is done here:
 *  - One closed descriptor fails the whole call with EBADF and hides the others. It may be closed
 *    rightly, after its interest was removed by another thread, since prepare. So wait asks for
 *    each descriptor then, by poll, and takes the closed ones as readable and writable, as poll's
 *    backend does. (libevent's loop ends with an error.)
 *  - It reports no hang-up: the end of a pipe is readable, and nothing else.
 *  - Regular files are always ready.
 */
#include <errno.h>
#include <event2/event.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "backend/backend.h"
#include "backend/capacity.h"
#include "os/os.h"

#define BITS OS_SELECT_BITS

struct select_state {
        uint32_t generation; /* always 0: gone does the work of generations here */
};

struct select_backend {
        struct backend backend;

        /* The live sets, each of nwords words. */
        unsigned long *readable;
        unsigned long *writable;
        unsigned long *gone; /* interest was removed since prepare: do not report */
        size_t nwords;
        int nfds; /* the highest descriptor with interest, and 1 */

        /* The copies, each of ncopied words, for wait and collect. */
        unsigned long *is_readable;
        unsigned long *is_writable;
        size_t ncopied;
        int copied_nfds;
        bool is_in_use; /* from prepare until all is collected */
        size_t next;    /* the word where collect goes on */
        size_t end;     /* the word where it ends */
};

static struct select_backend *select_of(struct backend *b)
{
        return (struct select_backend *)b;
}

static bool select_is_available(const struct os *os)
{
        (void)os;
        return true;
}

static int select_open(struct os *os, unsigned flags, struct backend **out)
{
        struct select_backend *s = os_calloc(os, 1, sizeof *s);

        (void)flags;
        if (s == NULL)
                return -ENOMEM;
        s->backend = (struct backend){.ops = &evi_backend_select, .os = os};
        *out = &s->backend;
        return 0;
}

static void select_close(struct backend *b)
{
        struct select_backend *s = select_of(b);

        os_free(b->os, s->readable);
        os_free(b->os, s->writable);
        os_free(b->os, s->gone);
        os_free(b->os, s->is_readable);
        os_free(b->os, s->is_writable);
        os_free(b->os, s);
}

static int resize(struct os *os, unsigned long **set, size_t was, size_t now)
{
        unsigned long *words = os_realloc(os, *set, now * sizeof *words);

        if (words == NULL)
                return -ENOMEM;
        if (now > was)
                memset(words + was, 0, (now - was) * sizeof *words);
        *set = words;
        return 0;
}

/* Sets of the same length get room for used words each, or less memory. A set that is longer than
 * *nwords says does no harm. 0, or -ENOMEM if there is not room enough. */
static int resize_sets(struct os *os, unsigned long **sets[], size_t nsets, size_t *nwords,
                       size_t used)
{
        const size_t was = *nwords;
        const size_t now = evi_capacity_for(was, used);

        if (now == was)
                return 0;
        if (now < was)
                *nwords = now;
        for (size_t i = 0; i < nsets; i++)
                if (resize(os, sets[i], was, now) < 0 && now > was)
                        return -ENOMEM;
        *nwords = now;
        return 0;
}

static int resize_live(struct select_backend *s, size_t used)
{
        unsigned long **sets[] = {&s->readable, &s->writable, &s->gone};

        return resize_sets(s->backend.os, sets, 3, &s->nwords, used);
}

static int resize_copies(struct select_backend *s, size_t used)
{
        unsigned long **sets[] = {&s->is_readable, &s->is_writable};

        return resize_sets(s->backend.os, sets, 2, &s->ncopied, used);
}

static void trim(struct select_backend *s)
{
        const size_t used = OS_SELECT_WORDS(s->nfds);

        if (s->nwords > 0)
                (void)resize_live(s, used);
        if (s->ncopied > 0)
                (void)resize_copies(s, used);
}

static void put_bit(unsigned long *set, int fd, bool value)
{
        const unsigned long bit = 1UL << (fd % BITS);

        if (value)
                set[fd / BITS] |= bit;
        else
                set[fd / BITS] &= ~bit;
}

static bool has_bit(const unsigned long *set, int fd)
{
        return (set[fd / BITS] >> (fd % BITS) & 1) != 0;
}

static void drop(struct select_backend *s, int fd)
{
        if (fd >= s->nfds)
                return;
        put_bit(s->readable, fd, false);
        put_bit(s->writable, fd, false);
        put_bit(s->gone, fd, true);
        while (s->nfds > 0 && !has_bit(s->readable, s->nfds - 1) &&
               !has_bit(s->writable, s->nfds - 1))
                s->nfds--;
        /* While a wait goes on, gone has to outlive it. */
        if (!s->is_in_use)
                trim(s);
}

static int select_set(struct backend *b, int fd, short was, short now, void *fd_state)
{
        struct select_backend *s = select_of(b);
        const size_t used = OS_SELECT_WORDS((size_t)fd + 1);

        (void)fd_state;
        if (now == 0) {
                drop(s, fd);
                return 0;
        }
        if (used > s->nwords && resize_live(s, used) < 0)
                return -ENOMEM;
        if (was == now)
                put_bit(s->gone, fd, true);
        put_bit(s->readable, fd, (now & EV_READ) != 0);
        put_bit(s->writable, fd, (now & EV_WRITE) != 0);
        if (fd >= s->nfds)
                s->nfds = fd + 1;
        return 0;
}

static int select_prepare(struct backend *b)
{
        struct select_backend *s = select_of(b);
        const size_t used = OS_SELECT_WORDS(s->nfds);

        s->next = 0;
        s->end = 0;
        trim(s);
        if (used > s->ncopied && resize_copies(s, used) < 0)
                return -ENOMEM;
        if (used > 0) {
                memcpy(s->is_readable, s->readable, used * sizeof *s->readable);
                memcpy(s->is_writable, s->writable, used * sizeof *s->writable);
        }
        if (s->nwords > 0)
                memset(s->gone, 0, s->nwords * sizeof *s->gone);
        s->copied_nfds = s->nfds;
        s->is_in_use = true;
        return 0;
}

/* What select() would have said of fd, were there no closed descriptors. */
static void ask_poll(struct select_backend *s, int fd)
{
        const int wanted = (has_bit(s->is_readable, fd) ? POLLIN : 0) |
                           (has_bit(s->is_writable, fd) ? POLLOUT : 0);
        struct pollfd p = {.fd = fd, .events = (short)wanted};
        const int unasked = POLLERR | POLLNVAL;

        if (os_poll(s->backend.os, &p, 1, 0) < 0)
                p.revents = 0;
        put_bit(s->is_readable, fd, (p.revents & (POLLIN | POLLHUP | unasked)) != 0);
        put_bit(s->is_writable, fd, (p.revents & (POLLOUT | unasked)) != 0);
}

static void ask_poll_of_all(struct select_backend *s)
{
        for (int fd = 0; fd < s->copied_nfds; fd++)
                if (has_bit(s->is_readable, fd) || has_bit(s->is_writable, fd))
                        ask_poll(s, fd);
}

static int select_wait(struct backend *b, int64_t timeout_ns)
{
        struct select_backend *s = select_of(b);
        int n = os_select(b->os, s->copied_nfds, s->is_readable, s->is_writable, NULL, timeout_ns);

        if (n == -EBADF) {
                ask_poll_of_all(s);
                n = 1;
        }
        s->end = n > 0 ? OS_SELECT_WORDS(s->copied_nfds) : 0;
        return n < 0 && n != -EINTR ? n : 0;
}

/* Takes the findings of the word out of it, as long as there is room. */
static int collect_word(struct select_backend *s, size_t word, struct fd_ready *out, int max)
{
        const unsigned long live = ~s->gone[word];
        unsigned long *r = &s->is_readable[word];
        unsigned long *w = &s->is_writable[word];
        int n = 0;

        *r &= live;
        *w &= live;
        while (n < max && (*r | *w) != 0) {
                const unsigned long bit = (*r | *w) & -(*r | *w);
                const int what = ((*r & bit) ? EV_READ : 0) | ((*w & bit) ? EV_WRITE : 0);

                out[n++] = (struct fd_ready){.fd = (int)word * BITS + __builtin_ctzl(bit),
                                             .what = (short)what};
                *r &= ~bit;
                *w &= ~bit;
        }
        return n;
}

static int select_collect(struct backend *b, struct fd_ready *out, int max)
{
        struct select_backend *s = select_of(b);
        int n = 0;

        while (s->next < s->end && n < max) {
                n += collect_word(s, s->next, out + n, max - n);
                if (n < max)
                        s->next++;
        }
        if (n < max)
                s->is_in_use = false;
        return n;
}

const struct backend_ops evi_backend_select = {
        .name = "select",
        .features = EV_FEATURE_FDS,
        .fd_state_size = sizeof(struct select_state),
        .is_batching = false,
        .is_available = select_is_available,
        .open = select_open,
        .close = select_close,
        .set = select_set,
        .prepare = select_prepare,
        .wait = select_wait,
        .collect = select_collect,
};
