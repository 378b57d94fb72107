/* SPDX-License-Identifier: BSD-3-Clause */
#include "net/table.h"

#include "world/memory.h"

enum { CAPACITY_MIN = 16 };

static struct evsim_node **slot_of(const struct evsim_table *table, uint64_t hash)
{
        return &table->slots[hash & (table->capacity - 1)];
}

static void insert(const struct evsim_table *table, struct evsim_node *node)
{
        struct evsim_node **slot = slot_of(table, node->hash);

        node->next = *slot;
        *slot = node;
}

static void grow(struct evsim_memory *memory, struct evsim_table *table)
{
        const struct evsim_table before = *table;

        table->capacity = before.capacity > 0 ? 2 * before.capacity : CAPACITY_MIN;
        table->slots = evsim_memory_zalloc(memory, table->capacity * sizeof *table->slots);
        for (size_t i = 0; i < before.capacity; i++)
                for (struct evsim_node *node = before.slots[i], *next; node != NULL; node = next) {
                        next = node->next;
                        insert(table, node);
                }
        evsim_memory_free(memory, before.slots);
}

void evsim_table_put(struct evsim_memory *memory, struct evsim_table *table,
                     struct evsim_node *node, uint64_t hash)
{
        if (table->count >= table->capacity)
                grow(memory, table);
        node->hash = hash;
        insert(table, node);
        table->count++;
}

void evsim_table_remove(struct evsim_table *table, struct evsim_node *node)
{
        struct evsim_node **at = slot_of(table, node->hash);

        while (*at != node)
                at = &(*at)->next;
        *at = node->next;
        table->count--;
}

static struct evsim_node *skip(struct evsim_node *node, uint64_t hash)
{
        while (node != NULL && node->hash != hash)
                node = node->next;
        return node;
}

struct evsim_node *evsim_table_first(const struct evsim_table *table, uint64_t hash)
{
        return table->capacity > 0 ? skip(*slot_of(table, hash), hash) : NULL;
}

struct evsim_node *evsim_table_next(const struct evsim_node *node)
{
        return skip(node->next, node->hash);
}
