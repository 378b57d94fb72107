/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Unix sockets of the simulated kernel, a clause of unix(7), socketpair(2), poll(2) a test. What the
 * pages leave open, edges and sizes, is as Linux 6 was measured to have it.
 */
#include "scene.h"

#include <signal.h>
#include <sys/ioctl.h>
#include <sys/un.h>

static char bytes[400000];

static void open_pair(int type, int fds[2])
{
        assert_int_equal(evsim_socketpair(AF_UNIX, type | SOCK_NONBLOCK, 0, fds), 0);
}

static void ignore_sigpipe(void)
{
        assert_ptr_not_equal(evsim_signal(SIGPIPE, SIG_IGN), SIG_ERR);
}

/* ---- Pairs of streams ---- */

static void a_pair_carries_bytes_both_ways(void **state)
{
        int fds[2];
        char buf[8];

        (void)state;
        open_pair(SOCK_STREAM, fds);
        assert_int_equal(ready(fds[0]), WRITABLE);
        assert_fails(evsim_read(fds[1], buf, sizeof buf), EAGAIN);
        assert_int_equal(evsim_write(fds[0], "abc", 3), 3);
        assert_int_equal(evsim_write(fds[0], "de", 2), 2);
        assert_int_equal(ready(fds[1]), READABLE | WRITABLE);
        assert_int_equal(evsim_read(fds[1], buf, sizeof buf), 5);
        assert_memory_equal(buf, "abcde", 5);
        assert_int_equal(evsim_send(fds[1], "x", 1, 0), 1);
        assert_int_equal(evsim_recv(fds[0], buf, sizeof buf, 0), 1);
        close_all(fds[0], fds[1], -1, -1);
}

static void every_write_is_an_edge_for_the_reader(void **state)
{
        int fds[2];
        char buf[8];
        int epfd;

        (void)state;
        open_pair(SOCK_STREAM, fds);
        epfd = watch_edges(fds[1]);
        assert_int_equal(evsim_write(fds[0], "abc", 3), 3);
        assert_int_equal(edge(epfd), READABLE | WRITABLE);
        assert_int_equal(edge(epfd), 0);
        assert_int_equal(evsim_write(fds[0], "abc", 3), 3);
        assert_int_equal(edge(epfd), READABLE | WRITABLE);
        assert_int_equal(evsim_read(fds[1], buf, 1), 1);
        assert_int_equal(edge(epfd), 0);
        assert_int_equal(evsim_write(fds[0], "", 0), 0);
        assert_int_equal(edge(epfd), 0);
        close_all(fds[0], fds[1], epfd, -1);
}

static void every_message_that_was_read_whole_is_an_edge_for_the_writer(void **state)
{
        int fds[2];
        char buf[8];
        int epfd;

        (void)state;
        open_pair(SOCK_STREAM, fds);
        epfd = watch_edges(fds[0]);
        assert_int_equal(evsim_write(fds[0], "abc", 3), 3);
        assert_int_equal(edge(epfd), 0);
        assert_int_equal(evsim_read(fds[1], buf, 1), 1);
        assert_int_equal(edge(epfd), 0);
        assert_int_equal(evsim_read(fds[1], buf, 2), 2);
        assert_int_equal(edge(epfd), WRITABLE);
        close_all(fds[0], fds[1], epfd, -1);
}

/* How many writes of so many bytes a pair takes, and how many reads of them until it is writable. */
static void check_fill(int type, size_t size, int writes, int reads)
{
        int fds[2];
        int n = 0;

        open_pair(type, fds);
        while (evsim_write(fds[0], bytes, size) == (ssize_t)size)
                n++;
        if (n < writes) /* the last was not whole */
                n++;
        assert_int_equal(n, writes);
        assert_int_equal(errno, EAGAIN);
        assert_int_equal(ready(fds[0]), 0);
        for (n = 0; ready(fds[0]) == 0; n++)
                assert_true(evsim_read(fds[1], bytes, size) > 0);
        assert_int_equal(n, reads);
        close_all(fds[0], fds[1], -1, -1);
}

static void a_full_buffer_is_writable_again_when_three_quarters_are_read(void **state)
{
        (void)state;
        check_fill(SOCK_STREAM, 1, 278, 209);
        check_fill(SOCK_STREAM, 193, 167, 126);
        check_fill(SOCK_STREAM, 1728, 93, 70);
        check_fill(SOCK_STREAM, 3776, 49, 37);
        check_fill(SOCK_STREAM, 5000, 34, 26);
        check_fill(SOCK_STREAM, 16384, 13, 10);
        check_fill(SOCK_DGRAM, 1, 278, 209);
        check_fill(SOCK_DGRAM, 4096, 26, 20);
        check_fill(SOCK_DGRAM, 32768, 6, 5);
        check_fill(SOCK_DGRAM, 65536, 4, 4);
        check_fill(SOCK_SEQPACKET, 200000, 2, 2);
}

static void a_large_write_is_partial_where_it_may_not_sleep(void **state)
{
        int fds[2];

        (void)state;
        open_pair(SOCK_STREAM, fds);
        assert_int_equal(evsim_write(fds[0], bytes, 300000), 219264);
        close_all(fds[0], fds[1], -1, -1);
}

/* ---- Ends ---- */

static void half_close_is_readable_and_rdhup_for_the_peer(void **state)
{
        int fds[2];
        char byte;
        int own;
        int peer;

        (void)state;
        ignore_sigpipe();
        open_pair(SOCK_STREAM, fds);
        own = watch_edges(fds[0]);
        peer = watch_edges(fds[1]);
        assert_int_equal(evsim_shutdown(fds[0], SHUT_WR), 0);
        assert_int_equal(edge(own), WRITABLE);
        assert_int_equal(edge(peer), READABLE | WRITABLE | END);
        assert_int_equal(evsim_read(fds[1], &byte, 1), 0);
        assert_fails(evsim_write(fds[0], "x", 1), EPIPE);
        assert_int_equal(evsim_write(fds[1], "x", 1), 1);
        assert_int_equal(evsim_shutdown(fds[1], SHUT_WR), 0);
        assert_int_equal(ready(fds[0]), READABLE | WRITABLE | END | GONE);
        assert_int_equal(ready(fds[1]), READABLE | WRITABLE | END | GONE);
        assert_int_equal(evsim_read(fds[0], &byte, 1), 1);
        assert_int_equal(evsim_read(fds[0], &byte, 1), 0);
        close_all(fds[0], fds[1], own, peer);
}

static void a_closed_peer_is_end_of_file_and_a_broken_pipe(void **state)
{
        int fds[2];
        char byte;

        (void)state;
        ignore_sigpipe();
        open_pair(SOCK_STREAM, fds);
        close_all(fds[1], -1, -1, -1);
        assert_int_equal(ready(fds[0]), READABLE | WRITABLE | END | GONE);
        assert_fails(evsim_write(fds[0], "x", 1), EPIPE);
        assert_int_equal(evsim_read(fds[0], &byte, 1), 0);
        close_all(fds[0], -1, -1, -1);
}

static void a_peer_that_closes_with_unread_data_resets(void **state)
{
        int fds[2];
        char buf[8];

        (void)state;
        ignore_sigpipe();
        open_pair(SOCK_STREAM, fds);
        assert_int_equal(evsim_write(fds[0], "xyz", 3), 3);
        assert_int_equal(evsim_write(fds[1], "pq", 2), 2);
        close_all(fds[1], -1, -1, -1);
        assert_int_equal(ready(fds[0]), READABLE | WRITABLE | END | GONE | BROKEN);
        assert_int_equal(evsim_read(fds[0], buf, sizeof buf), 2);
        assert_fails(evsim_write(fds[0], "x", 1), EPIPE);
        assert_fails(evsim_read(fds[0], buf, sizeof buf), ECONNRESET);
        assert_int_equal(evsim_read(fds[0], buf, sizeof buf), 0);
        close_all(fds[0], -1, -1, -1);
}

static void so_error_is_taken_once(void **state)
{
        int fds[2];

        (void)state;
        open_pair(SOCK_STREAM, fds);
        assert_int_equal(evsim_write(fds[0], "xyz", 3), 3);
        close_all(fds[1], -1, -1, -1);
        assert_int_equal(socket_error(fds[0]), ECONNRESET);
        assert_int_equal(socket_error(fds[0]), 0);
        close_all(fds[0], -1, -1, -1);
}

static volatile sig_atomic_t npipes;

static void count_pipe(int signal_number)
{
        (void)signal_number;
        npipes++;
}

static void a_broken_pipe_is_a_signal_unless_msg_nosignal(void **state)
{
        int fds[2];

        (void)state;
        npipes = 0;
        assert_ptr_not_equal(evsim_signal(SIGPIPE, count_pipe), SIG_ERR);
        open_pair(SOCK_STREAM, fds);
        close_all(fds[1], -1, -1, -1);
        assert_fails(evsim_send(fds[0], "x", 1, MSG_NOSIGNAL), EPIPE);
        (void)evsim_getpid();
        assert_int_equal(npipes, 0);
        assert_fails(evsim_send(fds[0], "x", 1, 0), EPIPE);
        (void)ready(fds[0]);
        assert_int_equal(npipes, 1);
        close_all(fds[0], -1, -1, -1);
}

/* ---- Flags of transfers ---- */

static void peeking_takes_nothing_away(void **state)
{
        int fds[2];
        char buf[16];
        int count;

        (void)state;
        open_pair(SOCK_STREAM, fds);
        assert_int_equal(evsim_write(fds[0], "hello", 5), 5);
        assert_int_equal(evsim_write(fds[0], "world", 5), 5);
        assert_int_equal(evsim_recv(fds[1], buf, sizeof buf, MSG_PEEK), 10);
        assert_int_equal(evsim_ioctl(fds[1], FIONREAD, &count), 0);
        assert_int_equal(count, 10);
        assert_int_equal(evsim_recv(fds[1], buf, 2, 0), 2);
        assert_int_equal(evsim_recv(fds[1], buf, sizeof buf, 0), 8);
        assert_memory_equal(buf, "lloworld", 8);
        close_all(fds[0], fds[1], -1, -1);
}

static void packets_keep_their_boundaries(void **state)
{
        int fds[2];
        char buf[16];

        (void)state;
        open_pair(SOCK_SEQPACKET, fds);
        for (int i = 0; i < 3; i++)
                assert_int_equal(evsim_write(fds[0], "hello", 5), 5);
        assert_int_equal(evsim_write(fds[0], "", 0), 0);
        assert_int_equal(evsim_recv(fds[1], buf, sizeof buf, MSG_PEEK), 5);
        assert_int_equal(evsim_recv(fds[1], buf, 2, 0), 2);
        assert_int_equal(evsim_recv(fds[1], buf, 2, MSG_TRUNC), 5);
        assert_int_equal(evsim_recv(fds[1], buf, sizeof buf, 0), 5);
        assert_int_equal(ready(fds[1]), READABLE | WRITABLE);
        assert_int_equal(evsim_recv(fds[1], buf, sizeof buf, 0), 0);
        assert_fails(evsim_recv(fds[1], buf, sizeof buf, 0), EAGAIN);
        assert_fails(evsim_write(fds[0], bytes, 212961), EMSGSIZE);
        close_all(fds[0], fds[1], -1, -1);
}

static void recvmsg_fills_the_parts_and_says_what_was_cut(void **state)
{
        char one[2];
        char two[2];
        struct iovec parts[] = {{one, 2}, {two, 2}};
        struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
        struct iovec out[] = {{bytes, 3}, {bytes, 2}};
        const struct msghdr sent = {.msg_iov = out, .msg_iovlen = 2};
        int fds[2];

        (void)state;
        memcpy(bytes, "abc", 3);
        open_pair(SOCK_DGRAM, fds);
        assert_int_equal(evsim_sendmsg(fds[0], &sent, 0), 5);
        assert_int_equal(evsim_recvmsg(fds[1], &message, 0), 4);
        assert_memory_equal(one, "ab", 2);
        assert_memory_equal(two, "ca", 2);
        assert_int_equal(message.msg_flags, MSG_TRUNC);
        close_all(fds[0], fds[1], -1, -1);
}

/* ---- Sleeping ---- */

static int pair[2];

static void write_late(void *arg)
{
        (void)arg;
        evsim_sleep_ns(5 * MS);
        assert_int_equal(evsim_write(pair[1], "ab", 2), 2);
        evsim_sleep_ns(5 * MS);
        assert_int_equal(evsim_write(pair[1], "cd", 2), 2);
}

static void a_blocking_read_sleeps_and_waitall_sleeps_on(void **state)
{
        char buf[4];
        struct evsim_task *task;

        (void)state;
        assert_int_equal(evsim_socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
        task = evsim_task_new(a, "writer", write_late, NULL);
        assert_fails(evsim_recv(pair[0], buf, 4, MSG_DONTWAIT), EAGAIN);
        assert_int_equal(evsim_recv(pair[0], buf, 4, MSG_WAITALL), 4);
        assert_memory_equal(buf, "abcd", 4);
        assert_int_equal(now_ns(), 10 * MS);
        evsim_task_join(task);
        close_all(pair[0], pair[1], -1, -1);
}

static void read_all(void *arg)
{
        size_t *left = arg;

        while (*left > 0) {
                ssize_t n;

                evsim_sleep_ns(MS);
                n = evsim_read(pair[1], bytes, 50000);
                assert_true(n > 0);
                *left -= (size_t)n;
        }
}

static void a_blocking_write_sleeps_until_all_is_written(void **state)
{
        static char much[1000000];
        size_t left = sizeof much;
        struct evsim_task *task;

        (void)state;
        assert_int_equal(evsim_socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
        task = evsim_task_new(a, "reader", read_all, &left);
        assert_int_equal(evsim_write(pair[0], much, sizeof much), sizeof much);
        evsim_task_join(task);
        assert_int_equal(left, 0);
        close_all(pair[0], pair[1], -1, -1);
}

/* ---- Names ---- */

static socklen_t abstract(struct sockaddr_un *address, const char *name)
{
        *address = (struct sockaddr_un){.sun_family = AF_UNIX};
        memcpy(address->sun_path + 1, name, strlen(name));
        return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name));
}

static int bound(int type, const char *name)
{
        struct sockaddr_un address;
        const socklen_t len = abstract(&address, name);
        const int fd = evsim_socket(AF_UNIX, type | SOCK_NONBLOCK, 0);

        assert_true(fd >= 0);
        assert_int_equal(evsim_bind(fd, (struct sockaddr *)&address, len), 0);
        return fd;
}

static int connect_by_name(int fd, const char *name)
{
        struct sockaddr_un address;
        const socklen_t len = abstract(&address, name);

        return evsim_connect(fd, (struct sockaddr *)&address, len);
}

static int unix_socket(int type)
{
        return evsim_socket(AF_UNIX, type | SOCK_NONBLOCK, 0);
}

static void who_connects_may_write_before_it_is_accepted(void **state)
{
        const int listener = bound(SOCK_STREAM, "x");
        const int client = unix_socket(SOCK_STREAM);
        struct sockaddr_un name;
        socklen_t len = sizeof name;
        char buf[8];
        int epfd;
        int server;

        (void)state;
        assert_int_equal(ready(client), WRITABLE | GONE);
        assert_fails(connect_by_name(client, "x"), ECONNREFUSED);
        assert_int_equal(evsim_listen(listener, 5), 0);
        epfd = watch_edges(listener);
        assert_int_equal(ready(listener), 0);
        assert_fails(evsim_accept(listener, NULL, NULL), EAGAIN);
        assert_int_equal(connect_by_name(client, "x"), 0);
        assert_int_equal(edge(epfd), READABLE);
        assert_int_equal(ready(client), WRITABLE);
        assert_int_equal(evsim_write(client, "abc", 3), 3);
        assert_fails(connect_by_name(client, "x"), EISCONN);
        server = evsim_accept4(listener, (struct sockaddr *)&name, &len, SOCK_NONBLOCK);
        assert_true(server >= 0);
        assert_int_equal(len, sizeof name.sun_family);
        assert_int_equal(edge(epfd), 0);
        assert_int_equal(evsim_read(server, buf, sizeof buf), 3);
        len = sizeof name;
        assert_int_equal(evsim_getpeername(client, (struct sockaddr *)&name, &len), 0);
        assert_int_equal(len, offsetof(struct sockaddr_un, sun_path) + 2);
        assert_int_equal(name.sun_path[1], 'x');
        close_all(listener, client, server, epfd);
}

static void a_full_backlog_is_eagain(void **state)
{
        const int listener = bound(SOCK_STREAM, "x");
        int clients[3];
        int server;

        (void)state;
        assert_int_equal(evsim_listen(listener, 1), 0);
        for (int i = 0; i < 3; i++)
                clients[i] = unix_socket(SOCK_STREAM);
        assert_int_equal(connect_by_name(clients[0], "x"), 0);
        assert_int_equal(connect_by_name(clients[1], "x"), 0);
        assert_fails(connect_by_name(clients[2], "x"), EAGAIN);
        server = evsim_accept(listener, NULL, NULL);
        assert_true(server >= 0);
        assert_int_equal(connect_by_name(clients[2], "x"), 0);
        close_all(listener, server, -1, -1);
        close_all(clients[0], clients[1], clients[2], -1);
}

static void accept_late(void *arg)
{
        int *listener = arg;
        int server;

        evsim_sleep_ns(7 * MS);
        server = evsim_accept(*listener, NULL, NULL);
        assert_true(server >= 0);
        assert_int_equal(evsim_close(server), 0);
}

static void a_blocking_connect_sleeps_while_the_backlog_is_full(void **state)
{
        int listener = bound(SOCK_STREAM, "x");
        const int first = evsim_socket(AF_UNIX, SOCK_STREAM, 0);
        const int second = evsim_socket(AF_UNIX, SOCK_STREAM, 0);
        struct evsim_task *task = evsim_task_new(a, "server", accept_late, &listener);

        (void)state;
        assert_int_equal(evsim_listen(listener, 0), 0);
        assert_int_equal(connect_by_name(first, "x"), 0);
        assert_int_equal(now_ns(), 0);
        assert_int_equal(connect_by_name(second, "x"), 0);
        assert_int_equal(now_ns(), 7 * MS);
        evsim_task_join(task);
        close_all(listener, first, second, -1);
}

static void connections_that_were_never_accepted_are_reset(void **state)
{
        const int listener = bound(SOCK_STREAM, "x");
        const int client = unix_socket(SOCK_STREAM);
        char byte;

        (void)state;
        assert_int_equal(evsim_listen(listener, 5), 0);
        assert_int_equal(connect_by_name(client, "x"), 0);
        close_all(listener, -1, -1, -1);
        assert_int_equal(ready(client), READABLE | WRITABLE | END | GONE | BROKEN);
        assert_fails(evsim_read(client, &byte, 1), ECONNRESET);
        assert_int_equal(evsim_read(client, &byte, 1), 0);
        close_all(client, -1, -1, -1);
}

static void a_path_outlives_its_socket(void **state)
{
        const struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/run/x"};
        int fd = unix_socket(SOCK_STREAM);
        const int other = unix_socket(SOCK_STREAM);
        const int packets = unix_socket(SOCK_DGRAM);

        (void)state;
        assert_fails(evsim_connect(other, (const struct sockaddr *)&address, sizeof address),
                     ENOENT);
        assert_int_equal(evsim_bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
        assert_fails(evsim_bind(fd, (const struct sockaddr *)&address, sizeof address), EINVAL);
        assert_fails(evsim_connect(packets, (const struct sockaddr *)&address, sizeof address),
                     EPROTOTYPE);
        close_all(fd, -1, -1, -1);
        assert_fails(evsim_connect(other, (const struct sockaddr *)&address, sizeof address),
                     ECONNREFUSED);
        assert_fails(evsim_bind(other, (const struct sockaddr *)&address, sizeof address),
                     EADDRINUSE);
        close_all(other, packets, -1, -1);
}

/* ---- Datagrams ---- */

static void datagrams_to_a_socket_that_is_not_connected_back_are_few(void **state)
{
        const int receiver = bound(SOCK_DGRAM, "to");
        const int sender = bound(SOCK_DGRAM, "from");
        struct sockaddr_un name;
        socklen_t len = sizeof name;
        char buf[8];
        int epfd;

        (void)state;
        assert_int_equal(connect_by_name(sender, "to"), 0);
        for (int i = 0; i < 11; i++)
                assert_int_equal(evsim_write(sender, "x", 1), 1);
        epfd = watch_edges(sender);
        assert_fails(evsim_write(sender, "x", 1), EAGAIN);
        assert_int_equal(ready(sender), 0);
        assert_int_equal(
                evsim_recvfrom(receiver, buf, sizeof buf, 0, (struct sockaddr *)&name, &len), 1);
        assert_int_equal(len, offsetof(struct sockaddr_un, sun_path) + 5);
        assert_memory_equal(name.sun_path + 1, "from", 4);
        assert_int_equal(edge(epfd), WRITABLE);
        close_all(receiver, sender, epfd, -1);
}

static void a_datagram_to_a_closed_socket_is_refused_once(void **state)
{
        int fds[2];

        (void)state;
        open_pair(SOCK_DGRAM, fds);
        close_all(fds[1], -1, -1, -1);
        assert_int_equal(ready(fds[0]), WRITABLE);
        assert_fails(evsim_write(fds[0], "x", 1), ECONNREFUSED);
        assert_fails(evsim_write(fds[0], "x", 1), ENOTCONN);
        close_all(fds[0], -1, -1, -1);
}

static void nobody_else_sends_to_a_connected_datagram_socket(void **state)
{
        struct sockaddr_un address;
        const socklen_t len = abstract(&address, "one");
        const int sender = unix_socket(SOCK_DGRAM);
        int fds[2];

        (void)state;
        open_pair(SOCK_DGRAM, fds);
        assert_int_equal(evsim_bind(fds[0], (struct sockaddr *)&address, len), 0);
        assert_fails(evsim_sendto(sender, "x", 1, 0, (struct sockaddr *)&address, len), EPERM);
        close_all(fds[0], fds[1], sender, -1);
}

static void a_send_in_vain_is_an_edge(void **state)
{
        int fds[2];
        int epfd;

        (void)state;
        open_pair(SOCK_DGRAM, fds);
        epfd = watch_edges(fds[0]);
        assert_int_equal(evsim_shutdown(fds[1], SHUT_RD), 0);
        assert_fails(evsim_send(fds[0], "x", 1, MSG_NOSIGNAL), EPIPE);
        assert_int_equal(edge(epfd), WRITABLE);
        close_all(fds[0], fds[1], epfd, -1);
}

static void another_peer_is_an_edge_and_the_end_of_what_was_sent(void **state)
{
        const int third = bound(SOCK_DGRAM, "third");
        int fds[2];
        int epfd;

        (void)state;
        open_pair(SOCK_DGRAM, fds);
        assert_int_equal(evsim_write(fds[1], "x", 1), 1);
        epfd = watch_edges(fds[0]);
        assert_int_equal(connect_by_name(fds[0], "third"), 0);
        assert_int_equal(edge(epfd), WRITABLE);
        assert_int_equal(socket_error(fds[1]), ECONNRESET);
        close_all(fds[0], fds[1], third, epfd);
}

/* ---- Faults ---- */

static void a_reset_that_is_a_fault_breaks_the_connection(void **state)
{
        int fds[2];
        char byte;

        (void)state;
        ignore_sigpipe();
        open_pair(SOCK_STREAM, fds);
        assert_true(evsim_fault(a, "read", 1, ECONNRESET, false));
        assert_fails(evsim_read(fds[0], &byte, 1), ECONNRESET);
        assert_int_equal(evsim_read(fds[0], &byte, 1), 0);
        assert_fails(evsim_write(fds[0], "x", 1), EPIPE);
        assert_int_equal(ready(fds[1]), READABLE | WRITABLE | END | GONE | BROKEN);
        assert_fails(evsim_read(fds[1], &byte, 1), ECONNRESET);
        close_all(fds[0], fds[1], -1, -1);
}

static void eagain_that_is_a_fault_comes_with_an_edge(void **state)
{
        int fds[2];
        char byte;
        int epfd;

        (void)state;
        open_pair(SOCK_STREAM, fds);
        epfd = watch_edges(fds[1]);
        assert_int_equal(evsim_write(fds[0], "x", 1), 1);
        assert_int_equal(edge(epfd), READABLE | WRITABLE);
        assert_true(evsim_fault(a, "read", 1, EAGAIN, false));
        assert_fails(evsim_read(fds[1], &byte, 1), EAGAIN);
        assert_int_equal(edge(epfd), READABLE | WRITABLE);
        assert_int_equal(evsim_read(fds[1], &byte, 1), 1);
        close_all(fds[0], fds[1], epfd, -1);
}

#define STORY(name) cmocka_unit_test_setup_teardown(name, enter_scene, leave_scene)

int main(void)
{
        const struct CMUnitTest tests[] = {
                STORY(a_pair_carries_bytes_both_ways),
                STORY(every_write_is_an_edge_for_the_reader),
                STORY(every_message_that_was_read_whole_is_an_edge_for_the_writer),
                STORY(a_full_buffer_is_writable_again_when_three_quarters_are_read),
                STORY(a_large_write_is_partial_where_it_may_not_sleep),
                STORY(half_close_is_readable_and_rdhup_for_the_peer),
                STORY(a_closed_peer_is_end_of_file_and_a_broken_pipe),
                STORY(a_peer_that_closes_with_unread_data_resets),
                STORY(so_error_is_taken_once),
                STORY(a_broken_pipe_is_a_signal_unless_msg_nosignal),
                STORY(peeking_takes_nothing_away),
                STORY(packets_keep_their_boundaries),
                STORY(recvmsg_fills_the_parts_and_says_what_was_cut),
                STORY(a_blocking_read_sleeps_and_waitall_sleeps_on),
                STORY(a_blocking_write_sleeps_until_all_is_written),
                STORY(who_connects_may_write_before_it_is_accepted),
                STORY(a_full_backlog_is_eagain),
                STORY(a_blocking_connect_sleeps_while_the_backlog_is_full),
                STORY(connections_that_were_never_accepted_are_reset),
                STORY(a_path_outlives_its_socket),
                STORY(datagrams_to_a_socket_that_is_not_connected_back_are_few),
                STORY(a_datagram_to_a_closed_socket_is_refused_once),
                STORY(nobody_else_sends_to_a_connected_datagram_socket),
                STORY(a_send_in_vain_is_an_edge),
                STORY(another_peer_is_an_edge_and_the_end_of_what_was_sent),
                STORY(a_reset_that_is_a_fault_breaks_the_connection),
                STORY(eagain_that_is_a_fault_comes_with_an_edge),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
