/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Names of unix sockets: unix(7), 'Address format'.
 *
 * Modelled: paths and abstract names of the host, each with its own length; autobind; EADDRINUSE,
 * EINVAL; a path that outlives its socket (ECONNREFUSED to those that connect, EADDRINUSE to those
 * that bind) until it is unlinked; ENOENT; EPROTOTYPE.
 * Not modelled: directories and their permissions: each path stands for itself.
 */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "kernel/unix.h"

enum { PATH_AT = offsetof(struct sockaddr_un, sun_path) };

static bool is_abstract(const struct evsim_unix_name *name)
{
        return name->address.sun_path[0] == '\0';
}

/* The address as it is stored: a path with its end, nothing behind it. 0 or -EINVAL. */
static int normalize(const struct sockaddr *address, socklen_t len, struct evsim_unix_name *out)
{
        *out = (struct evsim_unix_name){0};
        if (len <= PATH_AT || len > sizeof out->address || address->sa_family != AF_UNIX)
                return -EINVAL;
        memcpy(&out->address, address, len);
        out->len = len;
        if (!is_abstract(out))
                out->len =
                        (socklen_t)(PATH_AT +
                                    strnlen(out->address.sun_path, sizeof out->address.sun_path) +
                                    1);
        return 0;
}

int evsim_unix_check_address(const struct sockaddr *address, socklen_t len)
{
        struct evsim_unix_name name;

        return normalize(address, len, &name);
}

static bool is_same(const struct evsim_unix_name *a, const struct evsim_unix_name *b)
{
        return a->len == b->len &&
               memcmp(a->address.sun_path, b->address.sun_path,
                      a->len - PATH_AT > sizeof a->address.sun_path ? sizeof a->address.sun_path
                                                                    : a->len - PATH_AT) == 0;
}

static struct evsim_unix_name *look_up(struct evsim_host *host, const struct evsim_unix_name *key)
{
        for (struct evi_link *l = evi_list_first(&host->unix_names); l != NULL;
             l = evi_list_next(&host->unix_names, l)) {
                struct evsim_unix_name *name = EVI_CONTAINER_OF(l, struct evsim_unix_name, link);

                if (is_same(name, key))
                        return name;
        }
        return NULL;
}

void evsim_unix_name_ref(struct evsim_unix_name *name)
{
        name->refs++;
}

void evsim_unix_name_unref(struct evsim_host *host, struct evsim_unix_name *name)
{
        if (name != NULL && --name->refs == 0)
                evsim_memory_free(&host->world->memory, name);
}

static void unlist(struct evsim_host *host, struct evsim_unix_name *name)
{
        evi_list_remove(&name->link);
        evsim_unix_name_unref(host, name);
}

static int give_name(struct evsim_unix *u, const struct evsim_unix_name *wanted)
{
        struct evsim_host *host = u->socket.file.host;
        struct evsim_unix_name *name;

        if (look_up(host, wanted) != NULL)
                return -EADDRINUSE;
        name = evsim_memory_zalloc(&host->world->memory, sizeof *name);
        *name = *wanted;
        name->socket = u;
        name->refs = 2;
        u->name = name;
        evi_list_push_tail(&host->unix_names, &name->link);
        return 0;
}

/* An abstract name of five hexadecimal digits that is free; counted, where kernels draw it. */
static int autobind(struct evsim_unix *u)
{
        struct evsim_unix_name wanted = {.address.sun_family = AF_UNIX, .len = PATH_AT + 6};
        uint32_t i = 0;

        do {
                (void)snprintf(wanted.address.sun_path + 1, 6, "%05x", i++ & 0xfffffU);
        } while (give_name(u, &wanted) == -EADDRINUSE);
        return 0;
}

int evsim_unix_bind(struct evsim_socket *s, const struct sockaddr *address, socklen_t len)
{
        struct evsim_unix *u = evsim_unix_of(s);
        struct evsim_unix_name wanted;

        if (len == PATH_AT && address->sa_family == AF_UNIX)
                return u->name != NULL ? 0 : autobind(u);
        if (normalize(address, len, &wanted) < 0 || u->name != NULL)
                return -EINVAL;
        return give_name(u, &wanted);
}

void evsim_unix_unbind(struct evsim_unix *u)
{
        struct evsim_host *host = u->socket.file.host;
        struct evsim_unix_name *name = u->name;

        if (name == NULL)
                return;
        u->name = NULL;
        if (name->socket == u) {
                name->socket = NULL;
                if (is_abstract(name) && evi_link_is_listed(&name->link))
                        unlist(host, name);
        }
        evsim_unix_name_unref(host, name);
}

int evsim_unix_unlink(struct evsim_host *host, const char *path)
{
        struct evsim_unix_name key = {.address.sun_family = AF_UNIX};
        const size_t length = strlen(path);
        struct evsim_unix_name *name;

        if (length == 0 || length >= sizeof key.address.sun_path)
                return -ENOENT;
        memcpy(key.address.sun_path, path, length);
        key.len = (socklen_t)(PATH_AT + length + 1);
        name = look_up(host, &key);
        if (name == NULL)
                return -ENOENT;
        unlist(host, name);
        return 0;
}

struct evsim_unix *evsim_unix_find(struct evsim_unix *u, const struct sockaddr *address,
                                   socklen_t len, int *error)
{
        struct evsim_unix_name key;
        struct evsim_unix_name *name;

        *error = normalize(address, len, &key);
        if (*error < 0)
                return NULL;
        name = look_up(u->socket.file.host, &key);
        if (name == NULL)
                *error = is_abstract(&key) ? -ECONNREFUSED : -ENOENT;
        else if (name->socket == NULL)
                *error = -ECONNREFUSED;
        else if (name->socket->socket.type != u->socket.type)
                *error = is_abstract(&key) ? -ECONNREFUSED : -EPROTOTYPE;
        return *error < 0 ? NULL : name->socket;
}
