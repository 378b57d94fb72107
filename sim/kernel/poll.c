/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * poll and select.
 *
 * Modelled (poll(2), select(2)): entries with a negative descriptor are passed over; POLLNVAL,
 * POLLERR and POLLHUP come unasked; files that are always ready; EINVAL of more entries than
 * RLIMIT_NOFILE; select's three sets of any size, readable by POLLIN, POLLHUP or POLLERR, writable
 * by POLLOUT or POLLERR, exceptional by POLLPRI, EBADF; a timeout that leaves no set bit.
 * Not modelled: POLLMSG and kin, the signal masks of ppoll and pselect (posix.c has them).
 */
#include <errno.h>
#include <string.h>

#include "kernel/calls.h"
#include "kernel/descriptor.h"
#include "kernel/wait.h"

/* What poll reports whether asked for or not; select asks for all that it wants. */
#define UNASKED ((unsigned)(POLLERR | POLLHUP))

/* ---- Sleeping on many files --------------------------------------------------------------------
 */

/* Watches every file of fds that there is. */
static void begin_watching(struct evsim_host *host, struct evsim_file_sleeper *sleepers,
                           const struct pollfd *fds, size_t count, unsigned unasked)
{
        for (size_t i = 0; i < count; i++) {
                struct evsim_file *file = evsim_descriptor_get(host, fds[i].fd);

                sleepers[i].watch.file = NULL;
                if (file != NULL)
                        evsim_file_sleep_begin(&sleepers[i], file,
                                               (unsigned)fds[i].events | unasked);
        }
}

static void end_watching(struct evsim_file_sleeper *sleepers, size_t count)
{
        for (size_t i = 0; i < count; i++)
                if (sleepers[i].watch.file != NULL)
                        evsim_file_sleep_end(&sleepers[i]);
}

/* What is ready now, into revents; how many entries have something. */
static int look(struct evsim_host *host, struct pollfd *fds, size_t count, unsigned unasked)
{
        int n = 0;

        for (size_t i = 0; i < count; i++) {
                struct evsim_file *file = evsim_descriptor_get(host, fds[i].fd);
                const unsigned wanted = (unsigned)fds[i].events | unasked;
                unsigned bits = POLLNVAL;

                if (fds[i].fd < 0)
                        bits = 0;
                else if (file != NULL)
                        bits = evsim_file_poll(file) & wanted;
                fds[i].revents = (short)bits;
                n += bits != 0;
        }
        return n;
}

static int sleep_and_look(struct evsim_host *host, struct pollfd *fds, size_t count,
                          unsigned unasked, int64_t deadline_ns, const char *call)
{
        struct evsim_file_sleeper *sleepers =
                evsim_memory_alloc(&host->world->memory, count * sizeof *sleepers);
        int n;
        int r;

        begin_watching(host, sleepers, fds, count, unasked);
        do {
                r = evsim_wait(deadline_ns, call, -1);
                n = look(host, fds, count, unasked);
        } while (n == 0 && r == 0);
        end_watching(sleepers, count);
        evsim_memory_free(&host->world->memory, sleepers);
        return n == 0 && r == -EINTR ? -EINTR : n;
}

static int poll_files(struct evsim_host *host, struct pollfd *fds, size_t count, unsigned unasked,
                      int64_t timeout_ns, enum evsim_call call)
{
        const int64_t deadline_ns = evsim_wait_deadline_ns(host, call, timeout_ns);
        struct evsim_file *pretended = evsim_wait_pretend_fds(host, fds, count);
        int n = look(host, fds, count, unasked);

        evsim_wait_stop_pretending(pretended);
        if (n == 0 && timeout_ns != 0)
                n = sleep_and_look(host, fds, count, unasked, deadline_ns, evsim_call_name(call));
        else if (n == 0 && evsim_wait_is_interrupted(evsim_running))
                n = -EINTR;
        if (n == 0)
                evsim_world_turn(host->world);
        return n;
}

int evsim_sys_poll(struct evsim_host *host, struct pollfd *fds, size_t count, int64_t timeout_ns)
{
        int r = evsim_call_begin(host, EVSIM_CALL_POLL);

        if (r == 0 && count > (size_t)host->config.descriptors_max)
                r = -EINVAL;
        if (r == 0)
                r = poll_files(host, fds, count, UNASKED, timeout_ns, EVSIM_CALL_POLL);
        return (int)evsim_call_end(host, EVSIM_CALL_POLL, -1, timeout_ns, r);
}

/* ---- select ------------------------------------------------------------------------------------
 */

static bool has_bit(const unsigned long *set, int fd)
{
        return set != NULL && (set[fd / OS_SELECT_BITS] >> (fd % OS_SELECT_BITS) & 1) != 0;
}

static int set_bit(unsigned long *set, int fd)
{
        set[fd / OS_SELECT_BITS] |= 1UL << (fd % OS_SELECT_BITS);
        return 1;
}

static void clear(unsigned long *set, int nfds)
{
        if (set != NULL)
                memset(set, 0, OS_SELECT_WORDS(nfds) * sizeof *set);
}

/* select's question in poll's words: how many entries; -EBADF where a descriptor is not open. */
static int ask(struct evsim_host *host, int nfds, const unsigned long *readable,
               const unsigned long *writable, const unsigned long *except, struct pollfd *fds)
{
        int count = 0;

        for (int fd = 0; fd < nfds; fd++) {
                const int events = (has_bit(readable, fd) ? POLLIN | POLLHUP | POLLERR : 0) |
                                   (has_bit(writable, fd) ? POLLOUT | POLLERR : 0) |
                                   (has_bit(except, fd) ? POLLPRI : 0);

                if (events == 0)
                        continue;
                if (evsim_descriptor_get(host, fd) == NULL)
                        return -EBADF;
                fds[count++] = (struct pollfd){.fd = fd, .events = (short)events};
        }
        return count;
}

/* poll's answer in select's words: how many bits. */
static int answer(const struct pollfd *fds, int count, unsigned long *readable,
                  unsigned long *writable, unsigned long *except)
{
        int n = 0;

        for (int i = 0; i < count; i++) {
                const int wanted = fds[i].events;
                const int bits = fds[i].revents;

                if ((wanted & POLLIN) && (bits & (POLLIN | POLLHUP | POLLERR)))
                        n += set_bit(readable, fds[i].fd);
                if ((wanted & POLLOUT) && (bits & (POLLOUT | POLLERR)))
                        n += set_bit(writable, fds[i].fd);
                if ((wanted & POLLPRI) && (bits & POLLPRI))
                        n += set_bit(except, fds[i].fd);
        }
        return n;
}

static int select_files(struct evsim_host *host, int nfds, unsigned long *readable,
                        unsigned long *writable, unsigned long *except, int64_t timeout_ns)
{
        const size_t room = nfds > 0 ? (size_t)nfds : 1;
        struct pollfd *fds = evsim_memory_alloc(&host->world->memory, room * sizeof *fds);
        const int count = ask(host, nfds, readable, writable, except, fds);
        int r = count;

        if (count >= 0)
                r = poll_files(host, fds, (size_t)count, 0, timeout_ns, EVSIM_CALL_SELECT);
        if (r >= 0) {
                clear(readable, nfds);
                clear(writable, nfds);
                clear(except, nfds);
                r = answer(fds, count, readable, writable, except);
        }
        evsim_memory_free(&host->world->memory, fds);
        return r;
}

int evsim_sys_select(struct evsim_host *host, int nfds, unsigned long *readable,
                     unsigned long *writable, unsigned long *except, int64_t timeout_ns)
{
        int r = evsim_call_begin(host, EVSIM_CALL_SELECT);

        if (r == 0 && nfds < 0)
                r = -EINVAL;
        if (r == 0)
                r = select_files(host, nfds, readable, writable, except, timeout_ns);
        return (int)evsim_call_end(host, EVSIM_CALL_SELECT, -1, timeout_ns, r);
}
