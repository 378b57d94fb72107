#!/bin/sh
# usage: selftest.sh
# A check that cannot fail proves nothing: each check of this folder is given a small library that is
# in order, then the same with one fault planted, and must name that fault.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cc=${CC:-cc}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
planted=0

# fresh: a library of two functions and one table, in order in every respect.
fresh()
{
        rm -rf "$work/tree"
        mkdir -p "$work/tree/src/os" "$work/tree/src/util" "$work/tree/src/evutil" "$work/tree/src/backend" \
                "$work/tree/src/core" "$work/tree/src/include/event2" "$work/tree/src/include/evident"
        cd "$work/tree"
        cat >src/include/event2/event.h <<'END'
#ifdef __linux__
#endif
__attribute__((visibility("default"))) int event_one(int x);
END
        echo '__attribute__((visibility("default"))) int evident_version(void);' >src/include/evident/evident.h
        cat >src/os/os.h <<'END'
struct os { int x; };
__attribute__((visibility("default"))) int os_enter(const struct os *os);
END
        cat >src/os/os.c <<'END'
#include "os/os.h"
#include <stdlib.h>
#if defined(__linux__)
#endif
static int entered;
int os_enter(const struct os *os) { return entered += abs(os->x) + (getenv("HOME") != 0); }
END
        echo 'int evi_util_twice(int x);' >src/util/util.h
        cat >src/util/util.c <<'END'
#include "util/util.h"
int evi_util_twice(int x) { return 2 * x; }
END
        cat >src/core/core.c <<'END'
#include <evident/evident.h>
#include <event2/event.h>
#include "os/os.h"
#include "util/util.h"
int evident_version(void) { return 1; }
static int (*const table[])(int) = {evi_util_twice};
int event_one(int x) { struct os os = {x}; return table[x](x) + os_enter(&os); }
END
        cat >map <<'END'
LIBEVENT_2.1 { # a comment
global:
        event_one;
local:
        *;
};
EVIDENT_1 {
global:
        evident_version;
};
EVIDENT_PRIVATE {
global:
        os_enter;
};
END
        printf '# facts\n## a group\nevent_one event.h int (int)\n' >functions
        # shellcheck disable=SC2016
        printf '# It\n## Process-wide state\nText.\n```\nos/os.c entered  who is here\n```\n## More\n```\nx y\n```\n' \
                >README.md
}

# build: the tree's objects and its shared library.
build()
{
        rm -rf objects
        for file in src/*/*.c; do
                object=objects/${file#src/}.o
                mkdir -p "${object%/*}"
                "$cc" -fPIC -O1 -fvisibility=hidden -Isrc -Isrc/include -c "$file" -o "$object" || return 1
        done
        "$cc" -shared -Wl,--version-script=map -o library.so objects/*/*.o
}

# run CHECK: one check on the tree, with its output in $work/out.
run()
{
        if [ "$1" != layers ]; then
                build >"$work/out" 2>&1 || die "the tree does not compile"
        fi
        case $1 in
        layers) set -- layers.sh src ;;
        linkage) set -- linkage.sh objects/*/*.o ;;
        seam) set -- seam.sh objects/*/*.o ;;
        symbols) set -- symbols.sh library.so map functions src/include/evident/evident.h ;;
        globals) set -- globals.sh README.md objects/*/*.o ;;
        names) set -- names.sh map objects/*/*.o ;;
        esac
        script=$1
        shift
        sh "$here/$script" "$@" >"$work/out" 2>&1
}

die()
{
        printf 'selftest: %s\n' "$1"
        sed 's/^/    /' "$work/out"
        exit 1
}

# must_fail CHECK PATTERN: with the fault that was just planted.
must_fail()
{
        if run "$1"; then
                die "$1 did not see this fault: $2"
        fi
        grep -q "$2" "$work/out" || die "$1 failed, but not with: $2"
        planted=$((planted + 1))
        fresh
}

fresh
for check in layers linkage seam symbols globals names; do
        run "$check" || die "$check complains of a library that is in order"
done

echo '#include "core/core.h"' >>src/util/util.c
touch src/core/core.h
must_fail layers 'src/util/util.c: includes "core/core.h"; util may know'
echo '#include "util/none.h"' >>src/core/core.h
must_fail layers 'which src/ does not have'
echo '#elif defined __APPLE__ && X' >>src/util/util.h
sed -i '1i #if 0' src/util/util.h
echo '#endif' >>src/util/util.h
must_fail layers 'src/util/util.h:3:.*a question about the platform'
printf '#ifndef A\n#define A\n#include "util/b.h"\n#endif\n' >src/util/a.h
printf '#ifndef B\n#define B\n#include "util/a.h"\n#endif\n' >src/util/b.h
must_fail layers 'util/a.h: in a cycle of headers'
echo '#include "os/os.h"' >>src/include/event2/event.h
must_fail layers 'public headers include <public> ones only'
mkdir src/stray
must_fail layers 'src/stray/: not a layer'

cat >>src/util/util.c <<'END'
int event_one(int x);
int evi_util_up(int x);
int evi_util_up(int x) { return event_one(x); }
END
must_fail linkage 'src/util/util.c: uses event_one of src/core/core.c, a later layer'

cat >>src/util/util.c <<'END'
#include <stdlib.h>
void *evi_util_new(void);
void *evi_util_new(void) { return malloc(1); }
END
must_fail seam 'src/util/util.c: uses malloc, which is not allowed there'
cat >>src/core/core.c <<'END'
#include <errno.h>
void evi_core_set(void);
void evi_core_set(void) { errno = 1; }
END
must_fail seam 'src/core/core.c: uses __errno_location, which is not allowed there'

sed -i 's/event_one;/event_one;\n event_two;/' map
must_fail symbols 'event_two: missing from the library (node LIBEVENT_2.1)'
sed -i 's/event_one;/event_one;\n event_data;/' map
echo '__attribute__((visibility("default"))) int event_data = 1;' >>src/core/core.c
must_fail symbols 'event_data: exported, and not a function'

cat >>src/core/core.c <<'END'
__attribute__((visibility("default"))) int evi_extra(void);
int evi_extra(void) { return 1; }
END
sed -i 's/event_one;/event_one;\n evi_ext*;/' map
must_fail symbols 'evi_extra: exported (node LIBEVENT_2.1) but not in the map'
echo 'event_three event.h int (int)' >>functions
must_fail symbols 'event_three: a public function of libevent that the map lacks'
sed -i '/event_one/d' functions
must_fail symbols 'event_one: in LIBEVENT_2.1 but no public function of libevent'
echo >src/include/evident/evident.h
must_fail symbols 'evident_version: in EVIDENT_1 but not declared'
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        sed -i "s/os_enter;/os_enter; \n os_more_$i;/" map
done
must_fail symbols 'EVIDENT_PRIVATE: 21 functions'

echo 'static int counter; int evi_count(void); int evi_count(void) { return ++counter; }' >>src/util/util.c
must_fail globals 'src/util/util.c counter: a mutable global'
echo 'int evi_count(void); int evi_count(void) { static int hidden = 3; return ++hidden; }' >>src/util/util.c
must_fail globals 'src/util/util.c hidden: a mutable global'
echo 'int evi_count(void); int evi_count(void) { static _Thread_local int own; return ++own; }' >>src/util/util.c
must_fail globals 'src/util/util.c own: a mutable global'
sed -i 's|^os/os.c.*|os/os.c gone|' README.md
must_fail globals 'src/os/os.c gone: listed in README.md, but'
sed -i 's/^## Process-wide state/## Other/' README.md
must_fail globals "has no section 'Process-wide state'"

echo 'int loose(void); int loose(void) { return 1; }' >>src/util/util.c
must_fail names 'src/util/util.c: loose is no name'
echo 'extern const int os_table; const int os_table = 1;' >>src/core/core.c
must_fail names 'src/core/core.c: os_table is no name'

printf 'selftest: each of %d planted faults was named\n' "$planted"
