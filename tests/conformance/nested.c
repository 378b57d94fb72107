/* SPDX-License-Identifier: BSD-3-Clause */
/* Instances of epoll inside others: epoll(7), questions 3 to 5; epoll_ctl(2), ELOOP. */
#include <sys/eventfd.h>

#include "story.h"

#define PIPE(fds) IS(0, pipe2((fds), O_NONBLOCK))

static void readable_when_it_has_reports(struct story *s)
{
        const int ep = (int)DO(epoll_create1(0));
        int fds[2];

        PIPE(fds);
        ADD(0, ep, fds[0], 'r', EPOLLIN);
        READY(ep, 0);
        WRITES(fds[1], "x");
        READY(ep, IN);
        REPORTS(ep, "r:IN");
        READY(ep, IN);
        IS(1, read(fds[0], s->buf, 1));
        READY(ep, 0);
}

static void inside_another(struct story *s)
{
        const int outer = (int)DO(epoll_create1(0));
        const int inner = (int)DO(epoll_create1(0));
        int fds[2];

        PIPE(fds);
        ADD(0, outer, inner, 'i', EPOLLIN);
        ADD(0, inner, fds[0], 'r', EPOLLIN);
        REPORTS(outer, "");
        WRITES(fds[1], "x");
        REPORTS(outer, "i:IN");
        REPORTS(outer, "i:IN");
        REPORTS(inner, "r:IN");
        IS(1, read(fds[0], s->buf, 1));
        REPORTS(outer, "");
        REPORTS(inner, "");
}

static void edges_of_an_inner_one(struct story *s)
{
        const int outer = (int)DO(epoll_create1(0));
        const int inner = (int)DO(epoll_create1(0));
        int fds[2];

        PIPE(fds);
        ADD(0, outer, inner, 'i', EPOLLIN | EPOLLET);
        ADD(0, inner, fds[0], 'r', EPOLLIN | EPOLLET);
        WRITES(fds[1], "x");
        REPORTS(outer, "i:IN");
        REPORTS(outer, "");
        WRITES(fds[1], "x");
        REPORTS(outer, "i:IN");
        REPORTS(inner, "r:IN");
        REPORTS(inner, "");
        REPORTS(outer, "");
        WRITES(fds[1], "x");
        REPORTS(inner, "r:IN");
        REPORTS(outer, "");
}

static void edge_outside_level_inside(struct story *s)
{
        const int outer = (int)DO(epoll_create1(0));
        const int inner = (int)DO(epoll_create1(0));
        int fds[2];

        PIPE(fds);
        ADD(0, outer, inner, 'i', EPOLLIN | EPOLLET);
        ADD(0, inner, fds[0], 'r', EPOLLIN);
        WRITES(fds[1], "x");
        REPORTS(outer, "i:IN");
        REPORTS(inner, "r:IN");
        REPORTS(outer, "");
        IS(1, read(fds[0], s->buf, 1));
        REPORTS(inner, "");
        REPORTS(outer, "");
}

static void made_ready_before_it_was_nested(struct story *s)
{
        const int outer = (int)DO(epoll_create1(0));
        const int inner = (int)DO(epoll_create1(0));
        const int fd = (int)DO(eventfd(1, EFD_NONBLOCK));

        ADD(0, inner, fd, 'e', EPOLLIN);
        ADD(0, outer, inner, 'i', EPOLLIN | EPOLLET);
        REPORTS(outer, "i:IN");
        REPORTS(outer, "");
}

static void registering_in_an_inner_one(struct story *s)
{
        const int outer = (int)DO(epoll_create1(0));
        const int inner = (int)DO(epoll_create1(0));
        const int fd = (int)DO(eventfd(1, EFD_NONBLOCK));

        ADD(0, outer, inner, 'i', EPOLLIN | EPOLLET);
        ADD(0, inner, fd, 'e', EPOLLIN);
        REPORTS(outer, "i:IN");
        MOD(0, inner, fd, 'e', EPOLLIN);
        DO(poll(NULL, 0, 0));
        DEL(0, inner, fd);
        REPORTS(outer, "");
}

static void removed_inside(struct story *s)
{
        const int outer = (int)DO(epoll_create1(0));
        const int inner = (int)DO(epoll_create1(0));
        int fds[2];

        PIPE(fds);
        ADD(0, outer, inner, 'i', EPOLLIN);
        ADD(0, inner, fds[0], 'r', EPOLLIN);
        WRITES(fds[1], "x");
        REPORTS(outer, "i:IN");
        DEL(0, inner, fds[0]);
        REPORTS(outer, "");
}

static void inner_one_is_closed(struct story *s)
{
        const int outer = (int)DO(epoll_create1(0));
        const int inner = (int)DO(epoll_create1(0));
        const int fd = (int)DO(eventfd(1, EFD_NONBLOCK));

        ADD(0, inner, fd, 'e', EPOLLIN);
        ADD(0, outer, inner, 'i', EPOLLIN);
        REPORTS(outer, "i:IN");
        IS(0, close(inner));
        REPORTS(outer, "");
        READY(fd, IN | OUT);
}

static void circles(struct story *s)
{
        const int a = (int)DO(epoll_create1(0));
        const int b = (int)DO(epoll_create1(0));
        const int c = (int)DO(epoll_create1(0));

        ADD(-EINVAL, a, a, 'a', EPOLLIN);
        ADD(0, a, b, 'b', EPOLLIN);
        ADD(-ELOOP, b, a, 'a', EPOLLIN);
        ADD(0, b, c, 'c', EPOLLIN);
        ADD(-ELOOP, c, a, 'a', EPOLLIN);
        DEL(0, a, b);
        ADD(0, c, a, 'a', EPOLLIN);
}

/* The instance that has six others below it, one in the other. */
static void depth_from_above(struct story *s)
{
        int ep[8];

        for (int i = 0; i < 8; i++)
                ep[i] = (int)DO(epoll_create1(0));
        for (int i = 0; i + 1 < 8; i++) {
                struct epoll_event event = {.events = EPOLLIN};

                DO(epoll_ctl(ep[i], EPOLL_CTL_ADD, ep[i + 1], &event));
        }
}

static void depth_from_below(struct story *s)
{
        int ep[8];

        for (int i = 0; i < 8; i++)
                ep[i] = (int)DO(epoll_create1(0));
        for (int i = 6; i >= 0; i--) {
                struct epoll_event event = {.events = EPOLLIN};

                DO(epoll_ctl(ep[i], EPOLL_CTL_ADD, ep[i + 1], &event));
        }
}

/* Two chains of n and m instances, put one below the other. */
static void join_chains(struct story *s, int n, int m)
{
        struct epoll_event event = {.events = EPOLLIN};
        int ep[8];

        for (int i = 0; i < n + m; i++)
                ep[i] = (int)DO(epoll_create1(0));
        for (int i = 0; i + 1 < n; i++)
                IS(0, epoll_ctl(ep[i], EPOLL_CTL_ADD, ep[i + 1], &event));
        for (int i = n; i + 1 < n + m; i++)
                IS(0, epoll_ctl(ep[i], EPOLL_CTL_ADD, ep[i + 1], &event));
        DO(epoll_ctl(ep[n - 1], EPOLL_CTL_ADD, ep[n], &event));
        for (int i = 0; i < n + m; i++)
                IS(0, close(ep[i]));
}

static void depth_of_joined_chains(struct story *s)
{
        for (int n = 1; n <= 4; n++)
                for (int m = 1; m <= 4; m++)
                        join_chains(s, n, m);
}

static void poll_of_an_instance(struct story *s)
{
        const int ep = (int)DO(epoll_create1(0));
        int fds[2];

        PIPE(fds);
        ADD(0, ep, fds[0], 'r', EPOLLIN | EPOLLONESHOT);
        WRITES(fds[1], "x");
        READY(ep, IN);
        REPORTS(ep, "r:IN");
        READY(ep, 0);
        MOD(0, ep, fds[0], 'r', EPOLLIN | EPOLLONESHOT);
        READY(ep, IN);
}

static const struct tale tales[] = {
        TALE(readable_when_it_has_reports, "epoll(7), question 3"),
        TALE(inside_another, "epoll(7), question 3"),
        TALE(edges_of_an_inner_one, "epoll(7), question 3, with EPOLLET"),
        TALE(edge_outside_level_inside, "epoll(7), question 3, with EPOLLET"),
        TALE(made_ready_before_it_was_nested, "epoll_ctl(2), EPOLL_CTL_ADD"),
        TALE(registering_in_an_inner_one, "epoll_ctl(2), EPOLL_CTL_ADD"),
        TALE(removed_inside, "epoll_ctl(2), EPOLL_CTL_DEL"),
        TALE(inner_one_is_closed, "epoll(7), question 6"),
        TALE(circles, "epoll_ctl(2), ELOOP"),
        TALE(depth_from_above, "epoll_ctl(2), ELOOP"),
        TALE(depth_from_below, "epoll_ctl(2), ELOOP"),
        TALE(depth_of_joined_chains, "epoll_ctl(2), ELOOP"),
        TALE(poll_of_an_instance, "epoll(7), question 3"),
        {0},
};

const struct book nested_book = {.object = "nested", .tales = tales};
