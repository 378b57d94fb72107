/* SPDX-License-Identifier: BSD-3-Clause */
/* Signals and what they interrupt: signal(7), sigaction(2), sigprocmask(2). */
#include "story.h"

static volatile sig_atomic_t ncaught;
static volatile sig_atomic_t last;

static void caught(int signal_number)
{
        ncaught++;
        last = signal_number;
}

static sigset_t set_of(int signal_number)
{
        sigset_t set;

        sigemptyset(&set);
        if (signal_number != 0)
                sigaddset(&set, signal_number);
        return set;
}

static void install(struct story *s, int signal_number, int flags)
{
        struct sigaction action = {.sa_handler = caught, .sa_flags = flags};

        ncaught = 0;
        last = 0;
        IS(0, sigaction(signal_number, &action, NULL));
}

static void handler_runs(struct story *s)
{
        install(s, SIGUSR1, 0);
        IS(0, raise(SIGUSR1));
        EQUAL(1, ncaught);
        EQUAL(SIGUSR1, last);
        IS(0, raise(SIGUSR1));
        EQUAL(2, ncaught);
}

static void blocked_ones_wait(struct story *s)
{
        const sigset_t set = set_of(SIGUSR1);
        sigset_t pending;
        sigset_t before;

        install(s, SIGUSR1, 0);
        IS(0, sigprocmask(SIG_BLOCK, &set, &before));
        EQUAL(0, sigismember(&before, SIGUSR1));
        IS(0, raise(SIGUSR1));
        IS(0, raise(SIGUSR1));
        EQUAL(0, ncaught);
        IS(0, sigpending(&pending));
        EQUAL(1, sigismember(&pending, SIGUSR1));
        IS(0, sigprocmask(SIG_UNBLOCK, &set, &before));
        EQUAL(1, sigismember(&before, SIGUSR1));
        EQUAL(1, ncaught); /* they merged */
        IS(0, sigpending(&pending));
        EQUAL(0, sigismember(&pending, SIGUSR1));
}

static void real_time_ones_queue(struct story *s)
{
        const int number = SIGRTMIN + 2;
        const sigset_t set = set_of(number);

        install(s, number, 0);
        IS(0, sigprocmask(SIG_BLOCK, &set, NULL));
        for (int i = 0; i < 3; i++)
                IS(0, raise(number));
        IS(0, sigprocmask(SIG_UNBLOCK, &set, NULL));
        EQUAL(3, ncaught);
}

static void ignored_ones(struct story *s)
{
        struct sigaction ignore = {.sa_handler = SIG_IGN};
        struct sigaction before;
        const sigset_t set = set_of(SIGUSR1);

        install(s, SIGUSR1, 0);
        IS(0, sigaction(SIGUSR1, &ignore, &before));
        EQUAL(true, before.sa_handler == caught);
        IS(0, raise(SIGUSR1));
        EQUAL(0, ncaught);
        install(s, SIGUSR1, 0);
        IS(0, sigprocmask(SIG_BLOCK, &set, NULL));
        IS(0, raise(SIGUSR1));
        IS(0, sigaction(SIGUSR1, &ignore, NULL)); /* discards what is pending */
        install(s, SIGUSR1, 0);
        IS(0, sigprocmask(SIG_UNBLOCK, &set, NULL));
        EQUAL(0, ncaught);
}

static void once_only(struct story *s)
{
        struct sigaction now;

        install(s, SIGUSR1, (int)SA_RESETHAND);
        IS(0, raise(SIGUSR1));
        EQUAL(1, ncaught);
        IS(0, sigaction(SIGUSR1, NULL, &now));
        EQUAL(true, now.sa_handler == SIG_DFL);
}

static void errors(struct story *s)
{
        struct sigaction action = {.sa_handler = caught};
        const sigset_t set = set_of(SIGUSR1);

        IS(-EINVAL, sigaction(SIGKILL, &action, NULL));
        IS(-EINVAL, sigaction(SIGSTOP, &action, NULL));
        IS(-EINVAL, sigaction(0, &action, NULL));
        IS(-EINVAL, sigaction(65, &action, NULL));
        IS(-EINVAL, sigprocmask(99, &set, NULL));
        IS(0, sigprocmask(99, NULL, NULL));
}

static void broken_pipe(struct story *s)
{
        int fds[2];

        install(s, SIGPIPE, 0);
        IS(0, pipe2(fds, O_NONBLOCK));
        IS(0, close(fds[0]));
        IS(-EPIPE, write(fds[1], "x", 1));
        EQUAL(1, ncaught);
        IS(-EPIPE, write(fds[1], "x", 1));
        EQUAL(2, ncaught);
}

/* A signal that a wait lets in is pending, so the wait ends at once. */
static void waits_with_a_mask(struct story *s)
{
        const sigset_t set = set_of(SIGUSR1);
        const sigset_t none = set_of(0);
        const int ep = (int)DO(epoll_create1(0));
        struct epoll_event event;
        struct pollfd entry = {.fd = -1};
        const struct timespec zero = {0};

        install(s, SIGUSR1, SA_RESTART);
        IS(0, sigprocmask(SIG_BLOCK, &set, NULL));
        IS(0, raise(SIGUSR1));
        IS(-EINTR, ppoll(&entry, 1, NULL, &none));
        EQUAL(1, ncaught);
        IS(0, raise(SIGUSR1));
        IS(-EINTR, epoll_pwait(ep, &event, 1, -1, &none));
        EQUAL(2, ncaught);
        IS(0, raise(SIGUSR1));
        IS(-EINTR, pselect(0, NULL, NULL, NULL, NULL, &none));
        EQUAL(3, ncaught);
        IS(0, raise(SIGUSR1));
        IS(0, ppoll(&entry, 1, &zero, NULL));
        EQUAL(3, ncaught); /* without a mask it stays blocked */
}

static void waits_of_no_time(struct story *s)
{
        const sigset_t set = set_of(SIGUSR1);
        const sigset_t none = set_of(0);
        const int ep = (int)DO(epoll_create1(0));
        struct epoll_event event;
        struct pollfd entry = {.fd = -1};
        const struct timespec zero = {0};

        install(s, SIGUSR1, 0);
        IS(0, sigprocmask(SIG_BLOCK, &set, NULL));
        IS(0, raise(SIGUSR1));
        DO(ppoll(&entry, 1, &zero, &none));
        EQUAL(true, ncaught <= 1);
        ncaught = 0;
        IS(0, raise(SIGUSR1));
        DO(epoll_pwait(ep, &event, 1, 0, &none));
        IS(0, raise(SIGUSR1));
        DO(pselect(0, NULL, NULL, NULL, &zero, &none));
}

static void ready_before_interrupted(struct story *s)
{
        const sigset_t set = set_of(SIGUSR1);
        const sigset_t none = set_of(0);
        struct pollfd entry = {.events = POLLIN};
        int fds[2];

        install(s, SIGUSR1, 0);
        IS(0, pipe2(fds, O_NONBLOCK));
        WRITES(fds[1], "x");
        entry.fd = fds[0];
        IS(0, sigprocmask(SIG_BLOCK, &set, NULL));
        IS(0, raise(SIGUSR1));
        IS(1, ppoll(&entry, 1, NULL, &none));
        DO(sigpending(&(sigset_t){0}));
        EQUAL(0, ncaught);
}

/* ---- From another thread ------------------------------------------------------------------------
 */

struct other {
        struct story *s;
        int fd;
};

static void interrupt_then_write(void *arg)
{
        struct other *o = arg;

        o->s->kernel->interrupt(SIGUSR1);
        (void)!o->s->kernel->write(o->fd, "x", 1);
}

static void read_is_restarted(struct story *s)
{
        struct other o = {.s = s};
        int fds[2];

        install(s, SIGUSR1, SA_RESTART);
        IS(0, pipe2(fds, 0));
        o.fd = fds[1];
        s->kernel->start(interrupt_then_write, &o);
        IS(1, read(fds[0], s->buf, 1));
        s->kernel->join();
        EQUAL(1, ncaught);
}

static void interrupt(void *arg)
{
        const struct story *s = arg;

        s->kernel->interrupt(SIGUSR1);
}

static void read_is_interrupted(struct story *s)
{
        int fds[2];

        install(s, SIGUSR1, 0);
        IS(0, pipe2(fds, 0));
        s->kernel->start(interrupt, s);
        IS(-EINTR, read(fds[0], s->buf, 1));
        s->kernel->join();
        EQUAL(1, ncaught);
}

static void poll_is_never_restarted(struct story *s)
{
        struct pollfd entry = {.fd = -1};

        install(s, SIGUSR1, SA_RESTART);
        s->kernel->start(interrupt, s);
        IS(-EINTR, poll(&entry, 1, -1));
        s->kernel->join();
        EQUAL(1, ncaught);
}

static void epoll_wait_is_never_restarted(struct story *s)
{
        const int ep = (int)DO(epoll_create1(0));
        struct epoll_event event;

        install(s, SIGUSR1, SA_RESTART);
        s->kernel->start(interrupt, s);
        IS(-EINTR, epoll_wait(ep, &event, 1, -1));
        s->kernel->join();
        EQUAL(1, ncaught);
}

static void select_is_never_restarted(struct story *s)
{

        install(s, SIGUSR1, SA_RESTART);
        s->kernel->start(interrupt, s);
        IS(-EINTR, select(0, NULL, NULL, NULL, NULL));
        s->kernel->join();
        EQUAL(1, ncaught);
}

static const struct tale tales[] = {
        TALE(handler_runs, "sigaction(2)"),
        TALE(blocked_ones_wait, "sigprocmask(2), sigpending(2)"),
        TALE(real_time_ones_queue, "signal(7), 'Real-time signals'"),
        TALE(ignored_ones, "sigaction(2); POSIX 2.4.3: SIG_IGN discards pending ones"),
        TALE(once_only, "sigaction(2), SA_RESETHAND"),
        TALE(errors, "sigaction(2) and sigprocmask(2), EINVAL"),
        TALE(broken_pipe, "pipe(7), SIGPIPE"),
        TALE(waits_with_a_mask,
             "poll(2), ppoll(); select(2), pselect(); epoll_wait(2), epoll_pwait()"),
        TALE(waits_of_no_time, "signal(7), 'Interruption of system calls'"),
        TALE(ready_before_interrupted, "poll(2), EINTR"),
        TALE(read_is_restarted, "signal(7), SA_RESTART"),
        TALE(read_is_interrupted, "signal(7), EINTR"),
        TALE(poll_is_never_restarted, "signal(7), never restarted"),
        TALE(epoll_wait_is_never_restarted, "signal(7), never restarted"),
        TALE(select_is_never_restarted, "signal(7), never restarted"),
        {0},
};

const struct book signal_book = {.object = "signal", .tales = tales};
