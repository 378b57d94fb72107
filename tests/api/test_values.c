/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Contracts about values that are in no prototype, and that programs rely on: storage of zeros,
 * fields that are read and edited, events assigned again, and the ways of the 1.4 API.
 */
#include "api.h"
#include <event2/event_compat.h>

#include <stdio.h>

static void zeroed_storage_is_not_initialized(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        struct event ev;

        memset(&ev, 0, sizeof ev);
        EQ(event_initialized(&ev), 0);
        EQ(evtimer_initialized(&ev), 0);
        EQ(evsignal_initialized(&ev), 0);
        EQ(event_assign(&ev, base, -1, 0, ignore, NULL), 0);
        OK(event_initialized(&ev));
        EQ(event_add(&ev, TV(100, 0)), 0);
        EQ(event_del(&ev), 0);
        OK(event_initialized(&ev)); /* deleted, and still what it was assigned to be */
        memset(&ev, 0, sizeof ev);
        EQ(event_initialized(&ev), 0);
        event_base_free(base);
}

/* Whatever was in the storage, event_assign() makes an event of it. */
static void assign_does_not_care_what_was_there(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        struct event ev;

        memset(&ev, 0xa5, sizeof ev);
        EQ(event_assign(&ev, base, -1, EV_PERSIST, tell, NAME("t")), 0);
        EQ(event_pending(&ev, 0xff, NULL), 0);
        EQ(event_del(&ev), 0);
        EQ(event_add(&ev, MS(1)), 0);
        EQ(event_base_loop(base, EVLOOP_ONCE), 0);
        STORY("t=TIMEOUT");
        EQ(event_del(&ev), 0);
        event_base_free(base);
}

static void the_public_fields_hold_what_was_assigned(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        struct event ev;

        EQ(event_assign(&ev, base, 55, EV_READ | EV_PERSIST, tell, NAME("x")), 0);
        OK(ev.ev_base == base);
        EQ(ev.ev_fd, 55);
        EQ(ev.ev_events, EV_READ | EV_PERSIST);
        OK(ev.ev_evcallback.evcb_cb_union.evcb_callback == tell);
        STREQ(ev.ev_evcallback.evcb_arg, "x");
        EQ(ev.ev_evcallback.evcb_flags, EVLIST_INIT);
        EQ(ev.ev_evcallback.evcb_pri, 0);
        event_base_free(base);
}

static void see_the_result(evutil_socket_t fd, short what, void *arg)
{
        struct event *ev = arg;

        (void)fd;
        EQ(ev->ev_res, what);
        say("res=%s", flag_names(ev->ev_res));
}

static void the_flags_field_says_where_the_event_is(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        evutil_socket_t fds[2];
        struct event ev;

        stream_pair(fds);
        put_byte(fds[1]);
        EQ(event_assign(&ev, base, fds[0], EV_READ, see_the_result, &ev), 0);
        EQ(event_add(&ev, TV(100, 0)), 0);
        EQ(ev.ev_evcallback.evcb_flags, EVLIST_INIT | EVLIST_INSERTED | EVLIST_TIMEOUT);
        event_active(&ev, EV_READ, 1);
        EQ(ev.ev_evcallback.evcb_flags,
           EVLIST_INIT | EVLIST_INSERTED | EVLIST_TIMEOUT | EVLIST_ACTIVE);
        EQ(turn(base), 0);
        STORY("res=READ");
        EQ(ev.ev_evcallback.evcb_flags, EVLIST_INIT);
        event_base_free(base);
        close_pair(fds);
}

/* --- editing the fields between del and add ------------------------------------------------- */

static void the_descriptor_may_be_edited(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        evutil_socket_t a[2], b[2];
        struct event ev;

        stream_pair(a);
        stream_pair(b);
        EQ(event_assign(&ev, base, a[0], EV_READ | EV_PERSIST, tell_and_read, NAME("r")), 0);
        EQ(event_add(&ev, NULL), 0);
        EQ(event_del(&ev), 0);
        ev.ev_fd = b[0];
        EQ(event_add(&ev, NULL), 0);
        put_byte(a[1]);
        EQ(turn(base), 0);
        STORY("");
        put_byte(b[1]);
        EQ(turn(base), 0);
        STORY("r=READ");
        EQ(event_get_fd(&ev), b[0]);
        EQ(event_del(&ev), 0);
        event_base_free(base);
        close_pair(a);
        close_pair(b);
}

static void the_events_may_be_edited(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        evutil_socket_t fds[2];
        struct event ev;

        stream_pair(fds);
        EQ(event_assign(&ev, base, fds[0], EV_READ | EV_PERSIST, tell, NAME("x")), 0);
        EQ(event_add(&ev, NULL), 0);
        EQ(turn(base), 0);
        EQ(event_del(&ev), 0);
        ev.ev_events |= EV_WRITE;
        EQ(event_add(&ev, NULL), 0);
        EQ(turn(base), 0);
        STORY("x=WRITE");
        EQ(event_del(&ev), 0);
        ev.ev_events &= ~EV_WRITE;
        EQ(event_add(&ev, NULL), 0);
        EQ(turn(base), 0);
        STORY("");
        put_byte(fds[1]);
        EQ(turn(base), 0);
        STORY("x=READ");
        EQ(event_del(&ev), 0);
        event_base_free(base);
        close_pair(fds);
}

/* libunbound assigns anew, with another descriptor and other flags, after each del. */
static void an_event_may_be_assigned_again_after_del(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        struct event_base *other = base_on(backend_of(state));
        evutil_socket_t fds[2];
        struct event ev;

        stream_pair(fds);
        EQ(event_assign(&ev, base, fds[0], EV_READ, tell, NAME("first")), 0);
        EQ(event_add(&ev, TV(100, 0)), 0);
        EQ(event_del(&ev), 0);
        EQ(event_assign(&ev, other, fds[1], EV_WRITE, tell, NAME("second")), 0);
        EQ(event_add(&ev, NULL), 0);
        OK(event_get_base(&ev) == other);
        EQ(event_base_dispatch(base), 1);
        EQ(event_base_dispatch(other), 1);
        STORY("second=WRITE");
        EQ(event_assign(&ev, base, -1, 0, tell, NAME("third")), 0); /* it ran: it is out */
        EQ(event_add(&ev, MS(1)), 0);
        EQ(event_base_dispatch(base), 1);
        STORY("third=TIMEOUT");
        event_base_free(base);
        event_base_free(other);
        close_pair(fds);
}

/* --- the 1.4 way --------------------------------------------------------------------------- */

struct connection { /* memcached: one event per connection, set anew for each state */
        struct event event;
        evutil_socket_t fd;
        short flags;
};

static void connection_ready(evutil_socket_t fd, short what, void *arg)
{
        struct connection *c = arg;

        EQ(fd, c->fd);
        tell_and_read(fd, what, NAME("connection"));
}

static void update_event(struct connection *c, short flags)
{
        struct event_base *base = c->event.ev_base; /* read directly, as memcached does */

        if (c->flags == flags)
                return;
        EQ(event_del(&c->event), 0);
        event_set(&c->event, c->fd, flags, connection_ready, c);
        EQ(event_base_set(base, &c->event), 0);
        c->flags = flags;
        EQ(event_add(&c->event, NULL), 0);
}

static void as_memcached_does(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        evutil_socket_t fds[2];
        struct connection c;

        stream_pair(fds);
        c.fd = fds[0];
        c.flags = EV_READ | EV_PERSIST;
        event_set(&c.event, c.fd, c.flags, connection_ready, &c);
        EQ(event_base_set(base, &c.event), 0);
        EQ(event_add(&c.event, NULL), 0);
        put_byte(fds[1]);
        EQ(turn(base), 0);
        update_event(&c, EV_WRITE | EV_PERSIST);
        put_byte(fds[1]);
        EQ(turn(base), 0);
        update_event(&c, EV_READ | EV_PERSIST);
        EQ(turn(base), 0);
        STORY("connection=READ connection=WRITE connection=READ");
        EQ(event_del(&c.event), 0);
        event_base_free(base);
        close_pair(fds);
}

/* pgbouncer assigns into its own structs and re-adds timers in their callbacks. */
struct janitor {
        struct event ev;
        int runs;
};

static void janitor_runs(evutil_socket_t fd, short what, void *arg)
{
        struct janitor *j = arg;

        tell(fd, what, NAME("janitor"));
        if (++j->runs < 3)
                EQ(evtimer_add(&j->ev, MS(1)), 0);
}

static void as_pgbouncer_does(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        struct janitor j = {.runs = 0};

        EQ(evtimer_assign(&j.ev, base, janitor_runs, &j), 0);
        EQ(evtimer_add(&j.ev, MS(1)), 0);
        EQ(event_base_dispatch(base), 1);
        STORY("janitor=TIMEOUT janitor=TIMEOUT janitor=TIMEOUT");
        event_base_free(base);
}

static void a_base_is_set_only_on_an_idle_event(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        struct event_base *other = base_on(backend_of(state));
        struct event ev;

        EQ(event_base_priority_init(other, 3), 0);
        EQ(event_assign(&ev, base, -1, 0, tell, NAME("t")), 0);
        EQ(event_base_set(other, &ev), 0);
        OK(event_get_base(&ev) == other);
        EQ(event_get_priority(&ev), 1); /* the middle one of the new base */
        EQ(event_add(&ev, TV(100, 0)), 0);
        EQ(event_base_set(base, &ev), -1);
        OK(event_get_base(&ev) == other);
        EQ(event_del(&ev), 0);
        event_active(&ev, EV_READ, 1);
        EQ(event_base_set(base, &ev), -1);
        EQ(event_base_dispatch(other), 1);
        STORY("t=READ");
        EQ(event_base_set(base, &ev), 0);
        event_base_free(base);
        event_base_free(other);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                ON_ANY(zeroed_storage_is_not_initialized),
                ON_ANY(assign_does_not_care_what_was_there),
                ON_ANY(the_public_fields_hold_what_was_assigned),
                ON_ANY(the_flags_field_says_where_the_event_is),
                ON_EACH_BACKEND(the_descriptor_may_be_edited),
                ON_EACH_BACKEND(the_events_may_be_edited),
                ON_EACH_BACKEND(an_event_may_be_assigned_again_after_del),
                ON_EACH_BACKEND(as_memcached_does),
                ON_EACH_BACKEND(as_pgbouncer_does),
                ON_ANY(a_base_is_set_only_on_an_idle_event),
        };

        return RUN(tests);
}
