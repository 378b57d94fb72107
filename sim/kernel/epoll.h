/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the checks may see of an epoll instance: its table of interest.
 */
#ifndef EVIDENT_SIM_EPOLL_H
#define EVIDENT_SIM_EPOLL_H

#include <stdint.h>

struct evsim_file;
struct evsim_host;

/* Calls see(fd, events, arg) for each registration of the epoll instance under epfd, in no order;
 * ends when see gives non-zero, which it returns. -EBADF or -EINVAL where there is no instance. */
int evsim_epoll_foreach(struct evsim_host *host, int epfd,
                        int (*see)(int fd, uint32_t events, void *arg), void *arg);

#endif
