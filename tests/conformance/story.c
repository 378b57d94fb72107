/* SPDX-License-Identifier: BSD-3-Clause */
#include "story.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- Lines -------------------------------------------------------------------------------------
 */

const struct kernel *story_next(struct story *s)
{
        if (s->is_settling)
                s->kernel->settle();
        return s->kernel;
}

int64_t story_result(int64_t result)
{
        return result == -1 ? -errno : result;
}

static struct line *new_line(struct story *s, int line, const char *text)
{
        struct line *l;

        s->lines = realloc(s->lines, (s->nlines + 1) * sizeof *s->lines);
        if (s->lines == NULL)
                abort();
        l = &s->lines[s->nlines++];
        *l = (struct line){.line = line, .text = text};
        return l;
}

int64_t story_say(struct story *s, int line, const char *text, bool has_wanted, int64_t a,
                  int64_t b, int64_t got)
{
        struct line *l = new_line(s, line, text);

        l->has_wanted = has_wanted;
        l->wanted[0] = a;
        l->wanted[1] = b;
        l->got = got;
        return got;
}

void story_quirk(struct story *s, enum quirk quirk)
{
        s->lines[s->nlines - 1].quirk = quirk;
}

void story_words(struct story *s, int line, const char *text, const char *wanted, const char *got)
{
        struct line *l = new_line(s, line, text);

        (void)snprintf(l->words, sizeof l->words, "%s", got);
        (void)snprintf(l->wanted_words, sizeof l->wanted_words, "%s", wanted);
}

/* ---- Readiness ---------------------------------------------------------------------------------
 */

/* What epoll and poll call by the same numbers. */
static void append_mask(char *text, size_t size, uint32_t mask)
{
        static const struct {
                uint32_t bit;
                const char *name;
        } names[] = {{POLLIN, "IN"},   {POLLPRI, "PRI"},   {POLLOUT, "OUT"},    {POLLERR, "ERR"},
                     {POLLHUP, "HUP"}, {POLLNVAL, "NVAL"}, {POLLRDHUP, "RDHUP"}};
        const char *between = "";

        for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
                const size_t used = strlen(text);

                if ((mask & names[i].bit) == 0)
                        continue;
                (void)snprintf(text + used, size - used, "%s%s", between, names[i].name);
                between = "|";
        }
}

static void say_mask(struct story *s, int line, const char *text, int wanted, int got)
{
        char wanted_words[120] = "";
        char words[120] = "";

        append_mask(wanted_words, sizeof wanted_words, (uint32_t)wanted);
        append_mask(words, sizeof words, (uint32_t)got);
        story_words(s, line, text, wanted_words, words);
}

/* Select's sets as the bits that stand for them. */
static int ask_select(const struct kernel *kernel, int fd)
{
        struct timeval none = {0};
        fd_set sets[3];

        for (int i = 0; i < 3; i++) {
                FD_ZERO(&sets[i]);
                FD_SET(fd, &sets[i]);
        }
        if (kernel->select(fd + 1, &sets[0], &sets[1], &sets[2], &none) < 0)
                return -errno;
        return (FD_ISSET(fd, &sets[0]) ? POLLIN : 0) | (FD_ISSET(fd, &sets[1]) ? POLLOUT : 0) |
               (FD_ISSET(fd, &sets[2]) ? POLLPRI : 0);
}

static int ask_epoll(const struct kernel *kernel, int fd, uint32_t events)
{
        struct epoll_event event = {.events = events};
        const int ep = kernel->epoll_create1(0);
        int got;

        if (kernel->epoll_ctl(ep, EPOLL_CTL_ADD, fd, &event) < 0) {
                got = -errno;
        } else {
                event.events = 0;
                (void)kernel->epoll_wait(ep, &event, 1, 0);
                got = (int)event.events;
        }
        (void)kernel->close(ep);
        return got;
}

void story_ready(struct story *s, int line, int fd, int mask)
{
        const struct kernel *kernel = story_next(s);
        const short all = POLLIN | POLLPRI | POLLOUT | POLLRDHUP;
        struct pollfd entry = {.fd = fd, .events = all};
        int got;

        (void)kernel->poll(&entry, 1, 0);
        say_mask(s, line, "poll", mask, entry.revents);
        if (mask == POLLNVAL)
                return;
        say_mask(s, line, "select",
                 ((mask & (POLLIN | POLLHUP | POLLERR)) ? POLLIN : 0) |
                         ((mask & (POLLOUT | POLLERR)) ? POLLOUT : 0) | (mask & POLLPRI),
                 ask_select(kernel, fd));
        got = ask_epoll(kernel, fd, (uint32_t)all);
        if (got == -EPERM) /* always ready: epoll_ctl(2), EPERM */
                story_say(s, line, "epoll of what is always ready", true, -EPERM, -EPERM, got);
        else
                say_mask(s, line, "epoll", mask, got);
}

void story_control(struct story *s, int line, int64_t want, int op, int ep, int fd, char label,
                   uint32_t events)
{
        struct epoll_event event = {.events = events, .data.u64 = (uint64_t)label};

        story_say(s, line, "epoll_ctl", true, want, want,
                  story_result(story_next(s)->epoll_ctl(ep, op, fd, &event)));
}

void story_reports(struct story *s, int line, int ep, int max, int timeout_ms, const char *wanted)
{
        struct epoll_event events[16];
        const int n = story_next(s)->epoll_wait(ep, events, max, timeout_ms);
        char words[120] = "";

        if (n < 0)
                (void)snprintf(words, sizeof words, "%s", strerror(errno));
        for (int i = 0; i < n; i++) {
                const size_t used = strlen(words);

                (void)snprintf(words + used, sizeof words - used, "%s%c:", i > 0 ? " " : "",
                               (char)events[i].data.u64);
                append_mask(words, sizeof words, events[i].events);
        }
        story_words(s, line, "epoll_wait", wanted, words);
}

/* ---- Bytes -------------------------------------------------------------------------------------
 */

void story_reads(struct story *s, int line, int fd, const char *text)
{
        char words[120] = "";
        const ssize_t n = story_next(s)->read(fd, words, sizeof words - 1);

        if (n < 0)
                (void)snprintf(words, sizeof words, "%s", strerror(errno));
        story_words(s, line, "read", text, words);
}

int64_t story_fill(struct story *s, int fd, size_t block)
{
        int64_t sum = 0;
        ssize_t n;

        memset(s->buf, 'x', block);
        while ((n = s->kernel->write(fd, s->buf, block)) > 0)
                sum += n;
        return sum;
}

int64_t story_drain(struct story *s, int fd, size_t block)
{
        int64_t sum = 0;
        ssize_t n;

        while ((n = s->kernel->read(fd, s->buf, block)) > 0)
                sum += n;
        return sum;
}
