/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Stories: what a manual page promises, as a few calls, told to the real and to the simulated kernel
 * in the same words. The story says what must come of each call; both kernels are held to it, and
 * so to each other. Results are the kernel's: >= 0, or -errno.
 *
 *     static void end_of_file(struct story *s)          pipe(7), 'I/O on pipes and FIFOs'
 *     {
 *             int fds[2];
 *
 *             IS(0, pipe2(fds, O_NONBLOCK));
 *             IS(0, close(fds[1]));
 *             IS(0, read(fds[0], s->buf, 1));
 *     }
 */
#ifndef EVIDENT_CONFORMANCE_STORY_H
#define EVIDENT_CONFORMANCE_STORY_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "kernel.h"
#include "quirks.h"

enum { STORY_BUF = 1 << 18 };

struct story {
        const struct kernel *kernel;
        const char *file;   /* where it is told */
        char *buf;          /* STORY_BUF bytes for reads and writes */
        struct line *lines; /* what was said so far */
        size_t nlines;
        bool is_settling; /* before each call what is under way arrives: sockets */
};

/* What one call came to. */
struct line {
        int line;         /* of the story's file */
        const char *text; /* the call; static */
        bool has_wanted;
        int64_t wanted[2]; /* what is allowed */
        enum quirk quirk;  /* the second is allowed to the real kernel alone */
        int64_t got;
        char words[120]; /* where the result is text: what was got, and what was wanted */
        char wanted_words[120];
};

struct tale {
        const char *name;
        void (*tell)(struct story *s);
        const char *source; /* the manual page and section, or the thread that it is from */
};

/* All stories about one object. */
struct book {
        const char *object;       /* of ctest's conformance.<object> */
        const struct tale *tales; /* up to one without a name */
        bool is_settling;
};

#define TALE(fn, from)                                      \
        {                                                   \
                .name = #fn, .tell = (fn), .source = (from) \
        }

/* ---- Calls: each is written down with its result -------------------------------------------- */

/* The call must come to this. */
#define IS(want, call) EITHER(want, want, call)
/* The contract leaves it free: one of the two. */
#define EITHER(a, b, call) \
        story_say(s, __LINE__, #call, true, (a), (b), story_result(story_next(s)->call))
/* The simulated kernel must come to the first; the real one may come to the second instead. */
#define QUIRK(name, sim, real, call) (EITHER(sim, real, call), story_quirk(s, name))
/* Whatever it is, both kernels must do it. The result. */
#define DO(call) story_say(s, __LINE__, #call, false, 0, 0, story_result(story_next(s)->call))
/* A value that the story computed must be this. */
#define EQUAL(want, value) story_say(s, __LINE__, #value, true, (want), (want), (value))

/* What poll, select and a fresh epoll say of a descriptor: a mask of POLLIN and so on. */
#define READY(fd, mask) story_ready(s, __LINE__, (fd), (mask))
#define IN              POLLIN
#define OUT             POLLOUT
#define HUP             POLLHUP
#define ERR             POLLERR
#define RDHUP           POLLRDHUP

/* Registrations under a label of one letter; and what a wait of 0 reports, in order: "r:IN w:OUT". */
#define ADD(want, ep, fd, label, events) \
        story_control(s, __LINE__, (want), EPOLL_CTL_ADD, (ep), (fd), (label), (uint32_t)(events))
#define MOD(want, ep, fd, label, events) \
        story_control(s, __LINE__, (want), EPOLL_CTL_MOD, (ep), (fd), (label), (uint32_t)(events))
#define DEL(want, ep, fd)               story_control(s, __LINE__, (want), EPOLL_CTL_DEL, (ep), (fd), 0, 0)
#define REPORTS(ep, words)              story_reports(s, __LINE__, (ep), 16, 0, (words))
#define REPORTS_AT_MOST(max, ep, words) story_reports(s, __LINE__, (ep), (max), 0, (words))
/* Sleeps until there is something to report. */
#define WAITS_FOR(ep, words) story_reports(s, __LINE__, (ep), 16, -1, (words))

/* A read that must give these bytes, and a write of them. */
#define READS(fd, text)  story_reads(s, __LINE__, (fd), (text))
#define WRITES(fd, text) IS((ssize_t)strlen(text), write((fd), (text), strlen(text)))

/* Writes blocks of this size until the descriptor takes no more, or reads until it has no more. How
 * many bytes that were. */
int64_t story_fill(struct story *s, int fd, size_t block);
int64_t story_drain(struct story *s, int fd, size_t block);

/* ---- Behind them ---------------------------------------------------------------------------- */

const struct kernel *story_next(struct story *s);
int64_t story_result(int64_t result);
int64_t story_say(struct story *s, int line, const char *text, bool has_wanted, int64_t a,
                  int64_t b, int64_t got);
void story_quirk(struct story *s, enum quirk quirk);
void story_words(struct story *s, int line, const char *text, const char *wanted, const char *got);
void story_ready(struct story *s, int line, int fd, int mask);
void story_control(struct story *s, int line, int64_t want, int op, int ep, int fd, char label,
                   uint32_t events);
void story_reports(struct story *s, int line, int ep, int max, int timeout_ms, const char *words);
void story_reads(struct story *s, int line, int fd, const char *text);

extern const struct book pipe_book, eventfd_book, timerfd_book, signalfd_book, epoll_book,
        edge_book, nested_book, poll_book, select_book, unix_book, tcp_book, udp_book, file_book,
        descriptor_book, signal_book;

#endif
