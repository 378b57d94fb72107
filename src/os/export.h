/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * EVI_EXPORT marks the few internal functions that leave the shared library, for libevident_sim of
 * the same version. The version script has their list (EVIDENT_PRIVATE); everything else is hidden.
 */
#ifndef EVIDENT_OS_EXPORT_H
#define EVIDENT_OS_EXPORT_H

#define EVI_EXPORT __attribute__((visibility("default")))

#endif
