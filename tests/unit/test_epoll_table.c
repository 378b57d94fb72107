/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The translation between the loop's interest and epoll's masks, for every argument there is.
 */
#include "backend/epoll_table.h"

#include <event2/event.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "os/epoll.h"

#define IN    ((uint32_t)EPOLLIN)
#define OUT   ((uint32_t)EPOLLOUT)
#define ERR   ((uint32_t)EPOLLERR)
#define HUP   ((uint32_t)EPOLLHUP)
#define RDHUP ((uint32_t)EPOLLRDHUP)
#define ET    ((uint32_t)EPOLLET)
#define R     EV_READ
#define W     EV_WRITE
#define C     EV_CLOSED

struct interest {
        int interest;
        uint32_t events; /* 0: no interest */
};

static const struct interest interests[] = {
        {0, 0},
        {R, IN},
        {W, OUT},
        {R | W, IN | OUT},
        {C, RDHUP},
        {R | C, IN | RDHUP},
        {W | C, OUT | RDHUP},
        {R | W | C, IN | OUT | RDHUP},
        {EV_ET, 0},
        {EV_ET | R, ET | IN},
        {EV_ET | W, ET | OUT},
        {EV_ET | R | W, ET | IN | OUT},
        {EV_ET | C, ET | RDHUP},
        {EV_ET | R | C, ET | IN | RDHUP},
        {EV_ET | W | C, ET | OUT | RDHUP},
        {EV_ET | R | W | C, ET | IN | OUT | RDHUP},
};

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static void test_every_change_of_interest(void **state)
{
        (void)state;
        for (size_t i = 0; i < COUNT(interests); i++) {
                for (size_t j = 0; j < COUNT(interests); j++) {
                        const struct interest *was = &interests[i];
                        const struct interest *now = &interests[j];
                        const struct evi_epoll_change change =
                                evi_epoll_change((short)was->interest, (short)now->interest);
                        const int op = now->events == 0   ? EPOLL_CTL_DEL
                                       : was->events == 0 ? EPOLL_CTL_ADD
                                                          : EPOLL_CTL_MOD;

                        assert_int_equal(change.op, op);
                        assert_int_equal(change.events, now->events);
                }
        }
}

/* Other flags of events, EV_PERSIST and EV_FINALIZE among them, are no interest of a descriptor. */
static void test_foreign_flags_are_ignored(void **state)
{
        const int known = R | W | C | EV_ET;

        (void)state;
        for (int bits = 0; bits < 0x100; bits++) {
                const struct evi_epoll_change change = evi_epoll_change(0, (short)bits);
                const struct evi_epoll_change plain = evi_epoll_change(0, (short)(bits & known));

                assert_int_equal(change.op, plain.op);
                assert_int_equal(change.events, plain.events);
        }
}

struct report {
        uint32_t events;
        int what;
};

/* All 32 that the kernel may make of the bits that it knows to report here. */
static const struct report reports[] = {
        {0, 0},
        {IN, R},
        {OUT, W},
        {IN | OUT, R | W},
        {ERR, R | W},
        {ERR | IN, R | W},
        {ERR | OUT, R | W},
        {ERR | IN | OUT, R | W},
        {HUP, R | W},
        {HUP | IN, R | W},
        {HUP | OUT, R | W},
        {HUP | IN | OUT, R | W},
        {HUP | ERR, R | W},
        {HUP | ERR | IN, R | W},
        {HUP | ERR | OUT, R | W},
        {HUP | ERR | IN | OUT, R | W},
        {RDHUP, C},
        {RDHUP | IN, R | C},
        {RDHUP | OUT, W | C},
        {RDHUP | IN | OUT, R | W | C},
        {RDHUP | ERR, R | W},
        {RDHUP | ERR | IN, R | W},
        {RDHUP | ERR | OUT, R | W},
        {RDHUP | ERR | IN | OUT, R | W},
        {RDHUP | HUP, C},
        {RDHUP | HUP | IN, R | C},
        {RDHUP | HUP | OUT, W | C},
        {RDHUP | HUP | IN | OUT, R | W | C},
        {RDHUP | HUP | ERR, R | W},
        {RDHUP | HUP | ERR | IN, R | W},
        {RDHUP | HUP | ERR | OUT, R | W},
        {RDHUP | HUP | ERR | IN | OUT, R | W},
};

static void test_every_report(void **state)
{
        uint32_t seen = 0;

        (void)state;
        for (size_t i = 0; i < COUNT(reports); i++) {
                const uint32_t e = reports[i].events;
                const int row = (e & IN ? 1 : 0) | (e & OUT ? 2 : 0) | (e & ERR ? 4 : 0) |
                                (e & HUP ? 8 : 0) | (e & RDHUP ? 16 : 0);

                assert_int_equal(evi_epoll_ready(e), reports[i].what);
                assert_int_equal(evi_epoll_ready(e | (uint32_t)EPOLLPRI), reports[i].what);
                seen |= UINT32_C(1) << row;
        }
        assert_int_equal(seen, UINT32_MAX);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_every_change_of_interest),
                cmocka_unit_test(test_foreign_flags_are_ignored),
                cmocka_unit_test(test_every_report),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
