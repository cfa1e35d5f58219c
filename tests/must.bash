# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# What the scripts about the installed package have in common. To be sourced.
failures=0

fail() {
	echo "FAILED: $*"
	failures=$((failures + 1))
}

must() { # what, command…: shows what the command says only if it fails
	local what=$1
	shift
	"$@" >"$S2T_SCRATCH/log" 2>&1 || { tail -n 25 "$S2T_SCRATCH/log" && fail "$what" && return 1; }
}
