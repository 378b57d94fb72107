/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The merge of pending changes; changes.h says what is to hold.
 */
#include "backend/changes.h"

struct evi_change evi_change_begin(short was, short now)
{
        return (struct evi_change){.was = was, .now = now, .was_none = now == 0};
}

struct evi_change evi_change_merge(struct evi_change c, short now)
{
        c.now = now;
        if (now == 0)
                c.was_none = true;
        return c;
}

bool evi_change_is_due(struct evi_change c, short *from)
{
        const bool is_renewal = c.was != 0 && c.now != 0 && c.was_none;

        *from = is_renewal ? c.now : c.was;
        return is_renewal || c.was != c.now;
}
