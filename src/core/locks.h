/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The process's own locks, and the end of lock callbacks and debugging.
 */
#ifndef EVIDENT_CORE_LOCKS_H
#define EVIDENT_CORE_LOCKS_H

struct os;
struct os_process;

/* The locks that guard process-wide state (os_process.debug_lock, .signal_lock, .bases_lock),
 * made with the callbacks as they are. 0, or -ENOMEM and there are none. */
int evi_locks_make(struct os_process *process);
void evi_locks_free(struct os_process *process);

/* evi_locks_free, and the callbacks are as at the start of the process. */
void evi_locks_shutdown(struct os *os);

/* Puts the checking callbacks over the plain ones (lockdebug.c). */
void evi_lockdebug_install(struct os_process *process);

#endif
