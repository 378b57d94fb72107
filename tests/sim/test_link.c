/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Links between hosts: what happens to packets, when, and that what happens on one link does not
 * depend on the others.
 */
#include "scene.h"

enum { COUNT = 10000 };

static struct evsim_link plain(void)
{
        return (struct evsim_link){.latency_ns = 100000};
}

/* What came of the numbered datagrams that a sends to b, a microsecond between them. */
struct seen {
        int count;        /* of datagrams that were read */
        int overtaken;    /* that came after one that was sent later */
        int twice;        /* that came a second time */
        uint64_t pattern; /* of which came, in their order */
        int64_t first_ns;
        int64_t last_ns;
};

static void receive(void *arg)
{
        struct seen *seen = arg;
        static unsigned char known[COUNT];
        const int fd = udp_bound(9);
        uint32_t newest = 0;
        uint32_t number;

        memset(known, 0, sizeof known);
        for (;;) {
                struct pollfd entry = {.fd = fd, .events = POLLIN};

                if (evsim_poll(&entry, 1, 1000) == 0)
                        break;
                assert_int_equal(evsim_recv(fd, &number, sizeof number, 0), sizeof number);
                if (seen->count++ == 0)
                        seen->first_ns = now_ns();
                seen->last_ns = now_ns();
                seen->overtaken += number < newest;
                seen->twice += known[number];
                known[number] = 1;
                newest = number > newest ? number : newest;
                seen->pattern = (seen->pattern ^ number) * UINT64_C(0x100000001b3);
        }
        assert_int_equal(evsim_close(fd), 0);
}

static void send_numbers(const struct evsim_host *to, uint32_t count)
{
        const struct sockaddr_in address = address_of(to, 9);
        const int fd = udp_socket();

        for (uint32_t i = 0; i < count; i++) {
                assert_int_equal(evsim_sendto(fd, &i, sizeof i, 0,
                                              (const struct sockaddr *)&address, sizeof address),
                                 sizeof i);
                evsim_sleep_ns(1000);
        }
        assert_int_equal(evsim_close(fd), 0);
}

static struct seen run(const struct evsim_link *link, uint32_t count)
{
        struct seen seen = {0};
        struct evsim_task *task;

        evsim_set_link(a, b, link, false);
        task = evsim_task_new(b, "receiver", receive, &seen);
        evsim_yield();
        send_numbers(b, count);
        evsim_task_join(task);
        return seen;
}

static void a_plain_link_delivers_all_in_order(void **state)
{
        const struct evsim_link link = plain();
        const struct seen seen = run(&link, COUNT);

        (void)state;
        assert_int_equal(seen.count, COUNT);
        assert_int_equal(seen.overtaken, 0);
        assert_int_equal(seen.first_ns, 100000);
        assert_int_equal(seen.last_ns, 100000 + (COUNT - 1) * 1000);
}

static void loss_takes_its_share(void **state)
{
        struct evsim_link link = plain();
        struct seen seen;

        (void)state;
        link.loss = 100000;
        seen = run(&link, COUNT);
        assert_in_range(seen.count, COUNT * 88 / 100, COUNT * 92 / 100);
}

static void duplication_brings_some_twice(void **state)
{
        struct evsim_link link = plain();
        struct seen seen;

        (void)state;
        link.duplication = 100000;
        seen = run(&link, COUNT);
        assert_int_equal(seen.count, COUNT + seen.twice);
        assert_in_range(seen.twice, COUNT * 8 / 100, COUNT * 12 / 100);
}

static void reordering_lets_others_pass(void **state)
{
        struct evsim_link link = plain();
        struct seen seen;

        (void)state;
        link.reordering = 100000;
        seen = run(&link, COUNT);
        assert_int_equal(seen.count, COUNT);
        assert_in_range(seen.overtaken, COUNT * 8 / 100, COUNT * 12 / 100);
}

static void jitter_is_within_its_bounds(void **state)
{
        struct evsim_link link = plain();
        struct seen seen;

        (void)state;
        link.jitter_ns = 50000;
        seen = run(&link, COUNT);
        assert_int_equal(seen.count, COUNT);
        assert_in_range(seen.first_ns, 100000, 150000);
        assert_true(seen.overtaken > COUNT / 4);
}

static void a_narrow_link_lets_packets_queue(void **state)
{
        struct evsim_link link = plain();
        struct seen seen;

        (void)state;
        link.bandwidth = 44000; /* a packet of 4 bytes and 40 of headers a millisecond */
        seen = run(&link, 10);
        assert_int_equal(seen.first_ns, MS + 100000);
        assert_int_equal(seen.last_ns, 10 * MS + 100000);
}

static void a_partition_takes_what_is_under_way(void **state)
{
        const struct sockaddr_in address = address_of(b, 9);
        struct seen seen = {0};
        struct evsim_task *task = evsim_task_new(b, "receiver", receive, &seen);
        const int fd = udp_socket();
        uint32_t number = 0;

        (void)state;
        evsim_yield();
        for (int i = 0; i < 3; i++) {
                if (i == 2)
                        evsim_heal(a, b);
                assert_int_equal(evsim_sendto(fd, &number, sizeof number, 0,
                                              (const struct sockaddr *)&address, sizeof address),
                                 sizeof number);
                evsim_sleep_ns(50000);
                if (i == 0)
                        evsim_partition(a, b, true);
                evsim_sleep_ns(100000);
        }
        evsim_task_join(task);
        assert_int_equal(seen.count, 1);
        assert_int_equal(seen.first_ns, 2 * 150000 + 100000);
        close_all(fd, -1, -1, -1);
}

static void the_default_is_of_all_that_have_no_setting_of_their_own(void **state)
{
        const struct evsim_link slow = {.latency_ns = S};
        const struct evsim_link own = {.latency_ns = 5 * MS};
        struct seen seen;

        (void)state;
        evsim_world_set_link(world, &slow);
        seen = run(&own, 1);
        assert_int_equal(seen.first_ns, 5 * MS);
}

/* The pattern of losses from a to b, with so many datagrams to a third host before and between. */
static uint64_t pattern_with(uint32_t others)
{
        struct evsim_link link = plain();
        struct evsim_host *c = evsim_host_new(world, "c", NULL);
        struct seen seen = {0};
        struct evsim_task *task;

        link.loss = 500000;
        link.jitter_ns = 7000;
        evsim_world_set_link(world, &link);
        send_numbers(c, others);
        task = evsim_task_new(b, "receiver", receive, &seen);
        evsim_yield();
        for (int i = 0; i < 10; i++) {
                send_numbers(b, 100);
                send_numbers(c, others);
                evsim_sleep_ns(MS); /* so that no jitter mixes two rounds */
        }
        evsim_task_join(task);
        return seen.pattern;
}

static void links_do_not_disturb_each_other(void **state)
{
        const uint64_t alone = pattern_with(0);

        assert_int_equal(leave_scene(state), 0);
        assert_int_equal(enter_scene(state), 0);
        assert_true(pattern_with(17) == alone);
}

/* ---- Streams ---- */

static int64_t stream_end_ns;
static size_t stream_bytes;

static void drain(void *arg)
{
        const int listener = tcp_listener(80, 1);
        static char buf[65536];
        ssize_t n;
        int fd;

        (void)arg;
        stream_bytes = 0;
        (void)await(listener, POLLIN);
        fd = evsim_accept(listener, NULL, NULL);
        while ((n = evsim_read(fd, buf, sizeof buf)) > 0) {
                for (ssize_t i = 0; i < n; i++)
                        assert_int_equal((unsigned char)buf[i],
                                         (stream_bytes + (size_t)i) * 7 % 251);
                stream_bytes += (size_t)n;
        }
        assert_int_equal(n, 0);
        stream_end_ns = now_ns();
        close_all(fd, listener, -1, -1);
}

static void stream_across(const struct evsim_link *link, size_t len)
{
        static unsigned char data[1000000];
        struct evsim_task *task;
        const int fd = evsim_socket(AF_INET, SOCK_STREAM, 0);

        for (size_t i = 0; i < len; i++)
                data[i] = (unsigned char)(i * 7 % 251);
        evsim_set_link(a, b, link, false);
        task = evsim_task_new(b, "drain", drain, NULL);
        evsim_yield();
        assert_int_equal(connect_to(fd, b, 80), 0);
        assert_int_equal(evsim_write(fd, data, len), len);
        close_all(fd, -1, -1, -1);
        evsim_task_join(task);
        assert_int_equal(stream_bytes, len);
}

static void a_stream_comes_whole_and_in_order_through_loss_and_jitter(void **state)
{
        const struct evsim_link link = {
                .latency_ns = MS,
                .jitter_ns = 5 * MS,
                .loss = 50000,
                .duplication = 50000,
                .reordering = 50000,
        };

        (void)state;
        stream_across(&link, 300000);
        assert_true(stream_end_ns > S);
}

static void a_stream_takes_as_long_as_the_bandwidth_says(void **state)
{
        const struct evsim_link link = {.latency_ns = MS, .bandwidth = 1000000};

        (void)state;
        stream_across(&link, 1000000);
        assert_in_range(stream_end_ns, S, S * 11 / 10);
}

/* ---- The same again ---- */

static uint64_t hash_with(uint32_t variant, uint64_t seed)
{
        struct evsim_world_config config = evsim_world_defaults();
        const struct evsim_link link = {.latency_ns = MS, .jitter_ns = MS, .loss = 20000};
        uint64_t hash;

        config.seed = seed;
        config.memory_variant = variant;
        world = evsim_world_new(&config);
        a = evsim_host_new(world, "a", NULL);
        b = evsim_host_new(world, "b", NULL);
        evsim_enter(a);
        stream_across(&link, 100000);
        (void)run(&link, 100);
        hash = evsim_world_hash(world);
        evsim_leave();
        evsim_world_free(world);
        return hash;
}

static void a_world_is_the_same_with_memory_elsewhere(void **state)
{
        const uint64_t hash = hash_with(0, 1);

        (void)state;
        for (uint32_t variant = 1; variant < 4; variant++)
                assert_true(hash_with(variant, 1) == hash);
        assert_true(hash_with(0, 2) != hash);
}

#define STORY(name) cmocka_unit_test_setup_teardown(name, enter_scene, leave_scene)

int main(void)
{
        const struct CMUnitTest tests[] = {
                STORY(a_plain_link_delivers_all_in_order),
                STORY(loss_takes_its_share),
                STORY(duplication_brings_some_twice),
                STORY(reordering_lets_others_pass),
                STORY(jitter_is_within_its_bounds),
                STORY(a_narrow_link_lets_packets_queue),
                STORY(a_partition_takes_what_is_under_way),
                STORY(the_default_is_of_all_that_have_no_setting_of_their_own),
                STORY(links_do_not_disturb_each_other),
                STORY(a_stream_comes_whole_and_in_order_through_loss_and_jitter),
                STORY(a_stream_takes_as_long_as_the_bandwidth_says),
                cmocka_unit_test(a_world_is_the_same_with_memory_elsewhere),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
