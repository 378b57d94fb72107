/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A world with a network: a server that echoes streams and answers datagrams, and two clients, over
 * links that delay, lose, double and reorder, with a partition on the way. Each host has another
 * kernel. Nothing is required of them but to do the same everywhere.
 */
#include "network.h"

#include <errno.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <evident/sim_calls.h>

#define MS INT64_C(1000000)

enum { PORT = 80, MESSAGE_MAX = 3000 };

static struct evsim_host *server;

static struct sockaddr_in address_of(uint32_t address)
{
        struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(PORT)};

        in.sin_addr.s_addr = address;
        return in;
}

static int open_socket(int type)
{
        return evsim_socket(AF_INET, type | SOCK_NONBLOCK, 0);
}

/* Frees the event that runs, and closes its descriptor. */
static void leave(struct event_base *base, evutil_socket_t fd)
{
        event_free(event_base_get_running_event(base));
        evsim_close(fd);
}

/* ---- The server --------------------------------------------------------------------------------
 */

static void echo(evutil_socket_t fd, short what, void *base)
{
        char bytes[MESSAGE_MAX];
        const ssize_t n = evsim_recv(fd, bytes, sizeof bytes, 0);

        (void)what;
        if (n > 0)
                (void)evsim_send(fd, bytes, (size_t)n, MSG_NOSIGNAL);
        else if (n == 0 || (errno != EAGAIN && errno != EINTR))
                leave(base, fd);
}

static void answer(evutil_socket_t fd, short what, void *base)
{
        struct sockaddr_in from;
        socklen_t size = sizeof from;
        char bytes[MESSAGE_MAX];
        const ssize_t n =
                evsim_recvfrom(fd, bytes, sizeof bytes, 0, (struct sockaddr *)&from, &size);

        (void)what;
        (void)base;
        if (n >= 0)
                (void)evsim_sendto(fd, bytes, (size_t)n, 0, (struct sockaddr *)&from, size);
}

static void listen_in(struct event_base *base, int fd, event_callback_fn callback)
{
        struct event *event = event_new(base, fd, EV_READ | EV_PERSIST, callback, base);

        if (event == NULL)
                evsim_close(fd);
        else if (event_add(event, NULL) != 0)
                event_free(event);
}

static void on_connection(evutil_socket_t listener, short what, void *base)
{
        const int fd = evsim_accept4(listener, NULL, NULL, SOCK_NONBLOCK);

        (void)what;
        if (fd >= 0)
                listen_in(base, fd, echo);
}

static void run_server(void *arg)
{
        const struct sockaddr_in any = address_of(htonl(INADDR_ANY));
        struct event_base *base = event_base_new();
        const int listener = open_socket(SOCK_STREAM);
        const int datagrams = open_socket(SOCK_DGRAM);

        (void)arg;
        if (base == NULL || listener < 0 || datagrams < 0)
                return;
        (void)evsim_bind(listener, (const struct sockaddr *)&any, sizeof any);
        (void)evsim_bind(datagrams, (const struct sockaddr *)&any, sizeof any);
        (void)evsim_listen(listener, 2);
        listen_in(base, listener, on_connection);
        listen_in(base, datagrams, answer);
        event_base_dispatch(base);
}

/* ---- A client ----------------------------------------------------------------------------------
 */

static void hear(evutil_socket_t fd, short what, void *base)
{
        char bytes[MESSAGE_MAX];
        const ssize_t n = evsim_recv(fd, bytes, sizeof bytes, 0);

        (void)what;
        evsim_note("heard %d", (int)n);
        if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
                event_base_loopbreak(base);
}

/* Says something of a size that the world chooses, after a pause that it chooses, ten times. */
static void talk(struct event_base *base, int fd)
{
        static const char bytes[MESSAGE_MAX];

        for (int i = 0; i < 10; i++) {
                const int64_t pause_us = evsim_amount("pause", 2000000);
                const struct timeval pause = {(time_t)(pause_us / 1000000),
                                              (suseconds_t)(pause_us % 1000000)};

                (void)evsim_send(fd, bytes, evsim_choose("size", MESSAGE_MAX), MSG_NOSIGNAL);
                event_base_loopexit(base, &pause);
                event_base_dispatch(base);
        }
}

static void run_client(void *arg)
{
        const struct sockaddr_in there = address_of(evsim_host_address(server));
        struct event_base *base = event_base_new();
        const int fd = open_socket(arg != NULL ? SOCK_STREAM : SOCK_DGRAM);
        struct event *event;

        if (base == NULL || fd < 0)
                return;
        (void)evsim_connect(fd, (const struct sockaddr *)&there, sizeof there);
        event = event_new(base, fd, EV_READ | EV_PERSIST, hear, base);
        if (event != NULL && event_add(event, NULL) == 0)
                talk(base, fd);
        if (event != NULL)
                event_free(event);
        evsim_close(fd);
        event_base_free(base);
}

/* ---- The world ---------------------------------------------------------------------------------
 */

static void part(void *arg)
{
        struct evsim_host *host = arg;

        evsim_sleep_ns(MS * evsim_amount("part.when", 10000));
        evsim_partition(host, server, evsim_choose("part.oneway", 2) != 0);
        evsim_sleep_ns(MS * evsim_amount("part.length", 10000));
        evsim_heal(host, server);
        if (evsim_choose("reset", 2) != 0)
                evsim_reset_connections(host, server);
}

void network_populate(struct evsim_world *world, const struct evsim_trouble *trouble)
{
        static const enum evsim_kernel kernels[] = {EVSIM_KERNEL_LINUX, EVSIM_KERNEL_FREEBSD,
                                                    EVSIM_KERNEL_SOLARIS};
        static const char *const names[] = {"server", "stream", "datagrams"};
        static const struct evsim_link link = {.latency_ns = 10 * MS,
                                               .jitter_ns = 20 * MS,
                                               .bandwidth = 100000,
                                               .loss = 50000,
                                               .duplication = 50000,
                                               .reordering = 50000};
        struct evsim_host_config config = evsim_host_defaults();
        struct evsim_host *hosts[3];

        evsim_world_set_link(world, &link);
        for (int i = 0; i < 3; i++) {
                config.kernel = kernels[i];
                hosts[i] = evsim_host_new(world, names[i], &config);
                if (trouble != NULL)
                        evsim_host_trouble(hosts[i], trouble);
        }
        server = hosts[0];
        evsim_task_set_daemon(evsim_task_new(server, "main", run_server, NULL));
        evsim_task_new(hosts[1], "main", run_client, hosts[1]);
        evsim_task_new(hosts[2], "main", run_client, NULL);
        evsim_task_new(hosts[1], "weather", part, hosts[1]);
}
