/* SPDX-License-Identifier: BSD-3-Clause */
/* Unix sockets: streams, and datagrams. unix(7), socketpair(2), shutdown(2). */
#include "story.h"

#define STREAM(fds) IS(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, (fds)))
#define DGRAM(fds)  IS(0, socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, (fds)))

static void both_ways(struct story *s)
{
        int fds[2];

        STREAM(fds);
        READY(fds[0], OUT);
        WRITES(fds[0], "abc");
        WRITES(fds[0], "def");
        READY(fds[1], IN | OUT);
        READS(fds[1], "abcdef"); /* a stream keeps no boundaries */
        WRITES(fds[1], "g");
        READS(fds[0], "g");
        IS(-EAGAIN, read(fds[0], s->buf, 1));
}

static void half_close(struct story *s)
{
        int fds[2];

        STREAM(fds);
        WRITES(fds[0], "x");
        IS(0, shutdown(fds[0], SHUT_WR));
        IS(-EPIPE, send(fds[0], "x", 1, MSG_NOSIGNAL));
        READY(fds[1], IN | OUT | RDHUP);
        READS(fds[1], "x");
        IS(0, read(fds[1], s->buf, 1));
        WRITES(fds[1], "y");
        READS(fds[0], "y");
        IS(0, shutdown(fds[1], SHUT_WR));
        READY(fds[0], IN | OUT | HUP | RDHUP);
}

static void peer_closes(struct story *s)
{
        int fds[2];

        STREAM(fds);
        WRITES(fds[1], "x");
        IS(0, close(fds[1]));
        READY(fds[0], IN | OUT | HUP | RDHUP);
        READS(fds[0], "x");
        IS(0, read(fds[0], s->buf, 1));
        IS(-EPIPE, send(fds[0], "x", 1, MSG_NOSIGNAL));
}

static void peer_closes_with_unread_data(struct story *s)
{
        int fds[2];

        STREAM(fds);
        WRITES(fds[0], "x");
        IS(0, close(fds[1]));
        READY(fds[0], IN | OUT | ERR | HUP | RDHUP);
        IS(-ECONNRESET, read(fds[0], s->buf, 1));
        IS(0, read(fds[0], s->buf, 1));
}

static void edges_of_a_stream(struct story *s)
{
        const int ep = (int)DO(epoll_create1(0));
        int fds[2];

        STREAM(fds);
        ADD(0, ep, fds[0], 's', EPOLLIN | EPOLLRDHUP | EPOLLET);
        WRITES(fds[1], "abcd");
        REPORTS(ep, "s:IN");
        IS(2, read(fds[0], s->buf, 2));
        REPORTS(ep, "");
        WRITES(fds[1], "e");
        REPORTS(ep, "s:IN");
        IS(0, shutdown(fds[1], SHUT_WR));
        REPORTS(ep, "s:IN|RDHUP");
        IS(0, close(fds[1]));
        REPORTS(ep, "s:IN|HUP|RDHUP");
        REPORTS(ep, "");
}

static void a_full_buffer(struct story *s)
{
        const int ep = (int)DO(epoll_create1(0));
        int fds[2];

        STREAM(fds);
        ADD(0, ep, fds[0], 's', EPOLLOUT | EPOLLET);
        REPORTS(ep, "s:OUT");
        DO(write(fds[0], s->buf, STORY_BUF));
        IS(-EAGAIN, write(fds[0], s->buf, 1));
        READY(fds[0], 0);
        IS(1, read(fds[1], s->buf, 1));
        REPORTS(ep, "");
        EQUAL(true, story_drain(s, fds[1], STORY_BUF) > 0);
        REPORTS(ep, "s:OUT");
}

static void looking_without_taking(struct story *s)
{
        int fds[2];

        STREAM(fds);
        WRITES(fds[0], "abc");
        IS(2, recv(fds[1], s->buf, 2, MSG_PEEK));
        IS(3, recv(fds[1], s->buf, 9, MSG_DONTWAIT));
        IS(-EAGAIN, recv(fds[1], s->buf, 9, MSG_DONTWAIT));
}

static void boundaries(struct story *s)
{
        int fds[2];

        DGRAM(fds);
        WRITES(fds[0], "abc");
        WRITES(fds[0], "de");
        IS(2, read(fds[1], s->buf, 2)); /* the rest of it is lost */
        READS(fds[1], "de");
        IS(0, send(fds[0], "", 0, 0));
        READY(fds[1], IN | OUT);
        IS(0, recv(fds[1], s->buf, 9, 0));
        IS(-EAGAIN, recv(fds[1], s->buf, 9, 0));
        WRITES(fds[0], "abcdef");
        IS(6, recv(fds[1], s->buf, 2, MSG_TRUNC));
}

static void datagrams_to_nobody(struct story *s)
{
        int fds[2];

        DGRAM(fds);
        IS(0, close(fds[1]));
        IS(-ECONNREFUSED, send(fds[0], "x", 1, MSG_NOSIGNAL));
        IS(-ENOTCONN, send(fds[0], "x", 1, MSG_NOSIGNAL));
}

static void options(struct story *s)
{
        int value = 0;
        socklen_t len = sizeof value;
        int fds[2];

        STREAM(fds);
        IS(0, getsockopt(fds[0], SOL_SOCKET, SO_TYPE, &value, &len));
        EQUAL(SOCK_STREAM, value);
        IS(0, getsockopt(fds[0], SOL_SOCKET, SO_ERROR, &value, &len));
        EQUAL(0, value);
        IS(0, getsockopt(fds[0], SOL_SOCKET, SO_ACCEPTCONN, &value, &len));
        EQUAL(0, value);
        IS(-EINVAL, shutdown(fds[0], 3));
        IS(-EBADF, shutdown(99, SHUT_RD));
}

static const struct tale tales[] = {
        TALE(both_ways, "socketpair(2)"),
        TALE(half_close, "shutdown(2); poll(2), POLLRDHUP"),
        TALE(peer_closes, "poll(2), POLLHUP; unix(7), EPIPE"),
        TALE(peer_closes_with_unread_data, "unix(7), ECONNRESET"),
        TALE(edges_of_a_stream, "Shadow issue 3274; epoll_ctl(2), EPOLLRDHUP"),
        TALE(a_full_buffer, "socket(7), SO_SNDBUF; epoll(7), EPOLLET"),
        TALE(looking_without_taking, "recv(2), MSG_PEEK"),
        TALE(boundaries, "unix(7), SOCK_DGRAM; recv(2), MSG_TRUNC"),
        TALE(datagrams_to_nobody, "unix(7), ECONNREFUSED and ENOTCONN"),
        TALE(options, "socket(7)"),
        {0},
};

const struct book unix_book = {.object = "unix", .tales = tales};
