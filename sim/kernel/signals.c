/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/signals.h"

#include <errno.h>
#include <string.h>

#include "kernel/host.h"

/* POSIX's numbers for real-time signals are the system's; Linux has 34 to 64 in libc's hands. */
#define FIRST_REALTIME 32

void evsim_signals_init(struct evsim_signals *signals)
{
        evi_list_init(&signals->watchers);
}

/* ---- Sets --------------------------------------------------------------------------------------
 */

uint64_t evsim_sigset_bits(const sigset_t *set)
{
        uint64_t bits = 0;

        for (int n = 1; n < EVSIM_NSIG; n++)
                if (sigismember(set, n) == 1)
                        bits |= evsim_signal_bit(n);
        return bits;
}

void evsim_sigset_fill(sigset_t *set, uint64_t bits)
{
        (void)sigemptyset(set);
        for (int n = 1; n < EVSIM_NSIG; n++)
                if ((bits & evsim_signal_bit(n)) != 0)
                        (void)sigaddset(set, n);
}

/* ---- Sending -----------------------------------------------------------------------------------
 */

static bool is_ignored(const struct evsim_action *action, int signal_number)
{
        if (action->library != NULL)
                return false;
        if (action->handler == SIG_DFL)
                return signal_number == SIGCHLD || signal_number == SIGURG ||
                       signal_number == SIGWINCH || signal_number == SIGCONT;
        return action->handler == SIG_IGN;
}

/* A task of the host that does not block the signal and sleeps in a call that it ends. Where none
 * does, one that runs will take it at its next call. The running task is not preferred: it may be
 * the one that plays the outside, and make no call any more. */
static void interrupt_someone(struct evsim_host *host, uint64_t bit)
{
        struct evi_link *head = &host->world->tasks;

        for (struct evi_link *l = evi_list_first(head); l != NULL; l = evi_list_next(head, l)) {
                struct evsim_task *task = EVI_CONTAINER_OF(l, struct evsim_task, all);

                if (task->host == host && task->state == EVSIM_BLOCKED && task->is_interruptible &&
                    (task->signals_blocked & bit) == 0) {
                        evsim_task_wake(task, -EINTR);
                        return;
                }
        }
}

static bool is_blocked_by_all(const struct evsim_host *host, uint64_t bit)
{
        const struct evi_link *head = &host->world->tasks;

        for (struct evi_link *l = evi_list_first(head); l != NULL; l = evi_list_next(head, l)) {
                const struct evsim_task *task = EVI_CONTAINER_OF(l, struct evsim_task, all);

                if (task->host == host && task->state != EVSIM_ENDED &&
                    (task->signals_blocked & bit) == 0)
                        return false;
        }
        return true;
}

static void notify_watchers(struct evsim_signals *signals, bool is_queued)
{
        struct evi_link *head = &signals->watchers;

        for (struct evi_link *l = evi_list_first(head); l != NULL; l = evi_list_next(head, l)) {
                struct evsim_signal_watcher *w =
                        EVI_CONTAINER_OF(l, struct evsim_signal_watcher, link);

                if (is_queued || !w->only_queued)
                        w->sent(w);
        }
}

static void queue_for_task(struct evsim_task *task, int n)
{
        const uint64_t bit = evsim_signal_bit(n);

        task->signals_pending |= bit;
        if (n >= FIRST_REALTIME && task->signals_queued[n] < UINT8_MAX)
                task->signals_queued[n]++;
        if (task->is_interruptible && (task->signals_blocked & bit) == 0)
                evsim_task_wake(task, -EINTR);
}

static void queue_for_process(struct evsim_host *host, int n)
{
        host->signals.pending |= evsim_signal_bit(n);
        if (n >= FIRST_REALTIME)
                host->signals.queued[n]++;
        interrupt_someone(host, evsim_signal_bit(n));
}

void evsim_signal_send(struct evsim_host *host, struct evsim_task *task, int signal_number)
{
        struct evsim_signals *signals = &host->signals;
        const uint64_t bit = evsim_signal_bit(signal_number);
        const uint64_t pending = task != NULL ? task->signals_pending : signals->pending;
        const bool is_held =
                task != NULL ? (task->signals_blocked & bit) != 0 : is_blocked_by_all(host, bit);
        /* Else it is gone, but EVFILT_SIGNAL counts it all the same. */
        const bool is_kept = is_held || !is_ignored(&signals->actions[signal_number], signal_number);

        signals->sent[signal_number]++;
        if (is_kept && task != NULL)
                queue_for_task(task, signal_number);
        else if (is_kept)
                queue_for_process(host, signal_number);
        notify_watchers(signals,
                        is_kept && (signal_number >= FIRST_REALTIME || (pending & bit) == 0));
}

void evsim_host_signal(struct evsim_host *host, int signal_number)
{
        if (signal_number < 1 || signal_number >= EVSIM_NSIG)
                evsim_die("evsim_host_signal: there is no signal %d", signal_number);
        evsim_signal_send(host, NULL, signal_number);
}

/* ---- Delivery ----------------------------------------------------------------------------------
 */

/* One occurrence of the lowest signal of the set is no longer pending; 0: there is none. */
static int take_lowest(struct evsim_host *host, struct evsim_task *task, uint64_t set)
{
        struct evsim_signals *signals = &host->signals;
        const uint64_t due = (signals->pending | task->signals_pending) & set;
        int n = 1;

        if (due == 0)
                return 0;
        while ((due & evsim_signal_bit(n)) == 0)
                n++;
        if ((task->signals_pending & evsim_signal_bit(n)) != 0) {
                if (task->signals_queued[n] > 0)
                        task->signals_queued[n]--;
                if (task->signals_queued[n] == 0)
                        task->signals_pending &= ~evsim_signal_bit(n);
        } else if (signals->queued[n] > 1)
                signals->queued[n]--;
        else {
                signals->queued[n] = 0;
                signals->pending &= ~evsim_signal_bit(n);
        }
        return n;
}

int evsim_signal_take(struct evsim_host *host, struct evsim_task *task, uint64_t set)
{
        return take_lowest(host, task, set);
}

/* The program's handler, of either form (sigaction(2), SA_SIGINFO). */
static void run_handler(const struct evsim_action *action, int n)
{
        void (*with_info)(int, siginfo_t *, void *);
        siginfo_t info = {0};

        if ((action->flags & SA_SIGINFO) == 0) {
                action->handler(n);
                return;
        }
        info.si_signo = n;
        memcpy(&with_info, &action->handler, sizeof with_info);
        with_info(n, &info, NULL);
}

/* Runs the handler, as sigaction(2) has it. Returns whether one ran. */
static bool deliver(struct evsim_host *host, int n, bool *is_restart)
{
        struct evsim_task *task = evsim_running;
        struct evsim_action *entry = &host->signals.actions[n];
        const struct evsim_action action = *entry;
        const uint64_t blocked = task->signals_blocked;
        const int error = errno;

        if (is_ignored(&action, n))
                return false;
        if (action.library == NULL && action.handler == SIG_DFL)
                evsim_world_end(host->world, EVSIM_TERMINATED, "%s: ended by signal %d", host->name,
                                n);
        evsim_world_trace(host->world, EVSIM_CALL_HANDLER, -1, n, 0);
        evsim_world_progress(host->world);
        if ((action.flags & (int)SA_RESETHAND) != 0)
                *entry = (struct evsim_action){.handler = SIG_DFL};
        task->signals_blocked |= action.mask;
        if ((action.flags & SA_NODEFER) == 0)
                task->signals_blocked |= evsim_signal_bit(n);
        if (action.library != NULL)
                action.library(&host->process, n);
        else
                run_handler(&action, n);
        task->signals_blocked = blocked;
        errno = error;
        if ((action.flags & SA_RESTART) == 0)
                *is_restart = false;
        return true;
}

bool evsim_signals_deliver(struct evsim_host *host, bool *is_restart)
{
        bool has_run = false;
        int n;

        *is_restart = true;
        while ((n = take_lowest(host, evsim_running, ~evsim_running->signals_blocked)) != 0)
                has_run |= deliver(host, n, is_restart);
        return has_run;
}

bool evsim_signals_deliver_masked(struct evsim_host *host, bool *is_restart)
{
        uint64_t done = 0;
        bool has_run = false;
        int n;

        *is_restart = true;
        while ((n = take_lowest(host, evsim_running, ~(evsim_running->signals_blocked | done))) != 0) {
                done = done != 0 ? done : evsim_signal_bit(n);
                has_run |= deliver(host, n, is_restart);
        }
        return has_run;
}

/* ---- Calls -------------------------------------------------------------------------------------
 */

static bool is_settable(int signal_number)
{
        return signal_number >= 1 && signal_number < EVSIM_NSIG && signal_number != SIGKILL &&
               signal_number != SIGSTOP;
}

/* A library handler's place in a struct sigaction, and the way back: the handler's pointer, marked
 * by a flag that no system has. */
#define LIBRARY_FLAG 0x00800000

static void save(const struct evsim_action *action, struct sigaction *saved)
{
        *saved = (struct sigaction){0};
        saved->sa_flags = action->flags;
        evsim_sigset_fill(&saved->sa_mask, action->mask);
        saved->sa_handler = action->handler;
        if (action->library != NULL) {
                saved->sa_flags |= LIBRARY_FLAG;
                memcpy(&saved->sa_handler, &action->library, sizeof action->library);
        }
}

static struct evsim_action action_of(const struct sigaction *saved)
{
        struct evsim_action action = {.mask = evsim_sigset_bits(&saved->sa_mask),
                                      .flags = saved->sa_flags & ~LIBRARY_FLAG};

        if ((saved->sa_flags & LIBRARY_FLAG) != 0)
                memcpy(&action.library, &saved->sa_handler, sizeof action.library);
        else
                action.handler = saved->sa_handler;
        return action;
}

/* What is pending and now ignored is dropped (POSIX, XSH 2.4.3). */
static void set_action(struct evsim_host *host, int n, const struct evsim_action *action)
{
        struct evi_link *head = &host->world->tasks;

        host->signals.actions[n] = *action;
        if (!is_ignored(action, n))
                return;
        host->signals.pending &= ~evsim_signal_bit(n);
        host->signals.queued[n] = 0;
        for (struct evi_link *l = evi_list_first(head); l != NULL; l = evi_list_next(head, l)) {
                struct evsim_task *task = EVI_CONTAINER_OF(l, struct evsim_task, all);

                if (task->host != host)
                        continue;
                task->signals_pending &= ~evsim_signal_bit(n);
                task->signals_queued[n] = 0;
        }
}

int evsim_sys_signal_install(struct evsim_host *host, int signal_number, os_signal_fn handler,
                             struct sigaction *saved)
{
        const struct evsim_action action = {
                .library = handler, .mask = ~UINT64_C(0), .flags = SA_RESTART};
        int r = evsim_call_begin(host, EVSIM_CALL_SIGACTION);

        if (r == 0 && !is_settable(signal_number))
                r = -EINVAL;
        if (r == 0) {
                save(&host->signals.actions[signal_number], saved);
                set_action(host, signal_number, &action);
        }
        return (int)evsim_call_end(host, EVSIM_CALL_SIGACTION, -1, signal_number, r);
}

int evsim_sys_signal_restore(struct evsim_host *host, int signal_number,
                             const struct sigaction *saved)
{
        return evsim_sys_sigaction(host, signal_number, saved, NULL);
}

int evsim_sys_sigaction(struct evsim_host *host, int signal_number, const struct sigaction *action,
                        struct sigaction *before)
{
        int r = evsim_call_begin(host, EVSIM_CALL_SIGACTION);
        struct evsim_action next;

        if (r == 0 && (signal_number < 1 || signal_number >= EVSIM_NSIG ||
                       (action != NULL && !is_settable(signal_number))))
                r = -EINVAL;
        if (r == 0 && action != NULL)
                next = action_of(action);
        if (r == 0 && before != NULL)
                save(&host->signals.actions[signal_number], before);
        if (r == 0 && action != NULL)
                set_action(host, signal_number, &next);
        return (int)evsim_call_end(host, EVSIM_CALL_SIGACTION, -1, signal_number, r);
}

int evsim_sys_sigprocmask(struct evsim_host *host, int how, const uint64_t *set, uint64_t *before)
{
        const uint64_t never = evsim_signal_bit(SIGKILL) | evsim_signal_bit(SIGSTOP);
        int r = evsim_call_begin(host, EVSIM_CALL_SIGPROCMASK);
        uint64_t *blocked = &evsim_running->signals_blocked;
        const uint64_t was = *blocked;

        if (r == 0 && set != NULL) {
                if (how == SIG_BLOCK)
                        *blocked |= *set;
                else if (how == SIG_UNBLOCK)
                        *blocked &= ~*set;
                else if (how == SIG_SETMASK)
                        *blocked = *set;
                else
                        r = -EINVAL;
                *blocked &= ~never;
        }
        if (r == 0 && before != NULL)
                *before = was;
        if (evsim_signals_are_due(&host->signals, evsim_running->signals_pending, *blocked))
                evsim_call_deliver(host);
        return (int)evsim_call_end(host, EVSIM_CALL_SIGPROCMASK, -1, how, r);
}

static int kill_call(struct evsim_host *host, struct evsim_task *task, int signal_number)
{
        int r = evsim_call_begin(host, EVSIM_CALL_KILL);

        if (r == 0 && (signal_number < 0 || signal_number >= EVSIM_NSIG))
                r = -EINVAL;
        if (r == 0 && signal_number > 0)
                evsim_signal_send(host, task, signal_number);
        /* At least one is delivered before kill returns, if this task may take it (kill(3p)). */
        if (evsim_signals_are_due(&host->signals, evsim_running->signals_pending,
                                  evsim_running->signals_blocked))
                evsim_call_deliver(host);
        return (int)evsim_call_end(host, EVSIM_CALL_KILL, -1, signal_number, r);
}

int evsim_sys_kill(struct evsim_host *host, int signal_number)
{
        return kill_call(host, NULL, signal_number);
}

int evsim_sys_kill_task(struct evsim_host *host, struct evsim_task *task, int signal_number)
{
        return kill_call(host, task, signal_number);
}
