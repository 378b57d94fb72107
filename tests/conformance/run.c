/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tells stories to both kernels and compares: `stories [object ...]`, all without one.
 *
 * The real kernel's numbers of descriptors begin at 3 here as the simulated one's do, so that they
 * can be compared: what the process was started with beyond 2 is closed.
 */
#include <evident/sim.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "story.h"

enum { FIRST_FD = 3, LAST_FD = 1023 };

static const struct book *const books[] = {
        &pipe_book, &eventfd_book, &timerfd_book, &signalfd_book,   &epoll_book,
        &edge_book, &nested_book,  &poll_book,    &select_book,     &unix_book,
        &tcp_book,  &udp_book,     &file_book,    &descriptor_book, &signal_book,
};

/* ---- Two arms ----------------------------------------------------------------------------------
 */

struct telling {
        const struct tale *tale;
        struct story story;
};

static void begin(struct telling *t, const struct kernel *kernel, const struct book *book,
                  const struct tale *tale)
{
        *t = (struct telling){
                .tale = tale,
                .story = {.kernel = kernel,
                          .file = book->object,
                          .buf = calloc(1, STORY_BUF),
                          .is_settling = book->is_settling},
        };
        assert_non_null(t->story.buf);
}

static void end(struct telling *t)
{
        free(t->story.lines);
        free(t->story.buf);
}

/* No signal ends the process unasked, in either world. */
static void tell(void *arg)
{
        struct telling *t = arg;
        struct sigaction ignore = {.sa_handler = SIG_IGN};

        (void)t->story.kernel->sigaction(SIGPIPE, &ignore, NULL);
        t->tale->tell(&t->story);
}

static void tell_really(struct telling *t)
{
        sigset_t none;

        sigemptyset(&none);
        tell(t);
        for (int fd = FIRST_FD; fd <= LAST_FD; fd++)
                (void)close(fd);
        for (int n = 1; n < NSIG; n++)
                (void)signal(n, SIG_IGN); /* and with that nothing is pending */
        for (int n = 1; n < NSIG; n++)
                (void)signal(n, SIG_DFL);
        (void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static bool tell_simulated(struct telling *t)
{
        struct evsim_world *world = evsim_world_new(NULL);
        struct evsim_host *host = evsim_host_new(world, "host", NULL);
        bool is_done;

        (void)evsim_task_new(host, "story", tell, t);
        is_done = evsim_world_run(world) == EVSIM_DONE;
        if (!is_done)
                print_error("the simulated world: %s\n", evsim_world_report(world));
        evsim_world_free(world);
        return is_done;
}

/* ---- Comparison --------------------------------------------------------------------------------
 */

static const char *describe(int64_t result, char text[64])
{
        if (result < 0)
                (void)snprintf(text, 64, "%s", strerrorname_np((int)-result));
        else
                (void)snprintf(text, 64, "%" PRId64, result);
        return text;
}

static bool is_wanted(const struct line *l)
{
        return l->has_wanted ? l->got == l->wanted[0] || l->got == l->wanted[1]
                             : strcmp(l->words, l->wanted_words) == 0;
}

static void report(const struct telling *t, const struct line *real, const struct line *sim)
{
        char a[64];
        char b[64];
        char c[64];

        print_error("%s.%s, line %d: %s\n    ", t->story.file, t->tale->name, real->line,
                    real->text);
        if (real->words[0] || real->wanted_words[0] || sim->words[0])
                print_error("the story says '%s', the real kernel '%s', the simulated one '%s'\n",
                            real->wanted_words, real->words, sim->words);
        else
                print_error("the story says %s, the real kernel %s, the simulated one %s\n",
                            real->has_wanted ? describe(real->wanted[0], a) : "nothing",
                            describe(real->got, b), describe(sim->got, c));
}

/* How many lines differ. Stories may take other ways after a difference: the first tells most. */
static int compare(const struct telling *real, const struct telling *sim)
{
        const size_t n =
                real->story.nlines < sim->story.nlines ? real->story.nlines : sim->story.nlines;
        int nwrong = real->story.nlines != sim->story.nlines;

        for (size_t i = 0; i < n; i++) {
                const struct line *r = &real->story.lines[i];
                const struct line *m = &sim->story.lines[i];
                const bool is_free = r->has_wanted && r->wanted[0] != r->wanted[1];
                const bool is_same = r->line == m->line && (is_free || r->got == m->got) &&
                                     strcmp(r->words, m->words) == 0;

                if (r->quirk != NO_QUIRK)
                        quirk_meet(r->quirk, r->got != m->got);
                if (is_same && is_wanted(r) && is_wanted(m) &&
                    (r->quirk == NO_QUIRK || m->got == m->wanted[0]))
                        continue;
                report(real, r, m);
                nwrong++;
        }
        return nwrong;
}

struct case_ {
        const struct book *book;
        const struct tale *tale;
};

static void run_case(void **state)
{
        const struct case_ *c = *state;
        struct telling real;
        struct telling sim;
        bool is_done;
        int nwrong;

        begin(&real, &real_kernel, c->book, c->tale);
        begin(&sim, &simulated_kernel, c->book, c->tale);
        tell_really(&real);
        is_done = tell_simulated(&sim);
        nwrong = compare(&real, &sim);
        end(&real);
        end(&sim);
        if (nwrong > 0 || !is_done)
                fail_msg("%s: %s", c->tale->name, c->tale->source);
}

/* ---- Which -------------------------------------------------------------------------------------
 */

static bool is_asked_for(const struct book *book, int argc, char **argv)
{
        for (int i = 1; i < argc; i++)
                if (strcmp(argv[i], book->object) == 0)
                        return true;
        return argc < 2;
}

static int run_book(const struct book *book)
{
        size_t n = 0;
        struct CMUnitTest *tests;
        struct case_ *cases;
        int r;

        while (book->tales[n].name != NULL)
                n++;
        tests = calloc(n, sizeof *tests);
        cases = calloc(n, sizeof *cases);
        if (tests == NULL || cases == NULL)
                return 1;
        for (size_t i = 0; i < n; i++) {
                cases[i] = (struct case_){book, &book->tales[i]};
                tests[i] = (struct CMUnitTest){.name = book->tales[i].name,
                                               .test_func = run_case,
                                               .initial_state = &cases[i]};
        }
        r = _cmocka_run_group_tests(book->object, tests, n, NULL, NULL);
        free(tests);
        free(cases);
        return r;
}

int main(int argc, char **argv)
{
        int nfailed = 0;
        int nrun = 0;

        (void)close_range(FIRST_FD, ~0U, 0);
        for (size_t i = 0; i < sizeof books / sizeof *books; i++) {
                if (!is_asked_for(books[i], argc, argv))
                        continue;
                nfailed += run_book(books[i]);
                nrun++;
        }
        if (nrun == 0)
                (void)fprintf(stderr, "%s: no such object\n", argv[0]);
        return nfailed > 0 || nrun == 0;
}
