#!/bin/sh
# usage: [TREE=sim] globals.sh README OBJECT...
# The mutable globals of the library, file-local and function-local ones included, are exactly those
# of the list in README's section 'Process-wide state': the first fenced block there, a line each,
# "folder/file.c name" and then words for people. Constant tables do not count.
set -eu
. "$(dirname "$0")/lib.sh"
readme=$1
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bad=$work/violations
: >"$bad"

awk '/^#+ / { inside = tolower($0) ~ /process-wide state/; fence = 0 }
     inside && /^```/ { if (++fence == 2) exit; next }
     inside && fence == 1 && NF { print $1, $2 }' "$readme" | sort -u >"$work/listed"
grep -qi '^#.*process-wide state' "$readme" ||
        echo "$readme: has no section 'Process-wide state'" >>"$bad"

# sysv format, because its last column is the section: .data.rel.ro holds constants that the loader
# relocates, which nm's letter does not tell from data. The letters of function-local names (.0) go.
for object in "$@"; do
        file=${object%.o}
        folder=${file%/*}
        file=${folder##*/}/${file##*/}
        "${NM:-nm}" -f sysv "$object" | awk -F'|' -v file="$file" '
                NF == 7 {
                        gsub(/[[:space:]]/, "")
                        if ($7 ~ /^(\.data|\.bss|\.tdata|\.tbss|\.sdata|\.sbss|\*COM\*)/ &&
                            $7 !~ /^\.data\.rel\.ro/ && $4 ~ /^(OBJECT|TLS)$/) {
                                if ($1 ~ /^\.L/) next
                                sub(/\.[0-9]+$/, "", $1)
                                print file, $1
                        }
                }'
done | sort -u >"$work/found"

comm -13 "$work/listed" "$work/found" |
        sed "s|^|$tree/|; s|\$|: a mutable global that ${readme##*/} does not list|" >>"$bad"
comm -23 "$work/listed" "$work/found" |
        sed "s|^|$tree/|; s|\$|: listed in ${readme##*/}, but there is no such mutable global|" >>"$bad"

finish globals "$bad" "Process-wide state belongs into a world (struct os_process, struct evsim_world)."
