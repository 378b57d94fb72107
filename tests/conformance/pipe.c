/* SPDX-License-Identifier: BSD-3-Clause */
/* Pipes: pipe(2), pipe(7), and what poll(2) says of them. */
#include "story.h"

enum { PAGE = 4096, SLOTS = 16 };

static void bytes_in_order(struct story *s)
{
        int fds[2];

        IS(0, pipe2(fds, O_NONBLOCK));
        EQUAL(3, fds[0]);
        EQUAL(4, fds[1]);
        WRITES(fds[1], "abc");
        WRITES(fds[1], "def");
        IS(4, read(fds[0], s->buf, 4));
        READS(fds[0], "ef");
}

static void empty(struct story *s)
{
        int fds[2];

        IS(0, pipe2(fds, O_NONBLOCK));
        IS(-EAGAIN, read(fds[0], s->buf, 1));
        IS(0, read(fds[0], s->buf, 0));
        READY(fds[0], 0);
        READY(fds[1], OUT);
}

static void wrong_ends(struct story *s)
{
        int fds[2];

        IS(0, pipe2(fds, O_NONBLOCK));
        IS(-EBADF, write(fds[0], "x", 1));
        IS(-EBADF, read(fds[1], s->buf, 1));
        IS(-ESPIPE, lseek(fds[0], 0, SEEK_SET));
        IS(-ESPIPE, pread(fds[0], s->buf, 1, 0));
}

static void no_writer(struct story *s)
{
        int fds[2];

        IS(0, pipe2(fds, O_NONBLOCK));
        WRITES(fds[1], "x");
        IS(0, close(fds[1]));
        READY(fds[0], IN | HUP);
        READS(fds[0], "x");
        IS(0, read(fds[0], s->buf, 1));
        READY(fds[0], HUP);
}

static void no_reader(struct story *s)
{
        int fds[2];

        IS(0, pipe2(fds, O_NONBLOCK));
        IS(0, close(fds[0]));
        IS(-EPIPE, write(fds[1], "x", 1));
        READY(fds[1], OUT | ERR);
}

static void writing_nothing(struct story *s)
{
        int fds[2];

        IS(0, pipe2(fds, O_NONBLOCK));
        IS(0, write(fds[1], "", 0));
        READY(fds[0], 0);
        IS(0, close(fds[0]));
        DO(write(fds[1], "", 0));
}

static void capacity(struct story *s)
{
        int fds[2];

        IS(0, pipe2(fds, O_NONBLOCK));
        EQUAL(SLOTS * PAGE, story_fill(s, fds[1], PAGE));
        READY(fds[1], 0);
        IS(-EAGAIN, write(fds[1], "x", 1));
        IS(1, read(fds[0], s->buf, 1));
        READY(fds[1], 0); /* a page must be free */
        IS(PAGE - 1, read(fds[0], s->buf, PAGE - 1));
        READY(fds[1], OUT);
        EQUAL(PAGE, story_fill(s, fds[1], PAGE));
        EQUAL(SLOTS * PAGE, story_drain(s, fds[0], STORY_BUF));
}

static void capacity_in_bytes(struct story *s)
{
        int fds[2];

        IS(0, pipe2(fds, O_NONBLOCK));
        EQUAL(SLOTS * PAGE, story_fill(s, fds[1], 1));
}

static void capacity_in_odd_blocks(struct story *s)
{
        int fds[2];

        IS(0, pipe2(fds, O_NONBLOCK));
        EQUAL(SLOTS * 3000, story_fill(s, fds[1], 3000)); /* none fits behind another */
        READY(fds[1], 0);
}

static void write_beyond_capacity(struct story *s)
{
        int fds[2];

        IS(0, pipe2(fds, O_NONBLOCK));
        WRITES(fds[1], "x");
        memset(s->buf, 'y', 2 * SLOTS * PAGE);
        DO(write(fds[1], s->buf, 2 * SLOTS * PAGE));
        DO(read(fds[0], s->buf, STORY_BUF));
}

static void small_writes_are_whole(struct story *s)
{
        int fds[2];

        IS(0, pipe2(fds, O_NONBLOCK));
        memset(s->buf, 'x', PAGE);
        for (int i = 0; i < SLOTS - 1; i++)
                IS(PAGE, write(fds[1], s->buf, PAGE));
        IS(100, write(fds[1], s->buf, 100));
        IS(-EAGAIN, write(fds[1], s->buf, PAGE)); /* part of it would fit */
        IS(PAGE - 100, write(fds[1], s->buf, PAGE - 100));
        IS(-EAGAIN, write(fds[1], s->buf, 1));
}

static void parts(struct story *s)
{
        int fds[2];
        char a[4] = "";
        char b[4] = "";
        char text[] = "abcde";
        struct iovec out[3] = {{text, 2}, {text, 0}, {text + 2, 3}};
        struct iovec in[2] = {{a, 3}, {b, 3}};

        IS(0, pipe2(fds, O_NONBLOCK));
        IS(5, writev(fds[1], out, 3));
        IS(5, readv(fds[0], in, 2));
        EQUAL(0, memcmp(a, "abc", 3));
        EQUAL(0, memcmp(b, "de", 2));
        IS(-EAGAIN, readv(fds[0], in, 2));
        IS(0, writev(fds[1], out, 0));
        IS(-EINVAL, writev(fds[1], out, -1));
        IS(-EINVAL, readv(fds[0], in, 1025));
}

static void flags_of_ends(struct story *s)
{
        int fds[2];

        IS(0, pipe2(fds, O_NONBLOCK | O_CLOEXEC));
        IS(O_RDONLY | O_NONBLOCK, fcntl(fds[0], F_GETFL));
        IS(O_WRONLY | O_NONBLOCK, fcntl(fds[1], F_GETFL));
        IS(FD_CLOEXEC, fcntl(fds[0], F_GETFD));
        IS(0, fcntl(fds[0], F_SETFL, 0));
        IS(O_RDONLY, fcntl(fds[0], F_GETFL));
        IS(O_WRONLY | O_NONBLOCK, fcntl(fds[1], F_GETFL)); /* a description an end */
}

static void each_end_has_its_last_descriptor(struct story *s)
{
        int fds[2];
        int copy;

        IS(0, pipe2(fds, O_NONBLOCK));
        copy = (int)DO(dup(fds[1]));
        IS(0, close(fds[1]));
        IS(-EAGAIN, read(fds[0], s->buf, 1));
        WRITES(copy, "x");
        IS(0, close(copy));
        READS(fds[0], "x");
        IS(0, read(fds[0], s->buf, 1));
}

struct other {
        struct story *s;
        int fd;
};

static void write_one(void *arg)
{
        struct other *o = arg;

        (void)!o->s->kernel->write(o->fd, "x", 1);
}

static void blocking_read(struct story *s)
{
        int fds[2];
        struct other o = {.s = s};

        IS(0, pipe2(fds, 0));
        o.fd = fds[1];
        s->kernel->start(write_one, &o);
        IS(1, read(fds[0], s->buf, 10));
        s->kernel->join();
}

static void read_all(void *arg)
{
        struct other *o = arg;
        static char buf[PAGE];
        size_t left = (SLOTS + 3) * PAGE;

        while (left > 0) {
                const ssize_t n = o->s->kernel->read(o->fd, buf, sizeof buf);

                if (n <= 0)
                        break;
                left -= (size_t)n;
        }
}

static void blocking_write_writes_all(struct story *s)
{
        int fds[2];
        struct other o = {.s = s};

        IS(0, pipe2(fds, 0));
        o.fd = fds[0];
        s->kernel->start(read_all, &o);
        IS((SLOTS + 3) * PAGE, write(fds[1], s->buf, (SLOTS + 3) * PAGE));
        s->kernel->join();
        READY(fds[0], 0);
}

static void bytes_that_wait(struct story *s)
{
        int fds[2];
        int n = -1;

        IS(0, pipe2(fds, O_NONBLOCK));
        WRITES(fds[1], "abc");
        IS(0, ioctl(fds[0], 0x541BUL /* FIONREAD */, &n));
        EQUAL(3, n);
}

static const struct tale tales[] = {
        TALE(bytes_in_order, "pipe(7), 'I/O on pipes and FIFOs'"),
        TALE(empty, "pipe(7), O_NONBLOCK; read(2), zero count"),
        TALE(wrong_ends, "read(2) and write(2), EBADF; lseek(2), ESPIPE"),
        TALE(no_writer, "pipe(7): end of file; poll(2), POLLHUP"),
        TALE(no_reader, "pipe(7): EPIPE; poll(2), POLLERR"),
        TALE(writing_nothing, "write(2), zero count"),
        TALE(capacity, "pipe(7), 'Pipe capacity'"),
        TALE(capacity_in_bytes, "pipe(7), 'Pipe capacity'"),
        TALE(capacity_in_odd_blocks, "pipe(7), 'Pipe capacity': fewer bytes may exhaust it"),
        TALE(write_beyond_capacity, "pipe(7), 'PIPE_BUF': O_NONBLOCK enabled, n > PIPE_BUF"),
        TALE(small_writes_are_whole, "pipe(7), 'PIPE_BUF': O_NONBLOCK enabled, n <= PIPE_BUF"),
        TALE(parts, "readv(2)"),
        TALE(flags_of_ends, "pipe(2), flags; fcntl(2), F_GETFL"),
        TALE(each_end_has_its_last_descriptor, "pipe(7): all descriptors of the write end"),
        TALE(blocking_read, "pipe(7), 'I/O on pipes and FIFOs'"),
        TALE(blocking_write_writes_all, "pipe(7), 'PIPE_BUF': O_NONBLOCK disabled"),
        TALE(bytes_that_wait, "ioctl(2), FIONREAD"),
        {0},
};

const struct book pipe_book = {.object = "pipe", .tales = tales};
