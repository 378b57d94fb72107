/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The bytes of a connection on their way out, one direction of it: the queue of what is not
 * acknowledged, and what of it flies.
 *
 * Modelled: segments of at most 1,448 bytes (65,483 within a host); Nagle's rule; the receiver's
 * window. Bytes arrive in order, once.
 * Not modelled: congestion control, sizes of buffers that adapt.
 */
#include <string.h>

#include "net/tcp.h"

enum { SEGMENT_MAX = 1448, SEGMENT_MAX_LOCAL = 65483 };

void evsim_tcp_unref_segment(struct evsim_tcp *t, struct evsim_segment *segment)
{
        if (--segment->refs == 0)
                evsim_memory_free(evsim_tcp_memory(t), segment);
}

/* ---- The queue ---------------------------------------------------------------------------------
 */

static uint32_t segment_max(const struct evsim_tcp *t)
{
        return t->out != NULL ? SEGMENT_MAX : SEGMENT_MAX_LOCAL;
}

static struct evsim_segment *append(struct evsim_tcp *t, const unsigned char *bytes, uint32_t len)
{
        struct evsim_segment *segment =
                evsim_memory_alloc(evsim_tcp_memory(t), sizeof *segment + len);

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

/* The rest of a segment behind its first len bytes becomes one of its own. */
static void split(struct evsim_tcp *t, struct evsim_segment *segment, uint32_t len)
{
        const uint32_t left = segment->len - len;
        struct evsim_segment *rest = evsim_memory_alloc(evsim_tcp_memory(t), sizeof *rest + left);

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

/* ---- Flying ------------------------------------------------------------------------------------
 */

/* The segment has landed: here it is not referred to any more. */
static void land(struct evsim_segment *segment, bool has_arrived)
{
        struct evsim_tcp *from = segment->from;
        struct evsim_tcp *to = segment->to;

        segment->is_flying = false;
        if (has_arrived)
                evsim_tcp_deliver(to, from, segment);
        else
                evsim_tcp_lose(from, segment);
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

/* ---- What may fly ------------------------------------------------------------------------------
 */

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

        while (evsim_tcp_is_flowing(t) && t->peer != NULL && !t->is_recovering && t->next != NULL) {
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

/* ---- What is to be sent ------------------------------------------------------------------------
 */

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
