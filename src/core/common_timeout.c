/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The common timeouts of a base: made, and found again from the timeval that a program hands back.
 */
#include "core/common_timeout.h"

#include <errno.h>

#include "core/timers.h"
#include "os/os.h"
#include "util/duration.h"

struct evi_common_timeout *evi_timers_common(const struct evi_timers *t, const struct timeval *tv)
{
        if (!evi_common_is_marked((long)tv->tv_usec))
                return NULL;
        const uint32_t i = evi_common_index((long)tv->tv_usec);
        if (i >= (uint32_t)t->ncommons)
                return NULL;
        struct evi_common_timeout *common = t->commons[i];
        const bool is_same =
                common->duration.tv_sec == tv->tv_sec && common->duration.tv_usec == tv->tv_usec;
        return is_same ? common : NULL;
}

/* The timeval without magic, if the magic is this base's: of another's, the bits count as
 * microseconds. */
static struct timeval plain(const struct evi_timers *t, const struct timeval *tv)
{
        struct timeval result = *tv;

        if (evi_common_is_marked((long)tv->tv_usec) &&
            evi_common_index((long)tv->tv_usec) < (uint32_t)t->ncommons)
                result.tv_usec = (suseconds_t)evi_common_usec((long)tv->tv_usec);
        return result;
}

int64_t evi_timers_duration(const struct evi_timers *t, const struct timeval *tv)
{
        const struct timeval tv_plain = plain(t, tv);

        return evi_ns_from_timeval(&tv_plain);
}

static struct evi_common_timeout *find_common(const struct evi_timers *t, int64_t duration_ns)
{
        for (int i = 0; i < t->ncommons; i++)
                if (t->commons[i]->duration_ns == duration_ns)
                        return t->commons[i];
        return NULL;
}

static int append_common(struct evi_timers *t, struct os *os, struct evi_common_timeout *common)
{
        const size_t size = ((size_t)t->ncommons + 1) * sizeof(struct evi_common_timeout *);
        const int r = evi_heap_reserve(&t->queues, os, t->ncommons + 1 - t->queues.count);

        if (r < 0)
                return r;
        struct evi_common_timeout **commons = os_realloc(os, t->commons, size);
        if (commons == NULL)
                return -ENOMEM;
        t->commons = commons;
        t->commons[t->ncommons++] = common;
        return 0;
}

int evi_timers_make_common(struct evi_timers *t, struct os *os, const struct timeval *duration,
                           const struct timeval **out)
{
        const int64_t duration_ns = evi_timers_duration(t, duration);
        struct evi_common_timeout *common = find_common(t, duration_ns);
        int r;

        if (common == NULL) {
                if (t->ncommons == EVI_COMMON_MAX)
                        return -ENOSPC;
                common = os_calloc(os, 1, sizeof *common);
                if (common == NULL)
                        return -ENOMEM;
                evi_list_init(&common->events);
                common->heap_index = EVI_HEAP_NONE;
                common->duration_ns = duration_ns;
                evi_timeval_from_ns(duration_ns, &common->duration);
                common->duration.tv_usec = (suseconds_t)evi_common_encode(
                        (uint32_t)common->duration.tv_usec, (uint32_t)t->ncommons);
                r = append_common(t, os, common);
                if (r < 0) {
                        os_free(os, common);
                        return r;
                }
        }
        *out = &common->duration;
        return 0;
}
