/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What all waits have in common.
 *
 * A wait that may be interrupted never goes on after a handler ran, SA_RESTART or not (signal(7),
 * 'Interruption of system calls ... by signal handlers': epoll_wait, poll, select and kin).
 */
#ifndef EVIDENT_SIM_WAIT_H
#define EVIDENT_SIM_WAIT_H

#include <stdint.h>

#include "kernel/host.h"

/* A wait of the running task begins: when it ends by itself, late by an effect where there is one. */
int64_t evsim_wait_deadline_ns(struct evsim_host *host, enum evsim_call call, int64_t timeout_ns);

/* Spurious readiness: for as long as this wait looks, one file that it waits for is called ready for
 * something that is wanted of it, if the wait's effect is that. Of a demultiplexer that has a table,
 * or of poll's array. The file; NULL: none. Ends with evsim_wait_stop_pretending(). */
struct evsim_file *evsim_wait_pretend(struct evsim_file *demultiplexer);
struct evsim_file *evsim_wait_pretend_fds(struct evsim_host *host, const struct pollfd *fds,
                                          size_t count);
void evsim_wait_stop_pretending(struct evsim_file *file);

/* The running task sleeps until something wakes it, or the deadline: 0 or -ETIMEDOUT. Or -EINTR when
 * a handler has run; *is_restart says whether the call may go on then (SA_RESTART). A wait mask of
 * the task's (ppoll(2)) is in force from here to the end of the handlers. */
int evsim_wait_once(struct evsim_task *task, int64_t deadline_ns, bool *is_restart,
                    const char *call, int fd);

/* Whether a handler runs that the wait mask lets in, in a call that does not sleep: poll and select
 * say EINTR then, even with a timeout of 0; epoll_wait does not. */
bool evsim_wait_is_interrupted(struct evsim_task *task);

/* The same as evsim_wait_once(), for calls that never go on. */
int evsim_wait(int64_t deadline_ns, const char *call, int fd);

/* The same, in a list of sleepers. Who wakes them takes them out of it: it may be gone when they run.
 * is_restart: as of evsim_wait_once(); NULL: of no interest. */
int evsim_wait_among(struct evi_link *sleepers, int64_t deadline_ns, bool *is_restart,
                     const char *call, int fd);
void evsim_sleepers_wake(struct evi_link *sleepers);

#endif
