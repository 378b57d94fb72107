/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * How a public function is marked. The library is built with hidden visibility, and only what
 * carries one of these marks leaves it (GCC manual, "Common Function Attributes"). In a program
 * the marks change nothing.
 *
 * The two names mean the same here; libevent has two because it is split into several libraries.
 */
#ifndef EVENT2_VISIBILITY_H_INCLUDED_
#define EVENT2_VISIBILITY_H_INCLUDED_

#include <event2/event-config.h>

#ifdef __GNUC__
#define EVENT2_EXPORT_SYMBOL __attribute__((visibility("default")))
#else
#define EVENT2_EXPORT_SYMBOL
#endif

#define EVENT2_CORE_EXPORT_SYMBOL EVENT2_EXPORT_SYMBOL

#endif
