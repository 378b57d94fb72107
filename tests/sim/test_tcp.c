/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * TCP of the simulated kernel, a clause of tcp(7), connect(2), listen(2), shutdown(2), socket(7) a
 * test. Within a host everything is there at once, as on Linux, which the order of errors and the
 * edges were measured on; between hosts each packet takes its time, and every instant is exact.
 */
#include "scene.h"

#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>

static char bytes[400000];

static void ignore_sigpipe(void)
{
        assert_ptr_not_equal(evsim_signal(SIGPIPE, SIG_IGN), SIG_ERR);
}

static void set_option(int fd, int level, int name, int value)
{
        assert_int_equal(evsim_setsockopt(fd, level, name, &value, sizeof value), 0);
}

static void set_linger(int fd, int seconds)
{
        const struct linger linger = {.l_onoff = 1, .l_linger = seconds};

        assert_int_equal(evsim_setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger), 0);
}

/* ---- Without a connection ---- */

static void a_fresh_socket_is_writable_and_hung_up(void **state)
{
        const int fd = tcp_socket();
        char byte;

        (void)state;
        ignore_sigpipe();
        assert_int_equal(ready(fd), WRITABLE | GONE);
        assert_fails(evsim_accept(fd, NULL, NULL), EINVAL);
        assert_fails(evsim_write(fd, "x", 1), EPIPE);
        assert_fails(evsim_read(fd, &byte, 1), ENOTCONN);
        assert_fails(evsim_shutdown(fd, SHUT_RDWR), ENOTCONN);
        assert_int_equal(ready(fd), READABLE | WRITABLE | END | GONE);
        close_all(fd, -1, -1, -1);
}

static void where_nobody_listens_it_is_refused(void **state)
{
        const int fd = tcp_socket();

        (void)state;
        assert_fails(connect_to(fd, NULL, 7000), EINPROGRESS);
        assert_int_equal(ready(fd), READABLE | WRITABLE | END | GONE | BROKEN);
        assert_int_equal(socket_error(fd), ECONNREFUSED);
        assert_int_equal(socket_error(fd), 0);
        assert_int_equal(ready(fd), READABLE | WRITABLE | END | GONE);
        assert_fails(connect_to(fd, NULL, 7000), ECONNABORTED);
        assert_fails(connect_to(fd, NULL, 7000), EINPROGRESS);
        assert_fails(connect_to(fd, NULL, 7000), ECONNREFUSED);
        close_all(fd, -1, -1, -1);
}

/* ---- Connections ---- */

static void a_connection_within_a_host_is_there_at_once(void **state)
{
        const int listener = tcp_listener(7000, 1);
        const int client = tcp_socket();
        const int of_listener = watch_edges(listener);
        const int of_client = watch_edges(client);
        struct sockaddr_in name;
        socklen_t len = sizeof name;
        char buf[4];
        int server;

        (void)state;
        assert_int_equal(ready(listener), 0);
        assert_fails(evsim_accept(listener, NULL, NULL), EAGAIN);
        assert_fails(connect_to(client, NULL, 7000), EINPROGRESS);
        assert_int_equal(edge(of_client), WRITABLE);
        assert_int_equal(edge(of_listener), READABLE);
        assert_int_equal(evsim_write(client, "abc", 3), 3);
        assert_int_equal(connect_to(client, NULL, 7000), 0);
        assert_fails(connect_to(client, NULL, 7000), EISCONN);
        server = evsim_accept(listener, (struct sockaddr *)&name, &len);
        assert_true(server >= 0);
        assert_int_equal(len, sizeof name);
        assert_int_equal(ntohs(name.sin_port), 32768);
        assert_int_equal(ntohl(name.sin_addr.s_addr), INADDR_LOOPBACK);
        assert_int_equal(evsim_read(server, buf, sizeof buf), 3);
        assert_int_equal(now_ns(), 0);
        close_all(listener, client, server, of_listener);
        close_all(of_client, -1, -1, -1);
}

static void beyond_the_backlog_a_syn_is_not_heard(void **state)
{
        const int listener = tcp_listener(7000, 1);
        int clients[3];
        int server;

        (void)state;
        for (int i = 0; i < 3; i++) {
                clients[i] = tcp_socket();
                assert_fails(connect_to(clients[i], NULL, 7000), EINPROGRESS);
        }
        assert_int_equal(ready(clients[1]), WRITABLE);
        assert_int_equal(ready(clients[2]), 0);
        server = evsim_accept(listener, NULL, NULL);
        assert_true(server >= 0);
        /* The SYN is repeated after 1 s. */
        assert_int_equal(await(clients[2], POLLOUT), POLLOUT);
        assert_int_equal(now_ns(), S);
        close_all(listener, server, -1, -1);
        close_all(clients[0], clients[1], clients[2], -1);
}

static void connections_that_nobody_accepts_are_reset_with_their_listener(void **state)
{
        const int listener = tcp_listener(7000, 1);
        const int client = tcp_socket();
        char byte;

        (void)state;
        assert_fails(connect_to(client, NULL, 7000), EINPROGRESS);
        close_all(listener, -1, -1, -1);
        assert_int_equal(ready(client), READABLE | WRITABLE | END | GONE | BROKEN);
        assert_fails(evsim_read(client, &byte, 1), ECONNRESET);
        close_all(client, -1, -1, -1);
}

static void a_connection_that_was_reset_is_accepted_all_the_same(void **state)
{
        const int listener = tcp_listener(7000, 1);
        const int client = tcp_socket();
        char byte;
        int server;

        (void)state;
        assert_fails(connect_to(client, NULL, 7000), EINPROGRESS);
        set_linger(client, 0);
        close_all(client, -1, -1, -1);
        server = evsim_accept4(listener, NULL, NULL, SOCK_NONBLOCK);
        assert_true(server >= 0);
        assert_fails(evsim_read(server, &byte, 1), ECONNRESET);
        close_all(listener, server, -1, -1);
}

static void ports_are_taken_by_addresses_that_overlap(void **state)
{
        const int one = tcp_socket();
        const int other = tcp_socket();
        struct sockaddr_in address = address_of(NULL, 7000);

        (void)state;
        assert_int_equal(evsim_bind(one, (struct sockaddr *)&address, sizeof address), 0);
        assert_fails(evsim_bind(one, (struct sockaddr *)&address, sizeof address), EINVAL);
        assert_fails(evsim_bind(other, (struct sockaddr *)&address, sizeof address), EADDRINUSE);
        address.sin_addr.s_addr = htonl(INADDR_ANY);
        assert_fails(evsim_bind(other, (struct sockaddr *)&address, sizeof address), EADDRINUSE);
        set_option(other, SOL_SOCKET, SO_REUSEADDR, 1);
        assert_fails(evsim_bind(other, (struct sockaddr *)&address, sizeof address), EADDRINUSE);
        set_option(one, SOL_SOCKET, SO_REUSEADDR, 1);
        assert_int_equal(evsim_bind(other, (struct sockaddr *)&address, sizeof address), 0);
        assert_int_equal(evsim_listen(one, 1), 0);
        assert_fails(evsim_listen(other, 1), EADDRINUSE);
        close_all(one, other, -1, -1);
}

static void addresses_of_others_cannot_be_bound(void **state)
{
        const int fd = tcp_socket();
        struct sockaddr_in address = address_of(b, 7000);

        (void)state;
        assert_fails(evsim_bind(fd, (struct sockaddr *)&address, sizeof address), EADDRNOTAVAIL);
        assert_fails(evsim_bind(fd, (struct sockaddr *)&address, 4), EINVAL);
        address.sin_family = AF_INET6;
        assert_fails(evsim_bind(fd, (struct sockaddr *)&address, sizeof address), EAFNOSUPPORT);
        close_all(fd, -1, -1, -1);
}

static void who_closed_first_keeps_the_port_for_a_minute(void **state)
{
        const int listener = tcp_listener(7000, 1);
        const int client = tcp_socket();
        const int next = tcp_socket();
        const struct sockaddr_in address = address_of(NULL, 7000);
        int server;

        (void)state;
        assert_fails(connect_to(client, NULL, 7000), EINPROGRESS);
        server = evsim_accept(listener, NULL, NULL);
        close_all(listener, server, client, -1);
        assert_fails(evsim_bind(next, (const struct sockaddr *)&address, sizeof address),
                     EADDRINUSE);
        evsim_sleep_ns(60 * S);
        assert_int_equal(evsim_bind(next, (const struct sockaddr *)&address, sizeof address), 0);
        close_all(next, -1, -1, -1);
}

static void two_may_listen_by_so_reuseport_and_share(void **state)
{
        int listeners[2];
        int taken[2] = {0, 0};
        const struct sockaddr_in address = address_of(NULL, 7000);

        (void)state;
        for (int i = 0; i < 2; i++) {
                listeners[i] = tcp_socket();
                set_option(listeners[i], SOL_SOCKET, SO_REUSEPORT, 1);
                assert_int_equal(
                        evsim_bind(listeners[i], (const struct sockaddr *)&address, sizeof address),
                        0);
                assert_int_equal(evsim_listen(listeners[i], 100), 0);
        }
        for (int i = 0; i < 64; i++) {
                const int client = tcp_socket();

                assert_fails(connect_to(client, NULL, 7000), EINPROGRESS);
                for (int k = 0; k < 2; k++)
                        if (ready(listeners[k]) == READABLE) {
                                taken[k]++;
                                close_all(evsim_accept(listeners[k], NULL, NULL), -1, -1, -1);
                        }
                close_all(client, -1, -1, -1);
        }
        assert_int_equal(taken[0] + taken[1], 64);
        assert_in_range(taken[0], 16, 48);
        close_all(listeners[0], listeners[1], -1, -1);
}

static void a_listener_of_ipv6_takes_ipv4_too(void **state)
{
        const int listener = evsim_socket(AF_INET6, SOCK_STREAM, 0);
        const int client = tcp_socket();
        struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_port = htons(7000)};
        socklen_t len = sizeof address;
        static const unsigned char mapped[16] = {[10] = 0xff, 0xff, 127, 0, 0, 1};
        int server;

        (void)state;
        assert_int_equal(evsim_bind(listener, (struct sockaddr *)&address, len), 0);
        assert_int_equal(evsim_listen(listener, 1), 0);
        assert_fails(connect_to(client, NULL, 7000), EINPROGRESS);
        server = evsim_accept(listener, (struct sockaddr *)&address, &len);
        assert_true(server >= 0);
        assert_int_equal(len, sizeof address);
        assert_memory_equal(&address.sin6_addr, mapped, sizeof mapped);
        close_all(listener, client, server, -1);
}

/* ---- Bytes ---- */

static void every_segment_is_an_edge_and_reading_is_none(void **state)
{
        int fds[2];
        char buf[8];
        int of_reader;
        int of_writer;

        (void)state;
        tcp_pair(fds);
        of_writer = watch_edges(fds[0]);
        of_reader = watch_edges(fds[1]);
        assert_int_equal(evsim_write(fds[0], "abc", 3), 3);
        assert_int_equal(edge(of_reader), READABLE | WRITABLE);
        assert_int_equal(evsim_write(fds[0], "abc", 3), 3);
        assert_int_equal(edge(of_reader), READABLE | WRITABLE);
        assert_int_equal(evsim_read(fds[1], buf, 1), 1);
        assert_int_equal(evsim_read(fds[1], buf, 8), 5);
        assert_int_equal(edge(of_reader), 0);
        assert_int_equal(edge(of_writer), 0);
        close_all(fds[0], fds[1], of_reader, of_writer);
}

static void a_full_connection_is_writable_again_once(void **state)
{
        int fds[2];
        int epfd;
        ssize_t n;
        ssize_t sum = 0;
        int edges = 0;

        (void)state;
        tcp_pair(fds);
        while ((n = evsim_write(fds[0], bytes, 10000)) > 0)
                sum += n;
        assert_int_equal(errno, EAGAIN);
        assert_int_equal(sum, 87040 + 60000); /* the send buffer, and whole writes in the window */
        assert_int_equal(ready(fds[0]), 0);
        epfd = watch_edges(fds[0]);
        while ((n = evsim_read(fds[1], bytes, 10000)) > 0) {
                sum -= n;
                edges += edge(epfd) == WRITABLE;
        }
        assert_int_equal(sum, 0);
        assert_int_equal(edges, 1);
        close_all(fds[0], fds[1], epfd, -1);
}

static void msg_trunc_throws_bytes_away(void **state)
{
        int fds[2];
        char buf[16];

        (void)state;
        tcp_pair(fds);
        assert_int_equal(evsim_write(fds[0], "helloworld", 10), 10);
        assert_int_equal(evsim_recv(fds[1], buf, 4, MSG_PEEK), 4);
        assert_int_equal(evsim_recv(fds[1], NULL, 4, MSG_TRUNC), 4);
        assert_int_equal(evsim_recv(fds[1], buf, 16, 0), 6);
        assert_memory_equal(buf, "oworld", 6);
        close_all(fds[0], fds[1], -1, -1);
}

/* ---- Ends ---- */

static void half_close_leaves_the_other_half(void **state)
{
        int fds[2];
        char byte;
        int of_first;
        int of_second;

        (void)state;
        ignore_sigpipe();
        tcp_pair(fds);
        of_first = watch_edges(fds[0]);
        of_second = watch_edges(fds[1]);
        assert_int_equal(evsim_shutdown(fds[0], SHUT_WR), 0);
        assert_int_equal(edge(of_first), WRITABLE);
        assert_int_equal(edge(of_second), READABLE | WRITABLE | END);
        assert_fails(evsim_write(fds[0], "x", 1), EPIPE);
        assert_int_equal(evsim_read(fds[1], &byte, 1), 0);
        assert_int_equal(evsim_write(fds[1], "z", 1), 1);
        assert_int_equal(edge(of_first), READABLE | WRITABLE);
        assert_int_equal(evsim_shutdown(fds[1], SHUT_WR), 0);
        assert_int_equal(edge(of_first), READABLE | WRITABLE | END | GONE);
        assert_int_equal(edge(of_second), READABLE | WRITABLE | END | GONE);
        assert_int_equal(evsim_read(fds[0], &byte, 1), 1);
        assert_int_equal(evsim_read(fds[0], &byte, 1), 0);
        assert_fails(evsim_shutdown(fds[1], SHUT_WR), ENOTCONN);
        close_all(fds[0], fds[1], of_first, of_second);
}

static void a_shut_reader_still_gets_bytes(void **state)
{
        int fds[2];
        char byte;

        (void)state;
        tcp_pair(fds);
        assert_int_equal(evsim_shutdown(fds[1], SHUT_RD), 0);
        assert_int_equal(ready(fds[1]), READABLE | WRITABLE | END);
        assert_int_equal(evsim_read(fds[1], &byte, 1), 0);
        assert_int_equal(evsim_write(fds[0], "a", 1), 1);
        assert_int_equal(evsim_read(fds[1], &byte, 1), 1);
        assert_int_equal(evsim_read(fds[1], &byte, 1), 0);
        close_all(fds[0], fds[1], -1, -1);
}

static void who_has_shut_both_halves_resets_what_comes(void **state)
{
        int fds[2];
        char byte;

        (void)state;
        tcp_pair(fds);
        assert_int_equal(evsim_shutdown(fds[1], SHUT_RDWR), 0);
        assert_int_equal(ready(fds[0]), READABLE | WRITABLE | END);
        assert_int_equal(evsim_write(fds[0], "x", 1), 1);
        assert_int_equal(ready(fds[0]), READABLE | WRITABLE | END | GONE | BROKEN);
        assert_fails(evsim_read(fds[1], &byte, 1), ECONNRESET);
        close_all(fds[0], fds[1], -1, -1);
}

static void a_listener_that_was_shut_may_listen_again(void **state)
{
        const int listener = tcp_listener(7000, 1);
        const int client = tcp_socket();

        (void)state;
        assert_fails(connect_to(client, NULL, 7000), EINPROGRESS);
        assert_int_equal(evsim_shutdown(listener, SHUT_WR), 0);
        assert_int_equal(ready(listener), READABLE);
        assert_int_equal(evsim_shutdown(listener, SHUT_RD), 0);
        assert_int_equal(ready(listener), WRITABLE | GONE);
        assert_fails(evsim_accept(listener, NULL, NULL), EINVAL);
        assert_int_equal(socket_error(client), ECONNRESET);
        assert_int_equal(evsim_listen(listener, 1), 0);
        assert_int_equal(ready(listener), 0);
        close_all(listener, client, -1, -1);
}

static void a_connect_that_failed_and_was_shut_is_given_up(void **state)
{
        const struct sockaddr nobody = {.sa_family = AF_UNSPEC};
        const int fd = tcp_socket();

        (void)state;
        assert_fails(connect_to(fd, NULL, 7000), EINPROGRESS);
        assert_fails(evsim_shutdown(fd, SHUT_RD), ENOTCONN);
        assert_fails(connect_to(fd, NULL, 7000), EINVAL);
        assert_fails(evsim_listen(fd, 1), EINVAL);
        assert_int_equal(evsim_connect(fd, &nobody, sizeof nobody), 0);
        assert_fails(connect_to(fd, NULL, 7000), EINPROGRESS);
        close_all(fd, -1, -1, -1);
}

static void af_unspec_disconnects_with_a_reset(void **state)
{
        const struct sockaddr nobody = {.sa_family = AF_UNSPEC};
        int fds[2];

        (void)state;
        tcp_pair(fds);
        assert_int_equal(evsim_connect(fds[0], &nobody, sizeof nobody), 0);
        assert_int_equal(ready(fds[0]), WRITABLE | GONE | BROKEN);
        assert_int_equal(ready(fds[1]), READABLE | WRITABLE | END | GONE | BROKEN);
        assert_int_equal(socket_error(fds[0]), ECONNRESET);
        close_all(fds[0], fds[1], -1, -1);
}

static void a_write_to_a_closed_peer_succeeds_once(void **state)
{
        int fds[2];
        char byte;
        int epfd;

        (void)state;
        ignore_sigpipe();
        tcp_pair(fds);
        epfd = watch_edges(fds[0]);
        close_all(fds[1], -1, -1, -1);
        assert_int_equal(edge(epfd), READABLE | WRITABLE | END);
        assert_int_equal(evsim_write(fds[0], "x", 1), 1);
        assert_int_equal(edge(epfd), READABLE | WRITABLE | END | GONE | BROKEN);
        assert_int_equal(socket_error(fds[0]), EPIPE);
        assert_fails(evsim_write(fds[0], "x", 1), EPIPE);
        assert_int_equal(evsim_read(fds[0], &byte, 1), 0);
        close_all(fds[0], epfd, -1, -1);
}

static void close_with_unread_data_resets(void **state)
{
        int fds[2];
        char buf[8];
        int epfd;

        (void)state;
        ignore_sigpipe();
        tcp_pair(fds);
        assert_int_equal(evsim_write(fds[0], "abc", 3), 3);
        assert_int_equal(evsim_write(fds[1], "pq", 2), 2);
        epfd = watch_edges(fds[0]);
        close_all(fds[1], -1, -1, -1);
        assert_int_equal(edge(epfd), READABLE | WRITABLE | END | GONE | BROKEN);
        assert_int_equal(evsim_read(fds[0], buf, sizeof buf), 2);
        assert_fails(evsim_read(fds[0], buf, sizeof buf), ECONNRESET);
        assert_int_equal(evsim_read(fds[0], buf, sizeof buf), 0);
        assert_fails(evsim_write(fds[0], "x", 1), EPIPE);
        close_all(fds[0], epfd, -1, -1);
}

static void a_linger_of_0_resets(void **state)
{
        int fds[2];
        char byte;

        (void)state;
        tcp_pair(fds);
        set_linger(fds[1], 0);
        close_all(fds[1], -1, -1, -1);
        assert_int_equal(ready(fds[0]), READABLE | WRITABLE | END | GONE | BROKEN);
        assert_fails(evsim_read(fds[0], &byte, 1), ECONNRESET);
        close_all(fds[0], -1, -1, -1);
}

static void a_reset_that_is_a_fault_breaks_the_connection(void **state)
{
        int fds[2];
        char byte;

        (void)state;
        ignore_sigpipe();
        tcp_pair(fds);
        assert_true(evsim_fault(a, "read", 1, ECONNRESET, false));
        assert_fails(evsim_read(fds[0], &byte, 1), ECONNRESET);
        assert_int_equal(evsim_read(fds[0], &byte, 1), 0);
        assert_fails(evsim_write(fds[0], "x", 1), EPIPE);
        assert_fails(evsim_read(fds[1], &byte, 1), ECONNRESET);
        close_all(fds[0], fds[1], -1, -1);
}

static void an_aborted_connection_is_gone_from_the_queue(void **state)
{
        const int listener = tcp_listener(7000, 1);
        const int client = tcp_socket();

        (void)state;
        assert_fails(connect_to(client, NULL, 7000), EINPROGRESS);
        assert_true(evsim_fault(a, "accept", 1, ECONNABORTED, false));
        assert_fails(evsim_accept(listener, NULL, NULL), ECONNABORTED);
        assert_fails(evsim_accept(listener, NULL, NULL), EAGAIN);
        assert_int_equal(socket_error(client), ECONNRESET);
        close_all(listener, client, -1, -1);
}

static void without_a_free_number_the_connection_stays(void **state)
{
        const int listener = tcp_listener(7000, 1);
        const int client = tcp_socket();
        int server;

        (void)state;
        assert_fails(connect_to(client, NULL, 7000), EINPROGRESS);
        assert_true(evsim_fault(a, "accept", 1, EMFILE, false));
        assert_fails(evsim_accept(listener, NULL, NULL), EMFILE);
        server = evsim_accept(listener, NULL, NULL);
        assert_true(server >= 0);
        close_all(listener, client, server, -1);
}

/* ---- Between hosts ---- */

/* What the server on b does, and when things happened to it. */
static int64_t accepted_ns;
static int64_t first_byte_ns;
static int64_t end_ns;
static size_t received;

/* Accepts one connection, reads it to its end, and closes. */
static void serve_one(void *arg)
{
        const int listener = tcp_listener(80, 5);
        char buf[4096];
        ssize_t n;
        int fd;

        (void)arg;
        received = 0;
        (void)await(listener, POLLIN);
        accepted_ns = now_ns();
        fd = evsim_accept(listener, NULL, NULL);
        assert_true(fd >= 0);
        while ((n = evsim_read(fd, buf, sizeof buf)) > 0) {
                if (received == 0)
                        first_byte_ns = now_ns();
                received += (size_t)n;
        }
        assert_int_equal(n, 0);
        end_ns = now_ns();
        close_all(fd, listener, -1, -1);
}

static struct evsim_task *start(void (*run)(void *))
{
        struct evsim_task *task = evsim_task_new(b, "server", run, NULL);

        evsim_yield();
        return task;
}

static void opening_takes_a_round_trip_and_a_half(void **state)
{
        struct evsim_task *task = start(serve_one);
        const int fd = tcp_socket();

        (void)state;
        assert_fails(connect_to(fd, b, 80), EINPROGRESS);
        assert_fails(connect_to(fd, b, 80), EALREADY);
        assert_int_equal(ready(fd), 0);
        assert_int_equal(await(fd, POLLOUT), POLLOUT);
        assert_int_equal(now_ns(), RTT);
        assert_int_equal(evsim_write(fd, "abc", 3), 3);
        close_all(fd, -1, -1, -1);
        evsim_task_join(task);
        assert_int_equal(accepted_ns, RTT + WAY);
        assert_int_equal(first_byte_ns, RTT + WAY);
        assert_int_equal(end_ns, RTT + WAY);
        assert_int_equal(received, 3);
}

static void a_blocking_connect_sleeps(void **state)
{
        struct evsim_task *task = start(serve_one);
        const int fd = evsim_socket(AF_INET, SOCK_STREAM, 0);
        const int other = evsim_socket(AF_INET, SOCK_STREAM, 0);

        (void)state;
        assert_int_equal(connect_to(fd, b, 80), 0);
        assert_int_equal(now_ns(), RTT);
        assert_fails(connect_to(other, b, 81), ECONNREFUSED);
        assert_int_equal(now_ns(), 2 * RTT);
        close_all(fd, other, -1, -1);
        evsim_task_join(task);
}

static void where_nobody_is_it_is_unreachable(void **state)
{
        const int fd = evsim_socket(AF_INET, SOCK_STREAM, 0);
        struct sockaddr_in nobody = address_of(NULL, 80);

        (void)state;
        nobody.sin_addr.s_addr = htonl(UINT32_C(0x0a630001));
        assert_fails(evsim_connect(fd, (struct sockaddr *)&nobody, sizeof nobody), EHOSTUNREACH);
        assert_int_equal(now_ns(), 3 * S);
        close_all(fd, -1, -1, -1);
}

static void a_connect_across_a_partition_times_out(void **state)
{
        const int fd = evsim_socket(AF_INET, SOCK_STREAM, 0);

        (void)state;
        evsim_partition(a, b, false);
        assert_fails(connect_to(fd, b, 80), ETIMEDOUT);
        assert_int_equal(now_ns(), 127 * S);
        close_all(fd, -1, -1, -1);
}

static int connected(void)
{
        const int fd = evsim_socket(AF_INET, SOCK_STREAM, 0);

        assert_int_equal(connect_to(fd, b, 80), 0);
        return fd;
}

static void bytes_wait_for_the_end_of_a_partition(void **state)
{
        struct evsim_task *task = start(serve_one);
        const int fd = connected();

        (void)state;
        evsim_sleep_ns(MS);
        evsim_partition(a, b, false);
        assert_int_equal(evsim_write(fd, "abc", 3), 3);
        close_all(fd, -1, -1, -1);
        evsim_sleep_ns(S);
        evsim_heal(a, b);
        evsim_task_join(task);
        /* Sent again 200.2 ms after the first time, then after twice as long, and so on. */
        assert_int_equal(end_ns, RTT + MS + 7 * (200 * MS + RTT) + WAY);
        assert_int_equal(received, 3);
}

static void acknowledgements_that_are_lost_are_made_up_for(void **state)
{
        struct evsim_task *task = start(serve_one);
        const int fd = connected();

        (void)state;
        evsim_sleep_ns(MS);
        evsim_partition(b, a, true);
        assert_int_equal(evsim_write(fd, "abc", 3), 3);
        evsim_sleep_ns(MS);
        evsim_heal(a, b);
        set_linger(fd, 30);
        close_all(fd, -1, -1, -1);
        evsim_task_join(task);
        assert_int_equal(received, 3);
        /* FIN was acknowledged at once, and with it the bytes before. */
        assert_int_equal(now_ns(), RTT + 2 * MS + RTT);
}

static void unanswered_bytes_time_out(void **state)
{
        struct evsim_task *task = start(serve_one);
        const int fd = connected();
        const int64_t unit = 200 * MS + RTT;

        (void)state;
        evsim_task_set_daemon(task);
        evsim_sleep_ns(MS);
        evsim_partition(a, b, false);
        assert_int_equal(evsim_write(fd, "abc", 3), 3);
        while (ready(fd) == WRITABLE)
                evsim_sleep_ns(S);
        assert_int_equal(socket_error(fd), ETIMEDOUT);
        /* 1 + 2 + 4 + ... + 512 units, then six times 120 s. */
        assert_in_range(now_ns(), RTT + MS + 1023 * unit + 720 * S,
                        RTT + MS + 1023 * unit + 721 * S);
        close_all(fd, -1, -1, -1);
}

static void keep_alive_finds_a_partition(void **state)
{
        struct evsim_task *task = start(serve_one);
        const int fd = connected();
        char byte;

        (void)state;
        evsim_task_set_daemon(task);
        set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, 10);
        set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, 2);
        set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, 3);
        set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
        evsim_sleep_ns(15 * S);
        evsim_partition(a, b, false);
        assert_fails(evsim_read(fd, &byte, 1), ETIMEDOUT);
        assert_int_equal(now_ns(), RTT + 20 * S + 3 * 2 * S);
        close_all(fd, -1, -1, -1);
}

static void much_goes_through_a_narrow_window(void **state)
{
        struct evsim_task *task = start(serve_one);
        const int fd = connected();

        (void)state;
        assert_int_equal(evsim_write(fd, bytes, sizeof bytes), sizeof bytes);
        close_all(fd, -1, -1, -1);
        evsim_task_join(task);
        assert_int_equal(received, sizeof bytes);
        /* Half a window a round trip at least. */
        assert_in_range(now_ns(), RTT * 5, RTT * 16);
}

static void small_segments_wait_for_each_other_unless_nodelay(void **state)
{
        struct evsim_task *task = start(serve_one);
        const int fd = connected();

        (void)state;
        evsim_sleep_ns(MS);
        assert_int_equal(evsim_write(fd, "a", 1), 1);
        assert_int_equal(evsim_write(fd, "b", 1), 1);
        evsim_sleep_ns(WAY + 1);
        assert_int_equal(received, 1);
        evsim_sleep_ns(RTT);
        assert_int_equal(received, 2);
        set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
        assert_int_equal(evsim_write(fd, "a", 1), 1);
        assert_int_equal(evsim_write(fd, "b", 1), 1);
        evsim_sleep_ns(WAY + 1);
        assert_int_equal(received, 4);
        close_all(fd, -1, -1, -1);
        evsim_task_join(task);
}

static void all_connections_between_two_hosts_are_reset(void **state)
{
        struct evsim_task *task = start(serve_one);
        const int fd = connected();
        char byte;

        (void)state;
        evsim_task_set_daemon(task);
        evsim_sleep_ns(MS);
        evsim_reset_connections(a, b);
        assert_fails(evsim_read(fd, &byte, 1), ECONNRESET);
        close_all(fd, -1, -1, -1);
}

static void close_sleeps_for_its_linger(void **state)
{
        struct evsim_task *task = start(serve_one);
        const int fd = connected();

        (void)state;
        evsim_task_set_daemon(task);
        evsim_sleep_ns(MS);
        set_linger(fd, 5);
        evsim_partition(a, b, false);
        assert_int_equal(evsim_write(fd, "abc", 3), 3);
        close_all(fd, -1, -1, -1);
        assert_int_equal(now_ns(), RTT + MS + 5 * S);
}

#define STORY(name) cmocka_unit_test_setup_teardown(name, enter_scene, leave_scene)

int main(void)
{
        const struct CMUnitTest tests[] = {
                STORY(a_fresh_socket_is_writable_and_hung_up),
                STORY(where_nobody_listens_it_is_refused),
                STORY(a_connection_within_a_host_is_there_at_once),
                STORY(beyond_the_backlog_a_syn_is_not_heard),
                STORY(connections_that_nobody_accepts_are_reset_with_their_listener),
                STORY(a_connection_that_was_reset_is_accepted_all_the_same),
                STORY(ports_are_taken_by_addresses_that_overlap),
                STORY(addresses_of_others_cannot_be_bound),
                STORY(who_closed_first_keeps_the_port_for_a_minute),
                STORY(two_may_listen_by_so_reuseport_and_share),
                STORY(a_listener_of_ipv6_takes_ipv4_too),
                STORY(every_segment_is_an_edge_and_reading_is_none),
                STORY(a_full_connection_is_writable_again_once),
                STORY(msg_trunc_throws_bytes_away),
                STORY(half_close_leaves_the_other_half),
                STORY(a_shut_reader_still_gets_bytes),
                STORY(who_has_shut_both_halves_resets_what_comes),
                STORY(a_listener_that_was_shut_may_listen_again),
                STORY(a_connect_that_failed_and_was_shut_is_given_up),
                STORY(af_unspec_disconnects_with_a_reset),
                STORY(a_write_to_a_closed_peer_succeeds_once),
                STORY(close_with_unread_data_resets),
                STORY(a_linger_of_0_resets),
                STORY(a_reset_that_is_a_fault_breaks_the_connection),
                STORY(an_aborted_connection_is_gone_from_the_queue),
                STORY(without_a_free_number_the_connection_stays),
                STORY(opening_takes_a_round_trip_and_a_half),
                STORY(a_blocking_connect_sleeps),
                STORY(where_nobody_is_it_is_unreachable),
                STORY(a_connect_across_a_partition_times_out),
                STORY(bytes_wait_for_the_end_of_a_partition),
                STORY(acknowledgements_that_are_lost_are_made_up_for),
                STORY(unanswered_bytes_time_out),
                STORY(keep_alive_finds_a_partition),
                STORY(much_goes_through_a_narrow_window),
                STORY(small_segments_wait_for_each_other_unless_nodelay),
                STORY(all_connections_between_two_hosts_are_reset),
                STORY(close_sleeps_for_its_linger),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
