#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Every `s2twin …` command that the README shows in a block of shell runs and ends with status 0, in the root of the
# tree; the trace that it shows replays; and the folders of its map are there.
set -u
status=0
here=$PWD
ran=0

# Lines of ```sh blocks, without their comments.
while read -r line; do
	line=${line%%#*}
	case $line in
	"s2twin "*) ;;
	*) continue ;;
	esac
	ran=$((ran + 1))
	# shellcheck disable=SC2086 # the words of a command line
	if ! "$S2TWIN_PLAIN" ${line#s2twin } >"$S2T_SCRATCH/out" 2>&1; then
		echo "README: '$line' failed:"
		tail -n 5 "$S2T_SCRATCH/out"
		status=1
	fi
done < <(awk '/^```sh$/ { on = 1; next } /^```/ { on = 0 } on' README.md)
[ "$ran" -ge 6 ] || { echo "README: only $ran commands were found"; status=1; }

awk '/^```/ { found = 0 } /^s2twin-trace 1$/ { found = 1 } found' README.md >"$S2T_SCRATCH/readme.trace"
if ! "$S2TWIN_PLAIN" replay "$S2T_SCRATCH/readme.trace"; then
	echo "README: its trace does not replay"
	status=1
fi

for folder in $(sed -n 's/^| `\([a-z0-9/]*\)\/` |.*/\1/p' README.md); do
	[ -d "$here/$folder" ] || { echo "README: there is no folder $folder"; status=1; }
done
exit $status
