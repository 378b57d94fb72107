/* SPDX-License-Identifier: BSD-3-Clause */
/* Handlers around a sequence. */
#ifndef EVIDENT_CONFORMANCE_SIGNALS_H
#define EVIDENT_CONFORMANCE_SIGNALS_H

struct arm;

void signals_begin(struct arm *arm);
/* What handlers count from here on is this arm's. */
void signals_for(struct arm *arm);
void signals_end(struct arm *arm);

#endif
