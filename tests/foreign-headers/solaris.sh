#!/bin/sh
# usage: solaris.sh
# Compiles what src/ has for illumos and Solaris against the declarations in solaris/, which are our
# own: the headers of these systems are not to be had. It finds typing errors and no more.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/foreign-headers/lib.sh

for file in src/os/*.c src/backend/*.c; do
        # shellcheck disable=SC2086
        ${CC:-cc} -D__sun -U__linux__ -isystem tests/foreign-headers/solaris $compile "$file" || {
                echo "solaris: refused $file"
                exit 1
        }
done
echo "solaris: ok"
