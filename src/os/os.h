/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The operating-system seam: the one way out of the library.
 *
 * Everything that is not a function of its arguments passes here: memory, clocks, randomness,
 * environment, threads, descriptors, demultiplexers, signals, output. A *world* is a struct os with
 * a table of calls; the real worlds are in os_posix.c and os_linux.c, a simulation brings its own,
 * and a shim (fault injection, tracing) is a world whose table forwards to another. The library
 * reaches a world only through the wrappers os_<call>() declared here. They assert what the caller
 * owes and what the world promises, so that both sides of the seam are checked in one place.
 *
 * Conventions, which every call obeys unless it says otherwise:
 *  - The result is a value >= 0, or -errno with errno's value as <errno.h> has it. errno itself is
 *    neither read by the callers nor preserved.
 *  - On an error nothing has changed.
 *  - A call may be made from any thread. It takes no lock of the library and calls back nothing of
 *    the library.
 *  - Only the calls marked BLOCKS may block; EINTR can come from these alone.
 *  - Descriptors that a call creates are close-on-exec, and belong to the caller, who closes them
 *    with os_close().
 *  - Times are int64_t nanoseconds. A timeout of -1 is for ever; 0 does not wait; a longer one is
 *    never cut short but by an event or EINTR, and may be exceeded as the kernel's timers are.
 *  - A table may lack (NULL) the calls marked OPTIONAL; the wrapper then answers -ENOSYS.
 */
#ifndef EVIDENT_OS_OS_H
#define EVIDENT_OS_OS_H

#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "os/epoll.h"
#include "os/export.h"
#include "os/kevent.h"
#include "os/ports.h"

struct os;
struct os_process;
struct os_threads;

enum os_clock {
        OS_CLOCK_MONOTONIC,        /* never goes back; its zero means nothing; clock_gettime(2)
                                      CLOCK_MONOTONIC */
        OS_CLOCK_MONOTONIC_COARSE, /* the same scale, cheaper and up to a few milliseconds behind,
                                      where there is one */
        OS_CLOCK_REALTIME,         /* nanoseconds since 1970-01-01T00:00Z; may jump either way */
};

/* What a world does when a signal arrives: in the context of a signal handler, so async-signal-safe
 * things only (signal-safety(7)); process is the world's own. */
typedef void (*os_signal_fn)(struct os_process *process, int signal_number);

struct os_ops {
        const char *name; /* for messages: "linux", "posix", ... */

        /* Memory. alloc and realloc give NULL when there is none; size is never 0. realloc(NULL, n)
         * is alloc(n). free(NULL) does nothing. A world honours the functions of its process
         * (event_set_mem_functions). */
        void *(*alloc)(struct os *os, size_t size);
        void *(*realloc)(struct os *os, void *ptr, size_t size);
        void (*free)(struct os *os, void *ptr);

        /* The clock's time. Never fails, never negative for the monotonic ones. */
        int64_t (*clock)(struct os *os, enum os_clock clock);

        /* Fills buf with len bytes fit for keys. 0 or -errno. getrandom(2) */
        int (*random)(struct os *os, void *buf, size_t len);

        /* The value of a variable of the environment, or NULL. It belongs to the environment: copy
         * it to keep it. */
        const char *(*getenv)(struct os *os, const char *name);

        /* Whether the process runs with more rights than who started it (AT_SECURE in
         * getauxval(3)); its environment is then not to be trusted. */
        bool (*is_privileged)(struct os *os);

        /* The number of the process, by which one that fork(2) made knows itself. getpid(2)
         * OPTIONAL: a world of one process. */
        int (*getpid)(struct os *os);

        /* The world's locks, conditions and thread ids, for evthread_use_pthreads(). Static
         * storage. OPTIONAL (NULL result): a world without threads. */
        const struct os_threads *(*threads)(struct os *os);

        /* Gives the processor to another thread that may run. sched_yield(2) */
        void (*yield)(struct os *os);

        /* Sequentially consistent exchange, the result is the old value; out of line, so that a
         * world may make each a point where threads are switched. Async-signal-safe. Only for the
         * path between a signal handler and the loop: at most two a turn. */
        int (*atomic_exchange)(struct os *os, int *object, int value);

        /* One line of the log, without prefix or newline; severity is EVENT_LOG_*. What happens to
         * a line when no log callback is set. Never fails. */
        void (*log)(struct os *os, int severity, const char *line);

        /* Ends the process and does not return. code is the exit status, or OS_ABORT for abort(3).
         */
        void (*terminate)(struct os *os, int code);

        /* Descriptors. */
        ssize_t (*read)(struct os *os, int fd, void *buf,
                        size_t len); /* read(2); BLOCKS as the descriptor does */
        ssize_t (*write)(struct os *os, int fd, const void *buf,
                         size_t len);        /* write(2); likewise; async-signal-safe */
        int (*close)(struct os *os, int fd); /* close(2). Whatever it answers, the descriptor is
                                                gone: EINTR is success. */
        int (*set_nonblocking)(struct os *os, int fd); /* fcntl(2), O_NONBLOCK */
        int (*is_nonblocking)(struct os *os, int fd);  /* 1 or 0, or -errno; the same flag */
        int (*set_cloexec)(struct os *os, int fd);     /* fcntl(2), FD_CLOEXEC */
        int (*setsockopt)(struct os *os, int fd, int level, int name, const void *value,
                          socklen_t len);
        /* socketpair(2) with type and flags as given; the one call that does not force
         * close-on-exec, because it stands for the caller's own call (evutil_socketpair). */
        int (*socketpair)(struct os *os, int domain, int type, int protocol, int fds[2]);
        /* pipe(2); both ends non-blocking. fds[0] reads. */
        int (*pipe)(struct os *os, int fds[2]);
        /* eventfd(2), counter 0, non-blocking. OPTIONAL. */
        int (*eventfd)(struct os *os);
        /* The index of a network interface, > 0; -ENXIO where there is none of that name.
         * if_nametoindex(3) */
        int (*if_index)(struct os *os, const char *name);

        /* epoll(7), with the kernel's own types and constants (os/epoll.h). OPTIONAL, all or none.
         * Waits BLOCK. */
        int (*epoll_create)(struct os *os);
        int (*epoll_ctl)(struct os *os, int epfd, int op, int fd, struct epoll_event *event);
        int (*epoll_wait)(struct os *os, int epfd, struct epoll_event *events, int max,
                          int timeout_ms);
        /* OPTIONAL; and -ENOSYS where kernel, valgrind or emulator do not know it: the caller must
         * then use another way. */
        int (*epoll_pwait2)(struct os *os, int epfd, struct epoll_event *events, int max,
                            int64_t timeout_ns);

        /* timerfd_create(2) on the monotonic clock, non-blocking; and its next expiry, relative,
         * once: 0 disarms. OPTIONAL, both or none. */
        int (*timerfd_create)(struct os *os);
        int (*timerfd_settime)(struct os *os, int fd, int64_t timeout_ns);

        /* kqueue(2), with the types and constants of os/kevent.h. OPTIONAL, both or none.
         *
         * kevent makes the nchanges changes in their order, all of them, then waits for events and
         * stores up to max. A change that failed, or that asked for a receipt (EV_RECEIPT), is
         * answered by an entry with EV_ERROR and its errno, 0 for success, in data; where there is
         * such an answer nothing is waited for and no event is stored. A caller that sends changes
         * has room for all their answers: max >= nchanges. -errno is of the call as a whole, and no
         * change was made, except for EINTR, which comes from the wait alone: the changes stand.
         * Else the number of entries stored; 0: the timeout has passed. BLOCKS. */
        int (*kqueue)(struct os *os);
        int (*kevent)(struct os *os, int kq, const struct kevent *changes, int nchanges,
                      struct kevent *events, int max, int64_t timeout_ns);

        /* /dev/poll of Solaris, poll(7d). OPTIONAL, all or none.
         *
         * write changes what is watched: an entry's events are added to those that are watched of
         * its descriptor already, and OS_POLLREMOVE (os/poll.h) takes the descriptor out, which may
         * not be there. All entries, 0; or -errno, and some may have been made. Numbers that are
         * closed are watched too: they are POLLNVAL. devpoll_poll is DP_POLL: up to max descriptors
         * that are ready, with their revents; their number; 0: the timeout has passed. It BLOCKS,
         * and rounds the timeout up to what it counts in. */
        int (*devpoll_open)(struct os *os);
        int (*devpoll_write)(struct os *os, int dp, const struct pollfd *changes, int count);
        int (*devpoll_poll)(struct os *os, int dp, struct pollfd *out, int max, int64_t timeout_ns);

        /* Event ports of Solaris, with the types and constants of os/ports.h. OPTIONAL, all or
         * none.
         *
         * port_associate(3C), for PORT_SOURCE_FD: fd is watched for events (POLL*) until one event of
         * it is fetched; again while it is watched, only events and user change. -ENOSPC if there
         * may be no more of them (EAGAIN there). port_dissociate ends that, and takes back an event
         * that was not fetched yet; -ENOENT if fd is not watched. Both: -EBADF if fd is no
         * descriptor (EBADFD there). port_getn waits for at least one event and fetches up to max;
         * their number; 0: the timeout has passed. It BLOCKS. */
        int (*port_create)(struct os *os);
        int (*port_associate)(struct os *os, int port, int fd, int events, void *user);
        int (*port_dissociate)(struct os *os, int port, int fd);
        int (*port_getn)(struct os *os, int port, struct port_event *out, int max,
                         int64_t timeout_ns);

        /* ppoll(2) without signal mask. BLOCKS. A world that counts in milliseconds rounds the
         * timeout up. */
        int (*poll)(struct os *os, struct pollfd *fds, size_t count, int64_t timeout_ns);

        /* pselect(2) without signal mask. BLOCKS. Each set is an array of unsigned long with a bit
         * a descriptor, of OS_SELECT_WORDS(nfds) words, whatever FD_SETSIZE says; NULL where a set
         * is not wanted. */
        int (*select)(struct os *os, int nfds, unsigned long *readable, unsigned long *writable,
                      unsigned long *except, int64_t timeout_ns);

        /* Calls handler at each arrival of the signal (SA_RESTART, all signals masked meanwhile)
         * and stores what was there before in *saved; restore puts that back. sigaction(2) */
        int (*signal_install)(struct os *os, int signal_number, os_signal_fn handler,
                              struct sigaction *saved);
        int (*signal_restore)(struct os *os, int signal_number, const struct sigaction *saved);
};

/* A world. A concrete one embeds this first. process is never NULL; a shim has that of the world to
 * which it forwards. */
struct os {
        const struct os_ops *ops;
        struct os_process *process;
};

#define OS_ABORT       INT_MIN
#define OS_SELECT_BITS ((int)(8 * sizeof(unsigned long)))
#define OS_SELECT_WORDS(nfds) \
        (((size_t)(nfds) + (size_t)OS_SELECT_BITS - 1) / (size_t)OS_SELECT_BITS)

/* The world that the calling thread has entered; the real one if none. Only public functions that
 * have no base ask. */
EVI_EXPORT struct os *os_current(void);

/* From now on the calling thread is in this world (NULL: in the real one). Returns the one it was
 * in, NULL for the real one, to be entered again by the caller. The world must outlive the stay. */
EVI_EXPORT struct os *os_enter(struct os *os);

/* The real world of this system. Static storage. */
struct os *os_real(void);

/* Zeroed memory for count things of size bytes each; NULL when there is none or the product
 * overflows. */
void *os_calloc(struct os *os, size_t count, size_t size);
void *os_alloc(struct os *os, size_t size);
void *os_realloc(struct os *os, void *ptr, size_t size);
void os_free(struct os *os, void *ptr);

int64_t os_clock(struct os *os, enum os_clock clock);
int os_random(struct os *os, void *buf, size_t len);
const char *os_getenv(struct os *os, const char *name);
bool os_is_privileged(struct os *os);
int os_getpid(struct os *os);
const struct os_threads *os_threads(struct os *os);
void os_yield(struct os *os);
int os_atomic_exchange(struct os *os, int *object, int value);
void os_log(struct os *os, int severity, const char *line);
_Noreturn void os_terminate(struct os *os, int code);

ssize_t os_read(struct os *os, int fd, void *buf, size_t len);
ssize_t os_write(struct os *os, int fd, const void *buf, size_t len);
int os_close(struct os *os, int fd);
int os_set_nonblocking(struct os *os, int fd);
int os_is_nonblocking(struct os *os, int fd);
int os_set_cloexec(struct os *os, int fd);
int os_setsockopt(struct os *os, int fd, int level, int name, const void *value, socklen_t len);
int os_socketpair(struct os *os, int domain, int type, int protocol, int fds[2]);
int os_pipe(struct os *os, int fds[2]);
int os_eventfd(struct os *os);
int os_if_index(struct os *os, const char *name);

bool os_has_epoll(const struct os *os);
int os_epoll_create(struct os *os);
int os_epoll_ctl(struct os *os, int epfd, int op, int fd, struct epoll_event *event);
int os_epoll_wait(struct os *os, int epfd, struct epoll_event *events, int max, int timeout_ms);
int os_epoll_pwait2(struct os *os, int epfd, struct epoll_event *events, int max,
                    int64_t timeout_ns);
int os_timerfd_create(struct os *os);
int os_timerfd_settime(struct os *os, int fd, int64_t timeout_ns);
bool os_has_kqueue(const struct os *os);
int os_kqueue(struct os *os);
int os_kevent(struct os *os, int kq, const struct kevent *changes, int nchanges,
              struct kevent *events, int max, int64_t timeout_ns);
bool os_has_devpoll(const struct os *os);
int os_devpoll_open(struct os *os);
int os_devpoll_write(struct os *os, int dp, const struct pollfd *changes, int count);
int os_devpoll_poll(struct os *os, int dp, struct pollfd *out, int max, int64_t timeout_ns);
bool os_has_ports(const struct os *os);
int os_port_create(struct os *os);
int os_port_associate(struct os *os, int port, int fd, int events, void *user);
int os_port_dissociate(struct os *os, int port, int fd);
int os_port_getn(struct os *os, int port, struct port_event *out, int max, int64_t timeout_ns);
int os_poll(struct os *os, struct pollfd *fds, size_t count, int64_t timeout_ns);
int os_select(struct os *os, int nfds, unsigned long *readable, unsigned long *writable,
              unsigned long *except, int64_t timeout_ns);
int os_signal_install(struct os *os, int signal_number, os_signal_fn handler,
                      struct sigaction *saved);
int os_signal_restore(struct os *os, int signal_number, const struct sigaction *saved);

#endif
