/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For the files that have calls: descriptors given out, and reads and writes that may sleep.
 */
#ifndef EVIDENT_SIM_DESCRIPTOR_H
#define EVIDENT_SIM_DESCRIPTOR_H

#include "kernel/file.h"
#include "kernel/host.h"

/* The lowest free number for a fresh file: O_CLOEXEC of flags is the descriptor's. -EMFILE, and the
 * file is released. */
int evsim_descriptor_give(struct evsim_host *host, struct evsim_file *file, int flags);

/* The file under the number; NULL: EBADF. */
static inline struct evsim_file *evsim_descriptor_get(const struct evsim_host *host, int fd)
{
        return evsim_fdtable_get(&host->files, fd);
}

/* read(2) and write(2) as the file's flags have it: sleeps unless O_NONBLOCK. No fault, no trace. */
ssize_t evsim_file_read(struct evsim_file *file, void *buf, size_t len, const char *call, int fd);
ssize_t evsim_file_write(struct evsim_file *file, const void *buf, size_t len, const char *call,
                         int fd);

/* What a transfer that met a fault (evsim_call_begin) answers: the error, after what must go with it;
 * or 0 where the file cannot meet it, and the call goes on. events: POLLIN of reads, POLLOUT of
 * writes. */
int evsim_transfer_fault(struct evsim_file *file, int fault, unsigned events);

/* A write met the end of its reader: SIGPIPE to the running task, before the call returns (write(2),
 * EPIPE). */
void evsim_broken_pipe(struct evsim_host *host);

#endif
