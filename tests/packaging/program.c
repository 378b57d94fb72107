/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A small program for libevent, as its users write them: a timer in a loop, and another thread that
 * activates an event. Then it prints the event libraries that are loaded, a line each, so that its
 * caller sees what it ran on.
 */
#define _GNU_SOURCE 1
#include <event2/event.h>
#include <event2/thread.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "libraries.h"

static int timer_ran;
static int thread_ran;

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
        (void)fd;
        (void)arg;
        timer_ran += what == EV_TIMEOUT;
}

static void on_activation(evutil_socket_t fd, short what, void *arg)
{
        (void)fd;
        (void)arg;
        thread_ran += what == EV_READ;
}

static void *activate(void *event)
{
        event_active(event, EV_READ, 0);
        return NULL;
}

static int run(void)
{
        const struct timeval soon = {0, 1000};
        struct event_base *base;
        struct event *timer;
        struct event *event;
        pthread_t thread;

        if (evthread_use_pthreads() != 0 || (base = event_base_new()) == NULL)
                return 1;
        timer = event_new(base, -1, 0, on_timer, NULL);
        event = event_new(base, -1, 0, on_activation, NULL);
        if (timer == NULL || event == NULL || event_add(timer, &soon) != 0)
                return 1;
        if (pthread_create(&thread, NULL, activate, event) != 0)
                return 1;
        pthread_join(thread, NULL);
        if (event_base_dispatch(base) != 1)
                return 1;
        event_free(event);
        event_free(timer);
        event_base_free(base);
        libevent_global_shutdown();
        return timer_ran == 1 && thread_ran == 1 ? 0 : 1;
}

int main(void)
{
        int status = run();

        printf("version %s, timer %d, thread %d\n", event_get_version(), timer_ran, thread_ran);
        print_libraries();
        return status;
}
