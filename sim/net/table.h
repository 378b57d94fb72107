/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Hash tables of things that are part of themselves: the network finds hosts, ways, ports and
 * connections in them. Equal hashes stand together; who looks compares what it looks for.
 */
#ifndef EVIDENT_SIM_NET_TABLE_H
#define EVIDENT_SIM_NET_TABLE_H

#include <stddef.h>
#include <stdint.h>

struct evsim_memory;

struct evsim_node {
        struct evsim_node *next;
        uint64_t hash;
};

struct evsim_table {
        struct evsim_node **slots; /* NULL until there is something */
        size_t capacity;           /* a power of two, or 0 */
        size_t count;
};

void evsim_table_put(struct evsim_memory *memory, struct evsim_table *table,
                     struct evsim_node *node, uint64_t hash);
/* node is in the table. */
void evsim_table_remove(struct evsim_table *table, struct evsim_node *node);

/* The first node of this hash, and the next one after a node; NULL if there is none. */
struct evsim_node *evsim_table_first(const struct evsim_table *table, uint64_t hash);
struct evsim_node *evsim_table_next(const struct evsim_node *node);

#endif
