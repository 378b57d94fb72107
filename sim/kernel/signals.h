/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Signals of a host's process.
 *
 * Modelled (signal(7), sigaction(2), sigprocmask(2), kill(2), signalfd(2)): dispositions default,
 * ignore and handler, SA_RESTART, SA_RESETHAND, SA_NODEFER and sa_mask; a mask a task; standard
 * signals that merge while they are pending, real-time ones that queue; interruption of blocking
 * calls, with the calls that are never restarted; SIGPIPE of writes; delivery to any task that does
 * not block the signal, at its next call. A handler runs in the task's own stack.
 * Not modelled: sigaltstack, SA_SIGINFO's details beyond the number, stop and continue, job
 * control, SIGCHLD of real children. A signal that would end a process ends the world's
 * run (EVSIM_TERMINATED).
 */
#ifndef EVIDENT_SIM_SIGNALS_H
#define EVIDENT_SIM_SIGNALS_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "os/os.h"
#include "util/list.h"

enum { EVSIM_NSIG = 65 };

struct evsim_host;
struct evsim_task;

/* What happens at a signal: the library's handler (os_signal_install), or what POSIX has. */
struct evsim_action {
        os_signal_fn library; /* NULL: handler */
        void (*handler)(int); /* SIG_DFL, SIG_IGN or the program's */
        uint64_t mask;
        int flags;
};

struct evsim_signals {
        struct evsim_action actions[EVSIM_NSIG];
        uint64_t pending;            /* bit n-1: signal n, sent to the process */
        uint16_t queued[EVSIM_NSIG]; /* of real-time ones, how often */
        uint32_t sent[EVSIM_NSIG];   /* how often each was sent, whatever became of it */
        struct evi_link watchers;
};

/* Who wants to know of signals as they are sent: signalfd, EVFILT_SIGNAL. */
struct evsim_signal_watcher {
        struct evi_link link; /* in signals.watchers */
        void (*sent)(struct evsim_signal_watcher *watcher);
        bool only_queued; /* not of those that are ignored, or merge with one that is pending */
};

static inline uint64_t evsim_signal_bit(int signal_number)
{
        return UINT64_C(1) << (signal_number - 1);
}

void evsim_signals_init(struct evsim_signals *signals);

/* Sends the signal to the process (task NULL) or to the task. */
void evsim_signal_send(struct evsim_host *host, struct evsim_task *task, int signal_number);

/* Signals that the running task may take now. */
static inline bool evsim_signals_are_due(const struct evsim_signals *signals, uint64_t own,
                                         uint64_t blocked)
{
        return ((signals->pending | own) & ~blocked) != 0;
}

/* Runs the handlers of all signals that are due for the running task. Returns whether any handler
 * ran without SA_RESTART (in *is_restart: whether calls may go on). */
bool evsim_signals_deliver(struct evsim_host *host, bool *is_restart);

/* The same where a mask is in force for a wait alone. It ends when the handler of the first signal
 * returns, over which those of the others run: that signal is taken once, however often it queues. */
bool evsim_signals_deliver_masked(struct evsim_host *host, bool *is_restart);

/* Takes one pending signal of the set, for a signalfd: its number, or 0. */
int evsim_signal_take(struct evsim_host *host, struct evsim_task *task, uint64_t set);

/* The calls; 0 or -errno. */
int evsim_sys_signal_install(struct evsim_host *host, int signal_number, os_signal_fn handler,
                             struct sigaction *saved);
int evsim_sys_signal_restore(struct evsim_host *host, int signal_number,
                             const struct sigaction *saved);
int evsim_sys_sigaction(struct evsim_host *host, int signal_number, const struct sigaction *action,
                        struct sigaction *before);
int evsim_sys_sigprocmask(struct evsim_host *host, int how, const uint64_t *set, uint64_t *before);
int evsim_sys_kill(struct evsim_host *host, int signal_number);
/* To one task of the host's (pthread_kill(3)). */
int evsim_sys_kill_task(struct evsim_host *host, struct evsim_task *task, int signal_number);
int evsim_sys_signalfd(struct evsim_host *host, int fd, uint64_t mask, int flags);

uint64_t evsim_sigset_bits(const sigset_t *set);
void evsim_sigset_fill(sigset_t *set, uint64_t bits);

#endif
