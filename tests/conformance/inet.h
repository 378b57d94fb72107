/* SPDX-License-Identifier: BSD-3-Clause */
/* The loopback, for stories of TCP and UDP. */
#ifndef EVIDENT_CONFORMANCE_INET_H
#define EVIDENT_CONFORMANCE_INET_H

#include <netinet/in.h>

#include "story.h"

static inline struct sockaddr_in loopback(uint16_t port)
{
        struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = port};

        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        return address;
}

/* The address that a socket has; its port is the kernel's choice. */
static inline struct sockaddr_in name_of(struct story *s, int fd)
{
        struct sockaddr_in address = {0};
        socklen_t len = sizeof address;

        (void)s->kernel->getsockname(fd, (struct sockaddr *)&address, &len);
        return address;
}

/* Calls with an address of the internet. */
#define AT(address) (const struct sockaddr *)&(address), sizeof(address)

static inline int error_of(struct story *s, int fd)
{
        int error = -1;
        socklen_t len = sizeof error;

        (void)s->kernel->getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len);
        return error;
}

#endif
