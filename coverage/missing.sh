#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# missing.sh INFO LIST ROOT: every line of model/ and impl/ below ROOT that the tracefile INFO tells was not executed, or a
# branch of which was not taken, must be named in LIST with a reason. Prints the reasons with their lines. Status 1: a
# line is not named, or an entry of LIST names another number of lines.
#
# LIST: a line at the margin is a reason; each indented line below it is an entry, `[N] [never] FILE TEXT`: the N lines, or
# the one, of FILE that begin with TEXT, less what they are indented, and of which a branch is not taken; with `never`, that
# are not executed at all. So one more line of the kind, or one that is no longer run, is told. `#` begins a comment.
set -euo pipefail
[ $# -eq 3 ] || { echo "usage: missing.sh INFO LIST ROOT" >&2 && exit 2; }
awk -v list="$2" -v root="$(readlink -f -- "$3")/" '
	# Reasons and entries.
	function read_list(   line, space) {
		while ((getline line < list) > 0) {
			sub(/^#.*/, "", line)
			if (line == "") continue
			if (line !~ /^[ \t]/) { reason[++reasons] = line; continue }
			sub(/^[ \t]+/, "", line)
			entry_count[entries + 1] = line ~ /^[0-9]/ ? line + 0 : 1
			sub(/^[0-9]+ /, "", line)
			entry_never[entries + 1] = sub(/^never /, "", line)
			space = index(line, " ")
			entry_file[++entries] = substr(line, 1, space - 1)
			entry_text[entries] = substr(line, space + 1)
			entry_reason[entries] = reasons
		}
	}
	# The text of a source line; each file is read once.
	function source(file, number,   line, n) {
		if (!(file in read)) {
			read[file] = 1
			while ((getline line < (root file)) > 0) text[file, ++n] = line
			close(root file)
		}
		line = text[file, number]
		sub(/^[ \t]+/, "", line)
		return line
	}
	function judge(file, number,   line, i) {
		line = source(file, number)
		for (i = 1; i <= entries; i++) {
			if (entry_file[i] == file && entry_never[i] == (number in unrun) && index(line, entry_text[i]) == 1) {
				used[i]++
				named[entry_reason[i]] = named[entry_reason[i]] sprintf("    %s:%d: %s\n", file, number, line)
				return
			}
		}
		printf "NOT NAMED %s:%d: %s: %s\n", file, number, number in unrun ? "not executed" : "a branch not taken", line
		status = 1
	}
	function finish(   number, last) {
		if (current == "") return
		for (number in lines) last = number + 0 > last ? number + 0 : last
		for (number = 1; number <= last; number++) if (number in lines) judge(current, number)
		delete lines; delete unrun
		current = ""
	}
	BEGIN { read_list() }
	/^SF:/ { current = index($0, root) == 4 ? substr($0, 4 + length(root)) : ""; if (current !~ /^(model|impl)\//) current = "" }
	/^DA:/ && current != "" { split(substr($0, 4), a, ","); if (a[2] == 0) { lines[a[1]] = 1; unrun[a[1]] = 1 } }
	/^BRDA:/ && current != "" { split(substr($0, 6), a, ","); if (a[4] == "-" || a[4] == 0) lines[a[1]] = 1 }
	/^end_of_record/ { finish() }
	END {
		for (i = 1; i <= reasons; i++) if (i in named) printf "%s\n%s", reason[i], named[i]
		for (i = 1; i <= entries; i++) {
			if (used[i] + 0 == entry_count[i]) continue
			printf "NOT AS NAMED: %d lines instead of %d: %s%s %s\n", used[i], entry_count[i], entry_never[i] ? "never " : "", entry_file[i], entry_text[i]
			status = 1
		}
		exit status
	}' "$1"
