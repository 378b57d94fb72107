/* SPDX-License-Identifier: BSD-3-Clause */
/* TCP on the loopback: tcp(7), connect(2), accept(2), listen(2), shutdown(2), socket(7). */
#include "inet.h"

#define TCP() (int)DO(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0))

struct scene {
        int listener;
        int client;
        int server;
        struct sockaddr_in address;
};

static void listen_at(struct story *s, struct scene *c, int backlog)
{
        const struct sockaddr_in any = loopback(0);

        c->listener = TCP();
        IS(0, bind(c->listener, AT(any)));
        IS(0, listen(c->listener, backlog));
        c->address = name_of(s, c->listener);
}

static void connect_both(struct story *s, struct scene *c)
{
        listen_at(s, c, 5);
        c->client = TCP();
        IS(-EINPROGRESS, connect(c->client, AT(c->address)));
        c->server = (int)DO(accept4(c->listener, NULL, NULL, SOCK_NONBLOCK));
}

static void a_connection(struct story *s)
{
        struct scene c;

        listen_at(s, &c, 5);
        READY(c.listener, 0);
        IS(-EAGAIN, accept4(c.listener, NULL, NULL, SOCK_NONBLOCK));
        c.client = TCP();
        READY(c.client, OUT | HUP);
        IS(-EINPROGRESS, connect(c.client, AT(c.address)));
        READY(c.client, OUT);
        EQUAL(0, error_of(s, c.client));
        READY(c.listener, IN);
        IS(5, accept4(c.listener, NULL, NULL, SOCK_NONBLOCK));
        READY(c.listener, 0);
        WRITES(c.client, "abc");
        READY(5, IN | OUT);
        READS(5, "abc");
}

static void connecting_again(struct story *s)
{
        struct scene c;

        connect_both(s, &c);
        IS(0, connect(c.client, AT(c.address))); /* tells how the first went */
        IS(-EISCONN, connect(c.client, AT(c.address)));
}

static void refused(struct story *s)
{
        struct scene c;

        listen_at(s, &c, 5);
        IS(0, close(c.listener));
        c.client = TCP();
        IS(-EINPROGRESS, connect(c.client, AT(c.address)));
        READY(c.client, IN | OUT | ERR | HUP | RDHUP);
        EQUAL(ECONNREFUSED, error_of(s, c.client));
        EQUAL(0, error_of(s, c.client));
        READY(c.client, IN | OUT | HUP | RDHUP);
        IS(0, read(c.client, s->buf, 1));
}

static void refused_as_connect_tells(struct story *s)
{
        struct scene c;

        listen_at(s, &c, 5);
        IS(0, close(c.listener));
        c.client = TCP();
        IS(-EINPROGRESS, connect(c.client, AT(c.address)));
        IS(-ECONNREFUSED, connect(c.client, AT(c.address)));
}

static void half_close(struct story *s)
{
        struct scene c;

        connect_both(s, &c);
        IS(0, shutdown(c.client, SHUT_WR));
        READY(c.server, IN | OUT | RDHUP);
        IS(0, read(c.server, s->buf, 1));
        WRITES(c.server, "x");
        READS(c.client, "x");
        IS(-EPIPE, send(c.client, "x", 1, MSG_NOSIGNAL));
        IS(0, shutdown(c.server, SHUT_WR));
        READY(c.client, IN | OUT | HUP | RDHUP);
}

static void peer_closes(struct story *s)
{
        struct scene c;

        connect_both(s, &c);
        WRITES(c.server, "x");
        IS(0, close(c.server));
        READY(c.client, IN | OUT | RDHUP);
        READS(c.client, "x");
        IS(0, read(c.client, s->buf, 1));
        IS(1, send(c.client, "x", 1, MSG_NOSIGNAL)); /* and that is answered by a reset */
        IS(-EPIPE, send(c.client, "x", 1, MSG_NOSIGNAL));
}

static void reset_by_linger(struct story *s)
{
        const struct linger at_once = {.l_onoff = 1};
        struct scene c;

        connect_both(s, &c);
        IS(0, setsockopt(c.server, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once));
        IS(0, close(c.server));
        READY(c.client, IN | OUT | ERR | HUP | RDHUP);
        IS(-ECONNRESET, read(c.client, s->buf, 1));
        IS(0, read(c.client, s->buf, 1));
        IS(-EPIPE, send(c.client, "x", 1, MSG_NOSIGNAL));
}

static void reset_by_unread_data(struct story *s)
{
        struct scene c;

        connect_both(s, &c);
        WRITES(c.client, "x");
        IS(0, close(c.server));
        READY(c.client, IN | OUT | ERR | HUP | RDHUP);
        EQUAL(ECONNRESET, error_of(s, c.client));
        IS(0, read(c.client, s->buf, 1));
}

static void listener_closes(struct story *s)
{
        struct scene c;

        listen_at(s, &c, 5);
        c.client = TCP();
        IS(-EINPROGRESS, connect(c.client, AT(c.address)));
        IS(0, close(c.listener));
        READY(c.client, IN | OUT | ERR | HUP | RDHUP);
        EQUAL(ECONNRESET, error_of(s, c.client));
}

static void edges(struct story *s)
{
        const int ep = (int)DO(epoll_create1(0));
        struct scene c;

        connect_both(s, &c);
        ADD(0, ep, c.server, 's', EPOLLIN | EPOLLRDHUP | EPOLLET);
        REPORTS(ep, "");
        WRITES(c.client, "abcd");
        REPORTS(ep, "s:IN");
        REPORTS(ep, "");
        IS(2, read(c.server, s->buf, 2));
        REPORTS(ep, "");
        WRITES(c.client, "e");
        REPORTS(ep, "s:IN");
        IS(0, shutdown(c.client, SHUT_WR));
        REPORTS(ep, "s:IN|RDHUP");
        REPORTS(ep, "");
}

static void edges_of_a_listener(struct story *s)
{
        const int ep = (int)DO(epoll_create1(0));
        struct scene c;

        listen_at(s, &c, 5);
        ADD(0, ep, c.listener, 'l', EPOLLIN | EPOLLET);
        c.client = TCP();
        IS(-EINPROGRESS, connect(c.client, AT(c.address)));
        REPORTS(ep, "l:IN");
        REPORTS(ep, "");
        c.server = TCP();
        IS(-EINPROGRESS, connect(c.server, AT(c.address)));
        REPORTS(ep, "l:IN"); /* the first was not accepted yet */
}

static void edge_of_a_connect(struct story *s)
{
        const int ep = (int)DO(epoll_create1(0));
        struct scene c;

        listen_at(s, &c, 5);
        c.client = TCP();
        ADD(0, ep, c.client, 'c', EPOLLIN | EPOLLOUT | EPOLLET);
        REPORTS(ep, "c:OUT|HUP");
        IS(-EINPROGRESS, connect(c.client, AT(c.address)));
        REPORTS(ep, "c:OUT");
        REPORTS(ep, "");
}

static void wrong_states(struct story *s)
{
        struct scene c;
        const int fd = TCP();

        IS(-ENOTCONN, recv(fd, s->buf, 1, 0));
        IS(-EPIPE, send(fd, "x", 1, MSG_NOSIGNAL));
        IS(-EINVAL, accept4(fd, NULL, NULL, 0));
        IS(-ENOTCONN, shutdown(TCP(), SHUT_RD));
        connect_both(s, &c);
        IS(-EINVAL, listen(c.client, 5));
        IS(-EINVAL, bind(c.client, AT(c.address)));
        IS(-EISCONN, connect(c.listener, AT(c.address)));
        IS(-EADDRINUSE, bind(fd, AT(c.address)));
}

static void blocking_accept_and_read(struct story *s)
{
        struct scene c;
        const int fd = (int)DO(socket(AF_INET, SOCK_STREAM, 0));

        listen_at(s, &c, 5);
        IS(0, connect(fd, AT(c.address))); /* without SOCK_NONBLOCK it waits */
        READY(fd, OUT);
}

static const struct tale tales[] = {
        TALE(a_connection, "connect(2), EINPROGRESS; accept(2), EAGAIN"),
        TALE(connecting_again, "connect(2), EISCONN"),
        TALE(refused, "connect(2), ECONNREFUSED; socket(7), SO_ERROR"),
        TALE(refused_as_connect_tells, "connect(2), ECONNREFUSED"),
        TALE(half_close, "shutdown(2); poll(2), POLLRDHUP"),
        TALE(peer_closes, "tcp(7), 'Error handling'; send(2), EPIPE"),
        TALE(reset_by_linger, "socket(7), SO_LINGER"),
        TALE(reset_by_unread_data, "RFC 2525, 2.17; socket(7), SO_ERROR"),
        TALE(listener_closes, "listen(2); RFC 9293, 3.10.4"),
        TALE(edges, "Shadow issue 3274; epoll_ctl(2), EPOLLRDHUP"),
        TALE(edges_of_a_listener, "epoll(7), 'Example for suggested usage'"),
        TALE(edge_of_a_connect, "connect(2), EINPROGRESS; epoll(7), EPOLLET"),
        TALE(wrong_states, "accept(2), listen(2), bind(2), connect(2), 'Errors'"),
        TALE(blocking_accept_and_read, "connect(2)"),
        {0},
};

const struct book tcp_book = {.object = "tcp", .tales = tales, .is_settling = true};
