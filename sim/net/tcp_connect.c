/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How connections of TCP begin.
 *
 * Modelled (tcp(7), connect(2), listen(2), accept(2)): SYN, SYN-ACK and ACK, each of which takes its
 * time and may be lost; a SYN that is repeated after 1, 2, 4, ... s, ETIMEDOUT 127 s after the
 * first; ECONNREFUSED where nobody listens; EHOSTUNREACH after 3 s where nobody has the address,
 * ENETUNREACH of addresses beyond the simulation; EINPROGRESS, EALREADY, EISCONN, and a first
 * connect after the success that answers 0; a socket whose connect failed may try again, and says
 * ECONNABORTED where the error was fetched before; a backlog of one more than listen was told,
 * beyond which a SYN is not heard; connections that are reset before they are accepted and are
 * accepted all the same; AF_UNSPEC, which disconnects.
 * Not modelled: simultaneous open, a socket connected to itself, SYN cookies, TCP_DEFER_ACCEPT,
 * TCP_FASTOPEN. A connection whose opening is under way has its place in the backlog already.
 */
#include <errno.h>

#include "net/tcp.h"

enum {
        SYN_RETRIES = 6,     /* net.ipv4.tcp_syn_retries */
        SYN_ACK_RETRIES = 5, /* net.ipv4.tcp_synack_retries */
        SEND_BUFFER_FRESH = 16384,
        SEND_BUFFER = 87040, /* what it is when a connection is open */
};

#define UNREACHABLE_NS (3 * EVSIM_NS_PER_S)

static void await_answer(struct evsim_tcp *t)
{
        struct evsim_world *world = evsim_tcp_world(t);
        const int64_t ns = t->is_unreachable ? UNREACHABLE_NS : EVSIM_NS_PER_S << t->retries;

        evsim_agenda_set(&world->agenda, &t->retry, world->now_ns + ns);
}

static int64_t whole_window(const struct evsim_tcp *t)
{
        return t->inet.socket.receive_buffer / 2;
}

static void open_both_ways(struct evsim_tcp *t)
{
        t->state = EVSIM_TCP_OPEN;
        t->was_open = true;
        t->retries = 0;
        t->heard_ns = evsim_tcp_world(t)->now_ns;
        t->edge = (uint64_t)whole_window(t->peer);
        t->announced = (uint64_t)whole_window(t);
        if (t->inet.socket.send_buffer == SEND_BUFFER_FRESH)
                t->inet.socket.send_buffer = SEND_BUFFER;
        evsim_agenda_cancel(&evsim_tcp_world(t)->agenda, &t->retry);
        evsim_tcp_keep_alive(t);
}

/* ---- The one who asks --------------------------------------------------------------------------
 */

static uint64_t destination(uint64_t address)
{
        if (address == EVSIM_ADDRESS_ANY4)
                return EVSIM_ADDRESS_LOOPBACK4;
        return address == EVSIM_ADDRESS_ANY6 ? EVSIM_ADDRESS_LOOPBACK6 : address;
}

static bool is_beyond(uint64_t address)
{
        return address == EVSIM_ADDRESS_FOREIGN ||
               (evsim_address_is_v4(address) && (uint32_t)address >= UINT32_C(0xe0000000));
}

static void find_way(struct evsim_tcp *t)
{
        struct evsim_host *host = evsim_tcp_host(t);
        struct evsim_host *to = evsim_net_find(host, t->inet.remote.address);

        t->is_unreachable = to == NULL;
        t->out = NULL;
        t->back = NULL;
        if (to == NULL || to == host)
                return;
        t->out = evsim_net_way(host, to);
        t->back = evsim_net_way(to, host);
}

static int begin(struct evsim_tcp *t, const struct evsim_endpoint *remote)
{
        struct evsim_inet *inet = &t->inet;
        const struct evsim_endpoint before = inet->local;
        int r;

        inet->remote = *remote;
        inet->remote.address = destination(remote->address);
        if (is_beyond(inet->remote.address))
                return -ENETUNREACH;
        if (inet->port == NULL || evsim_address_is_any(inet->local.address))
                inet->local.address =
                        evsim_address_towards(evsim_tcp_host(t), inet->remote.address);
        r = evsim_port_choose(inet);
        if (r < 0) {
                inet->local = before;
                return r;
        }
        find_way(t);
        evsim_connection_add(inet);
        evsim_tcp_ref(t);
        t->state = EVSIM_TCP_OPENING;
        t->has_tried = true;
        inet->socket.error = 0;
        t->retries = 0;
        await_answer(t);
        if (!t->is_unreachable)
                evsim_tcp_send_packet(t, EVSIM_TCP_SYN, NULL);
        return -EINPROGRESS;
}

static uint64_t any_of(const struct evsim_socket *s)
{
        return s->domain == AF_INET ? EVSIM_ADDRESS_ANY4 : EVSIM_ADDRESS_ANY6;
}

/* As it was before it connected, but that it is bound. */
static void begin_anew(struct evsim_tcp *t)
{
        t->has_tried = false;
        t->was_open = false;
        t->was_given_up = false;
        t->inet.socket.shut = 0;
        t->inet.remote = (struct evsim_endpoint){0};
        t->number = 0;
        t->sent = 0;
        t->received = 0;
        t->expected = 0;
        t->has_fin = false;
        t->has_got_fin = false;
        t->is_recovering = false;
        t->wants_room = false;
        if (t->inet.port == NULL && !t->inet.is_explicit)
                t->inet.local.address = any_of(&t->inet.socket); /* getsockname shows the old port */
        evsim_tcp_drop_unread(t);
}

int evsim_tcp_disconnect(struct evsim_tcp *t)
{
        if (t->state == EVSIM_TCP_LISTENING)
                evsim_tcp_stop_listening(t);
        if (t->state == EVSIM_TCP_OPEN || t->state == EVSIM_TCP_OPENING)
                t->inet.socket.error = ECONNRESET;
        evsim_tcp_abort(t);
        begin_anew(t);
        evsim_tcp_notify(t, POLLERR);
        return 0;
}

static int connect_failed(struct evsim_tcp *t)
{
        const int r = evsim_socket_take_error(&t->inet.socket);

        begin_anew(t);
        evsim_tcp_notify(t, POLLERR);
        return r < 0 ? r : -ECONNABORTED;
}

int evsim_tcp_connect(struct evsim_socket *s, const struct sockaddr *address, socklen_t len)
{
        struct evsim_tcp *t = evsim_tcp_of(s);
        struct evsim_endpoint remote;
        int r;

        if (address->sa_family == AF_UNSPEC)
                return evsim_tcp_disconnect(t);
        r = evsim_endpoint_read(s, address, len, &remote);
        if (r < 0)
                return r;
        if (t->state == EVSIM_TCP_OPENING)
                return -EALREADY;
        if (t->was_given_up)
                return -EINVAL;
        if (t->state == EVSIM_TCP_CLOSED && t->has_tried)
                return connect_failed(t);
        if (t->has_tried) {
                t->has_tried = false;
                return 0;
        }
        if (t->state != EVSIM_TCP_CLOSED || t->was_open)
                return -EISCONN;
        return begin(t, &remote);
}

void evsim_tcp_take_syn_ack(struct evsim_tcp *t, struct evsim_tcp *from)
{
        if (t->state == EVSIM_TCP_OPENING) {
                open_both_ways(t);
                evsim_tcp_notify(t, EVSIM_POLL_ALL);
        }
        if (t->state == EVSIM_TCP_OPEN && t->peer == from)
                evsim_tcp_send_packet(t, EVSIM_TCP_ACK, from);
        else
                evsim_tcp_send_reset(t, from);
}

void evsim_tcp_retry_opening(struct evsim_tcp *t)
{
        const bool is_asking = t->state == EVSIM_TCP_OPENING;

        if (t->is_unreachable) {
                evsim_tcp_reset(t, EHOSTUNREACH);
        } else if (t->retries++ >= (is_asking ? SYN_RETRIES : SYN_ACK_RETRIES)) {
                evsim_tcp_time_out(t);
        } else {
                await_answer(t);
                evsim_tcp_send_packet(t, is_asking ? EVSIM_TCP_SYN : EVSIM_TCP_SYN_ACK,
                                      is_asking ? NULL : t->peer);
        }
}

/* ---- The one who is asked ----------------------------------------------------------------------
 */

int evsim_tcp_listen(struct evsim_socket *s, int backlog)
{
        struct evsim_tcp *t = evsim_tcp_of(s);
        const struct evsim_endpoint any = {.address = t->inet.local.address};
        int r = 0;

        if (t->has_tried || t->was_open || t->was_given_up)
                return -EINVAL;
        t->backlog = backlog < 0 || backlog > SOMAXCONN ? SOMAXCONN : backlog;
        if (t->state == EVSIM_TCP_LISTENING)
                return 0;
        if (t->inet.port == NULL)
                r = evsim_port_bind(&t->inet, &any);
        if (r == 0)
                r = evsim_port_listen(&t->inet);
        if (r < 0)
                return r;
        t->state = EVSIM_TCP_LISTENING;
        s->is_listening = true;
        return 0;
}

/* What an accepted connection has of its listener. */
static void inherit(struct evsim_tcp *t, const struct evsim_tcp *listener)
{
        struct evsim_socket *s = &t->inet.socket;
        const struct evsim_socket *from = &listener->inet.socket;

        s->shut = from->shut; /* a shutdown before listen(2) is of its connections, too */
        s->may_reuse_address = from->may_reuse_address;
        s->may_reuse_port = from->may_reuse_port;
        s->is_kept_alive = from->is_kept_alive;
        s->has_linger = from->has_linger;
        s->linger_s = from->linger_s;
        s->send_buffer = from->send_buffer;
        s->receive_buffer = from->receive_buffer;
        t->is_nodelay = listener->is_nodelay;
        t->keep_idle_s = listener->keep_idle_s;
        t->keep_interval_s = listener->keep_interval_s;
        t->keep_count = listener->keep_count;
}

static struct evsim_tcp *answer(struct evsim_tcp *listener, struct evsim_tcp *from)
{
        struct evsim_tcp *t = evsim_tcp_new(evsim_tcp_host(listener), listener->inet.socket.domain,
                                            SOCK_STREAM, listener->inet.socket.protocol);

        inherit(t, listener);
        t->inet.local = from->inet.remote;
        t->inet.remote = from->inet.local;
        t->out = from->back;
        t->back = from->out;
        evsim_port_share(&t->inet);
        evsim_connection_add(&t->inet);
        evsim_tcp_ref(t);
        t->state = EVSIM_TCP_ANSWERING;
        t->peer = from;
        evsim_tcp_ref(from);
        from->peer = t;
        evsim_tcp_ref(t);
        t->listener = listener;
        evsim_tcp_ref(listener);
        evi_list_push_tail(&listener->answering, &t->listener_link);
        listener->nanswering++;
        await_answer(t);
        return t;
}

/* The same SYN once more: so the answer is, if it stands. */
static bool answer_again(struct evsim_tcp *from)
{
        struct evsim_tcp *t = from->peer;

        if (t == NULL)
                return false;
        if (t->state == EVSIM_TCP_CLOSED) {
                from->peer = NULL;
                evsim_tcp_unref(t);
                return false;
        }
        evsim_tcp_send_packet(t, EVSIM_TCP_SYN_ACK, from);
        return true;
}

void evsim_tcp_take_syn(struct evsim_tcp *from)
{
        struct evsim_host *host = from->out != NULL ? from->out->to : evsim_tcp_host(from);
        struct evsim_tcp *listener;
        struct evsim_inet *found;

        if (from->state != EVSIM_TCP_OPENING || answer_again(from))
                return;
        found = evsim_port_find(host, EVSIM_TCP, &from->inet.local, &from->inet.remote);
        if (found == NULL) {
                evsim_tcp_refuse(from);
                return;
        }
        listener = evsim_tcp_of(&found->socket);
        if (listener->nanswering + listener->nacceptable > listener->backlog)
                return;
        evsim_tcp_send_packet(answer(listener, from), EVSIM_TCP_SYN_ACK, from);
}

void evsim_tcp_answered(struct evsim_tcp *t)
{
        struct evsim_tcp *listener = t->listener;

        open_both_ways(t);
        evi_list_remove(&t->listener_link);
        evi_list_push_tail(&listener->acceptable, &t->listener_link);
        listener->nanswering--;
        listener->nacceptable++;
        if ((t->inet.socket.shut & EVSIM_SHUT_WRITE) != 0)
                evsim_tcp_append_fin(t);
        evsim_tcp_notify(listener, POLLIN);
}

void evsim_tcp_take_ack(struct evsim_tcp *t)
{
        if (t->state == EVSIM_TCP_ANSWERING)
                evsim_tcp_answered(t);
}

/* It belongs to its listener no more. */
static void leave_listener(struct evsim_tcp *t)
{
        struct evsim_tcp *listener = t->listener;

        evi_list_remove(&t->listener_link);
        if (t->state == EVSIM_TCP_ANSWERING)
                listener->nanswering--;
        else
                listener->nacceptable--;
        t->listener = NULL;
        evsim_tcp_unref(listener);
}

void evsim_tcp_drop_answering(struct evsim_tcp *t)
{
        leave_listener(t);
        evsim_tcp_finish(t);
        evsim_file_unref(&t->inet.socket.file);
}

struct evsim_socket *evsim_tcp_accept(struct evsim_socket *s, int *error)
{
        struct evsim_tcp *listener = evsim_tcp_of(s);
        struct evi_link *link = evi_list_first(&listener->acceptable);
        struct evsim_tcp *t;

        if (link == NULL) {
                *error = listener->state == EVSIM_TCP_LISTENING ? -EAGAIN : -EINVAL;
                return NULL;
        }
        t = EVI_CONTAINER_OF(link, struct evsim_tcp, listener_link);
        leave_listener(t);
        return &t->inet.socket;
}

void evsim_tcp_stop_listening(struct evsim_tcp *t)
{
        struct evi_link *link;

        while ((link = evi_list_first(&t->answering)) != NULL ||
               (link = evi_list_first(&t->acceptable)) != NULL) {
                struct evsim_tcp *child = EVI_CONTAINER_OF(link, struct evsim_tcp, listener_link);

                leave_listener(child);
                evsim_tcp_abort(child);
                evsim_file_unref(&child->inet.socket.file);
        }
        evsim_port_unlisten(&t->inet);
        if (!t->inet.is_held)
                evsim_port_release(&t->inet); /* getsockname goes on to show it */
        t->inet.socket.is_listening = false;
        t->state = EVSIM_TCP_CLOSED;
        evsim_tcp_notify(t, EVSIM_POLL_ALL);
}
