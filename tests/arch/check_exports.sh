#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# check_exports.sh SOURCE_FOLDER LIBRARY
#
# The shared library exports what public_symbols.txt lists, which is what the public
# header declares: no more, no less.
set -eu

source_folder=$1
library=$2
listed=$(dirname "$0")/public_symbols.txt
if [ $# -gt 2 ]; then
	listed=$3
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# sanitizers and the linker add their own, which no C program can mean
nm -D --defined-only "$library" |
	awk '{ name = $NF; sub(/@.*/, "", name); print name }' |
	grep -v -E '^(_init|_fini|_edata|_end|__bss_start|__asan_.*|__odr_asan.*|__sanitizer.*)$' |
	sort -u >"$work/exported" || true
grep -v '^#' "$listed" | sort -u >"$work/listed"
# comments out, then every NAME( that is declared
awk '{ text = text $0 "\n" }
	END {
		while ((start = index(text, "/*"))) {
			rest = substr(text, start + 2)
			text = substr(text, 1, start - 1) substr(rest, index(rest, "*/") + 2)
		}
		while (match(text, /rolewall_[a-z0-9_]+[ \t]*\(/)) {
			name = substr(text, RSTART, RLENGTH)
			text = substr(text, RSTART + RLENGTH)
			sub(/[ \t]*\($/, "", name)
			print name
		}
	}' "$source_folder/include/rolewall/rolewall.h" | sort -u >"$work/declared"

status=0
say() {
	sed "s|\$|: $1|" >"$work/said"
	if [ -s "$work/said" ]; then
		cat "$work/said"
		status=1
	fi
}
comm -23 "$work/exported" "$work/listed" >"$work/difference"
say "exported, but not in public_symbols.txt" <"$work/difference"
comm -13 "$work/exported" "$work/listed" >"$work/difference"
say "in public_symbols.txt, but not exported" <"$work/difference"
comm -23 "$work/declared" "$work/listed" >"$work/difference"
say "in the public header, but not in public_symbols.txt" <"$work/difference"
comm -13 "$work/declared" "$work/listed" >"$work/difference"
say "in public_symbols.txt, but not in the public header" <"$work/difference"
grep -v '^rolewall_' "$work/listed" >"$work/difference" || true
say "does not begin with rolewall_" <"$work/difference"
if ! [ -s "$work/listed" ]; then
	echo "public_symbols.txt is empty"
	status=1
fi
exit "$status"
