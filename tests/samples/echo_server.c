/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A TCP echo server on raw descriptors: sends everybody back what they send, until SIGINT.
 *
 * The heart of it is when to listen for what. A socket is nearly always writable, so an EV_WRITE
 * event that is always added would keep the loop spinning: it is added only while bytes wait that
 * the kernel did not take. Meanwhile EV_READ is off, so that a client who sends and never reads
 * cannot fill our memory.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include <event2/event.h>
#include <event2/event_struct.h>

/* The events are part of the client (event_assign, not event_new): one allocation, nothing half
 * made. */
struct client {
        LIST_ENTRY(client) entry;
        struct event readable, writable;
        char bytes[16384], *next; /* the next byte to be sent, */
        size_t waiting;           /* and how many wait from there on */
};

static LIST_HEAD(, client) clients = LIST_HEAD_INITIALIZER(clients);

static void drop(struct client *client)
{
        event_del(&client->readable);
        event_del(&client->writable);
        evutil_closesocket(event_get_fd(&client->readable)); /* only after its events are out */
        LIST_REMOVE(client, entry);
        free(client);
}

/* From now on next is waited for and other is not. To delete what is not added is allowed. */
static void wait_for(struct client *client, struct event *next, struct event *other)
{
        event_del(other);
        if (event_add(next, NULL) != 0)
                drop(client);
}

/* Either there is room for more bytes or there are more bytes: both go on with sending. */
static void on_ready(evutil_socket_t fd, short what, void *argument)
{
        struct client *client = argument;
        ssize_t moved = 1; /* 0: the client has closed, -1: errno says why not */
        if (what & EV_READ) {
                moved = recv(fd, client->bytes, sizeof client->bytes, 0);
                client->next = client->bytes;
                client->waiting = moved > 0 ? (size_t)moved : 0;
        }
        while (moved > 0 && client->waiting > 0) {
                moved = send(fd, client->next, client->waiting, MSG_NOSIGNAL);
                client->next += moved > 0 ? moved : 0;
                client->waiting -= moved > 0 ? (size_t)moved : 0;
        }
        if (moved == 0 || (moved < 0 && errno != EAGAIN && errno != EINTR))
                drop(client);
        else if (client->waiting > 0)
                wait_for(client, &client->writable, &client->readable);
        else
                wait_for(client, &client->readable, &client->writable);
}

static void on_connection(evutil_socket_t listener, short what, void *base)
{
        evutil_socket_t fd = accept(listener, NULL, NULL);
        (void)what;
        if (fd < 0)
                return; /* gone again, or no descriptor is free: the loop asks again */
        struct client *client = calloc(1, sizeof *client);
        if (client == NULL) {
                evutil_closesocket(fd);
                return;
        }
        evutil_make_socket_nonblocking(fd);
        event_assign(&client->readable, base, fd, EV_READ | EV_PERSIST, on_ready, client);
        event_assign(&client->writable, base, fd, EV_WRITE | EV_PERSIST, on_ready, client);
        LIST_INSERT_HEAD(&clients, client, entry);
        wait_for(client, &client->readable, &client->writable);
}

static void on_interrupt(evutil_socket_t signal_number, short what, void *base)
{
        (void)signal_number, (void)what;
        event_base_loopbreak(base);
}

int main(int argc, char **argv)
{
        struct sockaddr_in address = {.sin_family = AF_INET}; /* port 0: the kernel chooses */
        struct sockaddr *any = (struct sockaddr *)&address;
        socklen_t size = sizeof address;
        int length = sizeof address;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        evutil_socket_t listener = socket(AF_INET, SOCK_STREAM, 0);
        if (argc > 2 || (argc == 2 && evutil_parse_sockaddr_port(argv[1], any, &length) != 0) ||
            listener < 0 || evutil_make_listen_socket_reuseable(listener) != 0 ||
            evutil_make_socket_nonblocking(listener) != 0 || bind(listener, any, size) != 0 ||
            listen(listener, 128) != 0 || getsockname(listener, any, &size) != 0) {
                fprintf(stderr, "%s: %s\nusage: %s [ADDRESS:PORT]\n", argv[0], strerror(errno),
                        argv[0]);
                return 1;
        }
        struct event_base *base = event_base_new();
        if (base == NULL) {
                fprintf(stderr, "%s: cannot make an event base\n", argv[0]);
                return 1;
        }
        struct event connection, interrupt;
        event_assign(&connection, base, listener, EV_READ | EV_PERSIST, on_connection, base);
        evsignal_assign(&interrupt, base, SIGINT, on_interrupt, base);
        event_add(&connection, NULL);
        event_add(&interrupt, NULL);
        char name[INET_ADDRSTRLEN];
        printf("listening on %s:%d\n",
               evutil_inet_ntop(AF_INET, &address.sin_addr, name, sizeof name),
               ntohs(address.sin_port));
        fflush(stdout);
        int result = event_base_dispatch(base); /* 1, no events, if they could not be added */

        while (!LIST_EMPTY(&clients))
                drop(LIST_FIRST(&clients));
        event_del(&connection);
        event_del(&interrupt);
        evutil_closesocket(listener);
        event_base_free(base);
        return result == 0 ? 0 : 1;
}
