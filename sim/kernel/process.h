/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The process of a host.
 *
 * Modelled: one process a host, its number, environment and random bytes; and fork(2), as far as it
 * is about descriptors: the caller goes on as the child, with a new number, no pending signals, and
 * a table of its own over the same open file descriptions. What the parent has open and registered
 * remains, and calls can be made in its name.
 * Not modelled: a parent that runs; exec(2), wait(2), process groups; a fork of a process with
 * several tasks, whose others would not exist in the child; record locks and timers, which a child
 * does not inherit.
 */
#ifndef EVIDENT_SIM_PROCESS_H
#define EVIDENT_SIM_PROCESS_H

#include <stdbool.h>
#include <stddef.h>

struct evsim_host;

int evsim_sys_getpid(struct evsim_host *host);

/* len bytes of the host's stream. 0 or -errno. */
int evsim_sys_random(struct evsim_host *host, void *buf, size_t len);

/* Other tasks run that can. */
void evsim_sys_yield(struct evsim_host *host);

/* The value, or NULL. It is the environment's. */
const char *evsim_host_getenv(struct evsim_host *host, const char *name);

/* 0: the caller is the child now; or -errno. */
int evsim_sys_fork(struct evsim_host *host);

/* From now on the host's calls are the parent's, or the child's again. */
void evsim_process_switch(struct evsim_host *host, bool is_parent);

/* The parent ends: its descriptors are closed. */
void evsim_process_end_parent(struct evsim_host *host);

/* The process ends, and the run with it (EVSIM_TERMINATED). */
_Noreturn void evsim_process_end(struct evsim_host *host, int status);

#endif
