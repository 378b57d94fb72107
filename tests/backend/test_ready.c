/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is reported of descriptors in every state: the table was measured on libevent 2.1.12, whose
 * programs count on it, with one event for each union of EV_READ, EV_WRITE and EV_CLOSED. kqueue's
 * column follows from its manual page: each filter speaks for its own direction, an error for both.
 */
#include "rig.h"
#include "suite.h"

typedef struct ends (*make_fn)(struct os *os);

static struct ends pipe_idle(struct os *os)
{
        return files_pipe(os);
}

static struct ends pipe_data(struct os *os)
{
        const struct ends p = files_pipe(os);

        files_write(os, p.b, "x");
        return p;
}

static struct ends pipe_eof(struct os *os)
{
        struct ends p = files_pipe(os);

        files_close(os, &p.b);
        return p;
}

static struct ends pipe_data_eof(struct os *os)
{
        struct ends p = pipe_data(os);

        files_close(os, &p.b);
        return p;
}

static struct ends pipe_writer(struct os *os)
{
        const struct ends p = files_pipe(os);

        return (struct ends){p.b, p.a};
}

static struct ends pipe_full(struct os *os)
{
        const struct ends p = pipe_writer(os);

        files_fill(os, p.a);
        return p;
}

static struct ends pipe_reader_gone(struct os *os)
{
        struct ends p = pipe_writer(os);

        files_close(os, &p.b);
        return p;
}

static struct ends pipe_full_reader_gone(struct os *os)
{
        struct ends p = pipe_full(os);

        files_close(os, &p.b);
        return p;
}

static struct ends pair_data(struct os *os)
{
        const struct ends p = files_pair(os);

        files_write(os, p.b, "x");
        return p;
}

static struct ends pair_peer_shut(struct os *os)
{
        const struct ends p = files_pair(os);

        files_shutdown(os, p.b, SHUT_WR);
        return p;
}

static struct ends pair_peer_closed(struct os *os)
{
        struct ends p = files_pair(os);

        files_close(os, &p.b);
        return p;
}

static struct ends pair_data_peer_closed(struct os *os)
{
        struct ends p = pair_data(os);

        files_close(os, &p.b);
        return p;
}

static struct ends pair_full_peer_closed(struct os *os)
{
        struct ends p = files_pair(os);

        files_fill(os, p.a);
        files_close(os, &p.b);
        return p;
}

static struct ends pair_shut_write(struct os *os)
{
        const struct ends p = files_pair(os);

        files_shutdown(os, p.a, SHUT_WR);
        return p;
}

static struct ends pair_shut_read(struct os *os)
{
        const struct ends p = files_pair(os);

        files_shutdown(os, p.a, SHUT_RD);
        return p;
}

static struct ends pair_shut_both(struct os *os)
{
        const struct ends p = files_pair(os);

        files_shutdown(os, p.a, SHUT_RDWR);
        return p;
}

static struct ends tcp_peer_shut(struct os *os)
{
        const struct ends p = files_tcp(os);

        files_shutdown(os, p.b, SHUT_WR);
        return p;
}

static struct ends tcp_peer_closed(struct os *os)
{
        struct ends p = files_tcp(os);

        files_close(os, &p.b);
        return p;
}

static struct ends tcp_reset(struct os *os)
{
        const struct ends p = files_tcp(os);

        files_reset(os, p.b);
        return (struct ends){p.a, -1};
}

static struct ends tcp_refused(struct os *os)
{
        return (struct ends){files_refused(os), -1};
}

static struct ends tcp_unconnected(struct os *os)
{
        return (struct ends){files_unconnected(os), -1};
}

static struct ends udp_error(struct os *os)
{
        return (struct ends){files_udp_error(os), -1};
}

static struct ends event_counter(struct os *os)
{
        return (struct ends){files_eventfd(os), -1};
}

struct kind {
        const char *name;
        make_fn make;
        int epoll, poll, select, kqueue; /* what each reports of what it is asked for */
};

static const struct kind kinds[] = {
        {"pipe", pipe_idle, 0, 0, 0, 0},
        {"pipe, data", pipe_data, R, R, R, R},
        {"pipe, writer gone", pipe_eof, R | W, R | W, R, R},
        {"pipe, data, writer gone", pipe_data_eof, R | W, R | W, R, R},
        {"pipe to write", pipe_writer, W, W, W, W},
        {"pipe to write, full", pipe_full, 0, 0, 0, 0},
        {"pipe to write, reader gone", pipe_reader_gone, R | W, R | W, R | W, W},
        {"pipe to write, full, reader gone", pipe_full_reader_gone, R | W, R | W, R | W, W},
        {"pair", files_pair, W, W, W, W},
        {"pair, data", pair_data, R | W, R | W, R | W, R | W},
        {"pair, peer shut down", pair_peer_shut, R | W | C, R | W | C, R | W, R | W},
        {"pair, peer gone", pair_peer_closed, R | W | C, R | W | C, R | W, R | W},
        {"pair, data, peer gone", pair_data_peer_closed, R | W | C, R | W | C, R | W, R | W},
        {"pair, full, peer gone", pair_full_peer_closed, R | W, R | W | C, R | W, R | W},
        {"pair, shut for writing", pair_shut_write, W, W, W, W},
        {"pair, shut for reading", pair_shut_read, R | W | C, R | W | C, R | W, R | W},
        {"pair, shut down", pair_shut_both, R | W | C, R | W | C, R | W, R | W},
        {"TCP", files_tcp, W, W, W, W},
        {"TCP, peer shut down", tcp_peer_shut, R | W | C, R | W | C, R | W, R | W},
        {"TCP, peer gone", tcp_peer_closed, R | W | C, R | W | C, R | W, R | W},
        {"TCP, reset", tcp_reset, R | W, R | W | C, R | W, R | W},
        {"TCP, refused", tcp_refused, R | W, R | W | C, R | W, R | W},
        {"TCP, not connected", tcp_unconnected, R | W, R | W, R | W, 0},
        {"UDP, error pending", udp_error, R | W, R | W, R | W, R | W},
        {"event counter", event_counter, W, W, W, W},
};

static int expected(const struct rig *rig, const struct kind *kind)
{
        if (rig_is_epoll(rig))
                return kind->epoll;
        if (rig_is(rig, &evi_backend_kqueue))
                return kind->kqueue;
        return rig_is(rig, &evi_backend_select) ? kind->select : kind->poll;
}

static void check(struct rig *rig, const struct kind *kind, int interest)
{
        struct ends ends = kind->make(rig->os);
        const int wanted = expected(rig, kind) & interest;
        int ready;

        rig_want(rig, ends.a, interest);
        ready = rig_ready(rig, ends.a);
        /* The other end of a connection hears of a close as soon as the scheduler lets it. */
        for (int tries = 0; ready != wanted && tries < 1000; tries++)
                ready = rig_ready(rig, ends.a);
        if (ready != wanted)
                fail_msg("%s: asked for %#x, told %#x instead of %#x", kind->name,
                         (unsigned)interest, (unsigned)ready, (unsigned)wanted);
        rig_want(rig, ends.a, 0);
        rig_turn(rig, 0);
        files_close_ends(rig->os, &ends);
}

static void test_every_state_for_every_interest(void **state)
{
        struct rig *rig = *state;
        const bool tells_close = (rig->row->ops->features & EV_FEATURE_EARLY_CLOSE) != 0;

        for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
                for (int bits = 1; bits < 8; bits++) {
                        const int interest =
                                ((bits & 1) ? R : 0) | ((bits & 2) ? W : 0) | ((bits & 4) ? C : 0);
                        if (tells_close || !(interest & C))
                                check(rig, &kinds[i], interest);
                }
        }
}

static void test_life_of_a_pipe(void **state)
{
        struct rig *rig = *state;
        struct ends p = files_pipe(rig->os);

        rig_want(rig, p.a, R);
        rig_want(rig, p.b, W);
        assert_int_equal(rig_ready(rig, p.a), 0);
        assert_int_equal(rig->found[p.b], W);

        files_write(rig->os, p.b, "hello");
        assert_int_equal(rig_ready(rig, p.a), R);
        assert_int_equal(rig_ready(rig, p.a), R); /* until it is read */
        files_drain(rig->os, p.a);
        assert_int_equal(rig_ready(rig, p.a), 0);

        files_fill(rig->os, p.b);
        assert_int_equal(rig_ready(rig, p.b), 0);
        assert_int_equal(rig->found[p.a], R);
        files_drain(rig->os, p.a);
        assert_int_equal(rig_ready(rig, p.b), W);

        rig_want(rig, p.b, 0);
        rig_turn(rig, 0);
        files_close(rig->os, &p.b);
        assert_int_equal(rig_ready(rig, p.a), R); /* the end of file */
        rig_want(rig, p.a, 0);
        files_close(rig->os, &p.a);
}

static void test_counter_is_readable_once_written(void **state)
{
        struct rig *rig = *state;
        int fd = files_eventfd(rig->os);
        uint64_t count = 3;

        rig_want(rig, fd, R);
        assert_int_equal(rig_ready(rig, fd), 0);
        assert_int_equal(os_write(rig->os, fd, &count, sizeof count), sizeof count);
        assert_int_equal(rig_ready(rig, fd), R);
        assert_int_equal(os_read(rig->os, fd, &count, sizeof count), sizeof count);
        assert_int_equal(rig_ready(rig, fd), 0);
        rig_want(rig, fd, 0);
        files_close(rig->os, &fd);
}

/* kqueue has no EVFILT_WRITE for a regular file, and reads one before its end, if it is not told
 * otherwise: FreeBSD and OpenBSD can be. */
static void check_regular_file_of_kqueue(struct rig *rig, int fd)
{
        const bool is_always_ready = (rig->row->lacks & LACKS_FILE_POLL) == 0;

        assert_true(rig_try(rig, fd, R | W) < 0);
        assert_int_equal(rig_ready(rig, fd), 0);
        rig_want(rig, fd, R);
        assert_int_equal(rig_ready(rig, fd), is_always_ready ? R : 0);
        files_write(rig->os, fd, "x");
        assert_int_equal(rig_ready(rig, fd), is_always_ready ? R : 0);
}

/* epoll refuses a regular file when it is told of it; the others call it always ready. The
 * changelist learns too late to refuse, and does as the others. */
static void test_regular_file(void **state)
{
        struct rig *rig = *state;
        int fd = files_regular(rig->os);

        if (rig->row->ops == &evi_backend_epoll) {
                assert_int_equal(rig_try(rig, fd, R | W), -EPERM);
                assert_int_equal(rig_ready(rig, fd), 0);
        } else if (rig_is(rig, &evi_backend_kqueue)) {
                check_regular_file_of_kqueue(rig, fd);
        } else {
                rig_want(rig, fd, R | W);
                assert_int_equal(rig_ready(rig, fd), R | W);
                rig_turn(rig, FOREVER); /* which is not long */
                assert_int_equal(rig->found[fd], R | W);
                rig_want(rig, fd, R);
                assert_int_equal(rig_ready(rig, fd), R);
        }
        rig_want(rig, fd, 0);
        rig_turn(rig, 0);
        assert_int_equal(rig->stale, 0);
        files_close(rig->os, &fd);
}

/* Each finding is given once. */
static void test_what_is_collected_is_gone(void **state)
{
        struct rig *rig = *state;
        struct ends p = pipe_data(rig->os);

        rig_want(rig, p.a, R);
        assert_int_equal(rig_ready(rig, p.a), R);
        rig_collect(rig);
        assert_int_equal(rig->found[p.a], 0);
        rig_want(rig, p.a, 0);
        files_close_ends(rig->os, &p);
}

int suite_ready(void)
{
        const struct CMUnitTest tests[] = {
                RIG_TEST(test_life_of_a_pipe),
                RIG_TEST(test_counter_is_readable_once_written),
                RIG_TEST(test_every_state_for_every_interest),
                RIG_TEST(test_regular_file),
                RIG_TEST(test_what_is_collected_is_gone),
        };
        return cmocka_run_group_tests_name("ready", tests, NULL, NULL);
}
