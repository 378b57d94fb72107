/* SPDX-License-Identifier: BSD-3-Clause */
#include "environment.h"

#include <stdio.h>
#include <string.h>

enum { NVARIABLES_MAX = 16 };

static char variables[NVARIABLES_MAX][128];
const char *test_environment[NVARIABLES_MAX + 1];

/* The index of a variable; that of the end if there is none. */
static int find(const char *name)
{
        const size_t length = strlen(name);
        int i = 0;

        while (test_environment[i] && (strncmp(test_environment[i], name, length) != 0 ||
                                       test_environment[i][length] != '='))
                i++;
        return i;
}

int test_setenv(const char *name, const char *value, int is_overwriting)
{
        const int i = find(name);

        if (test_environment[i] && !is_overwriting)
                return 0;
        if (i == NVARIABLES_MAX)
                return -1;
        snprintf(variables[i], sizeof variables[i], "%s=%s", name, value);
        test_environment[i] = variables[i];
        return 0;
}

/* The last one takes its place. */
int test_unsetenv(const char *name)
{
        const int i = find(name);
        int last = i;

        if (!test_environment[i])
                return 0;
        while (test_environment[last + 1])
                last++;
        memmove(variables[i], variables[last], sizeof variables[i]);
        test_environment[last] = NULL;
        return 0;
}
