/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * /dev/poll, after poll(7d) of illumos, by section.
 */
#include "mechanisms.h"
#include "os/poll.h"

static int dp;
static int fds[2];

static int enter(void **state)
{
        (void)state;
        (void)enter_kernel(EVSIM_KERNEL_SOLARIS);
        dp = evsim_sys_devpoll_open(host);
        assert_true(dp >= 0);
        make_pipe(fds);
        return 0;
}

static int leave(void **state)
{
        shut(dp);
        for (int i = 0; i < 2; i++)
                (void)evsim_sys_close(host, fds[i]);
        return leave_kernel(state);
}

static int want(int fd, int events)
{
        const struct pollfd p = {.fd = fd, .events = (short)events};

        return evsim_sys_devpoll_write(host, dp, &p, 1);
}

static int look(struct pollfd *out, int max)
{
        return evsim_sys_devpoll_poll(host, dp, out, max, 0);
}

/* What the one ready entry has. */
static int ready(void)
{
        struct pollfd out[2];

        assert_int_equal(look(out, 2), 1);
        return out[0].revents;
}

/* DESCRIPTION: each entry has the descriptor, the events that were asked for, and those that occurred. */
static void an_entry_is_told_whole(void **state)
{
        struct pollfd out[2];

        (void)state;
        assert_int_equal(want(fds[0], POLLIN), 0);
        assert_int_equal(look(out, 2), 0);
        put(fds[1], "x");
        assert_int_equal(look(out, 2), 1);
        assert_int_equal(out[0].fd, fds[0]);
        assert_int_equal(out[0].events, POLLIN);
        assert_int_equal(out[0].revents, POLLIN);
        assert_int_equal(ready(), POLLIN); /* a level */
}

/* DESCRIPTION: the events of entries with the same fd are OR'ed. */
static void events_are_added(void **state)
{
        const struct pollfd twice[] = {{.fd = fds[1], .events = POLLIN},
                                       {.fd = fds[1], .events = POLLOUT}};

        (void)state;
        assert_int_equal(evsim_sys_devpoll_write(host, dp, twice, 2), 0);
        assert_int_equal(ready(), POLLOUT);
        assert_int_equal(want(fds[1], POLLIN), 0);
        assert_int_equal(ready(), POLLOUT);
}

/* DESCRIPTION: POLLREMOVE; with it events can be taken back. */
static void removal(void **state)
{
        const struct pollfd less[] = {{.fd = fds[1], .events = OS_POLLREMOVE},
                                      {.fd = fds[1], .events = POLLIN}};
        struct pollfd out;

        (void)state;
        assert_int_equal(want(fds[1], POLLIN | POLLOUT), 0);
        assert_int_equal(evsim_sys_devpoll_write(host, dp, less, 2), 0);
        assert_int_equal(look(&out, 1), 0);
        assert_int_equal(want(fds[1], OS_POLLREMOVE), 0);
        assert_int_equal(want(fds[1], OS_POLLREMOVE), 0); /* is no error twice */
}

/* DESCRIPTION: write returns the number of bytes. */
static void it_is_written_like_a_file(void **state)
{
        const struct pollfd p = {.fd = fds[1], .events = POLLOUT};

        (void)state;
        assert_int_equal(evsim_sys_write(host, dp, &p, sizeof p), sizeof p);
        assert_int_equal(evsim_sys_write(host, dp, &p, sizeof p - 1), -EINVAL);
        assert_int_equal(ready(), POLLOUT);
}

/* DESCRIPTION: dp_timeout in milliseconds, 0, -1; 0 is 'timed out', and the buffer is not modified. */
static void timeouts(void **state)
{
        struct later later = {.after_ns = 5 * MS, .fd = fds[1], .act = write_byte};
        struct pollfd out = {.fd = 1234};

        (void)state;
        assert_int_equal(want(fds[0], POLLIN), 0);
        assert_int_equal(look(&out, 1), 0);
        assert_int_equal(now_ns(), 0);
        assert_int_equal(evsim_sys_devpoll_poll(host, dp, &out, 1, 1), 0);
        assert_int_equal(now_ns(), MS);
        assert_int_equal(out.fd, 1234);
        assert_int_equal(evsim_sys_devpoll_poll(host, dp, &out, 1, MS + MS / 2), 0); /* rounded up */
        assert_int_equal(now_ns(), 3 * MS);
        (void)evsim_task_new(host, "writer", do_later, &later);
        assert_int_equal(evsim_sys_devpoll_poll(host, dp, &out, 1, -1), 1);
        assert_int_equal(now_ns(), 8 * MS);
}

static void add_write_end(int fd)
{
        assert_int_equal(want(fd, POLLOUT), 0);
}

/* Who sleeps learns of what others write into the set. */
static void a_change_reaches_who_sleeps(void **state)
{
        struct later later = {.after_ns = 5 * MS, .fd = fds[1], .act = add_write_end};
        struct pollfd out;

        (void)state;
        (void)evsim_task_new(host, "other", do_later, &later);
        assert_int_equal(evsim_sys_devpoll_poll(host, dp, &out, 1, -1), 1);
        assert_int_equal(out.fd, fds[1]);
        assert_int_equal(now_ns(), 5 * MS);
}

static void on_signal(int signal_number)
{
        (void)signal_number;
}

static void send_signal(int number)
{
        evsim_host_signal(host, number);
}

/* ERRORS: EINTR. */
static void an_interruption(void **state)
{
        const struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
        struct later later = {.after_ns = MS, .fd = SIGUSR1, .act = send_signal};
        struct pollfd out;

        (void)state;
        assert_int_equal(evsim_sys_sigaction(host, SIGUSR1, &action, NULL), 0);
        (void)evsim_task_new(host, "killer", do_later, &later);
        assert_int_equal(evsim_sys_devpoll_poll(host, dp, &out, 1, -1), -EINTR);
}

/* ERRORS: EINVAL of dp_nfds >= OPEN_MAX. */
static void too_much_room(void **state)
{
        struct pollfd out;

        (void)state;
        assert_int_equal(look(&out, host->config.descriptors_max), -EINVAL);
        assert_int_equal(look(&out, -1), -EINVAL);
}

/* DESCRIPTION: dp_nfds is the most that is told; and what did not fit is not forgotten. */
static void little_room(void **state)
{
        struct pollfd out;
        int first;

        (void)state;
        put(fds[1], "x");
        assert_int_equal(want(fds[0], POLLIN), 0);
        assert_int_equal(want(fds[1], POLLOUT), 0);
        assert_int_equal(look(&out, 1), 1);
        first = out.fd;
        assert_int_equal(look(&out, 1), 1);
        assert_int_not_equal(out.fd, first);
}

/* NOTES: POLLNVAL of one that was closed and not removed. */
static void a_closed_descriptor(void **state)
{
        (void)state;
        assert_int_equal(want(fds[0], POLLIN), 0);
        shut(fds[0]);
        assert_int_equal(ready(), POLLNVAL);
        assert_int_equal(want(fds[0], OS_POLLREMOVE), 0);
}

/* NOTES: a number that is used again: the new file is polled. */
static void a_number_that_is_used_again(void **state)
{
        int other[2];

        (void)state;
        assert_int_equal(want(fds[0], POLLIN), 0);
        shut(fds[0]);
        make_pipe(other);
        assert_int_equal(other[0], fds[0]);
        put(other[1], "x");
        assert_int_equal(ready(), POLLIN);
        shut(other[1]);
        assert_int_equal(ready(), POLLIN | POLLHUP); /* unasked, as poll(2) has it */
}

/* DESCRIPTION, DP_ISPOLLED: 1 with the current events, or 0 and nothing is modified. */
static void is_polled(void **state)
{
        struct pollfd about = {.fd = fds[0], .events = 77, .revents = 88};

        (void)state;
        assert_int_equal(evsim_sys_devpoll_is_polled(host, dp, &about), 0);
        assert_int_equal(about.events, 77);
        assert_int_equal(about.revents, 88);
        assert_int_equal(want(fds[0], POLLIN), 0);
        put(fds[1], "x");
        assert_int_equal(evsim_sys_devpoll_is_polled(host, dp, &about), 1);
        assert_int_equal(about.events, 0);
        assert_int_equal(about.revents, POLLIN);
}

/* NOTES: a child may neither write nor do ioctl: EACCES. */
static void a_child(void **state)
{
        struct pollfd out;

        (void)state;
        assert_int_equal(evsim_sys_fork(host), 0);
        assert_int_equal(want(fds[0], POLLIN), -EACCES);
        assert_int_equal(look(&out, 1), -EACCES);
        evsim_process_switch(host, true);
        assert_int_equal(want(fds[0], POLLIN), 0);
        evsim_process_switch(host, false);
        evsim_process_end_parent(host);
}

/* NOTES: the driver cannot be polled: POLLERR. */
static void polling_the_poller(void **state)
{
        struct pollfd p = {.fd = dp, .events = POLLIN};

        (void)state;
        assert_int_equal(evsim_sys_poll(host, &p, 1, 0), 1);
        assert_int_equal(p.revents, POLLERR);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, enter, leave)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(an_entry_is_told_whole),
                TEST(events_are_added),
                TEST(removal),
                TEST(it_is_written_like_a_file),
                TEST(timeouts),
                TEST(a_change_reaches_who_sleeps),
                TEST(an_interruption),
                TEST(too_much_room),
                TEST(little_room),
                TEST(a_closed_descriptor),
                TEST(a_number_that_is_used_again),
                TEST(is_polled),
                TEST(a_child),
                TEST(polling_the_poller),
        };

        return cmocka_run_group_tests_name("/dev/poll", tests, NULL, NULL);
}
