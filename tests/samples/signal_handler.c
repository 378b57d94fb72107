/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Signals as events: counts SIGINT and SIGUSR1, and leaves after some SIGINTs.
 *
 * A real signal handler may call next to nothing. These callbacks are none: they run in the loop
 * like any other callback, so printf, malloc and the whole library are allowed.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <event2/event.h>

struct counts {
        struct event_base *base;
        long interrupts, wanted_interrupts, users;
};

/* The place of the descriptor carries the signal's number. */
static void on_interrupt(evutil_socket_t signal_number, short what, void *argument)
{
        struct counts *counts = argument;
        (void)signal_number;
        (void)what;

        counts->interrupts++;
        printf("SIGINT %ld of %ld\n", counts->interrupts, counts->wanted_interrupts);
        if (counts->interrupts == counts->wanted_interrupts)
                event_base_loopbreak(counts->base);
}

static void on_user(evutil_socket_t signal_number, short what, void *argument)
{
        struct counts *counts = argument;
        (void)signal_number;
        (void)what;

        counts->users++;
        printf("SIGUSR1 number %ld\n", counts->users);
}

int main(int argc, char **argv)
{
        struct counts counts = {.wanted_interrupts = argc > 1 ? atol(argv[1]) : 2};
        if (argc > 2 || counts.wanted_interrupts < 1) {
                fprintf(stderr, "usage: %s [INTERRUPTS]\n", argv[0]);
                return 2;
        }
        setvbuf(stdout, NULL, _IOLBF, 0); /* each line at once, into a pipe too */

        counts.base = event_base_new();
        if (counts.base == NULL) {
                fprintf(stderr, "%s: cannot make an event base\n", argv[0]);
                return 1;
        }
        /* evsignal_new(base, n, ...) is event_new(base, n, EV_SIGNAL | EV_PERSIST, ...). The
         * handler that the process had before is put back when the event is deleted. */
        struct event *interrupt = evsignal_new(counts.base, SIGINT, on_interrupt, &counts);
        struct event *user = evsignal_new(counts.base, SIGUSR1, on_user, &counts);
        if (interrupt == NULL || user == NULL || event_add(interrupt, NULL) != 0 ||
            event_add(user, NULL) != 0) {
                fprintf(stderr, "%s: cannot watch the signals\n", argv[0]);
                return 1;
        }
        printf("process %ld waits for SIGUSR1, and %ld times for SIGINT (Ctrl-C)\n", (long)getpid(),
               counts.wanted_interrupts);
        int result = event_base_dispatch(counts.base);
        printf("leaving after %ld SIGUSR1 and %ld SIGINT\n", counts.users, counts.interrupts);

        event_free(interrupt);
        event_free(user);
        event_base_free(counts.base);
        return result == 0 ? 0 : 1;
}
