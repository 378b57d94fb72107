/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How connections of TCP end.
 *
 * Modelled (tcp(7), shutdown(2), close(2), socket(7) SO_LINGER and SO_KEEPALIVE): FIN after all that
 * was sent; half close; RST for who closes with unread data or a linger of 0, and from who is sent
 * something after it closed; the errors that RST is: ECONNREFUSED, ECONNRESET, EPIPE after the
 * peer's FIN; TIME_WAIT of a minute for who closed first, in which the port is taken; FIN_WAIT_2 of
 * a minute for a closed socket whose peer does not close; close that sleeps for its linger;
 * keep-alive with its three times, ETIMEDOUT, or ECONNRESET where the peer has forgotten the
 * connection; ENOTCONN of shutdown, which all the same shuts.
 * Not modelled: TCP_USER_TIMEOUT, TCP_LINGER2. Loss does not hit the probes of keep-alive, but
 * partition does.
 */
#include <errno.h>

#include "net/tcp.h"

#define MINUTE_NS (60 * EVSIM_NS_PER_S)

static void cancel_all(struct evsim_tcp *t)
{
        struct evsim_agenda *agenda = &evsim_tcp_world(t)->agenda;

        evsim_agenda_cancel(agenda, &t->retry);
        evsim_agenda_cancel(agenda, &t->acked);
        evsim_agenda_cancel(agenda, &t->timer);
}

static void lose_peer(struct evsim_tcp *t)
{
        struct evsim_tcp *peer = t->peer;

        t->peer = NULL;
        if (peer != NULL)
                evsim_tcp_unref(peer);
}

void evsim_tcp_finish(struct evsim_tcp *t)
{
        const bool was_known = t->inet.is_known;

        t->state = EVSIM_TCP_CLOSED;
        cancel_all(t);
        evsim_tcp_drop_unsent(t);
        evsim_connection_remove(&t->inet);
        if (t->is_orphan || !t->inet.is_held)
                evsim_port_release(&t->inet);
        if (t->lingerer != NULL)
                evsim_task_wake(t->lingerer, 0);
        lose_peer(t);
        if (was_known)
                evsim_tcp_unref(t);
}

void evsim_tcp_send_reset(struct evsim_tcp *t, struct evsim_tcp *to)
{
        evsim_tcp_send_packet(t, EVSIM_TCP_RST, to);
}

void evsim_tcp_abort(struct evsim_tcp *t)
{
        if (t->peer != NULL && t->state != EVSIM_TCP_WAITING)
                evsim_tcp_send_reset(t, t->peer);
        if (t->state != EVSIM_TCP_CLOSED)
                evsim_tcp_finish(t);
}

/* It is broken, and says so. */
static void fail(struct evsim_tcp *t, int error)
{
        evsim_tcp_ref(t);
        t->inet.socket.error = error;
        t->inet.socket.shut = EVSIM_SHUT_BOTH;
        evsim_tcp_finish(t);
        evsim_tcp_notify(t, EVSIM_POLL_ALL);
        evsim_tcp_unref(t);
}

void evsim_tcp_reset(struct evsim_tcp *t, int error)
{
        switch (t->state) {
        case EVSIM_TCP_OPENING:
                fail(t, error == ECONNRESET ? ECONNREFUSED : error);
                break;
        case EVSIM_TCP_ANSWERING:
                evsim_tcp_drop_answering(t);
                break;
        case EVSIM_TCP_OPEN:
                fail(t, t->has_got_fin && error == ECONNRESET ? EPIPE : error);
                break;
        case EVSIM_TCP_CLOSED:
        case EVSIM_TCP_LISTENING:
        case EVSIM_TCP_WAITING:
                break;
        }
}

void evsim_tcp_time_out(struct evsim_tcp *t)
{
        evsim_tcp_reset(t, ETIMEDOUT);
}

void evsim_tcp_reset_both(struct evsim_inet *inet)
{
        struct evsim_tcp *t = evsim_tcp_of(&inet->socket);
        struct evsim_tcp *peer = t->peer;

        if (peer != NULL) {
                evsim_tcp_ref(peer);
                evsim_tcp_reset(peer, ECONNRESET);
                evsim_tcp_unref(peer);
        }
        evsim_tcp_reset(t, ECONNRESET);
}

/* ---- FIN ---------------------------------------------------------------------------------------
 */

static void set_timer(struct evsim_tcp *t, int64_t at_ns)
{
        evsim_agenda_set(&evsim_tcp_world(t)->agenda, &t->timer, at_ns);
}

static void begin_time_wait(struct evsim_tcp *t)
{
        t->state = EVSIM_TCP_WAITING;
        cancel_all(t);
        lose_peer(t);
        set_timer(t, evsim_tcp_world(t)->now_ns + MINUTE_NS);
        evsim_tcp_notify(t, EVSIM_POLL_ALL);
}

void evsim_tcp_check_end(struct evsim_tcp *t)
{
        if (t->state != EVSIM_TCP_OPEN || !t->has_fin || t->first != NULL)
                return;
        if (t->has_got_fin && t->closed_first) {
                begin_time_wait(t);
        } else if (t->has_got_fin) {
                evsim_tcp_ref(t);
                evsim_tcp_finish(t);
                evsim_tcp_notify(t, EVSIM_POLL_ALL);
                evsim_tcp_unref(t);
        } else if (t->is_orphan && !evsim_appointment_is_set(&t->timer)) {
                set_timer(t, evsim_tcp_world(t)->now_ns + MINUTE_NS);
        }
}

static int shut(struct evsim_tcp *t, unsigned directions)
{
        t->inet.socket.shut |= directions;
        t->was_given_up |= t->has_tried && t->state == EVSIM_TCP_CLOSED;
        t->has_tried = false;
        if (t->state != EVSIM_TCP_OPEN)
                return -ENOTCONN;
        if ((directions & EVSIM_SHUT_WRITE) != 0 && !t->has_fin)
                evsim_tcp_append_fin(t);
        return 0;
}

int evsim_tcp_shutdown(struct evsim_socket *s, unsigned directions)
{
        struct evsim_tcp *t = evsim_tcp_of(s);
        int r = 0;

        if (t->state == EVSIM_TCP_OPENING ||
            (t->state == EVSIM_TCP_LISTENING && (directions & EVSIM_SHUT_READ) != 0))
                r = evsim_tcp_disconnect(t);
        else if (t->state != EVSIM_TCP_LISTENING)
                r = shut(t, directions);
        evsim_tcp_notify(t, EVSIM_POLL_ALL);
        return r;
}

/* ---- close(2) ----------------------------------------------------------------------------------
 */

/* The closing task sleeps until all was acknowledged, FIN included, or the linger is over. */
static void linger(struct evsim_tcp *t)
{
        struct evsim_task *task = evsim_running;
        const int64_t deadline_ns =
                evsim_tcp_world(t)->now_ns + t->inet.socket.linger_s * EVSIM_NS_PER_S;
        bool is_restart;
        int r = 0;

        if (task == NULL || task->state != EVSIM_RUNNING || task->host != evsim_tcp_host(t))
                return;
        t->lingerer = task;
        evsim_tcp_await_acks(t);
        while (t->state == EVSIM_TCP_OPEN && t->first != NULL && r == 0) {
                r = evsim_task_block_interruptibly(task, deadline_ns, "close", -1);
                if (r == -EINTR && !evsim_signals_deliver(task->host, &is_restart))
                        r = 0;
        }
        t->lingerer = NULL;
}

static void close_open(struct evsim_tcp *t)
{
        struct evsim_socket *s = &t->inet.socket;

        if (t->read_first != NULL || (s->has_linger && s->linger_s == 0)) {
                evsim_tcp_abort(t);
                return;
        }
        s->shut = EVSIM_SHUT_BOTH;
        if (!t->has_fin)
                evsim_tcp_append_fin(t);
        if (s->has_linger)
                linger(t);
        t->is_orphan = true;
        evsim_agenda_cancel(&evsim_tcp_world(t)->agenda, &t->timer);
        evsim_tcp_settle(t);
        evsim_tcp_check_end(t);
}

void evsim_tcp_release(struct evsim_file *file)
{
        struct evsim_tcp *t = evsim_tcp_of(evsim_socket_of(file));

        evsim_tcp_ref(t);
        evsim_tcp_settle(t);
        if (t->state == EVSIM_TCP_LISTENING)
                evsim_tcp_stop_listening(t);
        else if (t->state == EVSIM_TCP_OPEN)
                close_open(t);
        else if (t->state == EVSIM_TCP_OPENING)
                evsim_tcp_finish(t);
        t->is_orphan = true;
        evsim_tcp_drop_unread(t);
        if (t->state == EVSIM_TCP_CLOSED)
                evsim_port_release(&t->inet);
        evsim_tcp_unref(t);
        evsim_tcp_unref(t);
}

/* ---- Keep-alive --------------------------------------------------------------------------------
 */

void evsim_tcp_keep_alive(struct evsim_tcp *t)
{
        if (t->state != EVSIM_TCP_OPEN || t->is_orphan)
                return;
        if (t->inet.socket.is_kept_alive)
                set_timer(t, t->heard_ns + t->keep_idle_s * EVSIM_NS_PER_S);
        else
                evsim_agenda_cancel(&evsim_tcp_world(t)->agenda, &t->timer);
}

static bool is_cut_off(const struct evsim_tcp *t)
{
        return t->out != NULL && (t->out->is_cut || t->back->is_cut);
}

static void probe(struct evsim_tcp *t)
{
        const int64_t now_ns = evsim_tcp_world(t)->now_ns;

        evsim_tcp_settle(t);
        if (t->keep_probes == 0 && now_ns - t->heard_ns < t->keep_idle_s * EVSIM_NS_PER_S) {
                evsim_tcp_keep_alive(t);
        } else if (!is_cut_off(t) && t->peer->state != EVSIM_TCP_OPEN) {
                evsim_tcp_reset(t, ECONNRESET);
        } else if (!is_cut_off(t)) {
                t->heard_ns = now_ns;
                t->keep_probes = 0;
                evsim_tcp_keep_alive(t);
        } else if (t->keep_probes++ >= t->keep_count) {
                evsim_tcp_time_out(t);
        } else {
                set_timer(t, now_ns + t->keep_interval_s * EVSIM_NS_PER_S);
        }
}

void evsim_tcp_timer(struct evsim_tcp *t)
{
        if (t->state == EVSIM_TCP_OPEN && !t->is_orphan)
                probe(t);
        else
                evsim_tcp_finish(t);
}
