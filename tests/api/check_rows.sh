#!/bin/sh
# The rows of README.md and the ids that the tests name in differs("id", ...) are the same set.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# An id may stand on the line after the opening parenthesis.
cat "$here"/test_*.c | tr '\n' ' ' | grep -o 'differs( *"[^"]*"' | sed 's/.*"\(.*\)"/\1/' |
        sort -u >"$work/sources"
# shellcheck disable=SC2016 # Markdown's quotes, not the shell's
grep -o '^| `[^`]*`' "$here/README.md" | sed 's/.*`\(.*\)`/\1/' | sort >"$work/table"

if ! diff "$work/sources" "$work/table" >"$work/difference"; then
        echo "tests/api: the tests (<) and the table of README.md (>) name different rows:"
        cat "$work/difference"
        exit 1
fi
echo "$(wc -l <"$work/table") rows, each named by a test and by the table"
