/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The simulated host as a world of the library's seam (src/os/os.h): what the library itself calls.
 */
#ifndef EVIDENT_SIM_SEAM_H
#define EVIDENT_SIM_SEAM_H

#include <evident/sim.h>

#include "os/os.h"

/* The table of a kernel of this kind: it lacks what that kernel lacks. */
const struct os_ops *evsim_seam_ops(enum evsim_kernel kernel);

/* Locks, conditions and thread ids of tasks (threads.c). */
const struct os_threads *evsim_seam_threads(struct os *os);

/* Whether a task that does not run now may hold this lock of the host's process; NULL: no. */
bool evsim_lock_is_others(const struct evsim_host *host, const void *lock);

#endif
