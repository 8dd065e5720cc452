#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# check_format.sh FILE...: fails on text that clang-format would change.  Version 14, by
# name: others disagree in details.
set -eu

if ! command -v clang-format-14 >/dev/null; then
	echo "SKIPPED: clang-format-14 is not installed"
	exit 77
fi
exec clang-format-14 --style=file --dry-run -Werror "$@"
