/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Edges: when EPOLLET reports again. An edge is a wake-up by the file, not a change of readiness;
 * most simulators got this wrong once.
 */
#include <sys/eventfd.h>

#include "story.h"

#define PIPE(fds) IS(0, pipe2((fds), O_NONBLOCK))

enum { PAGE = 4096, SLOTS = 16 };

static void once_an_arrival(struct story *s)
{
        const int ep = (int)DO(epoll_create1(0));
        int fds[2];

        PIPE(fds);
        ADD(0, ep, fds[0], 'r', EPOLLIN | EPOLLET);
        WRITES(fds[1], "a");
        REPORTS(ep, "r:IN");
        REPORTS(ep, "");
        WRITES(fds[1], "b"); /* before the first was read */
        REPORTS(ep, "r:IN");
        WRITES(fds[1], "c");
        WRITES(fds[1], "d");
        REPORTS(ep, "r:IN");
        REPORTS(ep, "");
}

static void ready_when_registered(struct story *s)
{
        const int ep = (int)DO(epoll_create1(0));
        int fds[2];

        PIPE(fds);
        WRITES(fds[1], "a");
        ADD(0, ep, fds[0], 'r', EPOLLIN | EPOLLET);
        REPORTS(ep, "r:IN");
        REPORTS(ep, "");
}

static void partial_read(struct story *s)
{
        const int ep = (int)DO(epoll_create1(0));
        int fds[2];

        PIPE(fds);
        ADD(0, ep, fds[0], 'r', EPOLLIN | EPOLLET);
        WRITES(fds[1], "abcd");
        REPORTS(ep, "r:IN");
        IS(2, read(fds[0], s->buf, 2));
        REPORTS(ep, "");
        IS(1, read(fds[0], s->buf, 1));
        REPORTS(ep, "");
        WRITES(fds[1], "e");
        REPORTS(ep, "r:IN");
}

static void mod_arms_again(struct story *s)
{
        const int ep = (int)DO(epoll_create1(0));
        int fds[2];

        PIPE(fds);
        ADD(0, ep, fds[0], 'r', EPOLLIN | EPOLLET);
        WRITES(fds[1], "a");
        REPORTS(ep, "r:IN");
        REPORTS(ep, "");
        MOD(0, ep, fds[0], 'r', EPOLLIN | EPOLLET); /* the same interest */
        REPORTS(ep, "r:IN");
        REPORTS(ep, "");
}

static void mod_of_what_is_not_ready(struct story *s)
{
        const int ep = (int)DO(epoll_create1(0));
        int fds[2];

        PIPE(fds);
        ADD(0, ep, fds[0], 'r', EPOLLIN | EPOLLET);
        MOD(0, ep, fds[0], 'r', EPOLLIN | EPOLLET);
        REPORTS(ep, "");
        WRITES(fds[1], "a");
        MOD(0, ep, fds[0], 'm', EPOLLIN | EPOLLET);
        REPORTS(ep, "m:IN");
        REPORTS(ep, "");
}

static void mod_from_edge_to_level(struct story *s)
{
        const int ep = (int)DO(epoll_create1(0));
        int fds[2];

        PIPE(fds);
        ADD(0, ep, fds[0], 'r', EPOLLIN | EPOLLET);
        WRITES(fds[1], "a");
        REPORTS(ep, "r:IN");
        MOD(0, ep, fds[0], 'r', EPOLLIN);
        REPORTS(ep, "r:IN");
        REPORTS(ep, "r:IN");
        MOD(0, ep, fds[0], 'r', EPOLLIN | EPOLLET);
        REPORTS(ep, "r:IN");
        REPORTS(ep, "");
}

static void del_and_add(struct story *s)
{
        const int ep = (int)DO(epoll_create1(0));
        int fds[2];

        PIPE(fds);
        ADD(0, ep, fds[0], 'r', EPOLLIN | EPOLLET);
        WRITES(fds[1], "a");
        REPORTS(ep, "r:IN");
        DEL(0, ep, fds[0]);
        ADD(0, ep, fds[0], 'r', EPOLLIN | EPOLLET);
        REPORTS(ep, "r:IN");
        REPORTS(ep, "");
}

static void gone_before_it_was_asked(struct story *s)
{
        const int ep = (int)DO(epoll_create1(0));
        int fds[2];

        PIPE(fds);
        ADD(0, ep, fds[0], 'r', EPOLLIN | EPOLLET);
        WRITES(fds[1], "a");
        IS(1, read(fds[0], s->buf, 1));
        REPORTS(ep, "");
        WRITES(fds[1], "a");
        IS(1, read(fds[0], s->buf, 1));
        WRITES(fds[1], "b");
        REPORTS(ep, "r:IN");
}

static void end_of_file(struct story *s)
{
        const int ep = (int)DO(epoll_create1(0));
        int fds[2];

        PIPE(fds);
        ADD(0, ep, fds[0], 'r', EPOLLIN | EPOLLET);
        WRITES(fds[1], "a");
        REPORTS(ep, "r:IN");
        IS(0, close(fds[1]));
        REPORTS(ep, "r:IN|HUP");
        REPORTS(ep, "");
        IS(1, read(fds[0], s->buf, 4));
        REPORTS(ep, "");
        IS(0, read(fds[0], s->buf, 4));
        REPORTS(ep, "");
}

static void writer_of_a_full_pipe(struct story *s)
{
        const int ep = (int)DO(epoll_create1(0));
        int fds[2];

        PIPE(fds);
        ADD(0, ep, fds[1], 'w', EPOLLOUT | EPOLLET);
        REPORTS(ep, "w:OUT");
        EQUAL(SLOTS * PAGE, story_fill(s, fds[1], PAGE));
        REPORTS(ep, "");
        IS(100, read(fds[0], s->buf, 100));
        REPORTS(ep, "");
        IS(PAGE - 100, read(fds[0], s->buf, PAGE - 100));
        REPORTS(ep, "w:OUT");
        IS(PAGE, read(fds[0], s->buf, PAGE));
        REPORTS(ep, ""); /* it was not full */
}

static void a_write_without_room(struct story *s)
{
        const int ep = (int)DO(epoll_create1(0));
        int fds[2];

        PIPE(fds);
        ADD(0, ep, fds[0], 'r', EPOLLIN | EPOLLET);
        EQUAL(SLOTS * PAGE, story_fill(s, fds[1], PAGE));
        REPORTS(ep, "r:IN");
        IS(-EAGAIN, write(fds[1], "x", 1));
        REPORTS(ep, "r:IN"); /* nothing came, but Linux wakes readers all the same */
}

static void reader_went(struct story *s)
{
        const int ep = (int)DO(epoll_create1(0));
        int fds[2];

        PIPE(fds);
        ADD(0, ep, fds[1], 'w', EPOLLOUT | EPOLLET);
        REPORTS(ep, "w:OUT");
        IS(0, close(fds[0]));
        REPORTS(ep, "w:OUT|ERR");
        REPORTS(ep, "");
        IS(-EPIPE, write(fds[1], "x", 1));
        REPORTS(ep, "");
}

static void writing_nothing(struct story *s)
{
        const int ep = (int)DO(epoll_create1(0));
        int fds[2];

        PIPE(fds);
        ADD(0, ep, fds[0], 'r', EPOLLIN | EPOLLET);
        WRITES(fds[1], "a");
        REPORTS(ep, "r:IN");
        IS(0, write(fds[1], "", 0));
        REPORTS(ep, "");
}

static void both_registrations_of_a_description(struct story *s)
{
        const int ep = (int)DO(epoll_create1(0));
        int fds[2];
        int copy;

        PIPE(fds);
        copy = (int)DO(dup(fds[0]));
        ADD(0, ep, fds[0], 'r', EPOLLIN | EPOLLET);
        ADD(0, ep, copy, 'c', EPOLLIN);
        WRITES(fds[1], "a");
        REPORTS(ep, "c:IN r:IN");
        REPORTS(ep, "c:IN");
}

static void max_keeps_the_rest(struct story *s)
{
        const int ep = (int)DO(epoll_create1(0));
        int fds[3][2];

        for (int i = 0; i < 3; i++) {
                PIPE(fds[i]);
                ADD(0, ep, fds[i][0], (char)('a' + i), EPOLLIN | EPOLLET);
                WRITES(fds[i][1], "x");
        }
        REPORTS_AT_MOST(1, ep, "a:IN");
        WRITES(fds[0][1], "x");
        REPORTS_AT_MOST(1, ep, "b:IN");
        REPORTS(ep, "c:IN a:IN");
        REPORTS(ep, "");
}

static void polling_takes_no_edge(struct story *s)
{
        const int ep = (int)DO(epoll_create1(0));
        int fds[2];

        PIPE(fds);
        ADD(0, ep, fds[0], 'r', EPOLLIN | EPOLLET);
        WRITES(fds[1], "a");
        READY(fds[0], IN);
        READY(ep, IN);
        REPORTS(ep, "r:IN");
        READY(ep, 0);
}

static void level_and_edge_side_by_side(struct story *s)
{
        const int edge = (int)DO(epoll_create1(0));
        const int level = (int)DO(epoll_create1(0));
        const int fd = (int)DO(eventfd(0, EFD_NONBLOCK));
        const uint64_t one = 1;

        ADD(0, edge, fd, 'e', EPOLLIN | EPOLLET);
        ADD(0, level, fd, 'l', EPOLLIN);
        for (int i = 0; i < 3; i++) {
                IS(8, write(fd, &one, 8));
                REPORTS(edge, "e:IN");
                REPORTS(level, "l:IN");
                REPORTS(edge, "");
                REPORTS(level, "l:IN");
        }
}

static void a_spurious_wake_up_of_another_kind(struct story *s)
{
        const int ep = (int)DO(epoll_create1(0));
        const int fd = (int)DO(eventfd(1, EFD_NONBLOCK));
        const uint64_t one = 1;

        ADD(0, ep, fd, 'e', EPOLLOUT | EPOLLET);
        REPORTS(ep, "e:OUT");
        IS(8, write(fd, &one, 8)); /* wakes readers, and says so */
        REPORTS(ep, "");
        IS(8, read(fd, s->buf, 8));
        REPORTS(ep, "e:OUT");
}

static const struct tale tales[] = {
        TALE(once_an_arrival, "epoll(7), question 9; Shadow issue 2673"),
        TALE(ready_when_registered, "epoll_ctl(2), EPOLL_CTL_ADD"),
        TALE(partial_read, "Shadow issue 3274: a partial read is no edge"),
        TALE(mod_arms_again, "Shadow issue 343: EPOLL_CTL_MOD arms again"),
        TALE(mod_of_what_is_not_ready, "Shadow issue 343"),
        TALE(mod_from_edge_to_level, "epoll_ctl(2), EPOLL_CTL_MOD"),
        TALE(del_and_add, "epoll_ctl(2), EPOLL_CTL_ADD"),
        TALE(gone_before_it_was_asked, "epoll(7), 'Level-triggered and edge-triggered'"),
        TALE(end_of_file, "epoll_ctl(2), EPOLLHUP"),
        TALE(writer_of_a_full_pipe, "epoll(7), EPOLLET; pipe(7), 'Pipe capacity'"),
        TALE(a_write_without_room, "found by random calls; epoll(7) does not promise it"),
        TALE(reader_went, "epoll_ctl(2), EPOLLERR"),
        TALE(writing_nothing, "write(2), zero count"),
        TALE(both_registrations_of_a_description, "epoll(7), question 0"),
        TALE(max_keeps_the_rest, "epoll_wait(2), 'Notes': round robin"),
        TALE(polling_takes_no_edge, "epoll(7), question 3"),
        TALE(level_and_edge_side_by_side, "Miri issue 4374: both kinds over one file"),
        TALE(a_spurious_wake_up_of_another_kind, "Miri pull request 4676; epoll(7), EPOLLET"),
        {0},
};

const struct book edge_book = {.object = "edge", .tales = tales};
