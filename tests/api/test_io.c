/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Descriptors: level-triggered reading and writing, several events on one descriptor, events
 * with a timeout, and what callbacks may do to events. Over each backend.
 *
 * Order among the descriptors that one look at the kernel finds ready is free: no test here
 * depends on it.
 */
#include "api.h"

static void reading_stays_true_until_it_is_read(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        evutil_socket_t fds[2];
        struct event *ev;

        stream_pair(fds);
        ev = event_new(base, fds[0], EV_READ | EV_PERSIST, tell, NAME("r"));
        EQ(event_add(ev, NULL), 0);
        EQ(turn(base), 0);
        STORY("");
        put_byte(fds[1]);
        EQ(turn(base), 0);
        EQ(turn(base), 0);
        STORY("r=READ r=READ");
        EQ(drain(fds[0]), 1);
        EQ(turn(base), 0);
        STORY("");
        event_free(ev);
        event_base_free(base);
        close_pair(fds);
}

static void an_event_that_does_not_persist_comes_once(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        evutil_socket_t fds[2];
        struct event *ev;

        stream_pair(fds);
        put_byte(fds[1]);
        ev = event_new(base, fds[0], EV_READ, tell, NAME("r"));
        EQ(event_add(ev, NULL), 0);
        EQ(event_base_dispatch(base), 1);
        STORY("r=READ");
        OK(!event_pending(ev, EV_READ, NULL));
        EQ(event_add(ev, NULL), 0);
        EQ(event_base_dispatch(base), 1);
        STORY("r=READ");
        event_free(ev);
        event_base_free(base);
        close_pair(fds);
}

static void writing_is_true_until_the_buffer_is_full(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        evutil_socket_t fds[2];
        struct event *ev;

        stream_pair(fds);
        ev = event_new(base, fds[0], EV_WRITE | EV_PERSIST, tell, NAME("w"));
        EQ(event_add(ev, NULL), 0);
        EQ(turn(base), 0);
        STORY("w=WRITE");
        fill(fds[0]);
        EQ(turn(base), 0);
        STORY("");
        OK(drain(fds[1]) > 0);
        EQ(turn(base), 0);
        STORY("w=WRITE");
        event_free(ev);
        event_base_free(base);
        close_pair(fds);
}

static void one_event_for_both_directions(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        evutil_socket_t fds[2];
        struct event *ev;

        stream_pair(fds);
        ev = event_new(base, fds[0], EV_READ | EV_WRITE | EV_PERSIST, tell, NAME("rw"));
        EQ(event_add(ev, NULL), 0);
        EQ(turn(base), 0);
        STORY("rw=WRITE");
        put_byte(fds[1]);
        EQ(turn(base), 0);
        STORY("rw=READ|WRITE");
        fill(fds[0]);
        EQ(turn(base), 0);
        STORY("rw=READ");
        event_free(ev);
        event_base_free(base);
        close_pair(fds);
}

static void several_events_on_one_descriptor(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        evutil_socket_t fds[2];
        int readers = 0, writers = 0;
        struct event *r1, *r2, *w;

        stream_pair(fds);
        r1 = event_new(base, fds[0], EV_READ | EV_PERSIST, count, &readers);
        r2 = event_new(base, fds[0], EV_READ | EV_PERSIST, count, &readers);
        w = event_new(base, fds[0], EV_WRITE | EV_PERSIST, count, &writers);
        event_add(r1, NULL);
        event_add(r2, NULL);
        event_add(w, NULL);
        put_byte(fds[1]);
        EQ(turn(base), 0);
        EQ(readers, 2);
        EQ(writers, 1);

        EQ(event_del(r1), 0); /* the other reader's interest stays */
        EQ(turn(base), 0);
        EQ(readers, 3);
        EQ(writers, 2);
        EQ(event_del(r2), 0); /* and the writer's, without the readers' */
        EQ(turn(base), 0);
        EQ(readers, 3);
        EQ(writers, 3);
        EQ(event_add(r2, NULL), 0);
        EQ(event_del(w), 0);
        EQ(turn(base), 0);
        EQ(readers, 4);
        EQ(writers, 3);
        event_free(r1);
        event_free(r2);
        event_free(w);
        event_base_free(base);
        close_pair(fds);
}

static void end_of_file_is_readable(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        evutil_socket_t fds[2];
        struct event *ev;

        stream_pair(fds);
        ev = event_new(base, fds[0], EV_READ, tell, NAME("r"));
        event_add(ev, NULL);
        EQ(close(fds[1]), 0);
        fds[1] = -1;
        EQ(event_base_dispatch(base), 1);
        STORY("r=READ");
        event_free(ev);
        event_base_free(base);
        close_pair(fds);
}

static void a_closed_peer_wakes_reader_and_writer(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        evutil_socket_t fds[2];
        struct event *ev;

        stream_pair(fds);
        fill(fds[0]);
        ev = event_new(base, fds[0], EV_READ | EV_WRITE, tell, NAME("rw"));
        event_add(ev, NULL);
        EQ(turn(base), 0);
        STORY("");
        EQ(close(fds[1]), 0);
        fds[1] = -1;
        EQ(event_base_dispatch(base), 1);
        STORY("rw=READ|WRITE");
        event_free(ev);
        event_base_free(base);
        close_pair(fds);
}

static void the_read_end_of_a_pipe(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        int ends[2];
        struct event *reader, *writer;

        EQ(pipe(ends), 0);
        EQ(evutil_make_socket_nonblocking(ends[0]), 0);
        EQ(evutil_make_socket_nonblocking(ends[1]), 0);
        reader = event_new(base, ends[0], EV_READ | EV_PERSIST, tell_and_read, NAME("r"));
        writer = event_new(base, ends[1], EV_WRITE, tell, NAME("w"));
        event_add(reader, NULL);
        event_add(writer, NULL);
        EQ(turn(base), 0);
        STORY("w=WRITE");
        put_byte(ends[1]);
        EQ(turn(base), 0);
        STORY("r=READ");
        event_free(writer);
        event_free(reader);
        event_base_free(base);
        close_pair(ends);
}

/* --- with a timeout -------------------------------------------------------------------- */

static void data_or_timeout_whichever_is_first(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        evutil_socket_t fds[2];
        struct event *ev;

        stream_pair(fds);
        ev = event_new(base, fds[0], EV_READ, tell, NAME("r"));
        EQ(event_add(ev, MS(2)), 0);
        EQ(event_base_dispatch(base), 1);
        STORY("r=TIMEOUT");
        OK(!event_pending(ev, EV_READ | EV_TIMEOUT, NULL)); /* both are over */

        put_byte(fds[1]);
        EQ(event_add(ev, TV(1000, 0)), 0);
        EQ(event_base_dispatch(base), 1);
        STORY("r=READ");
        OK(!event_pending(ev, EV_READ | EV_TIMEOUT, NULL));
        event_free(ev);
        event_base_free(base);
        close_pair(fds);
}

static void a_persistent_event_keeps_both_after_a_timeout(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        evutil_socket_t fds[2];
        struct event *ev;

        stream_pair(fds);
        ev = event_new(base, fds[0], EV_READ | EV_PERSIST, tell_and_read, NAME("r"));
        EQ(event_add(ev, MS(2)), 0);
        EQ(event_base_loop(base, EVLOOP_ONCE), 0);
        EQ(event_base_loop(base, EVLOOP_ONCE), 0);
        STORY("r=TIMEOUT r=TIMEOUT");
        EQ(event_pending(ev, EV_READ | EV_TIMEOUT, NULL), EV_READ | EV_TIMEOUT);
        EQ(event_add(ev, TV(1000, 0)), 0);
        put_byte(fds[1]);
        EQ(event_base_loop(base, EVLOOP_ONCE), 0);
        STORY("r=READ");
        EQ(event_pending(ev, EV_READ | EV_TIMEOUT, NULL), EV_READ | EV_TIMEOUT);
        event_free(ev);
        event_base_free(base);
        close_pair(fds);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                ON_EACH_BACKEND(reading_stays_true_until_it_is_read),
                ON_EACH_BACKEND(an_event_that_does_not_persist_comes_once),
                ON_EACH_BACKEND(writing_is_true_until_the_buffer_is_full),
                ON_EACH_BACKEND(one_event_for_both_directions),
                ON_EACH_BACKEND(several_events_on_one_descriptor),
                ON_EACH_BACKEND(end_of_file_is_readable),
                ON_EACH_BACKEND(a_closed_peer_wakes_reader_and_writer),
                ON_EACH_BACKEND(the_read_end_of_a_pipe),
                ON_EACH_BACKEND(data_or_timeout_whichever_is_first),
                ON_EACH_BACKEND(a_persistent_event_keeps_both_after_a_timeout),
        };

        return RUN(tests);
}
