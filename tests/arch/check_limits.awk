# SPDX-License-Identifier: GPL-2.0-or-later
# awk -f check_limits.awk exceptions.txt SOURCE...
#
# Prints and fails on functions of more than 70 lines, nesting of more than 3 or more than
# 5 parameters, and on files of more than 600 lines.  exceptions.txt names functions that
# may have one parameter more, each with its reason; one that is no exception any more
# fails too.
#
# Reads C as text: comments, strings and preprocessor lines are taken out, then braces and
# parentheses are counted.  A brace opens a block when it follows if (...), for (...),
# while (...), switch (...), else, do, a label or another statement; others belong to
# initialisers and types, and do not nest.

BEGIN {
	LINES = 70
	NESTING = 3
	PARAMETERS = 5
	FILE_LINES = 600
}

FILENAME == ARGV[1] {
	if (/^[^#]/) {
		split($0, parts, ":")
		exceptions[parts[1]] = 1
	}
	next
}

FNR == 1 {
	end_file()
	file = FILENAME
	depth = nesting = parens = in_comment = in_directive = 0
	previous = word = ""
	function_name = ""
}

{
	lines = FNR
	scan(without_text($0))
}

END {
	end_file()
	for (name in exceptions)
		if (!(name in used)) {
			print "exceptions.txt: " name "() is no exception: take it out"
			failed = 1
		}
	exit failed
}

function refuse(line, what) {
	print file ":" line ": " what
	failed = 1
}

function end_file() {
	if (file != "" && lines > FILE_LINES)
		refuse(lines, "the file has " lines " lines, more than " FILE_LINES)
	if (file != "" && depth)
		refuse(lines, "the braces do not pair")
}

# A line without comments, strings, character constants and directives.
function without_text(line,    out, i, c, two, quote) {
	if (in_directive || (!in_comment && line ~ /^[ \t]*#/)) {
		in_directive = line ~ /\\$/
		return ""
	}
	out = ""
	for (i = 1; i <= length(line); i++) {
		c = substr(line, i, 1)
		two = substr(line, i, 2)
		if (in_comment) {
			if (two == "*/") {
				in_comment = 0
				i++
			}
		} else if (quote != "") {
			if (c == "\\")
				i++
			else if (c == quote)
				quote = ""
		} else if (two == "/*") {
			in_comment = 1
			i++
		} else if (two == "//") {
			break
		} else if (c == "\"" || c == "'") {
			quote = c
			out = out "0"
		} else {
			out = out c
		}
	}
	return out
}

# Splits into words and single characters.
function scan(line,    token) {
	while (match(line, /[A-Za-z0-9_]+|[^ \t]/)) {
		token = substr(line, RSTART, RLENGTH)
		line = substr(line, RSTART + RLENGTH)
		take(token)
		previous = token
	}
}

function take(token) {
	if (token == "(") {
		before[++parens] = previous
		commas[parens] = 0
		empty[parens] = 1
		return
	}
	if (token == ")") {
		closed_before = before[parens]
		closed_parameters = empty[parens] ? 0 : commas[parens] + 1
		parens--
		if (parens)
			empty[parens] = 0
		if (!parens)
			closed_line = FNR
		return
	}
	if (parens) {
		if (token == ",")
			commas[parens]++
		if (token != "void" || previous != "(")
			empty[parens] = 0
	}
	if (token == "{")
		open_brace()
	if (token == "}")
		close_brace()
}

function open_brace() {
	kind[++depth] = "other"
	if (depth == 1 && previous == ")") {
		kind[depth] = "function"
		begin_function(closed_before, closed_parameters)
	} else if (function_name != "" && opens_block()) {
		kind[depth] = "block"
		if (++nesting == NESTING + 1)
			refuse(FNR, function_name "() nests deeper than " NESTING)
	}
}

function opens_block() {
	if (previous == ")")
		return closed_before ~ /^(if|for|while|switch)$/
	return previous ~ /^(else|do|[;{}:])$/ && !parens && kind[depth - 1] != "other"
}

function begin_function(name, parameters) {
	function_name = name
	function_line = FNR
	if (parameters <= PARAMETERS)
		return
	used[name] = 1
	if (parameters > PARAMETERS + 1 || !(name in exceptions))
		refuse(FNR, name "() has " parameters " parameters, more than " PARAMETERS)
}

function close_brace() {
	if (kind[depth] == "block")
		nesting--
	if (kind[depth] == "function") {
		if (FNR - function_line > LINES)
			refuse(function_line, function_name "() has " \
			       FNR - function_line " lines, more than " LINES)
		function_name = ""
	}
	depth--
}
