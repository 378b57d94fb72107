/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a program prints: its standard output is the world's trace, a note a line, so that a thousand
 * worlds are as quiet as one, and what one said can be read beside what it did.
 */
#include <evident/sim_calls.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "world/world.h"

enum { OUTPUT_MAX = 4096 }; /* of one call; the rest is cut off */

static void note_lines(struct evsim_world *world, char *text)
{
        char *line = text;
        char *end;

        while ((end = strchr(line, '\n')) != NULL) {
                *end = '\0';
                evsim_world_trace_text(world, EVSIM_CALL_NOTE, line);
                line = end + 1;
        }
        if (*line != '\0')
                evsim_world_trace_text(world, EVSIM_CALL_NOTE, line);
}

int evsim_printf(const char *format, ...)
{
        struct evsim_world *world = evsim_world_current("printf");
        char text[OUTPUT_MAX];
        va_list args;
        int length;

        va_start(args, format);
        length = vsnprintf(text, sizeof text, format, args);
        va_end(args);
        if (length >= 0)
                note_lines(world, text);
        return length;
}

int evsim_puts(const char *line)
{
        evsim_world_trace_text(evsim_world_current("puts"), EVSIM_CALL_NOTE, line);
        return 0;
}
