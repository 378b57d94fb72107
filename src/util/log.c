/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The log; log.h has the contracts.
 *
 * A line is made on the stack, so that a shortage of memory can be reported too.
 */
#include "util/log.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "os/os.h"
#include "os/process.h"
#include "util/text.h"

enum { ERROR_TEXT_MAX = 128 };

static void emit(struct os *os, int severity, const char *line)
{
        if (os->process->log_cb != NULL)
                os->process->log_cb(severity, line);
        else
                os_log(os, severity, line);
}

/* strerror() may share its buffer between threads, and strerror_r() has two types: POSIX's returns
 * an error number, the GNU one a text that need not be in buf. Which of them the system declares is
 * asked of the compiler, as all questions to the preprocessor belong to os. */

static inline const char *text_of_posix(int r, const char *buf)
{
        return r == 0 ? buf : "unknown error";
}

static inline const char *text_of_gnu(const char *text, const char *buf)
{
        (void)buf;
        return text;
}

static const char *error_text(int error, char *buf, size_t size)
{
        return _Generic(strerror_r(error, buf, size), int
                        : text_of_posix, char *
                        : text_of_gnu)(strerror_r(error, buf, size), buf);
}

static void append_error(struct evi_text *line, int error)
{
        char buf[ERROR_TEXT_MAX];

        evi_text_append(line, ": ");
        evi_text_append(line, error_text(error, buf, sizeof buf));
}

/* error is 0 where there is none to be told. */
static __attribute__((format(printf, 4, 0))) void vlog(struct os *os, int severity, int error,
                                                       const char *format, va_list args)
{
        char buf[EVI_LOG_LINE_MAX];
        struct evi_text line;

        if (severity == EVENT_LOG_DEBUG && !evi_log_is_debugging(os))
                return;
        evi_text_init(&line, buf, sizeof buf);
        evi_text_vprintf(&line, format, args);
        if (error != 0)
                append_error(&line, error);
        emit(os, severity, buf);
}

void evi_log(struct os *os, int severity, const char *format, ...)
{
        const int saved_errno = errno;
        va_list args;

        va_start(args, format);
        vlog(os, severity, 0, format, args);
        va_end(args);
        errno = saved_errno;
}

void evi_log_error(struct os *os, int severity, int error, const char *format, ...)
{
        const int saved_errno = errno;
        va_list args;

        va_start(args, format);
        vlog(os, severity, error, format, args);
        va_end(args);
        errno = saved_errno;
}

void evi_fatal(struct os *os, int code, const char *format, ...)
{
        const event_fatal_cb fatal_cb = os->process->fatal_cb;
        va_list args;

        va_start(args, format);
        vlog(os, EVENT_LOG_ERR, 0, format, args);
        va_end(args);
        if (fatal_cb != NULL)
                fatal_cb(code);
        os_terminate(os, code == EVI_FATAL_ABORT && fatal_cb == NULL ? OS_ABORT : code);
}
