/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kqueue and sockets, and regular files: the clauses of EVFILT_READ and EVFILT_WRITE in FreeBSD's
 * kqueue(2).
 */
#include <netinet/in.h>
#include <sys/socket.h>

#include <evident/sim_calls.h>

#include "kqueues.h"

static int enter(void **state)
{
        (void)state;
        return enter_kqueue(EVSIM_KERNEL_FREEBSD);
}

static void make_pair(int fds[2])
{
        assert_int_equal(evsim_socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
}

/* A TCP socket bound to a free port of 127.0.0.1, which is stored. */
static int bound(struct sockaddr_in *address)
{
        const int fd = evsim_socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        socklen_t len = sizeof *address;

        *address = (struct sockaddr_in){.sin_family = AF_INET};
        address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        assert_int_equal(evsim_bind(fd, (struct sockaddr *)address, len), 0);
        assert_int_equal(evsim_getsockname(fd, (struct sockaddr *)address, &len), 0);
        return fd;
}

static int connecting(const struct sockaddr_in *address)
{
        const int fd = evsim_socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

        (void)evsim_connect(fd, (const struct sockaddr *)address, sizeof *address);
        return fd;
}

/* EVFILT_READ, Sockets: of a listening one data is the backlog. */
static void the_backlog_is_counted(void **state)
{
        struct sockaddr_in address;
        const int listener = bound(&address);
        int clients[3];

        (void)state;
        assert_int_equal(evsim_listen(listener, 8), 0);
        must_change(listener, EVFILT_READ, EV_ADD, 0, 0);
        must_be_silent();
        for (int i = 0; i < 3; i++)
                clients[i] = connecting(&address);
        evsim_sleep_ns(S);
        assert_int_equal(must_fetch().data, 3);
        shut(evsim_accept(listener, NULL, NULL));
        assert_int_equal(must_fetch().data, 2);
        for (int i = 0; i < 3; i++)
                shut(clients[i]);
        shut(listener);
}

/* EVFILT_READ, Sockets: data is the number of bytes; NOTE_LOWAT is the least that is told. */
static void a_low_water_mark(void **state)
{
        int fds[2];

        (void)state;
        make_pair(fds);
        must_change(fds[0], EVFILT_READ, EV_ADD, NOTE_LOWAT, 5);
        put(fds[1], "1234");
        must_be_silent();
        put(fds[1], "5");
        assert_int_equal(must_fetch().data, 5);
        take(fds[0], 1);
        must_be_silent();
        must_change(fds[0], EVFILT_READ, EV_ADD, 0, 0); /* added again without one */
        assert_int_equal(must_fetch().data, 4);
        shut_pipe(fds);
}

/* EVFILT_WRITE: data is the space that is left, and NOTE_LOWAT as with EVFILT_READ. */
static void space_to_write(void **state)
{
        int64_t space;
        int fds[2];

        (void)state;
        make_pair(fds);
        must_change(fds[0], EVFILT_WRITE, EV_ADD, 0, 0);
        space = must_fetch().data;
        assert_true(space > 0);
        put(fds[0], "x");
        assert_true(must_fetch().data < space);
        must_change(fds[0], EVFILT_WRITE, EV_ADD, NOTE_LOWAT, space);
        must_be_silent();
        shut_pipe(fds);
}

/* EVFILT_READ: the peer's half close sets EV_EOF, while there are data too, and whether or not there
 * is an EVFILT_WRITE; that goes on. */
static void a_half_close_is_the_readers_end(void **state)
{
        struct kevent events[3];
        int fds[2];

        (void)state;
        make_pair(fds);
        must_change(fds[0], EVFILT_READ, EV_ADD, 0, 0);
        must_change(fds[0], EVFILT_WRITE, EV_ADD, 0, 0);
        put(fds[1], "abc");
        assert_int_equal(evsim_shutdown(fds[1], SHUT_WR), 0);
        assert_int_equal(fetch(events, 3), 2);
        for (int i = 0; i < 2; i++) {
                const bool is_reader = events[i].filter == EVFILT_READ;

                assert_int_equal(events[i].flags & EV_EOF, is_reader ? EV_EOF : 0);
                if (is_reader)
                        assert_int_equal(events[i].data, 3);
        }
        shut_pipe(fds);
}

/* EVFILT_WRITE: EV_EOF when the reader disconnects, and when one's own direction was shut. */
static void the_writers_end(void **state)
{
        int fds[2];

        (void)state;
        make_pair(fds);
        must_change(fds[0], EVFILT_WRITE, EV_ADD | EV_CLEAR, 0, 0);
        assert_int_equal(must_fetch().flags & EV_EOF, 0);
        assert_int_equal(evsim_shutdown(fds[0], SHUT_WR), 0);
        assert_int_equal(must_fetch().flags & EV_EOF, EV_EOF);
        must_change(fds[1], EVFILT_WRITE, EV_ADD | EV_CLEAR, 0, 0);
        (void)must_fetch();
        shut(fds[0]);
        assert_int_equal(must_fetch().flags & EV_EOF, EV_EOF);
        shut(fds[1]);
}

/* EVFILT_READ, EVFILT_WRITE: the socket's error is in fflags; it stays pending for SO_ERROR. */
static void a_refused_connection(void **state)
{
        struct sockaddr_in address;
        const int nobody = bound(&address);
        struct kevent events[3];
        socklen_t len = sizeof(int);
        int error = 0;
        int fd;

        (void)state;
        shut(nobody);
        fd = connecting(&address);
        must_change(fd, EVFILT_READ, EV_ADD, 0, 0);
        must_change(fd, EVFILT_WRITE, EV_ADD, 0, 0);
        evsim_sleep_ns(S);
        assert_int_equal(fetch(events, 3), 2);
        for (int i = 0; i < 2; i++) {
                assert_int_equal(events[i].flags, EV_EOF);
                assert_int_equal(events[i].fflags, ECONNREFUSED);
        }
        assert_int_equal(evsim_getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len), 0);
        assert_int_equal(error, ECONNREFUSED);
        shut(fd);
}

/* EVFILT_WRITE: 'whenever it is possible to write': not to one that is not connected. */
static void a_socket_that_is_not_connected(void **state)
{
        const int fd = evsim_socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

        (void)state;
        must_change(fd, EVFILT_READ, EV_ADD, 0, 0);
        must_change(fd, EVFILT_WRITE, EV_ADD, 0, 0);
        must_be_silent();
        shut(fd);
}

/* EVFILT_READ, Vnodes: before the end of the file; data is how far that is, and may be negative; a
 * file that grows is told again. EVFILT_WRITE is not supported. */
static void a_regular_file(void **state)
{
        const int fd = evsim_open("/f", O_RDWR | O_CREAT, 0600);
        const int writer = evsim_open("/f", O_RDWR, 0);

        (void)state;
        must_change(fd, EVFILT_READ, EV_ADD, 0, 0);
        must_be_silent();
        put(writer, "abc");
        assert_int_equal(must_fetch().data, 3);
        take(fd, 2);
        assert_int_equal(must_fetch().data, 1);
        take(fd, 1);
        must_be_silent();
        put(writer, "de");
        assert_int_equal(must_fetch().data, 2);
        assert_int_equal(evsim_lseek(fd, 7, SEEK_SET), 7);
        assert_int_equal(must_fetch().data, -2);
        assert_int_equal(change(fd, EVFILT_WRITE, EV_ADD, 0, 0), -EINVAL);
        shut(fd);
        shut(writer);
}

/* EVFILT_READ, Vnodes: NOTE_FILE_POLL makes it unconditional, as poll(2) has it. */
static void a_regular_file_as_poll_has_it(void **state)
{
        const int fd = evsim_open("/f", O_RDWR | O_CREAT, 0600);

        (void)state;
        must_change(fd, EVFILT_READ, EV_ADD, NOTE_FILE_POLL, 0);
        assert_int_equal(must_fetch().data, 0);
        shut(fd);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, enter, leave_kqueue)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(the_backlog_is_counted),
                TEST(a_low_water_mark),
                TEST(space_to_write),
                TEST(a_half_close_is_the_readers_end),
                TEST(the_writers_end),
                TEST(a_refused_connection),
                TEST(a_socket_that_is_not_connected),
                TEST(a_regular_file),
                TEST(a_regular_file_as_poll_has_it),
        };

        return cmocka_run_group_tests_name("kqueue and sockets", tests, NULL, NULL);
}
