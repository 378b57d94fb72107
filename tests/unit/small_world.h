/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A world for the tests of util: memory that is counted and can run out, a log and an end of the
 * process that are remembered. All other calls are missing, so that a test sees it when a structure
 * reaches for more.
 */
#ifndef SMALL_WORLD_H
#define SMALL_WORLD_H

#include <setjmp.h>
#include <stdbool.h>

#include "os/os.h"
#include "os/process.h"

struct small_world {
        struct os os;
        struct os_process process;

        bool is_out_of_memory; /* alloc and realloc give NULL, shrinking included */
        int calls;             /* of alloc and realloc */
        size_t last_size;      /* that was asked of them */
        int blocks;            /* that are not freed */

        int lines; /* logged to the world, not to a callback */
        int last_severity;
        char last_line[4096];

        jmp_buf end; /* where os_terminate() leads */
        int exit_code;
};

void small_world_init(struct small_world *w);

#endif
