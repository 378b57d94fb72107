/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The trace as a person reads it: a line an entry, in columns.
 *
 *        time          who            what
 *        0.000003000   alice.server   epoll_ctl(5, ADD IN|ET)             = 0
 *        0.000004000   alice.server ! read fails with EINTR (occurrence 3)
 *        0.250000000   bob.client   # "pause is over"
 *
 * The time is in seconds since the start of the world. Marks: '!' a fault or something else that
 * was done to the host, '#' what the program notes, '>' what comes to it from outside.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os/epoll.h"
#include "world/arguments.h"
#include "world/world.h"

enum { WHO_MIN = 12, WHO_MAX = 32, CALL_WIDTH = 42 };

/* What an entry's argument is, and whether its descriptor is the result. */
enum style { NUMBER, NOTHING, SPAN, INTEREST, BITS, MADE };

static const uint8_t styles[EVSIM_NCALLS] = {
        [EVSIM_CALL_CLOSE] = NOTHING,       [EVSIM_CALL_DUP] = NOTHING,
        [EVSIM_CALL_YIELD] = NOTHING,       [EVSIM_CALL_GETPID] = NOTHING,
        [EVSIM_CALL_FORK] = NOTHING,        [EVSIM_CALL_TIMERFD_GETTIME] = NOTHING,
        [EVSIM_CALL_SLEEP] = SPAN,          [EVSIM_CALL_EPOLL_WAIT] = SPAN,
        [EVSIM_CALL_POLL] = SPAN,           [EVSIM_CALL_SELECT] = SPAN,
        [EVSIM_CALL_KEVENT] = SPAN,         [EVSIM_CALL_DEVPOLL_POLL] = SPAN,
        [EVSIM_CALL_PORT_GETN] = SPAN,      [EVSIM_CALL_TIMERFD_SETTIME] = SPAN,
        [EVSIM_CALL_EPOLL_CTL] = INTEREST,  [EVSIM_CALL_IOCTL] = BITS,
        [EVSIM_CALL_EPOLL_CREATE] = MADE,   [EVSIM_CALL_EVENTFD] = MADE,
        [EVSIM_CALL_TIMERFD_CREATE] = MADE, [EVSIM_CALL_SIGNALFD] = MADE,
        [EVSIM_CALL_SOCKET] = MADE,
};

/* Where the lines go, and how. */
struct printer {
        FILE *out;
        const struct evsim_world *world;
        const char **task_names; /* of number i + 1 */
        int who_width;
        bool has_colour;
};

enum colour { PLAIN, DIM, RED, GREEN, YELLOW };

static void colour(const struct printer *p, enum colour colour)
{
        static const char *const codes[] = {"\033[0m", "\033[2m", "\033[31m", "\033[32m",
                                            "\033[33m"};

        if (p->has_colour)
                fputs(codes[colour], p->out);
}

/* ---- Who ---------------------------------------------------------------------------------------
 */

static const char *host_name(const struct printer *p, uint32_t host)
{
        return host == 0 ? "world" : p->world->host_names[host - 1];
}

static int format_who(const struct printer *p, const struct evsim_trace_entry *entry, char *text,
                      size_t size)
{
        if (entry->task == 0)
                return snprintf(text, size, "%s", host_name(p, entry->host));
        return snprintf(text, size, "%s.%s", host_name(p, entry->host),
                        p->task_names[entry->task - 1]);
}

static int who_width(const struct printer *p)
{
        const struct evsim_trace *trace = &p->world->trace;
        int width = WHO_MIN;
        char text[128];

        for (uint64_t i = 0; i < trace->count; i++) {
                const int length = format_who(p, &trace->entries[i], text, sizeof text);

                width = length > width ? length : width;
        }
        return width < WHO_MAX ? width : WHO_MAX;
}

/* ---- What --------------------------------------------------------------------------------------
 */

static void append(char *text, size_t size, const char *more)
{
        const size_t length = strlen(text);

        (void)snprintf(text + length, size - length, "%s", more);
}

static void format_interest(char *text, size_t size, int64_t argument)
{
        static const struct {
                uint32_t bit;
                const char *name;
        } bits[] = {
                {EPOLLIN, "IN"},         {EPOLLOUT, "OUT"},         {EPOLLPRI, "PRI"},
                {EPOLLRDHUP, "RDHUP"},   {(uint32_t)EPOLLET, "ET"}, {EPOLLONESHOT, "ONESHOT"},
                {1U << 28, "EXCLUSIVE"},
        };
        static const char *const ops[] = {"?", "ADD", "DEL", "MOD"};
        const uint64_t op = (uint64_t)argument >> 32;
        const char *separator = " ";

        append(text, size, op < 4 ? ops[op] : "?");
        for (size_t i = 0; i < sizeof bits / sizeof bits[0]; i++) {
                if (((uint32_t)argument & bits[i].bit) == 0)
                        continue;
                append(text, size, separator);
                append(text, size, bits[i].name);
                separator = "|";
        }
}

static void format_argument(char *text, size_t size, const struct evsim_trace_entry *entry)
{
        const enum style style = (enum style)styles[entry->call];
        const int64_t argument = entry->argument;
        char number[64] = "";

        if (evsim_argument_words((enum evsim_call)entry->call, argument, number, sizeof number)) {
                /* nothing to add */
        } else if (style == INTEREST)
                format_interest(text, size, argument);
        else if (style == SPAN && argument < 0)
                append(text, size, "for ever");
        else if (style == SPAN)
                (void)snprintf(number, sizeof number, "%" PRId64 ".%09" PRId64 " s",
                               argument / 1000000000, argument % 1000000000);
        else if (style == BITS)
                (void)snprintf(number, sizeof number, "0x%" PRIx64, (uint64_t)argument);
        else
                (void)snprintf(number, sizeof number, "%" PRId64, argument);
        append(text, size, number);
}

static void format_call(char *text, size_t size, const struct evsim_trace_entry *entry)
{
        const enum style style = (enum style)styles[entry->call];
        const bool has_fd = entry->fd >= 0 && style != MADE;

        (void)snprintf(text, size, "%s(", evsim_call_name((enum evsim_call)entry->call));
        if (has_fd) {
                char number[16];

                (void)snprintf(number, sizeof number, "%" PRId32, entry->fd);
                append(text, size, number);
        }
        if (style != NOTHING && has_fd)
                append(text, size, ", ");
        if (style != NOTHING)
                format_argument(text, size, entry);
        append(text, size, ")");
}

static void print_call(const struct printer *p, const struct evsim_trace_entry *entry)
{
        char text[160];
        const char *error = entry->result < 0 && entry->result > -4096
                                    ? evsim_error_name((int)-entry->result)
                                    : NULL;

        format_call(text, sizeof text, entry);
        fprintf(p->out, "  %-*s = ", CALL_WIDTH, text);
        if (error != NULL) {
                colour(p, YELLOW);
                fprintf(p->out, "-%s", error);
                colour(p, PLAIN);
        } else {
                fprintf(p->out, "%" PRId64, entry->result);
        }
}

/* The argument has the lane in its upper half: 0 an error, 1 an effect (kernel/fault.h). */
static void print_fault(const struct printer *p, const struct evsim_trace_entry *entry)
{
        const char *error = evsim_error_name((int)entry->result);

        fprintf(p->out, "! %s ", entry->text);
        if (entry->argument >> 32 != 0)
                fprintf(p->out, "does less, or later: %" PRId64, entry->result);
        else if (error != NULL)
                fprintf(p->out, "fails with %s", error);
        else
                fprintf(p->out, "fails with %" PRId64, entry->result);
        fprintf(p->out, " (occurrence %" PRIu32 ")", (uint32_t)entry->argument);
}

static void print_jump(const struct printer *p, const struct evsim_trace_entry *entry)
{
        fprintf(p->out, "! a clock of %s jumps by %.9f s", host_name(p, (uint32_t)entry->argument),
                (double)entry->result / 1e9);
}

static void print_handler(const struct printer *p, const struct evsim_trace_entry *entry)
{
        char name[32];

        if (!evsim_argument_words(EVSIM_CALL_HANDLER, entry->argument, name, sizeof name))
                (void)snprintf(name, sizeof name, "signal %" PRId64, entry->argument);
        fprintf(p->out, "> the handler of %s runs", name);
}

/* The argument is the number of the host from which a packet comes, the result its bytes. */
static void print_network(const struct printer *p, const struct evsim_trace_entry *entry)
{
        const bool has_come = entry->call == EVSIM_CALL_DELIVER;

        fprintf(p->out, has_come ? "> " : "! ");
        if (entry->result > 0)
                fprintf(p->out, "%" PRId64 " bytes", entry->result);
        else
                fputs("a packet without data", p->out);
        fprintf(p->out, " from %s %s", host_name(p, (uint32_t)entry->argument),
                has_come ? "arrived" : "got lost");
}

static void print_what(const struct printer *p, const struct evsim_trace_entry *entry)
{
        switch (entry->call) {
        case EVSIM_CALL_NOTE:
        case EVSIM_CALL_LOG:
                colour(p, GREEN);
                fprintf(p->out, "# %s%s", entry->call == EVSIM_CALL_LOG ? "log: " : "",
                        entry->text);
                break;
        case EVSIM_CALL_CHOICE:
                fprintf(p->out, "# choice %s, %" PRId64 ": %" PRId64, entry->text, entry->argument,
                        entry->result);
                break;
        case EVSIM_CALL_START:
        case EVSIM_CALL_END:
                colour(p, DIM);
                fputs(entry->call == EVSIM_CALL_START ? "  begins" : "  ends", p->out);
                break;
        case EVSIM_CALL_FAULT:
                colour(p, RED);
                print_fault(p, entry);
                break;
        case EVSIM_CALL_JUMP:
                colour(p, RED);
                print_jump(p, entry);
                break;
        case EVSIM_CALL_HANDLER:
                print_handler(p, entry);
                break;
        case EVSIM_CALL_DELIVER:
        case EVSIM_CALL_DROP:
                print_network(p, entry);
                break;
        default:
                print_call(p, entry);
        }
        colour(p, PLAIN);
}

static void print_entry(const struct printer *p, const struct evsim_trace_entry *entry)
{
        char who[128];

        (void)format_who(p, entry, who, sizeof who);
        colour(p, DIM);
        fprintf(p->out, "%10" PRId64 ".%09" PRId64, entry->time_ns / 1000000000,
                entry->time_ns % 1000000000);
        colour(p, PLAIN);
        fprintf(p->out, "  %-*s ", p->who_width, who);
        print_what(p, entry);
        fputc('\n', p->out);
}

/* ---- All ---------------------------------------------------------------------------------------
 */

/* Colour is for people: on a terminal, unless they said no (no-color.org). */
static bool is_for_eyes(FILE *out)
{
        const char *no_color = getenv("NO_COLOR");
        const int fd = fileno(out);

        return fd >= 0 && isatty(fd) == 1 && (no_color == NULL || no_color[0] == '\0');
}

/* A task's first entry has its name: the task itself may be gone. */
static const char **find_names(const struct evsim_world *world)
{
        const char **names = calloc((size_t)world->ntasks + 1, sizeof *names);

        if (names == NULL)
                evsim_die("evsim_world_print_trace: no memory");
        for (uint64_t i = 0; i < world->trace.count; i++) {
                const struct evsim_trace_entry *entry = &world->trace.entries[i];

                if (entry->call == EVSIM_CALL_START)
                        names[entry->task - 1] = entry->text;
        }
        return names;
}

void evsim_world_print_trace(const struct evsim_world *world, FILE *out)
{
        struct printer p = {.out = out, .world = world, .has_colour = is_for_eyes(out)};

        if (!world->trace.is_kept) {
                fputs("there is no trace: the world's configuration has not asked for it "
                      "(has_trace)\n",
                      out);
                return;
        }
        p.task_names = find_names(world);
        p.who_width = who_width(&p);
        for (uint64_t i = 0; i < world->trace.count; i++)
                print_entry(&p, &world->trace.entries[i]);
        free(p.task_names);
}
