/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The real world of illumos and Solaris: what every Unix has, with event ports and /dev/poll.
 *
 * It was written from the manual pages (port_create(3C), port_associate(3C), port_get(3C),
 * poll(7d)). No headers of these systems are at hand: it is compiled against declarations of our
 * own (tests/foreign-headers/solaris), and has run nowhere.
 *
 * What is odd about these calls, and what is done here:
 *  - A bad descriptor is EBADFD for a port, which other systems do not have, and a limit on
 *    associations is EAGAIN, as if it could be tried again.
 *  - port_getn may fail with ETIME or EINTR and have fetched events all the same, which are then
 *    no longer associated (libuv, src/unix/sunos.c, has met that, and a count that was not updated).
 *    So the first entry is marked, and what was fetched is given whatever the result is.
 *  - A write to /dev/poll may be interrupted while another one goes on, before it has done
 *    anything. It is tried again, because only waits are to end with EINTR here.
 */
#include "os/os_posix.h"

#if defined(EVI_WORLD_SOLARIS)

#include <fcntl.h>
#include <poll.h>
#include <port.h>
#include <stropts.h>
#include <sys/devpoll.h>
#include <unistd.h>

#include "os/process.h"
#include "os/time.h"

static bool solaris_is_privileged(struct os *os)
{
        (void)os;
        return issetugid() != 0;
}

/* ---- /dev/poll --------------------------------------------------------------------------- */

static int solaris_devpoll_open(struct os *os)
{
        (void)os;
        return evi_posix_result(open("/dev/poll", O_RDWR | O_CLOEXEC));
}

/* Always at the beginning: an offset that grows would reach its end one day. */
static int solaris_devpoll_write(struct os *os, int dp, const struct pollfd *changes, int count)
{
        const size_t size = (size_t)count * sizeof *changes;
        ssize_t written;

        (void)os;
        do
                written = pwrite(dp, changes, size, 0);
        while (written < 0 && errno == EINTR);
        if (written < 0)
                return -errno;
        return (size_t)written == size ? 0 : -EIO;
}

static int solaris_devpoll_poll(struct os *os, int dp, struct pollfd *out, int max,
                                int64_t timeout_ns)
{
        struct dvpoll arguments = {
                .dp_fds = out, .dp_nfds = (nfds_t)max, .dp_timeout = os_ms_from_ns(timeout_ns)};

        (void)os;
        return evi_posix_result(ioctl(dp, DP_POLL, &arguments));
}

/* ---- Event ports ------------------------------------------------------------------------- */

static int port_result(int result)
{
        if (result >= 0)
                return 0;
        return errno == EBADFD ? -EBADF : -errno;
}

static int solaris_port_create(struct os *os)
{
        const int port = evi_posix_result(port_create());
        int r;

        if (port < 0)
                return port;
        r = evi_posix_set_cloexec(os, port);
        if (r == 0)
                return port;
        evi_posix_close(os, port);
        return r;
}

static int solaris_port_associate(struct os *os, int port, int fd, int events, void *user)
{
        const int r = port_result(
                port_associate(port, PORT_SOURCE_FD, (uintptr_t)(unsigned)fd, events, user));

        (void)os;
        return r == -EAGAIN ? -ENOSPC : r;
}

static int solaris_port_dissociate(struct os *os, int port, int fd)
{
        (void)os;
        return port_result(port_dissociate(port, PORT_SOURCE_FD, (uintptr_t)(unsigned)fd));
}

static int solaris_port_getn(struct os *os, int port, struct port_event *out, int max,
                             int64_t timeout_ns)
{
        struct timespec timeout = {0};
        unsigned count = 1;
        int r;

        (void)os;
        if (timeout_ns >= 0)
                timeout = os_timespec_from_ns(timeout_ns);
        out[0].portev_source = 0; /* no source of events */
        r = port_result(
                port_getn(port, out, (unsigned)max, &count, timeout_ns >= 0 ? &timeout : NULL));
        if (r < 0 && r != -ETIME && r != -EINTR)
                return r;
        if (count > 0 && out[0].portev_source != 0)
                return (int)count;
        return r == -EINTR ? r : 0;
}

static const struct os_ops solaris_ops = {
        .name = "solaris",
        EVI_POSIX_CALLS,
        .random = evi_unix_random,
        .is_privileged = solaris_is_privileged,
        .pipe = evi_unix_pipe,
        .poll = evi_unix_poll,
        .devpoll_open = solaris_devpoll_open,
        .devpoll_write = solaris_devpoll_write,
        .devpoll_poll = solaris_devpoll_poll,
        .port_create = solaris_port_create,
        .port_associate = solaris_port_associate,
        .port_dissociate = solaris_port_dissociate,
        .port_getn = solaris_port_getn,
};

static struct os_process real_process;
static struct os real_world = {.ops = &solaris_ops, .process = &real_process};

struct os *os_real(void)
{
        return &real_world;
}

#endif
