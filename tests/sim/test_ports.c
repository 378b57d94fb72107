/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Event ports, after port_associate(3C), port_get(3C) and port_send(3C) of illumos, by page and
 * section.
 */
#include "mechanisms.h"
#include "os/ports.h"

static int port;
static int fds[2];
static int first;
static int second;

static int enter(void **state)
{
        (void)state;
        (void)enter_kernel(EVSIM_KERNEL_SOLARIS);
        port = evsim_sys_port_create(host);
        assert_true(port >= 0);
        make_pipe(fds);
        return 0;
}

static int leave(void **state)
{
        shut(port);
        for (int i = 0; i < 2; i++)
                (void)evsim_sys_close(host, fds[i]);
        return leave_kernel(state);
}

static int associate(int fd, int events, void *user)
{
        return evsim_sys_port_associate(host, port, PORT_SOURCE_FD, (uintptr_t)(unsigned)fd, events,
                                        user);
}

static int dissociate(int fd)
{
        return evsim_sys_port_dissociate(host, port, PORT_SOURCE_FD, (uintptr_t)(unsigned)fd);
}

/* Fetches what there is, up to max: how many. */
static unsigned fetch(struct port_event *list, unsigned max)
{
        unsigned count = 1;
        const int r = evsim_sys_port_getn(host, port, list, max, &count, 0);

        assert_int_equal(r, count > 0 ? 0 : -ETIME);
        return count;
}

static void must_be_silent(void)
{
        struct port_event event;

        assert_int_equal(fetch(&event, 1), 0);
}

static struct port_event must_fetch(void)
{
        struct port_event events[2];

        assert_int_equal(fetch(events, 2), 1);
        return events[0];
}

/* port_associate(3C), DESCRIPTION: an event at once where data are there, with the user's word. */
static void what_is_ready_is_sent_at_once(void **state)
{
        struct port_event event;

        (void)state;
        put(fds[1], "x");
        assert_int_equal(associate(fds[0], POLLIN, &first), 0);
        event = must_fetch();
        assert_int_equal(event.portev_events, POLLIN);
        assert_int_equal(event.portev_source, PORT_SOURCE_FD);
        assert_int_equal(event.portev_object, fds[0]);
        assert_ptr_equal(event.portev_user, &first);
}

/* ... or one event when data first becomes available; at most one. */
static void one_event_an_association(void **state)
{
        (void)state;
        assert_int_equal(associate(fds[0], POLLIN, NULL), 0);
        must_be_silent();
        put(fds[1], "x");
        put(fds[1], "y");
        (void)must_fetch();
        must_be_silent();
}

/* ... an object whose event was retrieved is no longer associated; it can be again. */
static void fetching_ends_the_association(void **state)
{
        (void)state;
        assert_int_equal(associate(fds[0], POLLIN, NULL), 0);
        put(fds[1], "x");
        (void)must_fetch();
        put(fds[1], "y");
        must_be_silent();
        assert_int_equal(dissociate(fds[0]), -ENOENT);
        assert_int_equal(associate(fds[0], POLLIN, NULL), 0);
        (void)must_fetch();
}

/* ... associating again updates events and user. */
static void associating_again_updates(void **state)
{
        struct port_event event;

        (void)state;
        assert_int_equal(associate(fds[1], POLLIN, &first), 0);
        must_be_silent();
        assert_int_equal(associate(fds[1], POLLOUT, &second), 0);
        assert_int_equal(associate(fds[1], POLLIN, &first), 0);
        must_be_silent(); /* also what was sent and not fetched */
        assert_int_equal(associate(fds[1], POLLOUT, &second), 0);
        event = must_fetch();
        assert_ptr_equal(event.portev_user, &second);
        assert_int_equal(event.portev_events, POLLOUT);
}

/* ... port_dissociate removes the association; ERRORS, ENOENT. */
static void dissociating(void **state)
{
        (void)state;
        assert_int_equal(dissociate(fds[1]), -ENOENT);
        assert_int_equal(associate(fds[1], POLLOUT, NULL), 0);
        assert_int_equal(dissociate(fds[1]), 0);
        must_be_silent();
        assert_int_equal(dissociate(fds[1]), -ENOENT);
}

/* poll(2): POLLERR and POLLHUP need not be asked for. */
static void the_end_is_told_unasked(void **state)
{
        (void)state;
        assert_int_equal(associate(fds[0], 0, NULL), 0);
        shut(fds[1]);
        assert_int_equal(must_fetch().portev_events, POLLHUP);
}

/* What was sent stays, and what comes up before it is fetched joins it. */
static void an_event_gathers(void **state)
{
        (void)state;
        assert_int_equal(associate(fds[0], POLLIN, NULL), 0);
        put(fds[1], "x");
        take(fds[0], 1);
        shut(fds[1]);
        assert_int_equal(must_fetch().portev_events, POLLIN | POLLHUP);
}

/* ERRORS: EBADF of the port, EBADFD of the object and of what is no port, EINVAL of the source. */
static void bad_arguments(void **state)
{
        struct port_event event;
        unsigned count = 1;

        (void)state;
        assert_int_equal(evsim_sys_port_associate(host, 99, PORT_SOURCE_FD, 0, 0, NULL), -EBADF);
        assert_int_equal(associate(99, POLLIN, NULL), -EBADFD);
        assert_int_equal(evsim_sys_port_associate(host, port, 42, 0, 0, NULL), -EINVAL);
        assert_int_equal(evsim_sys_port_getn(host, fds[0], &event, 1, &count, 0), -EBADFD);
        assert_int_equal(evsim_sys_port_getn(host, 99, &event, 1, &count, 0), -EBADF);
        assert_int_equal(evsim_sys_port_getn(host, port, &event, 1, &count, -2), -EINVAL);
        count = 2;
        assert_int_equal(evsim_sys_port_getn(host, port, &event, 1, &count, 0), -EINVAL);
}

/* A descriptor's close ends its association and takes back its event; a duplicate's does not. */
static void closing_ends_the_association(void **state)
{
        const int copy = evsim_sys_dup(host, fds[0]);

        (void)state;
        put(fds[1], "x");
        assert_int_equal(associate(fds[0], POLLIN, NULL), 0);
        shut(copy);
        assert_int_equal(evsim_sys_dup(host, fds[0]), copy);
        shut(fds[0]);
        must_be_silent();
        shut(copy);
}

/* port_get(3C), DESCRIPTION: port_getn waits for the desired number, and gives up to max. */
static void a_number_of_events(void **state)
{
        struct later later = {.after_ns = 5 * MS, .fd = fds[1], .act = write_byte};
        struct port_event events[4];
        unsigned count = 2;

        (void)state;
        assert_int_equal(associate(fds[0], POLLIN, NULL), 0);
        assert_int_equal(associate(fds[1], POLLOUT, NULL), 0);
        (void)evsim_task_new(host, "writer", do_later, &later);
        assert_int_equal(evsim_sys_port_getn(host, port, events, 4, &count, -1), 0);
        assert_int_equal(count, 2);
        assert_int_equal(now_ns(), 5 * MS);
        assert_int_equal(events[0].portev_object, fds[1]); /* in the order in which they came */
}

/* ... max 0: how many events there are; none is retrieved. */
static void how_many_there_are(void **state)
{
        unsigned count = 0;

        (void)state;
        assert_int_equal(associate(fds[1], POLLOUT, NULL), 0);
        assert_int_equal(evsim_sys_port_getn(host, port, NULL, 0, &count, -1), 0);
        assert_int_equal(count, 1);
        (void)must_fetch();
}

/* ERRORS, ETIME: nget is what was retrieved before the interval expired. */
static void a_timeout_gives_what_there_is(void **state)
{
        struct port_event events[4];
        unsigned count = 2;

        (void)state;
        assert_int_equal(associate(fds[1], POLLOUT, NULL), 0);
        assert_int_equal(evsim_sys_port_getn(host, port, events, 4, &count, 1500), -ETIME);
        assert_int_equal(now_ns(), 1500);
        assert_int_equal(count, 1);
        must_be_silent();
}

static void on_signal(int signal_number)
{
        (void)signal_number;
}

static void send_signal(int number)
{
        evsim_host_signal(host, number);
}

/* ERRORS, EINTR. */
static void an_interruption(void **state)
{
        const struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
        struct later later = {.after_ns = MS, .fd = SIGUSR1, .act = send_signal};
        struct port_event event;
        unsigned count = 1;

        (void)state;
        assert_int_equal(evsim_sys_sigaction(host, SIGUSR1, &action, NULL), 0);
        (void)evsim_task_new(host, "killer", do_later, &later);
        assert_int_equal(evsim_sys_port_getn(host, port, &event, 1, &count, -1), -EINTR);
        assert_int_equal(count, 0);
}

/* port_send(3C): an event of PORT_SOURCE_USER with the sender's words. */
static void what_is_sent(void **state)
{
        struct port_event event;

        (void)state;
        assert_int_equal(evsim_sys_port_send(host, port, 0x55, &first), 0);
        event = must_fetch();
        assert_int_equal(event.portev_source, PORT_SOURCE_USER);
        assert_int_equal(event.portev_events, 0x55);
        assert_ptr_equal(event.portev_user, &first);
        assert_int_equal(evsim_sys_port_send(host, port, 1, NULL), 0); /* goes with the port */
}

/* port_associate(3C), DESCRIPTION: only the owner dissociates; both processes may retrieve. */
static void a_child(void **state)
{
        (void)state;
        assert_int_equal(associate(fds[0], POLLIN, NULL), 0);
        assert_int_equal(evsim_sys_fork(host), 0);
        assert_int_equal(dissociate(fds[0]), -EACCES);
        put(fds[1], "x");
        (void)must_fetch();
        evsim_process_end_parent(host);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, enter, leave)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(what_is_ready_is_sent_at_once),
                TEST(one_event_an_association),
                TEST(fetching_ends_the_association),
                TEST(associating_again_updates),
                TEST(dissociating),
                TEST(the_end_is_told_unasked),
                TEST(an_event_gathers),
                TEST(bad_arguments),
                TEST(closing_ends_the_association),
                TEST(a_number_of_events),
                TEST(how_many_there_are),
                TEST(a_timeout_gives_what_there_is),
                TEST(an_interruption),
                TEST(what_is_sent),
                TEST(a_child),
        };

        return cmocka_run_group_tests_name("event ports", tests, NULL, NULL);
}
