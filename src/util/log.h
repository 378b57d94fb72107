/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The library's log: one line at a time, to the process's log callback or else to the world
 * (os_log).
 *
 * Lines are cut at EVI_LOG_LINE_MAX bytes, their terminator included. Nothing here allocates or
 * fails, and the caller's errno is kept. The callback must not call back into the library (as
 * libevent demands); the caller may hold locks.
 */
#ifndef EVIDENT_UTIL_LOG_H
#define EVIDENT_UTIL_LOG_H

#include <stdbool.h>

#include "os/os.h"
#include "os/process.h"

#define EVI_LOG_LINE_MAX 1024

/* The exit status that stands for abort(3) in evi_fatal and in the callback of
 * event_set_fatal_callback: what libevent calls it with after a failed internal check or misuse
 * found by debug mode. */
#define EVI_FATAL_ABORT ((int)0xdeaddead)

/* severity is EVENT_LOG_*. A debug line is dropped while debug logging is off. */
__attribute__((format(printf, 3, 4))) void evi_log(struct os *os, int severity, const char *format,
                                                   ...);

/* The same with ": " and the text of error (an errno value, > 0) behind it. */
__attribute__((format(printf, 4, 5))) void evi_log_error(struct os *os, int severity, int error,
                                                         const char *format, ...);

/* Whether debug logging is on (event_enable_debug_logging): ask before a debug line is made. */
static inline bool evi_log_is_debugging(const struct os *os)
{
        return os->process->debug_logging != EVENT_DBG_NONE;
}

/* Logs the line as an error and ends the process by os_terminate. With a fatal callback: calls it
 * with code first, and code is the exit status should it return. Without one: OS_ABORT for
 * EVI_FATAL_ABORT, else code. */
_Noreturn __attribute__((format(printf, 3, 4))) void evi_fatal(struct os *os, int code,
                                                               const char *format, ...);

#endif
