#!/bin/sh
# usage: check.sh SYSTEM FOLDER
# Compiles all of src/ for freebsd, netbsd, openbsd or macos, against that system's own headers, which
# install.sh put into FOLDER. 0 if all is well, 1 if not, 77 where something is missing.
set -u
folder=$2
cd "$(dirname "$0")/../.." || exit 1
. tests/foreign-headers/lib.sh
use_system "$1" "$folder" # sets targets

failed=0
for line in $targets; do
        for file in src/*/*.c; do
                clang_for "$line" "$file" || {
                        echo "${line%%:*}: refuses $file"
                        failed=1
                }
        done
done
[ $failed -eq 0 ] && echo "$1: ok"
exit $failed
