#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# percent.sh INFO ROOT LINES BRANCHES FOLDER…: covered lines and branches, in percent, of what lies in these folders below
# ROOT, as the tracefile INFO counts them. Status 1: less than LINES or BRANCHES percent, of the counts and not of what is
# printed, which is rounded.
set -euo pipefail
[ $# -ge 5 ] || { echo "usage: percent.sh INFO ROOT LINES BRANCHES FOLDER…" >&2 && exit 2; }
info=$1 root=$(readlink -f -- "$2")/ lines=$3 branches=$4
shift 4
awk -v root="$root" -v folders=" $* " -v least_lines="$lines" -v least_branches="$branches" '
	/^SF:/ { folder = substr($0, 4 + length(root)); sub("/.*", "", folder); counts = index(folders, " " folder " ") }
	/^DA:/ && counts { lines++; run += !/,0$/ }
	/^BRDA:/ && counts { branches++; taken += !/,(0|-)$/ }
	END {
		printf "%.1f %.1f\n", lines ? 100 * run / lines : 0, branches ? 100 * taken / branches : 0
		exit 100 * run < least_lines * lines || 100 * taken < least_branches * branches
	}' "$info"
