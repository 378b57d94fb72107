/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The wrappers, through which alone the library reaches a world. Each asserts what its caller owes,
 * calls the table, and asserts what the world promises: a wrong argument is found before the kernel
 * could make something of it, and a wrong world (a simulation, a shim) before the library could.
 * Those of the BSDs' and Solaris's demultiplexers are in os_demux.c.
 */
#include "os/os.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "os/checked.h"

/* The world that this thread has entered. A thread starts in none, which is the real one. Asked by
 * every call that has no base, hence the model that costs one load. */
static _Thread_local struct os *entered __attribute__((tls_model("initial-exec")));

struct os *os_current(void)
{
        return entered != NULL ? entered : os_real();
}

struct os *os_enter(struct os *os)
{
        struct os *before = entered;

        entered = os;
        return before;
}

/* ---- Memory ------------------------------------------------------------------------------ */

void *os_alloc(struct os *os, size_t size)
{
        assert(size > 0);
        return os->ops->alloc(os, size);
}

void *os_calloc(struct os *os, size_t count, size_t size)
{
        void *memory;

        assert(count > 0 && size > 0);
        if (count > SIZE_MAX / size)
                return NULL;
        memory = os_alloc(os, count * size);
        return memory != NULL ? memset(memory, 0, count * size) : NULL;
}

void *os_realloc(struct os *os, void *ptr, size_t size)
{
        assert(size > 0);
        return os->ops->realloc(os, ptr, size);
}

/* A free function of the user's (event_set_mem_functions) never sees NULL. */
void os_free(struct os *os, void *ptr)
{
        if (ptr != NULL)
                os->ops->free(os, ptr);
}

/* ---- Clocks, randomness, environment, threads, output ------------------------------------- */

int64_t os_clock(struct os *os, enum os_clock clock)
{
        const int64_t now = os->ops->clock(os, clock);

        assert(now >= 0 || clock == OS_CLOCK_REALTIME);
        return now;
}

int os_random(struct os *os, void *buf, size_t len)
{
        assert(buf != NULL || len == 0);
        return checked(os->ops->random(os, buf, len));
}

const char *os_getenv(struct os *os, const char *name)
{
        assert(name != NULL && name[0] != '\0' && strchr(name, '=') == NULL);
        return os->ops->getenv(os, name);
}

bool os_is_privileged(struct os *os)
{
        return os->ops->is_privileged(os);
}

int os_getpid(struct os *os)
{
        int result;

        if (os->ops->getpid == NULL)
                return -ENOSYS;
        result = os->ops->getpid(os);
        assert(result > 0);
        return result;
}

const struct os_threads *os_threads(struct os *os)
{
        return os->ops->threads != NULL ? os->ops->threads(os) : NULL;
}

void os_yield(struct os *os)
{
        os->ops->yield(os);
}

int os_atomic_exchange(struct os *os, int *object, int value)
{
        assert(object != NULL);
        return os->ops->atomic_exchange(os, object, value);
}

void os_log(struct os *os, int severity, const char *line)
{
        assert(line != NULL);
        os->ops->log(os, severity, line);
}

_Noreturn void os_terminate(struct os *os, int code)
{
        os->ops->terminate(os, code);
        abort(); /* the world broke its promise */
}

/* ---- Descriptors ------------------------------------------------------------------------- */

ssize_t os_read(struct os *os, int fd, void *buf, size_t len)
{
        assert(buf != NULL || len == 0);
        assert(len <= SSIZE_MAX);
        return checked_bytes(os->ops->read(os, fd, buf, len), len);
}

ssize_t os_write(struct os *os, int fd, const void *buf, size_t len)
{
        assert(buf != NULL || len == 0);
        assert(len <= SSIZE_MAX);
        return checked_bytes(os->ops->write(os, fd, buf, len), len);
}

int os_close(struct os *os, int fd)
{
        const int result = checked(os->ops->close(os, fd));

        assert(result != -EINTR);
        return result;
}

int os_set_nonblocking(struct os *os, int fd)
{
        return checked(os->ops->set_nonblocking(os, fd));
}

int os_is_nonblocking(struct os *os, int fd)
{
        assert(fd >= 0);
        return checked_count(os->ops->is_nonblocking(os, fd), 1);
}

int os_set_cloexec(struct os *os, int fd)
{
        return checked(os->ops->set_cloexec(os, fd));
}

int os_setsockopt(struct os *os, int fd, int level, int name, const void *value, socklen_t len)
{
        assert(value != NULL || len == 0);
        return checked(os->ops->setsockopt(os, fd, level, name, value, len));
}

int os_socketpair(struct os *os, int domain, int type, int protocol, int fds[2])
{
        int result;

        assert(fds != NULL);
        result = checked(os->ops->socketpair(os, domain, type, protocol, fds));
        assert(result != 0 || (fds[0] >= 0 && fds[1] >= 0 && fds[0] != fds[1]));
        return result;
}

int os_pipe(struct os *os, int fds[2])
{
        int result;

        assert(fds != NULL);
        result = checked(os->ops->pipe(os, fds));
        assert(result != 0 || (fds[0] >= 0 && fds[1] >= 0 && fds[0] != fds[1]));
        return result;
}

int os_eventfd(struct os *os)
{
        return os->ops->eventfd != NULL ? checked_fd(os->ops->eventfd(os)) : -ENOSYS;
}

int os_if_index(struct os *os, const char *name)
{
        int result;

        assert(name != NULL);
        result = checked_count(os->ops->if_index(os, name), INT_MAX);
        assert(result != 0);
        return result;
}

/* ---- Demultiplexers ---------------------------------------------------------------------- */

bool os_has_epoll(const struct os *os)
{
        return os->ops->epoll_create != NULL;
}

int os_epoll_create(struct os *os)
{
        return os_has_epoll(os) ? checked_fd(os->ops->epoll_create(os)) : -ENOSYS;
}

int os_epoll_ctl(struct os *os, int epfd, int op, int fd, struct epoll_event *event)
{
        assert(op == EPOLL_CTL_ADD || op == EPOLL_CTL_MOD || op == EPOLL_CTL_DEL);
        assert(event != NULL || op == EPOLL_CTL_DEL);
        if (!os_has_epoll(os))
                return -ENOSYS;
        return checked(os->ops->epoll_ctl(os, epfd, op, fd, event));
}

int os_epoll_wait(struct os *os, int epfd, struct epoll_event *events, int max, int timeout_ms)
{
        assert(events != NULL && max > 0 && timeout_ms >= -1);
        if (!os_has_epoll(os))
                return -ENOSYS;
        return checked_count(os->ops->epoll_wait(os, epfd, events, max, timeout_ms), max);
}

int os_epoll_pwait2(struct os *os, int epfd, struct epoll_event *events, int max,
                    int64_t timeout_ns)
{
        assert(events != NULL && max > 0 && timeout_ns >= -1);
        if (os->ops->epoll_pwait2 == NULL)
                return -ENOSYS;
        return checked_count(os->ops->epoll_pwait2(os, epfd, events, max, timeout_ns), max);
}

int os_timerfd_create(struct os *os)
{
        return os->ops->timerfd_create != NULL ? checked_fd(os->ops->timerfd_create(os)) : -ENOSYS;
}

int os_timerfd_settime(struct os *os, int fd, int64_t timeout_ns)
{
        assert(timeout_ns >= 0);
        if (os->ops->timerfd_settime == NULL)
                return -ENOSYS;
        return checked(os->ops->timerfd_settime(os, fd, timeout_ns));
}

int os_poll(struct os *os, struct pollfd *fds, size_t count, int64_t timeout_ns)
{
        assert(fds != NULL || count == 0);
        assert(count <= INT_MAX && timeout_ns >= -1);
        return checked_count(os->ops->poll(os, fds, count, timeout_ns), (int)count);
}

int os_select(struct os *os, int nfds, unsigned long *readable, unsigned long *writable,
              unsigned long *except, int64_t timeout_ns)
{
        assert(nfds >= 0 && nfds <= INT_MAX / 3 && timeout_ns >= -1);
        return checked_count(os->ops->select(os, nfds, readable, writable, except, timeout_ns),
                             3 * nfds);
}

/* ---- Signals ----------------------------------------------------------------------------- */

int os_signal_install(struct os *os, int signal_number, os_signal_fn handler,
                      struct sigaction *saved)
{
        assert(handler != NULL && saved != NULL);
        return checked(os->ops->signal_install(os, signal_number, handler, saved));
}

int os_signal_restore(struct os *os, int signal_number, const struct sigaction *saved)
{
        assert(saved != NULL);
        return checked(os->ops->signal_restore(os, signal_number, saved));
}
