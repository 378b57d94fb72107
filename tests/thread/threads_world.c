/* SPDX-License-Identifier: BSD-3-Clause */
/* The world of the tests with real threads; threads.h says what for. */
#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "os/os.h"
#include "threads.h"

#define HANG_S 300

#if defined(__SANITIZE_THREAD__)
#define HAS_PWAIT2 0
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define HAS_PWAIT2 0
#endif
#endif
#if !defined(HAS_PWAIT2)
#define HAS_PWAIT2 1
#endif

static struct os_ops world_ops;
static struct os world;
static atomic_int nsleeping; /* waits under way that may sleep */

static void note_sleep(int64_t timeout, int by)
{
        if (timeout != 0)
                atomic_fetch_add_explicit(&nsleeping, by, memory_order_relaxed);
}

static int world_epoll_wait(struct os *os, int epfd, struct epoll_event *events, int max,
                            int timeout_ms)
{
        (void)os;
        note_sleep(timeout_ms, 1);
        const int r = os_epoll_wait(os_real(), epfd, events, max, timeout_ms);
        note_sleep(timeout_ms, -1);
        return r;
}

static int world_epoll_pwait2(struct os *os, int epfd, struct epoll_event *events, int max,
                              int64_t timeout_ns)
{
        (void)os;
        if (!HAS_PWAIT2)
                return -ENOSYS;
        note_sleep(timeout_ns, 1);
        const int r = os_epoll_pwait2(os_real(), epfd, events, max, timeout_ns);
        note_sleep(timeout_ns, -1);
        return r;
}

static int world_poll(struct os *os, struct pollfd *fds, size_t count, int64_t timeout_ns)
{
        (void)os;
        note_sleep(timeout_ns, 1);
        const int r = os_poll(os_real(), fds, count, timeout_ns);
        note_sleep(timeout_ns, -1);
        return r;
}

static int world_select(struct os *os, int nfds, unsigned long *readable, unsigned long *writable,
                        unsigned long *except, int64_t timeout_ns)
{
        (void)os;
        note_sleep(timeout_ns, 1);
        const int r = os_select(os_real(), nfds, readable, writable, except, timeout_ns);
        note_sleep(timeout_ns, -1);
        return r;
}

/* With the changelist the loop's thread tells the kernel of a removal, maybe after the thread that
 * deleted the event has closed the descriptor. Its user chose that, so ThreadSanitizer, which takes
 * it for a race on the descriptor, does not get to know of this call. */
static int late_epoll_ctl(struct os *os, int epfd, int op, int fd, struct epoll_event *event)
{
        (void)os;
        return syscall(SYS_epoll_ctl, (long)epfd, (long)op, (long)fd, event) == 0 ? 0 : -errno;
}

struct os *threads_world(const char *method)
{
        alarm(HANG_S);
        world_ops = *os_real()->ops;
        if (strcmp(method, "changelist") == 0)
                world_ops.epoll_ctl = late_epoll_ctl;
        world_ops.epoll_wait = world_epoll_wait;
        world_ops.epoll_pwait2 = world_epoll_pwait2;
        world_ops.poll = world_poll;
        world_ops.select = world_select;
        world = (struct os){&world_ops, os_real()->process};
        return &world;
}

bool is_asleep(void)
{
        return atomic_load_explicit(&nsleeping, memory_order_relaxed) > 0;
}
