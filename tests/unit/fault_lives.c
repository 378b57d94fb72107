/* SPDX-License-Identifier: BSD-3-Clause */
/* Scenarios of the fault loop: how events and bases live and end, in a child process too. */
#include <signal.h>

#include "fault_moves.h"

static void once(struct scene *s, evutil_socket_t fd, short events, const struct timeval *timeout)
{
        ATTEMPT(s, "event_base_once",
                event_base_once(s->base, fd, events, on_call, s, timeout) == 0);
}

/* Calls for once; some are freed with their base. */
void play_onces(struct scene *s)
{
        if (!has_base(s))
                return;
        once(s, -1, EV_TIMEOUT, NULL);
        once(s, -1, EV_TIMEOUT, NO_TIME);
        once(s, -1, EV_TIMEOUT, MS(5));
        once(s, out(s, 0), EV_WRITE, NULL);
        once(s, in(s, 1), EV_READ, MS(5000));
        once(s, -1, EV_TIMEOUT, MS(5000));
        scene_checkpoint(s);
        pass_ms(s, 6);
        scene_checkpoint(s);
        free_base(s);
}

static void finalize(struct scene *s, int slot)
{
        struct event *ev = s->slots[slot];

        if (ev == NULL)
                return;
        MUST(s, "event_finalize", event_finalize(0, ev, on_finalize) == 0);
        if (slot == 0) { /* not an event any more when that has run */
                s->slots[slot] = NULL;
                s->nfinalizing++;
        }
}

static void free_finalize(struct scene *s, int slot)
{
        struct event *ev = s->slots[slot];

        s->slots[slot] = NULL;
        if (ev == NULL)
                return;
        MUST(s, "event_free_finalize", event_free_finalize(0, ev, on_finalize) == 0);
        s->nfinalizing++;
}

/* Finalizers: run by the loop and by event_base_free, and one that event_free takes away. */
void play_finalizers(struct scene *s)
{
        if (!has_base(s))
                return;
        assign(s, 0, in(s, 0), EV_READ | EV_PERSIST, on_byte);
        for (int i = 1; i < 4; i++)
                make(s, i, in(s, i), EV_READ | EV_PERSIST, on_byte);
        for (int i = 0; i < 4; i++)
                add(s, i, MS(50));
        finalize(s, 0);
        free_finalize(s, 1);
        turn(s);
        scene_checkpoint(s);
        finalize(s, 2);
        free_finalize(s, 3);
        release(s, 2);
        scene_checkpoint(s);
        free_base(s);
        MUST(s, "event_base_free", s->nfinalized == s->nfinalizing);
}

/* Priorities, and what of a configuration changes how a base runs. */
void play_priorities(struct scene *s)
{
        struct event_config *config;

        if (!enable_threads(s) || (config = make_config(s)) == NULL)
                return;
        MUST(s, "event_config_require_features", event_config_require_features(config, 0) == 0);
        MUST(s, "event_config_set_num_cpus_hint", event_config_set_num_cpus_hint(config, 2) == 0);
        MUST(s, "event_config_set_max_dispatch_interval",
             event_config_set_max_dispatch_interval(config, MS(5), 2, 1) == 0);
        ATTEMPT(s, "event_base_new_with_config",
                (s->base = event_base_new_with_config(config)) != NULL);
        event_config_free(config);
        if (s->base == NULL)
                return;
        ATTEMPT(s, "event_base_priority_init", event_base_priority_init(s->base, 4) == 0);
        for (int i = 0; i < 8; i++) {
                make(s, i, -1, EV_PERSIST, on_call);
                if (s->slots[i] != NULL && event_base_get_npriorities(s->base) == 4)
                        MUST(s, "event_priority_set", event_priority_set(s->slots[i], i % 4) == 0);
                add(s, i, MS(1000));
                activate(s, i, EV_TIMEOUT);
        }
        scene_checkpoint(s);
        turn(s);
        scene_checkpoint(s);
        for (int i = 0; i < 8; i++)
                release(s, i);
        free_base(s);
}

/* event_reinit with everything pending. */
void play_reinit(struct scene *s)
{
        if (!has_base(s))
                return;
        for (int i = 0; i < 5; i++) {
                make(s, i, in(s, i), EV_READ | EV_PERSIST, on_byte);
                add(s, i, MS(50));
        }
        make(s, 5, SIGUSR1, EV_SIGNAL | EV_PERSIST, on_call);
        add(s, 5, NULL);
        scene_checkpoint(s);
        ATTEMPT(s, "event_reinit", event_reinit(s->base) == 0);
        scene_checkpoint(s);
        for (int i = 0; i < 5; i++)
                send_byte(s, i);
        if (s->slots[5] != NULL && event_pending(s->slots[5], EV_SIGNAL, NULL) != 0)
                raise(SIGUSR1);
        turn(s);
        scene_checkpoint(s);
        for (int i = 0; i < 6; i++)
                release(s, i);
        scene_checkpoint(s);
        free_base(s);
}

/* One that fails: the base goes on with what it had, as if it had not been asked. */
void play_failed_reinit(struct scene *s)
{
        if (!has_base(s))
                return;
        for (int i = 0; i < 3; i++) {
                make(s, i, in(s, i), EV_READ | EV_PERSIST, on_byte);
                add(s, i, NULL);
        }
        make(s, 3, SIGUSR1, EV_SIGNAL | EV_PERSIST, on_call);
        add(s, 3, NULL);
        s->has_one_try = true;
        ATTEMPT(s, "event_reinit", event_reinit(s->base) == 0);
        s->has_one_try = false;
        for (int i = 0; i < 3; i++)
                send_byte(s, i);
        if (s->slots[3] != NULL && event_pending(s->slots[3], EV_SIGNAL, NULL) != 0)
                raise(SIGUSR1);
        turn(s);
        scene_checkpoint(s);
        for (int i = 0; i < 4; i++)
                release(s, i);
        scene_checkpoint(s);
        free_base(s);
}

void play_before_fork(struct scene *s)
{
        if (!has_base(s))
                return;
        for (int i = 0; i < 3; i++) {
                make(s, i, in(s, i), EV_READ | EV_PERSIST, on_byte);
                add(s, i, MS(50));
        }
        make(s, 3, SIGUSR1, EV_SIGNAL | EV_PERSIST, on_call);
        add(s, 3, NULL);
        send_byte(s, 0); /* in the pipe that both processes have */
}

bool play_in_child(struct scene *s)
{
        int r = -1;

        ATTEMPT(s, "event_reinit", (r = event_reinit(s->base)) == 0);
        if (r < 0)
                return false;
        raise(SIGUSR1);
        for (int i = 3; i >= 0; i--)
                release(s, i);
        make(s, 0, out(s, 5), EV_WRITE, on_call);
        add(s, 0, NULL);
        turn(s);
        release(s, 0);
        free_base(s);
        return true;
}

void play_after_fork(struct scene *s)
{
        turn(s);
        MUST(s, "the parent's byte", s->ncalls == 1);
        raise(SIGUSR1);
        turn(s);
        MUST(s, "the parent's signal", s->ncalls == 2);
        for (int i = 0; i < 4; i++)
                release(s, i);
        free_base(s);
}

/* Events, and a base, that are moved and changed between their adds; freed in odd orders. */
void play_life(struct scene *s)
{
        struct event *left[3];

        if (!has_base(s))
                return;
        assign(s, 0, in(s, 0), EV_READ, on_byte);
        if (s->slots[0] != NULL) {
                MUST(s, "event_base_set", event_base_set(s->base, s->slots[0]) == 0);
                add(s, 0, MS(5));
                MUST(s, "event_del_block", event_del_block(s->slots[0]) == 0);
                s->slots[0]->ev_events = EV_WRITE; /* as programs do */
                s->slots[0]->ev_fd = out(s, 0);
                add(s, 0, NULL);
                activate(s, 0, EV_WRITE);
                MUST(s, "event_del_noblock", event_del_noblock(s->slots[0]) == 0);
        }
        unassign(s, 0);
        scene_checkpoint(s);
        make(s, 1, in(s, 1), EV_READ | EV_PERSIST, on_byte);
        make(s, 2, -1, 0, on_call);
        make(s, 3, -1, 0, on_call);
        add(s, 1, MS(5));
        add(s, 2, MS(5));
        activate(s, 3, EV_TIMEOUT);
        scene_checkpoint(s);
        for (int i = 0; i < 3; i++)
                left[i] = take_pending(s, i + 1);
        struct event_base *base = s->base;
        s->base = NULL;
        event_base_free_nofinalize(base);
        for (int i = 0; i < 3; i++)
                if (left[i] != NULL)
                        event_free(left[i]);
}
