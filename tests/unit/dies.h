/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether something ends the process by abort(3), as a failed assertion does: tried in a child. */
#ifndef DIES_H
#define DIES_H

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* How the child that does this ended, as waitpid(2) tells it. It makes no noise and no core. */
static inline int status_of(void (*act)(void))
{
        const struct rlimit no_core = {0, 0};
        const pid_t child = fork();
        int status = 0;

        if (child == 0) {
                const int null = open("/dev/null", O_WRONLY);
                setrlimit(RLIMIT_CORE, &no_core);
                signal(SIGABRT, SIG_DFL);
                dup2(null, STDERR_FILENO);
                act();
                _exit(0);
        }
        if (child < 0 || waitpid(child, &status, 0) != child)
                return -1;
        return status;
}

static inline bool dies(void (*act)(void))
{
        const int status = status_of(act);

        return status != -1 && WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

#endif
