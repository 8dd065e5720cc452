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

found=0
status=0
sources=$(find "$source_folder/src" -name '*.c' | sort)
for source in $sources; do
	part=${source#"$source_folder/src/"}
	case $part in
	cli/*)  place=cli ;;
	base/*) place=base ;;
	*)      place=library ;;
	esac
	# the folder's target has its name; the files at the root may be in any
	object=$(find "$object_folder" -path "*.dir/$part.o" | head -n 1)
	if [ -z "$object" ]; then
		echo "$part: no object file in the build"
		status=1
		continue
	fi
	found=$((found + 1))
	nm -u "$object" | awk -v part="$part" -v place="$place" '
		NR == FNR {
			if (/^[^#]/)
				where[$1] = $2
			next
		}
		{
			name = $2
			sub(/@.*/, "", name)
			if (!(name in where)) {
				sub(/^__/, "", name) # fortified: __strcpy_chk
				sub(/_chk$/, "", name)
			}
			if (where[name] == "all" ||
			    (where[name] == "library" && place != "cli") ||
			    (where[name] == "outside-base" && place == "library")) {
				print part ": calls " name
				failed = 1
			}
		}
		END { exit failed }' "$here/forbidden.txt" - || status=1
done

if [ "$found" -eq 0 ]; then
	echo "no object files in $object_folder"
	exit 1
fi
exit "$status"
