/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What every Unix has, without a descriptor: memory, clocks, environment, output, the end.
 */
#include "os/os_posix.h"

#if defined(__unix__) || defined(__APPLE__)

#include <assert.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "os/process.h"
#include "os/time.h"

/* The coarse clock, where there is one: a tick behind, read without asking the hardware. */
#if defined(CLOCK_MONOTONIC_COARSE)
#define COARSE_CLOCK CLOCK_MONOTONIC_COARSE
#elif defined(CLOCK_MONOTONIC_FAST)
#define COARSE_CLOCK CLOCK_MONOTONIC_FAST
#else
#define COARSE_CLOCK CLOCK_MONOTONIC
#endif

void *evi_posix_alloc(struct os *os, size_t size)
{
        const struct os_process *process = os->process;

        return process->malloc_fn != NULL ? process->malloc_fn(size) : malloc(size);
}

void *evi_posix_realloc(struct os *os, void *ptr, size_t size)
{
        const struct os_process *process = os->process;

        return process->realloc_fn != NULL ? process->realloc_fn(ptr, size) : realloc(ptr, size);
}

void evi_posix_free(struct os *os, void *ptr)
{
        const struct os_process *process = os->process;

        if (process->free_fn != NULL)
                process->free_fn(ptr);
        else
                free(ptr);
}

static clockid_t clock_id(enum os_clock clock)
{
        switch (clock) {
        case OS_CLOCK_REALTIME:
                return CLOCK_REALTIME;
        case OS_CLOCK_MONOTONIC_COARSE:
                return COARSE_CLOCK;
        case OS_CLOCK_MONOTONIC:
                break;
        }
        return CLOCK_MONOTONIC;
}

int64_t evi_posix_clock(struct os *os, enum os_clock clock)
{
        struct timespec now = {0};
        const int result = clock_gettime(clock_id(clock), &now);

        (void)os;
        assert(result == 0);
        (void)result;
        return os_ns_from_timespec(&now);
}

const char *evi_posix_getenv(struct os *os, const char *name)
{
        (void)os;
        return getenv(name);
}

int evi_posix_getpid(struct os *os)
{
        (void)os;
        return (int)getpid();
}

void evi_posix_yield(struct os *os)
{
        (void)os;
        (void)sched_yield();
}

int evi_posix_atomic_exchange(struct os *os, int *object, int value)
{
        (void)os;
        return __atomic_exchange_n(object, value, __ATOMIC_SEQ_CST);
}

static const char *severity_prefix(int severity)
{
        switch (severity) {
        case EVENT_LOG_DEBUG:
                return "[debug] ";
        case EVENT_LOG_MSG:
                return "[msg] ";
        case EVENT_LOG_WARN:
                return "[warn] ";
        case EVENT_LOG_ERR:
                return "[err] ";
        default:
                return "[?\?\?] ";
        }
}

static struct iovec text_span(const char *text)
{
        union {
                const char *in;
                void *out; /* writev(2) does not write to it, but its struct knows no const */
        } pointer = {.in = text};

        return (struct iovec){.iov_base = pointer.out, .iov_len = strlen(text)};
}

/* In one call, so that lines of several threads or processes do not mingle. */
void evi_posix_log(struct os *os, int severity, const char *line)
{
        const struct iovec parts[] = {text_span(severity_prefix(severity)), text_span(line),
                                      text_span("\n")};
        const ssize_t result = writev(STDERR_FILENO, parts, 3);

        (void)os;
        (void)result; /* nobody is left to be told */
}

void evi_posix_terminate(struct os *os, int code)
{
        (void)os;
        if (code == OS_ABORT)
                abort();
        exit(code);
}

#endif
