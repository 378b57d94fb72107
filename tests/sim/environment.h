/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For tests of other folders that run in a simulated host: what they do to the environment is done to
 * the host's. Included after evident/sim_posix.h, by -include.
 */
#ifndef EVIDENT_TESTS_SIM_ENVIRONMENT_H
#define EVIDENT_TESTS_SIM_ENVIRONMENT_H

#include <stdlib.h>

/* For evsim_host_config.environment. */
extern const char *test_environment[];

int test_setenv(const char *name, const char *value, int is_overwriting);
int test_unsetenv(const char *name);

#define setenv   test_setenv
#define unsetenv test_unsetenv

/* A child is a second copy of the whole process, and so of the world; and ends as such. */
#undef fork
#undef exit
#undef _exit

#endif
