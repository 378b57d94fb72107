/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * epoll's types and constants for every Unix. On Linux they are the kernel's; elsewhere, where only
 * a simulated kernel has epoll, our own declarations with the same values (epoll_ctl(2),
 * linux/eventpoll.h), so that the epoll backend is one source everywhere. The batch that the kernel
 * writes is the batch that the backend reads: nothing is converted.
 */
#ifndef EVIDENT_OS_EPOLL_H
#define EVIDENT_OS_EPOLL_H

#include <stdint.h>

#if defined(__linux__)
#include <sys/epoll.h>
#else
enum { EPOLL_CTL_ADD = 1, EPOLL_CTL_DEL = 2, EPOLL_CTL_MOD = 3 };
enum {
        EPOLLIN = 0x001,
        EPOLLPRI = 0x002,
        EPOLLOUT = 0x004,
        EPOLLERR = 0x008,
        EPOLLHUP = 0x010,
        EPOLLRDHUP = 0x2000
};
#define EPOLLEXCLUSIVE (1U << 28)
#define EPOLLONESHOT   (1U << 30)
#define EPOLLET        (1U << 31)

typedef union epoll_data {
        void *ptr;
        int fd;
        uint32_t u32;
        uint64_t u64;
} epoll_data_t;

struct epoll_event {
        uint32_t events;
        epoll_data_t data;
};
#endif

#endif
