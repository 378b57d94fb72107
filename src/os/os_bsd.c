/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The real world of FreeBSD, NetBSD, OpenBSD, DragonFly and macOS: what every Unix has, with kqueue
 * and arc4random, and pipe2 and ppoll where there are those (macOS has neither).
 *
 * kqueue(2) has no flag for close-on-exec that all of these know. It needs none against another
 * thread that forks and executes, since a child process does not inherit a kqueue.
 *
 * It is compiled against the headers of four of these systems (tests/foreign-headers), and has run
 * on none.
 */
#include "os/os_posix.h"

#if defined(EVI_WORLD_BSD)

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "os/kevent.h"
#include "os/process.h"
#include "os/time.h"

#if defined(__NetBSD__)
typedef size_t kevent_count;
#define PPOLL pollts /* ppoll(2) came with NetBSD 10 */
#else
typedef int kevent_count;
#define PPOLL ppoll
#endif

static int bsd_random(struct os *os, void *buf, size_t len)
{
        (void)os;
        arc4random_buf(buf, len);
        return 0;
}

static bool bsd_is_privileged(struct os *os)
{
        (void)os;
        return issetugid() != 0;
}

static int bsd_kqueue(struct os *os)
{
        const int kq = evi_posix_result(kqueue());
        int r;

        if (kq < 0)
                return kq;
        r = evi_posix_set_cloexec(os, kq);
        if (r == 0)
                return kq;
        evi_posix_close(os, kq);
        return r;
}

static int bsd_kevent(struct os *os, int kq, const struct kevent *changes, int nchanges,
                      struct kevent *events, int max, int64_t timeout_ns)
{
        struct timespec timeout = {0};

        (void)os;
        if (timeout_ns >= 0)
                timeout = os_timespec_from_ns(timeout_ns);
        return evi_posix_result(kevent(kq, changes, (kevent_count)nchanges, events,
                                       (kevent_count)max, timeout_ns >= 0 ? &timeout : NULL));
}

#if defined(__APPLE__)

#define bsd_pipe evi_unix_pipe
#define bsd_poll evi_unix_poll

#else

static int bsd_pipe(struct os *os, int fds[2])
{
        (void)os;
        return evi_posix_result(pipe2(fds, O_NONBLOCK | O_CLOEXEC));
}

static int bsd_poll(struct os *os, struct pollfd *fds, size_t count, int64_t timeout_ns)
{
        struct timespec timeout = {0};

        (void)os;
        if (timeout_ns >= 0)
                timeout = os_timespec_from_ns(timeout_ns);
        return evi_posix_result(ppoll(fds, (nfds_t)count, timeout_ns >= 0 ? &timeout : NULL, NULL));
}

#endif

static const struct os_ops bsd_ops = {
        .name = "bsd",
        EVI_POSIX_CALLS,
        .random = bsd_random,
        .is_privileged = bsd_is_privileged,
        .pipe = bsd_pipe,
        .poll = bsd_poll,
        .kqueue = bsd_kqueue,
        .kevent = bsd_kevent,
};

static struct os_process real_process;
static struct os real_world = {.ops = &bsd_ops, .process = &real_process};

struct os *os_real(void)
{
        return &real_world;
}

#endif
