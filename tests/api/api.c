/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The tests' common ground, see api.h.
 *
 * The library below is recognised by evident_version(), which only evident exports; a program
 * that is linked statically has no dynamic symbols to look at and is compiled with
 * -DAPI_ON_EVIDENT instead.
 */
#include "api.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/syscall.h>

enum backend api_backends[N_BACKENDS] = {ON_EPOLL,  ON_CHANGELIST, ON_POLL,  ON_SELECT,
                                         ON_KQUEUE, ON_DEVPOLL,    ON_EVPORT};

enum oracle oracle(void)
{
#ifdef API_ON_EVIDENT
        return ORACLE_EVIDENT;
#else
        return dlsym(RTLD_DEFAULT, "evident_version") ? ORACLE_EVIDENT : ORACLE_LIBEVENT;
#endif
}

void api_begin(void)
{
        const char *name = oracle() == ORACLE_EVIDENT ? "evident" : "libevent";
        const char *expected = getenv("API_EXPECT");

        printf("# on %s, version %s\n", name, event_get_version());
        fflush(stdout);
        if (expected && strcmp(expected, name) != 0) {
                fprintf(stderr, "this run is meant for %s, but %s is loaded\n", expected, name);
                exit(2);
        }
        unsetenv("EVENT_SHOW_METHOD");
}

/* --- bases ----------------------------------------------------------------------------- */

static const char *kernel_method(enum backend backend)
{
        static const char *const names[N_BACKENDS] = {"epoll",  "epoll",   "poll",  "select",
                                                  "kqueue", "devpoll", "evport"};

        return names[backend];
}

const char *backend_name(enum backend backend)
{
        return backend == ON_CHANGELIST ? "epoll (with changelist)" : kernel_method(backend);
}

enum backend backend_of(void **state)
{
        return *(enum backend *)*state;
}

struct event_base *base_with_flags(enum backend backend, int flags)
{
        struct event_config *config = event_config_new();
        const char **methods = event_get_supported_methods();
        struct event_base *base;

        for (; *methods; methods++) {
                if (strcmp(*methods, kernel_method(backend)) != 0)
                        EQ(event_config_avoid_method(config, *methods), 0);
        }
        if (backend == ON_CHANGELIST)
                flags |= EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST;
        EQ(event_config_set_flag(config, flags | EVENT_BASE_FLAG_IGNORE_ENV), 0);
        base = event_base_new_with_config(config);
        event_config_free(config);
        OK(base != NULL);
        STREQ(event_base_get_method(base), backend_name(backend));
        return base;
}

struct event_base *base_on(enum backend backend)
{
        return base_with_flags(backend, 0);
}

struct event_base *precise_base(void)
{
        return base_with_flags(ON_EPOLL, EVENT_BASE_FLAG_PRECISE_TIMER);
}

int api_teardown(void **state)
{
        (void)state;
        story_clear();
        log_release();
        return 0;
}

/* --- time and loops -------------------------------------------------------------------- */

int64_t usec_of(const struct timeval *tv)
{
        return (int64_t)tv->tv_sec * 1000000 + tv->tv_usec;
}

int64_t base_now_usec(struct event_base *base)
{
        struct timeval now;

        EQ(event_gettime_monotonic(base, &now), 0);
        return usec_of(&now);
}

void pass_ms(int n)
{
        struct event_base *base = precise_base();

        EQ(event_base_loopexit(base, MS(n)), 0);
        EQ(event_base_dispatch(base), 0);
        event_base_free(base);
}

struct arming {
        void (*arm)(void *);
        void *arg;
};

static void call_arm(evutil_socket_t fd, short what, void *arg)
{
        const struct arming *arming = arg;

        (void)fd;
        (void)what;
        arming->arm(arming->arg);
}

void in_one_instant(struct event_base *base, void (*arm)(void *), void *arg)
{
        struct arming arming = {arm, arg};

        EQ(event_base_once(base, -1, EV_TIMEOUT, call_arm, &arming, NULL), 0);
        EQ(turn(base), 0);
}

int turn(struct event_base *base)
{
        return event_base_loop(base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
}

void loop_until(struct event_base *base, const int *counter, int n)
{
        while (*counter < n)
                EQ(event_base_loop(base, EVLOOP_ONCE), 0);
}

#ifndef API_IN_SIMULATION
int api_run(const struct CMUnitTest *tests, size_t count)
{
        return _cmocka_run_group_tests("tests", tests, count, NULL, NULL);
}

/* --- threads --------------------------------------------------------------------------- */

pid_t own_thread_id(void)
{
        return (pid_t)syscall(SYS_gettid);
}

int is_asleep(pid_t thread)
{
        char name[64], line[256], *end;
        char state = 'S';
        FILE *f;

        snprintf(name, sizeof name, "/proc/self/task/%d/stat", (int)thread);
        f = fopen(name, "r");
        if (!f)
                return 1;
        if (fgets(line, sizeof line, f) && (end = strrchr(line, ')')) && end[1] == ' ')
                state = end[2]; /* behind the name in parentheses */
        fclose(f);
        return state == 'S';
}

#endif

/* --- descriptors ----------------------------------------------------------------------- */

void stream_pair(evutil_socket_t fds[2])
{
        EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
}

void put_byte(evutil_socket_t fd)
{
        EQ(write(fd, "x", 1), 1);
}

int drain(evutil_socket_t fd)
{
        char buffer[4096];
        ssize_t n;
        int sum = 0;

        while ((n = read(fd, buffer, sizeof buffer)) > 0)
                sum += (int)n;
        return sum;
}

void fill(evutil_socket_t fd)
{
        static const char block[4096];

        while (write(fd, block, sizeof block) > 0)
                ;
        OK(errno == EAGAIN);
}

void close_pair(evutil_socket_t fds[2])
{
        for (int i = 0; i < 2; i++) {
                if (fds[i] >= 0)
                        EQ(close(fds[i]), 0);
                fds[i] = -1;
        }
}
