/* SPDX-License-Identifier: BSD-3-Clause */
/* UDP on the loopback: udp(7), connect(2), send(2), recv(2). */
#include "inet.h"

#define UDP() (int)DO(socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0))

static struct sockaddr_in bind_one(struct story *s, int fd)
{
        const struct sockaddr_in any = loopback(0);

        IS(0, bind(fd, AT(any)));
        return name_of(s, fd);
}

static void datagrams(struct story *s)
{
        const int a = UDP();
        const int b = UDP();
        const struct sockaddr_in to = bind_one(s, a);
        struct sockaddr_in from = {0};
        socklen_t len = sizeof from;

        READY(a, OUT);
        IS(-EAGAIN, recv(a, s->buf, 9, 0));
        IS(3, sendto(b, "abc", 3, 0, AT(to)));
        IS(0, sendto(b, "", 0, 0, AT(to)));
        READY(a, IN | OUT);
        IS(2, recvfrom(a, s->buf, 2, 0, (struct sockaddr *)&from, &len));
        EQUAL(true, from.sin_port == name_of(s, b).sin_port);
        IS(0, recv(a, s->buf, 9, 0));
        READY(a, OUT);
        IS(6, sendto(b, "abcdef", 6, 0, AT(to)));
        IS(6, recv(a, s->buf, 2, MSG_TRUNC));
}

static void connected(struct story *s)
{
        const int a = UDP();
        const int b = UDP();
        const int c = UDP();
        const struct sockaddr_in to_a = bind_one(s, a);
        const struct sockaddr_in to_b = bind_one(s, b);

        IS(-EDESTADDRREQ, send(c, "x", 1, 0));
        IS(0, connect(a, AT(to_b)));
        IS(1, sendto(c, "x", 1, 0, AT(to_a))); /* not from its peer */
        IS(-EAGAIN, recv(a, s->buf, 9, 0));
        IS(2, sendto(b, "ab", 2, 0, AT(to_a)));
        IS(2, recv(a, s->buf, 9, 0));
        IS(1, send(a, "x", 1, 0));
        IS(1, recv(b, s->buf, 9, 0));
}

static void refused(struct story *s)
{
        const int a = UDP();
        const int b = UDP();
        const struct sockaddr_in to = bind_one(s, a);

        IS(0, close(a));
        IS(0, connect(b, AT(to)));
        IS(1, send(b, "x", 1, 0));
        READY(b, OUT | ERR);
        IS(-ECONNREFUSED, recv(b, s->buf, 1, 0));
        READY(b, OUT);
        IS(1, send(b, "x", 1, 0));
        IS(-ECONNREFUSED, send(b, "x", 1, 0));
}

static void edge_of_a_sender(struct story *s)
{
        const int ep = (int)DO(epoll_create1(0));
        const int a = UDP();
        const int b = UDP();
        const struct sockaddr_in to = bind_one(s, a);

        ADD(0, ep, b, 'b', EPOLLIN | EPOLLOUT | EPOLLET);
        REPORTS(ep, "b:OUT");
        REPORTS(ep, "");
        IS(1, sendto(b, "x", 1, 0, AT(to)));
        REPORTS(ep, "b:OUT"); /* its buffer is free again */
        REPORTS(ep, "");
}

static void edges_of_a_receiver(struct story *s)
{
        const int ep = (int)DO(epoll_create1(0));
        const int a = UDP();
        const int b = UDP();
        const struct sockaddr_in to = bind_one(s, a);

        ADD(0, ep, a, 'a', EPOLLIN | EPOLLET);
        IS(1, sendto(b, "x", 1, 0, AT(to)));
        REPORTS(ep, "a:IN");
        IS(1, sendto(b, "y", 1, 0, AT(to)));
        REPORTS(ep, "a:IN");
        IS(1, recv(a, s->buf, 9, 0));
        REPORTS(ep, ""); /* one is left */
}

static void too_long(struct story *s)
{
        const int a = UDP();
        const struct sockaddr_in to = bind_one(s, a);

        IS(-EMSGSIZE, sendto(a, s->buf, 65508, 0, AT(to)));
        IS(65507, sendto(a, s->buf, 65507, 0, AT(to)));
        IS(65507, recv(a, s->buf, STORY_BUF, 0));
}

static const struct tale tales[] = {
        TALE(datagrams, "udp(7); recv(2), MSG_TRUNC"),
        TALE(connected, "connect(2): datagrams of the peer alone; send(2), EDESTADDRREQ"),
        TALE(refused, "udp(7), ECONNREFUSED"),
        TALE(edge_of_a_sender, "Shadow issue 3295: UDP and an edge of EPOLLOUT"),
        TALE(edges_of_a_receiver, "epoll(7), question 9"),
        TALE(too_long, "send(2), EMSGSIZE"),
        {0},
};

const struct book udp_book = {.object = "udp", .tales = tales, .is_settling = true};
