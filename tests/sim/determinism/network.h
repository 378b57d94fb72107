/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The worlds that have a network.
 */
#ifndef TESTS_SIM_DETERMINISM_NETWORK_H
#define TESTS_SIM_DETERMINISM_NETWORK_H

#include <evident/sim.h>

/* Hosts and tasks of such a world; trouble comes to all of them, if it is not NULL. */
void network_populate(struct evsim_world *world, const struct evsim_trouble *trouble);

#endif
