/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One suite for every backend: the groups of suite.h for each row of the program's table. With a number
 * as argument only that row is run; without, all are.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "rig.h"
#include "suite.h"

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
                if (i < 0 || i >= rows_count)
                        return 2;
                return run(&rows[i]) > 0;
        }
        for (int i = 0; i < rows_count; i++)
                failed += run(&rows[i]);
        return failed > 0;
}
