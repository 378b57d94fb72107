/* SPDX-License-Identifier: BSD-3-Clause */
#include "world/arguments.h"

#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>

#include "os/os.h"

/* A number and its word; the last row has none. */
struct word {
        int64_t number;
        const char *word;
};

/* Two ints as the calls of sockets put them into one argument. */
#define PAIR(high, low) ((int64_t)(high) << 32 | (low))

static const struct word commands[] = {
        {F_GETFL, "F_GETFL"},
        {F_SETFL, "F_SETFL"},
        {F_GETFD, "F_GETFD"},
        {F_SETFD, "F_SETFD"},
        {F_DUPFD, "F_DUPFD"},
        {F_DUPFD_CLOEXEC, "F_DUPFD_CLOEXEC"},
        {0, NULL},
};

static const struct word clocks[] = {
        {OS_CLOCK_MONOTONIC, "monotonic"},
        {OS_CLOCK_MONOTONIC_COARSE, "monotonic, coarse"},
        {OS_CLOCK_REALTIME, "wall"},
        {0, NULL},
};

static const struct word directions[] = {
        {SHUT_RD, "SHUT_RD"}, {SHUT_WR, "SHUT_WR"}, {SHUT_RDWR, "SHUT_RDWR"}, {0, NULL}};

static const struct word signals[] = {
        {SIGINT, "SIGINT"},   {SIGTERM, "SIGTERM"}, {SIGHUP, "SIGHUP"},
        {SIGPIPE, "SIGPIPE"}, {SIGUSR1, "SIGUSR1"}, {SIGUSR2, "SIGUSR2"},
        {SIGCHLD, "SIGCHLD"}, {SIGALRM, "SIGALRM"}, {0, NULL},
};

static const struct word options[] = {
        {PAIR(SOL_SOCKET, SO_REUSEADDR), "SO_REUSEADDR"},
        {PAIR(SOL_SOCKET, SO_REUSEPORT), "SO_REUSEPORT"},
        {PAIR(SOL_SOCKET, SO_KEEPALIVE), "SO_KEEPALIVE"},
        {PAIR(SOL_SOCKET, SO_LINGER), "SO_LINGER"},
        {PAIR(SOL_SOCKET, SO_ERROR), "SO_ERROR"},
        {PAIR(SOL_SOCKET, SO_SNDBUF), "SO_SNDBUF"},
        {PAIR(SOL_SOCKET, SO_RCVBUF), "SO_RCVBUF"},
        {PAIR(SOL_SOCKET, SO_TYPE), "SO_TYPE"},
        {PAIR(IPPROTO_TCP, TCP_NODELAY), "TCP_NODELAY"},
        {PAIR(IPPROTO_IPV6, IPV6_V6ONLY), "IPV6_V6ONLY"},
        {0, NULL},
};

static const struct word families[] = {
        {AF_INET, "AF_INET"}, {AF_INET6, "AF_INET6"}, {AF_UNIX, "AF_UNIX"}, {0, NULL}};

static const struct word types[] = {{SOCK_STREAM, "SOCK_STREAM"},
                                    {SOCK_DGRAM, "SOCK_DGRAM"},
                                    {SOCK_SEQPACKET, "SOCK_SEQPACKET"},
                                    {0, NULL}};

static const char *find(const struct word *words, int64_t number)
{
        while (words->word != NULL && words->number != number)
                words++;
        return words->word;
}

/* Family, type and its flags. */
static bool write_socket(int64_t argument, char *text, size_t size)
{
        const int flags = SOCK_NONBLOCK | SOCK_CLOEXEC;
        const int type = (int)(uint32_t)argument;
        const char *family_word = find(families, argument >> 32);
        const char *type_word = find(types, type & ~flags);

        if (family_word == NULL || type_word == NULL)
                return false;
        (void)snprintf(text, size, "%s, %s%s%s", family_word, type_word,
                       (type & SOCK_NONBLOCK) != 0 ? "|NONBLOCK" : "",
                       (type & SOCK_CLOEXEC) != 0 ? "|CLOEXEC" : "");
        return true;
}

static const struct word *words_of(enum evsim_call call)
{
        switch (call) {
        case EVSIM_CALL_FCNTL:
                return commands;
        case EVSIM_CALL_CLOCK:
                return clocks;
        case EVSIM_CALL_SHUTDOWN:
                return directions;
        case EVSIM_CALL_SIGACTION:
        case EVSIM_CALL_KILL:
        case EVSIM_CALL_HANDLER:
                return signals;
        case EVSIM_CALL_SETSOCKOPT:
        case EVSIM_CALL_GETSOCKOPT:
                return options;
        default:
                return NULL;
        }
}

bool evsim_argument_words(enum evsim_call call, int64_t argument, char *text, size_t size)
{
        const struct word *words = words_of(call);
        const char *word = words != NULL ? find(words, argument) : NULL;

        if (call == EVSIM_CALL_SOCKET || call == EVSIM_CALL_SOCKETPAIR)
                return write_socket(argument, text, size);
        if (word != NULL)
                (void)snprintf(text, size, "%s", word);
        return word != NULL;
}
