/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The checks of a host, by part. Each gives NULL, or what does not hold.
 */
#ifndef EVIDENT_SIM_CHECK_H
#define EVIDENT_SIM_CHECK_H

struct event_base;
struct evsim_host;

/* The simulated kernel knows of the base's descriptors what the base's fd map has told it. */
const char *evsim_check_interest(struct evsim_host *host, const struct event_base *base);

#endif
