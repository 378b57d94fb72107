/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The trace as it is printed: the whole of a small world, letter by letter.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <event2/event.h>
#include <evident/sim.h>
#include <evident/sim_calls.h>

static void wait_for_pipe(void *arg)
{
        struct epoll_event event = {.events = EPOLLIN | EPOLLET};
        int fds[2];
        char byte;

        (void)arg;
        (void)evsim_pipe2(fds, O_NONBLOCK);
        (void)evsim_epoll_create1(0);
        (void)evsim_epoll_ctl(5, EPOLL_CTL_ADD, 3, &event);
        (void)evsim_read(3, &byte, 1);
        (void)evsim_write(4, "x", 1);
        (void)evsim_epoll_wait(5, &event, 1, 1500);
        (void)evsim_read(3, &byte, 1);
        evsim_note("%d is enough", 1);
}

static const char expected[] =
        "         0.000000000  machine.task   begins\n"
        "         0.000001000  machine.task   pipe(3, 2048)                              = 0\n"
        "         0.000002000  machine.task   epoll_create(0)                            = 5\n"
        "         0.000003000  machine.task   epoll_ctl(3, ADD IN|ET)                    = 0\n"
        "         0.000004000  machine.task   read(3, 1)                                 = -EAGAIN\n"
        "         0.000005000  machine.task   write(4, 1)                                = 1\n"
        "         0.000006000  machine.task   epoll_wait(5, 1.500000000 s)               = 1\n"
        "         0.000007000  machine.task ! read fails with EINTR (occurrence 2)\n"
        "         0.000007000  machine.task   read(3, 1)                                 = -EINTR\n"
        "         0.000007000  machine.task # 1 is enough\n"
        "         0.000007000  machine.task   ends\n";

static char *printed(const struct evsim_world *world)
{
        char *text = NULL;
        size_t size;
        FILE *out = open_memstream(&text, &size);

        assert_non_null(out);
        evsim_world_print_trace(world, out);
        fclose(out);
        return text;
}

static struct evsim_world *ran(bool has_trace)
{
        struct evsim_world_config config = evsim_world_defaults();
        struct evsim_world *world;
        struct evsim_host *host;

        config.has_trace = has_trace;
        world = evsim_world_new(&config);
        host = evsim_host_new(world, "machine", NULL);
        evsim_task_new(host, "task", wait_for_pipe, NULL);
        assert_true(evsim_fault(host, "read", 2, EINTR, false));
        assert_int_equal(evsim_world_run(world), EVSIM_DONE);
        return world;
}

static void reads_like_strace(void **state)
{
        struct evsim_world *world = ran(true);
        char *text = printed(world);

        (void)state;
        assert_string_equal(text, expected);
        free(text);
        evsim_world_free(world);
}

/* The hash is the same whether the entries are kept or not. */
static void the_hash_needs_no_trace(void **state)
{
        struct evsim_world *with = ran(true);
        struct evsim_world *without = ran(false);
        char *text;

        (void)state;
        assert_true(evsim_world_hash(with) == evsim_world_hash(without));
        if (getenv("EVSIM_TRACES") == NULL) {
                text = printed(without);
                assert_non_null(strstr(text, "there is no trace"));
                free(text);
        }
        evsim_world_free(with);
        evsim_world_free(without);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(reads_like_strace),
                cmocka_unit_test(the_hash_needs_no_trace),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
