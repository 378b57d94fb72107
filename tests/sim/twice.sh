#!/bin/sh
# Runs a test of simulated worlds twice, the second time with memory at other addresses, with other
# padding and other fill bytes, and holds the hashes of all worlds of both runs against each other.
# Where they differ, the first lines in which the traces do are shown.
#
#   sh twice.sh PROGRAM [ARGUMENT...]
set -u

other=7 # in this variant memory grows downward (sim/world/memory.c)
[ $# -ge 1 ] || exit 2
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM HUP
touch "$tmp/first" "$tmp/second"

EVSIM_VARIANT=0 EVSIM_HASHES=$tmp/first "$@" || exit
EVSIM_VARIANT=$other EVSIM_HASHES=$tmp/second "$@" >"$tmp/log" 2>&1 || {
        cat "$tmp/log"
        echo "failed only with memory variant $other"
        exit 1
}
cmp -s "$tmp/first" "$tmp/second" && exit 0

echo "not deterministic: worlds whose hashes depend on memory (number, hash, outcome):"
diff "$tmp/first" "$tmp/second" | head -n 6
EVSIM_VARIANT=0 EVSIM_TRACES=$tmp/traces-first "$@" >/dev/null 2>&1
EVSIM_VARIANT=$other EVSIM_TRACES=$tmp/traces-second "$@" >/dev/null 2>&1
echo "their traces, from where they part:"
diff -U 3 "$tmp/traces-first" "$tmp/traces-second" | head -n 30
exit 1
