/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What event_config_*() collect for event_base_new_with_config().
 */
#ifndef EVIDENT_CORE_CONFIG_H
#define EVIDENT_CORE_CONFIG_H

#include "core/base.h"
#include "util/list.h"

struct event_config {
        struct os *os; /* the world in which it was made, whose memory it uses */
        struct evi_link avoided;
        int required_features;
        unsigned flags;
        int ncpus_hint; /* of use to Windows only, as in libevent; kept and not read */
        struct evi_dispatch_limits limits;
};

/* Limits that limit nothing. */
struct evi_dispatch_limits evi_no_limits(void);

/* Whether event_config_avoid_method() named this one. */
bool evi_config_avoids(const struct event_config *config, const char *method);

/* Whether the environment may be read: not if the base does not want it, nor in a process with
 * raised rights. */
bool evi_config_reads_env(const struct event_config *config, struct os *os);

#endif
