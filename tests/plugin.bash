# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# What the scripts about plug-ins have in common. To be sourced; status is what they exit with.
# shellcheck disable=SC2034
status=0

complain() { # what [FILE that tells more]
	echo "$1"
	[ $# -lt 2 ] || sed 's/^/    /' "$2" | head -n 15
	status=1
}

# expect STATUS REGEX COMMAND…: its status, and a line of its output, which is then $S2T_SCRATCH/log
expect() {
	"${@:3}" >"$S2T_SCRATCH/log" 2>&1
	local got=$?

	[ $got -eq "$1" ] || complain "status $got, not $1: ${*:3}" "$S2T_SCRATCH/log"
	grep -Eq -- "$2" "$S2T_SCRATCH/log" || complain "no line with '$2': ${*:3}" "$S2T_SCRATCH/log"
}
