# shellcheck shell=sh
# Shared by the checks of this folder; sourced. A check prints a line a violation, in the form
# "place: what is wrong", and one line at its end.

# One order of sorting, whatever the user's language.
LC_ALL=C
export LC_ALL

# What is checked: the library, or with TREE=sim the simulation. The folders, lower ones first; a
# folder knows itself and those before it. below: folders of the other tree that it may know too.
# prefix: what names that other files see begin with. platform: where questions about the platform
# may be asked.
tree=${TREE:-src}
# shellcheck disable=SC2034
case $tree in
src) layers="os util evutil backend core" below='' prefix=evi_ platform=os ;;
sim) layers="world kernel net seam posix check guard" below="os util backend core" prefix=evsim_ platform=world ;;
esac

# finish CHECK FILE-OF-VIOLATIONS HINT: the end of every check.
finish()
{
        if [ -s "$2" ]; then
                sort -u "$2"
                printf '%s: %s violation(s). %s\n' "$1" "$(sort -u "$2" | wc -l)" "$3"
                exit 1
        fi
        printf '%s: ok\n' "$1"
        exit 0
}

# The map's names: a line "node name" each.
map_names()
{
        awk '{ sub(/#.*/, "") }
             /^[A-Za-z0-9_.]+ *[{]/ { node = $1 }
             /^[}]/ { node = "" }
             node != "" && /;/ && !/[*]/ { gsub(/[;[:space:]]/, ""); print node, $0 }' "$1"
}

# object_symbols OBJECT...: a line "layer/file.c name type" for every global symbol of the objects.
# The type is nm's letter. An object's folder is its layer: .../core/event.c.o is core/event.c.
object_symbols()
{
        "${NM:-nm}" -A -g -P "$@" | awk '{
                sub(/:$/, "", $1)
                sub(/\.o$/, "", $1)
                parts = split($1, path, "/")
                print path[parts - 1] "/" path[parts], $2, $3
        }'
}
