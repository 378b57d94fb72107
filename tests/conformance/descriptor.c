/* SPDX-License-Identifier: BSD-3-Clause */
/* Descriptors: numbers, duplicates, flags. dup(2), fcntl(2), close(2). */
#include <sys/eventfd.h>

#include "story.h"

#define FIONBIO_ 0x5421UL

static void lowest_free_number(struct story *s)
{
        IS(3, eventfd(0, 0));
        IS(4, eventfd(0, 0));
        IS(5, eventfd(0, 0));
        IS(0, close(4));
        IS(0, close(3));
        IS(3, epoll_create1(0));
        IS(4, dup(5));
        IS(6, dup(5));
}

static void closing(struct story *s)
{
        IS(3, eventfd(0, 0));
        IS(0, close(3));
        IS(-EBADF, close(3));
        IS(-EBADF, close(-1));
        IS(-EBADF, close(1000000));
        IS(-EBADF, read(3, s->buf, 8));
        IS(-EBADF, write(3, s->buf, 8));
        IS(-EBADF, dup(3));
        IS(-EBADF, fcntl(3, F_GETFL));
        IS(-EBADF, fcntl(3, F_GETFD));
        READY(3, POLLNVAL);
}

static void duplicating_to_a_number(struct story *s)
{
        IS(3, eventfd(5, EFD_NONBLOCK));
        IS(10, dup2(3, 10));
        IS(8, read(10, s->buf, 8));
        IS(-EAGAIN, read(3, s->buf, 8));
        IS(3, dup2(3, 3));
        IS(-EBADF, dup2(99, 3));
        IS(-EAGAIN, read(3, s->buf, 8)); /* a failure closes nothing */
        IS(-EBADF, dup2(99, 99));
        IS(-EBADF, dup2(3, -1));
        IS(-EINVAL, dup3(3, 3, 0));
        IS(-EINVAL, dup3(3, 11, O_NONBLOCK));
        IS(11, dup3(3, 11, O_CLOEXEC));
        IS(FD_CLOEXEC, fcntl(11, F_GETFD));
        IS(4, dup(3));
}

static void duplicating_over_an_open_one(struct story *s)
{
        int fds[2];

        IS(0, pipe2(fds, O_NONBLOCK));
        IS(5, eventfd(0, 0));
        IS(fds[1], dup2(5, fds[1])); /* the only writer goes */
        IS(0, read(fds[0], s->buf, 1));
}

static void from_a_number_on(struct story *s)
{
        IS(3, eventfd(0, 0));
        IS(20, fcntl(3, F_DUPFD, 20));
        IS(21, fcntl(3, F_DUPFD, 20));
        IS(4, fcntl(3, F_DUPFD, 0));
        IS(22, fcntl(3, F_DUPFD_CLOEXEC, 20));
        IS(FD_CLOEXEC, fcntl(22, F_GETFD));
        IS(0, fcntl(21, F_GETFD));
        IS(-EINVAL, fcntl(3, F_DUPFD, -1));
        IS(5, dup(3));
}

static void flags_belong_to_the_description(struct story *s)
{
        IS(3, eventfd(0, 0));
        IS(4, dup(3));
        IS(0, fcntl(3, F_SETFL, O_NONBLOCK));
        IS(O_RDWR | O_NONBLOCK, fcntl(4, F_GETFL));
        IS(-EAGAIN, read(4, s->buf, 8));
        IS(0, fcntl(4, F_SETFL, O_RDONLY)); /* the way of access does not change */
        IS(O_RDWR, fcntl(3, F_GETFL));
}

static void close_on_exec_belongs_to_the_descriptor(struct story *s)
{
        IS(3, eventfd(0, EFD_CLOEXEC));
        IS(4, dup(3));
        IS(FD_CLOEXEC, fcntl(3, F_GETFD));
        IS(0, fcntl(4, F_GETFD));
        IS(0, fcntl(3, F_SETFD, 0));
        IS(0, fcntl(4, F_SETFD, FD_CLOEXEC));
        IS(0, fcntl(3, F_GETFD));
        IS(FD_CLOEXEC, fcntl(4, F_GETFD));
        IS(5, dup2(4, 5));
        IS(0, fcntl(5, F_GETFD));
}

static void non_blocking_by_ioctl(struct story *s)
{
        int on = 1;
        int off = 0;

        IS(3, eventfd(0, 0));
        IS(0, ioctl(3, FIONBIO_, &on));
        IS(O_RDWR | O_NONBLOCK, fcntl(3, F_GETFL));
        IS(0, ioctl(3, FIONBIO_, &off));
        IS(O_RDWR, fcntl(3, F_GETFL));
        IS(-EBADF, ioctl(99, FIONBIO_, &on));
}

static void a_pipe_takes_two(struct story *s)
{
        int fds[2];

        IS(3, eventfd(0, 0));
        IS(4, eventfd(0, 0));
        IS(5, eventfd(0, 0));
        IS(0, close(4));
        IS(0, pipe2(fds, 0));
        EQUAL(4, fds[0]);
        EQUAL(6, fds[1]);
}

static void unknown_command(struct story *s)
{
        IS(3, eventfd(0, 0));
        IS(-EBADF, fcntl(77, F_SETFL, O_NONBLOCK));
        IS(-EBADF, fcntl(77, F_DUPFD, 0));
        IS(-EBADF, fcntl(77, F_SETFD, 0));
}

static const struct tale tales[] = {
        TALE(lowest_free_number, "open(2); POSIX 2.14, 'File Descriptor Allocation'"),
        TALE(closing, "close(2), EBADF"),
        TALE(duplicating_to_a_number, "dup(2), dup2() and dup3()"),
        TALE(duplicating_over_an_open_one, "dup(2): silently closed before"),
        TALE(from_a_number_on, "fcntl(2), F_DUPFD"),
        TALE(flags_belong_to_the_description, "dup(2); fcntl(2), F_SETFL"),
        TALE(close_on_exec_belongs_to_the_descriptor, "dup(2); fcntl(2), F_SETFD"),
        TALE(non_blocking_by_ioctl, "ioctl(2), FIONBIO"),
        TALE(a_pipe_takes_two, "pipe(2)"),
        TALE(unknown_command, "fcntl(2), EBADF"),
        {0},
};

const struct book descriptor_book = {.object = "descriptor", .tales = tales};
