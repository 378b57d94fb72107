/* SPDX-License-Identifier: BSD-3-Clause */
/* The shim's bookkeeping: which call fails, and what was called. */
#include <errno.h>
#include <stdio.h>

#include "shim.h"

/* Errors that these calls have in life. A wait or a transfer is interrupted. */
static const struct {
        const char *name;
        int error;
} known[SHIM_CALLS] = {
        [SHIM_ALLOC] = {"alloc", ENOMEM},
        [SHIM_REALLOC] = {"realloc", ENOMEM},
        [SHIM_LOCK_NEW] = {"lock_new", ENOMEM},
        [SHIM_CONDITION_NEW] = {"condition_new", ENOMEM},
        [SHIM_PIPE] = {"pipe", EMFILE},
        [SHIM_SOCKETPAIR] = {"socketpair", EMFILE},
        [SHIM_EVENTFD] = {"eventfd", EMFILE},
        [SHIM_EPOLL_CREATE] = {"epoll_create", EMFILE},
        [SHIM_TIMERFD_CREATE] = {"timerfd_create", EMFILE},
        [SHIM_EPOLL_ADD] = {"epoll_add", ENOSPC},
        [SHIM_EPOLL_MOD] = {"epoll_mod", ENOMEM},
        [SHIM_TIMERFD_SETTIME] = {"timerfd_settime", EINVAL},
        [SHIM_KQUEUE] = {"kqueue", EMFILE},
        [SHIM_KEVENT_CHANGE] = {"kevent_change", ENOMEM},
        [SHIM_DEVPOLL_OPEN] = {"devpoll_open", EMFILE},
        [SHIM_DEVPOLL_WRITE] = {"devpoll_write", ENOMEM},
        [SHIM_PORT_CREATE] = {"port_create", EMFILE},
        [SHIM_PORT_ASSOCIATE] = {"port_associate", ENOSPC},
        [SHIM_SIGNAL_INSTALL] = {"signal_install", EINVAL},
        [SHIM_SET_NONBLOCKING] = {"set_nonblocking", EBADF},
        [SHIM_IS_NONBLOCKING] = {"is_nonblocking", EBADF},
        [SHIM_SET_CLOEXEC] = {"set_cloexec", EBADF},
        [SHIM_SETSOCKOPT] = {"setsockopt", ENOBUFS},
        [SHIM_IF_INDEX] = {"if_index", ENXIO},
        [SHIM_CLOSE] = {"close", EIO},
        [SHIM_READ] = {"read", EINTR},
        [SHIM_WRITE] = {"write", EINTR},
        [SHIM_EPOLL_WAIT] = {"epoll_wait", EINTR},
        [SHIM_EPOLL_PWAIT2] = {"epoll_pwait2", EINTR},
        [SHIM_POLL] = {"poll", EINTR},
        [SHIM_SELECT] = {"select", EINTR},
        [SHIM_KEVENT_WAIT] = {"kevent_wait", EINTR},
        [SHIM_DEVPOLL_POLL] = {"devpoll_poll", EINTR},
        [SHIM_PORT_GETN] = {"port_getn", EINTR},
        [SHIM_EPOLL_DEL] = {"epoll_del", ENOENT},
        [SHIM_KEVENT_REMOVE] = {"kevent_remove", ENOENT},
        [SHIM_DEVPOLL_REMOVE] = {"devpoll_remove", EBADF},
        [SHIM_PORT_DISSOCIATE] = {"port_dissociate", ENOENT},
        [SHIM_SIGNAL_RESTORE] = {"signal_restore", EINVAL},
        [SHIM_RANDOM] = {"random", EIO},
        [SHIM_FREE] = {"free", 0},
        [SHIM_CLOCK] = {"clock", 0},
};

const char *shim_name(enum shim_call call)
{
        return call < SHIM_CALLS ? known[call].name : "none";
}

void shim_heal(struct shim *s)
{
        shim_fail(s, 0, 1, false);
}

void shim_fail(struct shim *s, uint64_t set, long n, bool and_after)
{
        for (int i = 0; i < SHIM_CALLS; i++) {
                if (s->errors[i] == 0)
                        s->errors[i] = known[i].error;
                s->interrupted[i] = false;
        }
        s->failing = set & ~(SHIM_BIT(SHIM_FREE) | SHIM_BIT(SHIM_CLOCK));
        s->fail_at = n;
        s->fail_on = and_after;
        s->counted = 0;
        s->hits = 0;
        s->hit = SHIM_CALLS;
}

static bool is_due(struct shim *s, enum shim_call call)
{
        long n;

        if ((s->failing & SHIM_BIT(call)) == 0)
                return false;
        n = atomic_fetch_add(&s->counted, 1) + 1;
        if (n < s->fail_at || (n > s->fail_at && !s->fail_on))
                return false;
        return s->errors[call] != EINTR || !atomic_exchange(&s->interrupted[call], true);
}

int shim_fault(struct shim *s, enum shim_call call)
{
        int none = SHIM_CALLS;

        atomic_fetch_add(&s->calls[call], 1);
        if (!is_due(s, call)) {
                s->interrupted[call] = false;
                return 0;
        }
        atomic_fetch_add(&s->hits, 1);
        atomic_compare_exchange_strong(&s->hit, &none, (int)call);
        return -s->errors[call];
}

int shim_note(struct shim *s, enum shim_call call, int fd, int64_t argument, int64_t result)
{
        if (s->is_tracing) {
                const long place = atomic_fetch_add(&s->traced, 1);
                if (place < SHIM_TRACE_MAX)
                        s->trace[place] = (struct shim_entry){call, fd, argument, result};
        }
        return (int)result;
}

static long trace_length(const struct shim *s)
{
        return s->traced < SHIM_TRACE_MAX ? s->traced : SHIM_TRACE_MAX;
}

const struct shim_entry *shim_find(const struct shim *s, enum shim_call call, int n)
{
        for (long i = 0; i < trace_length(s); i++)
                if (s->trace[i].call == call && n-- == 0)
                        return &s->trace[i];
        return NULL;
}

void shim_print(const struct shim *s)
{
        for (long i = 0; i < trace_length(s); i++) {
                const struct shim_entry *e = &s->trace[i];
                printf("%s(%d, %lld) = %lld\n", shim_name(e->call), e->fd, (long long)e->argument,
                       (long long)e->result);
        }
}

bool shim_is_clean(const struct shim *s)
{
        return s->live_blocks == 0 && s->live_bytes == 0 && s->open_descriptors == 0;
}
