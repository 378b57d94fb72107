/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The bytes of a connection as they come in, one direction of it: what has arrived and was not
 * read, and the window that is left.
 *
 * Modelled: acknowledgements, one a segment; the window, and updates of it when reading has made
 * room that is worth a packet; RST for bytes that nobody will read.
 * Not modelled: delayed acknowledgements. What was sent behind a lost segment is sent again with
 * it.
 */
#include <errno.h>

#include "net/tcp.h"

int64_t evsim_tcp_window(const struct evsim_tcp *t)
{
        const int64_t size = t->inet.socket.receive_buffer / 2;

        return size > t->unread ? size - t->unread : 0;
}

/* The receiver t answers; the sender will know when the answer has come. */
static void acknowledge(struct evsim_tcp *t, struct evsim_tcp *sender,
                        struct evsim_segment *segment)
{
        if (t->out != NULL && t->out->is_cut) {
                evsim_tcp_await_timeout(sender, segment->sent_ns);
                return;
        }
        t->announced = t->received + (uint64_t)evsim_tcp_window(t);
        segment->edge = t->announced;
        segment->acked_ns =
                evsim_tcp_world(t)->now_ns + (t->out != NULL ? t->out->link->latency_ns : 0);
        if (evsim_appointment_is_set(&sender->retry))
                evsim_tcp_acknowledge_before(sender, segment);
        if (t->out == NULL)
                evsim_tcp_settle(sender);
        else
                evsim_tcp_await_acks(sender);
}

static void take_bytes(struct evsim_tcp *t, struct evsim_segment *segment)
{
        segment->refs++;
        segment->next_read = NULL;
        if (t->read_last != NULL)
                t->read_last->next_read = segment;
        else
                t->read_first = segment;
        t->read_last = segment;
        t->unread += segment->len;
        t->received += segment->len;
}

static void take_fin(struct evsim_tcp *t)
{
        t->has_got_fin = true;
        t->inet.socket.shut |= EVSIM_SHUT_READ;
        evsim_tcp_notify(t, EVSIM_POLL_ALL);
}

/* FIN takes a number, too. */
static uint64_t length_of(const struct evsim_segment *segment)
{
        return segment->is_fin ? 1 : segment->len;
}

/* It is the next one. */
static void take_segment(struct evsim_tcp *t, struct evsim_tcp *sender,
                         struct evsim_segment *segment)
{
        t->expected += length_of(segment);
        if (segment->is_fin) {
                take_fin(t); /* told before the sender hears of it, which may end there */
                acknowledge(t, sender, segment);
                evsim_tcp_check_end(t);
                return;
        }
        take_bytes(t, segment);
        acknowledge(t, sender, segment);
        evsim_tcp_notify(t, POLLIN);
}

/* Nobody will read what comes, and it has said FIN: the peer has to know (RFC 1122, 4.2.2.13). */
static bool is_deaf(const struct evsim_tcp *t)
{
        return t->has_fin && t->inet.socket.shut == EVSIM_SHUT_BOTH && !t->has_got_fin;
}

void evsim_tcp_deliver(struct evsim_tcp *t, struct evsim_tcp *sender, struct evsim_segment *segment)
{
        t->heard_ns = evsim_tcp_world(t)->now_ns;
        t->keep_probes = 0;
        if (t->state == EVSIM_TCP_ANSWERING)
                evsim_tcp_answered(t);
        if (t->state == EVSIM_TCP_WAITING && segment->number < t->expected)
                acknowledge(t, sender, segment);
        else if (t->state != EVSIM_TCP_OPEN)
                evsim_tcp_send_reset(t, sender);
        else if (segment->number < t->expected)
                acknowledge(t, sender, segment);
        else if (segment->number > t->expected)
                evsim_tcp_lose(sender, segment);
        else if (is_deaf(t) && !segment->is_fin) {
                evsim_tcp_reset(t, ECONNRESET);
                evsim_tcp_send_reset(t, sender);
        } else {
                take_segment(t, sender, segment);
        }
}

/* ---- Updates of the window ---------------------------------------------------------------------
 */

struct update {
        struct evsim_appointment arrival;
        struct evsim_tcp *from;
        struct evsim_tcp *to;
        uint64_t edge;
};

static void update_edge(struct evsim_tcp *t, uint64_t edge)
{
        if (edge > t->edge)
                t->edge = edge;
        t->heard_ns = evsim_tcp_world(t)->now_ns;
        evsim_tcp_settle(t);
        evsim_tcp_push(t);
}

static void arrive_update(struct evsim_appointment *a)
{
        struct update *update = EVI_CONTAINER_OF(a, struct update, arrival);
        struct evsim_tcp *from = update->from;
        struct evsim_tcp *to = update->to;

        if (evsim_way_arrive(from->out, 0))
                update_edge(to, update->edge);
        else
                evsim_tcp_await_timeout(to, evsim_tcp_world(to)->now_ns);
        evsim_memory_free(evsim_tcp_memory(from), update);
        evsim_tcp_unref(from);
        evsim_tcp_unref(to);
}

static void send_update(struct evsim_tcp *t)
{
        struct evsim_transit transit;
        struct update *update;

        t->announced = t->received + (uint64_t)evsim_tcp_window(t);
        if (t->out == NULL) {
                update_edge(t->peer, t->announced);
                return;
        }
        evsim_way_send(t->out, 0, false, &transit);
        if (transit.is_lost) {
                evsim_tcp_await_timeout(t->peer, evsim_tcp_world(t)->now_ns);
                return;
        }
        update = evsim_memory_alloc(evsim_tcp_memory(t), sizeof *update);
        *update = (struct update){
                .arrival.keep = arrive_update,
                .from = t,
                .to = t->peer,
                .edge = t->announced,
        };
        evsim_tcp_ref(update->from);
        evsim_tcp_ref(update->to);
        evsim_agenda_set(&evsim_tcp_world(t)->agenda, &update->arrival, transit.arrival_ns);
}

/* An update is worth a packet when the window that the peer knows is at most half of all, and
 * would at least double. */
void evsim_tcp_has_read(struct evsim_tcp *t)
{
        const int64_t all = t->inet.socket.receive_buffer / 2;
        const int64_t known = (int64_t)(t->announced - t->received);
        const int64_t free = evsim_tcp_window(t);

        if (t->state == EVSIM_TCP_OPEN && t->peer != NULL && 2 * known <= all &&
            free >= 2 * known && free >= all / 4)
                send_update(t);
}

void evsim_tcp_drop_unread(struct evsim_tcp *t)
{
        while (t->read_first != NULL) {
                struct evsim_segment *segment = t->read_first;

                t->read_first = segment->next_read;
                evsim_tcp_unref_segment(t, segment);
        }
        t->read_last = NULL;
        t->unread = 0;
}
