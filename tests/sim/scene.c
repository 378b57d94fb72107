/* SPDX-License-Identifier: BSD-3-Clause */
#include "scene.h"

struct evsim_world *world;
struct evsim_host *a;
struct evsim_host *b;

int enter_scene(void **state)
{
        struct evsim_world_config config = evsim_world_defaults();

        (void)state;
        config.call_cost_ns = 0;
        world = evsim_world_new(&config);
        a = evsim_host_new(world, "a", NULL);
        b = evsim_host_new(world, "b", NULL);
        evsim_enter(a);
        return 0;
}

int leave_scene(void **state)
{
        (void)state;
        assert_int_equal(evsim_host_descriptors(a), 0);
        evsim_leave();
        evsim_world_free(world);
        return 0;
}

int64_t now_ns(void)
{
        return evsim_world_now_ns(world);
}

int ready(int fd)
{
        struct pollfd entry = {.fd = fd, .events = POLLIN | POLLPRI | POLLOUT | POLLRDHUP};

        assert_in_range(evsim_poll(&entry, 1, 0), 0, 1);
        return entry.revents;
}

int await(int fd, int bits)
{
        struct pollfd entry = {.fd = fd, .events = (short)bits};

        assert_int_equal(evsim_poll(&entry, 1, 60000), 1);
        return entry.revents;
}

int watch_edges(int fd)
{
        struct epoll_event event = {
                .events =
                        (uint32_t)(EPOLLIN | EPOLLPRI | EPOLLOUT | EPOLLRDHUP) | (uint32_t)EPOLLET,
        };
        const int epfd = evsim_epoll_create1(0);

        assert_true(epfd >= 0);
        assert_int_equal(evsim_epoll_ctl(epfd, EPOLL_CTL_ADD, fd, &event), 0);
        (void)edge(epfd);
        return epfd;
}

int edge(int epfd)
{
        struct epoll_event event = {.events = 0};

        return evsim_epoll_wait(epfd, &event, 1, 0) == 1 ? (int)event.events : 0;
}

void close_all(int w, int x, int y, int z)
{
        const int fds[] = {w, x, y, z};

        for (int i = 0; i < 4; i++)
                if (fds[i] >= 0)
                        assert_int_equal(evsim_close(fds[i]), 0);
}

int socket_error(int fd)
{
        int error = -1;
        socklen_t len = sizeof error;

        assert_int_equal(evsim_getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len), 0);
        return error;
}

struct sockaddr_in address_of(const struct evsim_host *host, uint16_t port)
{
        return (struct sockaddr_in){
                .sin_family = AF_INET,
                .sin_port = htons(port),
                .sin_addr.s_addr = host != NULL ? evsim_host_address(host) : htonl(INADDR_LOOPBACK),
        };
}

int tcp_socket(void)
{
        const int fd = evsim_socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

        assert_true(fd >= 0);
        return fd;
}

int udp_socket(void)
{
        const int fd = evsim_socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);

        assert_true(fd >= 0);
        return fd;
}

static void bind_to_any(int fd, uint16_t port)
{
        struct sockaddr_in any = address_of(NULL, port);

        any.sin_addr.s_addr = htonl(INADDR_ANY);
        assert_int_equal(evsim_bind(fd, (struct sockaddr *)&any, sizeof any), 0);
}

int tcp_listener(uint16_t port, int backlog)
{
        const int fd = tcp_socket();

        bind_to_any(fd, port);
        assert_int_equal(evsim_listen(fd, backlog), 0);
        return fd;
}

int udp_bound(uint16_t port)
{
        const int fd = udp_socket();

        bind_to_any(fd, port);
        return fd;
}

int connect_to(int fd, const struct evsim_host *host, uint16_t port)
{
        const struct sockaddr_in address = address_of(host, port);

        return evsim_connect(fd, (const struct sockaddr *)&address, sizeof address);
}

void tcp_pair(int fds[2])
{
        const int listener = tcp_listener(7000, 1);

        fds[0] = tcp_socket();
        assert_int_equal(connect_to(fds[0], NULL, 7000), -1);
        assert_int_equal(errno, EINPROGRESS);
        assert_int_equal(connect_to(fds[0], NULL, 7000), 0);
        fds[1] = evsim_accept4(listener, NULL, NULL, SOCK_NONBLOCK);
        assert_true(fds[1] >= 0);
        assert_int_equal(evsim_close(listener), 0);
}
