/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The calls that every descriptor takes.
 *
 * Modelled: read, write, readv, writev, close, dup, dup2, dup3 with POSIX's rules of numbers, of
 * sharing flags and offset through one open file description, and of close-on-exec belonging to the
 * descriptor (dup(2), fcntl(2)); O_NONBLOCK; FIONREAD, FIONBIO.
 * Not modelled: record locks, leases, O_ASYNC, exec(2) (close-on-exec can be asked, no more).
 */
#include "kernel/descriptor.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/ioctl.h>

#include "kernel/calls.h"
#include "kernel/socket.h"

int evsim_descriptor_give(struct evsim_host *host, struct evsim_file *file, int flags)
{
        const int fd = evsim_fdtable_add(&host->files, file, (flags & O_CLOEXEC) != 0, 0);

        if (fd < 0)
                evsim_file_unref(file);
        return fd;
}

void evsim_broken_pipe(struct evsim_host *host)
{
        evsim_signal_send(host, evsim_running, SIGPIPE);
        if (evsim_signals_are_due(&host->signals, evsim_running->signals_pending,
                                  evsim_running->signals_blocked))
                evsim_call_deliver(host);
}

/* ---- Reading and writing -----------------------------------------------------------------------
 */

/* EAGAIN is only for who does not want to sleep, and no one may wait for an edge that never comes: it
 * is as if what was waited for came right after the call. */
int evsim_transfer_fault(struct evsim_file *file, int fault, unsigned events)
{
        if (fault == 0 || file == NULL) /* what is no descriptor is EBADF, whatever else happens */
                return 0;
        if (fault == -EAGAIN) {
                if ((file->flags & O_NONBLOCK) == 0)
                        return 0;
                evsim_file_notify(file, events);
                return fault;
        }
        if (file->ops->is_socket)
                return evsim_socket_fault(evsim_socket_of(file), fault);
        return fault == -ECONNRESET || fault == -ETIMEDOUT || fault == -EPIPE ? 0 : fault;
}

static int write_fault(struct evsim_file *file, int fault)
{
        const int r = evsim_transfer_fault(file, fault, POLLOUT);

        if (r == -EPIPE)
                evsim_broken_pipe(file->host);
        return r;
}

static int may_read(const struct evsim_file *file)
{
        if ((file->flags & O_ACCMODE) == O_WRONLY)
                return -EBADF;
        return file->ops->read == NULL && !file->ops->is_socket ? -EINVAL : 0;
}

static int may_write(const struct evsim_file *file)
{
        if ((file->flags & O_ACCMODE) == O_RDONLY)
                return -EBADF;
        return file->ops->write == NULL && !file->ops->is_socket ? -EINVAL : 0;
}

/* Of a socket that is asked for nothing, nothing is read, not even its error. */
ssize_t evsim_file_read(struct evsim_file *file, void *buf, size_t len, const char *call, int fd)
{
        ssize_t n = may_read(file);

        if (n < 0)
                return n;
        if (file->ops->is_socket && len == 0)
                return 0;
        if (file->ops->is_socket)
                return evsim_socket_recv(evsim_socket_of(file),
                                         &(struct evsim_message){.room = buf, .len = len}, call,
                                         fd);
        while ((n = file->ops->read(file, buf, len)) == -EAGAIN && !(file->flags & O_NONBLOCK)) {
                const int r = evsim_file_wait(file, POLLIN, EVSIM_NEVER, EVSIM_RESTARTS, call, fd);

                if (r < 0)
                        return r;
        }
        if (n > 0)
                evsim_world_progress(file->host->world);
        return n;
}

ssize_t evsim_file_write(struct evsim_file *file, const void *buf, size_t len, const char *call,
                         int fd)
{
        const unsigned char *at = buf;
        ssize_t n = may_write(file);

        if (n < 0)
                return n;
        if (file->ops->is_socket)
                return evsim_socket_send(evsim_socket_of(file),
                                         &(struct evsim_message){.bytes = buf, .len = len}, call,
                                         fd);
        do {
                n = file->ops->write(file, at, len - (size_t)(at - (const unsigned char *)buf));
                if (n == -EAGAIN && !(file->flags & O_NONBLOCK)) {
                        const int r = evsim_file_wait(file, POLLOUT, EVSIM_NEVER, EVSIM_RESTARTS,
                                                      call, fd);

                        if (r < 0 && at > (const unsigned char *)buf)
                                break;
                        if (r < 0)
                                return r;
                        continue;
                }
                if (n <= 0)
                        break;
                at += n;
                /* A blocking write goes on until all is written (write(2)). */
        } while (!(file->flags & O_NONBLOCK) && at < (const unsigned char *)buf + len);
        if (n == -EPIPE)
                evsim_broken_pipe(file->host);
        if (at == (const unsigned char *)buf)
                return n;
        evsim_world_progress(file->host->world);
        return at - (const unsigned char *)buf;
}

/* How many of len bytes a read does: fewer by an effect where the file has no boundaries. */
static size_t read_len(struct evsim_host *host, const struct evsim_file *file, enum evsim_call call,
                       size_t len)
{
        const bool has_bytes =
                file->ops->is_socket ? evsim_socket_is_stream(file) : file->ops->counts_bytes;

        return has_bytes ? evsim_call_shorten(host, call, len) : len;
}

/* The same of a write: one that may sleep does all, and a small one to a pipe all or nothing
 * (pipe(7), PIPE_BUF). */
static size_t write_len(struct evsim_host *host, const struct evsim_file *file,
                        enum evsim_call call, size_t len)
{
        if ((file->flags & O_NONBLOCK) == 0 || (!file->ops->is_socket && len <= PIPE_BUF))
                return len;
        return read_len(host, file, call, len);
}

ssize_t evsim_sys_read(struct evsim_host *host, int fd, void *buf, size_t len)
{
        ssize_t r = evsim_call_begin(host, EVSIM_CALL_READ);
        struct evsim_file *file = evsim_descriptor_get(host, fd);

        r = evsim_transfer_fault(file, (int)r, POLLIN);
        if (r == 0 && file == NULL)
                r = -EBADF;
        if (r == 0)
                r = evsim_file_read(file, buf, read_len(host, file, EVSIM_CALL_READ, len), "read",
                                    fd);
        return (ssize_t)evsim_call_end(host, EVSIM_CALL_READ, fd, (int64_t)len, r);
}

ssize_t evsim_sys_write(struct evsim_host *host, int fd, const void *buf, size_t len)
{
        ssize_t r = evsim_call_begin(host, EVSIM_CALL_WRITE);
        struct evsim_file *file = evsim_descriptor_get(host, fd);

        r = write_fault(file, (int)r);
        if (r == 0 && file == NULL)
                r = -EBADF;
        if (r == 0)
                r = evsim_file_write(file, buf, write_len(host, file, EVSIM_CALL_WRITE, len),
                                     "write", fd);
        return (ssize_t)evsim_call_end(host, EVSIM_CALL_WRITE, fd, (int64_t)len, r);
}

/* The bytes of all parts; -EINVAL where they overflow (readv(2)). */
static ssize_t total(const struct iovec *iov, int count)
{
        size_t sum = 0;

        if (count < 0 || count > 1024)
                return -EINVAL;
        for (int i = 0; i < count; i++) {
                if (iov[i].iov_len > (size_t)SSIZE_MAX - sum)
                        return -EINVAL;
                sum += iov[i].iov_len;
        }
        return (ssize_t)sum;
}

/* All parts as one: a pipe's write must be one write. Parts of nothing do not come to the file. */
static ssize_t read_parts(struct evsim_host *host, struct evsim_file *file, const struct iovec *iov,
                          size_t len, int fd)
{
        unsigned char *all = evsim_memory_alloc(&host->world->memory, len);
        const ssize_t n = evsim_file_read(file, all, len, "readv", fd);
        size_t done = 0;

        for (int i = 0; n > 0 && done < (size_t)n; i++) {
                const size_t left = (size_t)n - done;
                const size_t part = iov[i].iov_len < left ? iov[i].iov_len : left;

                memcpy(iov[i].iov_base, all + done, part);
                done += part;
        }
        evsim_memory_free(&host->world->memory, all);
        return n;
}

static ssize_t write_parts(struct evsim_host *host, struct evsim_file *file,
                           const struct iovec *iov, int count, size_t len, int fd)
{
        unsigned char *all = evsim_memory_alloc(&host->world->memory, len);
        size_t done = 0;
        ssize_t n;

        for (int i = 0; i < count; i++) {
                memcpy(all + done, iov[i].iov_base, iov[i].iov_len);
                done += iov[i].iov_len;
        }
        n = evsim_file_write(file, all, write_len(host, file, EVSIM_CALL_WRITEV, len), "writev",
                             fd);
        evsim_memory_free(&host->world->memory, all);
        return n;
}

ssize_t evsim_sys_readv(struct evsim_host *host, int fd, const struct iovec *iov, int count)
{
        ssize_t r = evsim_call_begin(host, EVSIM_CALL_READV);
        struct evsim_file *file = evsim_descriptor_get(host, fd);
        const ssize_t len = total(iov, count);

        r = evsim_transfer_fault(file, (int)r, POLLIN);
        if (r == 0 && file == NULL)
                r = -EBADF;
        if (r == 0)
                r = may_read(file);
        if (r == 0 && len < 0)
                r = len;
        if (r == 0 && len > 0)
                r = read_parts(host, file, iov, read_len(host, file, EVSIM_CALL_READV, (size_t)len),
                               fd);
        return (ssize_t)evsim_call_end(host, EVSIM_CALL_READV, fd, len, r);
}

ssize_t evsim_sys_writev(struct evsim_host *host, int fd, const struct iovec *iov, int count)
{
        ssize_t r = evsim_call_begin(host, EVSIM_CALL_WRITEV);
        struct evsim_file *file = evsim_descriptor_get(host, fd);
        const ssize_t len = total(iov, count);

        r = write_fault(file, (int)r);
        if (r == 0 && file == NULL)
                r = -EBADF;
        if (r == 0)
                r = may_write(file);
        if (r == 0 && len < 0)
                r = len;
        if (r == 0 && len > 0)
                r = write_parts(host, file, iov, count, (size_t)len, fd);
        return (ssize_t)evsim_call_end(host, EVSIM_CALL_WRITEV, fd, len, r);
}

/* ---- Numbers -----------------------------------------------------------------------------------
 */

int evsim_sys_close(struct evsim_host *host, int fd)
{
        const int fault = evsim_call_begin(host, EVSIM_CALL_CLOSE);
        int r = evsim_fdtable_close(&host->files, fd);

        if (r == 0)
                r = fault; /* whatever is answered, the descriptor is gone */
        return (int)evsim_call_end(host, EVSIM_CALL_CLOSE, fd, 0, r);
}

/* The file of fd once more, under the lowest free number from least on. */
static int duplicate(struct evsim_host *host, int fd, int least, bool is_cloexec)
{
        struct evsim_file *file = evsim_descriptor_get(host, fd);
        int r;

        if (file == NULL)
                return -EBADF;
        r = evsim_fdtable_add(&host->files, file, is_cloexec, least);
        if (r >= 0)
                evsim_file_ref(file);
        return r;
}

int evsim_sys_dup(struct evsim_host *host, int fd)
{
        int r = evsim_call_begin(host, EVSIM_CALL_DUP);

        if (r == 0)
                r = duplicate(host, fd, 0, false);
        return (int)evsim_call_end(host, EVSIM_CALL_DUP, fd, 0, r);
}

/* flags -1 is dup2(2), to which equal numbers are no error. */
static int duplicate_to(struct evsim_host *host, int fd, int to, int flags)
{
        struct evsim_file *file = evsim_descriptor_get(host, fd);

        if (flags >= 0 && (fd == to || (flags & ~O_CLOEXEC) != 0))
                return -EINVAL;
        if (file == NULL || to < host->files.first || to >= host->files.end)
                return -EBADF;
        if (fd == to)
                return to;
        evsim_file_ref(file);
        evsim_fdtable_set(&host->files, to, file, flags > 0 && (flags & O_CLOEXEC) != 0);
        return to;
}

int evsim_sys_dup3(struct evsim_host *host, int fd, int to, int flags)
{
        int r = evsim_call_begin(host, EVSIM_CALL_DUP2);

        if (r == 0)
                r = duplicate_to(host, fd, to, flags);
        return (int)evsim_call_end(host, EVSIM_CALL_DUP2, fd, to, r);
}

static bool *cloexec_of(struct evsim_host *host, int fd)
{
        return &host->files.slots[fd - host->files.first].is_cloexec;
}

static int control(struct evsim_host *host, struct evsim_file *file, int fd, int command,
                   int argument)
{
        const int settable = O_NONBLOCK | O_APPEND;

        switch (command) {
        case F_GETFL:
                return file->flags;
        case F_SETFL:
                file->flags = (file->flags & ~settable) | (argument & settable);
                return 0;
        case F_GETFD:
                return *cloexec_of(host, fd) ? FD_CLOEXEC : 0;
        case F_SETFD:
                *cloexec_of(host, fd) = (argument & FD_CLOEXEC) != 0;
                return 0;
        case F_DUPFD:
        case F_DUPFD_CLOEXEC:
                if (argument < 0 || argument >= host->files.end)
                        return -EINVAL;
                return duplicate(host, fd, argument, command == F_DUPFD_CLOEXEC);
        default:
                evsim_unmodelled(host, "fcntl", "command %d", command);
        }
}

int evsim_sys_fcntl(struct evsim_host *host, int fd, int command, int argument)
{
        int r = evsim_call_begin(host, EVSIM_CALL_FCNTL);
        struct evsim_file *file = evsim_descriptor_get(host, fd);

        if (r == 0)
                r = file == NULL ? -EBADF : control(host, file, fd, command, argument);
        return (int)evsim_call_end(host, EVSIM_CALL_FCNTL, fd, command, r);
}

int evsim_sys_ioctl(struct evsim_host *host, int fd, unsigned long request, int *value)
{
        int r = evsim_call_begin(host, EVSIM_CALL_IOCTL);
        struct evsim_file *file = evsim_descriptor_get(host, fd);

        if (r == 0 && file == NULL)
                r = -EBADF;
        if (r == 0 && request == FIONREAD && !file->ops->counts_bytes && !file->ops->is_socket)
                r = -ENOTTY;
        else if (r == 0 && request == FIONREAD && file->ops->is_socket &&
                 evsim_socket_of(file)->is_listening)
                r = -EINVAL;
        else if (r == 0 && request == FIONREAD)
                *value = (int)evsim_file_ask(file).readable;
        else if (r == 0 && request == FIONBIO)
                file->flags = (file->flags & ~O_NONBLOCK) | (*value != 0 ? O_NONBLOCK : 0);
        else if (r == 0)
                evsim_unmodelled(host, "ioctl", "request %#lx", request);
        return (int)evsim_call_end(host, EVSIM_CALL_IOCTL, fd, (int64_t)request, r);
}
