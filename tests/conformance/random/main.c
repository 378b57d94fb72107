/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Random sequences of calls against both kernels:
 *
 *     conformance_random [--calls N] [--seeds N] [--from S]     until so many calls or seeds agreed
 *     conformance_random --seed S                               one, with every call
 *
 * Where the kernels differ the sequence is shrunk and printed, with the command that makes it again.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "calls.h"

/* How often a difference must be seen again; how many may be that were not: one in a thousand
 * sequences, where the machine is busy. */
enum { AGAIN = 3, ONCE_ONLY_MAX = 25 };

struct options {
        uint64_t calls;
        uint64_t seeds;
        uint64_t from;
        bool is_one;
};

static int parse(int argc, char **argv, struct options *o)
{
        *o = (struct options){.calls = 1000000, .seeds = UINT64_MAX, .from = 1};
        for (int i = 1; i + 1 < argc; i += 2) {
                const uint64_t value = strtoull(argv[i + 1], NULL, 0);

                if (strcmp(argv[i], "--calls") == 0)
                        o->calls = value;
                else if (strcmp(argv[i], "--seeds") == 0)
                        o->seeds = value;
                else if (strcmp(argv[i], "--from") == 0)
                        o->from = value;
                else if (strcmp(argv[i], "--seed") == 0)
                        *o = (struct options){
                                .from = value, .seeds = 1, .calls = 1, .is_one = true};
                else
                        return -1;
        }
        return argc % 2 == 1 ? 0 : -1;
}

/* The real kernel's timers and deferred work may come between two calls where the machine stalls: a
 * difference counts if it is there each time. */
static bool differs_again(const struct sequence *q)
{
        struct verdict v;

        for (int i = 0; i < AGAIN; i++) {
                sequence_run(q, &v, false);
                if (v.at < 0)
                        return false;
        }
        return true;
}

static void report(struct sequence *q, struct verdict *v, const char *program)
{
        (void)printf("seed %" PRIu64 ", call %d: %s\n", q->seed, v->at, v->what);
        sequence_shrink(q, v);
        (void)printf("shrunk to %d calls%s%s:\n", q->n, q->has_watcher ? ", edges watched" : "",
                     q->has_probe ? ", polled after each" : "");
        sequence_run(q, v, true);
        (void)printf("%s\n", v->what);
        (void)printf("to see it again: %s --seed %" PRIu64 "\n", program, q->seed);
}

/* Each kind must have been made often enough to mean something, and each named difference met. */
static int report_counts(uint64_t ncalls, uint64_t nsequences)
{
        int nkinds = 0;
        int nrare = 0;

        for (int i = 0; i < kinds_count(); i++) {
                nkinds += sequence_counts()[i] > 0;
                if (ncalls >= 1000000 && sequence_counts()[i] < 1000) {
                        (void)printf("%s: %" PRIu64 " times only\n", kind_at(i)->name,
                                     sequence_counts()[i]);
                        nrare++;
                }
        }
        (void)printf("%" PRIu64 " calls of %d kinds in %" PRIu64 " sequences agree\n", ncalls,
                     nkinds, nsequences);
        return nrare + (ncalls >= 1000000 ? quirks_unused() : 0);
}

/* Linux's select passes over numbers beyond the end of the process's table, open or not, and how large
 * that is depends on who started it: large enough for all numbers here, it says EBADF as select(2)
 * has it. */
static void grow_table(void)
{
        const int high = 255;

        (void)dup2(STDOUT_FILENO, high);
        (void)close(high);
}

int main(int argc, char **argv)
{
        static struct sequence q;
        struct verdict v;
        struct options o;
        uint64_t ncalls = 0;
        uint64_t n;
        int nonce = 0;

        if (parse(argc, argv, &o) != 0) {
                (void)fprintf(stderr, "usage: %s [--calls N] [--seeds N] [--from S] [--seed S]\n",
                              argv[0]);
                return 2;
        }
        (void)close_range(FIRST_FD, ~0U, 0);
        grow_table();
        for (n = 0; n < o.seeds && ncalls < o.calls; n++) {
                sequence_draw(&q, o.from + n, &v, o.is_one);
                ncalls += (uint64_t)v.ncalls;
                if (v.at < 0)
                        continue;
                if (differs_again(&q) || ++nonce > ONCE_ONLY_MAX) {
                        report(&q, &v, argv[0]);
                        return 1;
                }
                (void)printf("once only: seed %" PRIu64 ", call %d: %s\n", q.seed, v.at, v.what);
        }
        return report_counts(ncalls, n) > 0;
}
