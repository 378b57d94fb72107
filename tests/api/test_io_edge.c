/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What not every backend has: edge triggering (EV_ET) and early notice of a closed peer
 * (EV_CLOSED). Where a backend lacks a feature, the test says what asking for it does there.
 */
#include "api.h"

#include <sys/socket.h>

static int has(struct event_base *base, int feature)
{
        return (event_base_get_features(base) & feature) != 0;
}

static void features_by_backend(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        static const int expected[N_BACKENDS] = {
                [ON_EPOLL] = EV_FEATURE_ET | EV_FEATURE_O1 | EV_FEATURE_EARLY_CLOSE,
                [ON_CHANGELIST] = EV_FEATURE_ET | EV_FEATURE_O1 | EV_FEATURE_EARLY_CLOSE,
                [ON_POLL] = EV_FEATURE_FDS | EV_FEATURE_EARLY_CLOSE,
                [ON_SELECT] = EV_FEATURE_FDS,
                [ON_KQUEUE] = EV_FEATURE_ET | EV_FEATURE_O1 | EV_FEATURE_FDS,
                [ON_DEVPOLL] = EV_FEATURE_O1 | EV_FEATURE_FDS,
                [ON_EVPORT] = 0,
        };

        EQ(event_base_get_features(base), expected[backend_of(state)]);
        event_base_free(base);
}

static void an_edge_comes_once_for_each_arrival(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        evutil_socket_t fds[2];
        struct event *ev;

        stream_pair(fds);
        ev = event_new(base, fds[0], EV_READ | EV_ET | EV_PERSIST, tell, NAME("r"));
        EQ(event_add(ev, NULL), 0);
        put_byte(fds[1]);
        EQ(turn(base), 0);
        EQ(turn(base), 0);
        if (has(base, EV_FEATURE_ET))
                STORY("r=READ|ET");
        else
                STORY("r=READ r=READ"); /* level-triggered, and says so */
        put_byte(fds[1]);
        EQ(turn(base), 0);
        STORY(has(base, EV_FEATURE_ET) ? "r=READ|ET" : "r=READ");
        event_free(ev);
        event_base_free(base);
        close_pair(fds);
}

static void edges_of_a_writer(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        evutil_socket_t fds[2];
        struct event *ev;

        stream_pair(fds);
        ev = event_new(base, fds[0], EV_WRITE | EV_ET | EV_PERSIST, tell, NAME("w"));
        EQ(event_add(ev, NULL), 0);
        EQ(turn(base), 0);
        STORY(has(base, EV_FEATURE_ET) ? "w=WRITE|ET" : "w=WRITE");
        fill(fds[0]);
        EQ(turn(base), 0);
        STORY("");
        OK(drain(fds[1]) > 0);
        EQ(turn(base), 0);
        STORY(has(base, EV_FEATURE_ET) ? "w=WRITE|ET" : "w=WRITE");
        event_free(ev);
        event_base_free(base);
        close_pair(fds);
}

/* Debug mode refuses the second (test_debug.c). libevent takes it otherwise: then the event that
 * was first decides how the kernel is asked, and the second is told like the first. */
static void of_edge_and_level_the_first_decides(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        static const short first_kind[] = {0, EV_ET};

        for (int i = 0; i < 2; i++) {
                evutil_socket_t fds[2];
                int firsts = 0, seconds = 0;
                struct event *first, *second;

                stream_pair(fds);
                first = event_new(base, fds[0], (short)(EV_READ | EV_PERSIST | first_kind[i]),
                                  count, &firsts);
                second = event_new(base, fds[0], (short)(EV_READ | EV_PERSIST | first_kind[!i]),
                                   count, &seconds);
                EQ(event_add(first, NULL), 0);
                log_catch();
                EQ(event_add(second, NULL), differs("edge-and-level-mixed", 0, -1));
                EQ(log_count(), differs("edge-and-level-mixed", 0, 1));
                put_byte(fds[1]);
                EQ(turn(base), 0);
                EQ(turn(base), 0);
                EQ(firsts, i == 1 && has(base, EV_FEATURE_ET) ? 1 : 2);
                EQ(seconds, differs("edge-and-level-mixed", firsts, 0));
                event_free(first);
                event_free(second);
                close_pair(fds);
        }
        event_base_free(base);
}

/* One edge-triggered event is not told of its own readiness anew because another is added. */
static void two_edge_events_on_one_descriptor(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        evutil_socket_t fds[2];
        int reads = 0, writes = 0;
        struct event *r, *w;

        stream_pair(fds);
        if (!has(base, EV_FEATURE_ET)) {
                event_base_free(base);
                close_pair(fds);
                return;
        }
        r = event_new(base, fds[0], EV_READ | EV_ET | EV_PERSIST, count, &reads);
        w = event_new(base, fds[0], EV_WRITE | EV_ET | EV_PERSIST, count, &writes);
        EQ(event_add(r, NULL), 0);
        EQ(event_add(w, NULL), 0);
        EQ(turn(base), 0);
        EQ(reads, 0);
        EQ(writes, 1);
        put_byte(fds[1]);
        EQ(turn(base), 0);
        EQ(reads, 1);
        EQ(event_del(w), 0);
        writes = 0;
        drain(fds[0]);
        put_byte(fds[1]);
        EQ(turn(base), 0);
        EQ(reads, 2);
        EQ(writes, 0);
        event_free(r);
        event_free(w);
        event_base_free(base);
        close_pair(fds);
}

/* --- EV_CLOSED -------------------------------------------------------------------------- */

static void closed_is_told_without_reading(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        evutil_socket_t fds[2];
        struct event *ev;

        stream_pair(fds);
        ev = event_new(base, fds[0], EV_CLOSED, tell, NAME("c"));
        if (has(base, EV_FEATURE_EARLY_CLOSE)) {
                EQ(event_add(ev, NULL), 0);
                put_byte(fds[1]); /* unread data does not hide the end */
                EQ(turn(base), 0);
                STORY("");
                EQ(shutdown(fds[1], SHUT_WR), 0);
                EQ(event_base_dispatch(base), 1);
                STORY("c=CLOSED");
        } else {
                /* Accepted, and never told; the timeout shows that the loop looked. */
                EQ(event_add(ev, MS(2)), 0);
                EQ(shutdown(fds[1], SHUT_WR), 0);
                EQ(event_base_dispatch(base), 1);
                STORY("c=TIMEOUT");
        }
        event_free(ev);
        event_base_free(base);
        close_pair(fds);
}

static void closed_together_with_reading(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        evutil_socket_t fds[2];
        struct event *ev;

        stream_pair(fds);
        ev = event_new(base, fds[0], EV_READ | EV_CLOSED | EV_PERSIST, tell, NAME("rc"));
        EQ(event_add(ev, NULL), 0);
        put_byte(fds[1]);
        EQ(turn(base), 0);
        STORY("rc=READ");
        EQ(shutdown(fds[1], SHUT_WR), 0);
        EQ(turn(base), 0);
        STORY(has(base, EV_FEATURE_EARLY_CLOSE) ? "rc=READ|CLOSED" : "rc=READ");
        event_free(ev);
        event_base_free(base);
        close_pair(fds);
}

/* A pipe's end is a hang-up, which nobody can ask for or not ask for. */
static void closed_alone_on_a_pipe(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        int ends[2];
        struct event *ev;

        EQ(pipe(ends), 0);
        ev = event_new(base, ends[0], EV_CLOSED | EV_PERSIST, tell, NAME("c"));
        EQ(event_add(ev, NULL), 0);
        EQ(close(ends[1]), 0);
        EQ(turn(base), 0);
        if (!has(base, EV_FEATURE_EARLY_CLOSE))
                STORY(""); /* it has no words for it, and does not wake up either */
        else
                STORY(differs("closed-alone", "", "c=CLOSED"));
        event_free(ev);
        event_base_free(base);
        close(ends[0]);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                ON_EACH_BACKEND(features_by_backend),
                ON_EACH_BACKEND(an_edge_comes_once_for_each_arrival),
                ON_EACH_BACKEND(edges_of_a_writer),
                ON_EACH_BACKEND(of_edge_and_level_the_first_decides),
                ON_EACH_BACKEND(two_edge_events_on_one_descriptor),
                ON_EACH_BACKEND(closed_is_told_without_reading),
                ON_EACH_BACKEND(closed_together_with_reading),
                ON_EACH_BACKEND(closed_alone_on_a_pipe),
        };

        return RUN(tests);
}
