/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A timer that fires again and again.
 *
 * Read this one first: it has the four steps of every program here. Make a base, make events that
 * belong to it, add them, dispatch. What is worth noticing is EV_PERSIST: with it a timeout starts
 * anew by itself, counted from the moment at which it was due, so a slow callback does not make the
 * ticks drift.
 */
#define _DEFAULT_SOURCE /* struct timeval arithmetic with -std=c11 */
#include <stdio.h>
#include <stdlib.h>

#include <event2/event.h>

struct ticker {
        struct event_base *base;
        struct timeval start;
        long ticks, wanted;
};

/* Callbacks get the descriptor (-1: a timer has none), what happened (EV_TIMEOUT here), and our own
 * pointer. */
static void on_tick(evutil_socket_t fd, short what, void *argument)
{
        struct ticker *ticker = argument;
        struct timeval now, since;
        (void)fd;
        (void)what;

        /* The loop has looked at the clock before it ran us; asking for that time costs no system
         * call. */
        event_base_gettimeofday_cached(ticker->base, &now);
        evutil_timersub(&now, &ticker->start, &since);
        ticker->ticks++;
        printf("tick %ld after %ld.%03ld s\n", ticker->ticks, (long)since.tv_sec,
               (long)since.tv_usec / 1000);
        if (ticker->ticks == ticker->wanted)
                event_base_loopbreak(ticker->base); /* dispatch returns when this callback does */
}

int main(int argc, char **argv)
{
        long interval_ms = argc > 1 ? atol(argv[1]) : 500;
        struct ticker ticker = {.wanted = argc > 2 ? atol(argv[2]) : 5};
        if (argc > 3 || interval_ms < 1 || ticker.wanted < 1) {
                fprintf(stderr, "usage: %s [INTERVAL_MS [TICKS]]\n", argv[0]);
                return 2;
        }
        setvbuf(stdout, NULL, _IOLBF, 0); /* each line at once, into a pipe too */

        ticker.base = event_base_new();
        struct event *tick =
                ticker.base ? event_new(ticker.base, -1, EV_PERSIST, on_tick, &ticker) : NULL;
        struct timeval interval = {.tv_sec = interval_ms / 1000,
                                   .tv_usec = interval_ms % 1000 * 1000};
        evutil_gettimeofday(&ticker.start, NULL);
        if (tick == NULL || event_add(tick, &interval) != 0) {
                fprintf(stderr, "%s: cannot set up the timer\n", argv[0]);
                return 1;
        }
        printf("ticking every %ld ms, %ld times\n", interval_ms, ticker.wanted);
        int result = event_base_dispatch(ticker.base);

        event_free(tick); /* deletes it first: always events before their base */
        event_base_free(ticker.base);
        return result == 0 ? 0 : 1;
}
