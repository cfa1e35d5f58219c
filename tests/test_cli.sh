#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The command line: exit statuses, which stream gets what, and the sentences. S2TWIN names the command and
# S2T_SCRATCH an empty directory.
# shellcheck disable=SC2016 # the backquotes are part of the sentences
set -u
s2twin=${S2TWIN:?names the s2twin command}
cd "${S2T_SCRATCH:?names an empty directory}" || exit 3
failures=0
checks=0

complain() {
	echo "FAILED: $1" >&2
	failures=$((failures + 1))
}

# expect STATUS STDOUT STDERR ARGUMENTS…: both texts are whole outputs, but for their last line end.
# An output that is only known in part is a pattern, *such as this*.
expect() {
	local status=$1 out=$2 err=$3 got_status got_out got_err
	shift 3
	checks=$((checks + 1))
	"$s2twin" "$@" >out 2>err </dev/null
	got_status=$?
	got_out=$(cat out)
	got_err=$(cat err)
	[ "$got_status" -eq "$status" ] || complain "s2twin $*: exit status $got_status, not $status"
	# shellcheck disable=SC2053
	[[ $got_out == $out ]] || complain "s2twin $*: standard output is: $got_out"
	# shellcheck disable=SC2053
	[[ $got_err == $err ]] || complain "s2twin $*: standard error is: $got_err"
	[ "$(wc -l <err)" -le 1 ] || complain "s2twin $*: more than one sentence on standard error"
}

good='s2twin-trace 1
map_page_host addr=0x40005000
walk_s2pt vmid=0 addr=0x40005000
walk_s2pt addr=0x40005000 vmid=17
assign_pfn_to_vm vmid=1 gfn=7 pfn=0x90000'
printf '%s\n' "$good" >good.trace
step1='{"step":1,"op":"map_page_host","outcome":"ok","case":"MPH-3","writes":[["npt","0x0","0x40005","0x40005","0x3","0x40005fff"],["npt_next","0x0","pgd","0x12000"],["npt_next","0x0","pud","0x112000"],["npt_next","0x0","pmd","0x912000"]]'
step2='{"step":2,"op":"walk_s2pt","outcome":"ok","case":"WKN-4","ret":"0x40005fff","writes":[]'
step3='{"step":3,"op":"walk_s2pt","outcome":"undefined","case":"WKN-0","writes":[]'
step4='{"step":4,"op":"assign_pfn_to_vm","outcome":"panic","case":"APV-11","writes":[]'
lines=$step1$'}\n'$step2$'}\n'$step3$'}\n'$step4'}'
exactly=${lines//\[/\\[} # as a pattern
printf '%s' "$good" >truncated.trace
printf '' >empty.trace
printf 's2twin-trace 1\nmap_page_hots addr=0\n' >typo.trace
printf 's2twin-trace 1\nconfig region=0:0x20000000000:none\nmap_page_host addr=0\n' >beyond40.trace

# The command itself.
expect 2 '' 's2twin: a command is missing; `s2twin --help` lists them'
expect 0 's2twin: an executable twin*  eval *Exit status: 0 agreed, *' '' --help
expect 0 's2twin: an executable twin*' '' help
expect 0 's2twin [0-9]*.[0-9]*.[0-9]*' '' --version
expect 2 '' "s2twin: unknown command 'evl'; did you mean 'eval'?" evl
expect 2 '' "s2twin: unknown command 'frobnicate'; \`s2twin --help\` lists the commands" frobnicate
expect 2 '' "s2twin: unknown option '--frobnicate'; \`s2twin --help\` lists the commands" --frobnicate
expect 2 '' "s2twin: unknown command 'evl'; did you mean 'eval'?" help evl
for command in run replay shrink promote explain eval spec board bench; do
	expect 0 "s2twin $command: *Usage: s2twin $command *--help*" '' "$command" --help
	expect 0 "s2twin $command: *" '' help "$command"
	expect 2 '' "s2twin $command: unknown option --frobnicate; see \`s2twin $command --help\`" "$command" --frobnicate
done

# eval: what it prints, and options before and after the operand.
expect 0 "$exactly" '' eval good.trace
expect 0 "$exactly" '' eval --spec low good.trace
expect 0 "$exactly" '' eval good.trace --spec=high
expect 0 "$exactly" '' --json eval good.trace
shown=$step1$',"locks":[],"tstate":1}\n'$step2$',"locks":[],"tstate":1}\n'$step3$',"locks":[],"tstate":1}\n'$step4',"locks":[2],"tstate":0}'
expect 0 "${shown//\[/\\[}" '' eval --show=locks,tstate good.trace
section=$'["S2PAGE","WAIT 10","OPULL","OS2_PAGE","REL"],["NPT0","WAIT 10","OPULL","ONPT","REL"]'
logged=$step1',"logs":['$section$']}\n'$step2$',"logs":[["NPT0","WAIT 10","OPULL","ONPT","REL"]]}\n'$step3$',"logs":[]}\n'$step4',"logs":[["S2PAGE","WAIT 10","OPULL"]]}'
expect 0 "${logged//\[/\\[}" '' eval --show=logs good.trace
piped=$("$s2twin" eval - <good.trace)
[ "$piped" = "$lines" ] || complain "s2twin eval -: $piped"
expect 0 '{"step":1,*' '' eval beyond40.trace

# replay and run with lock events.
expect 0 '*1 traces: 1 agreed*' '' replay --logs good.trace
expect 0 '*1 traces: 1 agreed*' '' replay --logs --spec high good.trace
expect 0 '*1 traces: 1 agreed*' '' replay --logs --level body good.trace
expect 0 '*lock events compared: [1-9]*agreed: 2000 operations*' '*' run --logs --ops 2000 --seed 1

# eval: what it refuses; nothing on standard output then.
expect 2 '' 's2twin eval: TRACE is missing; see `s2twin eval --help`' eval
expect 2 '' "s2twin eval: 'good.trace' is too much; see \`s2twin eval --help\`" eval good.trace good.trace
expect 2 '' "s2twin eval: --spec is low or high, not 'middle'" eval --spec middle good.trace
expect 2 '' 's2twin eval: --spec needs a value; see `s2twin eval --help`' eval good.trace --spec
expect 2 '' 's2twin eval: unknown option --spce=low; did you mean --spec?' eval --spce=low good.trace
expect 2 '' 's2twin eval: unknown option -x; see `s2twin eval --help`' eval -x good.trace
expect 2 '' "s2twin eval: --show knows locks, logs and tstate, not 'lock'" eval --show=lock good.trace
expect 2 '' 'missing.trace:1:1: cannot read this file: No such file or directory' eval missing.trace
expect 2 '' '.:1:1: cannot read this file: Is a directory' eval .
expect 2 '' "empty.trace:1:1: the file is empty; a trace begins with the line 's2twin-trace 1'" eval empty.trace
expect 2 '' 'truncated.trace:5:42: the last line does not end with LF, so the file is truncated: *' eval truncated.trace
expect 2 '' "typo.trace:2:1: unknown operation 'map_page_hots'; did you mean 'map_page_host'[?]" eval typo.trace
expect 2 '' "<stdin>:1:1: the file is empty; a trace begins with the line 's2twin-trace 1'" eval -
expect 2 '' "$s2twin:1:1: control byte 0x7f: a trace is text, not binary" eval "$s2twin"

# A limit that nothing would keep.
for command in run 'replay good.trace' 'shrink good.trace' 'explain good.trace'; do
	# shellcheck disable=SC2086 # words
	expect 2 '' 's2twin * --memory-limit has a meaning only with --isolate' $command --memory-limit 100
	# shellcheck disable=SC2086
	expect 2 '' 's2twin * --hang-limit has a meaning only with --isolate or pipe:' $command --hang-limit 1
done
expect 0 '*1 traces: 1 agreed*' '' replay --hang-limit 9 --isolate good.trace

# A folder: all below it whose name ends in .trace, whatever folders are called, and each once though a link leads back.
mkdir -p below/v1.0/more
cp good.trace below/one.trace
cp good.trace below/v1.0/more/two.trace
cp typo.trace below/three.trace.old
cp typo.trace below/.hidden.trace
ln -s .. below/v1.0/back
expect 0 '*2 traces: 2 agreed*' '' replay below

# Each trace has its line of JSON: one that is refused, and one whose name is not UTF-8.
cp good.trace $'latin\xff.trace'
expect 2 '{"trace":"typo.trace","result":"refused","message":"typo.trace:2:1: unknown operation *"}*{"trace":"latin?.trace","result":"agreed",*}' \
	"typo.trace:2:1: unknown operation *" replay --json typo.trace $'latin\xff.trace'

# An output that cannot be written is no success.
for arguments in 'eval good.trace' spec 'spec --json' board 'board --json' 'board tiny' --help --version 'eval --help'; do
	checks=$((checks + 1))
	# shellcheck disable=SC2086
	"$s2twin" $arguments >/dev/full 2>err
	[ $? -eq 3 ] || complain "s2twin $arguments >/dev/full: the exit status is not 3"
	[ "$(cat err)" = 's2twin: cannot write standard output: No space left on device' ] ||
		complain "s2twin $arguments >/dev/full: $(cat err)"
done

# spec and board.
expect 0 'map_page_host (MemManagerSpec.v, low map_page_host_spec0, high map_page_host_spec)*unmap_spt (MmioSPTOpsSpec.v, unmap_spt_spec)*' '' spec
expect 0 'clear_vm_page (*CVP-0 *CVP-6 *high only*' '' spec clear_vm_page
expect 0 'clear_vm_page (*' '' spec CVP-4
expect 0 '{*"operations": *"name": "walk_spt"*"case": "WST-4"*}' '' spec walk_spt --json
expect 2 '' "s2twin spec: unknown operation 'walk_sp'; did you mean 'walk_spt'[?]" spec walk_sp
expect 2 '' "s2twin spec: unknown operation 'MPH-99'; *" spec MPH-99
for board in default tiny lowlimits zeropage overlap zerogfn; do
	expect 0 "*  $board *" '' board
	expect 0 "s2twin-trace 1*" '' board "$board"
	expect 0 "*\"name\": \"$board\"*" '' board "$board" --json
	# What is printed is a board that can be used.
	{ "$s2twin" board "$board" && echo 'map_page_host addr=0x40000000'; } >on-$board.trace
	expect 0 '{"step":1,*' '' eval on-$board.trace
done
expect 0 '{*"boards": *"name": "default"*"name": "zerogfn"*}' '' board --json
expect 2 '' "s2twin board: no board 'tinny'; did you mean 'tiny'[?]" board tinny
expect 2 '' "s2twin board: no board 'nothing-like-it'; \`s2twin board\` lists them" board nothing-like-it

echo "$checks checks, $failures failures"
[ "$failures" -eq 0 ]
