/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The interval timer of real time, as kernel/calls.h has the other calls.
 */
#ifndef EVIDENT_SIM_ITIMER_H
#define EVIDENT_SIM_ITIMER_H

struct evsim_host;
struct itimerval;

/* which is ITIMER_REAL. next may not be NULL, as setitimer(2) has it; before may. */
int evsim_sys_setitimer(struct evsim_host *host, int which, const struct itimerval *next,
                        struct itimerval *before);
int evsim_sys_getitimer(struct evsim_host *host, int which, struct itimerval *now);

#endif
