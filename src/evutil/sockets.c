/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * evutil's functions about sockets. Programs call them with descriptors of their own and have no
 * base at hand, so each works in the world that the calling thread is in.
 *
 * Only the two that set flags of a descriptor log a failure, as in libevent, whose users look for
 * that line when a descriptor was closed too early; the others leave it to errno.
 */
#include <event2/util.h>

#include <event2/event.h>
#include <stdbool.h>

#include "os/os.h"
#include "os/sockopt.h"
#include "util/log.h"

/* A result of the seam as a public function returns it. */
static int public_result(int result)
{
        if (result >= 0)
                return 0;
        errno = -result;
        return -1;
}

/* The same, with a line in the log. */
static int logged_result(struct os *os, int result, int fd, const char *what)
{
        if (result < 0)
                evi_log_error(os, EVENT_LOG_WARN, -result, "descriptor %d cannot be made %s", fd,
                              what);
        return public_result(result);
}

static int switch_on(evutil_socket_t sock, int level, int option)
{
        const int on = 1;

        return public_result(os_setsockopt(os_current(), sock, level, option, &on, sizeof on));
}

/* libevent emulates other families than AF_UNIX on Windows only. */
int evutil_socketpair(int domain, int type, int protocol, evutil_socket_t sv[2])
{
        int made[2];
        int result;

        if (sv == NULL)
                return public_result(-EFAULT);
        result = os_socketpair(os_current(), domain, type, protocol, made);
        if (result == 0) {
                sv[0] = made[0];
                sv[1] = made[1];
        }
        return public_result(result);
}

int evutil_make_socket_nonblocking(evutil_socket_t sock)
{
        struct os *os = os_current();

        return logged_result(os, os_set_nonblocking(os, sock), sock, "non-blocking");
}

int evutil_make_socket_closeonexec(evutil_socket_t sock)
{
        struct os *os = os_current();

        return logged_result(os, os_set_cloexec(os, sock), sock, "close-on-exec");
}

int evutil_closesocket(evutil_socket_t sock)
{
        return public_result(os_close(os_current(), sock));
}

int evutil_make_listen_socket_reuseable(evutil_socket_t sock)
{
        return switch_on(sock, SOL_SOCKET, SO_REUSEADDR);
}

int evutil_make_listen_socket_reuseable_port(evutil_socket_t sock)
{
        return OS_HAS_SO_REUSEPORT ? switch_on(sock, SOL_SOCKET, OS_SO_REUSEPORT) : 0;
}

int evutil_make_listen_socket_ipv6only(evutil_socket_t sock)
{
        return switch_on(sock, IPPROTO_IPV6, IPV6_V6ONLY);
}

int evutil_make_tcp_listen_socket_deferred(evutil_socket_t sock)
{
        return OS_HAS_TCP_DEFER_ACCEPT ? switch_on(sock, IPPROTO_TCP, OS_TCP_DEFER_ACCEPT) : 0;
}
