#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# What is written about the command and the headers: the manual page has every command and option and formats without
# warnings; completion offers what there is; Doxygen has no warnings, and each public function, struct and enumeration
# has a comment; docs/cases.md and the change log are current. What a missing tool leaves out is told.
set -u
: "${S2TWIN_PLAIN:?}" "${S2T_BUILD:?}"
scratch=$S2T_SCRATCH
failures=0
fail() {
	echo "FAILED: $*"
	failures=$((failures + 1))
}
without() { echo "$1 is not installed, so $2"; }
said() { # what, file: the file is empty
	[ ! -s "$2" ] || fail "$1: $(head -n 5 "$2")"
}
commands=$("$S2TWIN_PLAIN" --help | sed -n 's/^  \([a-z]*\) .*/\1/p')
[ "$(wc -w <<<"$commands")" -ge 10 ] || fail "--help lists the commands $commands"
options() { "$S2TWIN_PLAIN" "$1" --help | grep -oE '^  --?[a-z][a-z0-9-]*'; }

# The manual page. Rendered by what is there, it must have each option in the section of its command.
page=$scratch/s2twin.1
docs/make_man.sh "$S2TWIN_PLAIN" "$page" || fail "make_man.sh fails"
cmp "$page" "$S2T_BUILD/s2twin.1" || fail "the manual page of the build is not that of its command"
section() { awk -v name="$1" '/^\.S[HS] / { on = $0 == ".SS " name } on' "$page"; }
for command in $commands; do
	[ -n "$(section "$command")" ] || fail "the manual page has no $command"
	for option in $(options "$command"); do
		section "$command" | grep -qxE "\\\\fB${option//-/\\\\-}\\\\fR( \\\\fI[^ ]+\\\\fR)?" || fail "the manual page has no $option of $command"
	done
done
if command -v mandoc >/dev/null; then
	mandoc -T lint -W warning "$page" | grep -v ' STYLE: ' >"$scratch/said"
	said "mandoc warns of the manual page" "$scratch/said"
else
	without mandoc "the manual page was not checked with it"
fi
if command -v groff >/dev/null; then
	groff -man -Tutf8 -ww -z "$page" >"$scratch/said" 2>&1
	said "groff warns of the manual page" "$scratch/said"
else
	without groff "the manual page was not formatted"
fi
if command -v man >/dev/null; then
	man --warnings -l "$page" 2>"$scratch/said" >"$scratch/text" || fail "man cannot show the page"
	said "man warns of the manual page" "$scratch/said"
	grep -q -- '--seed N' "$scratch/text" || fail "man shows no --seed"
fi

# Completion, by the function that bash itself would call.
mkdir -p "$scratch/bin"
ln -s "$S2TWIN_PLAIN" "$scratch/bin/s2twin"
complete_bash() { # words…; the last is the one at the cursor: what bash would offer, sorted, in one line
	PATH=$scratch/bin:$PATH bash --norc -c '
		source docs/s2twin.bash
		complete -p s2twin | grep -q " -F _s2twin " || exit 1
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		_s2twin "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
		printf "%s\n" "${COMPREPLY[@]}" | sort -u | tr "\n" " "' bash "$@"
}
offers() { # "expected…" words…
	local want=$1 got
	shift
	got=$(complete_bash "$@")
	[ "${got% }" = "$want" ] || fail "completion of '$*' offers '${got% }', not '$want'"
}
offers "$(tr ' ' '\n' <<<"$commands --help --json --version" | grep . | sort -u | tr '\n' ' ' | sed 's/ $//')" s2twin ''
offers 'low' s2twin run --spec l
offers 'high low' s2twin run --spec ''
offers 'high low' s2twin run --spec =
offers 'high' s2twin run --spec = h
offers '--jobs --json --junit' s2twin run --j
offers '-o' s2twin shrink -o
offers 'tiny' s2twin run --board ti
offers 'tiny' s2twin board t
offers 'map_page_host map_pfn_vm' s2twin spec map_p
offers 'replay run' s2twin help r
offers 'small' s2twin explore sm
offers 'contexts' s2twin bench --explore con
offers 'docs/cases.md' s2twin replay docs/cas
offers 'builtin' s2twin run --iut built
offers 'docs' s2twin run --out doc
for command in $commands; do
	got=$(complete_bash s2twin "$command" --)
	for option in $(options "$command" | grep -- -- | grep -v '^-[a-z]$'); do
		[[ " $got" == *" $option "* ]] || fail "completion of $command does not offer $option"
	done
done
if command -v zsh >/dev/null; then
	complete_zsh() { # word at the cursor is the last; its functions that ask the user are told to print
		PATH=$scratch/bin:$PATH zsh -f -c '
			_describe() { print -l -- ${(P)2} }
			_files() { print -- FILES }
			words=("$@") CURRENT=$#
			completion() { source docs/s2twin.zsh }
			completion' zsh "$@" | sed 's/:.*//' | sort | tr '\n' ' '
	}
	[[ $(complete_zsh s2twin '') == *'replay run '* ]] || fail "zsh is offered '$(complete_zsh s2twin '')' as commands"
	[ "$(complete_zsh s2twin run --spec '')" = 'high low ' ] || fail "zsh is offered '$(complete_zsh s2twin run --spec '')' for --spec"
	[[ $(complete_zsh s2twin run -) == *'--json --junit '* ]] || fail "zsh is offered '$(complete_zsh s2twin run -)' as options"
	[[ $(complete_zsh s2twin board '') == *'tiny '* ]] || fail "zsh is offered '$(complete_zsh s2twin board '')' as boards"
	[[ $(complete_zsh s2twin explore '') == *'tiny '* ]] || fail "zsh is offered '$(complete_zsh s2twin explore '')' as universes"
	[[ $(complete_zsh s2twin spec '') == *'map_pfn_vm '* ]] || fail "zsh is offered '$(complete_zsh s2twin spec '')' as operations"
	[ "$(complete_zsh s2twin replay '')" = 'FILES ' ] || fail "zsh is offered '$(complete_zsh s2twin replay '')' to replay"
else
	without zsh "its completion was not tried"
fi

# The reference. Members of structs may speak for themselves.
if command -v doxygen >/dev/null; then
	export S2T_DOCS=$scratch/reference
	mkdir "$S2T_DOCS"
	doxygen docs/Doxyfile >"$scratch/said" 2>&1 || fail "doxygen fails"
	said "Doxygen warns" "$scratch/said"
	[ -s "$S2T_DOCS/html/structs2t__iut__ops.html" ] || fail "Doxygen writes nothing of the plug-in interface"
	{ cat docs/Doxyfile && echo EXTRACT_ALL=NO && echo GENERATE_HTML=NO && echo GENERATE_XML=YES; } | doxygen - 2>&1 |
		grep -vE ' \(variable\) of struct | Member S2T_(OP_ENUM|CASE_)[A-Z_]*\(' >"$scratch/said"
	said "without a comment" "$scratch/said"
else
	without doxygen "the reference was not made"
fi

# Generated and written pages.
docs/make_cases.sh "$S2TWIN_PLAIN" >"$scratch/cases.md" || fail "make_cases.sh fails"
cmp "$scratch/cases.md" docs/cases.md || fail "docs/cases.md is out of date: docs/make_cases.sh >docs/cases.md"
for trace in corpus/seeds/cases/*.trace; do
	id=${trace##*/}
	grep -q "^| ${id%.trace} |" docs/cases.md || fail "docs/cases.md has no ${id%.trace}"
done
while read -r name; do
	grep -qE "^\|.*$name.* \|" docs/divergence.md || fail "docs/divergence.md does not say what '$name' means"
done < <(sed -n 's/^\t*\[S2T_WRONG_[A-Z_]*\] = "\(.*\)",/\1/p' harness/explain_cause.c)
version=$("$S2TWIN_PLAIN" --version)
grep -m 1 '^## ' CHANGELOG.md | grep -qE "^## ${version#s2twin } \([0-9]{4}-[0-9]{2}-[0-9]{2}\)$" ||
	fail "CHANGELOG.md does not begin with ${version#s2twin } and a date"

# Links from page to page lead somewhere.
for file in README.md CHANGELOG.md docs/*.md; do
	while read -r link; do
		[ -e "$(dirname -- "$file")/${link%%#*}" ] || fail "$file refers to $link, which is not there"
	done < <(grep -oE '\]\([^):]+\)' "$file" | tr -d '()]')
done

echo "$failures failures"
[ "$failures" -eq 0 ]
