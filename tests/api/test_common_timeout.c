/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Common timeouts: an interval that many events share is asked for once, and comes back as a
 * struct timeval with magic in tv_usec, which events are then added with.
 */
#include "api.h"

static void a_common_timeout_is_a_time_with_magic_in_it(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        const struct timeval *first = event_base_init_common_timeout(base, MS(3));
        const struct timeval *second = event_base_init_common_timeout(base, MS(7));

        OK(first != NULL && second != NULL);
        EQ(first->tv_sec, 0);
        EQ(first->tv_usec, 0x50000000 | 3000);
        EQ(second->tv_usec, 0x50000000 | 1 << 20 | 7000);
        /* the same interval again, or the magic itself, is the same timeout */
        OK(event_base_init_common_timeout(base, MS(3)) == first);
        OK(event_base_init_common_timeout(base, second) == second);
        event_base_free(base);
}

static void too_many_microseconds_in_a_common_timeout(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        const struct timeval *common = event_base_init_common_timeout(base, TV(1, 2500000));

        OK(common != NULL);
        EQ(common->tv_sec, 3);
        EQ(common->tv_usec, 0x50000000 | 500000);
        event_base_free(base);
}

static void there_are_256_common_timeouts(void **state)
{
        struct event_base *base = base_on(backend_of(state));

        for (int i = 0; i < 256; i++)
                OK(event_base_init_common_timeout(base, TV(i + 1, 0)) != NULL);
        log_catch();
        OK(event_base_init_common_timeout(base, TV(1000, 0)) == NULL);
        EQ(log_last_severity(), EVENT_LOG_WARN);
        event_base_free(base);
}

/* Programs copy the struct and pass the copy; its place in memory means nothing. */
static void common_timeouts_fire_in_the_order_of_adding(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        struct timeval copy = *event_base_init_common_timeout(base, MS(4));
        static const char *const names[] = {"1", "2", "3", "4", "5", "6"};
        struct event *ev[6];

        for (int i = 0; i < 6; i++) {
                ev[i] = evtimer_new(base, tell, NAME(names[i]));
                EQ(evtimer_add(ev[i], &copy), 0);
        }
        EQ(event_del(ev[2]), 0);
        EQ(evtimer_add(ev[0], &copy), 0); /* goes to the end */
        EQ(event_base_dispatch(base), 1);
        STORY("2=TIMEOUT 4=TIMEOUT 5=TIMEOUT 6=TIMEOUT 1=TIMEOUT");
        for (int i = 0; i < 6; i++)
                event_free(ev[i]);
        event_base_free(base);
}

static void a_common_timeout_persists(void **state)
{
        struct event_base *base = precise_base();
        const struct timeval *common = event_base_init_common_timeout(base, MS(3));
        int n = 0;
        struct event *ev = event_new(base, -1, EV_PERSIST, count, &n);
        int64_t start = base_now_usec(base);

        (void)state;
        EQ(event_add(ev, common), 0);
        loop_until(base, &n, 3);
        TOOK(base_now_usec(base) - start, 9000);
        event_free(ev);
        event_base_free(base);
}

struct mixture {
        struct event *plain1, *common10, *plain20;
        const struct timeval *common;
};

static void arm_the_mixture(void *arg)
{
        const struct mixture *m = arg;

        EQ(evtimer_add(m->plain20, MS(20)), 0);
        EQ(evtimer_add(m->common10, m->common), 0);
        EQ(evtimer_add(m->plain1, MS(1)), 0);
}

static void common_and_plain_timeouts_side_by_side(void **state)
{
        struct event_base *base = base_on(backend_of(state));
        struct mixture m = {evtimer_new(base, tell, NAME("plain1")),
                            evtimer_new(base, tell, NAME("common10")),
                            evtimer_new(base, tell, NAME("plain20")),
                            event_base_init_common_timeout(base, MS(10))};

        in_one_instant(base, arm_the_mixture, &m);
        EQ(event_base_dispatch(base), 1);
        STORY("plain1=TIMEOUT common10=TIMEOUT plain20=TIMEOUT");
        event_free(m.plain1);
        event_free(m.common10);
        event_free(m.plain20);
        event_base_free(base);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                ON_ANY(a_common_timeout_is_a_time_with_magic_in_it),
                ON_ANY(too_many_microseconds_in_a_common_timeout),
                ON_ANY(there_are_256_common_timeouts),
                ON_EACH_BACKEND(common_timeouts_fire_in_the_order_of_adding),
                ON_ANY(a_common_timeout_persists),
                ON_ANY(common_and_plain_timeouts_side_by_side),
        };

        return RUN(tests);
}
