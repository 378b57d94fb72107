/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Arguments of calls as words: "F_GETFL" is easier to read than 3.
 */
#ifndef EVIDENT_SIM_ARGUMENTS_H
#define EVIDENT_SIM_ARGUMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "world/call.h"

/* Writes the argument of the call in words. False, and nothing written, where it has none. */
bool evsim_argument_words(enum evsim_call call, int64_t argument, char *text, size_t size);

#endif
