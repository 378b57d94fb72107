/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The changelist: a decorator that holds back changes of interest and gives them to the backend
 * behind it once a turn, merged per descriptor, so that what is taken back in the same turn costs
 * no system call (EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST).
 *
 * What is surprising:
 *  - The user chose that removal takes effect late. Until then the kernel may report what nobody
 *    wants; the loop drops that.
 *  - set() cannot fail: without memory for the list a change is applied at once, and that may fail
 *    as the backend's own set does.
 *  - When the kernel refuses a change it is too late to tell the caller. The change stays in the
 *    list and is tried again each turn, and till then the descriptor is reported as ready for all
 *    that is wanted of it, like a closed one by poll: its owner learns the truth from the next call
 *    on it. So a regular file, which epoll refuses, is always ready, as poll has it. The one error
 *    that is dropped is EBADF: the descriptor was closed, and had the change been sent before that,
 *    the kernel would have forgotten it now.
 *  - A pending removal makes reports of the old registration stale at once: the generation that the
 *    loop sees is this file's, not that of the backend behind it.
 */
#include <assert.h>
#include <errno.h>
#include <event2/event.h>
#include <stdint.h>

#include "backend/backend.h"
#include "backend/capacity.h"
#include "backend/changes.h"
#include "os/os.h"

struct changelist_state {
        uint32_t generation; /* the inner one, or 0 from a removal until it is sent */
        uint32_t place;      /* in the list, counted from 1; 0: nothing is pending */
        uint32_t inner;      /* the backend's behind */
};

struct entry {
        int fd;
        bool is_refused; /* by the last prepare */
        struct evi_change change;
        struct changelist_state *state;
};

struct changelist {
        struct backend backend;
        struct backend *inner;
        struct entry *entries;
        size_t count;
        size_t capacity;
        size_t nrefused; /* by the last prepare: the first entries, until the next one */
        size_t next;     /* of them to be collected */
};

static struct changelist *changelist_of(struct backend *b)
{
        return (struct changelist *)b;
}

static bool changelist_is_available(const struct os *os)
{
        return evi_backend_epoll.is_available(os);
}

static int changelist_open(struct os *os, unsigned flags, struct backend **out)
{
        struct changelist *list = os_calloc(os, 1, sizeof *list);
        int r;

        if (list == NULL)
                return -ENOMEM;
        r = evi_backend_epoll.open(os, flags, &list->inner);
        if (r < 0) {
                os_free(os, list);
                return r;
        }
        assert(list->inner->ops->fd_state_size == sizeof(uint32_t));
        list->backend = (struct backend){.ops = &evi_backend_epoll_changelist, .os = os};
        *out = &list->backend;
        return 0;
}

static void changelist_close(struct backend *b)
{
        struct changelist *list = changelist_of(b);

        list->inner->ops->close(list->inner);
        os_free(b->os, list->entries);
        os_free(b->os, list);
}

static int resize(struct changelist *list, size_t used)
{
        const size_t capacity = evi_capacity_for(list->capacity, used);
        struct entry *entries;

        if (capacity == list->capacity)
                return 0;
        if (capacity > SIZE_MAX / sizeof *entries)
                return -ENOMEM;
        entries = os_realloc(list->backend.os, list->entries, capacity * sizeof *entries);
        if (entries == NULL)
                return -ENOMEM;
        list->entries = entries;
        list->capacity = capacity;
        return 0;
}

/* The backend behind is told, and the state shows its new generation. */
static int apply(struct changelist *list, int fd, short was, short now,
                 struct changelist_state *state)
{
        const int r = list->inner->ops->set(list->inner, fd, was, now, &state->inner);

        if (r >= 0 || now == 0)
                state->generation = state->inner;
        return r;
}

static int changelist_set(struct backend *b, int fd, short was, short now, void *fd_state)
{
        struct changelist *list = changelist_of(b);
        struct changelist_state *state = fd_state;
        struct entry *entry;

        if (state->place > 0) {
                entry = &list->entries[state->place - 1];
                entry->change = evi_change_merge(entry->change, now);
        } else {
                if (list->count >= list->capacity && resize(list, list->count + 1) < 0)
                        return apply(list, fd, was, now, state);
                entry = &list->entries[list->count++];
                *entry = (struct entry){.fd = fd, .state = state};
                entry->change = evi_change_begin(was, now);
                state->place = (uint32_t)list->count;
        }
        if (now == 0) {
                entry->is_refused = false;
                state->generation = 0;
        }
        return 0;
}

/* Sends one change; whether it is to stay in the list. */
static bool is_kept(struct changelist *list, const struct entry *entry)
{
        short was;
        int r = 0;

        if (evi_change_is_due(entry->change, &was))
                r = apply(list, entry->fd, was, entry->change.now, entry->state);
        entry->state->place = 0;
        return r < 0 && r != -EBADF && entry->change.now != 0;
}

static int changelist_prepare(struct backend *b)
{
        struct changelist *list = changelist_of(b);
        size_t kept = 0;

        for (size_t i = 0; i < list->count; i++) {
                struct entry entry = list->entries[i];

                if (!is_kept(list, &entry))
                        continue;
                entry.is_refused = true;
                list->entries[kept++] = entry;
                entry.state->place = (uint32_t)kept;
        }
        list->count = kept;
        list->nrefused = kept;
        list->next = 0;
        if (list->capacity > 0)
                (void)resize(list, kept);
        return list->inner->ops->prepare(list->inner);
}

static int changelist_wait(struct backend *b, int64_t timeout_ns)
{
        struct changelist *list = changelist_of(b);

        return list->inner->ops->wait(list->inner, list->nrefused > 0 ? 0 : timeout_ns);
}

static int changelist_collect(struct backend *b, struct fd_ready *out, int max)
{
        struct changelist *list = changelist_of(b);
        int n = 0;

        while (n < max && list->next < list->nrefused) {
                const struct entry *entry = &list->entries[list->next++];

                if (entry->is_refused)
                        out[n++] = (struct fd_ready){.fd = entry->fd,
                                                     .what = (short)(entry->change.now & ~EV_ET),
                                                     .generation = entry->state->generation};
        }
        if (n < max)
                n += list->inner->ops->collect(list->inner, out + n, max - n);
        return n;
}

static int changelist_descriptor(const struct backend *b)
{
        const struct backend *inner = ((const struct changelist *)b)->inner;

        return inner->ops->descriptor(inner);
}

const struct backend_ops evi_backend_epoll_changelist = {
        .name = "epoll (with changelist)",
        .features = EV_FEATURE_ET | EV_FEATURE_O1 | EV_FEATURE_EARLY_CLOSE,
        .fd_state_size = sizeof(struct changelist_state),
        .is_batching = true,
        .is_available = changelist_is_available,
        .open = changelist_open,
        .close = changelist_close,
        .set = changelist_set,
        .prepare = changelist_prepare,
        .wait = changelist_wait,
        .collect = changelist_collect,
        .descriptor = changelist_descriptor,
};
