/* SPDX-License-Identifier: BSD-3-Clause */
/* evutil's functions about sockets: results, errno and what is logged are libevent's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <event2/util.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

#include "shim.h"

static struct shim shim;

static int lines;
static int last_severity;
static char last_line[256];

static void on_log(int severity, const char *line)
{
        lines++;
        last_severity = severity;
        strncpy(last_line, line, sizeof last_line - 1);
}

static int set_up(void **state)
{
        (void)state;
        shim_init(&shim, os_real());
        os_enter(&shim.os);
        shim.os.process->log_cb = on_log;
        lines = 0;
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        shim_clear(&shim);
        os_real()->process->log_cb = NULL;
        return shim_is_clean(&shim) ? 0 : -1;
}

static int option(int fd, int level, int name)
{
        int value = -1;
        socklen_t len = sizeof value;

        getsockopt(fd, level, name, &value, &len);
        return value;
}

/* The descriptor number that was closed last: nobody has it. */
static int closed_descriptor(void)
{
        const int fd = dup(0);

        close(fd);
        return fd;
}

static void test_pair_is_connected(void **state)
{
        char byte = 0;
        int sv[2];

        (void)state;
        assert_int_equal(evutil_socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
        assert_int_equal(write(sv[0], "x", 1), 1);
        assert_int_equal(read(sv[1], &byte, 1), 1);
        assert_int_equal(byte, 'x');
        assert_int_equal(shim.open_descriptors, 2); /* it was made in the thread's world */
        assert_int_equal(evutil_closesocket(sv[0]), 0);
        assert_int_equal(evutil_closesocket(sv[1]), 0);
}

/* Only Windows' libevent makes pairs out of TCP connections. */
static void test_pairs_that_cannot_be_made(void **state)
{
        int sv[2] = {-7, -7};

        (void)state;
        errno = 0;
        assert_int_equal(evutil_socketpair(AF_INET, SOCK_STREAM, 0, sv), -1);
        assert_int_equal(errno, EOPNOTSUPP);
        assert_int_equal(evutil_socketpair(99, SOCK_STREAM, 0, sv), -1);
        assert_int_equal(errno, EAFNOSUPPORT);
        assert_int_equal(evutil_socketpair(AF_UNIX, SOCK_STREAM, 0, NULL), -1);
        assert_int_equal(errno, EFAULT);
        shim_fail(&shim, SHIM_BIT(SHIM_SOCKETPAIR), 1, false);
        assert_int_equal(evutil_socketpair(AF_UNIX, SOCK_STREAM, 0, sv), -1);
        assert_int_equal(errno, EMFILE);
        assert_int_equal(sv[0], -7);
}

static void test_flags_of_a_descriptor(void **state)
{
        int sv[2];

        (void)state;
        assert_int_equal(evutil_socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
        assert_int_equal(evutil_make_socket_nonblocking(sv[0]), 0);
        assert_int_equal(evutil_make_socket_nonblocking(sv[0]), 0);
        assert_int_equal(evutil_make_socket_closeonexec(sv[0]), 0);
        assert_int_equal(evutil_make_socket_closeonexec(sv[0]), 0);
        assert_int_equal(fcntl(sv[0], F_GETFL) & O_NONBLOCK, O_NONBLOCK);
        assert_int_equal(fcntl(sv[0], F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
        assert_int_equal(fcntl(sv[1], F_GETFL) & O_NONBLOCK, 0);
        assert_int_equal(fcntl(sv[1], F_GETFD) & FD_CLOEXEC, 0);
        assert_int_equal(lines, 0);
        evutil_closesocket(sv[0]);
        evutil_closesocket(sv[1]);
}

static void test_flags_of_a_closed_descriptor_are_logged(void **state)
{
        const int fd = closed_descriptor();

        (void)state;
        errno = 0;
        assert_int_equal(evutil_make_socket_nonblocking(fd), -1);
        assert_int_equal(errno, EBADF);
        assert_int_equal(lines, 1);
        assert_int_equal(last_severity, EVENT_LOG_WARN);
        assert_non_null(strstr(last_line, strerror(EBADF)));
        errno = 0;
        assert_int_equal(evutil_make_socket_closeonexec(-1), -1);
        assert_int_equal(errno, EBADF);
        assert_int_equal(lines, 2);
        assert_non_null(strstr(last_line, "-1"));
}

static void test_options_of_a_listening_socket(void **state)
{
        const int fd = socket(AF_INET6, SOCK_STREAM, 0);

        (void)state;
        if (fd < 0)
                skip(); /* a machine without IPv6 */
        assert_int_equal(evutil_make_listen_socket_reuseable(fd), 0);
        assert_int_equal(evutil_make_listen_socket_reuseable_port(fd), 0);
        assert_int_equal(evutil_make_listen_socket_ipv6only(fd), 0);
        assert_int_equal(evutil_make_tcp_listen_socket_deferred(fd), 0);
        assert_true(option(fd, SOL_SOCKET, SO_REUSEADDR) > 0);
        assert_true(option(fd, SOL_SOCKET, SO_REUSEPORT) > 0);
        assert_true(option(fd, IPPROTO_IPV6, IPV6_V6ONLY) > 0);
#if defined(TCP_DEFER_ACCEPT)
        assert_true(option(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT) > 0);
#endif
        assert_int_equal(evutil_closesocket(fd), 0);
}

static void test_options_that_do_not_apply(void **state)
{
        int fds[2];

        (void)state;
        assert_int_equal(pipe(fds), 0);
        errno = 0;
        assert_int_equal(evutil_make_listen_socket_reuseable(fds[0]), -1);
        assert_int_equal(errno, ENOTSOCK);
        errno = 0;
        assert_int_equal(evutil_make_listen_socket_reuseable_port(fds[0]), -1);
        assert_int_equal(errno, ENOTSOCK);
        errno = 0;
        assert_int_equal(evutil_make_listen_socket_ipv6only(-1), -1);
        assert_int_equal(errno, EBADF);
        errno = 0;
        assert_int_equal(evutil_make_tcp_listen_socket_deferred(-1), -1);
        assert_int_equal(errno, EBADF);
        assert_int_equal(lines, 0);
        close(fds[0]);
        close(fds[1]);
}

static void test_closing(void **state)
{
        const int fd = dup(0);

        (void)state;
        assert_int_equal(evutil_closesocket(fd), 0);
        errno = 0;
        assert_int_equal(evutil_closesocket(fd), -1);
        assert_int_equal(errno, EBADF);
        assert_int_equal(lines, 0);
}

#define SOCKET_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                SOCKET_TEST(test_pair_is_connected),
                SOCKET_TEST(test_pairs_that_cannot_be_made),
                SOCKET_TEST(test_flags_of_a_descriptor),
                SOCKET_TEST(test_flags_of_a_closed_descriptor_are_logged),
                SOCKET_TEST(test_options_of_a_listening_socket),
                SOCKET_TEST(test_options_that_do_not_apply),
                SOCKET_TEST(test_closing),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
