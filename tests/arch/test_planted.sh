#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# test_planted.sh COMPILER: each check finds the violations planted for it, fails because
# of them, finds nothing else, and passes where there are none.
set -eu

compiler=$1
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/planted"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

fail() {
	echo "FAILED: $1"
	failures=$((failures + 1))
}

# expect CHECK COMMAND...: fails, and prints expected.CHECK
expect() {
	check=$1
	shift
	if "$@" >"$work/printed" 2>&1; then
		fail "$check: passes in spite of what is planted"
	fi
	sed "s|$work|WORK|g" "$work/printed" >"$work/seen"
	diff -u "expected.$check" "$work/seen" || fail "$check: prints something else"
}

# passes CHECK COMMAND...: succeeds and prints nothing
passes() {
	check=$1
	shift
	if ! "$@" >"$work/printed" 2>&1 || [ -s "$work/printed" ]; then
		cat "$work/printed"
		fail "$check: does not pass where nothing is wrong"
	fi
}

layers() {
	awk -f "$here/check_layers.awk" "$here/layers.txt" "$@"
}

limits() {
	awk -f "$here/check_limits.awk" "$@"
}

text() {
	awk -f "$here/check_text.awk" "$@"
}

compile() {
	mkdir -p "$(dirname "$2")"
	"$compiler" -O0 -fno-builtin -w -c "$1" -o "$2"
}

expect layers layers src/base/layers.c src/cli/layers.c src/odd/new.c src/root.c \
	tests/unit/site/test_layers.c
passes layers layers src/site/clean.c

# as long as is allowed, and one line longer
function_of() {
	echo "int $1(void)"
	echo "{"
	yes "	;" | head -n "$2"
	echo "}"
}
function_of just_right 69 >"$work/right.c"
function_of one_too_many 70 >"$work/long.c"
(yes "" | head -n 600) >"$work/right_file.c"
(yes "" | head -n 601) >"$work/long_file.c"
expect limits limits exceptions.txt src/base/limits.c "$work/long.c" "$work/long_file.c"
passes limits limits /dev/null src/site/clean.c "$work/right.c" "$work/right_file.c"

expect text text src/base/utils.c
passes text text src/site/clean.c

for part in base/calls.c site/calls.c cli/calls.c; do
	mkdir -p "$work/calls/src/$(dirname "$part")"
	cp "src/$part" "$work/calls/src/$part"
	compile "src/$part" "$work/build/x.dir/$part.o"
done
expect symbols "$here/check_symbols.sh" "$work/calls" "$work/build"
expect objects "$here/check_symbols.sh" "$work/calls" "$work/calls"
mkdir -p "$work/clean/src/site"
echo "int clean(void); int clean(void) { return 0; }" >"$work/clean/src/site/clean.c"
compile "$work/clean/src/site/clean.c" "$work/clean/x.dir/site/clean.c.o"
passes symbols "$here/check_symbols.sh" "$work/clean" "$work/clean"

"$compiler" -shared -fPIC -w -Iinclude exports.c -o "$work/planted.so"
expect exports "$here/check_exports.sh" . "$work/planted.so" public_symbols.txt
mkdir -p "$work/good/include/rolewall"
echo "int rolewall_good(void);" | tee "$work/good/include/rolewall/rolewall.h" |
	sed 's/;/ { return 0; }/' >"$work/good.c"
echo "rolewall_good" >"$work/good.txt"
"$compiler" -shared -fPIC -w "$work/good.c" -o "$work/good.so"
passes exports "$here/check_exports.sh" "$work/good" "$work/good.so" "$work/good.txt"

if command -v clang-format-14 >/dev/null; then
	if "$here/check_format.sh" src/base/format.c >/dev/null 2>&1; then
		fail "format: passes in spite of what is planted"
	fi
	passes format "$here/check_format.sh" src/site/clean.c
fi

if command -v shellcheck >/dev/null; then
	printf '#!/bin/sh\nrm %s1\n' '$' >"$work/quote.sh"
	if "$here/check_scripts.sh" "$work/quote.sh" >/dev/null 2>&1; then
		fail "scripts: passes in spite of what is planted"
	fi
fi

if [ "$failures" -ne 0 ]; then
	echo "$failures of the checks' own tests failed"
	exit 1
fi
echo "every check finds what is planted for it, and nothing else"
