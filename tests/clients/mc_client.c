/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Sets and then gets many keys in a memcached on 127.0.0.1 over many connections at once, and
 * checks every byte that comes back. A thread a connection with blocking sockets, and no event
 * library: the checker shares nothing with what is checked.
 *
 * Requests are pipelined in batches of changing size, some values fill several socket buffers, and
 * each key is read back by another connection than wrote it. No deadlock by pipelining: of a batch
 * either the requests (gets) or the replies (sets) fit into a socket buffer.
 *
 * usage: mc_client PORT CONNECTIONS KEYS
 * Errors and progress go to stderr, one summary line to stdout. Status 0: not one error.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { BIG_VALUE = 200000, SILENCE_S = 60, MAX_CONNECTIONS = 900 };

/* Two streams on one socket: stdio allows no change of direction within one where there is no
 * position. */
struct connection {
        FILE *in, *out;
};

struct worker {
        pthread_t thread;
        long number;
        struct connection server;
};

static long port, connections, keys;
static struct worker workers[MAX_CONNECTIONS];
static atomic_long done;

/* The first error alone is told: the lock on stderr is kept, and nothing is flushed to the server.
 */
static _Noreturn void die(const char *format, ...)
{
        va_list args;
        flockfile(stderr);
        va_start(args, format);
        fprintf(stderr, "mc_client: ");
        vfprintf(stderr, format, args);
        fprintf(stderr, "\n");
        _Exit(1);
}

static struct connection connect_to_server(void)
{
        struct sockaddr_in address = {.sin_family = AF_INET,
                                      .sin_port = htons((unsigned short)port)};
        struct timeval silence = {.tv_sec = SILENCE_S};
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) < 0)
                die("cannot connect to port %ld: %s", port, strerror(errno));
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &silence, sizeof silence);
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &silence, sizeof silence);
        struct connection server = {.in = fdopen(fd, "r"), .out = fdopen(dup(fd), "w")};
        if (server.in == NULL || server.out == NULL)
                die("fdopen: %s", strerror(errno));
        return server;
}

static void disconnect(struct connection *server)
{
        fclose(server->out);
        fclose(server->in);
}

/* Mixes a key's number, so that neighbours get unlike values. */
static uint64_t mix(long number)
{
        uint64_t x = (uint64_t)number * UINT64_C(0x9E3779B97F4A7C15);
        return x ^ (x >> 29);
}

/* The value of a key follows from its number alone: mostly 16 to 143 bytes, one in 8192 large.
 * Returns its length. */
static size_t make_value(long number, char *value)
{
        uint64_t seed = mix(number);
        size_t length = number % 8192 == 77 ? BIG_VALUE : 16 + (size_t)(seed % 128);
        for (size_t i = 0; i < length; i++) {
                seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
                value[i] = (char)(seed >> 56);
        }
        return length;
}

static void read_line(FILE *in, char *line, int size, const char *during)
{
        if (fgets(line, size, in) == NULL)
                die("%s: %s", during, feof(in) ? "server closed the connection" : strerror(errno));
        line[strcspn(line, "\r\n")] = '\0';
}

static void send_request(FILE *out, int get, long number, char *value)
{
        if (get) {
                fprintf(out, "get key:%ld\r\n", number);
                return;
        }
        size_t length = make_value(number, value);
        fprintf(out, "set key:%ld %ld 0 %zu\r\n", number, number % 65536, length);
        fwrite(value, 1, length, out);
        fputs("\r\n", out);
}

static void check_reply(FILE *in, int get, long number, char *value, char *got)
{
        char line[256], want[256];
        read_line(in, line, sizeof line, get ? "get" : "set");
        if (!get) {
                if (strcmp(line, "STORED") != 0)
                        die("set key:%ld: answered \"%s\"", number, line);
                return;
        }
        size_t length = make_value(number, value);
        snprintf(want, sizeof want, "VALUE key:%ld %ld %zu", number, number % 65536, length);
        if (strcmp(line, want) != 0)
                die("get key:%ld: answered \"%s\" instead of \"%s\"", number, line, want);
        if (fread(got, 1, length + 2, in) != length + 2)
                die("get key:%ld: the value ends early", number);
        if (memcmp(got, value, length) != 0 || memcmp(got + length, "\r\n", 2) != 0)
                die("get key:%ld: the value differs", number);
        read_line(in, line, sizeof line, "get");
        if (strcmp(line, "END") != 0)
                die("get key:%ld: ends with \"%s\"", number, line);
}

static void show_progress(int get, long finished)
{
        long step = keys / 5;
        long before = atomic_fetch_add(&done, finished);
        if (before / step != (before + finished) / step)
                fprintf(stderr, "  %s %ld of %ld\n", get ? "got" : "set", before + finished, keys);
}

/* One worker's share of the keys: first, first + connections, ... in batches of 1 to 64 requests.
 */
static void run_share(struct connection *server, int get, long first)
{
        static _Thread_local char value[BIG_VALUE], got[BIG_VALUE + 2];
        for (long next = first; next < keys;) {
                long sent = 0, batch = 1 + (long)(mix(next) % 64);
                for (; sent < batch && next + sent * connections < keys; sent++)
                        send_request(server->out, get, next + sent * connections, value);
                if (fflush(server->out) != 0)
                        die("cannot send: %s", strerror(errno));
                for (long i = 0; i < sent; i++)
                        check_reply(server->in, get, next + i * connections, value, got);
                next += sent * connections;
                show_progress(get, sent);
        }
}

static void *set_share(void *argument)
{
        struct worker *worker = argument;
        run_share(&worker->server, 0, worker->number);
        return NULL;
}

static void *get_share(void *argument)
{
        struct worker *worker = argument;
        run_share(&worker->server, 1, (worker->number + 1) % connections);
        return NULL;
}

/* Runs share on every connection at once and returns the requests a second. */
static double run_phase(void *(*share)(void *))
{
        struct timespec begin, end;
        atomic_store(&done, 0);
        clock_gettime(CLOCK_MONOTONIC, &begin);
        for (long i = 0; i < connections; i++)
                if (pthread_create(&workers[i].thread, NULL, share, &workers[i]) != 0)
                        die("cannot create thread %ld", i);
        for (long i = 0; i < connections; i++)
                pthread_join(workers[i].thread, NULL);
        clock_gettime(CLOCK_MONOTONIC, &end);
        if (atomic_load(&done) != keys)
                die("%ld requests instead of %ld", atomic_load(&done), keys);
        return (double)keys /
               ((double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9);
}

/* One figure of the server's own statistics. */
static long server_stat(struct connection *server, const char *name)
{
        char line[512], found_name[256];
        long found = -1, value;
        fputs("stats\r\n", server->out);
        fflush(server->out);
        for (;;) {
                read_line(server->in, line, sizeof line, "stats");
                if (strcmp(line, "END") == 0)
                        break;
                if (sscanf(line, "STAT %255s %ld", found_name, &value) == 2 &&
                    strcmp(found_name, name) == 0)
                        found = value;
        }
        return found;
}

static void expect_stat(struct connection *server, const char *name, long expected)
{
        long found = server_stat(server, name);
        if (found != expected)
                die("the server counts %s %ld instead of %ld", name, found, expected);
}

/* The server sees a connection open or end a moment after we did, so this figure alone is waited
 * for. */
static void wait_for_connections(struct connection *server, long expected)
{
        struct timespec pause = {.tv_nsec = 10000000};
        for (int tries = 0; tries < 1000; tries++) {
                if (server_stat(server, "curr_connections") == expected)
                        return;
                nanosleep(&pause, NULL);
        }
        expect_stat(server, "curr_connections", expected);
}

static void check_stats(struct connection *control)
{
        expect_stat(control, "cmd_set", keys);
        expect_stat(control, "cmd_get", keys);
        expect_stat(control, "get_hits", keys);
        expect_stat(control, "get_misses", 0);
        expect_stat(control, "curr_items", keys);
        expect_stat(control, "evictions", 0);
        expect_stat(control, "threads", 4);
}

int main(int argc, char **argv)
{
        port = argc == 4 ? atol(argv[1]) : 0;
        connections = argc == 4 ? atol(argv[2]) : 0;
        keys = argc == 4 ? atol(argv[3]) : 0;
        if (port < 1 || port > 65535 || connections < 1 || connections > MAX_CONNECTIONS ||
            keys < connections)
                die("usage: mc_client PORT CONNECTIONS(1..%d) KEYS", MAX_CONNECTIONS);

        struct connection control = connect_to_server();
        long idle = server_stat(&control, "curr_connections");
        for (long i = 0; i < connections; i++)
                workers[i] = (struct worker){.number = i, .server = connect_to_server()};
        wait_for_connections(&control, idle + connections);

        double sets = run_phase(set_share);
        double gets = run_phase(get_share);
        check_stats(&control);

        for (long i = 0; i < connections; i++)
                disconnect(&workers[i].server);
        wait_for_connections(&control, idle);
        disconnect(&control);
        printf("%ld keys over %ld connections, %.0f sets/s, %.0f gets/s, no error\n", keys,
               connections, sets, gets);
        return 0;
}
