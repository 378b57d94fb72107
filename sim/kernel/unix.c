/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Unix sockets: their lives and connections.
 *
 * Modelled (unix(7), socketpair(2), connect(2), listen(2), accept(2), shutdown(2), poll(2)):
 * streams, sequenced packets and datagrams, in pairs and by names; connections that stand, and may
 * be written to, before they are accepted; a backlog of one more than listen was told, a full one
 * being EAGAIN, or sleep; half close, with POLLIN | POLLRDHUP for the peer, POLLHUP once both
 * directions are shut; EPIPE and SIGPIPE; ECONNRESET for the peer of one that is closed with unread
 * data, or was never accepted; datagrams' own rules, in which a peer's end shows at the next send
 * alone. States that change wake whoever waits, whatever it waits for, as Linux has it.
 * Not modelled: SCM_RIGHTS, SCM_CREDENTIALS and SO_PEERCRED, MSG_OOB.
 */
#include "kernel/unix.h"
#include "kernel/wait.h"

#include <errno.h>
#include <string.h>

/* The size that kernels give by default. */
enum { BUFFER = 212992 };

/* ---- Lives -------------------------------------------------------------------------------------
 */

void evsim_unix_ref(struct evsim_unix *u)
{
        u->refs++;
}

void evsim_unix_unref(struct evsim_unix *u)
{
        if (--u->refs == 0)
                evsim_memory_free(&u->socket.file.host->world->memory, u);
}

static unsigned poll_unix(struct evsim_file *file)
{
        struct evsim_unix *u = evsim_unix_of(evsim_socket_of(file));
        const struct evsim_socket *s = &u->socket;
        unsigned bits = s->error != 0 ? POLLERR : 0U;

        if (s->shut == EVSIM_SHUT_BOTH ||
            (evsim_unix_is_connecting(u) && u->state == EVSIM_UNIX_CLOSED))
                bits |= POLLHUP;
        if ((s->shut & EVSIM_SHUT_READ) != 0)
                bits |= POLLIN | (unsigned)EVSIM_POLLRDHUP;
        if (u->first != NULL || u->npending > 0)
                bits |= POLLIN;
        if (evsim_unix_is_writable(u) &&
            (u->peer == NULL || evsim_unix_is_connecting(u) || !evsim_unix_is_full_for(u->peer, u)))
                bits |= POLLOUT;
        return bits;
}

static void facts_of_unix(struct evsim_file *file, struct evsim_file_facts *facts)
{
        const struct evsim_unix *u = evsim_unix_of(evsim_socket_of(file));
        const struct evsim_socket *s = &u->socket;

        if (u->state == EVSIM_UNIX_LISTENING)
                facts->readable = u->npending;
        else if (u->socket.type == SOCK_STREAM)
                facts->readable = u->nbytes;
        else if (u->first != NULL)
                facts->readable = u->socket.type == SOCK_DGRAM ? (int64_t)u->first->len : u->nbytes;
        facts->writable = s->send_buffer > u->charged ? s->send_buffer - u->charged : 0;
        facts->is_read_end = (s->shut & EVSIM_SHUT_READ) != 0;
        facts->is_write_end =
                (s->shut & EVSIM_SHUT_WRITE) != 0 || (u->peer != NULL && u->peer->is_dead);
        facts->error = s->error;
}

/* The peer of a connection learns of its end. */
static void leave_peer(struct evsim_unix *u, bool is_abrupt)
{
        struct evsim_unix *peer = u->peer;

        u->peer = NULL;
        if (evi_link_is_listed(&u->blocked_link))
                evi_list_remove(&u->blocked_link);
        if (peer == NULL)
                return;
        if (evsim_unix_is_connecting(u) && !peer->is_dead) {
                peer->socket.shut = EVSIM_SHUT_BOTH;
                if (is_abrupt)
                        peer->socket.error = ECONNRESET;
                evsim_file_notify(&peer->socket.file, EVSIM_POLL_ALL);
        }
        evsim_unix_unref(peer);
}

/* Linux 6 passes over a first message that is empty, for which it has reasons of its own. */
static bool has_unread(const struct evsim_unix *u)
{
        return u->first != NULL && (u->first->len > u->first->at || u->first->next != NULL);
}

static void release_unix(struct evsim_file *file)
{
        struct evsim_unix *u = evsim_unix_of(evsim_socket_of(file));
        const bool was_pending = evi_link_is_listed(&u->pending_link);
        struct evi_link *link;

        u->is_dead = true;
        if (was_pending)
                evi_list_remove(&u->pending_link);
        evsim_unix_unbind(u);
        evsim_unix_wake_blocked(u);
        leave_peer(u, was_pending || has_unread(u));
        u->state = EVSIM_UNIX_CLOSED;
        while ((link = evi_list_first(&u->pending)) != NULL)
                evsim_file_unref(
                        &EVI_CONTAINER_OF(link, struct evsim_unix, pending_link)->socket.file);
        evsim_unix_drop_messages(u);
        evsim_unix_unref(u);
}

/* ---- Connections -------------------------------------------------------------------------------
 */

void evsim_unix_pair(struct evsim_unix *a, struct evsim_unix *b)
{
        a->peer = b;
        b->peer = a;
        a->state = EVSIM_UNIX_CONNECTED;
        b->state = EVSIM_UNIX_CONNECTED;
        evsim_unix_ref(a);
        evsim_unix_ref(b);
}

static int listen_unix(struct evsim_socket *s, int backlog)
{
        struct evsim_unix *u = evsim_unix_of(s);

        if (!evsim_unix_is_connecting(u))
                return -EOPNOTSUPP;
        if (u->name == NULL || u->state == EVSIM_UNIX_CONNECTED)
                return -EINVAL;
        if (backlog > u->backlog)
                evsim_sleepers_wake(&u->sleepers);
        u->backlog = backlog < 0 || backlog > SOMAXCONN ? SOMAXCONN : backlog;
        u->state = EVSIM_UNIX_LISTENING;
        s->is_listening = true;
        return 0;
}

/* A datagram socket's: from where it takes, and to whom it sends. */
static int connect_packets(struct evsim_unix *u, const struct sockaddr *address, socklen_t len)
{
        struct evsim_unix *peer = NULL;
        int r;

        if (address->sa_family != AF_UNSPEC) {
                peer = evsim_unix_find(u, address, len, &r);
                if (peer == NULL)
                        return r;
                if (peer->peer != NULL && peer->peer != u)
                        return -EPERM;
                evsim_unix_ref(peer);
        }
        if (u->peer != NULL)
                evsim_file_notify(&u->socket.file, POLLOUT);
        if (u->peer != NULL && u->peer == peer) {
                evsim_unix_unref(peer);
                return 0;
        }
        evsim_unix_disconnect(u);
        u->peer = peer;
        u->state = peer != NULL ? EVSIM_UNIX_CONNECTED : EVSIM_UNIX_CLOSED;
        return 0;
}

static void connect_to(struct evsim_unix *u, struct evsim_unix *listener)
{
        struct evsim_unix *other =
                evsim_unix_new(u->socket.file.host, u->socket.type, u->socket.protocol);

        evsim_unix_pair(u, other);
        other->name = listener->name;
        evsim_unix_name_ref(other->name);
        evi_list_push_tail(&listener->pending, &other->pending_link);
        listener->npending++;
        evsim_file_notify(&listener->socket.file, POLLIN);
}

static int connect_unix(struct evsim_socket *s, const struct sockaddr *address, socklen_t len)
{
        struct evsim_unix *u = evsim_unix_of(s);
        struct evsim_unix *listener;
        int r;

        if (!evsim_unix_is_connecting(u))
                return connect_packets(u, address, len);
        listener = evsim_unix_find(u, address, len, &r);
        if (listener == NULL)
                return r;
        if (!listener->socket.is_listening || (listener->socket.shut & EVSIM_SHUT_READ) != 0)
                return -ECONNREFUSED;
        if (listener->npending > listener->backlog) {
                s->busy_peer = &listener->sleepers;
                return -EAGAIN;
        }
        if (u->state != EVSIM_UNIX_CLOSED)
                return u->state == EVSIM_UNIX_CONNECTED ? -EISCONN : -EINVAL;
        connect_to(u, listener);
        return 0;
}

static struct evsim_socket *accept_unix(struct evsim_socket *s, int *error)
{
        struct evsim_unix *u = evsim_unix_of(s);
        struct evi_link *link = evi_list_first(&u->pending);

        if (!evsim_unix_is_connecting(u))
                *error = -EOPNOTSUPP;
        else if (u->state != EVSIM_UNIX_LISTENING)
                *error = -EINVAL;
        else if (link == NULL)
                *error = -EAGAIN;
        else {
                evi_list_remove(link);
                u->npending--;
                evsim_sleepers_wake(&u->sleepers);
                return &EVI_CONTAINER_OF(link, struct evsim_unix, pending_link)->socket;
        }
        return NULL;
}

static unsigned other_side(unsigned directions)
{
        return ((directions & EVSIM_SHUT_READ) != 0 ? EVSIM_SHUT_WRITE : 0U) |
               ((directions & EVSIM_SHUT_WRITE) != 0 ? EVSIM_SHUT_READ : 0U);
}

static int shutdown_unix(struct evsim_socket *s, unsigned directions)
{
        struct evsim_unix *u = evsim_unix_of(s);

        s->shut |= directions;
        evsim_file_notify(&s->file, EVSIM_POLL_ALL);
        if (u->peer != NULL && evsim_unix_is_connecting(u) && !u->peer->is_dead) {
                u->peer->socket.shut |= other_side(directions);
                evsim_file_notify(&u->peer->socket.file, EVSIM_POLL_ALL);
        }
        return 0;
}

static int name_of_unix(struct evsim_socket *s, bool is_peer, struct sockaddr_storage *address)
{
        struct evsim_unix *u = evsim_unix_of(s);
        const struct evsim_unix_name *name;

        if (is_peer && u->peer == NULL)
                return -ENOTCONN;
        name = is_peer ? u->peer->name : u->name;
        if (name == NULL) {
                address->ss_family = AF_UNIX;
                return sizeof address->ss_family;
        }
        memcpy(address, &name->address, sizeof name->address);
        return (int)name->len;
}

/* As if the peer had been closed with unread data. */
static bool break_off_unix(struct evsim_socket *s, int error)
{
        struct evsim_unix *u = evsim_unix_of(s);
        struct evsim_unix *peer = u->peer;

        if (!evsim_unix_is_connecting(u) || peer == NULL || error == ETIMEDOUT)
                return false;
        s->shut = EVSIM_SHUT_BOTH;
        s->error = ECONNRESET;
        evsim_file_notify(&s->file, EVSIM_POLL_ALL);
        if (!peer->is_dead) {
                peer->socket.shut = EVSIM_SHUT_BOTH;
                peer->socket.error = ECONNRESET;
                evsim_file_notify(&peer->socket.file, EVSIM_POLL_ALL);
        }
        return true;
}

/* ---- The tables --------------------------------------------------------------------------------
 */

static const struct evsim_file_ops file_ops = {
        .name = "unix socket",
        .poll = poll_unix,
        .facts = facts_of_unix,
        .release = release_unix,
        .is_socket = true,
};

static const struct evsim_socket_ops stream_ops = {
        .is_stream = true,
        .bind = evsim_unix_bind,
        .listen = listen_unix,
        .connect = connect_unix,
        .accept = accept_unix,
        .shutdown = shutdown_unix,
        .name = name_of_unix,
        .send = evsim_unix_send_stream,
        .recv = evsim_unix_recv_stream,
        .break_off = break_off_unix,
};

static const struct evsim_socket_ops packet_ops = {
        .bind = evsim_unix_bind,
        .listen = listen_unix,
        .connect = connect_unix,
        .accept = accept_unix,
        .shutdown = shutdown_unix,
        .name = name_of_unix,
        .send = evsim_unix_send_packet,
        .recv = evsim_unix_recv_packet,
        .break_off = break_off_unix,
};

struct evsim_unix *evsim_unix_new(struct evsim_host *host, int type, int protocol)
{
        struct evsim_unix *u = evsim_memory_zalloc(&host->world->memory, sizeof *u);
        const bool is_stream = (type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)) == SOCK_STREAM;

        evsim_socket_init(&u->socket, &file_ops, is_stream ? &stream_ops : &packet_ops, host,
                          AF_UNIX, type, protocol);
        u->socket.send_buffer = BUFFER;
        u->socket.receive_buffer = BUFFER;
        u->refs = 1;
        evi_list_init(&u->pending);
        evi_list_init(&u->sleepers);
        evi_list_init(&u->blocked);
        return u;
}
