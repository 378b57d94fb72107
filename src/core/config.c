/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * event_config_*: wishes for a base that is to be made.
 */
#include "core/config.h"

#include <errno.h>
#include <event2/event.h>
#include <limits.h>
#include <string.h>

#include "os/os.h"
#include "util/duration.h"

struct avoided {
        struct evi_link link;
        char method[];
};

struct evi_dispatch_limits evi_no_limits(void)
{
        return (struct evi_dispatch_limits){-1, INT_MAX, 0};
}

struct event_config *event_config_new(void)
{
        struct os *os = os_current();
        struct event_config *config = os_calloc(os, 1, sizeof *config);

        if (config == NULL) {
                errno = ENOMEM;
                return NULL;
        }
        config->os = os;
        evi_list_init(&config->avoided);
        config->limits = evi_no_limits();
        return config;
}

static struct avoided *avoided_of(struct evi_link *link)
{
        return EVI_CONTAINER_OF(link, struct avoided, link);
}

void event_config_free(struct event_config *config)
{
        struct evi_link *first;

        if (config == NULL)
                return;
        while ((first = evi_list_first(&config->avoided)) != NULL) {
                evi_list_remove(first);
                os_free(config->os, avoided_of(first));
        }
        os_free(config->os, config);
}

int event_config_avoid_method(struct event_config *config, const char *method)
{
        const size_t size = method == NULL ? 0 : strlen(method) + 1;
        struct avoided *avoided;

        if (config == NULL || method == NULL) {
                errno = EINVAL;
                return -1;
        }
        avoided = os_alloc(config->os, sizeof *avoided + size);
        if (avoided == NULL) {
                errno = ENOMEM;
                return -1;
        }
        memcpy(avoided->method, method, size);
        evi_list_push_tail(&config->avoided, &avoided->link);
        return 0;
}

bool evi_config_avoids(const struct event_config *config, const char *method)
{
        struct evi_link *l;

        if (config == NULL)
                return false;
        for (l = evi_list_first(&config->avoided); l != NULL;
             l = evi_list_next(&config->avoided, l))
                if (strcmp(avoided_of(l)->method, method) == 0)
                        return true;
        return false;
}

bool evi_config_reads_env(const struct event_config *config, struct os *os)
{
        if (config != NULL && (config->flags & EVENT_BASE_FLAG_IGNORE_ENV))
                return false;
        return !os_is_privileged(os);
}

int event_config_require_features(struct event_config *config, int features)
{
        if (config == NULL) {
                errno = EINVAL;
                return -1;
        }
        config->required_features = features;
        return 0;
}

int event_config_set_flag(struct event_config *config, int flag)
{
        if (config == NULL) {
                errno = EINVAL;
                return -1;
        }
        config->flags |= (unsigned)flag;
        return 0;
}

int event_config_set_num_cpus_hint(struct event_config *config, int cpus)
{
        if (config == NULL) {
                errno = EINVAL;
                return -1;
        }
        config->ncpus_hint = cpus;
        return 0;
}

int event_config_set_max_dispatch_interval(struct event_config *config,
                                           const struct timeval *max_interval, int max_callbacks,
                                           int min_priority)
{
        config->limits = (struct evi_dispatch_limits){
                .interval_ns = max_interval == NULL ? -1 : evi_ns_from_timeval(max_interval),
                .max_callbacks = max_callbacks >= 0 ? max_callbacks : INT_MAX,
                .min_priority = min_priority >= 0 ? min_priority : 0,
        };
        return 0;
}
