/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The scenarios of the fault loop: between them they call every public function of the core. Here
 * are those of the calls around the core; the others are in fault_sources.c and fault_lives.c.
 */
#include <errno.h>
#include <event2/event_compat.h>
#include <event2/util.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "fault_moves.h"

/* The calls of 1.4. event_init() ends the process when it cannot make a base: here it comes back
 * by longjmp, and has given everything back before. */
static struct event_base *init_or_end(struct scene *s)
{
        jmp_buf end;
        struct event_base *volatile base = NULL;

        s->shim->end = &end;
        if (setjmp(end) == 0)
                base = event_init();
        else
                errno = s->shim->errors[s->shim->hit]; /* told to the log alone */
        s->shim->end = NULL;
        return base;
}

static void play_compat(struct scene *s)
{
        if (!enable_threads(s))
                return;
        setenv("EVENT_NOEPOLL", "1", 1); /* so that poll remains, and its failure is the end */
        setenv("EVENT_NOSELECT", "1", 1);
        ATTEMPT(s, "event_init", (s->base = init_or_end(s)) != NULL);
        unsetenv("EVENT_NOEPOLL");
        unsetenv("EVENT_NOSELECT");
        if (s->base == NULL)
                return;
        ATTEMPT(s, "event_priority_init", event_priority_init(3) == 0);
        MUST(s, "event_get_method", event_get_method() != NULL);
        if (!s->variant->has_debug_mode) {
                event_set(&s->storage[0], in(s, 0), EV_READ | EV_PERSIST, on_byte, s);
                s->slots[0] = &s->storage[0];
        }
        add(s, 0, MS(5));
        ATTEMPT(s, "event_once", event_once(-1, EV_TIMEOUT, on_call, s, MS(5)) == 0);
        scene_checkpoint(s);
        for (int i = 0; i < 3; i++)
                ATTEMPT(s, "event_base_loop", event_loop(EVLOOP_ONCE | EVLOOP_NONBLOCK) >= 0);
        ATTEMPT(s, "event_loopexit", event_loopexit(MS(1)) == 0);
        MUST(s, "event_loopbreak", event_loopbreak() == 0);
        turn(s);
        del(s, 0);
        pass_ms(s, 5); /* what was once */
        ATTEMPT(s, "event_base_loop", event_dispatch() >= 0);
        scene_checkpoint(s);
        memset(s->slots, 0, sizeof s->slots);
        s->base = NULL;
        event_base_free(NULL);
}

/* A base with no wish for a method: when one does not open, the next is taken, unless it was for
 * want of memory. */
static void play_fallback(struct scene *s)
{
        struct event_base *base = NULL;

        if (!enable_threads(s))
                return;
        ATTEMPT(s, "event_base_new", (base = event_base_new()) != NULL);
        scene_checkpoint(s);
        if (base != NULL)
                event_base_free(base);
}

/* The helpers about sockets and random bytes. */
static void play_evutil(struct scene *s)
{
        evutil_socket_t sv[2] = {-1, -1};

        ATTEMPT(s, "evutil_socketpair", evutil_socketpair(AF_UNIX, SOCK_STREAM, 0, sv) == 0);
        if (sv[0] < 0)
                return;
        ATTEMPT(s, "evutil_make_socket_nonblocking", evutil_make_socket_nonblocking(sv[0]) == 0);
        ATTEMPT(s, "evutil_make_socket_closeonexec", evutil_make_socket_closeonexec(sv[0]) == 0);
        ATTEMPT(s, "evutil_make_listen_socket_reuseable",
                evutil_make_listen_socket_reuseable(sv[0]) == 0);
        ATTEMPT(s, "evutil_secure_rng_init", evutil_secure_rng_init() == 0);
        scene_checkpoint(s);
        (void)evutil_closesocket(sv[0]); /* may report EIO; the descriptor is gone all the same */
        (void)evutil_closesocket(sv[1]);
}

const struct scenario scenarios[] = {
        {"descriptors", play_descriptors},
        {"edges", play_edges},
        {"many", play_many},
        {"timers", play_timers},
        {"waits", play_waits},
        {"signals", play_signals},
        {"onces", play_onces},
        {"finalizers", play_finalizers},
        {"priorities", play_priorities},
        {"reinit", play_reinit},
        {"failed reinit", play_failed_reinit},
        {"life", play_life},
        {"compat", play_compat},
        {"fallback", play_fallback},
        {"evutil", play_evutil},
        {NULL, NULL},
};
