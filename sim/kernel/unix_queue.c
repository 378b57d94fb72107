/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What unix sockets send to each other.
 *
 * A message lies in the receiver's queue, and is charged to the sender until it was read: with what
 * Linux 6 takes for it on x86-64, overhead included, because it is that which fills a send buffer
 * (278 writes of a byte do), and readiness depends on it. A send waits while the buffer is full;
 * POLLOUT is reported, and notified at every message that is read, once less than a quarter of it
 * is in use. Sizes and edges were measured.
 */
#include <string.h>

#include "kernel/unix.h"

enum {
        OVERHEAD = 320,   /* behind the bytes of every buffer */
        STRUCTURE = 256,  /* that describes it */
        BUCKET_MIN = 512, /* buffers come in powers of two from here */
};

static struct evsim_memory *memory_of(struct evsim_unix *u)
{
        return &u->socket.file.host->world->memory;
}

/* ---- Charges -----------------------------------------------------------------------------------
 */

static size_t round_up(size_t n, size_t to)
{
        return (n + to - 1) / to * to;
}

int evsim_unix_charge(size_t len, size_t linear, size_t paged_max)
{
        size_t paged = len > linear ? round_up(len - linear, EVSIM_UNIX_PAGE) : 0;
        size_t bucket = BUCKET_MIN;

        if (len > linear && len - linear > paged_max)
                paged = paged_max;
        if (paged > len)
                paged = len;
        while (bucket < round_up(len - paged, EVSIM_UNIX_LINE) + OVERHEAD)
                bucket *= 2;
        return (int)(STRUCTURE + bucket + round_up(paged, EVSIM_UNIX_PAGE));
}

bool evsim_unix_is_writable(const struct evsim_unix *u)
{
        return u->state != EVSIM_UNIX_LISTENING && (int64_t)u->charged * 4 < u->socket.send_buffer;
}

void evsim_unix_give_back(struct evsim_unix *sender, int charge)
{
        sender->charged -= charge;
        if (!sender->is_dead && evsim_unix_is_writable(sender))
                evsim_file_notify(&sender->socket.file, POLLOUT);
}

static void discharge(struct evsim_unix *sender, int charge)
{
        evsim_unix_give_back(sender, charge);
        evsim_unix_unref(sender);
}

/* ---- The queue ---------------------------------------------------------------------------------
 */

void evsim_unix_append(struct evsim_unix *to, struct evsim_unix *from, const unsigned char *bytes,
                       size_t len, int charge)
{
        struct evsim_unix_message *message =
                evsim_memory_alloc(memory_of(to), sizeof *message + len);

        *message = (struct evsim_unix_message){
                .sender = from,
                .from = from->name,
                .charge = charge,
                .len = (uint32_t)len,
        };
        evsim_unix_ref(from);
        if (message->from != NULL)
                evsim_unix_name_ref(message->from);
        if (len > 0)
                memcpy(message->data, bytes, len);
        from->charged += charge;
        if (to->last != NULL)
                to->last->next = message;
        else
                to->first = message;
        to->last = message;
        to->nmessages++;
        to->nbytes += (int64_t)len;
        evsim_file_notify(&to->socket.file, POLLIN);
}

void evsim_unix_drop_first(struct evsim_unix *u)
{
        struct evsim_unix_message *message = u->first;
        struct evsim_unix *sender = message->sender;
        const int charge = message->charge;

        u->first = message->next;
        if (u->first == NULL)
                u->last = NULL;
        u->nmessages--;
        u->nbytes -= (int64_t)(message->len - message->at);
        evsim_unix_name_unref(u->socket.file.host, message->from);
        evsim_memory_free(memory_of(u), message);
        discharge(sender, charge);
}

void evsim_unix_drop_messages(struct evsim_unix *u)
{
        while (u->first != NULL)
                evsim_unix_drop_first(u);
}

void evsim_unix_tell_sender(const struct evsim_unix_message *message, struct evsim_message *m)
{
        if (!m->wants_address || message->from == NULL)
                return;
        memcpy(m->address, &message->from->address, sizeof message->from->address);
        m->address_len = message->from->len;
}
