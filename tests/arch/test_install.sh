#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# test_install.sh BUILD_FOLDER COMPILER: what is installed is enough, for the program and for
# a program of somebody else that finds the library by pkg-config.
set -eu

build=$1
compiler=$2

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

DESTDIR=$work/root cmake --install "$build" >"$work/installed"
one() {
	found=$(find "$work/root" -path "$1")
	if [ "$(echo "$found" | grep -c .)" -ne 1 ]; then
		echo "not installed, or twice: $1: $found" >&2
		exit 1
	fi
	echo "$found"
}
description=$(one '*/pkgconfig/rolewall.pc')
library=$(one '*/librolewall.so')
program=$(one '*/sbin/rolewall')
profile=$(one '*/share/rolewall/profiles/defender-iot.cfg')
example=$(one '*/examples/plant.cfg')
one '*/include/rolewall/rolewall.h' >/dev/null
unit=$(one '*/lib/systemd/system/rolewall.service')
if ! grep -qx "ExecStart=${program#"$work/root"} load" "$unit"; then
	echo "the unit does not start the program that is installed:" >&2
	cat "$unit" >&2
	exit 1
fi

cat >"$work/customer.c" <<'END'
#include <rolewall/rolewall.h>
#include <stdio.h>

int main(int count, char **arguments)
{
	const struct rolewall_site_options options = { .size = sizeof(options),
						       .share_folder = arguments[2] };
	struct rolewall_messages *messages = rolewall_messages_new();
	struct rolewall_site *site;

	if (count != 3 || rolewall_site_open(arguments[1], &options, messages, &site))
		return 1;
	puts(rolewall_site_host(site, 0));
	rolewall_site_free(site);
	rolewall_messages_free(messages);
	return 0;
}
END
PKG_CONFIG_PATH=$(dirname "$description")
PKG_CONFIG_SYSROOT_DIR=$work/root
LD_LIBRARY_PATH=$(dirname "$library")
ROLEWALL_SHARE_DIR=$(dirname "$(dirname "$profile")")
export PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR LD_LIBRARY_PATH ROLEWALL_SHARE_DIR
# shellcheck disable=SC2046 # words, by intention
"$compiler" -std=c17 -Wall -Wextra -Wpedantic -Werror "$work/customer.c" \
	$(pkg-config --cflags --libs rolewall) -o "$work/customer"

first=$("$work/customer" "$example" "$ROLEWALL_SHARE_DIR")
if [ "$first" != sensor-1 ]; then
	echo "the customer printed $first, not sensor-1"
	exit 1
fi
"$program" check "$example"
version=$("$program" --version)
wanted=$(pkg-config --modversion rolewall)
case $version in
*"$wanted"*) ;;
*)
	echo "the program says $version, pkg-config $wanted"
	exit 1
	;;
esac
echo "installed: $(wc -l <"$work/installed") lines; a customer was built and ran"
