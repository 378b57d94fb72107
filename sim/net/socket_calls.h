/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the calls of sockets have in common.
 */
#ifndef EVIDENT_SIM_NET_SOCKET_CALLS_H
#define EVIDENT_SIM_NET_SOCKET_CALLS_H

#include <stdbool.h>
#include <sys/socket.h>

struct evsim_host;
struct evsim_socket;

/* The socket under the number, unless r is an error already; else NULL, and -errno in *r. */
struct evsim_socket *evsim_socket_get(struct evsim_host *host, int fd, int *r);

/* Enough of an address to be looked at. */
bool evsim_is_address(const struct sockaddr *address, socklen_t len);

/* Copies an address to where the caller has *len bytes for it, and stores its full length there. */
void evsim_tell_address(const struct sockaddr_storage *from, socklen_t from_len,
                        struct sockaddr *address, socklen_t *len);

#endif
