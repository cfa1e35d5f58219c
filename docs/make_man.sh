#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# make_man.sh COMMAND FILE: writes the manual page s2twin(1), from what COMMAND, an s2twin, says with --help. The build
# calls it, so that page and program never differ.
set -euo pipefail
[ $# -eq 2 ] || { echo "usage: make_man.sh COMMAND FILE" >&2 && exit 2; }
s2twin=$1 page=$2
version=$("$s2twin" --version)
date=$(sed -n 's/^## .*(\(.*\))$/\1/p' "$(dirname -- "$0")/../CHANGELOG.md" | head -n 1)

# roff: a text, so that nothing of it is a request or an escape.
escape() { sed -e 's/\\/\\e/g' -e 's/-/\\-/g' -e 's/`/\\(ga/g' -e 's/\^/\\(ha/g' -e 's/~/\\(ti/g' -e "s/^[.']/\\\\\\&&/"; }

# The help of a command: its purpose, its usage, the options in columns, notes.
command_page() {
	"$s2twin" "$1" --help | escape | awk -v name="$1" '
	NR == 1 { print ".SS " name; sub(/^[^:]*: /, ""); print toupper(substr($0, 1, 1)) substr($0, 2) "."; next }
	/^Usage: / { sub(/^Usage: /, ""); print ".PP"; print ".B " $0; next }
	# An option: two blanks, then the option and what it takes, in 26 columns as --help prints it (an escaped dash is
	# two), then the text.
	!notes && /^  \\-/ {
		line = substr($0, 3)
		match(line, /^(\\-)+[a-z]([a-z0-9]|\\-)*( [^ ]+)?( |$)/)
		option = substr(line, 1, RLENGTH)
		text = substr(line, RLENGTH + 1)
		sub(/ *$/, "", option); sub(/^ */, "", text)
		value = ""
		if (split(option, word, " ") == 2) value = " \\fI" word[2] "\\fR"
		print ".TP"; print "\\fB" word[1] "\\fR" value; print text
		next
	}
	/^$/ { gap = 1; next }
	{
		notes = 1
		indented = /^ /
		if (indented && !literal) { print ".PP"; print ".nf" }
		if (!indented && literal) { print ".fi" }
		if (!indented && (gap || literal)) print ".PP"
		literal = indented; gap = 0
		print
	}
	END { if (literal) print ".fi" }'
}

commands=$("$s2twin" --help | sed -n 's/^  \([a-z]*\) .*/\1/p')
[ -n "$commands" ] || { echo "make_man.sh: $s2twin --help lists no commands" >&2 && exit 3; }
{
	cat <<-END
	.\\" SPDX-License-Identifier: BSD-2-Clause
	.TH S2TWIN 1 "$date" "$version" "User commands"
	.SH NAME
	s2twin \\- executable twin of a verified stage\\-2 memory manager
	.SH SYNOPSIS
	.B s2twin
	.I COMMAND
	.RI [ OPTION ...]
	.RI [ OPERAND ...]
	.PP
	.B s2twin
	.BR \\-\\-help | \\-\\-version
	.SH DESCRIPTION
	A model in C mirrors the Coq specifications of SeKVM's memory layers, one function for each definition. A concrete
	implementation manages the same memory with page tables. s2twin runs both, one operation at a time, and stops at
	the first difference. The implementation is the built\\-in one, or a plug\\-in of the user.
	.PP
	Options may stand before or after operands.
	.B \\-\\-json
	may also stand before the command.
	.SH COMMANDS
	END
	for command in $commands; do command_page "$command"; done
	cat <<-'END'
	.SH EXIT STATUS
	.TP
	0
	Model and implementation agreed.
	.TP
	1
	They diverged; with
	.B \-\-strict
	also: there was a finding.
	.TP
	2
	Wrong usage, or bad input.
	.TP
	3
	An internal error, or a resource that is missing.
	.TP
	130
	Interrupted.
	.SH ENVIRONMENT
	.TP
	.B NO_COLOR
	If set and not empty, nothing is printed in colour.
	.TP
	.B S2TWIN_OUT
	The folder in which a fuzzing target keeps its finds (default: s2twin\-out).
	.TP
	.B S2TWIN_MAP
	The abstraction map by which a fuzzing target compares a plug\-in, instead of the text that the plug\-in brings.
	.SH FILES
	.TP
	.I s2twin\-out/
	Divergences that were found, each once, by signature.
	.TP
	.I corpus/regressions/
	Divergences that are known, and replayed as tests.
	.SH EXAMPLES
	.nf
	s2twin run \-\-seed 1 \-\-ops 10M
	s2twin replay s2twin\-out/
	s2twin spec clear_vm_page
	.fi
	END
} >"$page.new"
mv -- "$page.new" "$page"
