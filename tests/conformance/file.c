/* SPDX-License-Identifier: BSD-3-Clause */
/* Regular files: open(2), lseek(2), pread(2), ftruncate(2), unlink(2). */
#include "story.h"

#define PATH "/tmp/evident-conformance"
#define MAKE (O_RDWR | O_CREAT | O_TRUNC)

static void position(struct story *s)
{
        IS(3, open(PATH, MAKE, 0600));
        WRITES(3, "abcdef");
        IS(0, read(3, s->buf, 1));
        IS(2, lseek(3, 2, SEEK_SET));
        IS(2, read(3, s->buf, 2));
        EQUAL(0, memcmp(s->buf, "cd", 2));
        IS(3, lseek(3, -1, SEEK_CUR));
        IS(5, lseek(3, -1, SEEK_END));
        READS(3, "f");
        IS(-EINVAL, lseek(3, -1, SEEK_SET));
        IS(-EINVAL, lseek(3, 0, 99));
        IS(6, lseek(3, 0, SEEK_CUR));
        IS(0, unlink(PATH));
}

static void holes(struct story *s)
{
        char zeros[4] = "";

        IS(3, open(PATH, MAKE, 0600));
        IS(4, lseek(3, 4, SEEK_SET));
        WRITES(3, "x");
        IS(0, lseek(3, 0, SEEK_SET));
        IS(5, read(3, s->buf, 10));
        EQUAL(0, memcmp(s->buf, zeros, 4));
        IS(0, unlink(PATH));
}

static void at_an_offset(struct story *s)
{
        IS(3, open(PATH, MAKE, 0600));
        IS(3, pwrite(3, "abc", 3, 2));
        IS(0, lseek(3, 0, SEEK_CUR));
        IS(2, pread(3, s->buf, 10, 3));
        IS(0, pread(3, s->buf, 10, 9));
        IS(-EINVAL, pread(3, s->buf, 1, -1));
        IS(-EINVAL, pwrite(3, s->buf, 1, -1));
        IS(0, unlink(PATH));
}

static void two_descriptions(struct story *s)
{
        IS(3, open(PATH, MAKE, 0600));
        IS(4, open(PATH, O_RDONLY));
        IS(5, dup(3));
        WRITES(3, "abc");
        READS(4, "abc"); /* a position of its own */
        WRITES(5, "de"); /* a shared one */
        READS(4, "de");
        IS(-EBADF, write(4, "x", 1));
        IS(6, open(PATH, O_WRONLY));
        IS(-EBADF, read(6, s->buf, 1));
        IS(0, unlink(PATH));
}

static void appending(struct story *s)
{
        IS(3, open(PATH, MAKE | O_APPEND, 0600));
        WRITES(3, "abc");
        IS(0, lseek(3, 0, SEEK_SET));
        WRITES(3, "d");
        IS(4, lseek(3, 0, SEEK_CUR));
        IS(0, fcntl(3, F_SETFL, 0));
        IS(0, lseek(3, 0, SEEK_SET));
        WRITES(3, "X");
        IS(0, lseek(3, 0, SEEK_SET));
        READS(3, "Xbcd");
        IS(0, unlink(PATH));
}

static void creation(struct story *s)
{
        IS(-ENOENT, open(PATH, O_RDONLY));
        IS(3, open(PATH, O_RDWR | O_CREAT | O_EXCL, 0600));
        IS(-EEXIST, open(PATH, O_RDWR | O_CREAT | O_EXCL, 0600));
        WRITES(3, "abc");
        IS(4, open(PATH, O_RDWR | O_TRUNC));
        IS(0, lseek(3, 0, SEEK_END));
        IS(0, unlink(PATH));
        IS(-ENOENT, unlink(PATH));
}

static void unlinked_but_open(struct story *s)
{
        IS(3, open(PATH, MAKE, 0600));
        WRITES(3, "abc");
        IS(0, unlink(PATH));
        IS(0, lseek(3, 0, SEEK_SET));
        READS(3, "abc");
        IS(-ENOENT, open(PATH, O_RDONLY));
        IS(4, open(PATH, MAKE, 0600)); /* another file */
        IS(0, read(4, s->buf, 1));
        IS(0, unlink(PATH));
}

static void truncation(struct story *s)
{
        IS(3, open(PATH, MAKE, 0600));
        WRITES(3, "abcdef");
        IS(0, ftruncate(3, 2));
        IS(2, lseek(3, 0, SEEK_END));
        IS(0, ftruncate(3, 4));
        IS(0, lseek(3, 0, SEEK_SET));
        IS(4, read(3, s->buf, 10));
        EQUAL(0, memcmp(s->buf, "ab\0\0", 4));
        IS(-EINVAL, ftruncate(3, -1));
        IS(-EBADF, ftruncate(99, 0));
        IS(4, open(PATH, O_RDONLY));
        IS(-EINVAL, ftruncate(4, 0));
        IS(0, unlink(PATH));
}

static const struct tale tales[] = {
        TALE(position, "lseek(2)"),
        TALE(holes, "lseek(2): beyond the end"),
        TALE(at_an_offset, "pread(2)"),
        TALE(two_descriptions, "open(2), 'Open file descriptions'"),
        TALE(appending, "open(2), O_APPEND"),
        TALE(creation, "open(2), O_CREAT, O_EXCL and O_TRUNC"),
        TALE(unlinked_but_open, "unlink(2)"),
        TALE(truncation, "truncate(2)"),
        {0},
};

const struct book file_book = {.object = "file", .tales = tales};
