/* SPDX-License-Identifier: BSD-3-Clause */
/* The shim's calls, but for those that wait or tell the time (shim_waits.c), and for what the BSDs and
 * Solaris have (shim_demux.c). */
#include "shim.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Memory: each block carries its size before it ----------------------------------------- */

#define ALIVE UINT32_C(0x600dbeef)

union block {
        struct {
                size_t size;
                uint32_t state;
        } head;
        max_align_t alignment;
};

static void *enter_block(struct shim *s, union block *block, size_t size)
{
        if (block == NULL)
                return NULL;
        block->head.size = size;
        block->head.state = ALIVE;
        atomic_fetch_add(&s->live_blocks, 1);
        atomic_fetch_add(&s->live_bytes, (long)size);
        return block + 1;
}

/* Fails if the block was freed already, or comes from another world. */
static union block *leave_block(struct shim *s, void *ptr)
{
        union block *block = (union block *)ptr - 1;

        if (block->head.state != ALIVE) {
                fprintf(stderr, "shim: free of what is not alive or not of this world\n");
                abort();
        }
        block->head.state = 0;
        atomic_fetch_add(&s->live_blocks, -1);
        atomic_fetch_add(&s->live_bytes, -(long)block->head.size);
        return block;
}

static void *shim_alloc(struct os *os, size_t size)
{
        struct shim *s = shim_of(os);
        void *memory = NULL;

        if (shim_fault(s, SHIM_ALLOC) == 0)
                memory = enter_block(s, os_alloc(s->inner, size + sizeof(union block)), size);
        shim_note(s, SHIM_ALLOC, -1, (int64_t)size, memory != NULL ? 0 : -ENOMEM);
        return memory;
}

static void *forward_realloc(struct shim *s, void *ptr, size_t size)
{
        union block *before = ptr != NULL ? leave_block(s, ptr) : NULL;
        union block *after = os_realloc(s->inner, before, size + sizeof(union block));

        if (after == NULL && before != NULL)
                enter_block(s, before, before->head.size);
        return enter_block(s, after, size);
}

static void *shim_realloc(struct os *os, void *ptr, size_t size)
{
        struct shim *s = shim_of(os);
        void *memory = NULL;

        if (shim_fault(s, SHIM_REALLOC) == 0)
                memory = forward_realloc(s, ptr, size);
        shim_note(s, SHIM_REALLOC, -1, (int64_t)size, memory != NULL ? 0 : -ENOMEM);
        return memory;
}

static void shim_free(struct os *os, void *ptr)
{
        struct shim *s = shim_of(os);

        atomic_fetch_add(&s->calls[SHIM_FREE], 1);
        os_free(s->inner, leave_block(s, ptr));
}

/* ---- Locks: their callbacks know no world. They outlive the shim, in the process ---------------
 */

static struct shim *lock_shim; /* the last that was asked for its threads and is not cleared */
static struct os_threads inner_threads;

static bool lock_call_fails(enum shim_call call)
{
        return lock_shim != NULL &&
               shim_note(lock_shim, call, -1, 0, shim_fault(lock_shim, call)) != 0;
}

static void *lock_new(unsigned locktype)
{
        return lock_call_fails(SHIM_LOCK_NEW) ? NULL : inner_threads.locks.alloc(locktype);
}

static void *condition_new(unsigned condtype)
{
        return lock_call_fails(SHIM_CONDITION_NEW)
                       ? NULL
                       : inner_threads.conditions.alloc_condition(condtype);
}

static const struct os_threads *shim_threads(struct os *os)
{
        static struct os_threads threads;
        struct shim *s = shim_of(os);
        const struct os_threads *inner = os_threads(s->inner);

        if (inner == NULL)
                return NULL;
        lock_shim = s;
        inner_threads = *inner;
        threads = *inner;
        threads.locks.alloc = lock_new;
        threads.conditions.alloc_condition = condition_new;
        return &threads;
}

/* ---- Descriptors ------------------------------------------------------------------------- */

static void enter_descriptor(struct shim *s, int fd)
{
        if (fd >= 0 && fd < SHIM_FD_MAX && !atomic_exchange(&s->is_open[fd], true))
                atomic_fetch_add(&s->open_descriptors, 1);
}

static void leave_descriptor(struct shim *s, int fd)
{
        if (fd >= 0 && fd < SHIM_FD_MAX && atomic_exchange(&s->is_open[fd], false))
                atomic_fetch_add(&s->open_descriptors, -1);
}

int shim_note_maker(struct shim *s, enum shim_call call, int result)
{
        enter_descriptor(s, result);
        return shim_note(s, call, result, 0, result);
}

static int note_pair_maker(struct shim *s, enum shim_call call, const int fds[2], int result)
{
        if (result == 0) {
                enter_descriptor(s, fds[0]);
                enter_descriptor(s, fds[1]);
        }
        return shim_note(s, call, result == 0 ? fds[0] : -1, 0, result);
}

static int shim_pipe(struct os *os, int fds[2])
{
        struct shim *s = shim_of(os);
        const int fault = shim_fault(s, SHIM_PIPE);

        return note_pair_maker(s, SHIM_PIPE, fds, fault != 0 ? fault : os_pipe(s->inner, fds));
}

static int shim_socketpair(struct os *os, int domain, int type, int protocol, int fds[2])
{
        struct shim *s = shim_of(os);
        int result = shim_fault(s, SHIM_SOCKETPAIR);

        if (result == 0)
                result = os_socketpair(s->inner, domain, type, protocol, fds);
        return note_pair_maker(s, SHIM_SOCKETPAIR, fds, result);
}

static int shim_eventfd(struct os *os)
{
        struct shim *s = shim_of(os);
        const int fault = shim_fault(s, SHIM_EVENTFD);

        return shim_note_maker(s, SHIM_EVENTFD, fault != 0 ? fault : os_eventfd(s->inner));
}

static int shim_epoll_create(struct os *os)
{
        struct shim *s = shim_of(os);
        const int fault = shim_fault(s, SHIM_EPOLL_CREATE);

        return shim_note_maker(s, SHIM_EPOLL_CREATE,
                               fault != 0 ? fault : os_epoll_create(s->inner));
}

static int shim_timerfd_create(struct os *os)
{
        struct shim *s = shim_of(os);
        int result = shim_fault(s, SHIM_TIMERFD_CREATE);

        if (s->has_no_timerfd)
                result = -ENOSYS;
        return shim_note_maker(s, SHIM_TIMERFD_CREATE,
                               result != 0 ? result : os_timerfd_create(s->inner));
}

/* The descriptor is gone whatever is answered. */
static int shim_close(struct os *os, int fd)
{
        struct shim *s = shim_of(os);
        const int fault = shim_fault(s, SHIM_CLOSE);
        const int result = os_close(s->inner, fd);

        leave_descriptor(s, fd);
        return shim_note(s, SHIM_CLOSE, fd, 0, result == 0 ? fault : result);
}

static ssize_t shim_read(struct os *os, int fd, void *buf, size_t len)
{
        struct shim *s = shim_of(os);
        const int fault = shim_fault(s, SHIM_READ);
        const ssize_t result = fault != 0 ? fault : os_read(s->inner, fd, buf, len);

        shim_note(s, SHIM_READ, fd, (int64_t)len, result);
        return result;
}

static ssize_t shim_write(struct os *os, int fd, const void *buf, size_t len)
{
        struct shim *s = shim_of(os);
        const int fault = shim_fault(s, SHIM_WRITE);
        const ssize_t result = fault != 0 ? fault : os_write(s->inner, fd, buf, len);

        shim_note(s, SHIM_WRITE, fd, (int64_t)len, result);
        return result;
}

static int shim_set_nonblocking(struct os *os, int fd)
{
        struct shim *s = shim_of(os);
        const int fault = shim_fault(s, SHIM_SET_NONBLOCKING);

        return shim_note(s, SHIM_SET_NONBLOCKING, fd, 0,
                         fault != 0 ? fault : os_set_nonblocking(s->inner, fd));
}

static int shim_is_nonblocking(struct os *os, int fd)
{
        struct shim *s = shim_of(os);
        const int fault = shim_fault(s, SHIM_IS_NONBLOCKING);

        return shim_note(s, SHIM_IS_NONBLOCKING, fd, 0,
                         fault != 0 ? fault : os_is_nonblocking(s->inner, fd));
}

static int shim_set_cloexec(struct os *os, int fd)
{
        struct shim *s = shim_of(os);
        const int fault = shim_fault(s, SHIM_SET_CLOEXEC);

        return shim_note(s, SHIM_SET_CLOEXEC, fd, 0,
                         fault != 0 ? fault : os_set_cloexec(s->inner, fd));
}

static int shim_setsockopt(struct os *os, int fd, int level, int name, const void *value,
                           socklen_t len)
{
        struct shim *s = shim_of(os);
        int result = shim_fault(s, SHIM_SETSOCKOPT);

        if (result == 0)
                result = os_setsockopt(s->inner, fd, level, name, value, len);
        return shim_note(s, SHIM_SETSOCKOPT, fd, name, result);
}

static int shim_epoll_ctl(struct os *os, int epfd, int op, int fd, struct epoll_event *event)
{
        struct shim *s = shim_of(os);
        const enum shim_call call = op == EPOLL_CTL_ADD   ? SHIM_EPOLL_ADD
                                    : op == EPOLL_CTL_MOD ? SHIM_EPOLL_MOD
                                                          : SHIM_EPOLL_DEL;
        int result = shim_fault(s, call);

        if (result == 0)
                result = os_epoll_ctl(s->inner, epfd, op, fd, event);
        return shim_note(s, call, fd, event != NULL ? event->events : 0, result);
}

/* ---- The rest ---------------------------------------------------------------------------- */

static int shim_random(struct os *os, void *buf, size_t len)
{
        struct shim *s = shim_of(os);
        const int fault = shim_fault(s, SHIM_RANDOM);

        return shim_note(s, SHIM_RANDOM, -1, (int64_t)len,
                         fault != 0 ? fault : os_random(s->inner, buf, len));
}

static int shim_if_index(struct os *os, const char *name)
{
        struct shim *s = shim_of(os);
        const int fault = shim_fault(s, SHIM_IF_INDEX);

        return shim_note(s, SHIM_IF_INDEX, -1, 0, fault != 0 ? fault : os_if_index(s->inner, name));
}

static int shim_signal_install(struct os *os, int signal_number, os_signal_fn handler,
                               struct sigaction *saved)
{
        struct shim *s = shim_of(os);
        int result = shim_fault(s, SHIM_SIGNAL_INSTALL);

        if (result == 0)
                result = os_signal_install(s->inner, signal_number, handler, saved);
        return shim_note(s, SHIM_SIGNAL_INSTALL, signal_number, 0, result);
}

static int shim_signal_restore(struct os *os, int signal_number, const struct sigaction *saved)
{
        struct shim *s = shim_of(os);
        int result = shim_fault(s, SHIM_SIGNAL_RESTORE);

        if (result == 0)
                result = os_signal_restore(s->inner, signal_number, saved);
        return shim_note(s, SHIM_SIGNAL_RESTORE, signal_number, 0, result);
}

static const char *shim_getenv(struct os *os, const char *name)
{
        return os_getenv(shim_of(os)->inner, name);
}

static int shim_getpid(struct os *os)
{
        return os_getpid(shim_of(os)->inner);
}

static bool shim_is_privileged(struct os *os)
{
        return os_is_privileged(shim_of(os)->inner);
}

static void shim_yield(struct os *os)
{
        os_yield(shim_of(os)->inner);
}

static int shim_atomic_exchange(struct os *os, int *object, int value)
{
        return os_atomic_exchange(shim_of(os)->inner, object, value);
}

static void shim_log(struct os *os, int severity, const char *line)
{
        os_log(shim_of(os)->inner, severity, line);
}

static void shim_terminate(struct os *os, int code)
{
        struct shim *s = shim_of(os);

        if (s->end == NULL)
                os_terminate(s->inner, code);
        s->exit_code = code;
        longjmp(*s->end, 1);
}

static const struct os_ops shim_ops = {
        .alloc = shim_alloc,
        .realloc = shim_realloc,
        .free = shim_free,
        .random = shim_random,
        .getenv = shim_getenv,
        .getpid = shim_getpid,
        .is_privileged = shim_is_privileged,
        .threads = shim_threads,
        .yield = shim_yield,
        .atomic_exchange = shim_atomic_exchange,
        .log = shim_log,
        .terminate = shim_terminate,
        .read = shim_read,
        .write = shim_write,
        .close = shim_close,
        .set_nonblocking = shim_set_nonblocking,
        .is_nonblocking = shim_is_nonblocking,
        .set_cloexec = shim_set_cloexec,
        .setsockopt = shim_setsockopt,
        .socketpair = shim_socketpair,
        .pipe = shim_pipe,
        .eventfd = shim_eventfd,
        .if_index = shim_if_index,
        .epoll_create = shim_epoll_create,
        .epoll_ctl = shim_epoll_ctl,
        .timerfd_create = shim_timerfd_create,
        .signal_install = shim_signal_install,
        .signal_restore = shim_signal_restore,
};

void shim_init(struct shim *s, struct os *inner)
{
        memset(s, 0, sizeof *s);
        s->inner = inner;
        s->ops = shim_ops;
        s->ops.name = inner->ops->name;
        s->os.ops = &s->ops;
        s->os.process = inner->process;
        s->timer_fd = -1;
        if (inner->ops->getpid == NULL)
                s->ops.getpid = NULL;
        shim_init_waits(s);
        shim_init_demux(s);
        if (!os_has_epoll(inner))
                shim_hide_epoll(s);
        shim_heal(s);
}

void shim_clear(struct shim *s)
{
        if (lock_shim == s)
                lock_shim = NULL;
        if (os_current() == &s->os)
                os_enter(NULL);
}

void shim_hide_epoll(struct shim *s)
{
        s->ops.eventfd = NULL;
        s->ops.epoll_create = NULL;
        s->ops.epoll_ctl = NULL;
        s->ops.epoll_wait = NULL;
        s->ops.epoll_pwait2 = NULL;
        s->ops.timerfd_create = NULL;
        s->ops.timerfd_settime = NULL;
}
