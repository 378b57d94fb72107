#!/bin/sh
# usage: [TREE=sim] layers.sh FOLDER
# What the text of src/, or of sim/, must obey: includes go down the layers only, headers include one
# another without a cycle, and only one folder (os/, world/) and the public headers ask for which
# platform they are compiled.
set -eu
. "$(dirname "$0")/lib.sh"
src=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bad=$work/violations
: >"$bad"

platforms='__linux__|__linux|__unix__|__APPLE__|__MACH__|__[A-Za-z]+BSD__|__DragonFly__|BSD|__sun|__svr4__|_AIX'
platforms="$platforms|__CYGWIN__|__ANDROID__|_WIN32|_WIN64|_MSC_VER|__MINGW32__|__GLIBC__|__QNX__|EVIDENT_SIM|SIM[A-Z_]*"
platforms="$platforms|__x86_64__|__i386__|__aarch64__|__s390x__|__EMSCRIPTEN__"

cd "$src"

# The names of what a file includes in quotation marks.
includes()
{
        sed -n 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*"\([^"]*\)".*/\1/p' "$1"
}

allowed=$below
for layer in $layers; do
        allowed="$allowed $layer"
        for file in "$layer"/*.[ch]; do
                [ -e "$file" ] || continue
                for header in $(includes "$file"); do
                        case " $allowed " in
                        *" ${header%%/*} "*) ;;
                        *) echo "$tree/$file: includes \"$header\"; $layer may know $allowed only" >>"$bad" ;;
                        esac
                        case " $below " in
                        *" ${header%%/*} "*) header=../src/$header ;;
                        esac
                        [ -e "$header" ] ||
                                echo "$tree/$file: includes \"$header\", which $tree/ does not have" >>"$bad"
                done
                if [ "$layer" != "$platform" ]; then
                        grep -nE "^[[:space:]]*#[[:space:]]*(if|ifdef|ifndef|elif)[[:space:](!].*" "$file" |
                                grep -E "(^|[^A-Za-z0-9_])($platforms)([^A-Za-z0-9_]|\$)" |
                                sed "s|^|$tree/$file:|; s|\$|: a question about the platform, outside $platform/|" \
                                        >>"$bad" || true
                fi
        done
done

for folder in */; do
        case " $layers include " in
        *" ${folder%/} "*) ;;
        *) echo "$tree/$folder: not a layer that tests/lint/lib.sh knows" >>"$bad" ;;
        esac
done

find include -name '*.h' | while read -r file; do
        for header in $(includes "$file"); do
                echo "$tree/$file: includes \"$header\"; public headers include <public> ones only" >>"$bad"
        done
done

# Cycles: tsort names the members of each. Public headers are known by the name that they are
# included by.
find . -name '*.h' | sed 's|^\./||' | while read -r file; do
        from=${file#include/}
        echo "$from $from"
        sed -n 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*["<]\([^">]*\)[">].*/\1/p' "$file" |
                while read -r to; do
                        if [ -e "$to" ] || [ -e "include/$to" ]; then
                                echo "$from $to"
                        fi
                done
done >"$work/edges"
if ! tsort <"$work/edges" >/dev/null 2>"$work/cycles"; then
        grep -v 'contains a loop' "$work/cycles" | sed 's/^tsort: //; s/$/: in a cycle of headers/' >>"$bad"
fi

finish layers "$bad" "The order of the layers is in tests/lint/lib.sh and README.md."
