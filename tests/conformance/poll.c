/* SPDX-License-Identifier: BSD-3-Clause */
/* poll(2) and ppoll(2). */
#include <sys/eventfd.h>

#include "story.h"

static void entries(struct story *s)
{
        struct pollfd fds[4];
        int ends[2];

        IS(0, pipe2(ends, O_NONBLOCK));
        fds[0] = (struct pollfd){.fd = ends[0], .events = POLLIN};
        fds[1] = (struct pollfd){.fd = -1, .events = POLLIN, .revents = 7};
        fds[2] = (struct pollfd){.fd = 99, .events = POLLIN};
        fds[3] = (struct pollfd){.fd = ends[1], .events = POLLIN | POLLOUT};
        IS(2, poll(fds, 4, 0));
        EQUAL(0, fds[0].revents);
        EQUAL(0, fds[1].revents);
        EQUAL(POLLNVAL, fds[2].revents);
        EQUAL(POLLOUT, fds[3].revents);
        IS(1, poll(fds, 3, -1));
        IS(0, poll(fds, 0, 0));
}

static void the_same_twice(struct story *s)
{
        const int fd = (int)DO(eventfd(1, EFD_NONBLOCK));
        struct pollfd fds[2] = {{.fd = fd, .events = POLLIN}, {.fd = fd, .events = POLLOUT}};

        IS(2, poll(fds, 2, -1));
        EQUAL(POLLIN, fds[0].revents);
        EQUAL(POLLOUT, fds[1].revents);
}

static void unasked(struct story *s)
{
        struct pollfd fds[2];
        int ends[2];
        int more[2];

        IS(0, pipe2(ends, O_NONBLOCK));
        IS(0, pipe2(more, O_NONBLOCK));
        IS(0, close(ends[1]));
        IS(0, close(more[0]));
        fds[0] = (struct pollfd){.fd = ends[0]};
        fds[1] = (struct pollfd){.fd = more[1]};
        IS(2, poll(fds, 2, -1));
        EQUAL(POLLHUP, fds[0].revents);
        EQUAL(POLLERR, fds[1].revents);
}

static void closed_one(struct story *s)
{
        const int fd = (int)DO(eventfd(1, EFD_NONBLOCK));

        READY(fd, IN | OUT);
        IS(0, close(fd));
        READY(fd, POLLNVAL);
}

static void regular_file(struct story *s)
{
        const int fd = (int)DO(open("/tmp/evident-conformance", O_RDWR | O_CREAT, 0600));

        READY(fd, IN | OUT);
        IS(0, unlink("/tmp/evident-conformance"));
}

static void timeouts(struct story *s)
{
        const struct timespec span = {.tv_nsec = 1000};
        const struct timespec bad = {.tv_nsec = -1};
        const struct timespec negative = {.tv_sec = -1};
        struct pollfd fds = {.fd = -1, .events = POLLIN};

        IS(0, poll(&fds, 1, 1));
        IS(0, ppoll(&fds, 1, &span, NULL));
        IS(-EINVAL, ppoll(&fds, 1, &bad, NULL));
        IS(-EINVAL, ppoll(&fds, 1, &negative, NULL));
}

struct other {
        struct story *s;
        int fd;
};

static void close_it(void *arg)
{
        struct other *o = arg;

        (void)o->s->kernel->close(o->fd);
}

static void wakes_at_a_hang_up(struct story *s)
{
        struct pollfd entry = {0};
        struct other o = {.s = s};
        int ends[2];

        IS(0, pipe2(ends, O_NONBLOCK));
        entry.fd = ends[0];
        o.fd = ends[1];
        s->kernel->start(close_it, &o);
        IS(1, poll(&entry, 1, -1));
        s->kernel->join();
        EQUAL(POLLHUP, entry.revents);
}

static void other_names_of_bits(struct story *s)
{
        struct pollfd entry = {.events = POLLRDNORM | POLLWRNORM};

        entry.fd = (int)DO(eventfd(1, EFD_NONBLOCK));
        DO(poll(&entry, 1, 0));
        EQUAL(0, entry.revents & ~(POLLRDNORM | POLLWRNORM));
}

static const struct tale tales[] = {
        TALE(entries, "poll(2), 'Return value' and negative descriptors"),
        TALE(the_same_twice, "poll(2)"),
        TALE(unasked, "poll(2), POLLERR and POLLHUP"),
        TALE(closed_one, "poll(2), POLLNVAL"),
        TALE(regular_file, "poll(2); POSIX poll(), regular files"),
        TALE(timeouts, "poll(2), timeout; ppoll()"),
        TALE(wakes_at_a_hang_up, "poll(2), POLLHUP"),
        TALE(other_names_of_bits, "poll(2), POLLRDNORM"),
        {0},
};

const struct book poll_book = {.object = "poll", .tales = tales};
