/* SPDX-License-Identifier: BSD-3-Clause */
#include "quirks.h"

#include <stdio.h>

static const struct {
        const char *name;
        const char *reason;
        bool is_by_version; /* the real kernel differs in some versions only */
} quirks[NQUIRKS] = {
        [QUIRK_EVENTFD_LONG_WRITE] =
                {"eventfd-long-write",
                 "eventfd(2) has EINVAL for writes of less than 8 bytes; newer versions of Linux "
                 "have it for more than 8 too, where older ones took the first 8",
                 true},
        [QUIRK_EVENTFD_LSEEK] =
                {"eventfd-lseek",
                 "Linux lets lseek(2) of an eventfd do nothing and succeed, in some versions; "
                 "POSIX "
                 "and lseek(2) have ESPIPE, which programs that ask whether they may seek expect",
                 true},
        [QUIRK_EPOLL_WAIT_ERRORS] =
                {"epoll-wait-errors",
                 "where both the descriptor and the number of events are wrong, the one error or "
                 "the "
                 "other comes, by version of Linux; epoll_wait(2) says nothing of it",
                 true},
        [QUIRK_UNIX_UNCONNECTED] =
                {"unix-unconnected",
                 "a send of a datagram socket that is connected to none: newer versions of Linux "
                 "look at what else is wrong first (EPIPE, EMSGSIZE, EAGAIN) and charge the "
                 "packet, "
                 "which gives an edge; older ones look at the missing peer",
                 true},
        [QUIRK_TCP_EARLY_SHUTDOWN] =
                {"tcp-early-shutdown",
                 "Linux keeps in mind that a socket without a connection was shut, says "
                 "ENOTCONN, and closes the connections that it or its listener makes later; "
                 "POSIX knows the error alone, and no program does it. The sequence ends "
                 "there",
                 true},
};

static struct {
        unsigned nmet;
        unsigned ndifferent;
} counts[NQUIRKS];

void quirk_meet(enum quirk quirk, bool is_difference)
{
        counts[quirk].nmet++;
        counts[quirk].ndifferent += is_difference;
}

int quirks_unused(void)
{
        int n = 0;

        for (int i = NO_QUIRK + 1; i < NQUIRKS; i++) {
                const bool is_used =
                        quirks[i].is_by_version ? counts[i].nmet > 0 : counts[i].ndifferent > 0;

                if (is_used)
                        continue;
                (void)fprintf(stderr, "the quirk %s is not used: %s\n", quirks[i].name,
                              quirks[i].reason);
                n++;
        }
        return n;
}

const char *quirk_name(enum quirk quirk)
{
        return quirks[quirk].name;
}
