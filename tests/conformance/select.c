/* SPDX-License-Identifier: BSD-3-Clause */
/* select(2) and pselect(2). */
#include <sys/eventfd.h>

#include "story.h"

static const struct timeval none;

static fd_set set_of(int a, int b)
{
        fd_set set;

        FD_ZERO(&set);
        if (a >= 0)
                FD_SET(a, &set);
        if (b >= 0)
                FD_SET(b, &set);
        return set;
}

static void three_sets(struct story *s)
{
        struct timeval timeout = none;
        int ends[2];
        fd_set r;
        fd_set w;
        fd_set x;

        IS(0, pipe2(ends, O_NONBLOCK));
        WRITES(ends[1], "x");
        r = set_of(ends[0], -1);
        w = set_of(ends[1], -1);
        x = set_of(ends[0], ends[1]);
        IS(2, select(ends[1] + 1, &r, &w, &x, &timeout));
        EQUAL(1, FD_ISSET(ends[0], &r) ? 1 : 0);
        EQUAL(1, FD_ISSET(ends[1], &w) ? 1 : 0);
        EQUAL(0, FD_ISSET(ends[0], &x) ? 1 : 0);
}

static void both_ways_count_twice(struct story *s)
{
        const int fd = (int)DO(eventfd(1, EFD_NONBLOCK));
        struct timeval timeout = none;
        fd_set r = set_of(fd, -1);
        fd_set w = set_of(fd, -1);

        IS(2, select(fd + 1, &r, &w, NULL, &timeout));
}

static void beyond_nfds(struct story *s)
{
        const int fd = (int)DO(eventfd(1, EFD_NONBLOCK));
        struct timeval timeout = none;
        fd_set r = set_of(fd, -1);

        IS(0, select(fd, &r, NULL, NULL, &timeout));
        IS(-EINVAL, select(-1, &r, NULL, NULL, &timeout));
}

static void closed_one(struct story *s)
{
        const int fd = (int)DO(eventfd(1, EFD_NONBLOCK));
        struct timeval timeout = none;
        fd_set r = set_of(fd, fd + 1);
        fd_set e = set_of(-1, fd + 1);

        IS(-EBADF, select(fd + 2, &r, NULL, NULL, &timeout));
        EQUAL(1, FD_ISSET(fd, &r) ? 1 : 0); /* left as they were */
        IS(-EBADF, select(fd + 2, NULL, NULL, &e, &timeout));
        IS(0, select(fd + 2, NULL, NULL, NULL, &timeout));
}

static void hang_up_and_error(struct story *s)
{
        struct timeval timeout = none;
        int ends[2];
        int more[2];
        fd_set r;
        fd_set w;

        IS(0, pipe2(ends, O_NONBLOCK));
        IS(0, pipe2(more, O_NONBLOCK));
        IS(0, close(ends[1]));
        IS(0, close(more[0]));
        r = set_of(ends[0], more[1]);
        w = set_of(ends[0], more[1]);
        IS(3, select(more[1] + 1, &r, &w, NULL, &timeout));
        EQUAL(1, FD_ISSET(ends[0], &r) ? 1 : 0); /* by POLLHUP */
        EQUAL(1, FD_ISSET(more[1], &r) ? 1 : 0); /* by POLLERR */
        EQUAL(0, FD_ISSET(ends[0], &w) ? 1 : 0);
        EQUAL(1, FD_ISSET(more[1], &w) ? 1 : 0);
}

static void error_of_a_full_pipe(struct story *s)
{
        struct timeval timeout = none;
        int ends[2];
        fd_set w;

        IS(0, pipe2(ends, O_NONBLOCK));
        (void)story_fill(s, ends[1], 4096);
        IS(0, close(ends[0]));
        READY(ends[1], ERR);
        w = set_of(ends[1], -1);
        IS(1, select(ends[1] + 1, NULL, &w, NULL, &timeout)); /* by POLLERR alone */
}

static void bad_timeouts(struct story *s)
{
        struct timeval negative = {.tv_sec = -1};
        struct timeval much = {.tv_usec = 2000000};
        const struct timespec bad = {.tv_nsec = 1000000000L};
        const int fd = (int)DO(eventfd(1, EFD_NONBLOCK));
        fd_set r = set_of(fd, -1);

        IS(-EINVAL, select(fd + 1, &r, NULL, NULL, &negative));
        IS(1, select(fd + 1, &r, NULL, NULL, &much));
        IS(-EINVAL, pselect(fd + 1, &r, NULL, NULL, &bad, NULL));
}

static void a_timeout_clears_sets(struct story *s)
{
        const int fd = (int)DO(eventfd(0, EFD_NONBLOCK));
        struct timeval timeout = {.tv_usec = 1};
        fd_set r = set_of(fd, -1);

        IS(0, select(fd + 1, &r, NULL, NULL, &timeout));
        EQUAL(0, FD_ISSET(fd, &r) ? 1 : 0);
        EQUAL(0, timeout.tv_sec + timeout.tv_usec); /* Linux says what was left */
}

static void time_that_was_left(struct story *s)
{
        const int fd = (int)DO(eventfd(1, EFD_NONBLOCK));
        struct timeval timeout = {.tv_sec = 1000};
        fd_set r = set_of(fd, -1);

        IS(1, select(fd + 1, &r, NULL, NULL, &timeout));
        EQUAL(true, timeout.tv_sec >= 990 && timeout.tv_sec <= 1000);
}

static void regular_file(struct story *s)
{
        const int fd = (int)DO(open("/tmp/evident-conformance", O_RDWR | O_CREAT, 0600));
        struct timeval timeout = none;
        fd_set r = set_of(fd, -1);
        fd_set w = set_of(fd, -1);
        fd_set x = set_of(fd, -1);

        IS(2, select(fd + 1, &r, &w, &x, &timeout));
        IS(0, unlink("/tmp/evident-conformance"));
}

static const struct tale tales[] = {
        TALE(three_sets, "select(2)"),
        TALE(both_ways_count_twice, "select(2), 'Return value'"),
        TALE(beyond_nfds, "select(2), nfds; EINVAL"),
        TALE(closed_one, "select(2), EBADF"),
        TALE(hang_up_and_error, "select(2), 'Correspondence between select() and poll()'"),
        TALE(error_of_a_full_pipe, "select(2), 'Correspondence between select() and poll()'"),
        TALE(bad_timeouts, "select(2), EINVAL"),
        TALE(a_timeout_clears_sets, "select(2), 'The timeout'"),
        TALE(time_that_was_left, "select(2), 'The timeout'"),
        TALE(regular_file, "select(2), 'Correspondence between select() and poll()'"),
        {0},
};

const struct book select_book = {.object = "select", .tales = tales};
