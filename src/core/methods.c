/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which backend a base gets: the first, in order of preference, that the world has, that neither
 * the configuration nor the environment (EVENT_NOEPOLL, EVENT_NOPOLL, ...) forbids, that has the
 * features asked for, and that opens.
 *
 * The changelist is epoll with another name and is chosen by flag or by EVENT_EPOLL_USE_CHANGELIST,
 * after epoll itself was: who avoids "epoll" avoids both, as with libevent.
 */
#include <errno.h>
#include <event2/event.h>
#include <stddef.h>

#include "backend/backend.h"
#include "core/base.h"
#include "core/config.h"
#include "os/os.h"
#include "util/log.h"
#include "util/text.h"

static bool env_has(struct os *os, const char *name)
{
        return os_getenv(os, name) != NULL;
}

/* EVENT_NO and the method's name in capitals. */
static bool env_forbids(struct os *os, const char *method)
{
        char buf[64];
        struct evi_text name;

        evi_text_init(&name, buf, sizeof buf);
        evi_text_append(&name, "EVENT_NO");
        evi_text_append(&name, method);
        for (char *c = buf; *c != '\0'; c++)
                *c = evi_ascii_upper(*c);
        return !name.is_cut && env_has(os, buf);
}

static bool is_allowed(struct os *os, const struct event_config *config,
                       const struct backend_ops *ops)
{
        const int required = config == NULL ? 0 : config->required_features;

        if (!ops->is_available(os) || evi_config_avoids(config, ops->name))
                return false;
        if ((ops->features & required) != required)
                return false;
        return !evi_config_reads_env(config, os) || !env_forbids(os, ops->name);
}

static const struct backend_ops *variant(struct os *os, const struct event_config *config,
                                         const struct backend_ops *ops)
{
        const unsigned flags = config == NULL ? 0 : config->flags;
        const bool wants_changelist =
                (flags & EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST) ||
                (evi_config_reads_env(config, os) && env_has(os, "EVENT_EPOLL_USE_CHANGELIST"));

        return ops == &evi_backend_epoll && wants_changelist ? &evi_backend_epoll_changelist : ops;
}

int evi_methods_open(struct os *os, const struct event_config *config, unsigned backend_flags,
                     struct backend **out)
{
        int r = -ENODEV;

        for (const struct backend_ops *const *ops = evi_backends; *ops != NULL; ops++) {
                if (!is_allowed(os, config, *ops))
                        continue;
                r = variant(os, config, *ops)->open(os, backend_flags, out);
                if (r == 0 || r == -ENOMEM)
                        break;
        }
        if (r == -ENODEV)
                evi_log(os, EVENT_LOG_WARN, "event_base_new: no method is left to wait with");
        if (r == 0 && evi_config_reads_env(config, os) && env_has(os, "EVENT_SHOW_METHOD"))
                evi_log(os, EVENT_LOG_MSG, "libevent using: %s", (*out)->ops->name);
        return r;
}

/* Fills the process's list. With its lock. */
static void list_methods(struct os *os)
{
        const char **methods = os->process->methods;
        size_t n = 0;

        for (const struct backend_ops *const *ops = evi_backends; *ops != NULL; ops++)
                if ((*ops)->is_available(os) && n + 1 < OS_PROCESS_METHODS_MAX)
                        methods[n++] = (*ops)->name;
        methods[n] = NULL;
}

const char **event_get_supported_methods(void)
{
        struct os *os = os_current();
        struct os_process *process = os->process;

        os_lock(process, process->bases_lock);
        if (process->methods[0] == NULL)
                list_methods(os);
        os_unlock(process, process->bases_lock);
        return process->methods;
}

const char *event_base_get_method(const struct event_base *base)
{
        return base->backend->ops->name;
}

int event_base_get_features(const struct event_base *base)
{
        return base->backend->ops->features;
}
