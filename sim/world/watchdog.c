/* SPDX-License-Identifier: BSD-3-Clause */
#include "world/watchdog.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "world/world.h"

#if defined(__has_include)
#if __has_include(<execinfo.h>)
#include <execinfo.h>
#define HAS_BACKTRACE 1
#endif
#endif

/* A thread that has ever been inside. */
struct watched {
        struct watched *next; /* with the lock */
        pthread_t thread;
        bool is_registered;
        atomic_bool is_inside;

        /* The handler's, in the thread itself: what it saw last, and for how many seconds. */
        const struct evsim_task *task;
        uint64_t ncalls;
        uint64_t nswitches;
        unsigned stuck_s;
};

static _Thread_local struct watched self;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct watched *threads; /* with the lock */
static bool is_started;         /* likewise: in this process */
static bool has_atfork;         /* likewise */
static pthread_key_t end_key;   /* calls forget() when a thread ends */

/* ---- In the stuck thread ------------------------------------------------------------------------
 */

static void say(const char *text)
{
        if (write(STDERR_FILENO, text, strlen(text)) < 0)
                return; /* to whom should it be told */
}

/* The last stack frames; the handler's own are among them. */
static void print_stack(void)
{
#if defined(HAS_BACKTRACE)
        void *frames[64];
        const int count = backtrace(frames, 64);

        backtrace_symbols_fd(frames, count, STDERR_FILENO);
#else
        say("(this system has no backtrace)\n");
#endif
}

_Noreturn static void report(const struct evsim_task *task, unsigned stuck_s)
{
        const struct evsim_trace *trace = &task->world->trace;
        char text[384];

        (void)snprintf(text, sizeof text,
                       "evsim: the task %s.%s runs for %u s of real time without a call of the "
                       "simulated kernel. The last was %s(%d). It is here:\n",
                       task->host_name, task->name, stuck_s,
                       evsim_call_name((enum evsim_call)trace->last_call), (int)trace->last_fd);
        say(text);
        print_stack();
        abort();
}

static void look(int signal_number)
{
        const struct evsim_task *task = evsim_running;
        const int error = errno;

        (void)signal_number;
        if (task == NULL || task->world->config.watchdog_s == 0)
                return;
        if (task != self.task || task->world->ncalls != self.ncalls ||
            task->world->nswitches != self.nswitches) {
                self.task = task;
                self.ncalls = task->world->ncalls;
                self.nswitches = task->world->nswitches;
                self.stuck_s = 0;
        } else if (++self.stuck_s >= task->world->config.watchdog_s) {
                report(task, self.stuck_s);
        }
        errno = error;
}

/* ---- The helper ---------------------------------------------------------------------------------
 */

static void *watch(void *arg)
{
        const struct timespec second = {1, 0};

        (void)arg;
        for (;;) {
                (void)nanosleep(&second, NULL);
                pthread_mutex_lock(&lock);
                for (struct watched *w = threads; w != NULL; w = w->next)
                        if (atomic_load_explicit(&w->is_inside, memory_order_relaxed))
                                pthread_kill(w->thread, SIGURG);
                pthread_mutex_unlock(&lock);
        }
        return NULL;
}

/* Whether SIGURG is nobody's, or ours already. */
static bool take_signal(void)
{
        struct sigaction action = {.sa_handler = look, .sa_flags = SA_RESTART};
        struct sigaction before;

        if (sigaction(SIGURG, NULL, &before) != 0)
                return false;
        if ((before.sa_flags & SA_SIGINFO) != 0 ||
            (before.sa_handler != SIG_DFL && before.sa_handler != look))
                return false;
        (void)sigemptyset(&action.sa_mask);
        return sigaction(SIGURG, &action, NULL) == 0;
}

/* With the lock. What fails leaves the process without a watchdog. */
static void start(void)
{
        sigset_t all;
        sigset_t before;
        pthread_t helper;

        is_started = true;
        if (!take_signal())
                return;
#if defined(HAS_BACKTRACE)
        void *frame;

        (void)backtrace(&frame, 1); /* its first call gets memory, which a handler must not */
#endif
        (void)sigfillset(&all);
        (void)pthread_sigmask(SIG_SETMASK, &all, &before);
        if (pthread_create(&helper, NULL, watch, NULL) == 0)
                (void)pthread_detach(helper);
        (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* ---- Threads that come and go -------------------------------------------------------------------
 */

static void before_fork(void)
{
        pthread_mutex_lock(&lock);
}

static void after_fork(void)
{
        pthread_mutex_unlock(&lock);
}

/* All other threads are gone, the helper too. */
static void in_child(void)
{
        threads = NULL;
        self.is_registered = false; /* until it enters a world again */
        is_started = false;
        pthread_mutex_unlock(&lock);
}

/* The calling thread ends: what it has kept for further worlds goes too. */
static void forget(void *arg)
{
        struct watched **at = &threads;

        pthread_mutex_lock(&lock);
        while (*at != NULL && *at != arg)
                at = &(*at)->next;
        if (*at != NULL)
                *at = (*at)->next;
        self.is_registered = false;
        pthread_mutex_unlock(&lock);
        evsim_coroutine_drop_stacks();
        evsim_memory_drop_chunks();
}

/* With the lock. */
static void set_up(void)
{
        if (!has_atfork) {
                has_atfork = true;
                (void)pthread_atfork(before_fork, after_fork, in_child);
                (void)pthread_key_create(&end_key, forget);
        }
        if (!is_started)
                start();
        if (!self.is_registered) {
                self.thread = pthread_self();
                self.next = threads;
                threads = &self;
                self.is_registered = true;
                (void)pthread_setspecific(end_key, &self);
        }
}

void evsim_watchdog_enter(void)
{
        if (!self.is_registered) {
                pthread_mutex_lock(&lock);
                set_up();
                pthread_mutex_unlock(&lock);
        }
        atomic_store_explicit(&self.is_inside, true, memory_order_relaxed);
}

void evsim_watchdog_leave(void)
{
        atomic_store_explicit(&self.is_inside, false, memory_order_relaxed);
}
