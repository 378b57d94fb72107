/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Event ports' types and constants for every Unix. On illumos and Solaris they are the system's;
 * elsewhere, where only a simulated kernel has ports, our own declarations with the same values
 * (port_create(3C), port_associate(3C)), so that the backend is one source everywhere.
 */
#ifndef EVIDENT_OS_PORTS_H
#define EVIDENT_OS_PORTS_H

#include <stdint.h>

#if defined(__sun)
#include <port.h>
#else

/* Where an event comes from. */
#define PORT_SOURCE_AIO   1
#define PORT_SOURCE_TIMER 2
#define PORT_SOURCE_USER  3
#define PORT_SOURCE_FD    4
#define PORT_SOURCE_ALERT 5
#define PORT_SOURCE_MQ    6
#define PORT_SOURCE_FILE  7

struct port_event {
        int portev_events;            /* of a descriptor: poll's bits */
        unsigned short portev_source; /* PORT_SOURCE_* */
        unsigned short portev_pad;
        uintptr_t portev_object; /* of a descriptor: its number */
        void *portev_user;       /* the caller's, as it was given with the association */
};
#endif

#endif
