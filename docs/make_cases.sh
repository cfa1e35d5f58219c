#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Writes docs/cases.md, the catalogue of operations and cases, from the table that the program itself runs by.
#
#   docs/make_cases.sh [COMMAND] >docs/cases.md
#
# COMMAND is the s2twin to ask (default: build/release/s2twin).
set -eu
command=${1:-$(dirname -- "$0")/../build/release/s2twin}

cat <<'END'
# Operations and cases

A *case* is one path through a specification, with exactly one outcome. Its id never changes. Reports, statistics and
coverage speak of cases; `s2twin spec MPH-2` explains one, and `corpus/seeds/cases/` has the shortest trace to each of
the memory layers, `tests/cases/` a row for every one.

| word | meaning |
|---|---|
| ok | the specification says what the step does |
| panic | the specification is halted after the step |
| undefined | the specification says nothing: a `rely` failed. The step is skipped, and with `--undefined=run` an implementation must only survive it; with `--undefined=compare` it must say that it is undefined, which a form of the specification and the built-in one can |
| low | `X_spec0`, a chain of calls of the layer below: what the code was proved against, and the reference |
| high | `X_spec`, one atomic step: `--spec high` |

Each operation has case 0 and case 1. Addresses are in bytes, frames are addresses / 4096. A step whose arguments lie
outside the domain is undefined.

This page is what `docs/make_cases.sh` makes of `s2twin spec`; a test compares them.
END
"$command" spec | awk '
/^$/ { next }
/^[a-z]/ {
	print ""; print "## " $1; print ""
	text = $0; sub(/^[^(]*\(/, "", text); sub(/\)$/, "", text)
	split(text, part, ", ")
	printf "`%s`: ", part[1]
	for (i = 2; part[i] != ""; i++) {
		n = split(part[i], word, " ")
		printf("%s%s", (i > 2 ? ", " : ""), (n == 2 ? word[1] " form `" word[2] "`" : "`" word[1] "`"))
	}
	print "."; print ""
	arguments = 1; cases = 0
	print "| argument | bits | what |"; print "|---|---|---|"
	next
}
arguments && /^  [a-z][a-z0-9_]* +[0-9]+ bits / {
	name = $1; bits = $2; text = $0; sub(/^.* bits +/, "", text)
	printf "| `%s` | %s | %s |\n", name, bits, text
	next
}
/^  returns/ { print ""; print "It returns a value."; next }
/^  domain/ {
	if (arguments) print ""
	arguments = 0
	text = $0; sub(/^  /, "", text); split(text, part, /: +/)
	printf "- %s: %s\n", toupper(substr(part[1], 1, 1)) substr(part[1], 2), part[2]
	next
}
/^  [A-Z]/ {
	if (!cases) { print ""; print "| case | outcome | form | when |"; print "|---|---|---|---|" }
	cases = 1
	form = substr($0, 21, 9); sub(/ +$/, "", form)
	printf "| %s | %s | %s | %s |\n", $1, $2, form == "" ? "both" : form, substr($0, 32)
	next
}
{ print "make_cases.sh: this line is not understood: " $0 >"/dev/stderr"; failed = 1 }
END { exit failed }'
