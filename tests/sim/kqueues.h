/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For tests of kqueue: short words for changes and events.
 */
#ifndef TESTS_SIM_KQUEUES_H
#define TESTS_SIM_KQUEUES_H

#include "mechanisms.h"

static int kq;

static inline int enter_kqueue(enum evsim_kernel kernel)
{
        (void)enter_kernel(kernel);
        kq = evsim_sys_kqueue(host);
        assert_true(kq >= 0);
        return 0;
}

static inline int leave_kqueue(void **state)
{
        shut(kq);
        return leave_kernel(state);
}

static inline struct kevent change_of(int ident, int filter, unsigned flags, unsigned fflags,
                                      int64_t data)
{
        return (struct kevent){.ident = (uintptr_t)(unsigned)ident,
                               .filter = (os_kevent_filter)filter,
                               .flags = (os_kevent_flags)flags,
                               .fflags = fflags,
                               .data = data};
}

/* Makes a change alone: 0 or -errno. */
static inline int change(int ident, int filter, unsigned flags, unsigned fflags, int64_t data)
{
        const struct kevent c = change_of(ident, filter, flags, fflags, data);

        return evsim_sys_kevent(host, kq, &c, 1, NULL, 0, 0);
}

static inline void must_change(int ident, int filter, unsigned flags, unsigned fflags, int64_t data)
{
        assert_int_equal(change(ident, filter, flags, fflags, data), 0);
}

/* Fetches up to max without waiting. */
static inline int fetch(struct kevent *events, int max)
{
        return evsim_sys_kevent(host, kq, NULL, 0, events, max, 0);
}

static inline void must_be_silent(void)
{
        struct kevent event;

        assert_int_equal(fetch(&event, 1), 0);
}

/* The one event that there is, after waiting for at most timeout_ns. */
static inline struct kevent must_wait(int64_t timeout_ns)
{
        struct kevent events[2];

        assert_int_equal(evsim_sys_kevent(host, kq, NULL, 0, events, 2, timeout_ns), 1);
        return events[0];
}

static inline struct kevent must_fetch(void)
{
        return must_wait(0);
}

#endif
