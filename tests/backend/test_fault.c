/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Every call of a scenario fails once: the first in the first run, the second in the second, until
 * a run meets no fault. Whatever failed, the kernel's interest is afterwards what the backend said
 * it was, nothing is lost, and all memory comes back.
 */
#include "rig.h"
#include "suite.h"

#define COUNT 40 /* more than the first arrays hold */

#define ALL ((SHIM_FAILABLE | CTL) & ~SHIM_BIT(SHIM_CLOSE)) /* close does not fail here */

struct scenario {
        struct rig *rig;
        struct ends p[COUNT];
};

/* Real errors: an interruption is none (test_wait.c). */
static void let_waits_fail(struct rig *rig)
{
        rig->shim.errors[SHIM_EPOLL_WAIT] = ENOMEM;
        rig->shim.errors[SHIM_EPOLL_PWAIT2] = ENOMEM;
        rig->shim.errors[SHIM_POLL] = ENOMEM;
        rig->shim.errors[SHIM_SELECT] = ENOMEM;
        rig->shim.errors[SHIM_KEVENT_WAIT] = ENOMEM;
        rig->shim.errors[SHIM_DEVPOLL_POLL] = ENOMEM;
        rig->shim.errors[SHIM_PORT_GETN] = ENOMEM;
}

/* A turn in which the fault may come up. The loop would end with the error; another one works. */
static void turn(struct rig *rig)
{
        int r = rig->b->ops->prepare(rig->b);

        if (r == 0)
                r = rig->b->ops->wait(rig->b, 0);
        assert_true(r == 0 || rig->shim.hits > 0);
        if (r == 0)
                rig_collect(rig);
}

/* Each descriptor is ready for all that may be asked of it. */
static void check_interest(const struct scenario *s)
{
        struct rig *rig = s->rig;

        rig_turn(rig, 0);
        rig_turn(rig, 0);
        rig_turn(rig, 0);
        for (int i = 0; i < COUNT; i++)
                assert_int_equal(rig->found[s->p[i].a] & rig->interest[s->p[i].a],
                                 rig->interest[s->p[i].a]);
}

static void play(const struct scenario *s)
{
        struct rig *rig = s->rig;

        for (int i = 0; i < COUNT; i++) {
                (void)rig_try(rig, s->p[i].a, i % 2 == 0 ? R : R | W);
                if (i % 8 == 0)
                        turn(rig);
        }
        turn(rig);
        for (int i = 0; i < COUNT; i += 3)
                (void)rig_try(rig, s->p[i].a, W);
        turn(rig);
        for (int i = 0; i < COUNT; i += 2) {
                (void)rig_try(rig, s->p[i].a, 0);
                if (i % 4 == 0)
                        (void)rig_try(rig, s->p[i].a, R | W);
        }
        turn(rig);
}

static void make_ends(struct scenario *s)
{
        for (int i = 0; i < COUNT; i++) {
                s->p[i] = files_pair(s->rig->os);
                files_write(s->rig->os, s->p[i].b, "x");
        }
}

/* Closes first: what a failed removal left in the kernel goes with it. */
static void end(struct scenario *s)
{
        for (int i = 0; i < COUNT; i++) {
                const int number = s->p[i].a;

                files_close_ends(s->rig->os, &s->p[i]);
                rig_want(s->rig, number, 0);
        }
        rig_turn(s->rig, 0);
        assert_int_equal(s->rig->stale, 0);
}

static void test_each_call_fails_once(void **state)
{
        struct rig *rig = *state;
        struct scenario s = {.rig = rig};
        bool has_failed;
        int n = 0;

        let_waits_fail(rig);
        do {
                /* From a fresh backend, so that the first allocations are met as well. */
                rig->b->ops->close(rig->b);
                assert_true(shim_is_clean(&rig->shim));
                assert_int_equal(rig->row->ops->open(&rig->shim.os, rig->row->flags, &rig->b), 0);
                make_ends(&s);
                shim_fail(&rig->shim, ALL, ++n, false);
                play(&s);
                has_failed = rig->shim.hits > 0;
                shim_heal(&rig->shim);
                check_interest(&s);
                end(&s);
        } while (has_failed);
        assert_in_range(n, 10, 1000);
}

static void test_open_fails_cleanly(void **state)
{
        struct rig *rig = *state;
        const long bytes = rig->shim.live_bytes;
        const long descriptors = rig->shim.open_descriptors;
        int r = 0;

        for (int n = 1; n == 1 || r < 0; n++) {
                struct backend *b = NULL;

                shim_fail(&rig->shim, ALL, n, false);
                r = rig->row->ops->open(&rig->shim.os, rig->row->flags, &b);
                shim_heal(&rig->shim);
                if (r == 0)
                        b->ops->close(b);
                else
                        assert_true(r == -ENOMEM || r == -EMFILE);
                assert_int_equal(rig->shim.live_bytes, bytes);
                assert_int_equal(rig->shim.open_descriptors, descriptors);
                assert_in_range(n, 1, 10);
        }
}

/* Removal, and all that narrows, works without memory. */
static void test_removal_needs_no_memory(void **state)
{
        struct rig *rig = *state;
        struct ends p[COUNT];

        for (int i = 0; i < COUNT; i++) {
                p[i] = files_pair(rig->os);
                files_write(rig->os, p[i].b, "x");
                rig_want(rig, p[i].a, R | W);
        }
        rig_turn(rig, 0);
        shim_fail(&rig->shim, SHIM_MEMORY, 1, true);
        for (int i = 0; i < COUNT; i++)
                rig_want(rig, p[i].a, R);
        rig_turn(rig, 0);
        for (int i = 0; i < COUNT; i += 2)
                rig_want(rig, p[i].a, 0);
        rig_turn(rig, 0);
        rig_turn(rig, 0);
        for (int i = 0; i < COUNT; i++)
                assert_int_equal(rig->found[p[i].a], i % 2 == 0 ? 0 : R);
        rig_want_nothing(rig);
        rig_turn(rig, 0);
        assert_int_equal(rig->stale, 0);
        for (int i = 0; i < COUNT; i++)
                files_close_ends(rig->os, &p[i]);
}

int suite_fault(void)
{
        const struct CMUnitTest tests[] = {
                RIG_TEST(test_open_fails_cleanly),
                RIG_TEST(test_each_call_fails_once),
                RIG_TEST(test_removal_needs_no_memory),
        };
        return cmocka_run_group_tests_name("fault", tests, NULL, NULL);
}
