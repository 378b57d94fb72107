/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * poll's bit for 'the peer will send no more', for every Unix: 0 where the system does not tell, so
 * that asking for it asks for nothing (poll(2)).
 */
#ifndef EVIDENT_OS_POLL_H
#define EVIDENT_OS_POLL_H

#include <poll.h>

#if defined(POLLRDHUP)
#define OS_POLLRDHUP POLLRDHUP
#else
#define OS_POLLRDHUP 0
#endif

#endif
