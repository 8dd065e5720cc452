#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# check_scripts.sh FILE...: fails on shell scripts that shellcheck has a word about.
set -eu

if ! command -v shellcheck >/dev/null; then
	echo "SKIPPED: shellcheck is not installed"
	exit 77
fi
exec shellcheck "$@"
