#!/bin/sh
# usage: symbols.sh LIBRARY MAP FUNCTIONS HEADER
# What leaves the shared library is exactly what the version script names, node by node; the node of
# libevent's names is exactly the list of its public functions that we provide; our own public names
# are declared in HEADER; the private list stays short; and nothing but functions leaves, because data
# would make its size and place part of the ABI.
set -eu
. "$(dirname "$0")/lib.sh"
library=$1
map=$2
functions=$3
header=$4
private_max=20
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bad=$work/violations
: >"$bad"

map_names "$map" | sort >"$work/wanted"
"${NM:-nm}" -D --defined-only --with-symbol-versions "$library" | awk '$2 != "A" { print $2, $3 }' >"$work/raw"
awk '{ n = split($2, part, /@+/); print (n == 2 ? part[2] : "(none)"), part[1] }' "$work/raw" |
        sort >"$work/exported"

comm -23 "$work/wanted" "$work/exported" | sed 's/^\([^ ]*\) \(.*\)/\2: missing from the library (node \1)/' >>"$bad"
comm -13 "$work/wanted" "$work/exported" | sed 's/^\([^ ]*\) \(.*\)/\2: exported (node \1) but not in the map/' >>"$bad"
awk '$1 != "T" && $1 != "i" { sub(/@.*/, "", $2); print $2 ": exported, and not a function (nm says " $1 ")" }' "$work/raw" >>"$bad"

awk '!/^#/ && NF { print $1 }' "$functions" | sort >"$work/listed"
awk '$1 == "LIBEVENT_2.1" { print $2 }' "$work/wanted" | sort >"$work/mapped"
comm -23 "$work/listed" "$work/mapped" | sed "s|\$|: a public function of libevent that the map lacks|" >>"$bad"
comm -13 "$work/listed" "$work/mapped" | sed "s|\$|: in LIBEVENT_2.1 but no public function of libevent|" >>"$bad"

awk '$1 == "EVIDENT_1" { print $2 }' "$work/wanted" | while read -r name; do
        grep -q "[^A-Za-z0-9_]$name(" "$header" || echo "$name: in EVIDENT_1 but not declared in $header"
done >>"$bad"
private=$(awk '$1 == "EVIDENT_PRIVATE"' "$work/wanted" | wc -l)
[ "$private" -le "$private_max" ] ||
        echo "EVIDENT_PRIVATE: $private functions, at most $private_max are allowed" >>"$bad"
awk '$1 !~ /^(LIBEVENT_2\.1|EVIDENT_1|EVIDENT_PRIVATE)$/ { print $1 ": a node nobody asked for" }' \
        "$work/wanted" >>"$bad"

finish symbols "$bad" "See src/libevident.map, tests/api/abi/functions.txt and the visibility marks in the headers."
