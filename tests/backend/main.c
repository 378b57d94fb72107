/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One suite for every backend: the groups of suite.h for each row of the table below. With a number
 * as argument only that row is run; without, all are.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "rig.h"
#include "suite.h"

static const struct row rows[] = {
        {"epoll", &evi_backend_epoll, 0, LACKS_NOTHING},
        {"epoll without epoll_pwait2", &evi_backend_epoll, 0, LACKS_PWAIT2},
        {"epoll without epoll_pwait2, precise", &evi_backend_epoll, BACKEND_PRECISE, LACKS_PWAIT2},
        {"epoll without epoll_pwait2 and timerfd, precise", &evi_backend_epoll, BACKEND_PRECISE,
         LACKS_PWAIT2 | LACKS_TIMERFD},
        {"epoll (with changelist)", &evi_backend_epoll_changelist, BACKEND_PRECISE, LACKS_NOTHING},
        {"poll", &evi_backend_poll, 0, LACKS_NOTHING},
        {"select", &evi_backend_select, 0, LACKS_NOTHING},
};

#define NROWS ((int)(sizeof rows / sizeof rows[0]))

static int run(const struct row *row)
{
        int failed = 0;

        printf("---- %s\n", row->name);
        rig_row = row;
        failed += suite_facts();
        failed += suite_ready();
        failed += suite_change();
        failed += suite_edge();
        failed += suite_generation();
        failed += suite_many();
        failed += suite_wait();
        failed += suite_fault();
        failed += suite_epoll();
        failed += suite_changelist();
        return failed;
}

int main(int argc, char **argv)
{
        int failed = 0;

        (void)signal(SIGPIPE, SIG_IGN);
        if (argc > 1) {
                const int i = atoi(argv[1]);
                if (i < 0 || i >= NROWS)
                        return 2;
                return run(&rows[i]) > 0;
        }
        for (int i = 0; i < NROWS; i++)
                failed += run(&rows[i]);
        return failed > 0;
}
