/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The wrappers of the BSDs' and Solaris's demultiplexers. On a system that has none of them they
 * are for simulated kernels.
 */
#include <assert.h>
#include <errno.h>

#include "os/checked.h"
#include "os/os.h"

/* ---- kqueue(2) --------------------------------------------------------------------------- */

bool os_has_kqueue(const struct os *os)
{
        return os->ops->kqueue != NULL;
}

int os_kqueue(struct os *os)
{
        return os_has_kqueue(os) ? checked_fd(os->ops->kqueue(os)) : -ENOSYS;
}

int os_kevent(struct os *os, int kq, const struct kevent *changes, int nchanges,
              struct kevent *events, int max, int64_t timeout_ns)
{
        assert(nchanges >= 0 && (changes != NULL || nchanges == 0));
        assert(events != NULL && max > 0 && max >= nchanges && timeout_ns >= -1);
        if (!os_has_kqueue(os))
                return -ENOSYS;
        return checked_count(os->ops->kevent(os, kq, changes, nchanges, events, max, timeout_ns),
                             max);
}

/* ---- /dev/poll --------------------------------------------------------------------------- */

bool os_has_devpoll(const struct os *os)
{
        return os->ops->devpoll_open != NULL;
}

int os_devpoll_open(struct os *os)
{
        return os_has_devpoll(os) ? checked_fd(os->ops->devpoll_open(os)) : -ENOSYS;
}

int os_devpoll_write(struct os *os, int dp, const struct pollfd *changes, int count)
{
        assert(changes != NULL && count > 0);
        if (!os_has_devpoll(os))
                return -ENOSYS;
        return checked(os->ops->devpoll_write(os, dp, changes, count));
}

int os_devpoll_poll(struct os *os, int dp, struct pollfd *out, int max, int64_t timeout_ns)
{
        assert(out != NULL && max > 0 && timeout_ns >= -1);
        if (!os_has_devpoll(os))
                return -ENOSYS;
        return checked_count(os->ops->devpoll_poll(os, dp, out, max, timeout_ns), max);
}

/* ---- Event ports ------------------------------------------------------------------------- */

bool os_has_ports(const struct os *os)
{
        return os->ops->port_create != NULL;
}

int os_port_create(struct os *os)
{
        return os_has_ports(os) ? checked_fd(os->ops->port_create(os)) : -ENOSYS;
}

int os_port_associate(struct os *os, int port, int fd, int events, void *user)
{
        assert(events != 0);
        if (!os_has_ports(os))
                return -ENOSYS;
        return checked(os->ops->port_associate(os, port, fd, events, user));
}

int os_port_dissociate(struct os *os, int port, int fd)
{
        if (!os_has_ports(os))
                return -ENOSYS;
        return checked(os->ops->port_dissociate(os, port, fd));
}

int os_port_getn(struct os *os, int port, struct port_event *out, int max, int64_t timeout_ns)
{
        assert(out != NULL && max > 0 && timeout_ns >= -1);
        if (!os_has_ports(os))
                return -ENOSYS;
        return checked_count(os->ops->port_getn(os, port, out, max, timeout_ns), max);
}
