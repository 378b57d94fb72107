/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The names of errors, for traces: those that a simulated kernel gives. (strerrorname_np(3) is not
 * on every system.)
 */
#include <errno.h>
#include <stddef.h>

#include "world/trace.h"

#define NAMED(error)          \
        {                     \
                error, #error \
        }

static const struct {
        int number;
        const char *name;
} names[] = {
        NAMED(EPERM),        NAMED(ENOENT),       NAMED(EINTR),           NAMED(EIO),
        NAMED(ENXIO),        NAMED(EBADF),        NAMED(EAGAIN),          NAMED(ENOMEM),
        NAMED(EACCES),       NAMED(EFAULT),       NAMED(EBUSY),           NAMED(EEXIST),
        NAMED(ENODEV),       NAMED(ENOTDIR),      NAMED(EISDIR),          NAMED(EINVAL),
        NAMED(ENFILE),       NAMED(EMFILE),       NAMED(ENOTTY),          NAMED(EFBIG),
        NAMED(ENOSPC),       NAMED(ESPIPE),       NAMED(EPIPE),           NAMED(ELOOP),
        NAMED(ENAMETOOLONG), NAMED(ENOSYS),       NAMED(EOVERFLOW),       NAMED(ENOTSOCK),
        NAMED(EDESTADDRREQ), NAMED(EMSGSIZE),     NAMED(EPROTOTYPE),      NAMED(ENOPROTOOPT),
        NAMED(EOPNOTSUPP),   NAMED(EAFNOSUPPORT), NAMED(EADDRINUSE),      NAMED(EADDRNOTAVAIL),
        NAMED(ENETDOWN),     NAMED(ENETUNREACH),  NAMED(ECONNABORTED),    NAMED(ECONNRESET),
        NAMED(ENOBUFS),      NAMED(EISCONN),      NAMED(ENOTCONN),        NAMED(ETIMEDOUT),
        NAMED(ECONNREFUSED), NAMED(EHOSTUNREACH), NAMED(EALREADY),        NAMED(EINPROGRESS),
        NAMED(ECANCELED),    NAMED(EPROTO),       NAMED(EPROTONOSUPPORT), NAMED(EDEADLK),
};

const char *evsim_error_name(int error)
{
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
                if (names[i].number == error)
                        return names[i].name;
        return NULL;
}
