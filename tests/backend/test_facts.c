/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Names, features and order, which programs know from libevent.
 */
#include "rig.h"
#include "suite.h"

struct fact {
        const char *name;
        int features; /* as libevent 2.1.12 reports them, on Linux where it runs there */
};

static const struct fact facts[] = {
        {"evport", 0},
        {"kqueue", EV_FEATURE_ET | EV_FEATURE_O1 | EV_FEATURE_FDS},
        {"devpoll", EV_FEATURE_O1 | EV_FEATURE_FDS},
        {"epoll", EV_FEATURE_ET | EV_FEATURE_O1 | EV_FEATURE_EARLY_CLOSE},
        {"epoll (with changelist)", EV_FEATURE_ET | EV_FEATURE_O1 | EV_FEATURE_EARLY_CLOSE},
        {"poll", EV_FEATURE_FDS | EV_FEATURE_EARLY_CLOSE},
        {"select", EV_FEATURE_FDS},
};

static void check_features(const struct backend_ops *ops)
{
        for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
                if (strcmp(facts[i].name, ops->name) != 0)
                        continue;
                assert_int_equal(ops->features, facts[i].features);
                return;
        }
        fail_msg("libevent has no method of this name");
}

static void test_features_are_libevents(void **state)
{
        check_features(((const struct rig *)*state)->row->ops);
        for (size_t i = 0; evi_backends[i] != NULL; i++)
                check_features(evi_backends[i]);
}

static void test_state_has_room_for_a_generation(void **state)
{
        const size_t size = ((struct rig *)*state)->row->ops->fd_state_size;

        assert_int_equal(size % sizeof(uint32_t), 0);
        assert_in_range(size, sizeof(uint32_t), 3 * sizeof(uint32_t));
}

static void test_methods_are_preferred_in_libevents_order(void **state)
{
        const char *const order[] = {"evport", "kqueue", "epoll", "devpoll", "poll", "select"};

        (void)state;
        for (size_t i = 0; i < 6; i++)
                assert_string_equal(evi_backends[i]->name, order[i]);
        assert_null(evi_backends[6]);
}

int suite_facts(void)
{
        const struct CMUnitTest tests[] = {
                RIG_TEST(test_features_are_libevents),
                RIG_TEST(test_state_has_room_for_a_generation),
                RIG_TEST(test_methods_are_preferred_in_libevents_order),
        };
        return cmocka_run_group_tests_name("facts", tests, NULL, NULL);
}
