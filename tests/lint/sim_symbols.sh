#!/bin/sh
# usage: sim_symbols.sh LIBRARY INCLUDE
# What leaves the simulation's shared library is exactly what its public headers declare with
# EVSIM_API, and nothing but functions.
set -eu
. "$(dirname "$0")/lib.sh"
library=$1
include=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bad=$work/violations
: >"$bad"

cat "$include"/evident/*.h | sed '/#define/d' | tr '\n' ' ' | grep -oE 'EVSIM_API [^(]*\(' |
        sed 's/.*[^A-Za-z0-9_]\([A-Za-z0-9_]*\)($/\1/' | sort -u >"$work/declared"
"${NM:-nm}" -D --defined-only "$library" | awk '{ print $2, $3 }' >"$work/raw"
awk '$1 == "T" { print $2 }' "$work/raw" | sort -u >"$work/exported"
awk '$1 != "T" { print $2 ": exported, and not a function (nm says " $1 ")" }' "$work/raw" >>"$bad"
comm -23 "$work/declared" "$work/exported" | sed 's/$/: declared in a public header, but not in the library/' >>"$bad"
comm -13 "$work/declared" "$work/exported" | sed 's/$/: exported, but in no public header/' >>"$bad"

finish sim_symbols "$bad" "EVSIM_API marks what is public."
