/* SPDX-License-Identifier: BSD-3-Clause */
/* See scripted_world.h. */
#include "scripted_world.h"

#include <errno.h>
#include <string.h>

static struct scripted_world *world_of(struct os *os)
{
        return (struct scripted_world *)(void *)os;
}

/* ---- Memory and descriptors --------------------------------------------------------------- */

static const struct os_ops *small_ops(void)
{
        struct small_world small;

        small_world_init(&small);
        return small.os.ops;
}

static void *script_realloc(struct os *os, void *ptr, size_t size)
{
        struct scripted_world *w = world_of(os);

        if (w->allocations_left == 0)
                return NULL;
        if (w->allocations_left > 0)
                w->allocations_left--;
        return small_ops()->realloc(os, ptr, size);
}

static void *script_alloc(struct os *os, size_t size)
{
        return script_realloc(os, NULL, size);
}

static int script_getpid(struct os *os)
{
        return world_of(os)->pid;
}

static int script_open(struct os *os)
{
        struct scripted_world *w = world_of(os);

        if (w->open_error != 0)
                return -w->open_error;
        w->nopen++;
        return SCRIPT_FD;
}

static int script_close(struct os *os, int fd)
{
        assert_int_equal(fd, SCRIPT_FD);
        world_of(os)->nopen--;
        return 0;
}

/* ---- Changes ----------------------------------------------------------------------------- */

/* The error of the change that is noted next, which is noted. */
static int next_error(struct scripted_world *w)
{
        assert_in_range(w->nchanges, 0, SCRIPT_MAX - 1);
        return w->nchanges++ == w->failing ? w->change_error : 0;
}

static int script_kevent(struct os *os, int kq, const struct kevent *changes, int nchanges,
                         struct kevent *events, int max, int64_t timeout_ns);

static int script_devpoll_write(struct os *os, int dp, const struct pollfd *changes, int count)
{
        struct scripted_world *w = world_of(os);
        int error = 0;

        assert_int_equal(dp, SCRIPT_FD);
        w->ncalls++;
        for (int i = 0; i < count && error == 0; i++) {
                w->writes[w->nchanges] = changes[i];
                error = next_error(w);
        }
        return w->call_error != 0 ? -w->call_error : -error;
}

static int note_association(struct scripted_world *w, int port, int fd, int events, uint32_t user)
{
        int error;

        assert_int_equal(port, SCRIPT_FD);
        w->ncalls++;
        w->associations[w->nchanges] = (struct scripted_association){fd, events, user};
        error = next_error(w);
        return w->call_error != 0 ? -w->call_error : -error;
}

static int script_port_associate(struct os *os, int port, int fd, int events, void *user)
{
        return note_association(world_of(os), port, fd, events, (uint32_t)(uintptr_t)user);
}

static int script_port_dissociate(struct os *os, int port, int fd)
{
        return note_association(world_of(os), port, fd, 0, 0);
}

/* ---- Waits ------------------------------------------------------------------------------- */

static int find(struct os *os, int fd, void *out, size_t size, int max, int64_t timeout_ns)
{
        struct scripted_world *w = world_of(os);
        const int n = w->nfound < max ? w->nfound : max;

        assert_int_equal(fd, SCRIPT_FD);
        w->nwaits++;
        w->max = max;
        w->timeout_ns = timeout_ns;
        if (w->during_wait != NULL)
                w->during_wait(w);
        if (w->wait_error != 0)
                return -w->wait_error;
        if (n > 0)
                memcpy(out, w->found, (size_t)n * size);
        return n;
}

static int script_kevent(struct os *os, int kq, const struct kevent *changes, int nchanges,
                         struct kevent *events, int max, int64_t timeout_ns)
{
        struct scripted_world *w = world_of(os);

        if (nchanges == 0)
                return find(os, kq, events, sizeof *events, max, timeout_ns);
        assert_int_equal(kq, SCRIPT_FD);
        assert_int_equal(timeout_ns, 0);
        w->ncalls++;
        if (w->call_error != 0)
                return -w->call_error;
        for (int i = 0; i < nchanges; i++) {
                assert_true((changes[i].flags & EV_RECEIPT) != 0);
                w->kevents[w->nchanges] = changes[i];
                events[i] = changes[i];
                events[i].flags = EV_ERROR;
                events[i].data = next_error(w);
        }
        return nchanges - w->withheld;
}

static int script_devpoll_poll(struct os *os, int dp, struct pollfd *out, int max,
                               int64_t timeout_ns)
{
        return find(os, dp, out, sizeof *out, max, timeout_ns);
}

static int script_port_getn(struct os *os, int port, struct port_event *out, int max,
                            int64_t timeout_ns)
{
        return find(os, port, out, sizeof *out, max, timeout_ns);
}

/* ---- The test's side --------------------------------------------------------------------- */

static void make_world(struct scripted_world *w)
{
        memset(w, 0, sizeof *w);
        small_world_init(&w->small);
        w->os = &w->small.os;
        w->ops = *w->small.os.ops;
        w->ops.alloc = script_alloc;
        w->ops.realloc = script_realloc;
        w->ops.close = script_close;
        w->ops.getpid = script_getpid;
        w->pid = 100;
        w->ops.kqueue = w->ops.devpoll_open = w->ops.port_create = script_open;
        w->ops.kevent = script_kevent;
        w->ops.devpoll_write = script_devpoll_write;
        w->ops.devpoll_poll = script_devpoll_poll;
        w->ops.port_associate = script_port_associate;
        w->ops.port_dissociate = script_port_dissociate;
        w->ops.port_getn = script_port_getn;
        w->os->ops = &w->ops;
        w->allocations_left = -1;
        script_forget(w);
}

void script_begin(struct scripted_world *w, const struct backend_ops *ops)
{
        make_world(w);
        assert_true(ops->is_available(w->os));
        assert_int_equal(ops->open(w->os, 0, &w->b), 0);
        assert_ptr_equal(w->b->ops, ops);
        assert_ptr_equal(w->b->os, w->os);
        assert_int_equal(w->nopen, 1);
}

void script_end(struct scripted_world *w)
{
        w->b->ops->close(w->b);
        assert_int_equal(w->nopen, 0);
        assert_int_equal(w->small.blocks, 0);
}

void script_forget(struct scripted_world *w)
{
        w->ncalls = 0;
        w->nchanges = 0;
        w->call_error = 0;
        w->failing = -1;
        w->change_error = 0;
        w->withheld = 0;
        w->wait_error = 0;
        w->during_wait = NULL;
        w->allocations_left = -1;
}

static int set(struct scripted_world *w, int fd, int was, int now)
{
        uint32_t before[3];
        int r;

        assert_in_range(fd, 0, SCRIPT_MAX - 1);
        memcpy(before, w->states[fd], sizeof before);
        r = w->b->ops->set(w->b, fd, (short)was, (short)now, w->states[fd]);
        if (r < 0 && now != 0)
                assert_memory_equal(w->states[fd], before, sizeof before);
        if (r == 0 || now == 0)
                w->interest[fd] = (short)now;
        return r;
}

int script_set(struct scripted_world *w, int fd, int now)
{
        return set(w, fd, w->interest[fd], now);
}

int script_renew(struct scripted_world *w, int fd)
{
        return set(w, fd, w->interest[fd], w->interest[fd]);
}

void script_wait(struct scripted_world *w, const void *found, int nfound)
{
        w->found = found;
        w->nfound = nfound;
        assert_int_equal(w->b->ops->prepare(w->b), 0);
        assert_int_equal(w->b->ops->wait(w->b, -1), 0);
}

void script_collect(struct scripted_world *w, int batch)
{
        int n;

        w->nready = 0;
        do {
                n = w->b->ops->collect(w->b, &w->ready[w->nready], batch);
                assert_in_range(n, 0, batch);
                w->nready += n;
                assert_in_range(w->nready, 0, SCRIPT_MAX - batch);
        } while (n == batch);
}

int script_turn(struct scripted_world *w, const void *found, int nfound, int64_t timeout_ns)
{
        int r = w->b->ops->prepare(w->b);

        w->found = found;
        w->nfound = nfound;
        w->nready = 0;
        if (r == 0)
                r = w->b->ops->wait(w->b, timeout_ns);
        if (r == 0)
                script_collect(w, 16);
        return r;
}

void script_expect(const struct scripted_world *w, int n, int fd, int what)
{
        assert_in_range(n, 0, w->nready - 1);
        assert_int_equal(w->ready[n].fd, fd);
        assert_int_equal(w->ready[n].what, what);
        assert_int_equal(w->ready[n].generation, w->states[fd][0]);
}

void script_fail_open(const struct backend_ops *ops, int nallocations)
{
        struct scripted_world w;

        for (int n = 0; n <= nallocations; n++) {
                make_world(&w);
                w.allocations_left = n;
                w.open_error = n == nallocations ? EMFILE : 0;
                assert_int_equal(ops->open(w.os, 0, &w.b), n == nallocations ? -EMFILE : -ENOMEM);
                assert_int_equal(w.nopen, 0);
                assert_int_equal(w.small.blocks, 0);
        }
        w.ops.kqueue = w.ops.devpoll_open = w.ops.port_create = NULL;
        assert_false(ops->is_available(w.os));
}
