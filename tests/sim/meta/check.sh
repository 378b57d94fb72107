#!/bin/sh
# The check of determinism is checked: running a program twice (../twice.sh) must find each of the
# planted leaks, and nothing where there is none.
#
#   sh check.sh PROGRAM...
set -u

here=$(cd "$(dirname "$0")" && pwd)
tmp=$(mktemp) || exit 2
trap 'rm -f "$tmp"' EXIT
trap 'exit 130' INT TERM HUP
failed=0

for leak in pid uninitialised address; do
        if sh "$here/../twice.sh" "$@" $leak >"$tmp" 2>&1 || ! grep -q '^not deterministic' "$tmp"; then
                echo "NOT FOUND  $leak"
                cat "$tmp"
                failed=1
        else
                echo "found      $leak"
                sed 's/^/    /' "$tmp"
        fi
done
sh "$here/../twice.sh" "$@" none || {
        echo "FOUND what is not there"
        failed=1
}
exit $failed
