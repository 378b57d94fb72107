/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A scene for tests of sockets: a world with call cost 0 and two hosts, a and b, in the first of
 * which the test is; and short ways to ask what descriptors are ready for.
 */
#ifndef EVIDENT_TESTS_SIM_SCENE_H
#define EVIDENT_TESTS_SIM_SCENE_H

#include <errno.h>
#include <evident/sim_calls.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define MS INT64_C(1000000)
#define S  INT64_C(1000000000)

/* The default link's latency, and there and back. */
#define WAY (INT64_C(100000))
#define RTT (2 * WAY)

enum { READABLE = POLLIN, WRITABLE = POLLOUT, END = POLLRDHUP, GONE = POLLHUP, BROKEN = POLLERR };

extern struct evsim_world *world;
extern struct evsim_host *a;
extern struct evsim_host *b;

/* For cmocka: each test has its own; at its end no descriptor of a may be open. */
int enter_scene(void **state);
int leave_scene(void **state);

int64_t now_ns(void);

/* What poll(2) says without waiting. */
int ready(int fd);
/* Sleeps until the descriptor is ready for one of the bits, a minute at most; what it is ready
 * for. */
int await(int fd, int bits);

/* An epoll instance that watches for edges; and what it reports now (0: nothing). */
int watch_edges(int fd);
int edge(int epfd);

/* The call failed with this error. */
#define assert_fails(call, error)               \
        do {                                    \
                errno = 0;                      \
                assert_int_equal((call), -1);   \
                assert_int_equal(errno, error); \
        } while (0)

/* Closes up to four descriptors; those below 0 are none. */
void close_all(int w, int x, int y, int z);

int socket_error(int fd);

/* 127.0.0.1 for NULL. */
struct sockaddr_in address_of(const struct evsim_host *host, uint16_t port);
int tcp_socket(void); /* non-blocking; likewise the others */
int udp_socket(void);
/* Bound to every address of the calling host. */
int tcp_listener(uint16_t port, int backlog);
int udp_bound(uint16_t port);
int connect_to(int fd, const struct evsim_host *host, uint16_t port);
/* Both ends of a connection within the calling host. */
void tcp_pair(int fds[2]);

#endif
