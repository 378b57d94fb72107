/* SPDX-License-Identifier: BSD-3-Clause */
/* The evutil functions on the system: sockets and their options, clocks, random bytes. */
#include "api.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

static int option(evutil_socket_t fd, int level, int name)
{
        int value = -1;
        socklen_t length = sizeof value;

        EQ(getsockopt(fd, level, name, &value, &length), 0);
        return value;
}

static void a_pair_of_sockets(void **state)
{
        evutil_socket_t fds[2] = {-7, -7};

        (void)state;
        EQ(evutil_socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
        put_byte(fds[0]);
        EQ(fcntl(fds[1], F_GETFL) & O_NONBLOCK, 0); /* blocking, as the system made it */
        EQ(evutil_make_socket_nonblocking(fds[1]), 0);
        EQ(drain(fds[1]), 1);
        close_pair(fds);
        EQ(evutil_socketpair(AF_UNIX, SOCK_DGRAM, 0, fds), 0);
        put_byte(fds[0]);
        EQ(evutil_make_socket_nonblocking(fds[1]), 0);
        EQ(drain(fds[1]), 1);
        close_pair(fds);
}

static void pairs_that_the_system_does_not_make(void **state)
{
        evutil_socket_t fds[2];

        (void)state;
        errno = 0;
        EQ(evutil_socketpair(AF_INET, SOCK_STREAM, 0, fds), -1);
        EQ(errno, EOPNOTSUPP);
        errno = 0;
        EQ(evutil_socketpair(AF_INET6, SOCK_STREAM, 0, fds), -1);
        EQ(errno, EOPNOTSUPP);
        errno = 0;
        EQ(evutil_socketpair(AF_UNIX, 77, 0, fds), -1);
        EQ(errno, EINVAL);
}

static void flags_of_a_descriptor(void **state)
{
        int ends[2];

        (void)state;
        EQ(pipe(ends), 0);
        EQ(evutil_make_socket_nonblocking(ends[0]), 0);
        EQ(evutil_make_socket_nonblocking(ends[0]), 0);
        OK(fcntl(ends[0], F_GETFL) & O_NONBLOCK);
        OK(!(fcntl(ends[1], F_GETFL) & O_NONBLOCK));
        EQ(evutil_make_socket_closeonexec(ends[0]), 0);
        EQ(evutil_make_socket_closeonexec(ends[0]), 0);
        OK(fcntl(ends[0], F_GETFD) & FD_CLOEXEC);
        EQ(evutil_closesocket(ends[0]), 0);
        EQ(evutil_closesocket(ends[1]), 0);
        EQ(fcntl(ends[0], F_GETFD), -1);
}

static void options_of_a_listening_socket(void **state)
{
        evutil_socket_t four = socket(AF_INET, SOCK_STREAM, 0);
        evutil_socket_t six = socket(AF_INET6, SOCK_STREAM, 0);

        (void)state;
        OK(four >= 0);
        EQ(evutil_make_listen_socket_reuseable(four), 0);
        EQ(option(four, SOL_SOCKET, SO_REUSEADDR), 1);
        EQ(option(four, SOL_SOCKET, SO_REUSEPORT), 0);
        EQ(evutil_make_listen_socket_reuseable_port(four), 0);
        EQ(option(four, SOL_SOCKET, SO_REUSEPORT), 1);
        EQ(evutil_make_listen_socket_ipv6only(four), -1);
        if (six >= 0) {
                EQ(evutil_make_listen_socket_ipv6only(six), 0);
                EQ(option(six, IPPROTO_IPV6, IPV6_V6ONLY), 1);
                EQ(evutil_closesocket(six), 0);
        }
        EQ(evutil_closesocket(four), 0);
}

static void a_listener_that_waits_for_data(void **state)
{
        evutil_socket_t fd = socket(AF_INET, SOCK_STREAM, 0);

        (void)state;
        OK(fd >= 0);
        EQ(evutil_make_tcp_listen_socket_deferred(fd), 0);
        OK(option(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT) >= 1);
        EQ(evutil_closesocket(fd), 0);
}

static void a_descriptor_that_is_not_open(void **state)
{
        (void)state;
        log_catch();
        EQ(evutil_make_socket_nonblocking(-1), -1);
        EQ(evutil_make_socket_closeonexec(-1), -1);
        EQ(log_count(), 2);
        EQ(log_last_severity(), EVENT_LOG_WARN);
        EQ(evutil_make_listen_socket_reuseable(-1), -1);
        EQ(evutil_make_listen_socket_reuseable_port(-1), -1);
        EQ(evutil_make_listen_socket_ipv6only(-1), -1);
        EQ(evutil_make_tcp_listen_socket_deferred(-1), -1);
        errno = 0;
        EQ(evutil_closesocket(-1), -1);
        EQ(errno, EBADF);
}

static void errors_are_errno(void **state)
{
        (void)state;
        EVUTIL_SET_SOCKET_ERROR(ENOTCONN);
        EQ(errno, ENOTCONN);
        EQ(EVUTIL_SOCKET_ERROR(), ENOTCONN);
        EQ(evutil_socket_geterror(-1), ENOTCONN);
        STREQ(evutil_socket_error_to_string(ENOENT), strerror(ENOENT));
        EQ(EVUTIL_INVALID_SOCKET, -1);
}

/* --- clocks -------------------------------------------------------------------------------- */

static void a_clock_of_ones_own(void **state)
{
        static const int flags[] = {0, EV_MONOT_PRECISE, EV_MONOT_FALLBACK,
                                    EV_MONOT_PRECISE | EV_MONOT_FALLBACK};

        (void)state;
        for (int i = 0; i < 4; i++) {
                struct evutil_monotonic_timer *timer = evutil_monotonic_timer_new();
                struct timeval last = {0, 0}, now;

                OK(timer != NULL);
                EQ(evutil_configure_monotonic_time(timer, flags[i]), 0);
                for (int j = 0; j < 1000; j++) {
                        EQ(evutil_gettime_monotonic(timer, &now), 0);
                        OK(evutil_timercmp(&last, &now, <=));
                        OK(now.tv_usec >= 0 && now.tv_usec < 1000000);
                        last = now;
                }
                evutil_monotonic_timer_free(timer);
        }
        evutil_monotonic_timer_free(NULL);
}

static void the_precise_clock_is_that_of_a_base(void **state)
{
        struct event_base *base = precise_base();
        struct evutil_monotonic_timer *timer = evutil_monotonic_timer_new();
        struct timeval now;
        int64_t before, after;

        (void)state;
        EQ(evutil_configure_monotonic_time(timer, EV_MONOT_PRECISE), 0);
        before = base_now_usec(base);
        EQ(evutil_gettime_monotonic(timer, &now), 0);
        after = base_now_usec(base);
        LASTS(usec_of(&now), before, after, before);
        event_base_free(base);
        evutil_monotonic_timer_free(timer);
}

/* --- random bytes -------------------------------------------------------------------------- */

static void random_bytes(void **state)
{
        unsigned char bytes[256], again[256];
        char device[] = "/dev/urandom";
        int distinct = 0;
        unsigned char seen[256] = {0};

        (void)state;
        EQ(evutil_secure_rng_init(), 0);
        EQ(evutil_secure_rng_init(), 0);
        EQ(evutil_secure_rng_set_urandom_device_file(device), -1); /* there is none to choose */
        memset(bytes, 0, sizeof bytes);
        evutil_secure_rng_get_bytes(bytes, sizeof bytes);
        evutil_secure_rng_get_bytes(again, sizeof again);
        OK(memcmp(bytes, again, sizeof bytes) != 0);
        for (int i = 0; i < 256; i++)
                distinct += !seen[bytes[i]]++;
        OK(distinct > 100); /* of 162 expected */
        evutil_secure_rng_add_bytes("seasoning", 9);
        bytes[255] = 42;
        evutil_secure_rng_get_bytes(bytes, 255);
        EQ(bytes[255], 42);
        evutil_secure_rng_get_bytes(bytes, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                ON_ANY(a_pair_of_sockets),
                ON_ANY(pairs_that_the_system_does_not_make),
                ON_ANY(flags_of_a_descriptor),
                ON_ANY(options_of_a_listening_socket),
                ON_REAL_ONLY(a_listener_that_waits_for_data),
                ON_ANY(a_descriptor_that_is_not_open),
                ON_ANY(errors_are_errno),
                ON_ANY(a_clock_of_ones_own),
                ON_ANY(the_precise_clock_is_that_of_a_base),
                ON_ANY(random_bytes),
        };

        return RUN(tests);
}
