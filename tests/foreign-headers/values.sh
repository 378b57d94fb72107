#!/bin/sh
# usage: values.sh FOLDER
# What src/os/kevent.h declares where there is no kqueue is what FreeBSD's own header says: the value
# of every name, the place and size of every field. A program compiled here prints them as
# assertions, which are compiled for FreeBSD.
set -u
folder=$1
cd "$(dirname "$0")/../.." || exit 1
. tests/foreign-headers/lib.sh
use_system freebsd "$folder"
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

names=$(sed -n 's/^#define \(EV[A-Z]*_[A-Z0-9_]*\|NOTE_[A-Z0-9_]*\) .*/\1/p' src/os/kevent.h | sort -u)
fields="ident filter flags fflags data udata ext"
[ "$(echo "$names" | wc -l)" -gt 50 ] || {
        echo "values: src/os/kevent.h has lost its names"
        exit 1
}

for field in $fields; do
        echo "SAY(offsetof(struct kevent, $field));"
        echo "SAY(sizeof((struct kevent *)0)->$field);"
done >"$work/list.h"
for name in $names; do
        echo "SAY($name);"
done >>"$work/list.h"
cat >"$work/say.c" <<'END'
#include <stddef.h>
#include <stdio.h>
#include "os/kevent.h"
#define SAY(value) \
        printf("_Static_assert(%lldLL == (long long)(%s), \"%s\");\n", (long long)(value), #value, #value)
int main(void)
{
        SAY(sizeof(struct kevent));
#include "list.h"
        return 0;
}
END
${CC:-cc} -std=c11 -Isrc "$work/say.c" -o "$work/say" || exit 1

{
        echo '#include <sys/types.h>'
        echo '#include <sys/event.h>'
        echo '#include <stddef.h>'
        echo 'extern int something;'
        "$work/say"
} >"$work/assert.c"
line=$(echo "$targets" | head -n 1)
clang_for "$line" "$work/assert.c" || exit 1
echo "values: $(grep -c Static_assert "$work/assert.c") are those of FreeBSD"
