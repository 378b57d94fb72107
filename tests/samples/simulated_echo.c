/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The echo server (echo_server.c, unchanged) and two clients on three simulated hosts, over a network
 * that loses, delays and parts: what to write to simulate a server of your own.
 *
 *     simulated_echo [--seeds N]     N different worlds; how much virtual time in how much real time
 *     simulated_echo --trace SEED    one world, with the lines of its trace
 *
 * The server is compiled with evident/sim_posix.h before its first line and main renamed, so that its
 * sockets are simulated ones (CMakeLists.txt). A client is a state machine on the event API like any
 * other: it connects, says a sentence, waits for it to come back; and when the connection breaks or
 * nothing is heard for too long, it tries again after a while. What must hold is said by
 * evsim_require(): that what comes back is what was sent, and (by the world itself) that everybody
 * comes to an end.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <event2/event.h>
#include <evident/sim.h>
#include <evident/sim_calls.h>

#define SECOND INT64_C(1000000000)
#define MS     INT64_C(1000000)
#define PORT   7777

enum { SENTENCES = 20, SENTENCE_MAX = 4000 };

int echo_server_main(int argc, char **argv);

/* ---- The client --------------------------------------------------------------------------------
 */

struct client {
        struct evsim_world *world;
        struct evsim_host *server;
        struct event_base *base;
        struct event *ready, *retry;
        evutil_socket_t fd;
        int number; /* of the sentence that is said, from 0 */
        size_t sent, heard;
        int attempts;
};

/* The i-th byte of a sentence, and how long it is: nothing that must be stored. */
static char byte_of(int number, size_t i)
{
        return (char)('a' + (number + (int)i) % 26);
}

static size_t length_of(int number)
{
        return (size_t)(number * number * 60 + 1) % SENTENCE_MAX;
}

static void connect_to_server(evutil_socket_t fd, short what, void *arg);

static void hang_up(struct client *client)
{
        event_free(client->ready);
        evutil_closesocket(client->fd);
        client->ready = NULL;
}

/* The sentence has to be said anew, on another connection. */
static void try_again(struct client *client)
{
        const struct timeval pause = {.tv_sec = 1 + client->attempts % 4};

        hang_up(client);
        client->sent = client->heard = 0;
        event_add(client->retry, &pause);
}

static void say(struct client *client)
{
        char bytes[256];
        size_t length = length_of(client->number) - client->sent;
        ssize_t n;

        if (length > sizeof bytes)
                length = sizeof bytes;
        for (size_t i = 0; i < length; i++)
                bytes[i] = byte_of(client->number, client->sent + i);
        n = evsim_send(client->fd, bytes, length, MSG_NOSIGNAL);
        client->sent += n > 0 ? (size_t)n : 0;
}

/* False when the connection has ended. */
static int listen_to(struct client *client)
{
        char bytes[256];
        ssize_t n;

        while ((n = evsim_recv(client->fd, bytes, sizeof bytes, 0)) > 0)
                for (ssize_t i = 0; i < n; i++)
                        evsim_require(client->world,
                                      bytes[i] == byte_of(client->number, client->heard++),
                                      "what comes back is what was sent");
        return n < 0 && (errno == EAGAIN || errno == EINTR);
}

/* Waits for what the client needs next, for at most ten seconds. */
static void go_on(struct client *client)
{
        const struct timeval patience = {.tv_sec = 10};
        const int is_said = client->sent == length_of(client->number);
        const short what = is_said ? EV_READ : EV_READ | EV_WRITE;

        event_del(client->ready);
        event_assign(client->ready, client->base, client->fd, what,
                     event_get_callback(client->ready), client);
        event_add(client->ready, &patience);
}

static void on_ready(evutil_socket_t fd, short what, void *arg)
{
        struct client *client = arg;

        (void)fd;
        if ((what & EV_READ) && !listen_to(client)) {
                try_again(client);
                return;
        }
        if (what == EV_TIMEOUT) {
                try_again(client);
                return;
        }
        if (what & EV_WRITE)
                say(client);
        if (client->heard == length_of(client->number)) {
                evsim_note("sentence %d came back", client->number);
                client->number++;
                client->sent = client->heard = 0;
        }
        if (client->number == SENTENCES)
                hang_up(client);
        else
                go_on(client);
}

static void connect_to_server(evutil_socket_t unused, short what, void *arg)
{
        struct client *client = arg;
        struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(PORT)};

        (void)unused;
        (void)what;
        address.sin_addr.s_addr = evsim_host_address(client->server);
        client->attempts++;
        client->fd = evsim_socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        client->ready = event_new(client->base, client->fd, EV_WRITE, on_ready, client);
        if (evsim_connect(client->fd, (struct sockaddr *)&address, sizeof address) == 0 ||
            errno == EINPROGRESS)
                go_on(client);
        else
                try_again(client);
}

static void run_client(void *arg)
{
        struct client *client = arg;

        client->base = event_base_new();
        client->retry = event_new(client->base, -1, 0, connect_to_server, client);
        connect_to_server(-1, 0, client);
        event_base_dispatch(client->base);
        evsim_require(client->world, client->number == SENTENCES, "the client is heard to the end");
        event_free(client->retry);
        event_base_free(client->base);
}

/* ---- The world ---------------------------------------------------------------------------------
 */

static void run_server(void *arg)
{
        char name[] = "echo_server", where[] = "0.0.0.0:7777";
        char *argv[] = {name, where, NULL};

        (void)arg;
        (void)echo_server_main(2, argv);
}

struct town {
        struct evsim_host *server;
        struct evsim_host *hosts[2];
        struct client clients[2];
};

/* Bad weather, now and then; and in the end the server is told to stop. */
static void run_weather(void *arg)
{
        struct town *town = arg;
        struct evsim_task *tasks[2];

        for (int i = 0; i < 2; i++)
                tasks[i] = evsim_task_new(town->hosts[i], "client", run_client, &town->clients[i]);
        for (uint32_t storms = evsim_choose("storms", 4); storms > 0; storms--) {
                struct evsim_host *host = town->hosts[evsim_choose("storm.where", 2)];

                evsim_sleep_ns(MS * evsim_amount("storm.pause", 4000));
                evsim_partition(host, town->server, false);
                evsim_sleep_ns(MS * evsim_amount("storm.length", 60000));
                evsim_heal(host, town->server);
        }
        for (int i = 0; i < 2; i++)
                evsim_task_join(tasks[i]);
        evsim_host_signal(town->server, SIGINT);
}

/* One world with this seed. Returns how it ended. */
static enum evsim_outcome run_world(uint64_t seed, int has_trace, int64_t *virtual_ns)
{
        struct evsim_world_config config = evsim_world_defaults();
        const struct evsim_link link = {
                .latency_ns = SECOND / 100, .jitter_ns = SECOND / 50, .loss = 50000};
        struct town town = {0};
        struct evsim_world *world;
        enum evsim_outcome outcome;

        config.seed = seed;
        config.has_trace = has_trace;
        config.time_limit_ns = 3600 * SECOND;
        world = evsim_world_new(&config);
        evsim_world_set_link(world, &link);
        town.server = evsim_host_new(world, "server", NULL);
        town.hosts[0] = evsim_host_new(world, "ann", NULL);
        town.hosts[1] = evsim_host_new(world, "bob", NULL);
        for (int i = 0; i < 2; i++)
                town.clients[i] = (struct client){.world = world, .server = town.server};
        evsim_task_new(town.server, "echo", run_server, NULL);
        evsim_task_new(town.server, "weather", run_weather, &town);
        outcome = evsim_world_run(world);
        *virtual_ns = evsim_world_now_ns(world);
        if (has_trace)
                evsim_world_print_trace(world, stdout);
        if (outcome != EVSIM_DONE)
                printf("seed %llu: %s", (unsigned long long)seed, evsim_world_report(world));
        evsim_world_free(world);
        return outcome;
}

static double real_seconds(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int run_many(unsigned long seeds, const char *program)
{
        const double begun = real_seconds();
        double virtual_s = 0;
        double real_s;
        int64_t virtual_ns;

        for (unsigned long seed = 1; seed <= seeds; seed++) {
                if (run_world(seed, 0, &virtual_ns) != EVSIM_DONE) {
                        printf("to see it again: %s --trace %lu\n", program, seed);
                        return 1;
                }
                virtual_s += (double)virtual_ns / 1e9;
        }
        real_s = real_seconds() - begun;
        printf("%lu worlds of three hosts: %.1f hours of virtual time in %.2f s, %.0f times as "
               "fast\n",
               seeds, virtual_s / 3600, real_s, virtual_s / real_s);
        return 0;
}

int main(int argc, char **argv)
{
        int64_t virtual_ns;

        if (argc == 3 && strcmp(argv[1], "--trace") == 0)
                return run_world(strtoull(argv[2], NULL, 10), 1, &virtual_ns) != EVSIM_DONE;
        if (argc == 3 && strcmp(argv[1], "--seeds") == 0)
                return run_many(strtoul(argv[2], NULL, 10), argv[0]);
        if (argc == 1)
                return run_many(100, argv[0]);
        fprintf(stderr, "usage: %s [--seeds N | --trace SEED]\n", argv[0]);
        return 2;
}
