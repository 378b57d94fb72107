#!/bin/sh
# Counts the instructions of one small world (simulation.c: made, run, destroyed) under callgrind and
# holds them against figure.txt: a rise of more than 5 % fails.
#
#   sh run.sh PROGRAM            PROGRAM is the release build's simulation
#   sh run.sh --update PROGRAM   writes the count to figure.txt; say in the commit why it rose
#   sh run.sh --profile PROGRAM  callgrind's table of the functions
#
# memset(3) of the C library, by which fresh and freed memory is filled, is not counted: how many
# instructions it takes depends on the processor. Exit status 77: there is no valgrind.
set -eu

mode=check
case ${1-} in
--update | --profile)
        mode=${1#--}
        shift
        ;;
esac
[ $# -eq 1 ] || {
        sed -n '2,/^set /s/^# \{0,1\}//p' "$0" >&2
        exit 2
}
here=$(cd "$(dirname "$0")" && pwd)
if ! command -v valgrind >/dev/null || [ ! -e /usr/include/valgrind/callgrind.h ]; then
        echo "skipped: there is no valgrind here"
        exit 77
fi
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM HUP

valgrind -q --log-file="$tmp/log" --tool=callgrind --collect-atstart=no --callgrind-out-file="$tmp/out" \
        "$1" count || {
        cat "$tmp/log" >&2
        exit 1
}
if [ "$mode" = profile ]; then
        callgrind_annotate --auto=no --threshold=99 "$tmp/out"
        exit
fi
count=$(callgrind_annotate --auto=no --threshold=100 "$tmp/out" | tr -d ',' | awk '
        / \(100\.0%\) +PROGRAM TOTALS/ { total = $1 }
        /memset/ { filled += $1 }
        END { print total - filled }')
if [ "$mode" = update ]; then
        {
                echo "# Instructions of one small world without memset, counted by run.sh: gcc 12, release, x86-64."
                echo "$count"
        } >"$here/figure.txt"
fi
grep -v '^#' "$here/figure.txt" | awk -v now="$count" '{
        change = 100 * (now - $1) / $1
        verdict = now <= 0 ? "  NOT COUNTED" : change > 5 ? "  TOO MANY" : ""
        printf "small world: %d instructions, committed %d, %+.1f%%%s\n", now, $1, change, verdict
        exit verdict != ""
}'
