/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Calls of sockets: unix ones in pairs, TCP and UDP on the loopback. Ports are the kernels' to
 * choose; a call names the socket whose port it means.
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

#include "calls.h"

static void draw_pair(const struct draw *d, int *a)
{
        a[0] = (d->types & TYPE(UNIX_DGRAM)) != 0 && draw_chance(d, 50) ? SOCK_DGRAM : SOCK_STREAM;
}

static int64_t run_socketpair(struct arm *arm, const int *a, uint64_t *sum)
{
        const enum type type = a[0] == SOCK_DGRAM ? UNIX_DGRAM : UNIX_STREAM;
        int fds[2] = {-1, -1};
        const int64_t r = result_of(
                arm->kernel->socketpair(AF_UNIX, a[0] | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds));

        if (r == 0) {
                sum_number(sum, arm_made(arm, fds[0], type));
                sum_number(sum, arm_made(arm, fds[1], type));
        }
        return r;
}

static void draw_socket(const struct draw *d, int *a)
{
        a[0] = (d->types & TYPE(UDP)) == 0   ? SOCK_STREAM
               : (d->types & TYPE(TCP)) == 0 ? SOCK_DGRAM
                                             : DRAW(d, SOCK_STREAM, SOCK_DGRAM);
}

/* Without Nagle's algorithm, which holds small segments back until an acknowledgement that a timer of
 * the real kernel sends, and which the simulated one has not. */
static int64_t run_socket(struct arm *arm, const int *a, uint64_t *sum)
{
        const int on = 1;
        const int fd = arm->kernel->socket(AF_INET, a[0] | SOCK_NONBLOCK, 0);

        (void)sum;
        if (fd >= 0 && a[0] == SOCK_STREAM)
                (void)arm->kernel->setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        return arm_made(arm, fd, a[0] == SOCK_DGRAM ? UDP : TCP);
}

static struct sockaddr_in loopback(uint16_t port)
{
        struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = port};

        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        return address;
}

static void learn_port(struct arm *arm, int fd)
{
        struct sockaddr_in address;
        socklen_t len = sizeof address;

        if (fd >= FIRST_FD && fd < NFDS &&
            arm->kernel->getsockname(fd, (struct sockaddr *)&address, &len) == 0)
                arm->port[fd] = address.sin_port;
}

/* The port of an open socket, where the one who asks is of the same type: TCP's and UDP's numbers may
 * be the same by chance. */
static uint16_t port_of(const struct arm *arm, int fd, int who)
{
        return arm_type(arm, fd) != NOTHING && arm_type(arm, fd) == arm_type(arm, who)
                       ? arm->port[fd]
                       : 0;
}

static void draw_inet(const struct draw *d, int *a)
{
        a[0] = draw_fd(d, TYPE(TCP) | TYPE(UDP));
        a[1] = draw_fd(d, TYPE(arm_type(d->arm, a[0])) & (TYPE(TCP) | TYPE(UDP)));
        a[2] = DRAW(d, 0, 1, 5);
        a[3] = draw_below(d, 3);
}

static int64_t run_bind(struct arm *arm, const int *a, uint64_t *sum)
{
        const struct sockaddr_in address = loopback(0);
        const int64_t r = result_of(
                arm->kernel->bind(a[0], (const struct sockaddr *)&address, sizeof address));

        (void)sum;
        if (r == 0)
                learn_port(arm, a[0]);
        return r;
}

static int64_t run_listen(struct arm *arm, const int *a, uint64_t *sum)
{
        const int64_t r = result_of(arm->kernel->listen(a[0], a[2]));

        (void)sum;
        if (r == 0)
                learn_port(arm, a[0]);
        return r;
}

/* Only to where a port is known: what the kernels' own choices lead to is theirs. Not to itself: two
 * ends that open at once are not modelled. */
static int64_t run_connect(struct arm *arm, const int *a, uint64_t *sum)
{
        const struct sockaddr_in address = loopback(port_of(arm, a[1], a[0]));
        int64_t r;

        (void)sum;
        learn_port(arm, a[0]);
        if (address.sin_port == 0 || address.sin_port == port_of(arm, a[0], a[0]))
                return 0;
        r = result_of(
                arm->kernel->connect(a[0], (const struct sockaddr *)&address, sizeof address));
        if (r == 0 || r == -EINPROGRESS)
                learn_port(arm, a[0]);
        return r;
}

static int64_t run_accept4(struct arm *arm, const int *a, uint64_t *sum)
{
        (void)sum;
        return arm_made(arm, arm->kernel->accept4(a[0], NULL, NULL, SOCK_NONBLOCK), TCP);
}

static void draw_stream(const struct draw *d, int *a)
{
        a[0] = draw_fd(d, SOCKETS);
        a[1] = DRAW(d, SHUT_RD, SHUT_WR, SHUT_WR, SHUT_RDWR, 3);
}

static int64_t run_shutdown(struct arm *arm, const int *a, uint64_t *sum)
{
        (void)sum;
        return result_of(arm->kernel->shutdown(a[0], a[1]));
}

/* ---- Options -----------------------------------------------------------------------------------
 */

static void draw_option(const struct draw *d, int *a)
{
        a[0] = draw_fd(d, SOCKETS);
        a[1] = DRAW(d, SO_ERROR, SO_ERROR, SO_ERROR, SO_TYPE, SO_ACCEPTCONN, SO_REUSEADDR);
        a[2] = draw_below(d, 2);
}

static int64_t run_getsockopt(struct arm *arm, const int *a, uint64_t *sum)
{
        int value = -1;
        socklen_t len = sizeof value;
        const int64_t r = result_of(arm->kernel->getsockopt(a[0], SOL_SOCKET, a[1], &value, &len));

        sum_number(sum, value);
        sum_number(sum, (int64_t)len);
        return r;
}

static int64_t run_setsockopt(struct arm *arm, const int *a, uint64_t *sum)
{
        (void)sum;
        return result_of(
                arm->kernel->setsockopt(a[0], SOL_SOCKET, SO_REUSEADDR, &a[2], sizeof a[2]));
}

static int64_t run_linger(struct arm *arm, const int *a, uint64_t *sum)
{
        const struct linger linger = {.l_onoff = a[2]};

        (void)sum;
        return result_of(
                arm->kernel->setsockopt(a[0], SOL_SOCKET, SO_LINGER, &linger, sizeof linger));
}

/* ---- Addresses ---------------------------------------------------------------------------------
 */

static int64_t sum_address(const struct arm *arm, int socket, int64_t r,
                           const struct sockaddr_storage *from, socklen_t len, uint64_t *sum)
{
        const struct sockaddr_in *in = (const struct sockaddr_in *)(const void *)from;

        if (r < 0)
                return r;
        sum_number(sum, (int64_t)len);
        if (len == 0)
                return r;
        sum_number(sum, from->ss_family);
        if (from->ss_family != AF_INET)
                return r;
        sum_number(sum, (int64_t)in->sin_addr.s_addr);
        sum_number(sum, in->sin_port != 0);
        for (int fd = FIRST_FD; fd < NFDS; fd++)
                if (arm->port[fd] != 0 && arm->port[fd] == in->sin_port &&
                    arm->type[fd] == arm_type(arm, socket))
                        sum_number(sum, fd);
        return r;
}

static int64_t run_getsockname(struct arm *arm, const int *a, uint64_t *sum)
{
        struct sockaddr_storage address = {0};
        socklen_t len = sizeof address;
        const int64_t r =
                result_of(arm->kernel->getsockname(a[0], (struct sockaddr *)&address, &len));

        return sum_address(arm, a[0], r, &address, len, sum);
}

static int64_t run_getpeername(struct arm *arm, const int *a, uint64_t *sum)
{
        struct sockaddr_storage address = {0};
        socklen_t len = sizeof address;
        const int64_t r =
                result_of(arm->kernel->getpeername(a[0], (struct sockaddr *)&address, &len));

        return sum_address(arm, a[0], r, &address, len, sum);
}

/* ---- Bytes -------------------------------------------------------------------------------------
 */

static void draw_bytes(const struct draw *d, int *a)
{
        a[0] = draw_fd(d, SOCKETS);
        a[1] = DRAW(d, 0, 1, 3, 8, 100, 1000, 5000);
        a[2] = DRAW(d, 0, 0, 0, MSG_PEEK, MSG_TRUNC, MSG_DONTWAIT);
        if (arm_type(d->arm, a[0]) == TCP && a[1] > TCP_MOST)
                a[1] = TCP_MOST;
        a[3] = draw_fd(d, TYPE(UDP));
}

static int64_t run_send(struct arm *arm, const int *a, uint64_t *sum)
{
        (void)sum;
        arm_fill(arm, a[1]);
        return result_of(arm->kernel->send(a[0], arm->buf, (size_t)a[1], a[2] ? MSG_NOSIGNAL : 0));
}

/* With MSG_TRUNC more is told than was written. */
static int64_t sum_received(const struct arm *arm, const int *a, int64_t n, uint64_t *sum)
{
        const bool is_stream_cut = (a[2] & MSG_TRUNC) != 0 && (arm_type(arm, a[0]) == TCP ||
                                                               arm_type(arm, a[0]) == UNIX_STREAM);

        if (!is_stream_cut)
                sum_bytes(sum, arm->buf, n < a[1] ? n : a[1]);
        return n;
}

static int64_t run_recv(struct arm *arm, const int *a, uint64_t *sum)
{
        return sum_received(arm, a,
                            result_of(arm->kernel->recv(a[0], arm->buf, (size_t)a[1], a[2])), sum);
}

static int64_t run_sendto(struct arm *arm, const int *a, uint64_t *sum)
{
        const struct sockaddr_in to = loopback(port_of(arm, a[3], a[0]));

        (void)sum;
        if (to.sin_port == 0)
                return 0;
        arm_fill(arm, a[1]);
        return result_of(arm->kernel->sendto(a[0], arm->buf, (size_t)a[1], MSG_NOSIGNAL,
                                             (const struct sockaddr *)&to, sizeof to));
}

static int64_t run_recvfrom(struct arm *arm, const int *a, uint64_t *sum)
{
        struct sockaddr_storage from = {0};
        socklen_t len = sizeof from;
        const int64_t n = result_of(arm->kernel->recvfrom(a[0], arm->buf, (size_t)a[1], a[2],
                                                          (struct sockaddr *)&from, &len));

        sum_address(arm, a[0], n, &from, len, sum);
        return sum_received(arm, a, n, sum);
}

static int64_t run_sendmsg(struct arm *arm, const int *a, uint64_t *sum)
{
        struct iovec iov[2] = {{arm->buf, (size_t)a[1] / 2},
                               {arm->buf + a[1] / 2, (size_t)(a[1] - a[1] / 2)}};
        const struct msghdr message = {.msg_iov = iov, .msg_iovlen = 2};

        (void)sum;
        arm_fill(arm, a[1]);
        return result_of(arm->kernel->sendmsg(a[0], &message, MSG_NOSIGNAL));
}

static int64_t run_recvmsg(struct arm *arm, const int *a, uint64_t *sum)
{
        struct iovec iov[2] = {{arm->buf, (size_t)a[1] / 2},
                               {arm->buf + a[1] / 2, (size_t)(a[1] - a[1] / 2)}};
        struct msghdr message = {.msg_iov = iov, .msg_iovlen = 2};
        const int64_t n = result_of(arm->kernel->recvmsg(a[0], &message, a[2]));

        if (n >= 0)
                sum_number(sum, message.msg_flags & MSG_TRUNC);
        return sum_received(arm, a, n, sum);
}

#define INET (TYPE(TCP) | TYPE(UDP))

const struct kind socket_kinds[] = {
        {"socketpair", draw_pair, run_socketpair, 12, TYPE(UNIX_STREAM) | TYPE(UNIX_DGRAM), true},
        {"socket", draw_socket, run_socket, 14, INET, true},
        {"bind", draw_inet, run_bind, 8, INET, false},
        {"listen", draw_inet, run_listen, 10, INET, false},
        {"connect", draw_inet, run_connect, 16, INET, false},
        {"accept4", draw_inet, run_accept4, 12, INET, true},
        {"shutdown", draw_stream, run_shutdown, 8, SOCKETS, false},
        {"getsockopt", draw_option, run_getsockopt, 6, SOCKETS, false},
        {"setsockopt(SO_REUSEADDR)", draw_option, run_setsockopt, 1, SOCKETS, false},
        {"setsockopt(SO_LINGER)", draw_option, run_linger, 2, SOCKETS, false},
        {"getsockname", draw_inet, run_getsockname, 3, INET, false},
        {"getpeername", draw_inet, run_getpeername, 3, INET, false},
        {"send", draw_bytes, run_send, 12, SOCKETS, false},
        {"recv", draw_bytes, run_recv, 12, SOCKETS, false},
        {"sendto", draw_bytes, run_sendto, 12, TYPE(UDP), false},
        {"recvfrom", draw_bytes, run_recvfrom, 8, SOCKETS, false},
        {"sendmsg", draw_bytes, run_sendmsg, 4, SOCKETS, false},
        {"recvmsg", draw_bytes, run_recvmsg, 4, SOCKETS, false},
        {0},
};
