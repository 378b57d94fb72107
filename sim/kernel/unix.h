/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Unix sockets: what their files share, and the kernel asks.
 *
 *   unix.c         a socket: connections, readiness, its end
 *   unix_name.c    names
 *   unix_queue.c   what was sent to a socket and not read yet
 *   unix_stream.c  bytes without boundaries
 *   unix_packet.c  packets
 */
#ifndef EVIDENT_SIM_UNIX_H
#define EVIDENT_SIM_UNIX_H

#include <sys/un.h>

#include "kernel/socket.h"

struct evsim_unix;

/* A name of the host's. A path's stays when its socket is gone, until it is unlinked. */
struct evsim_unix_name {
        struct evi_link link;      /* in host.unix_names; in no list: it was unlinked */
        struct evsim_unix *socket; /* that is bound to it; NULL: none any more */
        int refs;                  /* the list, the bound socket, and those accepted of it */
        socklen_t len;             /* of address */
        struct sockaddr_un address;
};

/* What was sent by one send, or a part of it. */
struct evsim_unix_message {
        struct evsim_unix_message *next;
        struct evsim_unix *sender;    /* that is charged for it; a reference */
        struct evsim_unix_name *from; /* NULL: it has no name; a reference */
        int charge;                   /* what it takes of the sender's buffer */
        uint32_t len;
        uint32_t at; /* bytes before were read */
        unsigned char data[];
};

enum evsim_unix_state { EVSIM_UNIX_CLOSED, EVSIM_UNIX_LISTENING, EVSIM_UNIX_CONNECTED };

struct evsim_unix {
        struct evsim_socket socket; /* first */
        int refs;                   /* the file; peers that point here; messages that it has sent */
        enum evsim_unix_state state;
        bool is_dead;                 /* its file is gone */
        struct evsim_unix_name *name; /* NULL: none */
        struct evsim_unix *peer;      /* a reference; NULL: none */

        /* What was sent to it, and what it has sent that was not read yet. */
        struct evsim_unix_message *first;
        struct evsim_unix_message *last;
        int nmessages;
        int64_t nbytes;
        int charged;

        /* A listening one: connections that were not accepted. */
        struct evi_link pending;
        struct evi_link pending_link; /* of one that waits in such a list */
        int npending;
        int backlog;

        struct evi_link sleepers; /* tasks that wait until it has room */
        struct evi_link blocked;  /* datagram sockets that found it full */
        struct evi_link blocked_link;
};

static inline struct evsim_unix *evsim_unix_of(struct evsim_socket *s)
{
        return (struct evsim_unix *)(void *)s;
}

static inline bool evsim_unix_is_connecting(const struct evsim_unix *u)
{
        return u->socket.type != SOCK_DGRAM;
}

/* unix.c */
struct evsim_unix *evsim_unix_new(struct evsim_host *host, int type, int protocol);
void evsim_unix_pair(struct evsim_unix *a, struct evsim_unix *b);
void evsim_unix_ref(struct evsim_unix *u);
void evsim_unix_unref(struct evsim_unix *u);

/* unix_name.c */
int evsim_unix_bind(struct evsim_socket *s, const struct sockaddr *address, socklen_t len);
/* Whether it is an address at all: 0 or -EINVAL. */
int evsim_unix_check_address(const struct sockaddr *address, socklen_t len);
/* The socket of this name that can be connected with u, or sent to by it; NULL: -errno in *error.
 */
struct evsim_unix *evsim_unix_find(struct evsim_unix *u, const struct sockaddr *address,
                                   socklen_t len, int *error);
void evsim_unix_name_ref(struct evsim_unix_name *name);
void evsim_unix_name_unref(struct evsim_host *host, struct evsim_unix_name *name);
/* u ends, and its name is nobody's. */
void evsim_unix_unbind(struct evsim_unix *u);
/* unlink(2) of a socket's path: 0 or -ENOENT. */
int evsim_unix_unlink(struct evsim_host *host, const char *path);

/* unix_queue.c */
enum { EVSIM_UNIX_PAGE = 4096, EVSIM_UNIX_LINE = 64 };
/* What a message of len bytes takes when linear of them at most go into one buffer and the rest
 * into pages. */
int evsim_unix_charge(size_t len, size_t linear, size_t paged_max);
/* The sender has that much of its buffer again. */
void evsim_unix_give_back(struct evsim_unix *sender, int charge);
void evsim_unix_append(struct evsim_unix *to, struct evsim_unix *from, const unsigned char *bytes,
                       size_t len, int charge);
void evsim_unix_drop_first(struct evsim_unix *u);
/* All that was sent to it is lost. */
void evsim_unix_drop_messages(struct evsim_unix *u);
/* The message's sender is told to who reads it, if it has a name. */
void evsim_unix_tell_sender(const struct evsim_unix_message *message, struct evsim_message *m);
/* Whether a quarter of the send buffer at most is in use: POLLOUT. */
bool evsim_unix_is_writable(const struct evsim_unix *u);

/* unix_stream.c */
ssize_t evsim_unix_send_stream(struct evsim_socket *s, struct evsim_message *m);
ssize_t evsim_unix_recv_stream(struct evsim_socket *s, struct evsim_message *m);

/* unix_packet.c */
ssize_t evsim_unix_send_packet(struct evsim_socket *s, struct evsim_message *m);
ssize_t evsim_unix_recv_packet(struct evsim_socket *s, struct evsim_message *m);
/* Whether a datagram must wait until to has read some; from is then told of it. */
bool evsim_unix_is_full_for(struct evsim_unix *to, struct evsim_unix *from);
/* A datagram socket has no peer any more, and loses what it was sent, of which that peer learns. */
void evsim_unix_disconnect(struct evsim_unix *u);
/* Those that found it full look again. */
void evsim_unix_wake_blocked(struct evsim_unix *u);

#endif
