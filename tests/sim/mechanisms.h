/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the tests of kqueue, /dev/poll and event ports share: a world with one host, which the test's
 * thread is in, and descriptors on it. There is no real kernel beside it to compare with, so each
 * test is one clause of a manual page, which it names.
 */
#ifndef TESTS_SIM_MECHANISMS_H
#define TESTS_SIM_MECHANISMS_H

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/calls.h"
#include "kernel/host.h"
#include "kernel/process.h"

#define MS INT64_C(1000000)
#define S  INT64_C(1000000000)

static struct evsim_world *world;
static struct evsim_host *host;

static inline int enter_kernel_at(enum evsim_kernel kernel, int64_t call_cost_ns)
{
        struct evsim_world_config world_config = evsim_world_defaults();
        struct evsim_host_config host_config = evsim_host_defaults();

        world_config.call_cost_ns = call_cost_ns;
        host_config.kernel = kernel;
        world = evsim_world_new(&world_config);
        host = evsim_host_new(world, "a", &host_config);
        evsim_enter(host);
        return 0;
}

static inline int enter_kernel(enum evsim_kernel kernel)
{
        return enter_kernel_at(kernel, 0);
}

static inline int leave_kernel(void **state)
{
        (void)state;
        assert_int_equal(evsim_host_descriptors(host), 0);
        evsim_leave();
        evsim_world_free(world);
        return 0;
}

static inline int64_t now_ns(void)
{
        return evsim_world_now_ns(world);
}

/* fds[0] reads what fds[1] writes; neither blocks. */
static inline void make_pipe(int fds[2])
{
        assert_int_equal(evsim_sys_pipe(host, fds, O_NONBLOCK), 0);
}

static inline void put(int fd, const char *bytes)
{
        const size_t len = strlen(bytes);

        assert_int_equal(evsim_sys_write(host, fd, bytes, len), len);
}

static inline void take(int fd, size_t len)
{
        char buf[64];

        assert_int_equal(evsim_sys_read(host, fd, buf, len), len);
}

static inline void shut(int fd)
{
        assert_int_equal(evsim_sys_close(host, fd), 0);
}

static inline void shut_pipe(int fds[2])
{
        shut(fds[0]);
        shut(fds[1]);
}

/* A task that does something at a time. */
struct later {
        int64_t after_ns;
        int fd;
        void (*act)(int fd);
};

static inline void do_later(void *arg)
{
        const struct later *later = arg;

        evsim_sleep_ns(later->after_ns);
        later->act(later->fd);
}

static inline void write_byte(int fd)
{
        put(fd, "x");
}

#endif
