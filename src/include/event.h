/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * libevent 1.4's one header: all that programs written for it need. New programs include the
 * headers under event2/ that they use.
 */
#ifndef EVENT1_EVENT_H_INCLUDED_
#define EVENT1_EVENT_H_INCLUDED_

#include <event2/event-config.h>
#include <sys/types.h>
#include <sys/time.h>
#include <stdint.h>
#include <stdarg.h>

#include <evutil.h>
#include <event2/event_struct.h>
#include <event2/event.h>
#include <event2/event_compat.h>

#endif
