/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * What evident has and libevent has not. All else is libevent 2.1's interface, under event2/.
 *
 * Flags of our own, in any set of flags that libevent defines (event_config_set_flag(),
 * event_base_loop() and kin), start at 0x10000, so that they never meet one of libevent's. There
 * are none yet.
 *
 * A program that is to compile with libevent too asks whether this header exists
 * (`__has_include(<evident/evident.h>)`); event_get_version() gives libevent's number in both.
 */
#ifndef EVIDENT_EVIDENT_H
#define EVIDENT_EVIDENT_H

#include <event2/visibility.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Version of these headers: 0xMMmmpp00 for major, minor, patch. It is comparable by size. */
#define EVIDENT_VERSION_NUMBER 0x00000100

/**
 * Version of the library that runs, as text: "0.1.0". It differs from EVIDENT_VERSION_NUMBER if the
 * program was compiled with the headers of another version.
 *
 * @return a constant of the library; never NULL. May be called from any thread at any time.
 */
EVENT2_EXPORT_SYMBOL const char *evident_version(void);

#ifdef __cplusplus
}
#endif

#endif
