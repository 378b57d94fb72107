/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What port_create(3C), port_associate(3C) and port_get(3C) say of illumos's <port.h>: as much as
 * src/ uses, to compile it where that header is not at hand.
 */
#ifndef FOREIGN_PORT_H
#define FOREIGN_PORT_H

#include <stdint.h>
#include <time.h>

#define PORT_SOURCE_FD 4

typedef struct port_event {
        int portev_events;
        unsigned short portev_source;
        unsigned short portev_pad;
        uintptr_t portev_object;
        void *portev_user;
} port_event_t;

int port_create(void);
int port_associate(int port, int source, uintptr_t object, int events, void *user);
int port_dissociate(int port, int source, uintptr_t object);
int port_getn(int port, port_event_t list[], unsigned max, unsigned *nget,
              const struct timespec *timeout);

#endif
