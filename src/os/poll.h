/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bits of poll that not every Unix has.
 *
 * OS_POLLRDHUP is 'the peer will send no more': 0 where the system does not tell, so that asking
 * for it asks for nothing (poll(2)).
 *
 * OS_POLLREMOVE takes a descriptor out of /dev/poll (poll(7d)). Where only a simulated kernel has
 * /dev/poll it is the bit that Linux's header reserves for that, or else Solaris's.
 */
#ifndef EVIDENT_OS_POLL_H
#define EVIDENT_OS_POLL_H

#include <poll.h>

#if defined(POLLRDHUP)
#define OS_POLLRDHUP POLLRDHUP
#else
#define OS_POLLRDHUP 0
#endif

#if defined(POLLREMOVE)
#define OS_POLLREMOVE POLLREMOVE
#else
#define OS_POLLREMOVE 0x0800
#endif

#endif
