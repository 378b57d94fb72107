/* SPDX-License-Identifier: BSD-3-Clause */
/* signalfd(2). */
#include <sys/signalfd.h>

#include "story.h"

static sigset_t set_of(int a, int b)
{
        sigset_t set;

        sigemptyset(&set);
        sigaddset(&set, a);
        if (b != 0)
                sigaddset(&set, b);
        return set;
}

static int64_t signal_in(const struct story *s, int i)
{
        struct signalfd_siginfo info;

        memcpy(&info, s->buf + (size_t)i * sizeof info, sizeof info);
        return info.ssi_signo;
}

enum { SIZE = sizeof(struct signalfd_siginfo) };

static void reads_a_signal(struct story *s)
{
        const sigset_t set = set_of(SIGUSR1, 0);
        int fd;

        IS(0, sigprocmask(SIG_BLOCK, &set, NULL));
        fd = (int)IS(3, signalfd(-1, &set, SFD_NONBLOCK));
        READY(fd, 0);
        IS(-EAGAIN, read(fd, s->buf, SIZE));
        IS(0, raise(SIGUSR1));
        READY(fd, IN);
        IS(SIZE, read(fd, s->buf, SIZE));
        EQUAL(SIGUSR1, signal_in(s, 0));
        READY(fd, 0);
        IS(-EAGAIN, read(fd, s->buf, SIZE));
}

static void it_is_no_longer_pending(struct story *s)
{
        const sigset_t set = set_of(SIGUSR1, 0);
        sigset_t pending;
        int fd;

        IS(0, sigprocmask(SIG_BLOCK, &set, NULL));
        fd = (int)DO(signalfd(-1, &set, SFD_NONBLOCK));
        IS(0, raise(SIGUSR1));
        IS(0, sigpending(&pending));
        EQUAL(1, sigismember(&pending, SIGUSR1));
        IS(SIZE, read(fd, s->buf, SIZE));
        IS(0, sigpending(&pending));
        EQUAL(0, sigismember(&pending, SIGUSR1));
        IS(0, sigprocmask(SIG_UNBLOCK, &set, NULL)); /* it would end the process */
}

static void standard_signals_merge(struct story *s)
{
        const sigset_t set = set_of(SIGUSR1, SIGUSR2);
        int fd;

        IS(0, sigprocmask(SIG_BLOCK, &set, NULL));
        fd = (int)DO(signalfd(-1, &set, SFD_NONBLOCK));
        IS(0, raise(SIGUSR2));
        IS(0, raise(SIGUSR1));
        IS(0, raise(SIGUSR1));
        IS(2 * SIZE, read(fd, s->buf, 4 * SIZE));
        EQUAL(SIGUSR1, signal_in(s, 0)); /* the lowest number first */
        EQUAL(SIGUSR2, signal_in(s, 1));
}

static void real_time_signals_queue(struct story *s)
{
        const int number = SIGRTMIN + 1;
        const sigset_t set = set_of(number, 0);
        int fd;

        IS(0, sigprocmask(SIG_BLOCK, &set, NULL));
        fd = (int)DO(signalfd(-1, &set, SFD_NONBLOCK));
        IS(0, raise(number));
        IS(0, raise(number));
        IS(SIZE, read(fd, s->buf, SIZE));
        READY(fd, IN);
        IS(SIZE, read(fd, s->buf, 2 * SIZE));
        READY(fd, 0);
}

static void other_signals(struct story *s)
{
        const sigset_t set = set_of(SIGUSR1, 0);
        const sigset_t both = set_of(SIGUSR1, SIGUSR2);
        int fd;

        IS(0, sigprocmask(SIG_BLOCK, &both, NULL));
        fd = (int)DO(signalfd(-1, &set, SFD_NONBLOCK));
        IS(0, raise(SIGUSR2));
        READY(fd, 0);
        IS(fd, signalfd(fd, &both, 0));
        READY(fd, IN);
        IS(SIZE, read(fd, s->buf, 2 * SIZE));
        EQUAL(SIGUSR2, signal_in(s, 0));
}

static void errors(struct story *s)
{
        const sigset_t set = set_of(SIGUSR1, 0);
        int fd;

        IS(-EINVAL, signalfd(-1, &set, 1));
        IS(-EBADF, signalfd(99, &set, 0));
        fd = (int)IS(3, signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
        IS(FD_CLOEXEC, fcntl(fd, F_GETFD));
        IS(-EINVAL, read(fd, s->buf, SIZE - 1));
        IS(-EINVAL, write(fd, s->buf, SIZE));
        IS(4, epoll_create1(0));
        IS(-EINVAL, signalfd(4, &set, 0));
}

static void edges(struct story *s)
{
        const sigset_t set = set_of(SIGUSR1, SIGUSR2);
        const int ep = (int)DO(epoll_create1(0));
        int fd;

        IS(0, sigprocmask(SIG_BLOCK, &set, NULL));
        fd = (int)DO(signalfd(-1, &set, SFD_NONBLOCK));
        ADD(0, ep, fd, 's', EPOLLIN | EPOLLET);
        IS(0, raise(SIGUSR1));
        REPORTS(ep, "s:IN");
        REPORTS(ep, "");
        IS(0, raise(SIGUSR2));
        REPORTS(ep, "s:IN");
        IS(SIZE, read(fd, s->buf, SIZE));
        REPORTS(ep, "");
        IS(0, raise(SIGUSR2)); /* is pending already */
        DO(poll(NULL, 0, 0));
}

static void sent_before_it_was_made(struct story *s)
{
        const sigset_t set = set_of(SIGUSR1, 0);
        int fd;

        IS(0, sigprocmask(SIG_BLOCK, &set, NULL));
        IS(0, raise(SIGUSR1));
        fd = (int)DO(signalfd(-1, &set, SFD_NONBLOCK));
        READY(fd, IN);
        IS(SIZE, read(fd, s->buf, SIZE));
}

static void ignored_signals(struct story *s)
{
        const sigset_t set = set_of(SIGPIPE, 0);
        int fd;

        IS(0, sigprocmask(SIG_BLOCK, &set, NULL));
        fd = (int)DO(signalfd(-1, &set, SFD_NONBLOCK));
        IS(0, raise(SIGPIPE)); /* every story begins with it ignored; blocked ones are kept */
        READY(fd, IN);
        IS(SIZE, read(fd, s->buf, SIZE));
}

static const struct tale tales[] = {
        TALE(reads_a_signal, "signalfd(2), read(2) and poll(2)"),
        TALE(it_is_no_longer_pending, "signalfd(2): as a consequence it is consumed"),
        TALE(standard_signals_merge, "signal(7), 'Queueing and delivery semantics'"),
        TALE(real_time_signals_queue, "signal(7), 'Real-time signals'"),
        TALE(other_signals, "signalfd(2): fd that is not -1 replaces the mask"),
        TALE(errors, "signalfd(2), 'Errors'"),
        TALE(edges, "epoll(7), EPOLLET"),
        TALE(sent_before_it_was_made, "signalfd(2)"),
        TALE(ignored_signals, "sigaction(2): blocked signals and SIG_IGN"),
        {0},
};

const struct book signalfd_book = {.object = "signalfd", .tales = tales};
