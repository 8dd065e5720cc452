# SPDX-License-Identifier: GPL-2.0-or-later
# awk -f check_text.awk SOURCE...
#
# Prints and fails on what a compiler does not see: a file without its licence line, types
# renamed, jumps, checks silenced without a reason, work put off, names that say nothing.

FNR == 1 {
	name = FILENAME
	sub(/.*\//, "", name)
	if (name ~ /^(utils?|common|misc|helpers?)[._]/)
		refuse("a name that says nothing: " name)
	if ($0 != "/* SPDX-License-Identifier: GPL-2.0-or-later */")
		refuse("the first line is not the SPDX line")
}

FNR == 2 && FILENAME ~ /(^|\/)src\/.*\.[ch]$/ && $0 !~ /^\/\*/ {
	refuse("the file's head does not say what it is")
}

/^[ \t]*typedef[ \t]+(struct|enum|union)/ {
	refuse("a typedef of a struct, enum or union")
}

/^[ \t]*goto[ \t]/ {
	refuse("a goto")
}

{
	# not in what is read by people or is another program's: strings, comments
	code = $0
	gsub(/"([^"\\]|\\.)*"/, "", code)
	if (code !~ /^ ?\*|^[ \t]+\*/) {
		sub(/\/[\/*].*/, "", code)
		count = split(code, words, /[^A-Za-z0-9]+/)
		for (i = 1; i <= count; i++)
			if (words[i] ~ /^(cfg|ctx|tmp|mgr|utils?|misc|helpers?)$/)
				refuse("a word cut short or empty: " words[i])
	}
}

/NOLINT/ && !/NOLINT[A-Z]*(\([^)]*\))?: *[a-z]/ {
	refuse("NOLINT without a reason")
}

/(^|[^A-Za-z])(TODO|FIXME|XXX|HACK)([^A-Za-z]|$)/ {
	refuse("work put off")
}

/[ \t]$/ {
	refuse("space at the line's end")
}

function refuse(what) {
	print FILENAME ":" FNR ": " what
	failed = 1
}

END {
	exit failed
}
