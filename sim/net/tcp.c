/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * TCP as a socket.
 *
 * Modelled (tcp(7), poll(2), send(2), recv(2)): POLLIN of data, of connections to be accepted and of
 * the end; POLLRDHUP, POLLHUP once both directions are shut or there is no connection; POLLOUT while
 * a third of the send buffer is free, and an edge of it only to who has found it unwritable; the
 * order in which data, end and error are told; EPIPE and SIGPIPE; MSG_TRUNC that throws bytes away;
 * TCP_NODELAY, TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT, IPV6_V6ONLY.
 * Not modelled: urgent data, TCP_CORK, TCP_INFO and the other options; TCP_QUICKACK changes nothing.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

#include "net/tcp.h"

/* net.ipv4.tcp_wmem, tcp_rmem and tcp_keepalive_* as they are by default. */
enum {
        SEND_BUFFER = 16384,
        RECEIVE_BUFFER = 131072,
        KEEP_IDLE_S = 7200,
        KEEP_INTERVAL_S = 75,
        KEEP_COUNT = 9,
};

/* ---- Lives -------------------------------------------------------------------------------------
 */

void evsim_tcp_ref(struct evsim_tcp *t)
{
        t->refs++;
}

void evsim_tcp_unref(struct evsim_tcp *t)
{
        if (--t->refs == 0)
                evsim_memory_free(&evsim_tcp_world(t)->memory, t);
}

void evsim_tcp_notify(struct evsim_tcp *t, unsigned events)
{
        if (!t->is_orphan)
                evsim_file_notify(&t->inet.socket.file, events);
}

static void retry(struct evsim_appointment *a)
{
        struct evsim_tcp *t = EVI_CONTAINER_OF(a, struct evsim_tcp, retry);

        evsim_tcp_ref(t);
        if (t->state == EVSIM_TCP_OPENING || t->state == EVSIM_TCP_ANSWERING)
                evsim_tcp_retry_opening(t);
        else
                evsim_tcp_retry_sending(t);
        evsim_tcp_unref(t);
}

static void acked(struct evsim_appointment *a)
{
        struct evsim_tcp *t = EVI_CONTAINER_OF(a, struct evsim_tcp, acked);

        evsim_tcp_ref(t);
        evsim_tcp_settle(t);
        evsim_tcp_await_acks(t);
        evsim_tcp_unref(t);
}

static void timer(struct evsim_appointment *a)
{
        struct evsim_tcp *t = EVI_CONTAINER_OF(a, struct evsim_tcp, timer);

        evsim_tcp_ref(t);
        evsim_tcp_timer(t);
        evsim_tcp_unref(t);
}

/* ---- Readiness ---------------------------------------------------------------------------------
 */

bool evsim_tcp_is_writable(const struct evsim_tcp *t)
{
        return 2 * evsim_tcp_room(t) >= t->queued;
}

static unsigned poll_output(struct evsim_tcp *t)
{
        if ((t->inet.socket.shut & EVSIM_SHUT_WRITE) != 0)
                return POLLOUT;
        evsim_tcp_settle(t);
        if (evsim_tcp_is_writable(t))
                return POLLOUT;
        t->wants_room = true;
        evsim_tcp_await_acks(t);
        return 0;
}

static unsigned poll_tcp(struct evsim_file *file)
{
        struct evsim_tcp *t = evsim_tcp_of(evsim_socket_of(file));
        const struct evsim_socket *s = &t->inet.socket;
        unsigned bits = s->error != 0 ? POLLERR : 0U;

        if (t->state == EVSIM_TCP_LISTENING)
                return t->nacceptable > 0 ? POLLIN : 0U;
        if (s->shut == EVSIM_SHUT_BOTH || t->state == EVSIM_TCP_CLOSED)
                bits |= POLLHUP;
        if ((s->shut & EVSIM_SHUT_READ) != 0)
                bits |= POLLIN | (unsigned)EVSIM_POLLRDHUP;
        if (t->state == EVSIM_TCP_OPENING)
                return bits;
        if (t->read_first != NULL)
                bits |= POLLIN;
        return bits | poll_output(t);
}

static void facts_of_tcp(struct evsim_file *file, struct evsim_file_facts *facts)
{
        const struct evsim_tcp *t = evsim_tcp_of(evsim_socket_of(file));
        const struct evsim_socket *s = &t->inet.socket;

        facts->readable = t->state == EVSIM_TCP_LISTENING ? t->nacceptable : t->unread;
        facts->writable = t->state == EVSIM_TCP_OPEN ? evsim_tcp_room(t) : 0;
        facts->is_read_end = (s->shut & EVSIM_SHUT_READ) != 0;
        facts->is_write_end = (s->shut & EVSIM_SHUT_WRITE) != 0;
        facts->error = s->error;
}

/* ---- Transfers ---------------------------------------------------------------------------------
 */

static int may_send(struct evsim_tcp *t)
{
        const int r = evsim_socket_take_error(&t->inet.socket);

        if (r < 0)
                return r;
        if (t->state == EVSIM_TCP_OPENING)
                return -EAGAIN;
        if ((t->inet.socket.shut & EVSIM_SHUT_WRITE) != 0)
                return -EPIPE;
        return t->state == EVSIM_TCP_OPEN ? 0 : -EPIPE;
}

static ssize_t send_tcp(struct evsim_socket *s, struct evsim_message *m)
{
        struct evsim_tcp *t = evsim_tcp_of(s);
        const int r = may_send(t);

        if (r < 0)
                return r;
        if (m->len == 0)
                return 0;
        evsim_tcp_settle(t);
        if (evsim_tcp_room(t) > 0)
                return (ssize_t)evsim_tcp_append(t, m->bytes, m->len);
        t->wants_room = true;
        evsim_tcp_await_acks(t);
        return -EAGAIN;
}

static size_t take_from(struct evsim_tcp *t, struct evsim_segment *segment, size_t part)
{
        segment->at += (uint32_t)part;
        t->unread -= (int64_t)part;
        if (segment->at < segment->len)
                return part;
        t->read_first = segment->next_read;
        if (t->read_first == NULL)
                t->read_last = NULL;
        evsim_tcp_unref_segment(t, segment);
        return part;
}

static size_t read_bytes(struct evsim_tcp *t, const struct evsim_message *m)
{
        const bool is_peek = (m->flags & MSG_PEEK) != 0;
        struct evsim_segment *segment = t->read_first;
        size_t done = 0;

        while (segment != NULL && done < m->len) {
                const size_t held = segment->len - segment->at;
                const size_t part = held < m->len - done ? held : m->len - done;
                struct evsim_segment *next = segment->next_read;

                if ((m->flags & MSG_TRUNC) == 0)
                        memcpy(m->room + done, segment->data + segment->at, part);
                done += part;
                if (!is_peek)
                        (void)take_from(t, segment, part);
                segment = next;
        }
        if (!is_peek)
                evsim_tcp_has_read(t);
        return done;
}

static ssize_t recv_tcp(struct evsim_socket *s, struct evsim_message *m)
{
        struct evsim_tcp *t = evsim_tcp_of(s);
        int r;

        if (t->state == EVSIM_TCP_LISTENING)
                return -ENOTCONN;
        if (t->read_first != NULL)
                return (ssize_t)read_bytes(t, m);
        if (t->has_got_fin)
                return 0;
        r = evsim_socket_take_error(s);
        if (r < 0)
                return r;
        if ((s->shut & EVSIM_SHUT_READ) != 0)
                return 0;
        if (t->state == EVSIM_TCP_CLOSED)
                return -ENOTCONN;
        return -EAGAIN;
}

/* ---- Names, options, faults --------------------------------------------------------------------
 */

static int bind_tcp(struct evsim_socket *s, const struct sockaddr *address, socklen_t len)
{
        struct evsim_tcp *t = evsim_tcp_of(s);
        struct evsim_endpoint local;
        int r = evsim_endpoint_read(s, address, len, &local);

        if (r < 0)
                return r;
        if (t->inet.port != NULL || t->state != EVSIM_TCP_CLOSED)
                return -EINVAL;
        r = evsim_port_bind(&t->inet, &local);
        if (r == 0)
                t->inet.is_held = local.port != 0;
        return r;
}

static int name_of_tcp(struct evsim_socket *s, bool is_peer, struct sockaddr_storage *address)
{
        const struct evsim_tcp *t = evsim_tcp_of(s);

        if (!is_peer)
                return evsim_endpoint_write(s, &t->inet.local, address);
        if (t->state != EVSIM_TCP_OPEN)
                return -ENOTCONN;
        return evsim_endpoint_write(s, &t->inet.remote, address);
}

static bool break_off_tcp(struct evsim_socket *s, int error)
{
        struct evsim_tcp *t = evsim_tcp_of(s);

        if (t->state != EVSIM_TCP_OPEN)
                return false;
        if (error != ETIMEDOUT)
                evsim_tcp_send_reset(t, t->peer);
        evsim_tcp_reset(t, error == ETIMEDOUT ? ETIMEDOUT : ECONNRESET);
        return true;
}

static int set_keep(struct evsim_tcp *t, int *field, int value)
{
        if (value < 1 || value > INT16_MAX)
                return -EINVAL;
        *field = value;
        evsim_tcp_keep_alive(t);
        return 0;
}

static void keep_alive_tcp(struct evsim_socket *s)
{
        evsim_tcp_keep_alive(evsim_tcp_of(s));
}

static int set_v6only(struct evsim_tcp *t, int value)
{
        if (t->inet.socket.domain != AF_INET6)
                return -EOPNOTSUPP;
        if (t->inet.port != NULL)
                return -EINVAL;
        t->inet.is_v6only = value != 0;
        return 0;
}

static int set_option_tcp(struct evsim_socket *s, int level, int name, int value)
{
        struct evsim_tcp *t = evsim_tcp_of(s);

        if (level == IPPROTO_IPV6 && name == IPV6_V6ONLY)
                return set_v6only(t, value);
        if (level != IPPROTO_TCP)
                evsim_unmodelled(s->file.host, "setsockopt", "option %d of level %d", name, level);
        switch (name) {
        case TCP_NODELAY:
                t->is_nodelay = value != 0;
                if (t->is_nodelay)
                        evsim_tcp_push(t);
                return 0;
        case TCP_KEEPIDLE:
                return set_keep(t, &t->keep_idle_s, value);
        case TCP_KEEPINTVL:
                return set_keep(t, &t->keep_interval_s, value);
        case TCP_KEEPCNT:
                return set_keep(t, &t->keep_count, value);
        case TCP_QUICKACK:
                return 0;
        default:
                evsim_unmodelled(s->file.host, "setsockopt", "option %d of TCP", name);
        }
}

static int get_option_tcp(struct evsim_socket *s, int level, int name, int *value)
{
        const struct evsim_tcp *t = evsim_tcp_of(s);

        if (level == IPPROTO_IPV6 && name == IPV6_V6ONLY) {
                *value = t->inet.is_v6only;
                return 0;
        }
        if (level != IPPROTO_TCP)
                evsim_unmodelled(s->file.host, "getsockopt", "option %d of level %d", name, level);
        switch (name) {
        case TCP_NODELAY:
                *value = t->is_nodelay;
                return 0;
        case TCP_KEEPIDLE:
                *value = t->keep_idle_s;
                return 0;
        case TCP_KEEPINTVL:
                *value = t->keep_interval_s;
                return 0;
        case TCP_KEEPCNT:
                *value = t->keep_count;
                return 0;
        default:
                evsim_unmodelled(s->file.host, "getsockopt", "option %d of TCP", name);
        }
}

/* ---- The tables --------------------------------------------------------------------------------
 */

static const struct evsim_file_ops file_ops = {
        .name = "TCP socket",
        .poll = poll_tcp,
        .facts = facts_of_tcp,
        .release = evsim_tcp_release,
        .is_socket = true,
};

static const struct evsim_socket_ops tcp_ops = {
        .is_stream = true,
        .bind = bind_tcp,
        .listen = evsim_tcp_listen,
        .connect = evsim_tcp_connect,
        .accept = evsim_tcp_accept,
        .shutdown = evsim_tcp_shutdown,
        .name = name_of_tcp,
        .send = send_tcp,
        .recv = recv_tcp,
        .break_off = break_off_tcp,
        .keep_alive = keep_alive_tcp,
        .set_option = set_option_tcp,
        .get_option = get_option_tcp,
};

struct evsim_tcp *evsim_tcp_new(struct evsim_host *host, int domain, int type, int protocol)
{
        struct evsim_tcp *t = evsim_memory_zalloc(&host->world->memory, sizeof *t);
        const uint64_t any = domain == AF_INET ? EVSIM_ADDRESS_ANY4 : EVSIM_ADDRESS_ANY6;

        evsim_socket_init(&t->inet.socket, &file_ops, &tcp_ops, host, domain, type, protocol);
        t->inet.protocol = EVSIM_TCP;
        t->inet.local.address = any;
        t->inet.socket.send_buffer = SEND_BUFFER;
        t->inet.socket.receive_buffer = RECEIVE_BUFFER;
        t->refs = 1;
        t->retry.keep = retry;
        t->acked.keep = acked;
        t->timer.keep = timer;
        t->keep_idle_s = KEEP_IDLE_S;
        t->keep_interval_s = KEEP_INTERVAL_S;
        t->keep_count = KEEP_COUNT;
        evi_list_init(&t->answering);
        evi_list_init(&t->acceptable);
        return t;
}

struct evsim_socket *evsim_tcp_socket(struct evsim_host *host, int domain, int type, int protocol)
{
        return &evsim_tcp_new(host, domain, type, protocol)->inet.socket;
}
