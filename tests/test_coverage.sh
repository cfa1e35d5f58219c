#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# coverage/missing.sh, with tracefiles made by hand: what is named with a reason passes, a line or a branch that is not named
# fails, and so does an entry that names nothing; and each entry of the real list begins a line of its file.
set -u
failures=0
fail() {
	echo "FAILED: $*"
	failures=$((failures + 1))
}
root=$S2T_SCRATCH/root
mkdir -p "$root/model" "$root/harness"
printf 'int one;\n\tif (two)\n\t\treturn three;\nint four;\n' >"$root/model/a.c"
cp "$root/model/a.c" "$root/harness/a.c"

# info FILE LINE…: a tracefile; each LINE is one of its records.
info() {
	printf 'TN:\nSF:%s\n' "$root/$1"
	shift
	printf '%s\n' "$@" end_of_record
}

# missing STATUS WHAT: the tracefile and the list that were written, and a line that has to be in the output.
missing() {
	local got status
	got=$(coverage/missing.sh "$S2T_SCRATCH/info" "$S2T_SCRATCH/list" "$root" 2>&1)
	status=$?
	[ "$status" -eq "$1" ] || fail "status $status instead of $1: $got"
	grep -qF -- "$2" <<<"$got" || fail "'$2' is not in: $got"
}

printf '# A comment\nNobody calls it.\n\tmodel/a.c return three\n\tmodel/a.c if (two)\n' >"$S2T_SCRATCH/list"
info model/a.c DA:1,5 BRDA:2,0,0,5 BRDA:2,0,1,0 DA:2,5 DA:3,0 DA:4,1 >"$S2T_SCRATCH/info"
missing 0 '    model/a.c:3: return three;'
missing 0 'Nobody calls it.'
info model/a.c DA:1,0 BRDA:2,0,0,5 BRDA:2,0,1,0 DA:2,5 DA:3,0 >"$S2T_SCRATCH/info"
missing 1 'NOT NAMED model/a.c:1: not executed: int one;'
info model/a.c DA:1,1 BRDA:2,0,0,5 BRDA:2,0,1,0 DA:2,5 DA:3,0 BRDA:4,0,0,- >"$S2T_SCRATCH/info"
missing 1 'NOT NAMED model/a.c:4: a branch not taken: int four;'
info model/a.c DA:1,1 BRDA:2,0,0,5 BRDA:2,0,1,2 DA:2,5 DA:3,0 >"$S2T_SCRATCH/info"
missing 1 'NOT MISSING any more, or not there: model/a.c if (two)'
# What is missing in the harness is in the report, but not judged.
: >"$S2T_SCRATCH/list"
info harness/a.c DA:1,0 >"$S2T_SCRATCH/info"
missing 0 ''

count=0
while read -r file text; do
	count=$((count + 1))
	awk -v text="$text" '{ sub(/^[ \t]+/, "") } index($0, text) == 1 { found = 1 } END { exit !found }' "$file" ||
		fail "coverage/missing.txt: $file has no line that begins with '$text'"
done < <(grep -P '^\t' coverage/missing.txt)
[ "$count" -gt 10 ] || fail "coverage/missing.txt has only $count entries"

echo "$count entries, $failures failures"
[ "$failures" -eq 0 ]
