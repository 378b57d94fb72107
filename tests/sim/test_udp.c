/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * UDP of the simulated kernel, a clause of udp(7) and ip(7) a test; errors, edges and what fits into
 * a buffer are as Linux 6 was measured to have them.
 */
#include "scene.h"

#include <sys/ioctl.h>

static char bytes[65536];

static ssize_t send_to(int fd, const struct evsim_host *host, uint16_t port, const void *buf,
                       size_t len)
{
        const struct sockaddr_in address = address_of(host, port);

        return evsim_sendto(fd, buf, len, 0, (const struct sockaddr *)&address, sizeof address);
}

static void datagrams_keep_their_boundaries(void **state)
{
        const int to = udp_bound(7000);
        const int from = udp_socket();
        struct sockaddr_in name;
        socklen_t len = sizeof name;
        char buf[16];
        int count;

        (void)state;
        assert_fails(evsim_send(from, "x", 1, 0), EDESTADDRREQ);
        assert_int_equal(send_to(from, NULL, 7000, "abc", 3), 3);
        assert_int_equal(send_to(from, NULL, 7000, "defg", 4), 4);
        assert_int_equal(send_to(from, NULL, 7000, "", 0), 0);
        assert_int_equal(evsim_ioctl(to, FIONREAD, &count), 0);
        assert_int_equal(count, 3);
        assert_int_equal(evsim_recv(to, buf, 2, MSG_PEEK), 2);
        assert_int_equal(evsim_recvfrom(to, buf, 16, 0, (struct sockaddr *)&name, &len), 3);
        assert_int_equal(ntohs(name.sin_port), 32768);
        assert_int_equal(ntohl(name.sin_addr.s_addr), INADDR_LOOPBACK);
        assert_int_equal(evsim_recv(to, buf, 2, MSG_TRUNC), 4);
        assert_int_equal(ready(to), READABLE | WRITABLE);
        assert_int_equal(evsim_recv(to, buf, 16, 0), 0);
        assert_fails(evsim_recv(to, buf, 16, 0), EAGAIN);
        close_all(to, from, -1, -1);
}

static void every_datagram_is_an_edge_for_both(void **state)
{
        const int to = udp_bound(7000);
        const int from = udp_socket();
        const int of_sender = watch_edges(from);
        const int of_receiver = watch_edges(to);
        char byte;

        (void)state;
        for (int i = 0; i < 2; i++) {
                assert_int_equal(send_to(from, NULL, 7000, "x", 1), 1);
                assert_int_equal(edge(of_receiver), READABLE | WRITABLE);
                assert_int_equal(edge(of_sender), WRITABLE);
        }
        assert_int_equal(evsim_recv(to, &byte, 1, 0), 1);
        assert_int_equal(edge(of_receiver), 0);
        assert_int_equal(edge(of_sender), 0);
        close_all(to, from, of_sender, of_receiver);
}

static void a_connected_socket_learns_that_nobody_has_the_port(void **state)
{
        const int fd = udp_socket();
        const int other = udp_socket();
        char byte;

        (void)state;
        assert_int_equal(connect_to(fd, NULL, 9), 0);
        assert_int_equal(evsim_send(fd, "x", 1, 0), 1);
        assert_int_equal(ready(fd), WRITABLE | BROKEN);
        assert_fails(evsim_send(fd, "x", 1, 0), ECONNREFUSED);
        assert_int_equal(ready(fd), WRITABLE);
        assert_int_equal(evsim_send(fd, "x", 1, 0), 1);
        assert_fails(evsim_recv(fd, &byte, 1, 0), ECONNREFUSED);
        assert_fails(evsim_recv(fd, &byte, 1, 0), EAGAIN);
        assert_int_equal(send_to(other, NULL, 9, "x", 1), 1);
        assert_int_equal(socket_error(other), 0);
        close_all(fd, other, -1, -1);
}

static void a_connected_socket_hears_its_peer_alone(void **state)
{
        const int peer = udp_bound(7000);
        const int fd = udp_bound(7001);
        const int third = udp_socket();

        (void)state;
        assert_int_equal(connect_to(fd, NULL, 7000), 0);
        assert_int_equal(send_to(third, NULL, 7001, "x", 1), 1);
        assert_int_equal(ready(fd), WRITABLE);
        assert_int_equal(send_to(peer, NULL, 7001, "x", 1), 1);
        assert_int_equal(ready(fd), READABLE | WRITABLE);
        close_all(peer, fd, third, -1);
}

static void what_is_too_long_is_not_sent(void **state)
{
        const int to = udp_bound(7000);
        const int fd = udp_socket();

        (void)state;
        assert_fails(send_to(fd, NULL, 7000, bytes, 65508), EMSGSIZE);
        assert_int_equal(send_to(fd, NULL, 7000, bytes, 65507), 65507);
        assert_fails(send_to(fd, NULL, 0, bytes, 1), EINVAL);
        close_all(to, fd, -1, -1);
}

static void check_capacity(size_t size, int fit)
{
        const int to = udp_bound(7000);
        const int fd = udp_socket();
        int n = 0;

        for (int i = 0; i < 300; i++)
                assert_int_equal(send_to(fd, NULL, 7000, bytes, size), size);
        while (evsim_recv(to, bytes, sizeof bytes, 0) >= 0)
                n++;
        assert_int_equal(n, fit);
        close_all(to, fd, -1, -1);
}

static void what_does_not_fit_the_receive_buffer_is_lost(void **state)
{
        (void)state;
        check_capacity(1, 256);
        check_capacity(103, 256);
        check_capacity(409, 166);
        check_capacity(1327, 92);
        check_capacity(4081, 25);
        check_capacity(12343, 12);
        check_capacity(37129, 5);
}

static void shut_sockets_and_disconnected_ones(void **state)
{
        const int to = udp_bound(7000);
        const int fd = udp_socket();
        const struct sockaddr nobody = {.sa_family = AF_UNSPEC};
        struct sockaddr_in name;
        socklen_t len = sizeof name;

        (void)state;
        assert_fails(evsim_shutdown(to, SHUT_RD), ENOTCONN);
        assert_int_equal(connect_to(fd, NULL, 7000), 0);
        assert_int_equal(evsim_getpeername(fd, (struct sockaddr *)&name, &len), 0);
        assert_int_equal(evsim_connect(fd, &nobody, sizeof nobody), 0);
        assert_fails(evsim_getpeername(fd, (struct sockaddr *)&name, &len), ENOTCONN);
        assert_int_equal(evsim_getsockname(fd, (struct sockaddr *)&name, &len), 0);
        assert_int_equal(name.sin_port, 0);
        assert_int_equal(connect_to(fd, NULL, 7000), 0);
        assert_int_equal(evsim_shutdown(fd, SHUT_WR), 0);
        assert_fails(evsim_send(fd, "x", 1, 0), EPIPE);
        assert_int_equal(ready(fd), WRITABLE);
        close_all(to, fd, -1, -1);
}

/* ---- Between hosts ---- */

static void echo(void *arg)
{
        const int fd = udp_bound(53);
        struct sockaddr_in from;
        socklen_t len = sizeof from;
        char buf[64];
        ssize_t n;

        (void)arg;
        for (;;) {
                (void)await(fd, POLLIN);
                n = evsim_recvfrom(fd, buf, sizeof buf, 0, (struct sockaddr *)&from, &len);
                assert_true(n >= 0);
                assert_int_equal(evsim_sendto(fd, buf, (size_t)n, 0, (struct sockaddr *)&from, len),
                                 n);
        }
}

static void an_answer_takes_a_round_trip(void **state)
{
        const int fd = udp_socket();
        char buf[8];

        (void)state;
        evsim_task_set_daemon(evsim_task_new(b, "echo", echo, NULL));
        evsim_yield();
        assert_int_equal(send_to(fd, b, 53, "abc", 3), 3);
        (void)await(fd, POLLIN);
        assert_int_equal(now_ns(), RTT);
        assert_int_equal(evsim_recv(fd, buf, sizeof buf, 0), 3);
        close_all(fd, -1, -1, -1);
}

static void a_refusal_takes_a_round_trip(void **state)
{
        const int fd = udp_socket();

        (void)state;
        assert_int_equal(connect_to(fd, b, 53), 0);
        assert_int_equal(evsim_send(fd, "abc", 3, 0), 3);
        assert_int_equal(ready(fd), WRITABLE);
        evsim_sleep_ns(RTT);
        assert_int_equal(ready(fd), WRITABLE | BROKEN);
        assert_int_equal(socket_error(fd), ECONNREFUSED);
        close_all(fd, -1, -1, -1);
}

static void what_nobody_has_the_address_of_is_lost(void **state)
{
        const int fd = udp_socket();
        struct sockaddr_in nobody = address_of(NULL, 53);

        (void)state;
        nobody.sin_addr.s_addr = htonl(UINT32_C(0x0a630001));
        assert_int_equal(evsim_sendto(fd, "x", 1, 0, (struct sockaddr *)&nobody, sizeof nobody), 1);
        nobody.sin_addr.s_addr = htonl(INADDR_BROADCAST);
        assert_fails(evsim_sendto(fd, "x", 1, 0, (struct sockaddr *)&nobody, sizeof nobody),
                     EACCES);
        close_all(fd, -1, -1, -1);
}

#define STORY(name) cmocka_unit_test_setup_teardown(name, enter_scene, leave_scene)

int main(void)
{
        const struct CMUnitTest tests[] = {
                STORY(datagrams_keep_their_boundaries),
                STORY(every_datagram_is_an_edge_for_both),
                STORY(a_connected_socket_learns_that_nobody_has_the_port),
                STORY(a_connected_socket_hears_its_peer_alone),
                STORY(what_is_too_long_is_not_sent),
                STORY(what_does_not_fit_the_receive_buffer_is_lost),
                STORY(shut_sockets_and_disconnected_ones),
                STORY(an_answer_takes_a_round_trip),
                STORY(a_refusal_takes_a_round_trip),
                STORY(what_nobody_has_the_address_of_is_lost),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
