# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# What scripts of tests have in common: failures are told and counted. To be sourced; `prefix` is what stands before the
# arguments of expect, nothing unless the script says otherwise.
failures=0
checks=0
prefix=()

complain() {
	echo "FAILED: $1" >&2
	failures=$((failures + 1))
}

# check WHAT COMMAND…: the command has to succeed.
check() {
	checks=$((checks + 1))
	"${@:2}" || complain "$1"
}

# expect STATUS PATTERN ARGUMENTS…: runs them, on both streams. PATTERN is one of the shell, for all of the output.
expect() {
	local status=$1 pattern=$2 got text
	shift 2
	text=$("${prefix[@]}" "$@" 2>&1 </dev/null)
	got=$?
	# shellcheck disable=SC2053
	if [ "$got" -ne "$status" ] || [[ $text != $pattern ]]; then
		complain "$*: exit status $got, not $status, or another output than '$pattern':"
		tail -n 20 <<<"$text" >&2
	fi
}
