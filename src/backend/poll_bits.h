/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Between the loop's words and poll's bits, which several kernels speak. Pure functions.
 */
#ifndef EVIDENT_BACKEND_POLL_BITS_H
#define EVIDENT_BACKEND_POLL_BITS_H

/* The bits to ask for (poll(2)) by an interest; OS_POLLRDHUP for EV_CLOSED, where there is that. */
short evi_poll_asked(short interest);

/* What bits that came back say. An error, a hang-up and a closed descriptor come unasked, and are
 * readable and writable, as libevent has them, so that who waits learns the rest from the next
 * call. */
short evi_poll_ready(int bits);

#endif
