/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The fault loop: every scenario, in every variant, with the first, second, third ... call of each
 * kind failing, with each error that the kernel may give, until a run meets no fault; once alone,
 * and once with all calls after it. What must hold is said in fault_scene.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "fault_scene.h"

static const struct {
        enum shim_call call;
        int error;
        bool only_once; /* that it goes on for ever would be no kernel */
} faults[] = {
        {SHIM_ALLOC, ENOMEM, false},
        {SHIM_REALLOC, ENOMEM, false},
        {SHIM_LOCK_NEW, ENOMEM, false},
        {SHIM_CONDITION_NEW, ENOMEM, false},
        {SHIM_PIPE, EMFILE, false},
        {SHIM_PIPE, ENFILE, false},
        {SHIM_EVENTFD, EMFILE, false},
        {SHIM_EVENTFD, ENOMEM, false},
        {SHIM_EVENTFD, ENOSYS, false}, /* a pipe serves as well */
        {SHIM_EPOLL_CREATE, EMFILE, false},
        {SHIM_EPOLL_CREATE, ENOMEM, false},
        {SHIM_TIMERFD_CREATE, EMFILE, false},
        {SHIM_TIMERFD_CREATE, ENOMEM, false},
        {SHIM_TIMERFD_SETTIME, EINVAL, false},
        {SHIM_EPOLL_ADD, ENOSPC, false},
        {SHIM_EPOLL_ADD, ENOMEM, false},
        {SHIM_EPOLL_ADD, EPERM, false},
        {SHIM_EPOLL_MOD, ENOMEM, false},
        {SHIM_EPOLL_DEL, ENOENT, false},
        {SHIM_EPOLL_DEL, EBADF, false},
        {SHIM_EPOLL_DEL, ENOMEM, false},
        {SHIM_KQUEUE, EMFILE, false},
        {SHIM_KEVENT_CHANGE, ENOMEM, false},
        {SHIM_KEVENT_REMOVE, ENOENT, false},
        {SHIM_KEVENT_REMOVE, ENOMEM, false},
        {SHIM_KEVENT_WAIT, EINTR, false},
        {SHIM_KEVENT_WAIT, EBADF, false},
        {SHIM_DEVPOLL_OPEN, EMFILE, false},
        {SHIM_DEVPOLL_WRITE, ENOMEM, false},
        {SHIM_DEVPOLL_REMOVE, ENOMEM, false},
        {SHIM_DEVPOLL_POLL, EINTR, false},
        {SHIM_DEVPOLL_POLL, EBADF, false},
        {SHIM_PORT_CREATE, EMFILE, false},
        {SHIM_PORT_ASSOCIATE, ENOSPC, false},
        {SHIM_PORT_DISSOCIATE, ENOENT, false},
        {SHIM_PORT_DISSOCIATE, ENOMEM, false},
        {SHIM_PORT_GETN, EINTR, false},
        {SHIM_PORT_GETN, EBADF, false},
        {SHIM_SIGNAL_INSTALL, EINVAL, false},
        {SHIM_SIGNAL_RESTORE, EINVAL, false},
        {SHIM_CLOSE, EIO, false},
        {SHIM_READ, EINTR, false},
        {SHIM_READ, EAGAIN, false},
        {SHIM_WRITE, EINTR, false},
        {SHIM_EPOLL_WAIT, EINTR, false},
        {SHIM_EPOLL_WAIT, EBADF, false},
        {SHIM_EPOLL_PWAIT2, EINTR, false},
        {SHIM_EPOLL_PWAIT2, ENOSYS, false},
        {SHIM_EPOLL_PWAIT2, EBADF, false},
        {SHIM_POLL, EINTR, false},
        {SHIM_POLL, ENOMEM, false},
        {SHIM_SELECT, EINTR, false},
        {SHIM_SELECT, ENOMEM, false},
        {SHIM_SELECT, EBADF, true}, /* poll tells which */
        {SHIM_SET_NONBLOCKING, EBADF, false},
        {SHIM_SET_CLOEXEC, EBADF, false},
        {SHIM_SETSOCKOPT, ENOBUFS, false},
        {SHIM_SOCKETPAIR, EMFILE, false},
        {SHIM_RANDOM, EIO, false},
};

static const struct scene_variant variants[] = {
        {.name = "epoll", .method = "epoll"},
        {.name = "epoll, threads", .method = "epoll", .has_threads = true},
        {.name = "changelist, threads",
         .method = "epoll",
         .has_threads = true,
         .has_changelist = true},
        {.name = "epoll, timerfd", .method = "epoll", .has_no_pwait2 = true},
        {.name = "epoll, pipe, lock debugging",
         .method = "epoll",
         .has_threads = true,
         .has_no_eventfd = true,
         .has_lock_debugging = true},
        {.name = "epoll, pipe", .method = "epoll", .has_no_eventfd = true},
        {.name = "epoll, debug mode", .method = "epoll", .has_debug_mode = true},
        {.name = "poll", .method = "poll"},
        {.name = "poll, threads, debug mode",
         .method = "poll",
         .has_threads = true,
         .has_debug_mode = true},
        {.name = "select", .method = "select"},
        {.name = "select, threads", .method = "select", .has_threads = true},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct shim shim;
static struct scene scene;
static long nruns, ninjected;

/* One run; how many calls failed. */
static long run(const struct scenario *scenario, const struct scene_variant *variant,
                enum scene_mode mode, enum shim_call call, int error, long n)
{
        scene_begin(&scene, &shim, variant, mode);
        shim.errors[call] = error;
        shim_fail(&shim, mode == SCENE_RECORD ? 0 : SHIM_BIT(call), n, mode == SCENE_FROM_ON);
        scenario->play(&scene);
        scene_end(&scene);
        nruns++;
        ninjected += shim.hits;
        return shim.hits;
}

/* The changelist answers a refusal by reports of what may not be there; event_reinit leaves out a
 * descriptor that the kernel calls one that cannot be watched. */
static bool may_differ(const struct scene_variant *variant, enum shim_call call, int error)
{
        const bool is_refusal = call == SHIM_EPOLL_ADD || call == SHIM_EPOLL_MOD;

        return is_refusal && (variant->has_changelist || error == EPERM);
}

static void run_all(const struct scenario *scenario, const struct scene_variant *variant)
{
        long calls[SHIM_CALLS];

        (void)run(scenario, variant, SCENE_RECORD, SHIM_ALLOC, ENOMEM, 1);
        for (int i = 0; i < SHIM_CALLS; i++)
                calls[i] = shim.calls[i];
        for (size_t i = 0; i < COUNT(faults); i++) {
                const enum shim_call call = faults[i].call;
                const enum scene_mode last = faults[i].only_once ? SCENE_ONCE : SCENE_FROM_ON;
                if (calls[call] == 0)
                        continue;
                scene.may_differ = may_differ(variant, call, faults[i].error);
                for (enum scene_mode mode = SCENE_ONCE; mode <= last; mode++)
                        for (long n = 1; run(scenario, variant, mode, call, faults[i].error, n) > 0;
                             n++)
                                continue;
        }
        scene.may_differ = false;
}

static void test_scenario(void **state)
{
        const struct scenario *scenario = *state;
        const long runs_before = nruns;
        const long injected_before = ninjected;

        for (size_t i = 0; i < COUNT(variants); i++)
                run_all(scenario, &variants[i]);
        printf("%-12s %6ld runs %7ld faults\n", scenario->name, nruns - runs_before,
               ninjected - injected_before);
}

/* Faults in a child process only, which ends with 0: no call failed, 1: some did, 2: a complaint. */
static int run_forked(const struct scene_variant *variant, enum scene_mode mode, size_t fault,
                      long n)
{
        int status;

        scene_begin(&scene, &shim, variant, SCENE_RECORD);
        play_before_fork(&scene);
        (void)fflush(stdout);
        const pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
                scene.is_child = true;
                scene.mode = mode;
                shim.errors[faults[fault].call] = faults[fault].error;
                shim_fail(&shim, SHIM_BIT(faults[fault].call), n, mode == SCENE_FROM_ON);
                if (play_in_child(&scene))
                        scene_end(&scene);
                _exit(shim.hits > 0);
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        play_after_fork(&scene);
        scene_end(&scene);
        if (!WIFEXITED(status) || WEXITSTATUS(status) > 1)
                fail_msg("%s: the child's status is %#x", variant->name, (unsigned)status);
        return WEXITSTATUS(status);
}

static bool matters_to_a_child(enum shim_call call)
{
        const uint64_t set = SHIM_MEMORY | SHIM_BIT(SHIM_PIPE) | SHIM_BIT(SHIM_EVENTFD) |
                             SHIM_BIT(SHIM_EPOLL_CREATE) | SHIM_BIT(SHIM_EPOLL_ADD) |
                             SHIM_BIT(SHIM_EPOLL_DEL) | SHIM_BIT(SHIM_CLOSE);

        return (set & SHIM_BIT(call)) != 0;
}

static void test_reinit_in_a_child(void **state)
{
        const size_t chosen[] = {1, 2, 4, 7, 10}; /* variants: each backend, threads, pipe */
        long nforks = 0;

        (void)state;
        for (size_t v = 0; v < COUNT(chosen); v++)
                for (size_t i = 0; i < COUNT(faults); i++) {
                        if (!matters_to_a_child(faults[i].call))
                                continue;
                        for (enum scene_mode mode = SCENE_ONCE; mode <= SCENE_FROM_ON; mode++)
                                for (long n = 1;
                                     nforks++, run_forked(&variants[chosen[v]], mode, i, n) == 1;
                                     n++)
                                        continue;
                }
        printf("%-12s %6ld runs\n", "fork", nforks);
}

static void test_every_report_of_the_table_was_seen(void **state)
{
        (void)state;
        printf("%ld runs, %ld faults; reported by\n", nruns, ninjected);
        scene_print_reports();
        assert_int_equal(scene_missing_reports(), 0);
}

static int make_pipes(void **state)
{
        (void)state;
        for (int i = 0; i < SCENE_PIPES; i++)
                if (pipe2(scene.pipes[i], O_NONBLOCK | O_CLOEXEC) < 0)
                        return -1;
        return 0;
}

static int close_pipes(void **state)
{
        (void)state;
        for (int i = 0; i < SCENE_PIPES; i++) {
                close(scene.pipes[i][0]);
                close(scene.pipes[i][1]);
        }
        return 0;
}

#define SCENARIO_MAX 32

int main(void)
{
        struct CMUnitTest tests[SCENARIO_MAX + 2];
        size_t n = 0;

        memset(tests, 0, sizeof tests);
        for (; scenarios[n].play != NULL && n < SCENARIO_MAX; n++)
                tests[n] = (struct CMUnitTest){scenarios[n].name, test_scenario, NULL, NULL,
                                               (void *)(uintptr_t)&scenarios[n]};
        tests[n++] =
                (struct CMUnitTest){"reinit in a child", test_reinit_in_a_child, NULL, NULL, NULL};
        tests[n++] = (struct CMUnitTest){"every report of the table was seen",
                                         test_every_report_of_the_table_was_seen, NULL, NULL, NULL};
        return _cmocka_run_group_tests("fault loop", tests, n, make_pipes, close_pipes);
}
