/* SPDX-License-Identifier: BSD-3-Clause */
/* How a base comes to its backend: configuration, features, the environment; and the version. */
#include "api.h"

static struct event_base *base_avoiding(const char *const *methods, int n)
{
        struct event_config *config = event_config_new();
        struct event_base *base;

        for (int i = 0; i < n; i++)
                EQ(event_config_avoid_method(config, methods[i]), 0);
        base = event_base_new_with_config(config);
        event_config_free(config);
        return base;
}

static void the_best_method_that_is_not_avoided(void **state)
{
        static const char *const methods[] = {"epoll", "poll", "select"};
        static const char *const next[] = {"epoll", "poll", "select"};

        (void)state;
        for (int n = 0; n < 3; n++) {
                struct event_base *base = base_avoiding(methods, n);

                OK(base != NULL);
                STREQ(event_base_get_method(base), next[n]);
                event_base_free(base);
        }
        log_catch();
        OK(base_avoiding(methods, 3) == NULL);
        EQ(log_last_severity(), EVENT_LOG_WARN);
}

static void odd_names_are_avoided_without_effect(void **state)
{
        static const char *const names[] = {"kqueue", "EPOLL", "", "no such method",
                                            "epoll (with changelist)"};
        struct event_base *base = base_avoiding(names, 5);

        (void)state;
        OK(base != NULL);
        STREQ(event_base_get_method(base), "epoll");
        event_base_free(base);
}

static void the_list_of_methods(void **state)
{
        const char **methods = event_get_supported_methods();

        (void)state;
        for (; *methods; methods++)
                say("%s", *methods);
        STORY("epoll poll select");
        OK(event_get_supported_methods() != NULL); /* asked again, as good */
}

static const char *method_with_features(int features)
{
        static char method[64];
        struct event_config *config = event_config_new();
        struct event_base *base;

        method[0] = '\0';
        EQ(event_config_require_features(config, features), 0);
        base = event_base_new_with_config(config);
        event_config_free(config);
        if (base) {
                strncpy(method, event_base_get_method(base), sizeof method - 1);
                EQ(event_base_get_features(base) & features, features);
                event_base_free(base);
        }
        return method;
}

static void features_are_required(void **state)
{
        (void)state;
        log_catch();
        STREQ(method_with_features(0), "epoll");
        STREQ(method_with_features(EV_FEATURE_ET), "epoll");
        STREQ(method_with_features(EV_FEATURE_O1), "epoll");
        STREQ(method_with_features(EV_FEATURE_EARLY_CLOSE), "epoll");
        STREQ(method_with_features(EV_FEATURE_FDS), "poll");
        STREQ(method_with_features(EV_FEATURE_FDS | EV_FEATURE_EARLY_CLOSE), "poll");
        STREQ(method_with_features(EV_FEATURE_FDS | EV_FEATURE_ET), "");
        STREQ(method_with_features(0x100), "");
}

static void a_config_is_only_read(void **state)
{
        struct event_config *config = event_config_new();
        struct event_base *a, *b;

        (void)state;
        EQ(event_config_avoid_method(config, "epoll"), 0);
        EQ(event_config_set_num_cpus_hint(config, 4), 0);
        a = event_base_new_with_config(config);
        b = event_base_new_with_config(config);
        event_config_free(config);
        STREQ(event_base_get_method(a), "poll");
        STREQ(event_base_get_method(b), "poll");
        event_base_free(a);
        event_base_free(b);
}

static void null_where_a_config_is_wanted(void **state)
{
        struct event_base *base;

        (void)state;
        EQ(event_config_set_flag(NULL, EVENT_BASE_FLAG_NOLOCK), -1);
        EQ(event_config_set_num_cpus_hint(NULL, 1), -1);
        EQ(event_config_require_features(NULL, 0), -1);
        base = event_base_new_with_config(NULL);
        OK(base != NULL);
        event_base_free(base);
}

static void flags_are_taken_whatever_they_are(void **state)
{
        struct event_config *config = event_config_new();
        struct event_base *base;

        (void)state;
        EQ(event_config_set_flag(config, 0x4000), 0);
        EQ(event_config_set_flag(config, EVENT_BASE_FLAG_STARTUP_IOCP), 0);
        EQ(event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK), 0);
        base = event_base_new_with_config(config);
        OK(base != NULL);
        event_base_free(base);
        event_config_free(config);
}

/* --- the environment (each in a child, for it is the process's) ---------------------------- */

struct environment {
        const char *name[3];
        const char *value;
        int flags;
};

static void tell_the_method(void *arg)
{
        const struct environment *environment = arg;
        struct event_config *config = event_config_new();
        struct event_base *base;

        for (int i = 0; i < 3 && environment->name[i]; i++)
                EQ(setenv(environment->name[i], environment->value, 1), 0);
        log_catch();
        EQ(event_config_set_flag(config, environment->flags), 0);
        base = event_base_new_with_config(config);
        report("%s", base ? event_base_get_method(base) : "none");
        if (log_count())
                report(" severity=%d", log_last_severity());
}

#define METHOD_IN(...) \
        (EQ(in_child(tell_the_method, &(struct environment){__VA_ARGS__}), 0), child_report())

static void variables_that_avoid_a_method(void **state)
{
        (void)state;
        STREQ(METHOD_IN({"EVENT_NOEPOLL"}, "1", 0), "poll");
        STREQ(METHOD_IN({"EVENT_NOEPOLL"}, "", 0), "poll"); /* any value */
        STREQ(METHOD_IN({"EVENT_NOPOLL"}, "1", 0), "epoll");
        STREQ(METHOD_IN({"EVENT_NOEPOLL", "EVENT_NOPOLL"}, "1", 0), "select");
        STREQ(METHOD_IN({"EVENT_NOEPOLL", "EVENT_NOPOLL", "EVENT_NOSELECT"}, "1", 0),
              "none severity=2");
        STREQ(METHOD_IN({"EVENT_NOEPOLL", "EVENT_NOPOLL", "EVENT_NOSELECT"}, "1",
                        EVENT_BASE_FLAG_IGNORE_ENV),
              "epoll");
}

static void variables_that_change_epoll(void **state)
{
        (void)state;
        STREQ(METHOD_IN({"EVENT_EPOLL_USE_CHANGELIST"}, "1", 0), "epoll (with changelist)");
        STREQ(METHOD_IN({"EVENT_EPOLL_USE_CHANGELIST"}, "1", EVENT_BASE_FLAG_IGNORE_ENV), "epoll");
        STREQ(METHOD_IN({NULL}, "1", EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST),
              "epoll (with changelist)");
        STREQ(METHOD_IN({"EVENT_PRECISE_TIMER"}, "1", 0), "epoll");
}

static void a_variable_that_shows_the_method(void **state)
{
        (void)state;
        STREQ(METHOD_IN({"EVENT_SHOW_METHOD"}, "1", 0), "epoll severity=1");
        STREQ(METHOD_IN({"EVENT_SHOW_METHOD", "EVENT_NOEPOLL"}, "1", 0), "poll severity=1");
}

static void event_base_new_reads_it_too(void *arg)
{
        struct event_base *base;

        (void)arg;
        EQ(setenv("EVENT_NOEPOLL", "yes", 1), 0);
        base = event_base_new();
        report("%s", event_base_get_method(base));
}

static void the_environment_of_a_plain_base(void **state)
{
        (void)state;
        CHILD_OK(event_base_new_reads_it_too, NULL);
        STREQ(child_report(), "poll");
}

/* --- the version --------------------------------------------------------------------------- */

static void the_version_is_that_of_the_headers(void **state)
{
        (void)state;
        STREQ(event_get_version(), LIBEVENT_VERSION);
        EQ(event_get_version_number(), LIBEVENT_VERSION_NUMBER);
        EQ(event_get_version_number(), 0x02010c00);
        EQ(event_get_struct_event_size(), sizeof(struct event));
        EQ(EVENT_MAX_PRIORITIES, 256);
}

static void a_base_lives_and_dies(void **state)
{
        (void)state;
        for (int i = 0; i < 20; i++) {
                struct event_base *base = event_base_new();

                OK(base != NULL);
                if (i % 2)
                        event_base_free(base);
                else
                        event_base_free_nofinalize(base);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                ON_ANY(the_best_method_that_is_not_avoided),
                ON_ANY(odd_names_are_avoided_without_effect),
                ON_ANY(the_list_of_methods),
                ON_ANY(features_are_required),
                ON_ANY(a_config_is_only_read),
                ON_ANY(null_where_a_config_is_wanted),
                ON_ANY(flags_are_taken_whatever_they_are),
                ON_ANY(variables_that_avoid_a_method),
                ON_ANY(variables_that_change_epoll),
                ON_ANY(a_variable_that_shows_the_method),
                ON_ANY(the_environment_of_a_plain_base),
                ON_ANY(the_version_is_that_of_the_headers),
                ON_ANY(a_base_lives_and_dies),
        };

        return RUN(tests);
}
