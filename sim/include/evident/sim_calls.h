/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a simulated program calls itself beside the event API: POSIX's and Linux's functions, with
 * their signatures, results and errno, on the kernel of the host that the calling task is in. Each
 * does what its manual page says, as far as the simulated object has it; what it has not ends the
 * run with the name of the call (EVSIM_UNMODELLED). evident/sim_posix.h gives them their usual
 * names.
 *
 * Descriptors are the host's; a real one is EBADF here. From a thread that is in no host a call
 * aborts with its name.
 *
 * The types in the signatures are POSIX's: with -std=c11, which hides them, a program defines
 * _DEFAULT_SOURCE or more before it includes this.
 */
#ifndef EVIDENT_SIM_CALLS_PUBLIC_H
#define EVIDENT_SIM_CALLS_PUBLIC_H

#include <evident/sim.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Descriptors: sections 2 of their names ------------------------------------------------- */
EVSIM_API ssize_t evsim_read(int fd, void *buf, size_t len);
EVSIM_API ssize_t evsim_write(int fd, const void *buf, size_t len);
EVSIM_API ssize_t evsim_readv(int fd, const struct iovec *iov, int count);
EVSIM_API ssize_t evsim_writev(int fd, const struct iovec *iov, int count);
EVSIM_API int evsim_close(int fd);
EVSIM_API int evsim_dup(int fd);
EVSIM_API int evsim_dup2(int fd, int to);
EVSIM_API int evsim_dup3(int fd, int to, int flags);
EVSIM_API int evsim_fcntl(int fd, int command, ...);
EVSIM_API int evsim_ioctl(int fd, unsigned long request, ...);
EVSIM_API int evsim_pipe(int fds[2]);
EVSIM_API int evsim_pipe2(int fds[2], int flags);
EVSIM_API int evsim_eventfd(unsigned initial, int flags);
EVSIM_API int evsim_timerfd_create(int clock, int flags);
EVSIM_API int evsim_timerfd_settime(int fd, int flags, const struct itimerspec *next,
                                    struct itimerspec *before);
EVSIM_API int evsim_timerfd_gettime(int fd, struct itimerspec *now);
EVSIM_API int evsim_signalfd(int fd, const sigset_t *mask, int flags);

/* Regular files: a flat or nested set of names, which lives as long as the host. */
EVSIM_API int evsim_open(const char *path, int flags, ...);
EVSIM_API off_t evsim_lseek(int fd, off_t offset, int whence);
EVSIM_API ssize_t evsim_pread(int fd, void *buf, size_t len, off_t offset);
EVSIM_API ssize_t evsim_pwrite(int fd, const void *buf, size_t len, off_t offset);
EVSIM_API int evsim_ftruncate(int fd, off_t length);
EVSIM_API int evsim_unlink(const char *path);
EVSIM_API int evsim_fstat(int fd, struct stat *out);
EVSIM_API int evsim_mkstemp(char *name);

/* ---- Sockets -------------------------------------------------------------------------------- */
EVSIM_API int evsim_socket(int domain, int type, int protocol);
EVSIM_API int evsim_socketpair(int domain, int type, int protocol, int fds[2]);
EVSIM_API int evsim_bind(int fd, const struct sockaddr *address, socklen_t len);
EVSIM_API int evsim_listen(int fd, int backlog);
EVSIM_API int evsim_accept(int fd, struct sockaddr *address, socklen_t *len);
EVSIM_API int evsim_accept4(int fd, struct sockaddr *address, socklen_t *len, int flags);
EVSIM_API int evsim_connect(int fd, const struct sockaddr *address, socklen_t len);
EVSIM_API int evsim_shutdown(int fd, int how);
EVSIM_API int evsim_getsockopt(int fd, int level, int name, void *value, socklen_t *len);
EVSIM_API int evsim_setsockopt(int fd, int level, int name, const void *value, socklen_t len);
EVSIM_API int evsim_getsockname(int fd, struct sockaddr *address, socklen_t *len);
EVSIM_API int evsim_getpeername(int fd, struct sockaddr *address, socklen_t *len);
EVSIM_API ssize_t evsim_send(int fd, const void *buf, size_t len, int flags);
EVSIM_API ssize_t evsim_recv(int fd, void *buf, size_t len, int flags);
EVSIM_API ssize_t evsim_sendto(int fd, const void *buf, size_t len, int flags,
                               const struct sockaddr *to, socklen_t to_len);
EVSIM_API ssize_t evsim_recvfrom(int fd, void *buf, size_t len, int flags, struct sockaddr *from,
                                 socklen_t *from_len);
EVSIM_API ssize_t evsim_sendmsg(int fd, const struct msghdr *message, int flags);
EVSIM_API ssize_t evsim_recvmsg(int fd, struct msghdr *message, int flags);

/* ---- Demultiplexers ------------------------------------------------------------------------- */
EVSIM_API int evsim_poll(struct pollfd *fds, nfds_t count, int timeout_ms);
EVSIM_API int evsim_ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout,
                          const sigset_t *mask);
EVSIM_API int evsim_select(int nfds, fd_set *readable, fd_set *writable, fd_set *except,
                           struct timeval *timeout);
EVSIM_API int evsim_pselect(int nfds, fd_set *readable, fd_set *writable, fd_set *except,
                            const struct timespec *timeout, const sigset_t *mask);
EVSIM_API int evsim_epoll_create(int size);
EVSIM_API int evsim_epoll_create1(int flags);
EVSIM_API int evsim_epoll_ctl(int epfd, int op, int fd, struct epoll_event *event);
EVSIM_API int evsim_epoll_wait(int epfd, struct epoll_event *events, int max, int timeout_ms);
EVSIM_API int evsim_epoll_pwait(int epfd, struct epoll_event *events, int max, int timeout_ms,
                                const sigset_t *mask);
EVSIM_API int evsim_epoll_pwait2(int epfd, struct epoll_event *events, int max,
                                 const struct timespec *timeout, const sigset_t *mask);

/* ---- Time ----------------------------------------------------------------------------------- */
EVSIM_API int evsim_clock_gettime(clockid_t clock, struct timespec *now);
EVSIM_API int evsim_clock_getres(clockid_t clock, struct timespec *resolution);
EVSIM_API int evsim_gettimeofday(struct timeval *now, void *zone);
EVSIM_API time_t evsim_time(time_t *now);
EVSIM_API int evsim_nanosleep(const struct timespec *span, struct timespec *left);
EVSIM_API unsigned evsim_sleep(unsigned seconds);
EVSIM_API int evsim_usleep(unsigned microseconds);
EVSIM_API int evsim_setitimer(int which, const struct itimerval *next, struct itimerval *before);
EVSIM_API int evsim_getitimer(int which, struct itimerval *now);
EVSIM_API unsigned evsim_alarm(unsigned seconds);

/* ---- Process and signals -------------------------------------------------------------------- */
EVSIM_API pid_t evsim_getpid(void);
/* Ends the host's process, and with it the run (EVSIM_TERMINATED): for exit(3) and _exit(2) alike.
 * What atexit(3) has been given is not called. Outside of every host it is exit(3) itself. */
EVSIM_API void evsim_exit(int status) __attribute__((noreturn));
EVSIM_API int evsim_kill(pid_t pid, int signal_number);
EVSIM_API int evsim_raise(int signal_number);
EVSIM_API int evsim_sigaction(int signal_number, const struct sigaction *action,
                              struct sigaction *before);
typedef void (*evsim_handler)(int signal_number);
EVSIM_API evsim_handler evsim_signal(int signal_number, evsim_handler handler);
EVSIM_API int evsim_sigprocmask(int how, const sigset_t *set, sigset_t *before);
EVSIM_API int evsim_pthread_sigmask(int how, const sigset_t *set, sigset_t *before);
EVSIM_API int evsim_sigpending(sigset_t *set);
EVSIM_API char *evsim_getenv(const char *name);
EVSIM_API ssize_t evsim_getrandom(void *buf, size_t len, unsigned flags);
EVSIM_API int evsim_sched_yield(void);

/* What a program prints is notes in the world's trace, a line each; the line that is not ended is one
 * too. */
EVSIM_API int evsim_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));
EVSIM_API int evsim_puts(const char *line);

/* The caller goes on as the child, with the same descriptors over the same open file descriptions
 * under a new process id; returns 0. The parent remains as what it has open and registered: between
 * evsim_as_parent(true) and evsim_as_parent(false) the host's calls are about its descriptors and
 * made under its process id. One parent at a time, which evsim_parent_exit() ends; not in a process
 * with several tasks. */
EVSIM_API pid_t evsim_fork(void);
EVSIM_API void evsim_as_parent(bool is_parent);
EVSIM_API void evsim_parent_exit(void);

#ifdef __cplusplus
}
#endif

#endif
