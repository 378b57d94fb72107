/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Changing what a base watches: deleting and freeing inside callbacks, closing before deleting,
 * descriptor numbers that come back, and descriptors that can't be watched. Over each backend.
 */
#include "api.h"

#include <fcntl.h>
#include <sys/socket.h>

static void delete_event(evutil_socket_t fd, short what, void *victim)
{
        tell(fd, what, NAME("delete"));
        EQ(event_del(victim), 0);
}

static void a_callback_deletes_its_own_event(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        evutil_socket_t fds[2];
        struct event *ev;

        stream_pair(fds);
        put_byte(fds[1]);
        ev = event_new(base, fds[0], EV_READ | EV_PERSIST, delete_event, event_self_cbarg());
        EQ(event_add(ev, NULL), 0);
        EQ(event_base_dispatch(base), 1);
        STORY("delete=READ");
        event_free(ev);
        event_base_free(base);
        close_pair(fds);
}

struct rivals {
        struct event *ev[2];
        int ran;
};

static void delete_the_rival(evutil_socket_t fd, short what, void *arg)
{
        struct rivals *r = arg;

        (void)what;
        r->ran++;
        EQ(event_del(r->ev[event_get_fd(r->ev[0]) == fd]), 0);
}

/* Both are ready in one look; whichever runs first, the other does not run. */
static void deleting_takes_back_what_is_already_active(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        evutil_socket_t a[2], b[2];
        struct rivals r = {{NULL, NULL}, 0};

        stream_pair(a);
        stream_pair(b);
        put_byte(a[1]);
        put_byte(b[1]);
        r.ev[0] = event_new(base, a[0], EV_READ, delete_the_rival, &r);
        r.ev[1] = event_new(base, b[0], EV_READ, delete_the_rival, &r);
        event_add(r.ev[0], NULL);
        event_add(r.ev[1], NULL);
        EQ(event_base_dispatch(base), 1);
        EQ(r.ran, 1);
        event_free(r.ev[0]);
        event_free(r.ev[1]);
        event_base_free(base);
        close_pair(a);
        close_pair(b);
}

static void free_itself(evutil_socket_t fd, short what, void *self)
{
        tell(fd, what, NAME("free"));
        event_free(self);
}

static void a_callback_frees_its_own_event(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        evutil_socket_t fds[2];

        stream_pair(fds);
        put_byte(fds[1]);
        event_add(event_new(base, fds[0], EV_READ | EV_PERSIST, free_itself, event_self_cbarg()),
                  NULL);
        EQ(event_base_dispatch(base), 1);
        STORY("free=READ");
        EQ(event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED), 0);
        event_base_free(base);
        close_pair(fds);
}

static void add_again(evutil_socket_t fd, short what, void *self)
{
        tell(fd, what, NAME("again"));
        if (drain(fd) > 1)
                EQ(event_add(self, NULL), 0);
}

static void a_callback_adds_its_event_again(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        evutil_socket_t fds[2];
        struct event *ev;

        stream_pair(fds);
        put_byte(fds[1]);
        put_byte(fds[1]);
        ev = event_new(base, fds[0], EV_READ, add_again, event_self_cbarg());
        EQ(event_add(ev, NULL), 0);
        EQ(turn(base), 0);
        put_byte(fds[1]);
        EQ(event_base_dispatch(base), 1);
        STORY("again=READ again=READ");
        event_free(ev);
        event_base_free(base);
        close_pair(fds);
}

static void closing_first_and_deleting_then_succeeds(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        evutil_socket_t fds[2];
        struct event *ev;

        stream_pair(fds);
        ev = event_new(base, fds[0], EV_READ | EV_PERSIST, tell, NAME("r"));
        EQ(event_add(ev, NULL), 0);
        EQ(turn(base), 0);
        close_pair(fds);
        EQ(event_del(ev), 0);
        EQ(event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED), 0);
        EQ(event_base_dispatch(base), 1);
        STORY("");
        event_free(ev);
        event_base_free(base);
}

static void a_descriptor_number_that_comes_back_is_watched_anew(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        evutil_socket_t fds[2], again[2];
        struct event *ev;

        stream_pair(fds);
        ev = event_new(base, fds[0], EV_READ | EV_PERSIST, tell_and_read, NAME("r"));
        EQ(event_add(ev, NULL), 0);
        EQ(turn(base), 0);
        EQ(event_del(ev), 0);
        again[0] = fds[0];
        close_pair(fds);
        stream_pair(fds);
        if (fds[0] != again[0]) { /* make the number the old one, wherever the kernel put it */
                EQ(dup2(fds[0], again[0]), again[0]);
                EQ(close(fds[0]), 0);
                fds[0] = again[0];
        }
        EQ(event_add(ev, NULL), 0);
        EQ(turn(base), 0);
        STORY("");
        put_byte(fds[1]);
        EQ(turn(base), 0);
        STORY("r=READ");
        event_free(ev);
        event_base_free(base);
        close_pair(fds);
}

static void adding_and_deleting_in_one_turn_is_nothing(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        evutil_socket_t fds[2];
        struct event *ev;

        stream_pair(fds);
        put_byte(fds[1]);
        ev = event_new(base, fds[0], EV_READ | EV_PERSIST, tell, NAME("r"));
        EQ(event_add(ev, NULL), 0);
        EQ(event_del(ev), 0);
        EQ(event_base_dispatch(base), 1);
        STORY("");
        EQ(event_add(ev, NULL), 0);
        EQ(event_del(ev), 0);
        EQ(event_add(ev, NULL), 0);
        EQ(turn(base), 0);
        STORY("r=READ");
        event_free(ev);
        event_base_free(base);
        close_pair(fds);
}

/* epoll, kqueue and event ports say no at once; the changelist only hears of it later; poll and
 * select never ask, and /dev/poll takes any number. */
static void a_descriptor_that_is_not_open(void **state)
{
        enum backend backend = backend_of(state);
        const int is_refused = backend == ON_EPOLL || backend == ON_KQUEUE || backend == ON_EVPORT;
        struct event_base *base = base_on(backend);
        evutil_socket_t fds[2];
        struct event *ev;

        stream_pair(fds);
        close_pair(fds);
        log_catch();
        ev = event_new(base, 900, EV_READ, tell, NAME("r"));
        EQ(event_add(ev, NULL), is_refused ? -1 : 0);
        if (is_refused) {
                EQ(log_last_severity(), EVENT_LOG_WARN);
                OK(!event_pending(ev, EV_READ, NULL));
                EQ(event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED), 0);
        }
        EQ(event_del(ev), 0);
        EQ(event_base_dispatch(base), 1);
        STORY("");
        event_free(ev);
        event_base_free(base);
}

/* A regular file is always ready to poll and select, and no business of epoll. */
static void a_regular_file(void **state)
{
        enum backend backend = backend_of(state);
        struct event_base *base = base_on(backend);
        char name[] = "api-file-XXXXXX";
        int fd = mkstemp(name);
        struct event *ev;

        OK(fd >= 0);
        EQ(unlink(name), 0);
        EQ(write(fd, "x", 1), 1);
        log_catch();
        ev = event_new(base, fd, EV_READ, tell, NAME("r"));
        if (backend == ON_EPOLL || backend == ON_CHANGELIST) {
                EQ(event_add(ev, NULL), backend == ON_EPOLL ? -1 : 0);
                EQ(turn(base), backend == ON_EPOLL ? 1 : 0);
                STORY(backend == ON_EPOLL ? "" : differs("changelist-refused", "", "r=READ"));
        } else {
                EQ(event_add(ev, NULL), 0);
                EQ(event_base_dispatch(base), 1);
                STORY("r=READ");
        }
        event_free(ev);
        event_base_free(base);
        close(fd);
}

static void write_and_shut(evutil_socket_t fd, short what, void *self)
{
        (void)what;
        say("write");
        put_byte(fd);
        EQ(event_del(self), 0);
        EQ(shutdown(fd, SHUT_WR), 0);
}

/* A conversation of two ends in one base: a request, its end of file, and nothing left. */
static void two_ends_of_a_pair_in_one_base(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        evutil_socket_t fds[2];
        struct event *writer, *reader;

        stream_pair(fds);
        writer = event_new(base, fds[0], EV_WRITE | EV_PERSIST, write_and_shut, event_self_cbarg());
        reader = event_new(base, fds[1], EV_READ, add_again, event_self_cbarg());
        event_add(writer, NULL);
        event_add(reader, NULL);
        EQ(event_base_dispatch(base), 1);
        STORY("write again=READ");
        EQ(event_add(reader, NULL), 0); /* what is left is the end of file */
        EQ(event_base_dispatch(base), 1);
        STORY("again=READ");
        event_free(writer);
        event_free(reader);
        event_base_free(base);
        close_pair(fds);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                ON_EACH_BACKEND(a_callback_deletes_its_own_event),
                ON_EACH_BACKEND(deleting_takes_back_what_is_already_active),
                ON_EACH_BACKEND(a_callback_frees_its_own_event),
                ON_EACH_BACKEND(a_callback_adds_its_event_again),
                ON_EACH_BACKEND(closing_first_and_deleting_then_succeeds),
                ON_EACH_BACKEND(a_descriptor_number_that_comes_back_is_watched_anew),
                ON_EACH_BACKEND(adding_and_deleting_in_one_turn_is_nothing),
                ON_EACH_BACKEND(a_descriptor_that_is_not_open),
                ON_EACH_BACKEND(a_regular_file),
                ON_EACH_BACKEND(two_ends_of_a_pair_in_one_base),
        };

        return RUN(tests);
}
