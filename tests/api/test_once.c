/* SPDX-License-Identifier: BSD-3-Clause */
/* event_base_once(): events that nobody has to free, with what it takes and refuses. */
#include "api.h"

#include <signal.h>

static void once_for_a_time(void **state)
{
        struct event_base *base = base_on(backend_of(state));

        EQ(event_base_once(base, -1, EV_TIMEOUT, tell, NAME("t"), MS(2)), 0);
        EQ(event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED), 1);
        EQ(event_base_dispatch(base), 1);
        STORY("t=TIMEOUT");
        event_base_free(base);
}

static void without_a_time_it_is_active_at_once(void **state)
{
        struct event_base *base = base_on(backend_of(state));

        EQ(event_base_once(base, -1, EV_TIMEOUT, tell, NAME("zero"), TV(0, 0)), 0);
        EQ(event_base_once(base, -1, EV_TIMEOUT, tell, NAME("null"), NULL), 0);
        EQ(event_base_get_num_events(base, EVENT_BASE_COUNT_ACTIVE), 2);
        EQ(event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED), 2);
        STORY("");
        EQ(event_base_dispatch(base), 1);
        STORY("zero=TIMEOUT null=TIMEOUT");
        event_base_free(base);
}

static void once_for_a_descriptor(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        evutil_socket_t fds[2];

        stream_pair(fds);
        EQ(event_base_once(base, fds[0], EV_READ, tell_and_read, NAME("r"), NULL), 0);
        EQ(event_base_once(base, fds[0], EV_WRITE, tell, NAME("w"), NULL), 0);
        EQ(turn(base), 0);
        STORY("w=WRITE");
        put_byte(fds[1]);
        EQ(event_base_dispatch(base), 1);
        STORY("r=READ");
        EQ(event_base_once(base, fds[0], EV_READ, tell_and_read, NAME("r"), MS(2)), 0);
        EQ(event_base_dispatch(base), 1);
        STORY("r=TIMEOUT");
        event_base_free(base);
        close_pair(fds);
}

static void what_once_refuses(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        evutil_socket_t fds[2];

        stream_pair(fds);
        EQ(event_base_once(base, SIGUSR1, EV_SIGNAL, tell, NAME("s"), NULL), -1);
        EQ(event_base_once(base, fds[0], EV_READ | EV_PERSIST, tell, NAME("p"), NULL), -1);
        EQ(event_base_once(base, -1, 0, tell, NAME("nothing"), MS(1)), -1);
        EQ(event_base_once(NULL, -1, EV_TIMEOUT, tell, NAME("no base"), NULL), -1);
        EQ(event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED), 0);
        EQ(event_base_dispatch(base), 1);
        STORY("");
        event_base_free(base);
        close_pair(fds);
}

/* EV_TIMEOUT beside EV_READ is taken as well as left out. */
static void flags_that_once_takes(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        evutil_socket_t fds[2];

        stream_pair(fds);
        put_byte(fds[1]);
        EQ(event_base_once(base, fds[0], EV_READ | EV_TIMEOUT, tell_and_read, NAME("r"), NULL), 0);
        EQ(event_base_dispatch(base), 1);
        STORY("r=READ");
        EQ(event_base_once(base, fds[0], EV_READ | EV_WRITE, tell, NAME("rw"), NULL), 0);
        EQ(event_base_dispatch(base), 1);
        STORY("rw=WRITE");
        event_base_free(base);
        close_pair(fds);
}

static void once_again(evutil_socket_t fd, short what, void *base)
{
        static int n;

        tell(fd, what, NAME("again"));
        if (++n % 3)
                EQ(event_base_once(base, -1, EV_TIMEOUT, once_again, base, NULL), 0);
}

static void once_inside_once(void **state)
{
        struct event_base *base = base_on(backend_of(state));

        EQ(event_base_once(base, -1, EV_TIMEOUT, once_again, base, NULL), 0);
        EQ(event_base_dispatch(base), 1);
        STORY("again=TIMEOUT again=TIMEOUT again=TIMEOUT");
        event_base_free(base);
}

/* Nobody else could free them. The count of live bytes is in test_mem.c. */
static void pending_ones_are_freed_with_the_base(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        evutil_socket_t fds[2];

        stream_pair(fds);
        EQ(event_base_once(base, -1, EV_TIMEOUT, tell, NAME("t"), TV(1000, 0)), 0);
        EQ(event_base_once(base, -1, EV_TIMEOUT, tell, NAME("active"), NULL), 0);
        EQ(event_base_once(base, fds[0], EV_READ, tell, NAME("r"), NULL), 0);
        event_base_free(base);
        STORY("");
        close_pair(fds);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                ON_EACH_BACKEND(once_for_a_time),
                ON_ANY(without_a_time_it_is_active_at_once),
                ON_EACH_BACKEND(once_for_a_descriptor),
                ON_ANY(what_once_refuses),
                ON_EACH_BACKEND(flags_that_once_takes),
                ON_ANY(once_inside_once),
                ON_EACH_BACKEND(pending_ones_are_freed_with_the_base),
        };

        return RUN(tests);
}
