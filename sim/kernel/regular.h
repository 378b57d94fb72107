/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The calls of regular files, as kernel/calls.h has the others.
 */
#ifndef EVIDENT_SIM_REGULAR_H
#define EVIDENT_SIM_REGULAR_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct evsim_host;
struct stat;

int evsim_sys_open(struct evsim_host *host, const char *path, int flags, unsigned mode);
int evsim_sys_unlink(struct evsim_host *host, const char *path);
int64_t evsim_sys_lseek(struct evsim_host *host, int fd, int64_t offset, int whence);
ssize_t evsim_sys_pread(struct evsim_host *host, int fd, void *buf, size_t len, int64_t offset);
ssize_t evsim_sys_pwrite(struct evsim_host *host, int fd, const void *buf, size_t len,
                         int64_t offset);
int evsim_sys_ftruncate(struct evsim_host *host, int fd, int64_t length);
int evsim_sys_fstat(struct evsim_host *host, int fd, struct stat *out);

#endif
