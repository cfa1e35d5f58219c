#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# coverage/missing.sh, with tracefiles made by hand: what is named with a reason passes, a line or a branch that is not named
# fails, and so does an entry that names nothing; and each entry of the real list begins a line of its file. The limits of
# coverage/report.sh. coverage/cases.sh, with a command and a tree made by hand: the counts and the examples of a case, and
# one that nothing reaches fails.
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

printf '# A comment\nNobody calls it.\n\tnever model/a.c return three\n\tmodel/a.c if (two)\n' >"$S2T_SCRATCH/list"
info model/a.c DA:1,5 BRDA:2,0,0,5 BRDA:2,0,1,0 DA:2,5 DA:3,0 DA:4,1 >"$S2T_SCRATCH/info"
missing 0 '    model/a.c:3: return three;'
missing 0 'Nobody calls it.'
info model/a.c DA:1,1 BRDA:2,0,0,- BRDA:2,0,1,- DA:2,0 DA:3,0 >"$S2T_SCRATCH/info"
missing 1 'NOT NAMED model/a.c:2: not executed: if (two)'
info model/a.c DA:1,0 BRDA:2,0,0,5 BRDA:2,0,1,0 DA:2,5 DA:3,0 >"$S2T_SCRATCH/info"
missing 1 'NOT NAMED model/a.c:1: not executed: int one;'
info model/a.c DA:1,1 BRDA:2,0,0,5 BRDA:2,0,1,0 DA:2,5 DA:3,0 BRDA:4,0,0,- >"$S2T_SCRATCH/info"
missing 1 'NOT NAMED model/a.c:4: a branch not taken: int four;'
info model/a.c DA:1,1 BRDA:2,0,0,5 BRDA:2,0,1,2 DA:2,5 DA:3,0 >"$S2T_SCRATCH/info"
missing 1 'NOT AS NAMED: 0 lines instead of 1: model/a.c if (two)'
# Of two lines that begin alike both count.
printf 'Numbers.\n\t2 never model/a.c int\n' >"$S2T_SCRATCH/list"
info model/a.c DA:1,0 DA:4,0 >"$S2T_SCRATCH/info"
missing 0 '    model/a.c:4: int four;'
info model/a.c DA:1,0 DA:4,1 >"$S2T_SCRATCH/info"
missing 1 'NOT AS NAMED: 1 lines instead of 2: never model/a.c int'
# What is missing in the harness is in the report, but not judged.
: >"$S2T_SCRATCH/list"
info harness/a.c DA:1,0 >"$S2T_SCRATCH/info"
missing 0 ''

# percent STATUS PRINTED ARGUMENT…: 9 of 10 lines and 2 of 3 branches in model, 1 line in harness that is not executed.
{
	info model/a.c DA:{1,2,3,4,5,6,7,8,9},1 DA:10,0 BRDA:1,0,0,5 BRDA:1,0,1,2 BRDA:2,0,0,-
	info harness/a.c DA:1,0
} >"$S2T_SCRATCH/info"
percent() {
	local want="$1:$2" got status
	shift 2
	got=$(coverage/percent.sh "$S2T_SCRATCH/info" "$root" "$@")
	status=$?
	[ "$status:$got" = "$want" ] || fail "percent.sh $*: $status:$got, not $want"
}
percent 0 '90.0 66.7' 90 66 model
percent 1 '90.0 66.7' 90 66.7 model
percent 1 '90.0 66.7' 90.01 66 model impl
percent 1 '81.8 66.7' 90 66 model harness
percent 0 '0.0 0.0' 0 0 harness
grep -q ' 98 95 model impl ' coverage/report.sh || fail "report.sh has other limits"

count=0
while read -r entry; do
	count=$((count + 1))
	[[ $entry =~ ^([0-9]+ )?(never )?([^ ]+)\ (.*)$ ]] || fail "coverage/missing.txt: $entry"
	file=${BASH_REMATCH[3]} text=${BASH_REMATCH[4]}
	awk -v text="$text" '{ sub(/^[ \t]+/, "") } index($0, text) == 1 { found = 1 } END { exit !found }' "$file" ||
		fail "coverage/missing.txt: $file has no line that begins with '$text'"
done < <(grep -P '^\t' coverage/missing.txt)
[ "$count" -gt 10 ] || fail "coverage/missing.txt has only $count entries"

# A command that knows three cases of one operation, and a tree of one trace, one input and a table.
tree=$S2T_SCRATCH/tree
mkdir -p "$tree/corpus/inputs" "$tree/tests/cases"
cat >"$tree/s2twin" <<'END'
#!/bin/sh
case $1 in
spec) printf '  AAA-0   undefined            n < 2\n  AAA-1   ok        low only   one\n  AAA-2   panic     top only   two\n' ;;
convert) printf 's2twin-trace 1\none of=input\n' >"$4" ;;
run) printf '  "cases": {\n    "AAA-0": 12\n  },\n' ;;
eval)
	[ "$3" != low ] || printf '{"step":2,"op":"one","outcome":"ok","case":"AAA-1","writes":[]}\n'
	printf '{"step":3,"op":"one","outcome":"undefined","case":"AAA-0","writes":[]}\n'
	;;
esac
END
chmod +x "$tree/s2twin"
printf 's2twin-trace 1\n# comment\nconfig corevisor=3\none a=1\none a=2\none a=3\none a=4\n' >"$tree/corpus/a.trace"
: >"$tree/corpus/inputs/in"
printf 'row AAA-2 words\ngiven\n\tpage pfn=1\n\tone a=5\nwhen one a=6\nboth AAA-0 undefined\n\tentry 1\ntop AAA-2 panic\n' \
	>"$tree/tests/cases/one.case"

# cases STATUS LINE…: the table has each of them.
cases() {
	local want=$1 status line
	shift
	coverage/cases.sh "$tree/s2twin" "$S2T_SCRATCH/cases" "$tree" 2>"$S2T_SCRATCH/err"
	status=$?
	[ "$status" -eq "$want" ] || fail "cases.sh: status $status instead of $want: $(cat "$S2T_SCRATCH/err")"
	for line; do
		grep -qF -- "$line" "$S2T_SCRATCH/cases/cases.html" || fail "cases.sh: '$line' is not in the table"
	done
}
example() { # CASE LINE…
	local file=$S2T_SCRATCH/cases/examples/$1.trace
	shift
	printf '%s\n' s2twin-trace\ 1 "$@" | cmp - "$file" || fail "cases.sh: the example is $(cat "$file")"
}
cases 0 '<tr><td>AAA-0<td>undefined<td>1<td>1<td>36<td>1<td>1<td>1<td>24<td>1<td>1<td>0<td>' '>2 operations</a><td>n &lt; 2</tr>' \
	'<tr><td>AAA-1<td>ok<td>1<td>1<td>0<td>0<td colspan=4>only the low form has this path<td colspan=2>only the low' \
	'<td>0<td>1<td><a href="examples/AAA-2.trace">2 operations</a><td>two</tr>' '3 cases, 0 of them'
example AAA-0 'page pfn=1' 'one a=5' 'one a=6'
example AAA-1 'config corevisor=3' 'one a=1' 'one a=2'
sed -i '/^top/d' "$tree/tests/cases/one.case"
cases 1 '<tr class=missing><td>AAA-2' '3 cases, 1 of them'

echo "$count entries, $failures failures"
[ "$failures" -eq 0 ]
