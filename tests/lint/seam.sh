#!/bin/sh
# usage: seam.sh OBJECT...
# Outside os/, the library calls nothing of the system: no kernel, clock, randomness, memory,
# environment or thread function. Whatever an object outside os/ needs from outside the library must
# stand in seam-allowed.txt, for that file.
set -eu
. "$(dirname "$0")/lib.sh"
allowed=${SEAM_ALLOWED:-$(dirname "$0")/seam-allowed.txt}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

object_symbols "$@" >"$work/symbols"
awk '
        # A name as the source wrote it: fortified and standard-selected variants are the function.
        function plain(name) {
                sub(/^__isoc(99|23)_/, "", name)
                if (name ~ /^__.*_chk$/) { sub(/^__/, "", name); sub(/_chk$/, "", name) }
                return name
        }
        FILENAME == ARGV[1] {
                if ($0 ~ /^[[:space:]]*(#|$)/) next
                count = split($2, files, ",")
                for (i = 1; i <= count; i++) may[$1, files[i]] = 1
                next
        }
        FNR == 1 { pass++ }
        pass == 1 && $3 != "U" && $3 != "w" { ours[$2] = 1 }
        pass == 2 && ($3 == "U" || $3 == "w") && $1 !~ /^os\// && !($2 in ours) {
                name = plain($2)
                folder = $1
                sub(/\/.*/, "/", folder)
                if (!((name, "*") in may) && !((name, folder) in may) && !((name, $1) in may))
                        print "src/" $1 ": uses " name ", which is not allowed there"
        }' "$allowed" "$work/symbols" "$work/symbols" >"$work/violations"

finish seam "$work/violations" "Go through os/os.h, or argue a row of tests/lint/seam-allowed.txt."
