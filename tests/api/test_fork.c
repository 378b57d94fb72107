/* SPDX-License-Identifier: BSD-3-Clause */
/* event_reinit(): a base goes on in a forked child, and its parent's base is left alone. */
#include "api.h"

#include <signal.h>
#include <stdio.h>

struct family {
        struct event_base *base;
        evutil_socket_t fds[2];
        struct event *io;
        struct event *sig;
        struct event *timer;
};

static void assemble(struct family *f, enum backend backend)
{
        f->base = base_on(backend);
        stream_pair(f->fds);
        f->io = event_new(f->base, f->fds[0], EV_READ | EV_PERSIST, tell_and_read, NAME("io"));
        f->sig = evsignal_new(f->base, SIGUSR1, tell, NAME("sig"));
        f->timer = evtimer_new(f->base, tell, NAME("timer"));
        EQ(event_add(f->io, NULL), 0);
        EQ(event_add(f->sig, NULL), 0);
}

static void disband(struct family *f)
{
        event_free(f->io);
        event_free(f->sig);
        event_free(f->timer);
        event_base_free(f->base);
        close_pair(f->fds);
}

static void go_on_in_the_child(void *arg)
{
        struct family *f = arg;

        EQ(event_reinit(f->base), 0);
        EQ(turn(f->base), 0);
        STORY("");
        EQ(event_base_get_num_events(f->base, EVENT_BASE_COUNT_ADDED), 2);
        put_byte(f->fds[1]);
        EQ(turn(f->base), 0);
        STORY("io=READ");
        EQ(raise(SIGUSR1), 0);
        EQ(turn(f->base), 0);
        STORY("sig=SIGNAL");
        EQ(event_add(f->timer, MS(1)), 0);
        EQ(event_base_loop(f->base, EVLOOP_ONCE), 0);
        STORY("timer=TIMEOUT");
        disband(f);
}

static void a_base_goes_on_in_a_child(void **state)
{
        struct family f;

        assemble(&f, backend_of(state));
        EQ(turn(f.base), 0);
        CHILD_OK(go_on_in_the_child, &f);
        /* the child has deleted everything; here it is all still watched */
        put_byte(f.fds[1]);
        EQ(turn(f.base), 0);
        STORY("io=READ");
        EQ(raise(SIGUSR1), 0);
        EQ(turn(f.base), 0);
        STORY("sig=SIGNAL");
        disband(&f);
}

/* A signal to the child is the child's own business. */
static void raise_in_the_child(void *arg)
{
        struct family *f = arg;

        EQ(event_reinit(f->base), 0);
        EQ(raise(SIGUSR1), 0);
        EQ(raise(SIGUSR1), 0);
        EQ(turn(f->base), 0);
        STORY("sig=SIGNAL sig=SIGNAL");
}

static void a_signal_in_the_child_is_not_the_parents(void **state)
{
        struct family f;

        assemble(&f, backend_of(state));
        CHILD_OK(raise_in_the_child, &f);
        EQ(turn(f.base), 0);
        STORY("");
        disband(&f);
}

/* What was active, or caught but not yet told, when the process forked. */
static void pending_when_forked(void *arg)
{
        struct family *f = arg;

        EQ(event_reinit(f->base), 0);
        EQ(turn(f->base), 0);
        STORY("timer=WRITE");
        EQ(raise(SIGUSR1), 0);
        EQ(turn(f->base), 0);
        STORY("sig=SIGNAL");
}

static void activations_survive_the_fork(void **state)
{
        struct family f;

        assemble(&f, backend_of(state));
        event_active(f.timer, EV_WRITE, 1);
        CHILD_OK(pending_when_forked, &f);
        EQ(turn(f.base), 0);
        STORY("timer=WRITE");
        disband(&f);
}

static void reinit_of_a_new_base(void *arg)
{
        struct event_base *base = base_on(*(enum backend *)arg);

        EQ(event_reinit(base), 0);
        EQ(event_reinit(base), 0);
        EQ(event_base_dispatch(base), 1);
        event_base_free(base);
}

static void reinit_without_events_and_twice(void **state)
{
        enum backend backend = backend_of(state);

        CHILD_OK(reinit_of_a_new_base, &backend);
}

static void reinit_where_no_fork_was(void **state)
{
        struct family f;

        assemble(&f, backend_of(state));
        EQ(event_reinit(f.base), 0);
        put_byte(f.fds[1]);
        EQ(turn(f.base), 0);
        EQ(raise(SIGUSR1), 0);
        EQ(turn(f.base), 0);
        STORY("io=READ sig=SIGNAL");
        disband(&f);
}

/* A descriptor closed between fork and reinit is no reason to lose the rest. epoll is asked anew
 * and says EBADF, at which libevent gives up with its signals half restored. */
static void reinit_with_a_closed_descriptor(void *arg)
{
        struct family *f = arg;

        close_pair(f->fds);
        log_catch();
        event_reinit(f->base);
        EQ(event_del(f->io), 0);
        EQ(raise(SIGUSR1), 0);
        EQ(turn(f->base), 0);
        STORY("sig=SIGNAL");
}

static void a_descriptor_that_is_gone(void **state)
{
        struct family f;
        enum backend backend = backend_of(state);

        assemble(&f, backend);
        EQ(in_child(reinit_with_a_closed_descriptor, &f),
           backend == ON_EPOLL ? differs("reinit-closed-fd", -SIGUSR1, 0) : 0);
        disband(&f);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                ON_EACH_BACKEND(a_base_goes_on_in_a_child),
                ON_EACH_BACKEND(a_signal_in_the_child_is_not_the_parents),
                ON_EACH_BACKEND(activations_survive_the_fork),
                ON_EACH_BACKEND(reinit_without_events_and_twice),
                ON_EACH_BACKEND(reinit_where_no_fork_was),
                ON_EACH_BACKEND(a_descriptor_that_is_gone),
        };

        return RUN(tests);
}
