/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What every test of the public event API shares.
 *
 * The tests are compiled once, against the headers of Debian's libevent, and run twice: on
 * Debian's library and on evident. They may use the public API alone. Where the two libraries
 * differ, the test names a row of README.md and writes both values down: differs("row", theirs,
 * ours).
 *
 * They run a third time in the simulated operating system (tests/sim/README.md), compiled with
 * -include evident/sim_posix.h and -DAPI_IN_SIMULATION: on simulated kernels of all kinds, and with
 * virtual time, where tests about time check it exactly.
 *
 * A test tells a story: callbacks say() what happened, and STORY() compares the whole of it with
 * what should have happened. Nothing here sleeps; waiting is done by the loop under test.
 */
#ifndef TESTS_API_API_H
#define TESTS_API_API_H

/* Before every system header, so this one comes first in each file. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <unistd.h>
#include <sys/time.h>
#include <cmocka.h>

#include <event2/event.h>
#include <event2/event_struct.h>
#include <event2/thread.h>
#include <event2/util.h>

/* --- which library runs below us ------------------------------------------------------- */

enum oracle { ORACLE_LIBEVENT, ORACLE_EVIDENT };

enum oracle oracle(void);

/* The value expected on the library that is loaded. row is the id of a row in README.md; it
 * must be a literal, because check_rows.sh looks for it in the source. */
#define differs(row, theirs, ours) (oracle() == ORACLE_EVIDENT ? (ours) : (theirs))

/* --- checks ---------------------------------------------------------------------------- */
/* Usable in the test itself and in a forked child; in the child a failure ends the child with
 * API_CHILD_FAILED, because cmocka's own way (a long jump) would go on with the tests there. */

enum { API_CHILD_FAILED = 70 };

#define OK(cond) api_check(!!(cond), #cond, __FILE__, __LINE__)
#define EQ(actual, expected) \
        api_check_int((long long)(actual), (long long)(expected), #actual, __FILE__, __LINE__)
#define STREQ(actual, expected) api_check_str((actual), (expected), #actual, __FILE__, __LINE__)
#define STORY(expected)         api_check_story((expected), __FILE__, __LINE__)

void api_check(int ok, const char *text, const char *file, int line);
void api_check_int(long long actual, long long expected, const char *text, const char *file,
                   int line);
void api_check_str(const char *actual, const char *expected, const char *text, const char *file,
                   int line);
void api_check_story(const char *expected, const char *file, int line);

/* --- the story ------------------------------------------------------------------------- */

/* Appends one word; words are separated by a space. STORY() compares and forgets. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
void story_clear(void);
const char *story_so_far(void);

/* "READ|TIMEOUT": the names of an event's flags, in rising order of their bits. */
const char *flag_names(int what);

/* An event callback that says "name=FLAGS"; its argument is NAME("name"). */
void tell(evutil_socket_t fd, short what, void *name);
/* As tell(), and reads what has arrived on fd first. */
void tell_and_read(evutil_socket_t fd, short what, void *name);
void *NAME(const char *literal);
void ignore(evutil_socket_t fd, short what, void *arg);
/* An event callback: adds one to the int that its argument points to. */
void count(evutil_socket_t fd, short what, void *counter);
/* An event callback: event_base_loopbreak() on its argument, a base. */
void stop(evutil_socket_t fd, short what, void *base);

/* --- bases and backends ---------------------------------------------------------------- */

/* The last three are mechanisms of other systems: only simulated kernels have them. */
enum backend {
        ON_EPOLL,
        ON_CHANGELIST,
        ON_POLL,
        ON_SELECT,
        ON_KQUEUE,
        ON_DEVPOLL,
        ON_EVPORT,
        N_BACKENDS
};

struct event_base *base_on(enum backend backend);
struct event_base *base_with_flags(enum backend backend, int flags);
const char *backend_name(enum backend backend); /* as event_base_get_method() says it */
enum backend backend_of(void **state);
/* A base whose clock is the fine one, for tests that measure. */
struct event_base *precise_base(void);

extern enum backend api_backends[N_BACKENDS];

/* Entries of a test table: the test over each backend that the system has, over any, and a test that
 * is about the real kernel (the simulation leaves it out; the reason is in tests/sim/README.md). */
/* clang-format off */
#define API_ENTRY(name, test, backend) {name, test, NULL, api_teardown, &api_backends[backend]}
#define API_ON_LINUX(test)                                      \
        API_ENTRY(#test " [epoll]", test, ON_EPOLL),            \
        API_ENTRY(#test " [changelist]", test, ON_CHANGELIST),  \
        API_ENTRY(#test " [poll]", test, ON_POLL),              \
        API_ENTRY(#test " [select]", test, ON_SELECT)
#ifdef API_IN_SIMULATION
#define ON_EACH_BACKEND(test)                                   \
        API_ON_LINUX(test),                                     \
        API_ENTRY(#test " [kqueue]", test, ON_KQUEUE),          \
        API_ENTRY(#test " [devpoll]", test, ON_DEVPOLL),        \
        API_ENTRY(#test " [evport]", test, ON_EVPORT)
#else
#define ON_EACH_BACKEND(test) API_ON_LINUX(test)
#endif
#define ON_ANY(test)       API_ENTRY(#test, test, ON_EPOLL)
#define ON_REAL_ONLY(test) API_ENTRY(#test " [real]", test, ON_EPOLL)
/* clang-format on */

int api_teardown(void **state);

/* The body of main(): says which library is loaded, checks it against $API_EXPECT. */
#define RUN(tests) (api_begin(), api_run((tests), sizeof(tests) / sizeof((tests)[0])))
void api_begin(void);
int api_run(const struct CMUnitTest *tests, size_t count);

/* --- time ------------------------------------------------------------------------------ */

#define MS(n)         (&(const struct timeval){(time_t)((n) / 1000), (suseconds_t)(((n) % 1000) * 1000)})
#define TV(sec, usec) (&(const struct timeval){(time_t)(sec), (suseconds_t)(usec)})

/* A span of time in microseconds: at least so long on a real clock, or within bounds that include
 * both ends; exactly so long in the simulation, where time stands still while a program runs. */
#ifdef API_IN_SIMULATION
#define TOOK(actual, least)                 EQ(actual, least)
#define LASTS(actual, least, most, exactly) ((void)(least), (void)(most), EQ(actual, exactly))
#else
#define TOOK(actual, least)                 OK((actual) >= (least))
#define LASTS(actual, least, most, exactly) OK((actual) >= (least) && (actual) <= (most))
#endif

int64_t usec_of(const struct timeval *tv);
/* The base's monotonic clock, in microseconds. */
int64_t base_now_usec(struct event_base *base);
/* Lets n milliseconds go by, in a loop of its own. */
void pass_ms(int n);
/* Calls arm(arg) in a callback of base, where the time stands still: what it adds is timed from
 * one instant, however long the machine lets it wait between two calls. */
void in_one_instant(struct event_base *base, void (*arm)(void *), void *arg);

/* --- loops ----------------------------------------------------------------------------- */

/* One turn without waiting. (NONBLOCK alone goes on for as long as something is ready.) */
int turn(struct event_base *base);
/* Turns until *counter reaches n. Something must be pending that makes it so. */
void loop_until(struct event_base *base, const int *counter, int n);

/* --- threads --------------------------------------------------------------------------- */

pid_t own_thread_id(void);
/* Whether the system shows the thread as asleep. Where it shows nothing, it is taken as asleep. */
int is_asleep(pid_t thread);

/* --- descriptors ----------------------------------------------------------------------- */

void stream_pair(evutil_socket_t fds[2]); /* connected, non-blocking, close-on-exec */
void put_byte(evutil_socket_t fd);
int drain(evutil_socket_t fd); /* the number of bytes that were there */
void fill(evutil_socket_t fd); /* until it can't be written to */
void close_pair(evutil_socket_t fds[2]);

/* --- what is logged -------------------------------------------------------------------- */

/* From here on the log is caught: api_log_count() messages, the last of severity ..., text ... */
void log_catch(void);
void log_release(void);
int log_count(void);
int log_last_severity(void);
const char *log_last(void);

/* --- children -------------------------------------------------------------------------- */

/* For what is process-wide, fatal or about fork itself: runs body(arg) in a child and returns
 * its exit status, or minus the signal that ended it. What the child tells by report() is in
 * child_report() afterwards. A child that does not end is ended by SIGALRM. */
int in_child(void (*body)(void *), void *arg);
void report(const char *format, ...) __attribute__((format(printf, 1, 2)));
const char *child_report(void);
/* The child's body went through, its checks held. */
#define CHILD_OK(body, arg) EQ(in_child((body), (arg)), 0)

/* --- the simulation -------------------------------------------------------------------- */

#ifdef API_IN_SIMULATION
int api_program(void); /* the test's main(), which tests/sim/api/world.c calls in a host */
#endif

#endif
