/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * A list of keys and their values, as HTTP headers and queries use it. Its layout is public:
 * programs walk it.
 *
 * The links are those of TAILQ_ENTRY and TAILQ_HEAD in <sys/queue.h> (queue(7)), written out, so
 * that its macros work on them for those who include it, and are neither needed, defined nor
 * undefined here.
 */
#ifndef EVENT2_KEYVALQ_STRUCT_H_INCLUDED_
#define EVENT2_KEYVALQ_STRUCT_H_INCLUDED_

#ifdef __cplusplus
extern "C" {
#endif

/** A key with its value. The list that it is in owns both strings. */
struct evkeyval {
        struct {
                struct evkeyval *tqe_next;  /**< the next one, NULL at the end */
                struct evkeyval **tqe_prev; /**< what points at this one */
        } next;
        char *key;
        char *value;
};

/** Head of the list. */
struct evkeyvalq {
        struct evkeyval *tqh_first; /**< the first one, NULL if there is none */
        struct evkeyval **tqh_last; /**< the last one's tqe_next, or tqh_first */
};

#ifdef __cplusplus
}
#endif

#endif
