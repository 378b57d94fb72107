/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * POSIX's and Linux's own names for the functions of evident/sim_calls.h and evident/sim_pthread.h,
 * for source files that are to run in a simulated host without a change. Include it last, or give it
 * to the compiler with -include.
 *
 * All system headers that declare these names are included here, before a name is given away; so it
 * does not matter whether the file includes them again. The names are replaced wherever they stand:
 * calls and pointers (&read) mean the simulated function, and a member or variable of the file's own
 * that is called read or time is renamed everywhere alike, which nobody sees.
 *
 * What it can't do:
 *  - A struct with such a member that was declared in a header before this one was included keeps
 *    the old name; the compiler says that there is no member evsim_read. Include that header
 *    afterwards, or use -include.
 *  - sigaction is also a struct's name. So only calls are replaced, not pointers to the function.
 *  - Names in strings, as for dlsym(3), and functions that libc calls within (stdio, resolver) are
 *    the real ones. So is every function that is not listed here: waitpid, exec. malloc is the real
 *    one too: only the library's own memory is the host's.
 *  - A file that defines _GNU_SOURCE or the like before its includes comes too late where -include
 *    has been first: give such macros to the compiler as well.
 *  - C++: its standard headers use such names as members; include them all before.
 *  - Objects of the threads' types have another size and layout than the system's: all files of a
 *    program that share one must be compiled alike.
 */
#ifndef EVIDENT_SIM_POSIX_H
#define EVIDENT_SIM_POSIX_H

#include <errno.h>
#include <evident/sim_calls.h>
#include <evident/sim_pthread.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* clang-format off */

/* ---- Descriptors and files ---------------------------------------------------------------- */
#undef read
#define read evsim_read
#undef write
#define write evsim_write
#undef readv
#define readv evsim_readv
#undef writev
#define writev evsim_writev
#undef close
#define close evsim_close
#undef dup
#define dup evsim_dup
#undef dup2
#define dup2 evsim_dup2
#undef dup3
#define dup3 evsim_dup3
#undef fcntl
#define fcntl evsim_fcntl
#undef ioctl
#define ioctl evsim_ioctl
#undef pipe
#define pipe evsim_pipe
#undef pipe2
#define pipe2 evsim_pipe2
#undef eventfd
#define eventfd evsim_eventfd
#undef timerfd_create
#define timerfd_create evsim_timerfd_create
#undef timerfd_settime
#define timerfd_settime evsim_timerfd_settime
#undef timerfd_gettime
#define timerfd_gettime evsim_timerfd_gettime
#undef signalfd
#define signalfd evsim_signalfd
#undef open
#define open evsim_open
#undef lseek
#define lseek evsim_lseek
#undef pread
#define pread evsim_pread
#undef pwrite
#define pwrite evsim_pwrite
#undef ftruncate
#define ftruncate evsim_ftruncate
#undef unlink
#define unlink evsim_unlink
#undef fstat
#define fstat evsim_fstat
#undef mkstemp
#define mkstemp evsim_mkstemp

/* ---- Sockets ------------------------------------------------------------------------------ */
#undef socket
#define socket evsim_socket
#undef socketpair
#define socketpair evsim_socketpair
#undef bind
#define bind evsim_bind
#undef listen
#define listen evsim_listen
#undef accept
#define accept evsim_accept
#undef accept4
#define accept4 evsim_accept4
#undef connect
#define connect evsim_connect
#undef shutdown
#define shutdown evsim_shutdown
#undef getsockopt
#define getsockopt evsim_getsockopt
#undef setsockopt
#define setsockopt evsim_setsockopt
#undef getsockname
#define getsockname evsim_getsockname
#undef getpeername
#define getpeername evsim_getpeername
#undef send
#define send evsim_send
#undef recv
#define recv evsim_recv
#undef sendto
#define sendto evsim_sendto
#undef recvfrom
#define recvfrom evsim_recvfrom
#undef sendmsg
#define sendmsg evsim_sendmsg
#undef recvmsg
#define recvmsg evsim_recvmsg

/* ---- Demultiplexers ----------------------------------------------------------------------- */
#undef poll
#define poll evsim_poll
#undef ppoll
#define ppoll evsim_ppoll
#undef select
#define select evsim_select
#undef pselect
#define pselect evsim_pselect
#undef epoll_create
#define epoll_create evsim_epoll_create
#undef epoll_create1
#define epoll_create1 evsim_epoll_create1
#undef epoll_ctl
#define epoll_ctl evsim_epoll_ctl
#undef epoll_wait
#define epoll_wait evsim_epoll_wait
#undef epoll_pwait
#define epoll_pwait evsim_epoll_pwait
#undef epoll_pwait2
#define epoll_pwait2 evsim_epoll_pwait2

/* ---- Time --------------------------------------------------------------------------------- */
#undef clock_gettime
#define clock_gettime evsim_clock_gettime
#undef clock_getres
#define clock_getres evsim_clock_getres
#undef gettimeofday
#define gettimeofday evsim_gettimeofday
#undef time
#define time evsim_time
#undef nanosleep
#define nanosleep evsim_nanosleep
#undef sleep
#define sleep evsim_sleep
#undef usleep
#define usleep evsim_usleep
#undef setitimer
#define setitimer evsim_setitimer
#undef getitimer
#define getitimer evsim_getitimer
#undef alarm
#define alarm evsim_alarm

/* ---- Output: only calls, because printf is also a word of __attribute__ ------------------------ */
#undef printf
#define printf(...) evsim_printf(__VA_ARGS__)
#undef puts
#define puts(line) evsim_puts(line)

/* ---- Process and signals ------------------------------------------------------------------ */
#undef getpid
#define getpid evsim_getpid
#undef exit
#define exit(status) evsim_exit(status)
#undef _exit
#define _exit(status) evsim_exit(status)
#undef kill
#define kill evsim_kill
#undef raise
#define raise evsim_raise
#undef signal
#define signal evsim_signal
#undef sigprocmask
#define sigprocmask evsim_sigprocmask
#undef pthread_sigmask
#define pthread_sigmask evsim_pthread_sigmask
#undef sigpending
#define sigpending evsim_sigpending
#undef getenv
#define getenv evsim_getenv
#undef getrandom
#define getrandom evsim_getrandom
#undef sched_yield
#define sched_yield evsim_sched_yield
#undef fork
#define fork evsim_fork
#undef sigaction
#define sigaction(signal_number, action, before) \
        evsim_sigaction(signal_number, action, before)

/* ---- Threads and semaphores --------------------------------------------------------------- */
#undef PTHREAD_MUTEX_INITIALIZER
#define PTHREAD_MUTEX_INITIALIZER EVSIM_PTHREAD_MUTEX_INITIALIZER
#undef PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP
#define PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP EVSIM_PTHREAD_RECURSIVE_MUTEX_INITIALIZER
#undef PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP
#define PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP EVSIM_PTHREAD_ERRORCHECK_MUTEX_INITIALIZER
#undef PTHREAD_COND_INITIALIZER
#define PTHREAD_COND_INITIALIZER EVSIM_PTHREAD_COND_INITIALIZER
#undef PTHREAD_ONCE_INIT
#define PTHREAD_ONCE_INIT EVSIM_PTHREAD_ONCE_INIT
#undef PTHREAD_MUTEX_NORMAL
#define PTHREAD_MUTEX_NORMAL EVSIM_PTHREAD_MUTEX_NORMAL
#undef PTHREAD_MUTEX_DEFAULT
#define PTHREAD_MUTEX_DEFAULT EVSIM_PTHREAD_MUTEX_NORMAL
#undef PTHREAD_MUTEX_RECURSIVE
#define PTHREAD_MUTEX_RECURSIVE EVSIM_PTHREAD_MUTEX_RECURSIVE
#undef PTHREAD_MUTEX_ERRORCHECK
#define PTHREAD_MUTEX_ERRORCHECK EVSIM_PTHREAD_MUTEX_ERRORCHECK
#undef pthread_t
#define pthread_t evsim_pthread_t
#undef pthread_attr_t
#define pthread_attr_t evsim_pthread_attr_t
#undef pthread_attr_init
#define pthread_attr_init evsim_pthread_attr_init
#undef pthread_attr_destroy
#define pthread_attr_destroy evsim_pthread_attr_destroy
#undef pthread_attr_setdetachstate
#define pthread_attr_setdetachstate evsim_pthread_attr_setdetachstate
#undef pthread_attr_setstacksize
#define pthread_attr_setstacksize evsim_pthread_attr_setstacksize
#undef pthread_create
#define pthread_create evsim_pthread_create
#undef pthread_join
#define pthread_join evsim_pthread_join
#undef pthread_detach
#define pthread_detach evsim_pthread_detach
#undef pthread_exit
#define pthread_exit evsim_pthread_exit
#undef pthread_self
#define pthread_self evsim_pthread_self
#undef pthread_equal
#define pthread_equal evsim_pthread_equal
#undef pthread_kill
#define pthread_kill evsim_pthread_kill
#undef pthread_mutex_t
#define pthread_mutex_t evsim_pthread_mutex_t
#undef pthread_mutexattr_t
#define pthread_mutexattr_t evsim_pthread_mutexattr_t
#undef pthread_mutexattr_init
#define pthread_mutexattr_init evsim_pthread_mutexattr_init
#undef pthread_mutexattr_destroy
#define pthread_mutexattr_destroy evsim_pthread_mutexattr_destroy
#undef pthread_mutexattr_settype
#define pthread_mutexattr_settype evsim_pthread_mutexattr_settype
#undef pthread_mutexattr_gettype
#define pthread_mutexattr_gettype evsim_pthread_mutexattr_gettype
#undef pthread_mutex_init
#define pthread_mutex_init evsim_pthread_mutex_init
#undef pthread_mutex_destroy
#define pthread_mutex_destroy evsim_pthread_mutex_destroy
#undef pthread_mutex_lock
#define pthread_mutex_lock evsim_pthread_mutex_lock
#undef pthread_mutex_trylock
#define pthread_mutex_trylock evsim_pthread_mutex_trylock
#undef pthread_mutex_timedlock
#define pthread_mutex_timedlock evsim_pthread_mutex_timedlock
#undef pthread_mutex_unlock
#define pthread_mutex_unlock evsim_pthread_mutex_unlock
#undef pthread_cond_t
#define pthread_cond_t evsim_pthread_cond_t
#undef pthread_condattr_t
#define pthread_condattr_t evsim_pthread_condattr_t
#undef pthread_condattr_init
#define pthread_condattr_init evsim_pthread_condattr_init
#undef pthread_condattr_destroy
#define pthread_condattr_destroy evsim_pthread_condattr_destroy
#undef pthread_condattr_setclock
#define pthread_condattr_setclock evsim_pthread_condattr_setclock
#undef pthread_cond_init
#define pthread_cond_init evsim_pthread_cond_init
#undef pthread_cond_destroy
#define pthread_cond_destroy evsim_pthread_cond_destroy
#undef pthread_cond_wait
#define pthread_cond_wait evsim_pthread_cond_wait
#undef pthread_cond_timedwait
#define pthread_cond_timedwait evsim_pthread_cond_timedwait
#undef pthread_cond_signal
#define pthread_cond_signal evsim_pthread_cond_signal
#undef pthread_cond_broadcast
#define pthread_cond_broadcast evsim_pthread_cond_broadcast
#undef pthread_once_t
#define pthread_once_t evsim_pthread_once_t
#undef pthread_once
#define pthread_once evsim_pthread_once
#undef sem_t
#define sem_t evsim_sem_t
#undef sem_init
#define sem_init evsim_sem_init
#undef sem_destroy
#define sem_destroy evsim_sem_destroy
#undef sem_post
#define sem_post evsim_sem_post
#undef sem_wait
#define sem_wait evsim_sem_wait
#undef sem_trywait
#define sem_trywait evsim_sem_trywait
#undef sem_timedwait
#define sem_timedwait evsim_sem_timedwait
#undef sem_getvalue
#define sem_getvalue evsim_sem_getvalue

/* clang-format on */

#endif
