/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the sender of bytes learns of them: acknowledgements, losses, and silence.
 *
 * Modelled: acknowledgements free the send buffer and open the window; after a loss or in a
 * partition the sender waits for a retransmission time-out of 200 ms and a round trip, doubled
 * each time up to 120 s, and gives up at the 16th (of a socket that was closed: at the 9th);
 * probes of a window whose update was lost.
 * Not modelled: fast retransmission.
 *
 * An acknowledgement is no packet in the agenda: a segment that arrives learns when its sender
 * will know, and the sender looks when it must (evsim_tcp_settle). Most messages are small, and
 * nobody waits for their acknowledgement; so a message costs one appointment.
 */
#include "net/tcp.h"

enum {
        RETRIES_MAX = 15, /* net.ipv4.tcp_retries2 */
        RETRIES_ORPHAN = 8,
};

#define TIMEOUT_NS     INT64_C(200000000)
#define TIMEOUT_MAX_NS (120 * EVSIM_NS_PER_S)

/* ---- Losses ------------------------------------------------------------------------------------
 */

static int64_t latency_ns(const struct evsim_way *way)
{
        return way != NULL ? way->link->latency_ns + way->link->jitter_ns : 0;
}

static int64_t timeout_ns(const struct evsim_tcp *t)
{
        int64_t ns = TIMEOUT_NS + latency_ns(t->out) + latency_ns(t->back);

        for (int i = 0; i < t->retries && ns < TIMEOUT_MAX_NS; i++)
                ns *= 2;
        return ns < TIMEOUT_MAX_NS ? ns : TIMEOUT_MAX_NS;
}

void evsim_tcp_await_timeout(struct evsim_tcp *t, int64_t sent_ns)
{
        struct evsim_world *world = evsim_tcp_world(t);
        const int64_t at_ns = sent_ns + timeout_ns(t);

        if (evsim_tcp_is_flowing(t) && !evsim_appointment_is_set(&t->retry))
                evsim_agenda_set(&world->agenda, &t->retry,
                                 at_ns > world->now_ns ? at_ns : world->now_ns);
}

void evsim_tcp_lose(struct evsim_tcp *t, struct evsim_segment *segment)
{
        if (!evsim_tcp_is_flowing(t) || segment->acked_ns != EVSIM_NEVER)
                return;
        t->is_recovering = true;
        if (t->next == NULL || segment->number < t->next->number)
                t->next = segment;
        evsim_tcp_await_timeout(t, segment->sent_ns);
}

/* ---- Acknowledgements --------------------------------------------------------------------------
 */

void evsim_tcp_acknowledge_before(struct evsim_tcp *sender, const struct evsim_segment *segment)
{
        for (struct evsim_segment *s = sender->first; s != NULL && s->number < segment->number;
             s = s->next_sent)
                if (s->acked_ns == EVSIM_NEVER)
                        s->acked_ns = segment->acked_ns;
}

static bool is_waiting(const struct evsim_tcp *t)
{
        return t->wants_room || t->next != NULL || t->has_fin;
}

void evsim_tcp_await_acks(struct evsim_tcp *t)
{
        if (t->first != NULL && t->first->acked_ns != EVSIM_NEVER && is_waiting(t) &&
            !evsim_appointment_is_set(&t->acked))
                evsim_agenda_set(&evsim_tcp_world(t)->agenda, &t->acked, t->first->acked_ns);
}

static void drop_first(struct evsim_tcp *t)
{
        struct evsim_segment *segment = t->first;

        t->first = segment->next_sent;
        if (t->first == NULL)
                t->last = NULL;
        if (t->next == segment)
                t->next = segment->next_sent;
        t->queued -= segment->len;
        if (segment->edge > t->edge)
                t->edge = segment->edge;
        evsim_tcp_unref_segment(t, segment);
}

static void tell_room(struct evsim_tcp *t)
{
        if (!t->wants_room || !evsim_tcp_is_writable(t))
                return;
        t->wants_room = false;
        evsim_tcp_notify(t, POLLOUT);
}

void evsim_tcp_settle(struct evsim_tcp *t)
{
        const int64_t now_ns = evsim_tcp_world(t)->now_ns;

        if (t->first == NULL || t->first->acked_ns > now_ns)
                return;
        while (t->first != NULL && t->first->acked_ns <= now_ns)
                drop_first(t);
        t->retries = 0;
        t->keep_probes = 0;
        t->heard_ns = now_ns;
        if (t->first == NULL && t->next == NULL && !t->is_recovering)
                evsim_agenda_cancel(&evsim_tcp_world(t)->agenda, &t->retry);
        if (t->lingerer != NULL && t->first == NULL)
                evsim_task_wake(t->lingerer, 0);
        tell_room(t);
        evsim_tcp_push(t);
        evsim_tcp_check_end(t);
}

void evsim_tcp_drop_unsent(struct evsim_tcp *t)
{
        while (t->first != NULL)
                drop_first(t);
        t->next = NULL;
}

/* ---- Silence -----------------------------------------------------------------------------------
 */

/* Whether a probe of the window is answered: that there is room may have been lost. */
static void probe_window(struct evsim_tcp *t)
{
        if (t->out != NULL && (t->out->is_cut || t->back->is_cut)) {
                evsim_tcp_await_timeout(t, evsim_tcp_world(t)->now_ns);
                return;
        }
        t->retries = 0;
        t->edge = t->peer->received + (uint64_t)evsim_tcp_window(t->peer);
        evsim_tcp_push(t);
}

void evsim_tcp_retry_sending(struct evsim_tcp *t)
{
        evsim_tcp_settle(t);
        t->is_recovering = false;
        if (!evsim_tcp_is_flowing(t) || t->first == NULL || t->peer == NULL)
                return;
        if (t->retries++ >= (t->is_orphan ? RETRIES_ORPHAN : RETRIES_MAX)) {
                evsim_tcp_time_out(t);
                return;
        }
        t->next = t->first;
        if (!t->first->was_sent)
                probe_window(t);
        else
                evsim_tcp_push(t);
}
