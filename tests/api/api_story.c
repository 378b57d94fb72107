/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Checks, the story that callbacks tell, the caught log, and children: see api.h.
 *
 * The story is one string; comparing the whole of it shows what ran too often as well as what
 * did not run.
 */
#include "api.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

/* --- checks ---------------------------------------------------------------------------- */

static int report_fd = -1; /* in a child: the pipe to the parent */

static void failed(const char *message, const char *file, int line)
{
        if (report_fd >= 0) {
                fprintf(stderr, "%s:%d: in a child: %s\n", file, line, message);
                fflush(stderr);
                _exit(API_CHILD_FAILED);
        }
        print_error("%s\n", message);
        _fail(file, line);
}

void api_check(int ok, const char *text, const char *file, int line)
{
        if (!ok)
                failed(text, file, line);
}

void api_check_int(long long actual, long long expected, const char *text, const char *file,
                   int line)
{
        char message[512];

        if (actual == expected)
                return;
        snprintf(message, sizeof message, "%s is %lld (0x%llx), expected %lld", text, actual,
                 (unsigned long long)actual, expected);
        failed(message, file, line);
}

void api_check_str(const char *actual, const char *expected, const char *text, const char *file,
                   int line)
{
        char message[8192];

        if (actual && expected && strcmp(actual, expected) == 0)
                return;
        snprintf(message, sizeof message, "%s\n  is       \"%.3000s\"\n  expected \"%.3000s\"",
                 text, actual ? actual : "(null)", expected ? expected : "(null)");
        failed(message, file, line);
}

/* --- the story ------------------------------------------------------------------------- */

static char story[4096];
static size_t story_length;

void say(const char *format, ...)
{
        va_list arguments;
        size_t room = sizeof story - story_length;
        int n;

        if (story_length > 0 && room > 1) {
                story[story_length++] = ' ';
                room--;
        }
        va_start(arguments, format);
        n = vsnprintf(story + story_length, room, format, arguments);
        va_end(arguments);
        if (n > 0)
                story_length += (size_t)n < room ? (size_t)n : room - 1;
}

void story_clear(void)
{
        story_length = 0;
        story[0] = '\0';
}

const char *story_so_far(void)
{
        return story;
}

void api_check_story(const char *expected, const char *file, int line)
{
        api_check_str(story, expected, "the story", file, line);
        story_clear();
}

const char *flag_names(int what)
{
        static const char *const names[] = {"TIMEOUT", "READ", "WRITE",    "SIGNAL",
                                            "PERSIST", "ET",   "FINALIZE", "CLOSED"};
        static char text[128];
        size_t used = 0;

        text[0] = '\0';
        for (int bit = 0; bit < 8; bit++) {
                if (what & (1 << bit))
                        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s",
                                                 used ? "|" : "", names[bit]);
        }
        if (what & ~0xff)
                snprintf(text + used, sizeof text - used, "%s0x%x", used ? "|" : "", what & ~0xff);
        return what ? text : "0";
}

void *NAME(const char *literal)
{
        return (void *)(uintptr_t)literal;
}

void tell(evutil_socket_t fd, short what, void *name)
{
        (void)fd;
        say("%s=%s", (const char *)name, flag_names(what));
}

void tell_and_read(evutil_socket_t fd, short what, void *name)
{
        if (what & EV_READ)
                drain(fd);
        tell(fd, what, name);
}

void ignore(evutil_socket_t fd, short what, void *arg)
{
        (void)fd;
        (void)what;
        (void)arg;
}

void count(evutil_socket_t fd, short what, void *counter)
{
        (void)fd;
        (void)what;
        ++*(int *)counter;
}

void stop(evutil_socket_t fd, short what, void *base)
{
        (void)fd;
        (void)what;
        EQ(event_base_loopbreak(base), 0);
}

/* --- the log --------------------------------------------------------------------------- */

static struct {
        int count;
        int severity;
        char text[1024];
} caught;

static void catch_log(int severity, const char *text)
{
        caught.count++;
        caught.severity = severity;
        snprintf(caught.text, sizeof caught.text, "%s", text);
}

void log_catch(void)
{
        memset(&caught, 0, sizeof caught);
        caught.severity = -1;
        event_set_log_callback(catch_log);
}

void log_release(void)
{
        event_set_log_callback(NULL);
}

int log_count(void)
{
        return caught.count;
}

int log_last_severity(void)
{
        return caught.severity;
}

const char *log_last(void)
{
        return caught.text;
}

/* --- children -------------------------------------------------------------------------- */

enum { CHILD_LIMIT_S = 30 };

static char reported[4096];

void report(const char *format, ...)
{
        char text[1024];
        va_list arguments;
        int n;

        va_start(arguments, format);
        n = vsnprintf(text, sizeof text, format, arguments);
        va_end(arguments);
        if (n > (int)sizeof text - 1)
                n = (int)sizeof text - 1;
        if (n > 0 && write(report_fd, text, (size_t)n) != n)
                _exit(API_CHILD_FAILED);
}

const char *child_report(void)
{
        return reported;
}

/* cmocka catches these to go on with the next test; in a child they are the outcome. */
static void let_faults_end_us(void)
{
        static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGSYS, SIGABRT};

        for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
                signal(faults[i], SIG_DFL);
}

static void read_report(int fd)
{
        size_t length = 0;
        ssize_t n;

        while (length < sizeof reported - 1 &&
               (n = read(fd, reported + length, sizeof reported - 1 - length)) > 0)
                length += (size_t)n;
        reported[length] = '\0';
}

int in_child(void (*body)(void *), void *arg)
{
        int ends[2];
        int status = 0;
        pid_t pid;

        fflush(NULL);
        EQ(pipe(ends), 0);
        pid = fork();
        OK(pid >= 0);
        if (pid == 0) {
                close(ends[0]);
                report_fd = ends[1];
                let_faults_end_us();
                alarm(CHILD_LIMIT_S);
                story_clear();
                body(arg);
                _exit(0);
        }
        close(ends[1]);
        read_report(ends[0]);
        close(ends[0]);
        EQ(waitpid(pid, &status, 0), pid);
        return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}
