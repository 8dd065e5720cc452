# SPDX-License-Identifier: GPL-2.0-or-later
# awk -f check_layers.awk layers.txt SOURCE...
#
# Prints and fails on each #include that layers.txt does not grant, and on the one way to
# call across folders without an include: a declaration of one's own.

FILENAME == ARGV[1] {
	if (/^[^#]/ && sub(/:/, " ")) {
		known[$1] = 1
		for (i = 1; i <= NF; i++)
			granted[$1, $i] = 1
	}
	next
}

FNR == 1 {
	folder = FILENAME
	is_test = sub(/^(.*\/)?tests\/unit\//, "", folder)
	if (!is_test && !sub(/^(.*\/)?src\//, "", folder))
		sub(/^(.*\/)?tests\//, "", folder)
	at_root = !sub(/\/.*/, "", folder)
	if (at_root)
		folder = "."
	if (!(folder in known)) {
		print FILENAME ": " folder "/ is not in layers.txt"
		failed = 1
	}
}

function refuse(what) {
	print FILENAME ":" FNR ": " folder "/ may not " what
	failed = 1
}

/^[ \t]*#[ \t]*include/ {
	header = $0
	sub(/^[ \t]*#[ \t]*include[ \t]*/, "", header)
	sub(/[ \t]*(\/\*.*)?$/, "", header)
	name = substr(header, 2, length(header) - 2)
	top = name
	sub(/\/.*/, "", top)
	if (header ~ /^<.*>$/) {
		if (("libc", "<" top ">") in granted || (folder, "<" top ">") in granted)
			next
	} else if (header ~ /^".*"$/ && index(name, "/")) {
		if (is_test && top == "support")
			next
		if (is_test && sub(/^unit\//, "", name)) {
			top = name
			sub(/\/.*/, "", top)
		}
		if (name !~ /\.\./ && ((folder, top) in granted || (folder, name) in granted))
			next
	} else if (header ~ /^".*"$/ && (at_root || is_test)) {
		next # a header beside it
	}
	refuse("include " header)
}

/^[ \t]*extern[ \t]/ && FILENAME ~ /\.c$/ {
	refuse("declare by itself what a header should: " $0)
}

END {
	exit failed
}
