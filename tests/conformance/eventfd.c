/* SPDX-License-Identifier: BSD-3-Clause */
/* eventfd(2). */
#include <sys/eventfd.h>

#include "story.h"

static int64_t value_of(const struct story *s)
{
        uint64_t value;

        memcpy(&value, s->buf, sizeof value);
        return (int64_t)value;
}

#define PUT(want, fd, value)                               \
        do {                                               \
                const uint64_t put_ = (value);             \
                                                           \
                IS(want, write((fd), &put_, sizeof put_)); \
        } while (0)
#define GETS(fd, value)                               \
        do {                                          \
                IS(8, read((fd), s->buf, 8));         \
                EQUAL((int64_t)(value), value_of(s)); \
        } while (0)

static void counts(struct story *s)
{
        const int fd = (int)IS(3, eventfd(2, EFD_NONBLOCK));

        PUT(8, fd, 3);
        PUT(8, fd, 4);
        GETS(fd, 9);
        IS(-EAGAIN, read(fd, s->buf, 8));
}

static void semaphore(struct story *s)
{
        const int fd = (int)DO(eventfd(2, EFD_NONBLOCK | EFD_SEMAPHORE));

        GETS(fd, 1);
        READY(fd, IN | OUT);
        GETS(fd, 1);
        READY(fd, OUT);
        IS(-EAGAIN, read(fd, s->buf, 8));
}

static void sizes(struct story *s)
{
        const int fd = (int)DO(eventfd(1, EFD_NONBLOCK));

        IS(-EINVAL, read(fd, s->buf, 7));
        IS(-EINVAL, read(fd, s->buf, 0));
        IS(-EINVAL, write(fd, s->buf, 7));
        IS(8, read(fd, s->buf, 100));
        QUIRK(QUIRK_EVENTFD_LONG_WRITE, 8, -EINVAL, write(fd, "\1\0\0\0\0\0\0\0rest", 12));
}

static void maximum(struct story *s)
{
        const int fd = (int)DO(eventfd(0, EFD_NONBLOCK));

        PUT(-EINVAL, fd, UINT64_MAX);
        PUT(8, fd, UINT64_MAX - 2);
        READY(fd, IN | OUT);
        PUT(8, fd, 1);
        READY(fd, IN);
        PUT(-EAGAIN, fd, 1);
        PUT(8, fd, 0);
        GETS(fd, UINT64_MAX - 1);
        READY(fd, OUT);
}

static void writing_zero(struct story *s)
{
        const int fd = (int)DO(eventfd(0, EFD_NONBLOCK));

        PUT(8, fd, 0);
        READY(fd, OUT);
        IS(-EAGAIN, read(fd, s->buf, 8));
}

static void flags(struct story *s)
{
        int fd;

        IS(-EINVAL, eventfd(0, 0x100));
        fd = (int)IS(3, eventfd(0, EFD_CLOEXEC));
        IS(FD_CLOEXEC, fcntl(fd, F_GETFD));
        IS(O_RDWR, fcntl(fd, F_GETFL));
}

static void every_write_is_an_edge(struct story *s)
{
        const int ep = (int)DO(epoll_create1(0));
        const int fd = (int)DO(eventfd(0, EFD_NONBLOCK));

        ADD(0, ep, fd, 'e', EPOLLIN | EPOLLET);
        REPORTS(ep, "");
        PUT(8, fd, 1);
        REPORTS(ep, "e:IN");
        REPORTS(ep, "");
        PUT(8, fd, 1); /* it was readable before */
        REPORTS(ep, "e:IN");
        PUT(8, fd, 0);
        DO(poll(NULL, 0, 0));
        REPORTS(ep, "e:IN");
        GETS(fd, 2);
        REPORTS(ep, "");
}

static void every_read_is_an_edge_of_writing(struct story *s)
{
        const int ep = (int)DO(epoll_create1(0));
        const int fd = (int)DO(eventfd(1, EFD_NONBLOCK));

        ADD(0, ep, fd, 'e', EPOLLOUT | EPOLLET);
        REPORTS(ep, "e:OUT");
        REPORTS(ep, "");
        PUT(8, fd, 1);
        REPORTS(ep, "");
        GETS(fd, 2);
        REPORTS(ep, "e:OUT");
}

static void both_directions_at_an_edge(struct story *s)
{
        const int ep = (int)DO(epoll_create1(0));
        const int fd = (int)DO(eventfd(0, EFD_NONBLOCK));

        ADD(0, ep, fd, 'e', EPOLLIN | EPOLLOUT | EPOLLET);
        REPORTS(ep, "e:OUT");
        PUT(8, fd, 1);
        REPORTS(ep, "e:IN|OUT");
        GETS(fd, 1);
        REPORTS(ep, "e:OUT");
}

static void semaphore_edges(struct story *s)
{
        const int ep = (int)DO(epoll_create1(0));
        const int fd = (int)DO(eventfd(0, EFD_NONBLOCK | EFD_SEMAPHORE));

        ADD(0, ep, fd, 'e', EPOLLIN | EPOLLET);
        PUT(8, fd, 2);
        REPORTS(ep, "e:IN");
        GETS(fd, 1);
        REPORTS(ep, ""); /* one is left, but nothing came */
        GETS(fd, 1);
        REPORTS(ep, "");
}

struct other {
        struct story *s;
        int fd;
};

static void write_one(void *arg)
{
        struct other *o = arg;
        const uint64_t one = 1;

        (void)!o->s->kernel->write(o->fd, &one, sizeof one);
}

static void wakes_a_wait(struct story *s)
{
        const int ep = (int)DO(epoll_create1(0));
        const int fd = (int)DO(eventfd(0, 0));
        struct other o = {s, fd};

        ADD(0, ep, fd, 'e', EPOLLIN);
        s->kernel->start(write_one, &o);
        WAITS_FOR(ep, "e:IN");
        s->kernel->join();
        GETS(fd, 1);
        s->kernel->start(write_one, &o);
        GETS(fd, 1); /* and a blocking read */
        s->kernel->join();
}

static void shared_by_dup(struct story *s)
{
        const int fd = (int)DO(eventfd(0, EFD_NONBLOCK));
        const int copy = (int)IS(4, dup(fd));

        PUT(8, fd, 5);
        GETS(copy, 5);
        IS(0, close(fd));
        PUT(8, copy, 1);
        GETS(copy, 1);
}

static void no_position(struct story *s)
{
        const int fd = (int)DO(eventfd(1, EFD_NONBLOCK));

        QUIRK(QUIRK_EVENTFD_LSEEK, -ESPIPE, 0, lseek(fd, 0, SEEK_SET));
        IS(-ESPIPE, pread(fd, s->buf, 8, 0));
        IS(-EINVAL, ftruncate(fd, 0));
}

static const struct tale tales[] = {
        TALE(counts, "eventfd(2), read(2) and write(2)"),
        TALE(semaphore, "eventfd(2), EFD_SEMAPHORE"),
        TALE(sizes, "eventfd(2), EINVAL of small buffers"),
        TALE(maximum, "eventfd(2): 0xfffffffffffffffe, EAGAIN, poll(2)"),
        TALE(writing_zero, "eventfd(2), write(2)"),
        TALE(flags, "eventfd(2), flags"),
        TALE(every_write_is_an_edge, "Shadow issue 2673: EPOLLET and an eventfd written again"),
        TALE(every_read_is_an_edge_of_writing, "Shadow issue 2673; epoll(7), EPOLLET"),
        TALE(both_directions_at_an_edge, "epoll(7), EPOLLET; Miri issue 4374"),
        TALE(semaphore_edges, "eventfd(2), EFD_SEMAPHORE; epoll(7), EPOLLET"),
        TALE(wakes_a_wait, "eventfd(2), poll(2)"),
        TALE(shared_by_dup, "dup(2)"),
        TALE(no_position, "lseek(2), ESPIPE"),
        {0},
};

const struct book eventfd_book = {.object = "eventfd", .tales = tales};
