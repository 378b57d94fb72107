/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which of the libraries whose names begin with libev the process has loaded: their files, a line
 * each.
 */
#ifndef TESTS_PACKAGING_LIBRARIES_H
#define TESTS_PACKAGING_LIBRARIES_H

#include <stdio.h>
#include <string.h>

static void print_libraries(void)
{
        char line[4096];
        char last[4096] = "";
        FILE *maps = fopen("/proc/self/maps", "r");

        while (maps != NULL && fgets(line, sizeof line, maps) != NULL) {
                const char *path = strchr(line, '/');

                if (path == NULL || strstr(path, "/libev") == NULL || strcmp(path, last) == 0)
                        continue;
                fputs(path, stdout);
                strcpy(last, path);
        }
        if (maps != NULL)
                fclose(maps);
}

#endif
