# SPDX-License-Identifier: BSD-2-Clause
#
# Completion of s2twin for bash. What there is to complete, the program itself says: its --help is asked each time.

# The value of an option, after its name and what --help says that it takes.
_s2twin_value() { # program option placeholder current
	case $3 in
	NAME | NAME'|'*) mapfile -t COMPREPLY < <([ "$2" != --iut ] || compgen -W 'builtin spec:low spec:high spec:top spec:bottom' -- "$4"; compgen -f -- "$4") ;;
	*[A-Z]*'|'*) mapfile -t COMPREPLY < <(compgen -f -- "$4") && compopt -o filenames 2>/dev/null ;;
	*'|'*) mapfile -t COMPREPLY < <(compgen -W "${3//|/ }" -- "$4") ;;
	BOARD*) mapfile -t COMPREPLY < <(
		compgen -W "$("$1" board 2>/dev/null | sed -n '/^$/q; s/^  \([a-z][a-z0-9]*\) .*/\1/p')" -- "$4"
		compgen -f -- "$4"
	) ;;
	UNIVERSE) mapfile -t COMPREPLY < <(
		compgen -W "$("$1" explore --list 2>/dev/null | sed '1d; s/ .*//')" -- "$4"
		compgen -f -- "$4"
	) ;;
	DIR) mapfile -t COMPREPLY < <(compgen -d -- "$4") && compopt -o filenames 2>/dev/null ;;
	FILE | OUT) mapfile -t COMPREPLY < <(compgen -f -- "$4") && compopt -o filenames 2>/dev/null ;;
	esac
}

_s2twin() {
	local program=$1 current=$2 previous=$3 command='' word help takes
	COMPREPLY=()
	for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
		if [[ $word != -* ]]; then
			command=$word
			break
		fi
	done
	if [ -z "$command" ]; then
		word=$("$program" --help 2>/dev/null | sed -n 's/^  \([a-z]*\)  *.*/\1/p')
		mapfile -t COMPREPLY < <(compgen -W "$word --help --version --json" -- "$current")
		return
	fi
	help=''
	if [ "$command" != help ]; then help=$("$program" "$command" --help 2>/dev/null) || return; fi

	# --option=value is three words for readline.
	if [ "$current" = = ]; then
		current=''
	elif [ "$previous" = = ]; then
		previous=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	takes=$(sed -n "s/^  $previous \([^ ][^ ]*\) .*/\1/p" <<<"$help")
	if [[ $previous == -* && -n $takes ]]; then
		_s2twin_value "$program" "$previous" "$takes" "$current"
		return
	fi
	if [[ $current == -* ]]; then
		mapfile -t COMPREPLY < <(
			compgen -W "$(sed -n 's/^  \(--*[a-z][a-z0-9-]*\) .*/\1/p' <<<"$help")" -- "$current"
		)
		return
	fi
	case $command in
	spec) word=$("$program" spec 2>/dev/null | sed -n 's/^\([a-z_0-9]*\) (.*/\1/p') ;;
	board) word=$("$program" board 2>/dev/null | sed -n '/^$/q; s/^  \([a-z][a-z0-9]*\) .*/\1/p') ;;
	explore)
		mapfile -t COMPREPLY < <(
			compgen -W "$("$program" explore --list 2>/dev/null | sed '1d; s/ .*//')" -- "$current"
			compgen -f -- "$current"
		)
		return
		;;
	help) word=$("$program" --help 2>/dev/null | sed -n 's/^  \([a-z]*\)  *.*/\1/p') ;;
	*)
		mapfile -t COMPREPLY < <(compgen -f -- "$current")
		compopt -o filenames 2>/dev/null
		return
		;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$word" -- "$current")
}
complete -F _s2twin s2twin
