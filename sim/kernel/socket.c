/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/socket.h"

#include <errno.h>
#include <fcntl.h>

#include "kernel/descriptor.h"
#include "kernel/wait.h"

void evsim_socket_init(struct evsim_socket *s, const struct evsim_file_ops *file_ops,
                       const struct evsim_socket_ops *ops, struct evsim_host *host, int domain,
                       int type, int protocol)
{
        const int flags = (type & SOCK_NONBLOCK) != 0 ? O_NONBLOCK : 0;

        evsim_file_init(&s->file, file_ops, host, O_RDWR | flags);
        s->ops = ops;
        s->domain = domain;
        s->type = type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC);
        s->protocol = protocol;
}

int evsim_socket_take_error(struct evsim_socket *s)
{
        const int error = s->error;

        s->error = 0;
        return -error;
}

/* ---- Sleeping ----------------------------------------------------------------------------------
 */

static int wait_for_peer(struct evsim_socket *s, const char *call, int fd)
{
        bool is_restart;
        int r;

        evsim_file_ref(&s->file);
        r = evsim_wait_among(s->busy_peer, EVSIM_NEVER, &is_restart, call, fd);
        if (r == -EINTR && is_restart)
                r = 0;
        evsim_file_unref(&s->file);
        return r;
}

int evsim_socket_wait(struct evsim_socket *s, unsigned events, const char *call, int fd)
{
        if (s->busy_peer != NULL)
                return wait_for_peer(s, call, fd);
        return evsim_file_wait(&s->file, events, EVSIM_NEVER, EVSIM_RESTARTS, call, fd);
}

/* ---- Transfers ---------------------------------------------------------------------------------
 */

static bool may_sleep(const struct evsim_socket *s, int flags)
{
        return (s->file.flags & O_NONBLOCK) == 0 && (flags & MSG_DONTWAIT) == 0;
}

/* Once; sleeps before it if it must. */
static ssize_t transfer(struct evsim_socket *s, struct evsim_message *m,
                        ssize_t (*once)(struct evsim_socket *, struct evsim_message *),
                        unsigned events, const char *call, int fd)
{
        const bool is_patient = may_sleep(s, m->flags);
        ssize_t n;
        int r;

        if (!is_patient)
                m->flags |= MSG_DONTWAIT;
        for (;;) {
                s->busy_peer = NULL;
                n = once(s, m);
                if (n != -EAGAIN || !is_patient)
                        return n;
                r = evsim_socket_wait(s, events, call, fd);
                if (r < 0)
                        return r;
        }
}

ssize_t evsim_socket_send(struct evsim_socket *s, struct evsim_message *m, const char *call, int fd)
{
        const size_t len = m->len;
        size_t done = 0;
        ssize_t n;

        evsim_file_ref(&s->file);
        do {
                n = transfer(s, m, s->ops->send, POLLOUT, call, fd);
                if (n < 0)
                        break;
                done += (size_t)n;
                m->bytes += n;
                m->len -= (size_t)n;
                /* A stream's blocking send goes on until all is sent. */
        } while (done < len && s->ops->is_stream && may_sleep(s, m->flags));
        if (done > 0)
                evsim_world_progress(s->file.host->world);
        else if (n == -EPIPE && s->ops->is_stream && (m->flags & MSG_NOSIGNAL) == 0)
                evsim_broken_pipe(s->file.host);
        evsim_file_unref(&s->file);
        return done > 0 ? (ssize_t)done : n;
}

ssize_t evsim_socket_recv(struct evsim_socket *s, struct evsim_message *m, const char *call, int fd)
{
        const bool wants_all = s->ops->is_stream && (m->flags & MSG_WAITALL) != 0 &&
                               (m->flags & MSG_PEEK) == 0 && may_sleep(s, m->flags);
        const size_t len = m->len;
        size_t done = 0;
        ssize_t n;

        evsim_file_ref(&s->file);
        do {
                n = transfer(s, m, s->ops->recv, POLLIN, call, fd);
                if (n <= 0)
                        break;
                done += (size_t)n;
                m->room += n;
                m->len -= (size_t)n;
        } while (wants_all && done < len);
        if (done > 0)
                evsim_world_progress(s->file.host->world);
        evsim_file_unref(&s->file);
        return done > 0 ? (ssize_t)done : n;
}

int evsim_socket_fault(struct evsim_socket *s, int fault)
{
        switch (fault) {
        case -ECONNRESET:
        case -ETIMEDOUT:
        case -EPIPE:
                if (s->ops->break_off == NULL || !s->ops->break_off(s, -fault))
                        return 0;
                if (fault != -EPIPE)
                        s->error = 0; /* the call reports it */
                return fault;
        default:
                return fault;
        }
}
