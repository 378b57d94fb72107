/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Options of sockets (os_setsockopt) that not every system has: OS_HAS_* is whether this one does,
 * and where it does not the option's number means nothing.
 */
#ifndef EVIDENT_OS_SOCKOPT_H
#define EVIDENT_OS_SOCKOPT_H

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#if defined(SO_REUSEPORT)
#define OS_HAS_SO_REUSEPORT 1
#define OS_SO_REUSEPORT     SO_REUSEPORT
#else
#define OS_HAS_SO_REUSEPORT 0
#define OS_SO_REUSEPORT     (-1)
#endif

#if defined(TCP_DEFER_ACCEPT)
#define OS_HAS_TCP_DEFER_ACCEPT 1
#define OS_TCP_DEFER_ACCEPT     TCP_DEFER_ACCEPT
#else
#define OS_HAS_TCP_DEFER_ACCEPT 0
#define OS_TCP_DEFER_ACCEPT     (-1)
#endif

#endif
