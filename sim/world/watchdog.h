/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The watchdog: a task that blocks in real time, or computes without end, would hang the whole world
 * silently. After config.watchdog_s of real seconds without a call or a switch it is named with its
 * stack, and the process aborted.
 *
 * One helper thread a process, made when the first thread enters a world that wants it, looks once a
 * second which threads are inside, and sends those SIGURG. The handler, in the thread itself, compares
 * the world's counters with those that it saw last; so calls cost nothing more, and nothing is read
 * from another thread. Where somebody else handles SIGURG there is no watchdog. A forked child makes
 * its own when it enters a world.
 */
#ifndef EVIDENT_SIM_WATCHDOG_H
#define EVIDENT_SIM_WATCHDOG_H

/* The calling thread is in a world that wants to be watched, or is no longer. */
void evsim_watchdog_enter(void);
void evsim_watchdog_leave(void);

#endif
