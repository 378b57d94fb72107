/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Regular files of a simulated host: names, access, offsets, and what demultiplexers say of them.
 */
#include <errno.h>
#include <evident/sim_calls.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "inside.h"

/* A call that fails so. */
#define FAILS(call, error)                      \
        do {                                    \
                errno = 0;                      \
                assert_int_equal((call), -1);   \
                assert_int_equal(errno, error); \
        } while (0)

static int opened(const char *path, int flags)
{
        const int fd = evsim_open(path, flags, 0644);

        assert_true(fd >= 3);
        return fd;
}

static void what_is_written_is_read(void **state)
{
        const int fd = opened("notes", O_RDWR | O_CREAT);
        char text[8] = "";

        (void)state;
        assert_int_equal(evsim_write(fd, "abcdef", 6), 6);
        assert_int_equal(evsim_read(fd, text, sizeof text), 0); /* the offset is at the end */
        assert_int_equal(evsim_lseek(fd, 2, SEEK_SET), 2);
        assert_int_equal(evsim_read(fd, text, 3), 3);
        assert_memory_equal(text, "cde", 3);
        assert_int_equal(evsim_pread(fd, text, sizeof text, 4), 2);
        assert_int_equal(evsim_lseek(fd, 0, SEEK_CUR), 5); /* pread leaves it alone */
        assert_int_equal(evsim_close(fd), 0);
}

static void names_say_what_may_be_opened(void **state)
{
        int fd;

        (void)state;
        FAILS(evsim_open("/tmp/x", O_RDONLY), ENOENT);
        FAILS(evsim_open("/nowhere/x", O_RDWR | O_CREAT, 0600), ENOENT);
        fd = opened("/tmp/x", O_WRONLY | O_CREAT | O_EXCL);
        FAILS(evsim_open("//tmp//x", O_WRONLY | O_CREAT | O_EXCL, 0600), EEXIST);
        FAILS(evsim_open("/tmp/x/y", O_RDONLY), ENOTDIR);
        FAILS(evsim_open("/tmp", O_WRONLY), EISDIR);
        FAILS(evsim_open("", O_RDONLY), ENOENT);
        FAILS(evsim_unlink("/tmp"), EISDIR);
        assert_int_equal(evsim_close(fd), 0);
        assert_int_equal(evsim_unlink("/tmp/x"), 0);
        FAILS(evsim_unlink("/tmp/x"), ENOENT);
}

static void modes_say_what_may_be_done(void **state)
{
        const int fd = evsim_open("secret", O_WRONLY | O_CREAT, 0200);
        char byte;

        (void)state;
        FAILS(evsim_open("secret", O_RDONLY), EACCES);
        FAILS(evsim_read(fd, &byte, 1), EBADF);
        FAILS(evsim_pread(fd, &byte, 1, 0), EBADF);
        assert_int_equal(evsim_close(fd), 0);
}

static void an_open_file_outlives_its_name(void **state)
{
        const int fd = opened("short-lived", O_RDWR | O_CREAT);
        char byte = 0;
        struct stat status;

        (void)state;
        assert_int_equal(evsim_write(fd, "z", 1), 1);
        assert_int_equal(evsim_unlink("short-lived"), 0);
        FAILS(evsim_open("short-lived", O_RDONLY), ENOENT);
        assert_int_equal(evsim_pread(fd, &byte, 1, 0), 1);
        assert_int_equal(byte, 'z');
        assert_int_equal(evsim_fstat(fd, &status), 0);
        assert_int_equal(status.st_nlink, 0);
        assert_int_equal(status.st_size, 1);
        assert_int_equal(evsim_close(fd), 0);
}

static void duplicates_share_the_offset_and_openings_do_not(void **state)
{
        const int fd = opened("f", O_RDWR | O_CREAT);
        const int copy = evsim_dup(fd);
        const int other = opened("f", O_RDONLY);

        (void)state;
        assert_int_equal(evsim_write(fd, "12345", 5), 5);
        assert_int_equal(evsim_lseek(copy, 0, SEEK_CUR), 5);
        assert_int_equal(evsim_lseek(other, 0, SEEK_CUR), 0);
        evsim_close(fd);
        evsim_close(copy);
        evsim_close(other);
}

static void appending_is_at_the_end_whoever_wrote(void **state)
{
        const int log = opened("log", O_WRONLY | O_CREAT | O_APPEND);
        const int other = opened("log", O_RDWR);
        char text[4];

        (void)state;
        evsim_write(log, "a", 1);
        evsim_write(other, "xy", 2);
        evsim_write(log, "b", 1);
        assert_int_equal(evsim_pread(other, text, sizeof text, 0), 3);
        assert_memory_equal(text, "xyb", 3);
        evsim_close(log);
        evsim_close(other);
}

static void holes_are_zeros_and_truncation_cuts(void **state)
{
        const int fd = opened("sparse", O_RDWR | O_CREAT);
        char text[8];

        (void)state;
        assert_int_equal(evsim_pwrite(fd, "end", 3, 5), 3);
        assert_int_equal(evsim_pread(fd, text, sizeof text, 0), 8);
        assert_memory_equal(text, "\0\0\0\0\0end", 8);
        assert_int_equal(evsim_ftruncate(fd, 6), 0);
        assert_int_equal(evsim_ftruncate(fd, 8), 0);
        assert_int_equal(evsim_pread(fd, text, sizeof text, 0), 8);
        assert_memory_equal(text, "\0\0\0\0\0e\0\0", 8);
        FAILS(evsim_ftruncate(fd, -1), EINVAL);
        FAILS(evsim_lseek(fd, -1, SEEK_SET), EINVAL);
        evsim_close(opened("sparse", O_WRONLY | O_TRUNC));
        assert_int_equal(evsim_lseek(fd, 0, SEEK_END), 0);
        evsim_close(fd);
}

static void a_pipe_has_no_places(void **state)
{
        int fds[2];
        char byte;

        (void)state;
        assert_int_equal(evsim_pipe(fds), 0);
        FAILS(evsim_lseek(fds[0], 0, SEEK_SET), ESPIPE);
        FAILS(evsim_pread(fds[0], &byte, 1, 0), ESPIPE);
        FAILS(evsim_ftruncate(fds[1], 0), EINVAL);
        evsim_close(fds[0]);
        evsim_close(fds[1]);
}

/* poll(2) and select(2) say that it is ready; epoll_ctl(2) refuses it with EPERM. */
static void a_file_is_always_ready(void **state)
{
        const int fd = opened("f", O_RDWR | O_CREAT);
        const int epfd = evsim_epoll_create1(0);
        struct epoll_event event = {.events = EPOLLIN};
        struct pollfd wanted = {.fd = fd, .events = POLLIN | POLLOUT};

        (void)state;
        assert_int_equal(evsim_poll(&wanted, 1, -1), 1);
        assert_int_equal(wanted.revents, POLLIN | POLLOUT);
        FAILS(evsim_epoll_ctl(epfd, EPOLL_CTL_ADD, fd, &event), EPERM);
        evsim_close(epfd);
        evsim_close(fd);
}

static void a_full_disk_is_a_fault(void **state)
{
        const int fd = opened("f", O_WRONLY | O_CREAT);

        (void)state;
        assert_true(evsim_fault(host, "write", 1, ENOSPC, false));
        FAILS(evsim_write(fd, "x", 1), ENOSPC);
        assert_int_equal(evsim_write(fd, "x", 1), 1);
        evsim_close(fd);
}

static void temporary_names_are_the_hosts_own(void **state)
{
        char name[] = "/tmp/test-XXXXXX";
        char wrong[] = "/tmp/test-XXXXX";
        const int fd = evsim_mkstemp(name);

        (void)state;
        assert_true(fd >= 0);
        assert_int_equal(evsim_unlink(name), 0);
        evsim_close(fd);
        FAILS(evsim_mkstemp(wrong), EINVAL);
}

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, enter_world, leave_world)

int main(void)
{
        const struct CMUnitTest tests[] = {
                IN_WORLD(what_is_written_is_read),
                IN_WORLD(names_say_what_may_be_opened),
                IN_WORLD(modes_say_what_may_be_done),
                IN_WORLD(an_open_file_outlives_its_name),
                IN_WORLD(duplicates_share_the_offset_and_openings_do_not),
                IN_WORLD(appending_is_at_the_end_whoever_wrote),
                IN_WORLD(holes_are_zeros_and_truncation_cuts),
                IN_WORLD(a_pipe_has_no_places),
                IN_WORLD(a_file_is_always_ready),
                IN_WORLD(a_full_disk_is_a_fault),
                IN_WORLD(temporary_names_are_the_hosts_own),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
