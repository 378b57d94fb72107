/* SPDX-License-Identifier: BSD-3-Clause */
/* epoll: registrations, what level-triggered ones report, errors. epoll(7), epoll_ctl(2). */
#include <sys/eventfd.h>

#include "story.h"

/* A pipe with a byte in it, under the lowest numbers. */
#define PIPE(fds) IS(0, pipe2((fds), O_NONBLOCK))

static void level(struct story *s)
{
        const int ep = (int)IS(3, epoll_create1(0));
        int fds[2];

        PIPE(fds);
        ADD(0, ep, fds[0], 'r', EPOLLIN);
        REPORTS(ep, "");
        WRITES(fds[1], "ab");
        REPORTS(ep, "r:IN");
        REPORTS(ep, "r:IN");
        IS(1, read(fds[0], s->buf, 1));
        REPORTS(ep, "r:IN");
        IS(1, read(fds[0], s->buf, 1));
        REPORTS(ep, "");
}

static void only_what_is_wanted(struct story *s)
{
        const int ep = (int)DO(epoll_create1(0));
        const int fd = (int)DO(eventfd(1, EFD_NONBLOCK));

        ADD(0, ep, fd, 'e', EPOLLIN);
        REPORTS(ep, "e:IN");
        MOD(0, ep, fd, 'f', EPOLLOUT);
        REPORTS(ep, "f:OUT");
        MOD(0, ep, fd, 'g', EPOLLIN | EPOLLOUT);
        REPORTS(ep, "g:IN|OUT");
        MOD(0, ep, fd, 'h', 0);
        REPORTS(ep, "");
        DEL(0, ep, fd);
        REPORTS(ep, "");
}

static void errors_come_unasked(struct story *s)
{
        const int ep = (int)DO(epoll_create1(0));
        int fds[2];
        int more[2];

        PIPE(fds);
        PIPE(more);
        ADD(0, ep, fds[0], 'r', 0);
        ADD(0, ep, more[1], 'w', 0);
        IS(0, close(fds[1]));
        REPORTS(ep, "r:HUP");
        IS(0, close(more[0]));
        REPORTS(ep, "r:HUP w:ERR");
        REPORTS(ep, "r:HUP w:ERR");
}

static void registered_twice(struct story *s)
{
        const int ep = (int)DO(epoll_create1(0));
        int fds[2];
        int copy;

        PIPE(fds);
        ADD(0, ep, fds[0], 'r', EPOLLIN);
        ADD(-EEXIST, ep, fds[0], 'r', EPOLLIN);
        copy = (int)DO(dup(fds[0]));
        ADD(0, ep, copy, 'c', EPOLLIN); /* another number of the same description */
        WRITES(fds[1], "x");
        REPORTS(ep, "c:IN r:IN");
        DEL(0, ep, copy);
        DEL(-ENOENT, ep, copy);
        MOD(-ENOENT, ep, copy, 'c', EPOLLIN);
        REPORTS(ep, "r:IN");
}

static void bad_descriptors(struct story *s)
{
        const int ep = (int)DO(epoll_create1(0));
        struct epoll_event event;
        int fds[2];

        PIPE(fds);
        ADD(-EBADF, ep, 99, 'x', EPOLLIN);
        ADD(-EBADF, 99, fds[0], 'x', EPOLLIN);
        ADD(-EBADF, ep, -1, 'x', EPOLLIN);
        ADD(-EINVAL, fds[0], fds[1], 'x', EPOLLIN);
        ADD(-EINVAL, ep, ep, 'x', EPOLLIN);
        ADD(-EINVAL, fds[0], fds[0], 'x', EPOLLIN);
        DEL(-ENOENT, ep, fds[0]);
        IS(-EINVAL, epoll_ctl(ep, 77, fds[0], &event));
        IS(-EBADF, epoll_wait(99, &event, 1, 0));
        IS(-EINVAL, epoll_wait(fds[0], &event, 1, 0));
        IS(-EINVAL, epoll_wait(ep, &event, 0, 0));
        IS(-EINVAL, epoll_wait(ep, &event, -1, 0));
        QUIRK(QUIRK_EPOLL_WAIT_ERRORS, -EINVAL, -EBADF, epoll_wait(99, &event, 0, 0));
}

static void creation(struct story *s)
{
        IS(-EINVAL, epoll_create1(1));
        IS(3, epoll_create1(EPOLL_CLOEXEC));
        IS(FD_CLOEXEC, fcntl(3, F_GETFD));
        IS(-EINVAL, read(3, s->buf, 8));
        IS(-EINVAL, write(3, s->buf, 8));
        DO(fcntl(3, F_GETFL));
}

static void regular_files(struct story *s)
{
        const int ep = (int)DO(epoll_create1(0));
        const int fd = (int)IS(4, open("/tmp/evident-conformance", O_RDWR | O_CREAT, 0600));

        ADD(-EPERM, ep, fd, 'f', EPOLLIN);
        MOD(-EPERM, ep, fd, 'f', EPOLLIN);
        DEL(-EPERM, ep, fd);
        IS(0, unlink("/tmp/evident-conformance"));
}

static void close_removes(struct story *s)
{
        const int ep = (int)DO(epoll_create1(0));
        int fds[2];

        PIPE(fds);
        ADD(0, ep, fds[0], 'r', EPOLLIN);
        WRITES(fds[1], "x");
        REPORTS(ep, "r:IN");
        IS(0, close(fds[0]));
        REPORTS(ep, "");
        DEL(-EBADF, ep, fds[0]);
}

static void close_with_a_duplicate_does_not(struct story *s)
{
        const int ep = (int)DO(epoll_create1(0));
        int fds[2];
        int copy;

        PIPE(fds);
        copy = (int)DO(dup(fds[0]));
        ADD(0, ep, fds[0], 'r', EPOLLIN);
        IS(0, close(fds[0]));
        WRITES(fds[1], "x");
        REPORTS(ep, "r:IN");
        DEL(-EBADF, ep, fds[0]);
        DEL(-ENOENT, ep, copy);
        IS(fds[0], dup(copy)); /* the same number over the same description */
        DEL(0, ep, fds[0]);
        REPORTS(ep, "");
}

static void a_reused_number_is_another_registration(struct story *s)
{
        const int ep = (int)DO(epoll_create1(0));
        int fds[2];
        int copy;
        int fd;

        PIPE(fds);
        copy = (int)DO(dup(fds[0]));
        ADD(0, ep, fds[0], 'r', EPOLLIN);
        IS(0, close(fds[0]));
        fd = (int)IS(fds[0], eventfd(1, EFD_NONBLOCK));
        MOD(-ENOENT, ep, fd, 'e', EPOLLIN);
        ADD(0, ep, fd, 'e', EPOLLIN);
        WRITES(fds[1], "x");
        REPORTS(ep, "e:IN r:IN");
        IS(0, close(copy));
        REPORTS(ep, "e:IN");
}

static void dup2_over_a_registered_one(struct story *s)
{
        const int ep = (int)DO(epoll_create1(0));
        int fds[2];
        int more[2];

        PIPE(fds);
        PIPE(more);
        ADD(0, ep, fds[0], 'r', EPOLLIN);
        WRITES(fds[1], "x");
        IS(fds[0], dup2(more[0], fds[0]));
        REPORTS(ep, "");
        ADD(0, ep, fds[0], 'm', EPOLLIN);
        WRITES(more[1], "x");
        REPORTS(ep, "m:IN");
}

static void oneshot(struct story *s)
{
        const int ep = (int)DO(epoll_create1(0));
        int fds[2];

        PIPE(fds);
        ADD(0, ep, fds[0], 'r', EPOLLIN | EPOLLONESHOT);
        WRITES(fds[1], "x");
        REPORTS(ep, "r:IN");
        REPORTS(ep, "");
        WRITES(fds[1], "x");
        REPORTS(ep, "");
        ADD(-EEXIST, ep, fds[0], 'r', EPOLLIN); /* it is still registered */
        MOD(0, ep, fds[0], 'm', EPOLLIN | EPOLLONESHOT);
        REPORTS(ep, "m:IN");
        REPORTS(ep, "");
        IS(0, close(fds[1]));
        REPORTS(ep, ""); /* not even POLLHUP */
}

static void oneshot_and_edge(struct story *s)
{
        const int ep = (int)DO(epoll_create1(0));
        int fds[2];

        PIPE(fds);
        ADD(0, ep, fds[0], 'r', EPOLLIN | EPOLLONESHOT | EPOLLET);
        WRITES(fds[1], "x");
        REPORTS(ep, "r:IN");
        WRITES(fds[1], "x");
        REPORTS(ep, "");
        MOD(0, ep, fds[0], 'r', EPOLLIN | EPOLLONESHOT | EPOLLET);
        REPORTS(ep, "r:IN");
}

static void in_the_order_of_readiness(struct story *s)
{
        const int ep = (int)DO(epoll_create1(0));
        int fds[3][2];

        for (int i = 0; i < 3; i++) {
                PIPE(fds[i]);
                ADD(0, ep, fds[i][0], (char)('a' + i), EPOLLIN);
        }
        WRITES(fds[2][1], "x");
        WRITES(fds[0][1], "x");
        WRITES(fds[1][1], "x");
        REPORTS(ep, "c:IN a:IN b:IN");
        REPORTS(ep, "c:IN a:IN b:IN");
}

static void round_robin(struct story *s)
{
        const int ep = (int)DO(epoll_create1(0));
        int fds[3][2];

        for (int i = 0; i < 3; i++) {
                PIPE(fds[i]);
                ADD(0, ep, fds[i][0], (char)('a' + i), EPOLLIN);
                WRITES(fds[i][1], "x");
        }
        REPORTS_AT_MOST(2, ep, "a:IN b:IN");
        REPORTS_AT_MOST(2, ep, "c:IN a:IN");
        REPORTS_AT_MOST(2, ep, "b:IN c:IN");
        REPORTS_AT_MOST(1, ep, "a:IN");
        REPORTS(ep, "b:IN c:IN a:IN");
}

static void mod_keeps_the_place(struct story *s)
{
        const int ep = (int)DO(epoll_create1(0));
        int fds[2][2];

        for (int i = 0; i < 2; i++) {
                PIPE(fds[i]);
                ADD(0, ep, fds[i][0], (char)('a' + i), EPOLLIN);
                WRITES(fds[i][1], "x");
        }
        MOD(0, ep, fds[0][0], 'A', EPOLLIN);
        REPORTS(ep, "A:IN b:IN");
}

static void exclusive(struct story *s)
{
        const int ep = (int)DO(epoll_create1(0));
        const int nested = (int)DO(epoll_create1(0));
        int fds[2];

        PIPE(fds);
        ADD(-EINVAL, ep, fds[0], 'r', EPOLLIN | EPOLLEXCLUSIVE | EPOLLONESHOT);
        ADD(-EINVAL, ep, fds[0], 'r', EPOLLRDHUP | EPOLLEXCLUSIVE);
        ADD(-EINVAL, ep, nested, 'n', EPOLLIN | EPOLLEXCLUSIVE);
        ADD(0, ep, fds[0], 'r', EPOLLIN | EPOLLEXCLUSIVE | EPOLLET);
        MOD(-EINVAL, ep, fds[0], 'r', EPOLLIN);
        MOD(-EINVAL, ep, fds[0], 'r', EPOLLIN | EPOLLEXCLUSIVE);
        WRITES(fds[1], "x");
        REPORTS(ep, "r:IN");
        REPORTS(ep, "");
        DEL(0, ep, fds[0]);
}

static void two_instances(struct story *s)
{
        const int a = (int)DO(epoll_create1(0));
        const int b = (int)DO(epoll_create1(0));
        int fds[2];

        PIPE(fds);
        ADD(0, a, fds[0], 'a', EPOLLIN | EPOLLET);
        ADD(0, b, fds[0], 'b', EPOLLIN | EPOLLET);
        WRITES(fds[1], "x");
        REPORTS(a, "a:IN");
        REPORTS(b, "b:IN");
        REPORTS(a, "");
        IS(0, close(a));
        WRITES(fds[1], "x");
        REPORTS(b, "b:IN");
}

static void an_instance_shared_by_dup(struct story *s)
{
        const int ep = (int)DO(epoll_create1(0));
        const int copy = (int)DO(dup(ep));
        int fds[2];

        PIPE(fds);
        ADD(0, ep, fds[0], 'r', EPOLLIN);
        ADD(-EEXIST, copy, fds[0], 'r', EPOLLIN);
        ADD(-EINVAL, ep, copy, 'x', EPOLLIN); /* it is itself */
        WRITES(fds[1], "x");
        REPORTS(copy, "r:IN");
        IS(0, close(ep));
        REPORTS(copy, "r:IN");
}

static void unknown_bits(struct story *s)
{
        const int ep = (int)DO(epoll_create1(0));
        int fds[2];

        PIPE(fds);
        ADD(0, ep, fds[0], 'r', EPOLLIN | 0x08000000);
        WRITES(fds[1], "x");
        REPORTS(ep, "r:IN");
}

static const struct tale tales[] = {
        TALE(level, "epoll(7), 'Level-triggered and edge-triggered'"),
        TALE(only_what_is_wanted, "epoll_ctl(2), EPOLL_CTL_MOD"),
        TALE(errors_come_unasked, "epoll_ctl(2), EPOLLERR and EPOLLHUP"),
        TALE(registered_twice, "epoll_ctl(2), EEXIST and ENOENT; epoll(7), question 0"),
        TALE(bad_descriptors, "epoll_ctl(2) and epoll_wait(2), 'Errors'"),
        TALE(creation, "epoll_create(2)"),
        TALE(regular_files, "epoll_ctl(2), EPERM"),
        TALE(close_removes, "epoll(7), question 6"),
        TALE(close_with_a_duplicate_does_not, "epoll(7), question 6"),
        TALE(a_reused_number_is_another_registration,
             "epoll(7), question 0; libevent's changelist"),
        TALE(dup2_over_a_registered_one, "epoll(7), question 6; dup(2)"),
        TALE(oneshot, "epoll_ctl(2), EPOLLONESHOT"),
        TALE(oneshot_and_edge, "epoll_ctl(2), EPOLLONESHOT"),
        TALE(in_the_order_of_readiness, "epoll_wait(2), 'Notes'"),
        TALE(round_robin, "epoll_wait(2), 'Notes': round robin"),
        TALE(mod_keeps_the_place, "epoll_ctl(2), EPOLL_CTL_MOD"),
        TALE(exclusive, "epoll_ctl(2), EPOLLEXCLUSIVE"),
        TALE(two_instances, "epoll(7), question 2"),
        TALE(an_instance_shared_by_dup, "epoll(7), question 0"),
        TALE(unknown_bits, "epoll_ctl(2)"),
        {0},
};

const struct book epoll_book = {.object = "epoll", .tales = tales};
