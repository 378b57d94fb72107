/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Signals of the real world. A handler of the kernel's knows the signal's number only, so one
 * trampoline serves all signals and finds by that number whom to call.
 *
 * An entry of the table stays when the kernel's former action is restored: another thread may be
 * in the trampoline still.
 */
#include "os/os_posix.h"

#if defined(__unix__) || defined(__APPLE__)

#include <errno.h>
#include <stdatomic.h>

#if defined(NSIG)
#define SIGNAL_COUNT NSIG
#else
#define SIGNAL_COUNT 65
#endif

/* Written before the trampoline is installed for that signal; a lock-free atomic, which a signal
 * handler may read (C11 7.14.1.1). */
static _Atomic(os_signal_fn) handlers[SIGNAL_COUNT];

static void trampoline(int signal_number)
{
        const int errno_of_interrupted = errno;
        const os_signal_fn handler = atomic_load(&handlers[signal_number]);

        if (handler != NULL)
                handler(os_real()->process, signal_number);
        errno = errno_of_interrupted;
}

int evi_posix_signal_install(struct os *os, int signal_number, os_signal_fn handler,
                             struct sigaction *saved)
{
        struct sigaction action = {.sa_handler = trampoline, .sa_flags = SA_RESTART};
        struct sigaction before;
        os_signal_fn handler_before;

        (void)os;
        if (signal_number <= 0 || signal_number >= SIGNAL_COUNT)
                return -EINVAL;
        sigfillset(&action.sa_mask);
        handler_before = atomic_exchange(&handlers[signal_number], handler);
        if (sigaction(signal_number, &action, &before) != 0) {
                atomic_store(&handlers[signal_number], handler_before);
                return -errno;
        }
        *saved = before;
        return 0;
}

int evi_posix_signal_restore(struct os *os, int signal_number, const struct sigaction *saved)
{
        (void)os;
        return sigaction(signal_number, saved, NULL) == 0 ? 0 : -errno;
}

#endif
