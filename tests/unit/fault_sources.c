/* SPDX-License-Identifier: BSD-3-Clause */
/* Scenarios of the fault loop: what a loop waits for, descriptors, time and signals. */
#include <signal.h>

#include "fault_moves.h"

/* Descriptors: several events on one, interest that widens and narrows, with and without time. */
void play_descriptors(struct scene *s)
{
        if (!has_base(s))
                return;
        assign(s, 0, in(s, 0), EV_READ | EV_PERSIST, on_byte);
        assign(s, 1, out(s, 0), EV_WRITE, on_call);
        make(s, 2, in(s, 1), EV_READ | EV_PERSIST, on_byte);
        make(s, 3, in(s, 1), EV_WRITE | EV_PERSIST, on_call); /* widens, is never ready */
        make(s, 4, in(s, 1), EV_READ | EV_PERSIST, on_call);  /* changes no interest */
        add(s, 0, NULL);
        add(s, 1, NULL);
        add(s, 2, MS(50));
        scene_checkpoint(s);
        add(s, 3, NULL);
        add(s, 4, NULL);
        scene_checkpoint(s);
        turn(s);
        scene_checkpoint(s);
        del(s, 4);
        send_byte(s, 0);
        send_byte(s, 1);
        turn(s);
        look_around(s);
        scene_checkpoint(s);
        del(s, 3); /* narrows */
        event_base_active_by_fd(s->base, in(s, 0), EV_READ);
        send_byte(s, 0);
        turn(s);
        del(s, 0);
        add(s, 0, MS(10));
        pass_ms(s, 20);
        scene_checkpoint(s);
        release(s, 2);
        release(s, 3);
        release(s, 4);
        unassign(s, 0);
        unassign(s, 1);
        scene_checkpoint(s);
        free_base(s);
}

/* What only some kernels tell. */
void play_edges(struct scene *s)
{
        if (!has_base(s))
                return;
        const int features = event_base_get_features(s->base);
        if (features & EV_FEATURE_ET) {
                make(s, 0, in(s, 0), EV_READ | EV_ET | EV_PERSIST, on_byte);
                add(s, 0, NULL);
                send_byte(s, 0);
                turn(s);
        }
        if (features & EV_FEATURE_EARLY_CLOSE) {
                make(s, 1, in(s, 1), EV_CLOSED, on_call);
                add(s, 1, NULL);
                turn(s);
        }
        scene_checkpoint(s);
        release(s, 0);
        release(s, 1);
        free_base(s);
}

/* So many descriptors that every table grows, and shrinks again. */
void play_many(struct scene *s)
{
        if (!has_base(s))
                return;
        for (int i = 0; i < SCENE_PIPES; i++) {
                assign(s, i, in(s, i), EV_READ | EV_PERSIST, on_byte);
                add(s, i, i % 2 ? MS(100) : NULL);
                send_byte(s, i);
        }
        scene_checkpoint(s);
        turn(s);
        for (int i = 0; i < SCENE_PIPES; i++)
                send_byte(s, i);
        turn(s);
        scene_checkpoint(s);
        for (int i = 0; i < SCENE_PIPES; i++)
                unassign(s, i);
        turn(s);
        scene_checkpoint(s);
        free_base(s);
}

static void make_common(struct scene *s, const struct timeval **common, int ms)
{
        ATTEMPT(s, "event_base_init_common_timeout",
                (*common = event_base_init_common_timeout(s->base, MS(ms))) != NULL);
}

/* Timers, alone and in common queues. */
void play_timers(struct scene *s)
{
        const struct timeval *common[3] = {NULL, NULL, NULL};

        if (!has_base(s))
                return;
        for (int i = 0; i < 3; i++)
                make_common(s, &common[i], 10 * (i + 1));
        for (int i = 0; i < 20; i++) {
                make(s, i, -1, i % 3 ? EV_PERSIST : 0, on_call);
                add(s, i, i % 2 && common[i % 3] != NULL ? common[i % 3] : MS(5 + i));
        }
        scene_checkpoint(s);
        pass_ms(s, 12);
        scene_checkpoint(s);
        add(s, 3, MS(1));  /* earlier */
        add(s, 4, MS(90)); /* later */
        if (s->slots[5] != NULL)
                MUST(s, "event_remove_timer", event_remove_timer(s->slots[5]) == 0);
        look_around(s);
        pass_ms(s, 7);
        scene_checkpoint(s);
        ATTEMPT(s, "event_base_loopexit", event_base_loopexit(s->base, MS(1)) == 0);
        ATTEMPT(s, "event_base_loopexit", event_base_loopexit(s->base, NULL) == 0);
        pass_ms(s, 2);
        scene_checkpoint(s);
        for (int i = 0; i < 20; i++)
                release(s, i);
        scene_checkpoint(s);
        free_base(s);
}

/* A loop may find something at each wait that is not there (the changelist, when the kernel refuses
 * a change): time goes on all the same. */
static void take_time(struct shim *shim, int64_t timeout_ns, void *arg)
{
        (void)timeout_ns;
        (void)arg;
        shim_advance(shim, 10000);
}

/* A wait that is not cut to nothing: what a loop asks of the kernel with time to go. */
void play_waits(struct scene *s)
{
        if (!has_base(s))
                return;
        s->shim->before_wait = take_time;
        make(s, 0, -1, EV_PERSIST, on_call);
        add(s, 0, &(const struct timeval){0, 1500});
        for (int i = 0;
             s->slots[0] != NULL && event_pending(s->slots[0], EV_TIMEOUT, NULL) && i < 3; i++)
                ATTEMPT(s, "event_base_loop", event_base_loop(s->base, EVLOOP_ONCE) >= 0);
        MUST(s, "event_base_loopbreak", event_base_loopbreak(s->base) == 0);
        MUST(s, "event_base_loopcontinue", event_base_loopcontinue(s->base) == 0);
        s->ncalls = 0; /* how often depends on waits that were cut short */
        release(s, 0);
        MUST(s, "event_base_dispatch", event_base_dispatch(s->base) == 1); /* nothing is left */
        scene_checkpoint(s);
        free_base(s);
}

static void make_notifiable(struct scene *s)
{
        ATTEMPT(s, "evthread_make_base_notifiable", evthread_make_base_notifiable(s->base) == 0);
}

/* Signals, watched by two bases. */
void play_signals(struct scene *s)
{
        struct event_base *second = NULL;
        struct event_base *first = NULL;

        if (!has_base(s))
                return;
        make(s, 0, SIGUSR1, EV_SIGNAL | EV_PERSIST, on_call);
        make(s, 1, SIGUSR1, EV_SIGNAL, on_call);
        make(s, 2, SIGUSR2, EV_SIGNAL | EV_PERSIST, on_call);
        add(s, 0, NULL);
        add(s, 1, MS(100));
        add(s, 2, NULL);
        scene_checkpoint(s);
        first = s->base;
        if ((second = make_base(s)) != NULL) {
                s->base = second;
                make(s, 3, SIGUSR1, EV_SIGNAL | EV_PERSIST, on_call);
                add(s, 3, NULL);
                s->base = first;
        }
        if (s->slots[0] != NULL && event_pending(s->slots[0], EV_SIGNAL, NULL) != 0)
                raise(SIGUSR1);
        turn(s);
        event_base_active_by_signal(s->base, SIGUSR2);
        look_around(s);
        turn(s);
        scene_checkpoint(s);
        del(s, 0);
        release(s, 3);
        if (second != NULL)
                event_base_free(second);
        make_notifiable(s);
        scene_checkpoint(s);
        release(s, 0);
        release(s, 1);
        scene_checkpoint(s);
        struct event *left = take_pending(s, 2);
        free_base(s);
        if (left != NULL)
                event_free(left);
}
