/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The name under which libevent 1.4 had event2/util.h.
 */
#ifndef EVENT1_EVUTIL_H_INCLUDED_
#define EVENT1_EVUTIL_H_INCLUDED_

#include <event2/util.h>

#endif
