#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# An implementation in another process: one that cannot start, dies, hangs or answers nonsense is one sentence and an
# outcome, and what was stored is whole. The processes here are shells, which know a board of one region and no more.
set -u
failures=0
fail() {
	echo "FAILED: $*"
	failures=$((failures + 1))
}
cd "$S2T_SCRATCH" || exit 3

# child NAME ON_OPERATION ON_QUESTION: a process that says hello, and does that then.
child() {
	cat >"$1.sh" <<END
while read -r line; do
	case \$line in
	hello*) echo hello 1 $1 1 ;;
	config* | page*) ;;
	start | reset) echo ok ;;
	\?*) $3 ;;
	*) $2 ;;
	esac
done
END
}
# What page 0x40003 of the host, and all else that is asked of it in the start state, is.
answer='set -- $line; case $2 in page) echo = page $3 0 0 0;; token) echo = token $3 0;; npt) echo = npt $3 $4 0 0 0;; esac'
cat >one.trace <<'END'
s2twin-trace 1
config host_gfn=zero
get_level_s2pt vmid=1 addr=0x1000
grant_vm_page vmid=1 pfn=0x40003
END

# refused COMMAND TEXT: exit status 2, and one line with that text.
refused() {
	"$S2TWIN" run --iut "pipe:$1" --ops 10 >out 2>err </dev/null
	local status=$?
	[ $status -eq 2 ] || fail "pipe:$1 exits with $status"
	[ "$(grep -cv '^/bin/sh' err)" -eq 1 ] || fail "pipe:$1 says more than one line: $(cat err)"
	grep -qF -- "$2" err || fail "pipe:$1 does not say '$2': $(cat err)"
}
refused 'exit 3' "cannot be used: the process has ended with status 3"
refused 'kill -SEGV $$' "cannot be used: the process was killed by SIGSEGV"
refused cat "the process answered 'hello 1', not 'hello 1 NAME VERSION'"
refused 'read line; echo hello 1 x' "said hello without a name and a version"
refused 'read line; echo hello 1 x 1 wings' "has a feature that this version does not know: 'wings'"
refused 'read line; echo hello 2 x 1' "the process answered 'hello 2 x 1', not"
refused 'head -c 70000 /dev/zero | tr "\0" a; sleep 9' "said a line of more than 65536 bytes"

# A board that it refuses is a sentence, too.
cat >refuses.sh <<'END'
while read -r line; do
	case $line in hello*) echo hello 1 refuses 1 ;; start) echo refused only one VM fits ;; esac
done
END
"$S2TWIN" replay --iut "pipe:sh refuses.sh" one.trace >out 2>&1
[ $? -ge 2 ] && grep -q "only one VM fits" out || fail "a refused board: $(cat out)"

# agrees: the processes below are right up to the point where they are not.
child good 'echo ok $([ "${line%% *}" = get_level_s2pt ] && echo 0)' "$answer"
"$S2TWIN" replay --iut "pipe:sh good.sh" one.trace >out 2>&1 || fail "a good process does not agree: $(cat out)"

# diverges NAME OUTCOME TEXT [OPTION…]
diverges() {
	local name=$1 outcome=$2 text=$3
	shift 3
	"$S2TWIN" replay --iut "pipe:sh $name.sh" --out "$name.out" "$@" one.trace >out 2>&1
	local status=$?
	[ $status -eq 1 ] || fail "$name: exit status $status: $(cat out)"
	tr -s ' \n' ' ' <out | grep -qF "implementation $outcome ($text" || fail "$name: no '$outcome ($text': $(grep -A2 OUTCOME out)"
	for trace in "$name.out"/*.trace; do
		"$S2TWIN" eval "$trace" >/dev/null || fail "$name: what was kept is no trace: $trace"
	done
}
child dies 'kill -SEGV $$' "$answer"
diverges dies crash "the process was killed by SIGSEGV)"
child ends 'exit 7' "$answer"
diverges ends crash "the process has ended with status 7)"
child babbles 'echo yes, certainly' "$answer"
diverges babbles crash "the process answered 'yes, certainly', not 'ok', 'panic' or 'undefined')"
child hangs 'sleep 60' "$answer"
diverges hangs hang "the process has not answered for 1 seconds)" --hang-limit 1
# What goes wrong in a read is not taken for a difference of states.
child forgets 'echo ok $([ "${line%% *}" = get_level_s2pt ] && echo 0)' 'echo = page 1 2'
diverges forgets crash "the process answered '= page 1 2', not the answer to a question)"
child quits 'echo ok $([ "${line%% *}" = get_level_s2pt ] && echo 0)' 'exit 4'
diverges quits crash "the process has ended with status 4)"
# One that is wrong is a difference.
child wrong 'echo ok $([ "${line%% *}" = get_level_s2pt ] && echo 3)' "$answer"
"$S2TWIN" replay --iut "pipe:sh wrong.sh" one.trace >out 2>&1
[ $? -eq 1 ] && grep -q '^RETURN *model 0x0 *implementation 0x3' out || fail "a wrong value: $(cat out)"

[ $failures -eq 0 ] || exit 1
