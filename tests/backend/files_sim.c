/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Descriptors of a simulated kernel: a world with one host for each test, which the test's thread is
 * in. Calls that the backend does not make itself go to the kernel directly, past the seam, so that
 * a host has them whatever its kernel offers to the library.
 */
#include "files.h"

#include <evident/sim_calls.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>

#include <cmocka.h>

#include "kernel/host.h"

static struct evsim_world *world;
static struct evsim_host *host;
static struct evsim_task *other;

static void leave(void)
{
        evsim_leave();
        evsim_world_free(world);
        world = NULL;
}

struct os *files_enter(int kernel)
{
        struct evsim_host_config config = evsim_host_defaults();

        if (world != NULL) /* a test failed */
                leave();
        config.kernel = (enum evsim_kernel)kernel;
        world = evsim_world_new(NULL);
        host = evsim_host_new(world, "a", &config);
        evsim_enter(host);
        return &host->os;
}

void files_leave(void)
{
        const size_t descriptors = evsim_host_descriptors(host);
        const size_t blocks = evsim_host_blocks(host);

        leave();
        assert_int_equal(descriptors, 0);
        assert_int_equal(blocks, 0);
}

static struct {
        void *(*run)(void *arg);
        void *arg;
} beside_us;

static void run_beside(void *arg)
{
        (void)arg;
        (void)beside_us.run(beside_us.arg);
}

void files_run_beside(void *(*beside)(void *arg), void *arg)
{
        beside_us.run = beside;
        beside_us.arg = arg;
        other = evsim_task_new(host, "beside", run_beside, NULL);
        evsim_yield();
}

void files_join(void)
{
        evsim_task_join(other);
}

struct ends files_pipe(struct os *os)
{
        int fds[2];

        assert_int_equal(os_pipe(os, fds), 0);
        return (struct ends){fds[0], fds[1]};
}

struct ends files_pair(struct os *os)
{
        const int type = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
        int fds[2];

        assert_int_equal(os_socketpair(os, AF_UNIX, type, 0, fds), 0);
        return (struct ends){fds[0], fds[1]};
}

int files_eventfd(struct os *os)
{
        const int fd = evsim_eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);

        (void)os;
        assert_true(fd >= 0);
        return fd;
}

int files_regular(struct os *os)
{
        const int fd = evsim_open("/file", O_RDWR | O_CREAT | O_CLOEXEC, 0600);

        (void)os;
        assert_true(fd >= 0);
        assert_int_equal(evsim_unlink("/file"), 0);
        return fd;
}

void files_write(struct os *os, int fd, const char *bytes)
{
        const size_t len = strlen(bytes);

        assert_int_equal(os_write(os, fd, bytes, len), len);
}

void files_fill(struct os *os, int fd)
{
        static const char zeros[4096];
        size_t len = sizeof zeros;

        while (len > 0)
                if (os_write(os, fd, zeros, len) < 0)
                        len /= 2;
}

void files_drain(struct os *os, int fd)
{
        char buf[4096];

        while (os_read(os, fd, buf, sizeof buf) > 0)
                continue;
}

void files_shutdown(struct os *os, int fd, int how)
{
        (void)os;
        assert_int_equal(evsim_shutdown(fd, how), 0);
}

void files_reset(struct os *os, int fd)
{
        const struct linger now = {.l_onoff = 1};

        assert_int_equal(os_setsockopt(os, fd, SOL_SOCKET, SO_LINGER, &now, sizeof now), 0);
        files_close(os, &fd);
}

void files_close(struct os *os, int *fd)
{
        if (*fd >= 0)
                assert_int_equal(os_close(os, *fd), 0);
        *fd = -1;
}

void files_close_ends(struct os *os, struct ends *ends)
{
        files_close(os, &ends->a);
        files_close(os, &ends->b);
}

void files_move_up(struct os *os, int *fd, int least)
{
        const int moved = evsim_fcntl(*fd, F_DUPFD_CLOEXEC, least);

        assert_true(moved >= least);
        files_close(os, fd);
        *fd = moved;
}

void files_move_to(struct os *os, int *fd, int number)
{
        if (*fd == number)
                return;
        assert_int_equal(evsim_dup3(*fd, number, O_CLOEXEC), number);
        files_close(os, fd);
        *fd = number;
}

int files_dup(struct os *os, int fd)
{
        const int copy = evsim_fcntl(fd, F_DUPFD_CLOEXEC, 0);

        (void)os;
        assert_true(copy >= 0);
        return copy;
}

void files_allow(struct os *os, int count)
{
        (void)os;
        assert_in_range(count, 0, host->config.descriptors_max);
}

int files_select_limit(struct os *os)
{
        (void)os;
        return INT_MAX;
}

static int inet_socket(int type)
{
        const int fd = evsim_socket(AF_INET, type | SOCK_CLOEXEC, 0);

        assert_true(fd >= 0);
        return fd;
}

/* Binds fd to a free port of 127.0.0.1 and says which. */
static struct sockaddr_in bind_loopback(int fd)
{
        struct sockaddr_in address = {.sin_family = AF_INET};
        socklen_t len = sizeof address;

        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        assert_int_equal(evsim_bind(fd, (const struct sockaddr *)&address, len), 0);
        assert_int_equal(evsim_getsockname(fd, (struct sockaddr *)&address, &len), 0);
        return address;
}

static int connect_to(int fd, const struct sockaddr_in *address)
{
        return evsim_connect(fd, (const struct sockaddr *)address, sizeof *address);
}

static void await(int fd, int events)
{
        struct pollfd p = {.fd = fd, .events = (short)events};

        assert_int_equal(evsim_poll(&p, 1, 10000), 1);
}

struct ends files_tcp(struct os *os)
{
        const int listener = inet_socket(SOCK_STREAM);
        const struct sockaddr_in address = bind_loopback(listener);
        struct ends ends = {.a = inet_socket(SOCK_STREAM)};

        assert_int_equal(evsim_listen(listener, 1), 0);
        assert_int_equal(connect_to(ends.a, &address), 0);
        ends.b = evsim_accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        assert_true(ends.b >= 0);
        assert_int_equal(os_set_nonblocking(os, ends.a), 0);
        assert_int_equal(evsim_close(listener), 0);
        return ends;
}

int files_refused(struct os *os)
{
        int nobody = inet_socket(SOCK_STREAM);
        const struct sockaddr_in address = bind_loopback(nobody);
        const int fd = inet_socket(SOCK_STREAM | SOCK_NONBLOCK);

        files_close(os, &nobody);
        assert_int_equal(connect_to(fd, &address), -1);
        await(fd, POLLIN | POLLOUT);
        return fd;
}

int files_unconnected(struct os *os)
{
        (void)os;
        return inet_socket(SOCK_STREAM | SOCK_NONBLOCK);
}

int files_udp_error(struct os *os)
{
        int nobody = inet_socket(SOCK_DGRAM);
        const struct sockaddr_in address = bind_loopback(nobody);
        const int fd = inet_socket(SOCK_DGRAM | SOCK_NONBLOCK);

        files_close(os, &nobody);
        assert_int_equal(connect_to(fd, &address), 0);
        files_write(os, fd, "x");
        await(fd, POLLIN);
        return fd;
}
