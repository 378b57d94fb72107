/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Sockets: what all families have in common.
 *
 * A socket is a file with a second table of operations, one a family and type. These never sleep:
 * what would block answers -EAGAIN, and the functions here wait and try again, as the flags of the
 * file and of the call have it. Errors that wait for the program (SO_ERROR) and which directions are
 * shut stand here, since readiness, options and the facts for kqueue are made of them.
 */
#ifndef EVIDENT_SIM_SOCKET_H
#define EVIDENT_SIM_SOCKET_H

#include <sys/socket.h>

#include "kernel/file.h"
#include "kernel/host.h"

/* Which directions are shut, as bits of evsim_socket.shut. */
enum { EVSIM_SHUT_READ = 1, EVSIM_SHUT_WRITE = 2, EVSIM_SHUT_BOTH = 3 };

/* What evsim_file_notify() says when a kernel wakes without naming a reason: everybody looks. */
#define EVSIM_POLL_ALL \
        ((unsigned)(POLLIN | POLLPRI | POLLOUT | POLLERR | POLLHUP) | (unsigned)EVSIM_POLLRDHUP)

struct evsim_socket;

/* One transfer. */
struct evsim_message {
        const unsigned char *bytes;       /* to be sent; of a receiver NULL */
        unsigned char *room;              /* to be filled */
        size_t len;                       /* of either */
        int flags;                        /* MSG_*; MSG_DONTWAIT also if the file is O_NONBLOCK */
        struct sockaddr_storage *address; /* to whom, or room for from whom; NULL: none */
        socklen_t address_len;            /* of what stands there */
        int flags_out;                    /* MSG_TRUNC, MSG_EOR of what was received */
        bool wants_address;               /* of who has sent it */
};

struct evsim_socket_ops {
        bool is_stream; /* without message boundaries */

        /* As the manual pages of section 2 have them, but for sleeping; 0 or -errno. connect:
         * -EINPROGRESS is for a blocking call to wait for POLLOUT and the error; where it is
         * -EAGAIN, busy_peer is set, and the call waits there and tries again. */
        int (*bind)(struct evsim_socket *s, const struct sockaddr *address, socklen_t len);
        int (*listen)(struct evsim_socket *s, int backlog);
        int (*connect)(struct evsim_socket *s, const struct sockaddr *address, socklen_t len);
        /* The next connection, with the reference of its file; or -errno in *error. */
        struct evsim_socket *(*accept)(struct evsim_socket *s, int *error);
        int (*shutdown)(struct evsim_socket *s, unsigned directions);
        /* Stores the own or the peer's address; its length, or -errno. */
        int (*name)(struct evsim_socket *s, bool is_peer, struct sockaddr_storage *address);
        ssize_t (*send)(struct evsim_socket *s, struct evsim_message *m);
        ssize_t (*recv)(struct evsim_socket *s, struct evsim_message *m);
        /* A fault: the connection breaks with this error, which the call reports. False where it
         * cannot break. */
        bool (*break_off)(struct evsim_socket *s, int error);

        /* Options of the family's own levels, all ints; -ENOPROTOOPT. NULL: none. */
        /* SO_KEEPALIVE has changed. NULL: that is nothing to it. */
        void (*keep_alive)(struct evsim_socket *s);
        int (*set_option)(struct evsim_socket *s, int level, int name, int value);
        int (*get_option)(struct evsim_socket *s, int level, int name, int *value);
};

struct evsim_socket {
        struct evsim_file file; /* first */
        const struct evsim_socket_ops *ops;
        int domain;
        int type;
        int protocol;
        int error;     /* SO_ERROR */
        unsigned shut; /* EVSIM_SHUT_* */
        bool is_listening;
        bool may_reuse_address; /* SO_REUSEADDR */
        bool may_reuse_port;    /* SO_REUSEPORT */
        bool is_kept_alive;     /* SO_KEEPALIVE */
        bool does_broadcast;    /* SO_BROADCAST */
        bool has_linger;        /* SO_LINGER */
        int linger_s;
        int send_buffer; /* SO_SNDBUF and SO_RCVBUF as getsockopt(2) shows them */
        int receive_buffer;
        struct evi_link *busy_peer; /* with -EAGAIN: the tasks that wait for the peer; NULL: the
                                       file's own readiness is waited for */
};

static inline struct evsim_socket *evsim_socket_of(struct evsim_file *file)
{
        return EVI_CONTAINER_OF(file, struct evsim_socket, file);
}

static inline bool evsim_socket_is_stream(const struct evsim_file *file)
{
        return ((const struct evsim_socket *)(const void *)file)->ops->is_stream;
}

/* type may have SOCK_NONBLOCK. */
void evsim_socket_init(struct evsim_socket *s, const struct evsim_file_ops *file_ops,
                       const struct evsim_socket_ops *ops, struct evsim_host *host, int domain,
                       int type, int protocol);

/* The error that waits, as -errno, or 0; it waits no longer. */
int evsim_socket_take_error(struct evsim_socket *s);

/* The running task sleeps until the call can be tried again. 0 or -EINTR. */
int evsim_socket_wait(struct evsim_socket *s, unsigned events, const char *call, int fd);

/* The transfers, with all sleeping, and SIGPIPE. */
ssize_t evsim_socket_send(struct evsim_socket *s, struct evsim_message *m, const char *call,
                          int fd);
ssize_t evsim_socket_recv(struct evsim_socket *s, struct evsim_message *m, const char *call,
                          int fd);

/* What a call that met a fault does (fault.h): the same error; or 0, where the socket cannot meet
 * it, and the call goes on. A connection is broken indeed. */
int evsim_socket_fault(struct evsim_socket *s, int fault);

/* Options (socket_options.c). */
int evsim_socket_set_option(struct evsim_socket *s, int level, int name, const void *value,
                            socklen_t len);
int evsim_socket_get_option(struct evsim_socket *s, int level, int name, void *value,
                            socklen_t *len);

#endif
