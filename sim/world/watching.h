/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How a whole process of worlds is looked at from outside, without the program's knowing: by
 * variables of the real environment (evident/sim.h, 'Looking at every world').
 */
#ifndef EVIDENT_SIM_WATCHING_H
#define EVIDENT_SIM_WATCHING_H

struct evsim_world;
struct evsim_world_config;

/* What the environment says of a world that begins. */
void evsim_watching_begin(struct evsim_world_config *config);

/* A world ends: its hash and its trace are written where the environment asks for them. */
void evsim_watching_end(const struct evsim_world *world);

#endif
