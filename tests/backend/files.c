/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Descriptors of the real kernel.
 *
 * What happens on the loopback happens at once, as far as the call that causes it is concerned: a
 * reset or a refusal has arrived when the call that sends it returns. Should that not be so on some
 * kernel, poll is asked until it is.
 */
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static pthread_t other;

struct os *files_enter(int kernel)
{
        (void)kernel;
        return os_real();
}

void files_leave(void)
{
}

void files_run_beside(void *(*beside)(void *arg), void *arg)
{
        assert_int_equal(pthread_create(&other, NULL, beside, arg), 0);
}

void files_join(void)
{
        assert_int_equal(pthread_join(other, NULL), 0);
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

static int inet_socket(int type)
{
        const int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

        assert_true(fd >= 0);
        return fd;
}

/* Binds fd to a free port of 127.0.0.1 and says which. */
static struct sockaddr_in bind_loopback(int fd)
{
        struct sockaddr_in address = {.sin_family = AF_INET};
        socklen_t len = sizeof address;

        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        assert_int_equal(bind(fd, (const struct sockaddr *)&address, len), 0);
        assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
        return address;
}

struct ends files_tcp(struct os *os)
{
        const int listener = inet_socket(SOCK_STREAM);
        const struct sockaddr_in address = bind_loopback(listener);
        struct ends ends = {.a = inet_socket(SOCK_STREAM)};

        assert_int_equal(listen(listener, 1), 0);
        assert_int_equal(connect(ends.a, (const struct sockaddr *)&address, sizeof address), 0);
        ends.b = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        assert_true(ends.b >= 0);
        assert_int_equal(os_set_nonblocking(os, ends.a), 0);
        assert_int_equal(close(listener), 0);
        return ends;
}

int files_eventfd(struct os *os)
{
        const int fd = os_eventfd(os);

        assert_true(fd >= 0);
        return fd;
}

int files_regular(struct os *os)
{
        FILE *file = tmpfile();
        int fd;

        (void)os;
        assert_non_null(file);
        fd = fcntl(fileno(file), F_DUPFD_CLOEXEC, 0);
        assert_true(fd >= 0);
        (void)fclose(file);
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

static void await(int fd, int events)
{
        struct pollfd p = {.fd = fd, .events = (short)events};

        assert_int_equal(poll(&p, 1, 10000), 1);
}

void files_shutdown(struct os *os, int fd, int how)
{
        (void)os;
        assert_int_equal(shutdown(fd, how), 0);
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
        const int moved = fcntl(*fd, F_DUPFD_CLOEXEC, least);

        assert_true(moved >= least);
        files_close(os, fd);
        *fd = moved;
}

void files_move_to(struct os *os, int *fd, int number)
{
        if (*fd == number)
                return;
        assert_int_equal(dup3(*fd, number, O_CLOEXEC), number);
        files_close(os, fd);
        *fd = number;
}

int files_dup(struct os *os, int fd)
{
        const int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

        (void)os;
        assert_true(copy >= 0);
        return copy;
}

void files_allow(struct os *os, int count)
{
        struct rlimit limit;

        (void)os;
        assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
        if (limit.rlim_cur >= (rlim_t)count)
                return;
        limit.rlim_cur = (rlim_t)count;
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

/* A child tries, because it may not survive. */
int files_select_limit(struct os *os)
{
        unsigned long set[OS_SELECT_WORDS(2 * FD_SETSIZE)] = {0};
        const pid_t child = fork();
        int status = 0;

        assert_true(child >= 0);
        if (child == 0) {
                const struct rlimit no_core = {0};

                (void)setrlimit(RLIMIT_CORE, &no_core);
                (void)dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDERR_FILENO);
                _exit(os_select(os, 2 * FD_SETSIZE, set, set, NULL, 0) != 0);
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? INT_MAX : FD_SETSIZE;
}

int files_refused(struct os *os)
{
        int nobody = inet_socket(SOCK_STREAM);
        const struct sockaddr_in address = bind_loopback(nobody);
        const int fd = inet_socket(SOCK_STREAM | SOCK_NONBLOCK);

        files_close(os, &nobody);
        assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof address), -1);
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
        assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof address), 0);
        files_write(os, fd, "x");
        await(fd, POLLIN);
        return fd;
}
