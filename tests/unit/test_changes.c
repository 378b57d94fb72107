/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The changelist's merge, for every old interest and every sequence of up to five changes, whether
 * the kernel still has the old interest when the merged change is sent or has lost it to a close.
 *
 * The kernel is modelled by the interest that it holds. A change that finds another state than it
 * was made for still succeeds, as backend/epoll.c sees to: so whatever is sent, the kernel holds
 * the new interest after it.
 */
#include "backend/changes.h"

#include <event2/event.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define LENGTH_MAX 5

/* Every interest that a descriptor may have: none, and each union of the three, edge-triggered or
 * not. */
static const short interests[] = {
        0,
        EV_READ,
        EV_WRITE,
        EV_CLOSED,
        EV_READ | EV_WRITE,
        EV_READ | EV_CLOSED,
        EV_WRITE | EV_CLOSED,
        EV_READ | EV_WRITE | EV_CLOSED,
        EV_ET | EV_READ,
        EV_ET | EV_WRITE,
        EV_ET | EV_CLOSED,
        EV_ET | EV_READ | EV_WRITE,
        EV_ET | EV_READ | EV_CLOSED,
        EV_ET | EV_WRITE | EV_CLOSED,
        EV_ET | EV_READ | EV_WRITE | EV_CLOSED,
};

#define COUNT (sizeof interests / sizeof interests[0])

struct sequence {
        short old;
        short steps[LENGTH_MAX];
        int length;
};

static bool removes(const struct sequence *s)
{
        for (int i = 0; i < s->length; i++)
                if (s->steps[i] == 0)
                        return true;
        return false;
}

static struct evi_change merged(const struct sequence *s)
{
        struct evi_change c = evi_change_begin(s->old, s->steps[0]);

        for (int i = 1; i < s->length; i++)
                c = evi_change_merge(c, s->steps[i]);
        return c;
}

static void check(const struct sequence *s)
{
        const struct evi_change c = merged(s);
        const short last = s->steps[s->length - 1];
        const bool is_new = removes(s);
        short from = -1;
        const bool is_due = evi_change_is_due(c, &from);

        /* Sending it leaves the last interest; after a close, which a removal announces, too. */
        assert_int_equal(c.now, last);
        assert_int_equal(is_due ? c.now : s->old, last);
        if (is_new)
                assert_int_equal(is_due ? c.now : 0, last);

        /* Nothing is sent in vain. */
        if (last == s->old && !(is_new && last != 0))
                assert_false(is_due);

        /* The backend learns whether it is to add, to change, to renew or to remove. */
        if (is_due)
                assert_int_equal(from, s->old != 0 && is_new && last != 0 ? last : s->old);
}

/* All continuations of s, which is checked already; returns their number. */
static unsigned long check_continuations(struct sequence *s)
{
        const short last = s->length > 0 ? s->steps[s->length - 1] : s->old;
        unsigned long count = 0;

        if (s->length == LENGTH_MAX)
                return 0;
        s->length++;
        for (size_t i = 0; i < COUNT; i++) {
                if (interests[i] == last)
                        continue;
                s->steps[s->length - 1] = interests[i];
                check(s);
                count += 1 + check_continuations(s);
        }
        s->length--;
        return count;
}

static void test_every_sequence_of_changes(void **state)
{
        unsigned long count = 0;

        (void)state;
        for (size_t i = 0; i < COUNT; i++) {
                struct sequence s = {.old = interests[i]};
                count += check_continuations(&s);
        }
        /* 15 old interests, 14 changes at each step, one to five steps. */
        assert_int_equal(count, 15UL * (14 + 196 + 2744 + 38416 + 537824));
}

static void test_interest_that_comes_and_goes_costs_nothing(void **state)
{
        struct evi_change c = evi_change_begin(EV_READ, EV_READ | EV_WRITE);
        short from;

        (void)state;
        assert_true(evi_change_is_due(c, &from));
        assert_int_equal(from, EV_READ);
        c = evi_change_merge(c, EV_READ);
        assert_false(evi_change_is_due(c, &from));
}

/* Delete, close, open, add: the number is the same, the file is not, and the kernel has to hear. */
static void test_an_add_after_a_delete_is_sent_though_nothing_seems_changed(void **state)
{
        struct evi_change c = evi_change_begin(EV_READ, 0);
        short from = 0;

        (void)state;
        c = evi_change_merge(c, EV_READ);
        assert_true(evi_change_is_due(c, &from));
        assert_int_equal(from, EV_READ);
        assert_int_equal(c.now, EV_READ);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_interest_that_comes_and_goes_costs_nothing),
                cmocka_unit_test(test_an_add_after_a_delete_is_sent_though_nothing_seems_changed),
                cmocka_unit_test(test_every_sequence_of_changes),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
