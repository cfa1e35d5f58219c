#compdef s2twin
# SPDX-License-Identifier: BSD-2-Clause
#
# Completion of s2twin for zsh. What there is to complete, the program itself says: its --help is asked each time.
local program=${words[1]} previous=${words[CURRENT - 1]} takes
local -a choices

if ((CURRENT == 2)); then
	choices=(${(f)"$($program --help 2>/dev/null | sed -n 's/^  \([a-z]*\)  *\(.*\)/\1:\2/p')"})
	_describe command choices
	return
fi
takes=$($program ${words[2]} --help 2>/dev/null | sed -n "s/^  $previous \([^ ][^ ]*\) .*/\1/p")
if [[ $previous == -* && $takes == *'|'* && $takes != *[A-Z]* ]]; then
	choices=(${(s:|:)takes})
	_describe value choices
elif [[ $previous == -* && $takes == BOARD* || ${words[2]} == board && ${words[CURRENT]} != -* ]]; then
	choices=(${(f)"$($program board 2>/dev/null | sed -n '/^$/q; s/^  \([a-z][a-z0-9]*\)  *\(.*\)/\1:\2/p')"})
	_describe board choices
	_files
elif [[ $previous == -* && $takes == UNIVERSE || $previous != -* && ${words[2]} == explore && ${words[CURRENT]} != -* ]]; then
	choices=(${(f)"$($program explore --list 2>/dev/null | sed '1d; s/ .*//')"})
	_describe universe choices
	_files
elif [[ $previous == -* && -n $takes ]]; then
	_files
elif [[ ${words[CURRENT]} == -* ]]; then
	choices=(${(f)"$($program ${words[2]} --help 2>/dev/null |
		sed -n 's/:/\\:/g; s/^  \(--*[a-z][a-z0-9-]*\)  *\(.*\)/\1:\2/p')"})
	_describe option choices
elif [[ ${words[2]} == spec ]]; then
	choices=(${(f)"$($program spec 2>/dev/null | sed -n 's/^\([a-z_0-9]*\) (.*/\1/p')"})
	_describe operation choices
else
	_files
fi
