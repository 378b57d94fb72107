/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Options of sockets.
 *
 * Modelled (socket(7)): SO_TYPE, SO_DOMAIN, SO_PROTOCOL, SO_ACCEPTCONN, SO_ERROR, which getsockopt
 * takes away, SO_REUSEADDR, SO_REUSEPORT, SO_KEEPALIVE, SO_BROADCAST, SO_LINGER, SO_SNDBUF and
 * SO_RCVBUF, which are doubled and kept within limits; the families' own levels. Values that are
 * shorter than an int are EINVAL; getsockopt's are cut to the room there is.
 * Not modelled: SO_RCVTIMEO, SO_SNDTIMEO, SO_RCVLOWAT and all others.
 */
#include <errno.h>
#include <string.h>

#include "kernel/socket.h"

/* net.core.wmem_max and rmem_max as kernels have them by default, and the least sizes. */
enum { BUFFER_MAX = 212992, SEND_BUFFER_MIN = 4608, RECEIVE_BUFFER_MIN = 2304 };

static int buffer_size(int wanted, int least)
{
        const int capped = wanted < 0 || wanted > BUFFER_MAX ? BUFFER_MAX : wanted;

        return 2 * capped > least ? 2 * capped : least;
}

static int set_linger(struct evsim_socket *s, const void *value, socklen_t len)
{
        struct linger linger;

        if (len < sizeof linger)
                return -EINVAL;
        memcpy(&linger, value, sizeof linger);
        s->has_linger = linger.l_onoff != 0;
        s->linger_s = linger.l_linger;
        return 0;
}

static int set_socket_level(struct evsim_socket *s, int name, int value)
{
        switch (name) {
        case SO_REUSEADDR:
                s->may_reuse_address = value != 0;
                return 0;
        case SO_REUSEPORT:
                s->may_reuse_port = value != 0;
                return 0;
        case SO_KEEPALIVE:
                s->is_kept_alive = value != 0;
                if (s->ops->keep_alive != NULL)
                        s->ops->keep_alive(s);
                return 0;
        case SO_BROADCAST:
                s->does_broadcast = value != 0;
                return 0;
        case SO_SNDBUF:
                s->send_buffer = buffer_size(value, SEND_BUFFER_MIN);
                return 0;
        case SO_RCVBUF:
                s->receive_buffer = buffer_size(value, RECEIVE_BUFFER_MIN);
                return 0;
        case SO_TYPE:
        case SO_DOMAIN:
        case SO_PROTOCOL:
        case SO_ERROR:
        case SO_ACCEPTCONN:
                return -ENOPROTOOPT;
        default:
                evsim_unmodelled(s->file.host, "setsockopt", "option %d of SOL_SOCKET", name);
        }
}

int evsim_socket_set_option(struct evsim_socket *s, int level, int name, const void *value,
                            socklen_t len)
{
        int number;

        if (level == SOL_SOCKET && name == SO_LINGER)
                return set_linger(s, value, len);
        if (len < sizeof number)
                return -EINVAL;
        memcpy(&number, value, sizeof number);
        if (level == SOL_SOCKET)
                return set_socket_level(s, name, number);
        if (s->ops->set_option == NULL)
                return -EOPNOTSUPP;
        return s->ops->set_option(s, level, name, number);
}

static int get_socket_level(struct evsim_socket *s, int name, int *value)
{
        switch (name) {
        case SO_TYPE:
                *value = s->type;
                return 0;
        case SO_DOMAIN:
                *value = s->domain;
                return 0;
        case SO_PROTOCOL:
                *value = s->protocol;
                return 0;
        case SO_ERROR:
                *value = -evsim_socket_take_error(s);
                return 0;
        case SO_ACCEPTCONN:
                *value = s->is_listening;
                return 0;
        case SO_REUSEADDR:
                *value = s->may_reuse_address;
                return 0;
        case SO_REUSEPORT:
                *value = s->may_reuse_port;
                return 0;
        case SO_KEEPALIVE:
                *value = s->is_kept_alive;
                return 0;
        case SO_BROADCAST:
                *value = s->does_broadcast;
                return 0;
        case SO_SNDBUF:
                *value = s->send_buffer;
                return 0;
        case SO_RCVBUF:
                *value = s->receive_buffer;
                return 0;
        default:
                evsim_unmodelled(s->file.host, "getsockopt", "option %d of SOL_SOCKET", name);
        }
}

static int store(const void *from, size_t size, void *value, socklen_t *len)
{
        if (*len > size)
                *len = (socklen_t)size;
        memcpy(value, from, *len);
        return 0;
}

int evsim_socket_get_option(struct evsim_socket *s, int level, int name, void *value,
                            socklen_t *len)
{
        const struct linger linger = {.l_onoff = s->has_linger, .l_linger = s->linger_s};
        int number = 0;
        int r;

        if (level == SOL_SOCKET && name == SO_LINGER)
                return store(&linger, sizeof linger, value, len);
        if (level == SOL_SOCKET)
                r = get_socket_level(s, name, &number);
        else if (s->ops->get_option == NULL)
                r = -EOPNOTSUPP;
        else
                r = s->ops->get_option(s, level, name, &number);
        return r < 0 ? r : store(&number, sizeof number, value, len);
}
