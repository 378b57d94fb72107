/* SPDX-License-Identifier: BSD-3-Clause */
/* Signals of the thread that makes the calls: no sequence ends by one. */
#include "calls.h"
#include "signals.h"

static struct arm *receiver;

/* How often each; in which order handlers of several run is left open by POSIX. */
static void caught(int signal_number)
{
        receiver->ncaught += signal_number == SIGUSR1   ? 1U
                             : signal_number == SIGUSR2 ? 1000U
                             : signal_number == SIGPIPE ? 1000000U
                                                        : 100000000U;
}

static int number_of(int which)
{
        return which == 0 ? SIGUSR1 : which == 1 ? SIGUSR2 : which == 2 ? SIGRTMIN + 1 : SIGPIPE;
}

static void draw_number(const struct draw *d, int *a)
{
        a[0] = draw_below(d, 4);
        a[1] = DRAW(d, SIG_BLOCK, SIG_BLOCK, SIG_UNBLOCK);
        a[2] = draw_below(d, 2);
}

static int64_t run_raise(struct arm *arm, const int *a, uint64_t *sum)
{
        int64_t r;

        receiver = arm;
        r = result_of(arm->kernel->raise(number_of(a[0])));
        sum_number(sum, arm->ncaught);
        return r;
}

static int64_t run_sigprocmask(struct arm *arm, const int *a, uint64_t *sum)
{
        sigset_t set;
        sigset_t before;
        int64_t r;

        sigemptyset(&set);
        sigaddset(&set, number_of(a[0]));
        receiver = arm;
        r = result_of(arm->kernel->sigprocmask(a[1], &set, &before));
        for (int i = 0; i < 4; i++)
                sum_number(sum, sigismember(&before, number_of(i)));
        sum_number(sum, arm->ncaught);
        return r;
}

static int64_t run_sigpending(struct arm *arm, const int *a, uint64_t *sum)
{
        sigset_t pending;
        int64_t r;

        (void)a;
        receiver = arm;
        r = result_of(arm->kernel->sigpending(&pending));
        for (int i = 0; i < 4; i++)
                sum_number(sum, sigismember(&pending, number_of(i)));
        return r;
}

static int64_t run_sigaction(struct arm *arm, const int *a, uint64_t *sum)
{
        struct sigaction action = {.sa_handler = a[2] ? SIG_IGN : caught, .sa_flags = SA_RESTART};
        struct sigaction before = {0};
        int64_t r;

        receiver = arm;
        r = result_of(arm->kernel->sigaction(number_of(a[0]), &action, &before));
        sum_number(sum, before.sa_handler == SIG_IGN);
        return r;
}

/* One description at a time: in Linux all of them have one queue of waiters, so that the order in
 * which several are reported mixes those of each, which the simulated kernel does not (it has a queue
 * a file), and nothing promises. */
static void draw_signalfd(const struct draw *d, int *a)
{
        bool is_open = false;

        for (int fd = FIRST_FD; fd < NFDS; fd++)
                is_open |= d->arm->type[fd] == SIGNALFD;
        a[0] = is_open ? draw_fd(d, TYPE(SIGNALFD)) : -1;
        a[1] = 1 + draw_below(d, 15);
}

static int64_t run_signalfd(struct arm *arm, const int *a, uint64_t *sum)
{
        sigset_t set;
        int r;

        (void)sum;
        sigemptyset(&set);
        for (int i = 0; i < 4; i++)
                if ((a[1] >> i & 1) != 0)
                        sigaddset(&set, number_of(i));
        r = arm->kernel->signalfd(a[0], &set, O_NONBLOCK);
        return r == a[0] && r >= 0 ? r : arm_made(arm, r, SIGNALFD);
}

void signals_begin(struct arm *arm)
{
        receiver = arm;
        for (int i = 0; i < 4; i++) {
                struct sigaction action = {.sa_handler = caught, .sa_flags = SA_RESTART};

                (void)arm->kernel->sigaction(number_of(i), &action, NULL);
        }
}

void signals_for(struct arm *arm)
{
        receiver = arm;
}

void signals_end(struct arm *arm)
{
        struct sigaction ignore = {.sa_handler = SIG_IGN};
        sigset_t none;

        receiver = arm;
        sigemptyset(&none);
        for (int i = 0; i < 4; i++)
                (void)arm->kernel->sigaction(number_of(i), &ignore, NULL);
        (void)arm->kernel->sigprocmask(SIG_SETMASK, &none, NULL);
}

const struct kind signal_kinds[] = {
        {"raise", draw_number, run_raise, 10, TYPE(SIGNALFD), false},
        {"sigprocmask", draw_number, run_sigprocmask, 10, TYPE(SIGNALFD), false},
        {"sigpending", draw_number, run_sigpending, 2, TYPE(SIGNALFD), false},
        {"sigaction", draw_number, run_sigaction, 2, TYPE(SIGNALFD), false},
        {"signalfd", draw_signalfd, run_signalfd, 6, TYPE(SIGNALFD), true},
        {0},
};
