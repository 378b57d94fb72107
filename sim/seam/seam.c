/* SPDX-License-Identifier: BSD-3-Clause */
#include "seam/seam.h"

#include <event2/event.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>

#include "kernel/calls.h"
#include "kernel/host.h"
#include "kernel/process.h"
#include "net/calls.h"
#include "os/time.h"

/* ---- Memory ------------------------------------------------------------------------------------
 */

static void *seam_alloc(struct os *os, size_t size)
{
        if (os->process->malloc_fn != NULL)
                return os->process->malloc_fn(size);
        return evsim_host_alloc(evsim_host_of(os), size);
}

static void *seam_realloc(struct os *os, void *ptr, size_t size)
{
        if (os->process->realloc_fn != NULL)
                return os->process->realloc_fn(ptr, size);
        return evsim_host_realloc(evsim_host_of(os), ptr, size);
}

static void seam_free(struct os *os, void *ptr)
{
        if (os->process->free_fn != NULL)
                os->process->free_fn(ptr);
        else
                evsim_host_free(evsim_host_of(os), ptr);
}

/* ---- The process -------------------------------------------------------------------------------
 */

static int64_t seam_clock(struct os *os, enum os_clock clock)
{
        return evsim_sys_clock(evsim_host_of(os), clock);
}

static int seam_random(struct os *os, void *buf, size_t len)
{
        return evsim_sys_random(evsim_host_of(os), buf, len);
}

static const char *seam_getenv(struct os *os, const char *name)
{
        return evsim_host_getenv(evsim_host_of(os), name);
}

static int seam_getpid(struct os *os)
{
        return evsim_sys_getpid(evsim_host_of(os));
}

static bool seam_is_privileged(struct os *os)
{
        return evsim_host_of(os)->config.is_privileged;
}

static void seam_yield(struct os *os)
{
        evsim_sys_yield(evsim_host_of(os));
}

static int seam_atomic_exchange(struct os *os, int *object, int value)
{
        const int before = *object;

        (void)os;
        *object = value;
        return before;
}

/* How long the address at the text is, as printf's %p writes it; 0: it is none. Flags in hexadecimal,
 * which a log has too, are shorter. */
static size_t address_length(const char *text)
{
        size_t n;

        if (strncmp(text, "0x", 2) != 0)
                return 0;
        n = 2 + strspn(text + 2, "0123456789abcdef");
        return n > 2 + 4 ? n : 0;
}

/* The library's messages name events and bases by their addresses, which no trace may have. */
static void seam_log(struct os *os, int severity, const char *line)
{
        char text[512];
        size_t length = 0;

        (void)severity;
        while (*line != '\0' && length < sizeof text - 3) {
                const size_t skip = address_length(line);

                text[length++] = *line;
                if (skip > 0)
                        text[length++] = 'x';
                line += skip > 0 ? skip : 1;
        }
        text[length] = '\0';
        evsim_world_trace_text(evsim_host_of(os)->world, EVSIM_CALL_LOG, text);
}

static void seam_terminate(struct os *os, int code)
{
        struct evsim_host *host = evsim_host_of(os);

        if (code == OS_ABORT)
                evsim_world_end(host->world, EVSIM_TERMINATED, "%s: the process was aborted",
                                host->name);
        else
                evsim_process_end(host, code);
        evsim_die("unreachable");
}

/* ---- Descriptors -------------------------------------------------------------------------------
 */

static ssize_t seam_read(struct os *os, int fd, void *buf, size_t len)
{
        return evsim_sys_read(evsim_host_of(os), fd, buf, len);
}

static ssize_t seam_write(struct os *os, int fd, const void *buf, size_t len)
{
        return evsim_sys_write(evsim_host_of(os), fd, buf, len);
}

/* Whatever is answered, the descriptor is gone, and EINTR is success (os.h). */
static int seam_close(struct os *os, int fd)
{
        const int r = evsim_sys_close(evsim_host_of(os), fd);

        return r == -EINTR ? 0 : r;
}

static int seam_set_nonblocking(struct os *os, int fd)
{
        const int flags = evsim_sys_fcntl(evsim_host_of(os), fd, F_GETFL, 0);

        if (flags < 0 || (flags & O_NONBLOCK) != 0)
                return flags < 0 ? flags : 0;
        return evsim_sys_fcntl(evsim_host_of(os), fd, F_SETFL, flags | O_NONBLOCK);
}

static int seam_is_nonblocking(struct os *os, int fd)
{
        const int flags = evsim_sys_fcntl(evsim_host_of(os), fd, F_GETFL, 0);

        return flags < 0 ? flags : (flags & O_NONBLOCK) != 0;
}

static int seam_set_cloexec(struct os *os, int fd)
{
        return evsim_sys_fcntl(evsim_host_of(os), fd, F_SETFD, FD_CLOEXEC);
}

static int seam_pipe(struct os *os, int fds[2])
{
        return evsim_sys_pipe(evsim_host_of(os), fds, O_NONBLOCK | O_CLOEXEC);
}

static int seam_eventfd(struct os *os)
{
        return evsim_sys_eventfd(evsim_host_of(os), 0, O_NONBLOCK | O_CLOEXEC);
}

static int seam_setsockopt(struct os *os, int fd, int level, int name, const void *value,
                           socklen_t len)
{
        return evsim_sys_setsockopt(evsim_host_of(os), fd, level, name, value, len);
}

static int seam_socketpair(struct os *os, int domain, int type, int protocol, int fds[2])
{
        return evsim_sys_socketpair(evsim_host_of(os), domain, type, protocol, fds);
}

/* A host has the loopback interface and one more. */
static int seam_if_index(struct os *os, const char *name)
{
        struct evsim_host *host = evsim_host_of(os);
        int r = evsim_call_begin(host, EVSIM_CALL_IF_INDEX);

        if (r == 0)
                r = strcmp(name, "lo") == 0 ? 1 : strcmp(name, "eth0") == 0 ? 2 : -ENXIO;
        return (int)evsim_call_end(host, EVSIM_CALL_IF_INDEX, -1, 0, r);
}

/* ---- Demultiplexers ----------------------------------------------------------------------------
 */

static int seam_epoll_create(struct os *os)
{
        return evsim_sys_epoll_create(evsim_host_of(os), O_CLOEXEC);
}

static int seam_epoll_ctl(struct os *os, int epfd, int op, int fd, struct epoll_event *event)
{
        return evsim_sys_epoll_ctl(evsim_host_of(os), epfd, op, fd, event);
}

static int seam_epoll_wait(struct os *os, int epfd, struct epoll_event *events, int max,
                           int timeout_ms)
{
        const int64_t timeout_ns = timeout_ms < 0 ? -1 : (int64_t)timeout_ms * OS_NS_PER_MS;

        return evsim_sys_epoll_wait(evsim_host_of(os), epfd, events, max, timeout_ns);
}

static int seam_epoll_pwait2(struct os *os, int epfd, struct epoll_event *events, int max,
                             int64_t timeout_ns)
{
        return evsim_sys_epoll_wait(evsim_host_of(os), epfd, events, max, timeout_ns);
}

static int seam_timerfd_create(struct os *os)
{
        return evsim_sys_timerfd_create(evsim_host_of(os), CLOCK_MONOTONIC, O_NONBLOCK | O_CLOEXEC);
}

static int seam_timerfd_settime(struct os *os, int fd, int64_t timeout_ns)
{
        const struct itimerspec once = {.it_value = os_timespec_from_ns(timeout_ns)};

        return evsim_sys_timerfd_settime(evsim_host_of(os), fd, 0, &once, NULL);
}

static int seam_poll(struct os *os, struct pollfd *fds, size_t count, int64_t timeout_ns)
{
        return evsim_sys_poll(evsim_host_of(os), fds, count, timeout_ns);
}

static int seam_select(struct os *os, int nfds, unsigned long *readable, unsigned long *writable,
                       unsigned long *except, int64_t timeout_ns)
{
        return evsim_sys_select(evsim_host_of(os), nfds, readable, writable, except, timeout_ns);
}

static int seam_kqueue(struct os *os)
{
        return evsim_sys_kqueue(evsim_host_of(os));
}

static int seam_kevent(struct os *os, int kq, const struct kevent *changes, int nchanges,
                       struct kevent *events, int max, int64_t timeout_ns)
{
        return evsim_sys_kevent(evsim_host_of(os), kq, changes, nchanges, events, max, timeout_ns);
}

static int seam_devpoll_open(struct os *os)
{
        return evsim_sys_devpoll_open(evsim_host_of(os));
}

static int seam_devpoll_write(struct os *os, int dp, const struct pollfd *changes, int count)
{
        return evsim_sys_devpoll_write(evsim_host_of(os), dp, changes, (size_t)count);
}

static int seam_devpoll_poll(struct os *os, int dp, struct pollfd *out, int max, int64_t timeout_ns)
{
        return evsim_sys_devpoll_poll(evsim_host_of(os), dp, out, max, timeout_ns);
}

static int seam_port_create(struct os *os)
{
        return evsim_sys_port_create(evsim_host_of(os));
}

/* The seam has one word for what is no descriptor (os.h). */
static int seam_port_associate(struct os *os, int port, int fd, int events, void *user)
{
        const int r = evsim_sys_port_associate(evsim_host_of(os), port, PORT_SOURCE_FD,
                                               (uintptr_t)(unsigned)fd, events, user);

        return r == -EBADFD ? -EBADF : r;
}

static int seam_port_dissociate(struct os *os, int port, int fd)
{
        const int r = evsim_sys_port_dissociate(evsim_host_of(os), port, PORT_SOURCE_FD,
                                                (uintptr_t)(unsigned)fd);

        return r == -EBADFD ? -EBADF : r;
}

static int seam_port_getn(struct os *os, int port, struct port_event *out, int max,
                          int64_t timeout_ns)
{
        unsigned count = 1;
        const int r = evsim_sys_port_getn(evsim_host_of(os), port, out, (unsigned)max, &count,
                                          timeout_ns);

        return r == 0 ? (int)count : r == -ETIME ? 0 : r;
}

static int seam_signal_install(struct os *os, int signal_number, os_signal_fn handler,
                               struct sigaction *saved)
{
        return evsim_sys_signal_install(evsim_host_of(os), signal_number, handler, saved);
}

static int seam_signal_restore(struct os *os, int signal_number, const struct sigaction *saved)
{
        return evsim_sys_signal_restore(evsim_host_of(os), signal_number, saved);
}

/* ---- The tables --------------------------------------------------------------------------------
 */

#define EVERY_UNIX                                                                             \
        .alloc = seam_alloc, .realloc = seam_realloc, .free = seam_free, .clock = seam_clock,  \
        .random = seam_random, .getenv = seam_getenv, .is_privileged = seam_is_privileged,     \
        .getpid = seam_getpid, .threads = evsim_seam_threads, .yield = seam_yield,             \
        .atomic_exchange = seam_atomic_exchange, .log = seam_log, .terminate = seam_terminate, \
        .read = seam_read, .write = seam_write, .close = seam_close,                           \
        .set_nonblocking = seam_set_nonblocking, .is_nonblocking = seam_is_nonblocking,        \
        .set_cloexec = seam_set_cloexec, .setsockopt = seam_setsockopt,                        \
        .socketpair = seam_socketpair, .pipe = seam_pipe, .if_index = seam_if_index,           \
        .poll = seam_poll, .select = seam_select, .signal_install = seam_signal_install,       \
        .signal_restore = seam_signal_restore

#define LINUX                                                                                    \
        .eventfd = seam_eventfd, .epoll_create = seam_epoll_create, .epoll_ctl = seam_epoll_ctl, \
        .epoll_wait = seam_epoll_wait, .epoll_pwait2 = seam_epoll_pwait2,                        \
        .timerfd_create = seam_timerfd_create, .timerfd_settime = seam_timerfd_settime

#define BSD .kqueue = seam_kqueue, .kevent = seam_kevent

#define SOLARIS                                                                         \
        .devpoll_open = seam_devpoll_open, .devpoll_write = seam_devpoll_write,         \
        .devpoll_poll = seam_devpoll_poll, .port_create = seam_port_create,             \
        .port_associate = seam_port_associate, .port_dissociate = seam_port_dissociate, \
        .port_getn = seam_port_getn

static const struct os_ops any_ops = {.name = "simulated", EVERY_UNIX, LINUX, BSD, SOLARIS};
static const struct os_ops linux_ops = {.name = "simulated Linux", EVERY_UNIX, LINUX};
static const struct os_ops bsd_ops = {.name = "simulated BSD", EVERY_UNIX, BSD};
static const struct os_ops solaris_ops = {.name = "simulated Solaris", EVERY_UNIX, SOLARIS};
static const struct os_ops posix_ops = {.name = "simulated POSIX", EVERY_UNIX};

const struct os_ops *evsim_seam_ops(enum evsim_kernel kernel)
{
        switch (kernel) {
        case EVSIM_KERNEL_ANY:
                return &any_ops;
        case EVSIM_KERNEL_LINUX:
                return &linux_ops;
        case EVSIM_KERNEL_FREEBSD:
        case EVSIM_KERNEL_NETBSD:
        case EVSIM_KERNEL_OPENBSD:
        case EVSIM_KERNEL_MACOS:
                return &bsd_ops;
        case EVSIM_KERNEL_SOLARIS:
                return &solaris_ops;
        case EVSIM_KERNEL_POSIX:
                break;
        }
        return &posix_ops;
}

struct evsim_host *evsim_host_new(struct evsim_world *world, const char *name,
                                  const struct evsim_host_config *config)
{
        const struct evsim_host_config chosen = config != NULL ? *config : evsim_host_defaults();

        return evsim_host_make(world, name, &chosen, evsim_seam_ops(chosen.kernel));
}
