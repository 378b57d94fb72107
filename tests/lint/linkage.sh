#!/bin/sh
# usage: [TREE=sim] linkage.sh OBJECT...
# No cycles between the folders of src/, or of sim/, at link time: an object uses symbols of its own folder and of
# earlier ones. Includes alone do not show this; a declaration copied into a .c file would pass there.
set -eu
. "$(dirname "$0")/lib.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

object_symbols "$@" >"$work/symbols"
awk -v layers="$layers" -v tree="$tree" '
        BEGIN { n = split(layers, list, " "); for (i = 1; i <= n; i++) rank[list[i]] = i }
        { layer = $1; sub(/\/.*/, "", layer) }
        !(layer in rank) { print $1 ": its folder is not a layer"; next }
        NR == FNR { if ($3 != "U" && $3 != "w") { home[$2] = $1; level[$2] = rank[layer] } next }
        $3 == "U" && ($2 in level) && level[$2] > rank[layer] {
                print tree "/" $1 ": uses " $2 " of " tree "/" home[$2] ", a later layer"
        }' "$work/symbols" "$work/symbols" >"$work/violations"

finish linkage "$work/violations" "A lower layer returns what it knows; it does not call up."
