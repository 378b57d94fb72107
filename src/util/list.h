/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Intrusive circular doubly linked lists: a link lives in the thing that is listed, a head is a
 * link of its own.
 *
 * The two pointers of a link may be laid over those that struct event's public layout reserves
 * under other types (TAILQ_ENTRY, LIST_ENTRY of libevent's headers); hence may_alias, which gcc and
 * clang both know.
 *
 * A link that is in no list has next == NULL. A head always has next != NULL.
 */
#ifndef EVIDENT_UTIL_LIST_H
#define EVIDENT_UTIL_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct __attribute__((may_alias)) evi_link {
        struct evi_link *next;
        struct evi_link *prev;
};

/* The struct of the given type whose member is at ptr. */
#define EVI_CONTAINER_OF(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

static inline void evi_list_init(struct evi_link *head)
{
        head->next = head;
        head->prev = head;
}

static inline bool evi_list_is_empty(const struct evi_link *head)
{
        return head->next == head;
}

static inline bool evi_link_is_listed(const struct evi_link *link)
{
        return link->next != NULL;
}

/* link, which is in no list, goes before pos, which is in one or is its head (then link becomes the
 * last). */
static inline void evi_list_insert_before(struct evi_link *pos, struct evi_link *link)
{
        link->prev = pos->prev;
        link->next = pos;
        pos->prev->next = link;
        pos->prev = link;
}

static inline void evi_list_push_tail(struct evi_link *head, struct evi_link *link)
{
        evi_list_insert_before(head, link);
}

static inline void evi_list_push_head(struct evi_link *head, struct evi_link *link)
{
        evi_list_insert_before(head->next, link);
}

/* link leaves the list that it is in. */
static inline void evi_list_remove(struct evi_link *link)
{
        link->prev->next = link->next;
        link->next->prev = link->prev;
        link->next = NULL;
        link->prev = NULL;
}

/* The first and last link; NULL if there is none. */
static inline struct evi_link *evi_list_first(const struct evi_link *head)
{
        return head->next == head ? NULL : head->next;
}

static inline struct evi_link *evi_list_last(const struct evi_link *head)
{
        return head->prev == head ? NULL : head->prev;
}

/* The link after this one of the head's list; NULL after the last. */
static inline struct evi_link *evi_list_next(const struct evi_link *head,
                                             const struct evi_link *link)
{
        return link->next == head ? NULL : link->next;
}

static inline struct evi_link *evi_list_prev(const struct evi_link *head,
                                             const struct evi_link *link)
{
        return link->prev == head ? NULL : link->prev;
}

/* All of from's links go behind to's, in their order; from, another list, is empty then. */
static inline void evi_list_move_all(struct evi_link *from, struct evi_link *to)
{
        if (evi_list_is_empty(from))
                return;
        from->next->prev = to->prev;
        from->prev->next = to;
        to->prev->next = from->next;
        to->prev = from->prev;
        evi_list_init(from);
}

#endif
