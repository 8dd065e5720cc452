#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# check_symbols.sh SOURCE_FOLDER OBJECT_FOLDER
#
# Prints and fails on each object file that calls a function of forbidden.txt.  Looks at
# objects, not at text: comments and strings raise no false alarm, macros hide nothing.
# The objects must be of a build without optimisation, which may call what was not written.
set -eu

source_folder=$1
object_folder=$2
here=$(dirname "$0")

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

status=0
(cd "$source_folder/src" && find . -name '*.c' | sed 's|^\./||' | sort) >"$work/parts"
# the folder's target has its name; the files at the root may be in any
find "$object_folder" -name '*.c.o' >"$work/objects"
while read -r part; do
	if ! grep -m 1 "\.dir/$part\.o\$" "$work/objects" >>"$work/found"; then
		echo "$part: no object file in the build"
		status=1
	fi
done <"$work/parts"
if ! [ -s "$work/found" ]; then
	echo "no object files in $object_folder"
	exit 1
fi

tr '\n' '\0' <"$work/found" | xargs -0 nm -A -u >"$work/symbols"
awk '
	NR == FNR {
		if (/^[^#]/)
			where[$1] = $2
		next
	}
	{
		name = $NF
		sub(/@.*/, "", name)
		if (!(name in where)) {
			sub(/^__/, "", name) # fortified: __strcpy_chk
			sub(/_chk$/, "", name)
		}
		part = $0
		sub(/\.o: *U .*/, "", part)
		sub(/.*\.dir\//, "", part)
		place = part
		sub(/\/.*/, "", place)
		if (where[name] == "all" ||
		    (where[name] == "library" && place != "cli") ||
		    (where[name] == "outside-timer" && part !~ /^change\/timer/) ||
		    (where[name] == "library-but-timer" && place != "cli" &&
		     part !~ /^change\/timer/) ||
		    (where[name] == "outside-base" && place != "cli" && place != "base")) {
			print part ": calls " name
			failed = 1
		}
	}
	END { exit failed }' "$here/forbidden.txt" "$work/symbols" || status=1
exit "$status"
