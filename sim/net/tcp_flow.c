/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One direction of a connection.
 *
 * Modelled: segments of at most 1,448 bytes (65,483 within a host); the receiver's window and its
 * updates; acknowledgements, one a segment, which free the send buffer; Nagle's rule; loss and
 * partition, after which the sender waits for a retransmission time-out of 200 ms and a round trip,
 * doubled each time up to 120 s, and gives up at the 16th (of a socket that was closed: at the 9th);
 * probes of a window whose update was lost. Bytes arrive in order, once.
 * Not modelled: congestion control, fast retransmission, delayed acknowledgements, sizes of buffers
 * that adapt. What was sent behind a lost segment is sent again with it.
 *
 * An acknowledgement is no packet in the agenda: a segment that arrives learns when its sender will
 * know, and the sender looks when it must (evsim_tcp_settle). Most messages are small, and nobody
 * waits for their acknowledgement; so a message costs one appointment.
 */
#include <errno.h>
#include <string.h>

#include "net/tcp.h"

enum {
        SEGMENT_MAX = 1448,
        SEGMENT_MAX_LOCAL = 65483,
        RETRIES_MAX = 15, /* net.ipv4.tcp_retries2 */
        RETRIES_ORPHAN = 8,
};

#define TIMEOUT_NS     INT64_C(200000000)
#define TIMEOUT_MAX_NS (120 * EVSIM_NS_PER_S)

static struct evsim_memory *memory_of(const struct evsim_tcp *t)
{
        return &evsim_tcp_world(t)->memory;
}

static bool is_open(const struct evsim_tcp *t)
{
        return t->state == EVSIM_TCP_OPEN || t->state == EVSIM_TCP_ANSWERING;
}

void evsim_tcp_unref_segment(struct evsim_tcp *t, struct evsim_segment *segment)
{
        if (--segment->refs == 0)
                evsim_memory_free(memory_of(t), segment);
}

/* ---- Time-outs ---------------------------------------------------------------------------------
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

/* Something that was sent at this time, or its answer, is lost. */
static void await_timeout(struct evsim_tcp *t, int64_t sent_ns)
{
        struct evsim_world *world = evsim_tcp_world(t);
        const int64_t at_ns = sent_ns + timeout_ns(t);

        if (is_open(t) && !evsim_appointment_is_set(&t->retry))
                evsim_agenda_set(&world->agenda, &t->retry,
                                 at_ns > world->now_ns ? at_ns : world->now_ns);
}

static void lose(struct evsim_tcp *t, struct evsim_segment *segment)
{
        if (!is_open(t) || segment->acked_ns != EVSIM_NEVER)
                return;
        t->is_recovering = true;
        if (t->next == NULL || segment->number < t->next->number)
                t->next = segment;
        await_timeout(t, segment->sent_ns);
}

/* ---- Arriving ----------------------------------------------------------------------------------
 */

static int64_t window(const struct evsim_tcp *t)
{
        const int64_t size = t->inet.socket.receive_buffer / 2;

        return size > t->unread ? size - t->unread : 0;
}

/* An acknowledgement is of all that came before, too: where some were lost this one makes up for
 * them. */
static void acknowledge_before(struct evsim_tcp *sender, const struct evsim_segment *segment)
{
        for (struct evsim_segment *s = sender->first; s != NULL && s->number < segment->number;
             s = s->next_sent)
                if (s->acked_ns == EVSIM_NEVER)
                        s->acked_ns = segment->acked_ns;
}

/* The receiver t answers; the sender will know when the answer has come. */
static void acknowledge(struct evsim_tcp *t, struct evsim_tcp *sender,
                        struct evsim_segment *segment)
{
        if (t->out != NULL && t->out->is_cut) {
                await_timeout(sender, segment->sent_ns);
                return;
        }
        t->announced = t->received + (uint64_t)window(t);
        segment->edge = t->announced;
        segment->acked_ns =
                evsim_tcp_world(t)->now_ns + (t->out != NULL ? t->out->link->latency_ns : 0);
        if (evsim_appointment_is_set(&sender->retry))
                acknowledge_before(sender, segment);
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

static void deliver(struct evsim_tcp *t, struct evsim_tcp *sender, struct evsim_segment *segment)
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
                lose(sender, segment);
        else if (is_deaf(t) && !segment->is_fin) {
                evsim_tcp_reset(t, ECONNRESET);
                evsim_tcp_send_reset(t, sender);
        } else {
                take_segment(t, sender, segment);
        }
}

/* The segment has landed: here it is not referred to any more. */
static void land(struct evsim_segment *segment, bool has_arrived)
{
        struct evsim_tcp *from = segment->from;
        struct evsim_tcp *to = segment->to;

        segment->is_flying = false;
        if (has_arrived)
                deliver(to, from, segment);
        else
                lose(from, segment);
        evsim_tcp_unref_segment(from, segment);
        evsim_tcp_unref(from);
        evsim_tcp_unref(to);
}

static void arrive(struct evsim_appointment *a)
{
        struct evsim_segment *segment = EVI_CONTAINER_OF(a, struct evsim_segment, arrival);
        struct evsim_way *way = segment->from->out;

        land(segment, evsim_way_arrive(way, segment->len));
}

/* ---- Sending -----------------------------------------------------------------------------------
 */

static void transmit(struct evsim_tcp *t, struct evsim_segment *segment)
{
        struct evsim_world *world = evsim_tcp_world(t);
        struct evsim_transit transit;

        segment->from = t;
        segment->to = t->peer;
        segment->refs++;
        evsim_tcp_ref(segment->from);
        evsim_tcp_ref(segment->to);
        segment->is_flying = true;
        segment->was_sent = true;
        segment->sent_ns = world->now_ns;
        if (t->out == NULL) {
                land(segment, true);
                return;
        }
        evsim_way_send(t->out, segment->len, false, &transit);
        if (transit.is_lost) {
                land(segment, false);
                return;
        }
        if (transit.arrival_ns > t->last_arrival_ns)
                t->last_arrival_ns = transit.arrival_ns;
        segment->arrival.keep = arrive;
        evsim_agenda_set(&world->agenda, &segment->arrival, t->last_arrival_ns);
}

static uint32_t segment_max(const struct evsim_tcp *t)
{
        return t->out != NULL ? SEGMENT_MAX : SEGMENT_MAX_LOCAL;
}

/* The rest of a segment behind its first len bytes becomes one of its own. */
static void split(struct evsim_tcp *t, struct evsim_segment *segment, uint32_t len)
{
        const uint32_t left = segment->len - len;
        struct evsim_segment *rest = evsim_memory_alloc(memory_of(t), sizeof *rest + left);

        *rest = (struct evsim_segment){
                .next_sent = segment->next_sent,
                .refs = 1,
                .number = segment->number + len,
                .acked_ns = EVSIM_NEVER,
                .len = left,
        };
        memcpy(rest->data, segment->data + len, left);
        segment->len = len;
        segment->next_sent = rest;
        if (t->last == segment)
                t->last = rest;
}

/* Whether the window lets it pass, or as much of it as is worth a packet: half of the window. */
static bool fit_window(struct evsim_tcp *t, struct evsim_segment *segment)
{
        const uint64_t room = t->edge - t->sent;

        if (segment->len <= room)
                return true;
        if (4 * room < (uint64_t)t->peer->inet.socket.receive_buffer)
                return false;
        split(t, segment, (uint32_t)room);
        return true;
}

/* Nagle's rule: a segment that is not full waits while others are not acknowledged. */
static bool may_send(struct evsim_tcp *t, struct evsim_segment *segment, bool was_idle)
{
        if (segment->is_fin || segment->was_sent)
                return true;
        if (segment->len < segment_max(t) && !was_idle && !t->is_nodelay && !t->has_fin)
                return false;
        return fit_window(t, segment);
}

void evsim_tcp_push(struct evsim_tcp *t)
{
        const bool was_idle = t->first == t->next;

        while (is_open(t) && t->peer != NULL && !t->is_recovering && t->next != NULL) {
                struct evsim_segment *segment = t->next;

                if (segment->is_flying || segment->acked_ns != EVSIM_NEVER) {
                        t->next = segment->next_sent;
                        continue;
                }
                if (!may_send(t, segment, was_idle))
                        break;
                if (!segment->was_sent)
                        t->sent += segment->len;
                t->next = segment->next_sent;
                transmit(t, segment);
        }
        evsim_tcp_await_acks(t);
}

static struct evsim_segment *append(struct evsim_tcp *t, const unsigned char *bytes, uint32_t len)
{
        struct evsim_segment *segment = evsim_memory_alloc(memory_of(t), sizeof *segment + len);

        *segment = (struct evsim_segment){
                .refs = 1,
                .number = t->number,
                .acked_ns = EVSIM_NEVER,
                .len = len,
        };
        if (len > 0)
                memcpy(segment->data, bytes, len);
        if (t->last != NULL)
                t->last->next_sent = segment;
        else
                t->first = segment;
        t->last = segment;
        if (t->next == NULL)
                t->next = segment;
        t->queued += len;
        t->number += len;
        return segment;
}

int64_t evsim_tcp_room(const struct evsim_tcp *t)
{
        const int64_t size = t->inet.socket.send_buffer;

        return size > t->queued ? size - t->queued : 0;
}

size_t evsim_tcp_append(struct evsim_tcp *t, const unsigned char *bytes, size_t len)
{
        const size_t room = (size_t)evsim_tcp_room(t);
        const size_t all = len < room ? len : room;
        const size_t most = segment_max(t);

        for (size_t done = 0; done < all;) {
                const size_t part = all - done < most ? all - done : most;

                (void)append(t, bytes + done, (uint32_t)part);
                done += part;
        }
        evsim_tcp_push(t);
        return all;
}

void evsim_tcp_append_fin(struct evsim_tcp *t)
{
        t->has_fin = true;
        t->closed_first = !t->has_got_fin;
        append(t, NULL, 0)->is_fin = true;
        t->number++;
        evsim_tcp_push(t);
}

/* ---- Acknowledgements --------------------------------------------------------------------------
 */

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

/* Whether a probe of the window is answered: that there is room may have been lost. */
static void probe_window(struct evsim_tcp *t)
{
        if (t->out != NULL && (t->out->is_cut || t->back->is_cut)) {
                await_timeout(t, evsim_tcp_world(t)->now_ns);
                return;
        }
        t->retries = 0;
        t->edge = t->peer->received + (uint64_t)window(t->peer);
        evsim_tcp_push(t);
}

/* The retransmission time-out. */
void evsim_tcp_retry_sending(struct evsim_tcp *t)
{
        evsim_tcp_settle(t);
        t->is_recovering = false;
        if (!is_open(t) || t->first == NULL || t->peer == NULL)
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

/* ---- The window --------------------------------------------------------------------------------
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
                await_timeout(to, evsim_tcp_world(to)->now_ns);
        evsim_memory_free(memory_of(from), update);
        evsim_tcp_unref(from);
        evsim_tcp_unref(to);
}

static void send_update(struct evsim_tcp *t)
{
        struct evsim_transit transit;
        struct update *update;

        t->announced = t->received + (uint64_t)window(t);
        if (t->out == NULL) {
                update_edge(t->peer, t->announced);
                return;
        }
        evsim_way_send(t->out, 0, false, &transit);
        if (transit.is_lost) {
                await_timeout(t->peer, evsim_tcp_world(t)->now_ns);
                return;
        }
        update = evsim_memory_alloc(memory_of(t), sizeof *update);
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
        const int64_t free = window(t);

        if (t->state == EVSIM_TCP_OPEN && t->peer != NULL && 2 * known <= all &&
            free >= 2 * known && free >= all / 4)
                send_update(t);
}

/* ---- The end -----------------------------------------------------------------------------------
 */

void evsim_tcp_drop_unsent(struct evsim_tcp *t)
{
        while (t->first != NULL)
                drop_first(t);
        t->next = NULL;
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
