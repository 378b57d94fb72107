/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * POSIX's slower ways for what Linux has better: random bytes, pipes, poll in milliseconds. And
 * with what every Unix has, the real world of a Unix that has no file of its own.
 *
 * Between pipe(2) and fcntl(2) another thread may fork and execute a program that inherits the
 * pipe; POSIX has no remedy.
 */
#include "os/os_posix.h"

#if defined(EVI_WORLD_BSD) || defined(EVI_WORLD_SOLARIS) || defined(EVI_WORLD_UNIX)

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "os/process.h"
#include "os/time.h"

static int read_all(int fd, unsigned char *at, size_t len)
{
        while (len > 0) {
                const ssize_t count = read(fd, at, len);

                if (count < 0 && errno == EINTR)
                        continue;
                if (count <= 0)
                        return count < 0 ? -errno : -EIO;
                at += count;
                len -= (size_t)count;
        }
        return 0;
}

int evi_unix_random(struct os *os, void *buf, size_t len)
{
        const int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
        int result;

        if (fd < 0)
                return -errno;
        result = read_all(fd, buf, len);
        evi_posix_close(os, fd);
        return result;
}

static int make_ready(struct os *os, int fd)
{
        const int result = evi_posix_set_cloexec(os, fd);

        return result == 0 ? evi_posix_set_nonblocking(os, fd) : result;
}

int evi_unix_pipe(struct os *os, int fds[2])
{
        int made[2];
        int result;

        if (pipe(made) != 0)
                return -errno;
        result = make_ready(os, made[0]);
        if (result == 0)
                result = make_ready(os, made[1]);
        if (result != 0) {
                evi_posix_close(os, made[0]);
                evi_posix_close(os, made[1]);
                return result;
        }
        fds[0] = made[0];
        fds[1] = made[1];
        return 0;
}

int evi_unix_poll(struct os *os, struct pollfd *fds, size_t count, int64_t timeout_ns)
{
        (void)os;
        return evi_posix_result(poll(fds, (nfds_t)count, os_ms_from_ns(timeout_ns)));
}

#if defined(EVI_WORLD_UNIX)

static bool unix_is_privileged(struct os *os)
{
        (void)os;
        return getuid() != geteuid() || getgid() != getegid();
}

static const struct os_ops unix_ops = {
        .name = "posix",
        EVI_POSIX_CALLS,
        .random = evi_unix_random,
        .is_privileged = unix_is_privileged,
        .pipe = evi_unix_pipe,
        .poll = evi_unix_poll,
};

static struct os_process real_process;
static struct os real_world = {.ops = &unix_ops, .process = &real_process};

struct os *os_real(void)
{
        return &real_world;
}

#endif

#endif
