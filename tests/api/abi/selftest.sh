#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# Breaks our headers on purpose, one thing at a time, and sees that the comparison of run.sh names
# each of them. 0 if it does, 1 if not, 77 if there is no GCC.
set -u
cd "$(dirname "$0")" || exit 1
headers=$(cd ../../../src/include && pwd) || exit 1
python="${PYTHON:-python3} -B"
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failed=0
cc=${CC:-gcc}
works() {
        echo 'int x;' | $cc -x c -aux-info "$work/aux" -fsyntax-only - 2>/dev/null
}
works || cc=gcc
works || { echo "no GCC: skipped"; exit 77; }

# break: what, header, sed script, what the comparison must say
try() {
        rm -rf "$work/include"
        cp -r "$headers" "$work/include"
        sed -i -e "$3" "$work/include/$2"
        if cmp -s "$headers/$2" "$work/include/$2"; then
                echo "NOT BROKEN  $1: the edit of $2 found nothing"
                failed=1
                return
        fi
        if $python facts.py "$cc" "$work/include" >"$work/facts" 2>"$work/said" &&
                $python compare.py ours-amd64 facts-amd64.txt "$work/facts" allowed.txt \
                        >"$work/said" 2>&1 || ! grep -q "$4" "$work/said"; then
                echo "NOT FOUND   $1"
                failed=1
        else
                echo "found       $1"
        fi
}

try "value of a macro" event2/event.h 's/\(define EV_CLOSED *\)0x80/\10x100/' \
        'different  macro EV_CLOSED'
try "type of a macro" event2/event.h 's/\(EVENT_BASE_COUNT_ADDED *\)4U/\14/' \
        'different  macro EVENT_BASE_COUNT_ADDED'
try "text of a macro" event2/event-config.h 's/\(EVENT__VERSION *\)"2.1.12/\1"2.1.13/' \
        'different  macro EVENT__VERSION'
try "a macro gone" event2/util.h '/define EV_MONOT_FALLBACK/d' 'missing    macro EV_MONOT_FALLBACK'
try "a macro too many" event2/event.h 's/^enum event_method/#define EV_NEW 1\n&/' \
        'extra      macro EV_NEW'
try "a macro seen through fewer headers" event.h '/include <event2.event_compat.h>/d' \
        'different  through event_init'
try "a header of the system gone" event2/event.h '/include <stdio.h>/d; s/FILE \*/void */' \
        'different  exposes event2/event.h'
try "expansion of a call" event2/event.h 's/EV_SIGNAL | EV_PERSIST/EV_SIGNAL/' \
        'different  call evsignal_new'
try "effect of a macro" event2/util.h 's/tv_usec cmp/tv_usec <=/' 'different  effect evutil_timercmp'
try "enumerator" event2/event.h 's/EV_FEATURE_FDS = 0x04/EV_FEATURE_FDS = 0x40/' \
        'different  enumerator event_method_feature.EV_FEATURE_FDS'
try "type of a parameter" event2/event.h 's/event_add(struct event \*ev, const /event_add(struct event *ev, /' \
        'different  function event_add'
try "type of a result" event2/thread.h 's/int evthread_use_pthreads/long evthread_use_pthreads/' \
        'different  function evthread_use_pthreads'
try "a function gone" event2/util.h '/evutil_closesocket(evutil/d' \
        'missing    function evutil_closesocket'
try "signature of a callback" event2/event.h 's/evutil_socket_t fd, short what/evutil_socket_t fd, int what/' \
        'different  typedef event_callback_fn'
try "order of members" event2/event_struct.h \
        's/short ev_events; /int ev_res; /; s/short ev_res; /short ev_events; /' \
        'different  member event.ev_events'
try "type of a member" event2/event_struct.h 's/int min_heap_idx/size_t min_heap_idx/' \
        'different  member event.ev_timeout_pos.min_heap_idx'
try "name of a member" event2/keyvalq_struct.h 's/char \*value;/char *text;/' \
        'missing    member evkeyval.value'
try "a member too many" event2/event_struct.h 's/^ *short ev_res;/        long ev_more;\n&/' \
        'different  struct event$'
try "signature in a table" event2/thread.h 's/(\*unlock)(unsigned mode/(*unlock)(int mode/' \
        'different  member evthread_lock_callbacks.unlock'
try "a difference on purpose that is none any more" event2/event-config.h \
        's/^#define STDC_HEADERS 1/&\n#define _TANDEM_SOURCE 1/' 'not needed macro _TANDEM_SOURCE'
exit $failed
