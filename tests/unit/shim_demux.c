/* SPDX-License-Identifier: BSD-3-Clause */
/* The shim's kqueue, /dev/poll and event ports, as far as the inner world has them. */
#include "os/poll.h"
#include "shim.h"

/* ---- kqueue(2) --------------------------------------------------------------------------- */

static int shim_kqueue(struct os *os)
{
        struct shim *s = shim_of(os);
        const int fault = shim_fault(s, SHIM_KQUEUE);

        return shim_note_maker(s, SHIM_KQUEUE, fault != 0 ? fault : os_kqueue(s->inner));
}

static enum shim_call change_call(const struct kevent *changes, int nchanges)
{
        for (int i = 0; i < nchanges; i++)
                if ((changes[i].flags & EV_DELETE) == 0)
                        return SHIM_KEVENT_CHANGE;
        return SHIM_KEVENT_REMOVE;
}

static int shim_kevent(struct os *os, int kq, const struct kevent *changes, int nchanges,
                       struct kevent *events, int max, int64_t timeout_ns)
{
        struct shim *s = shim_of(os);
        enum shim_call call;
        int result;

        if (nchanges == 0)
                return shim_kevent_wait(s, kq, events, max, timeout_ns);
        call = change_call(changes, nchanges);
        result = shim_fault(s, call);
        if (result == 0)
                result = os_kevent(s->inner, kq, changes, nchanges, events, max, timeout_ns);
        return shim_note(s, call, (int)changes[0].ident, nchanges, result);
}

/* ---- /dev/poll --------------------------------------------------------------------------- */

static int shim_devpoll_open(struct os *os)
{
        struct shim *s = shim_of(os);
        const int fault = shim_fault(s, SHIM_DEVPOLL_OPEN);

        return shim_note_maker(s, SHIM_DEVPOLL_OPEN,
                               fault != 0 ? fault : os_devpoll_open(s->inner));
}

static enum shim_call write_call(const struct pollfd *changes, int count)
{
        for (int i = 0; i < count; i++)
                if ((changes[i].events & OS_POLLREMOVE) == 0)
                        return SHIM_DEVPOLL_WRITE;
        return SHIM_DEVPOLL_REMOVE;
}

static int shim_devpoll_write(struct os *os, int dp, const struct pollfd *changes, int count)
{
        struct shim *s = shim_of(os);
        const enum shim_call call = write_call(changes, count);
        const int fault = shim_fault(s, call);

        return shim_note(s, call, changes[0].fd, count,
                         fault != 0 ? fault : os_devpoll_write(s->inner, dp, changes, count));
}

/* ---- Event ports ------------------------------------------------------------------------- */

static int shim_port_create(struct os *os)
{
        struct shim *s = shim_of(os);
        const int fault = shim_fault(s, SHIM_PORT_CREATE);

        return shim_note_maker(s, SHIM_PORT_CREATE, fault != 0 ? fault : os_port_create(s->inner));
}

static int shim_port_associate(struct os *os, int port, int fd, int events, void *user)
{
        struct shim *s = shim_of(os);
        int result = shim_fault(s, SHIM_PORT_ASSOCIATE);

        if (result == 0)
                result = os_port_associate(s->inner, port, fd, events, user);
        return shim_note(s, SHIM_PORT_ASSOCIATE, fd, events, result);
}

static int shim_port_dissociate(struct os *os, int port, int fd)
{
        struct shim *s = shim_of(os);
        const int fault = shim_fault(s, SHIM_PORT_DISSOCIATE);

        return shim_note(s, SHIM_PORT_DISSOCIATE, fd, 0,
                         fault != 0 ? fault : os_port_dissociate(s->inner, port, fd));
}

void shim_init_demux(struct shim *s)
{
        if (os_has_kqueue(s->inner)) {
                s->ops.kqueue = shim_kqueue;
                s->ops.kevent = shim_kevent;
        }
        if (os_has_devpoll(s->inner)) {
                s->ops.devpoll_open = shim_devpoll_open;
                s->ops.devpoll_write = shim_devpoll_write;
                s->ops.devpoll_poll = shim_devpoll_poll;
        }
        if (os_has_ports(s->inner)) {
                s->ops.port_create = shim_port_create;
                s->ops.port_associate = shim_port_associate;
                s->ops.port_dissociate = shim_port_dissociate;
                s->ops.port_getn = shim_port_getn;
        }
}
