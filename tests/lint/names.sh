#!/bin/sh
# usage: [TREE=sim] names.sh MAP OBJECT...
# A name that other files can see says whose it is: evi_, or in os/ also os_, or a public name of the
# map; in sim/ evsim_. What is neither should be static.
set -eu
. "$(dirname "$0")/lib.sh"
map=$1
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

map_names "$map" >"$work/public"
object_symbols "$@" >"$work/symbols"
awk -v prefix="$prefix" -v tree="$tree" 'NR == FNR { public[$2] = 1; next }
     $3 == "U" || $3 == "w" || $2 ~ /^__x86\.get_pc_thunk\./ || ($2 in public) { next }
     index($2, prefix) != 1 && !($1 ~ /^os\// && $2 ~ /^os_/) {
             print tree "/" $1 ": " $2 " is no name that this folder may show; static?"
     }' "$work/public" "$work/symbols" >"$work/violations"

finish names "$work/violations" "Internal names are $prefix<module>_<verb>, and os_<call> in os/."
