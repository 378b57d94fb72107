/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The calls that every Unix has, for the tables of the real worlds. Their contracts are those of
 * struct os_ops.
 */
#ifndef EVIDENT_OS_POSIX_H
#define EVIDENT_OS_POSIX_H

#include <errno.h>

#include "os/os.h"

/* Which file has the real world of this system. */
#if defined(__linux__)
#define EVI_WORLD_LINUX 1 /* os_linux.c */
#elif defined(__FreeBSD__) || defined(__NetBSD__) || defined(__OpenBSD__) || \
        defined(__DragonFly__) || defined(__APPLE__)
#define EVI_WORLD_BSD 1 /* os_bsd.c */
#elif defined(__sun)
#define EVI_WORLD_SOLARIS 1 /* os_solaris.c */
#elif defined(__unix__)
#define EVI_WORLD_UNIX 1 /* os_unix.c */
#endif

/* What a call that makes or counts something returned, as the seam has it. */
static inline int evi_posix_result(int result)
{
        return result >= 0 ? result : -errno;
}

/* os_posix.c */
void *evi_posix_alloc(struct os *os, size_t size);
void *evi_posix_realloc(struct os *os, void *ptr, size_t size);
void evi_posix_free(struct os *os, void *ptr);
int64_t evi_posix_clock(struct os *os, enum os_clock clock);
const char *evi_posix_getenv(struct os *os, const char *name);
int evi_posix_getpid(struct os *os);
void evi_posix_yield(struct os *os);
int evi_posix_atomic_exchange(struct os *os, int *object, int value);
void evi_posix_log(struct os *os, int severity, const char *line);
void evi_posix_terminate(struct os *os, int code);

/* os_posix_fd.c */
ssize_t evi_posix_read(struct os *os, int fd, void *buf, size_t len);
ssize_t evi_posix_write(struct os *os, int fd, const void *buf, size_t len);
int evi_posix_close(struct os *os, int fd);
int evi_posix_set_nonblocking(struct os *os, int fd);
int evi_posix_is_nonblocking(struct os *os, int fd);
int evi_posix_set_cloexec(struct os *os, int fd);
int evi_posix_setsockopt(struct os *os, int fd, int level, int name, const void *value,
                         socklen_t len);
int evi_posix_socketpair(struct os *os, int domain, int type, int protocol, int fds[2]);
int evi_posix_if_index(struct os *os, const char *name);
int evi_posix_select(struct os *os, int nfds, unsigned long *readable, unsigned long *writable,
                     unsigned long *except, int64_t timeout_ns);

/* os_posix_signal.c */
int evi_posix_signal_install(struct os *os, int signal_number, os_signal_fn handler,
                             struct sigaction *saved);
int evi_posix_signal_restore(struct os *os, int signal_number, const struct sigaction *saved);

/* os_posix_threads.c */
const struct os_threads *evi_posix_threads(struct os *os);

/* os_unix.c: POSIX's slower ways, for those that have no better; not on Linux */
int evi_unix_random(struct os *os, void *buf, size_t len);
int evi_unix_pipe(struct os *os, int fds[2]);
int evi_unix_poll(struct os *os, struct pollfd *fds, size_t count, int64_t timeout_ns);

/* The part of a table that is the same on every Unix: an initialiser list, so that each world's
 * table stays one constant and shows what it adds. */
#define EVI_POSIX_CALLS                                                                     \
        .alloc = evi_posix_alloc, .realloc = evi_posix_realloc, .free = evi_posix_free,     \
        .clock = evi_posix_clock, .getenv = evi_posix_getenv, .getpid = evi_posix_getpid,   \
        .threads = evi_posix_threads, .yield = evi_posix_yield,                             \
        .atomic_exchange = evi_posix_atomic_exchange, .log = evi_posix_log,                 \
        .terminate = evi_posix_terminate, .read = evi_posix_read, .write = evi_posix_write, \
        .close = evi_posix_close, .set_nonblocking = evi_posix_set_nonblocking,             \
        .is_nonblocking = evi_posix_is_nonblocking, .set_cloexec = evi_posix_set_cloexec,   \
        .setsockopt = evi_posix_setsockopt, .socketpair = evi_posix_socketpair,             \
        .if_index = evi_posix_if_index, .select = evi_posix_select,                         \
        .signal_install = evi_posix_signal_install, .signal_restore = evi_posix_signal_restore

#endif
