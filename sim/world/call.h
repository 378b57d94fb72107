/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The calls of a simulated kernel, by name and number: for traces, faults and counts. Names are the
 * contract's (src/os/os.h) or POSIX's. The enumerators' values are in no hash and
 * no file, so new ones go where they belong.
 */
#ifndef EVIDENT_SIM_CALL_H
#define EVIDENT_SIM_CALL_H

#include <stdint.h>

/* clang-format off */
#define EVSIM_CALLS(X)                                                                   \
        /* memory and process */                                                         \
        X(ALLOC, alloc) X(REALLOC, realloc) X(RANDOM, random) X(CLOCK, clock)            \
        X(GETENV, getenv) X(GETPID, getpid) X(YIELD, yield) X(SLEEP, sleep)              \
        X(FORK, fork) X(LOG, log) X(TERMINATE, terminate)                                \
        X(ATOMIC, atomic_exchange)                                                       \
        /* descriptors */                                                                \
        X(READ, read) X(WRITE, write) X(READV, readv) X(WRITEV, writev) X(CLOSE, close)  \
        X(DUP, dup) X(DUP2, dup2) X(FCNTL, fcntl) X(IOCTL, ioctl) X(PIPE, pipe)          \
        X(EVENTFD, eventfd) X(TIMERFD_CREATE, timerfd_create)                            \
        X(TIMERFD_SETTIME, timerfd_settime) X(TIMERFD_GETTIME, timerfd_gettime)          \
        X(SIGNALFD, signalfd)                                                            \
        X(OPEN, open) X(LSEEK, lseek) X(FTRUNCATE, ftruncate) X(UNLINK, unlink)          \
        X(PREAD, pread) X(PWRITE, pwrite) X(FSTAT, fstat)                                \
        /* sockets */                                                                    \
        X(SOCKET, socket) X(SOCKETPAIR, socketpair) X(BIND, bind) X(LISTEN, listen)      \
        X(ACCEPT, accept) X(CONNECT, connect) X(SHUTDOWN, shutdown) X(SEND, send)        \
        X(RECV, recv) X(SENDTO, sendto) X(RECVFROM, recvfrom) X(SENDMSG, sendmsg)        \
        X(RECVMSG, recvmsg) X(GETSOCKOPT, getsockopt) X(SETSOCKOPT, setsockopt)          \
        X(GETSOCKNAME, getsockname) X(GETPEERNAME, getpeername) X(IF_INDEX, if_index)    \
        /* demultiplexers */                                                             \
        X(EPOLL_CREATE, epoll_create) X(EPOLL_CTL, epoll_ctl) X(EPOLL_WAIT, epoll_wait)  \
        X(POLL, poll) X(SELECT, select) X(KQUEUE, kqueue) X(KEVENT, kevent)              \
        X(DEVPOLL_OPEN, devpoll_open) X(DEVPOLL_WRITE, devpoll_write)                    \
        X(DEVPOLL_POLL, devpoll_poll) X(PORT_CREATE, port_create)                        \
        X(PORT_ASSOCIATE, port_associate) X(PORT_DISSOCIATE, port_dissociate)            \
        X(PORT_GETN, port_getn) X(PORT_SEND, port_send)                                  \
        /* signals */                                                                    \
        X(SIGACTION, sigaction) X(SIGPROCMASK, sigprocmask) X(KILL, kill)                \
        X(SETITIMER, setitimer) X(GETITIMER, getitimer)                                  \
        /* threads */                                                                    \
        X(LOCK_NEW, lock_new) X(LOCK, lock) X(UNLOCK, unlock)                            \
        X(CONDITION_NEW, condition_new) X(CONDITION_WAIT, condition_wait)                \
        X(CONDITION_SIGNAL, condition_signal) X(JOIN, join)                              \
        /* what is no call, but in the trace */                                          \
        X(NOTE, note) X(START, start) X(END, end) X(FAULT, fault) X(CHOICE, choice)      \
        X(DELIVER, deliver) X(DROP, drop) X(HANDLER, handler) X(JUMP, jump)
/* clang-format on */

enum evsim_call {
#define EVSIM_CALL_NUMBER(upper, lower) EVSIM_CALL_##upper,
        EVSIM_CALLS(EVSIM_CALL_NUMBER)
#undef EVSIM_CALL_NUMBER
                EVSIM_NCALLS
};

/* What a call is in hashes and draws: a number made of its name alone, so that what there is keeps
 * its hashes and faults when calls are added. */
extern const uint64_t evsim_call_numbers[EVSIM_NCALLS];

const char *evsim_call_name(enum evsim_call call);
/* EVSIM_NCALLS if there is no such call. */
enum evsim_call evsim_call_find(const char *name);

#endif
