/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * TCP: what its files share.
 *
 *   tcp.c          a socket: readiness, options, transfers, its end
 *   tcp_connect.c  connections: connect, listen, accept, the three packets that open one
 *   tcp_send.c     bytes on their way out: segments, Nagle's rule
 *   tcp_receive.c  bytes as they come in: acknowledgements, the window
 *   tcp_ack.c      what the sender learns: acknowledgements, losses, time-outs
 *   tcp_packet.c   packets that carry no bytes
 *   tcp_close.c    the ends of connections: FIN, RST, TIME_WAIT, keep-alive
 *
 *   state        begins with                              ends with
 *   CLOSED       socket(2), or the end of a connection    listen, connect
 *   LISTENING    listen                                   close, shutdown
 *   OPENING      connect: a SYN is under way              SYN-ACK; RST, time-out
 *   ANSWERING    a listener has got a SYN                 ACK, or data; time-out
 *   OPEN         both ends know                           FIN of both, RST, time-out
 *   WAITING      TIME_WAIT                                a minute
 *
 * Both ends of a connection are in one memory, and know each other (peer); but what they know of
 * each other's state they know from packets, which take their time and may be lost.
 */
#ifndef EVIDENT_SIM_NET_TCP_H
#define EVIDENT_SIM_NET_TCP_H

#include "net/net.h"

#define EVSIM_NS_PER_S INT64_C(1000000000)

struct evsim_tcp;

enum evsim_tcp_state {
        EVSIM_TCP_CLOSED,
        EVSIM_TCP_LISTENING,
        EVSIM_TCP_OPENING,
        EVSIM_TCP_ANSWERING,
        EVSIM_TCP_OPEN,
        EVSIM_TCP_WAITING,
};

/* Bytes on their way, or FIN. The sender has it until it is acknowledged, the receiver until it was
 * read, and a packet while it flies. */
struct evsim_segment {
        struct evsim_appointment arrival;
        struct evsim_segment *next_sent; /* in sender.first to last */
        struct evsim_segment *next_read; /* in receiver.read_first to read_last */
        struct evsim_tcp *from;          /* while it flies: references to both */
        struct evsim_tcp *to;
        int refs;
        bool is_flying;
        bool is_fin;
        bool was_sent;    /* once at least */
        uint64_t number;  /* of its first byte in the direction, from 0 */
        int64_t sent_ns;  /* the last time */
        int64_t acked_ns; /* when the sender learns that it arrived; EVSIM_NEVER: not yet known */
        uint64_t edge;    /* and up to where it may send then */
        uint32_t len;
        uint32_t at; /* bytes before were read */
        unsigned char data[];
};

struct evsim_tcp {
        struct evsim_inet inet; /* first */
        int refs;               /* the file; the peer; a listener; packets that fly */
        enum evsim_tcp_state state;
        struct evsim_tcp *peer; /* a reference; NULL: not yet, or no more */
        struct evsim_way *out;  /* to the peer; NULL: on the same host */
        struct evsim_way *back; /* likewise */
        bool is_orphan;         /* its file is gone */
        bool has_tried;         /* connect was called, and its result is not yet told */
        bool is_nodelay;        /* TCP_NODELAY */
        bool was_given_up;      /* it was shut after its connect failed: EINVAL of another */
        bool was_open;          /* it is or was connected: no second connect(2) */
        bool is_unreachable;    /* nobody has the address that it connects to */

        /* Sending. */
        struct evsim_segment *first; /* what is not acknowledged, in order */
        struct evsim_segment *last;
        struct evsim_segment *next; /* the first of them that is to be sent; NULL: none */
        int64_t queued;             /* bytes of all of them */
        uint64_t number;            /* of the next byte; FIN counts as one */
        uint64_t sent;              /* bytes that were ever sent, and up to where may be */
        uint64_t edge;
        int64_t last_arrival_ns; /* of what it has sent: packets do not overtake */
        bool is_recovering;      /* something was lost: nothing is sent until it is sent again */
        bool wants_room;         /* somebody found it unwritable */
        bool has_fin;            /* FIN is in the queue, or was sent */
        bool closed_first;       /* before the peer's FIN came */
        int retries;
        struct evsim_appointment retry; /* sends again what was lost; SYN and SYN-ACK too */
        struct evsim_appointment
                acked; /* looks at acknowledgements, when somebody waits for them */

        /* Receiving. */
        struct evsim_segment *read_first;
        struct evsim_segment *read_last;
        int64_t unread;
        uint64_t received;  /* bytes */
        uint64_t expected;  /* the number of what comes next */
        uint64_t announced; /* the edge that the peer was told last */
        bool has_got_fin;

        /* Listening, and being listened for. */
        struct evi_link answering; /* connections that are not open yet */
        struct evi_link acceptable;
        struct evi_link listener_link;
        struct evsim_tcp *listener; /* NULL: accepted, or of connect */
        int nanswering;
        int nacceptable;
        int backlog;

        /* The end. */
        struct evsim_appointment timer; /* of TIME_WAIT, of FIN_WAIT_2, and of keep-alive */
        struct evsim_task *lingerer;    /* that sleeps in close(2) */
        int64_t heard_ns;               /* when something came last */
        int keep_idle_s;
        int keep_interval_s;
        int keep_count;
        int keep_probes; /* that were not answered */
};

static inline struct evsim_tcp *evsim_tcp_of(struct evsim_socket *s)
{
        return (struct evsim_tcp *)(void *)s;
}

static inline struct evsim_host *evsim_tcp_host(const struct evsim_tcp *t)
{
        return t->inet.socket.file.host;
}

static inline struct evsim_world *evsim_tcp_world(const struct evsim_tcp *t)
{
        return t->inet.socket.file.host->world;
}

static inline struct evsim_memory *evsim_tcp_memory(const struct evsim_tcp *t)
{
        return &evsim_tcp_world(t)->memory;
}

/* It is open, or will be when the peer has its answer: bytes are sent and acknowledged. */
static inline bool evsim_tcp_is_flowing(const struct evsim_tcp *t)
{
        return t->state == EVSIM_TCP_OPEN || t->state == EVSIM_TCP_ANSWERING;
}

/* tcp.c */
struct evsim_tcp *evsim_tcp_new(struct evsim_host *host, int domain, int type, int protocol);
void evsim_tcp_ref(struct evsim_tcp *t);
void evsim_tcp_unref(struct evsim_tcp *t);
/* Its file's watchers look, if it has one still. */
void evsim_tcp_notify(struct evsim_tcp *t, unsigned events);
bool evsim_tcp_is_writable(const struct evsim_tcp *t);

/* tcp_connect.c */
int evsim_tcp_connect(struct evsim_socket *s, const struct sockaddr *address, socklen_t len);
/* As it was before it connected or listened; 0. */
int evsim_tcp_disconnect(struct evsim_tcp *t);
int evsim_tcp_listen(struct evsim_socket *s, int backlog);
struct evsim_socket *evsim_tcp_accept(struct evsim_socket *s, int *error);
/* All connections that a listening socket has and nobody accepted are reset. */
void evsim_tcp_stop_listening(struct evsim_tcp *t);
/* The connection is open, for the one that was asked for it. */
void evsim_tcp_answered(struct evsim_tcp *t);
/* It comes to nothing, before it was open. */
void evsim_tcp_drop_answering(struct evsim_tcp *t);
void evsim_tcp_retry_opening(struct evsim_tcp *t);

/* tcp_send.c */
int64_t evsim_tcp_room(const struct evsim_tcp *t);
size_t evsim_tcp_append(struct evsim_tcp *t, const unsigned char *bytes, size_t len);
void evsim_tcp_append_fin(struct evsim_tcp *t);
/* Sends what may be sent. */
void evsim_tcp_push(struct evsim_tcp *t);
void evsim_tcp_unref_segment(struct evsim_tcp *t, struct evsim_segment *segment);

/* tcp_receive.c */
/* How many bytes more t takes. */
int64_t evsim_tcp_window(const struct evsim_tcp *t);
/* A segment has come to t. */
void evsim_tcp_deliver(struct evsim_tcp *t, struct evsim_tcp *sender,
                       struct evsim_segment *segment);
/* Bytes were read: the peer may have to know that there is room. */
void evsim_tcp_has_read(struct evsim_tcp *t);
void evsim_tcp_drop_unread(struct evsim_tcp *t);

/* tcp_ack.c */
/* The segment is lost, or came before one that is. */
void evsim_tcp_lose(struct evsim_tcp *t, struct evsim_segment *segment);
/* Something that was sent at this time, or its answer, is lost. */
void evsim_tcp_await_timeout(struct evsim_tcp *t, int64_t sent_ns);
/* An acknowledgement is of all that came before, too: where some were lost this one makes up for
 * them. */
void evsim_tcp_acknowledge_before(struct evsim_tcp *sender, const struct evsim_segment *segment);
/* Somebody waits for acknowledgements. */
void evsim_tcp_await_acks(struct evsim_tcp *t);
/* Looks at the acknowledgements that have come. */
void evsim_tcp_settle(struct evsim_tcp *t);
/* The retransmission time-out. */
void evsim_tcp_retry_sending(struct evsim_tcp *t);
void evsim_tcp_drop_unsent(struct evsim_tcp *t);

/* tcp_packet.c: packets without bytes. RST, SYN-ACK and ACK do not overtake what was sent before. */
enum evsim_tcp_packet { EVSIM_TCP_SYN, EVSIM_TCP_SYN_ACK, EVSIM_TCP_ACK, EVSIM_TCP_RST };
/* From t to another end; of SYN, to whoever listens (NULL). */
void evsim_tcp_send_packet(struct evsim_tcp *t, enum evsim_tcp_packet kind, struct evsim_tcp *to);
/* RST from a host where nobody listens. */
void evsim_tcp_refuse(struct evsim_tcp *t);
/* They have come (tcp_connect.c). */
void evsim_tcp_take_syn(struct evsim_tcp *from);
void evsim_tcp_take_syn_ack(struct evsim_tcp *t, struct evsim_tcp *from);
void evsim_tcp_take_ack(struct evsim_tcp *t);

/* tcp_close.c */
/* RST came, or what is to look like it; error where nothing else says better. */
void evsim_tcp_reset(struct evsim_tcp *t, int error);
/* It ends, without a word: the state is CLOSED. */
void evsim_tcp_finish(struct evsim_tcp *t);
/* Sends RST, which t does not need to live to see; and ends with it. */
void evsim_tcp_send_reset(struct evsim_tcp *t, struct evsim_tcp *to);
void evsim_tcp_abort(struct evsim_tcp *t);
/* Ends it if both FIN have come and were acknowledged. */
void evsim_tcp_check_end(struct evsim_tcp *t);
void evsim_tcp_time_out(struct evsim_tcp *t);
int evsim_tcp_shutdown(struct evsim_socket *s, unsigned directions);
void evsim_tcp_release(struct evsim_file *file);
void evsim_tcp_timer(struct evsim_tcp *t);
/* Keep-alive is on or off, or its times have changed. */
void evsim_tcp_keep_alive(struct evsim_tcp *t);

#endif
