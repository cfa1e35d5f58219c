#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# What the objects of the library offer and need, read from their symbol tables:
#   - every exported symbol starts with s2t_: users link the library beside functions named map_page_host;
#   - none is defined twice, which a link may or may not notice;
#   - the model and the implementation need nothing of each other or of the harness;
#   - the model does no I/O, asks no clock and never ends the process;
#   - the model and the implementation have no data that can be written.
set -u
status=0
complain() {
	echo "$1:"
	sed 's/^/    /' <<<"$2"
	status=1
}
objects() { tr '\n' '\0' <"$S2T_OBJECTS/$1" | xargs -0 "$NM" "${@:2}"; }

exported=$("$NM" --extern-only --defined-only "$S2T_LIBRARY" | awk 'NF == 3 { print $3 }' | sort)
[ -n "$exported" ] || complain "No symbols found in" "$S2T_LIBRARY"
foreign=$(grep -v '^s2t_' <<<"$exported")
[ -z "$foreign" ] || complain "Exported without the prefix s2t_" "$foreign"
twice=$(uniq -d <<<"$exported")
[ -z "$twice" ] || complain "Defined by two objects" "$twice"

for layer in model impl; do
	own=$(objects $layer --extern-only --defined-only | awk 'NF == 3 { print $3 }' | sort -u)
	needs=$(objects $layer --undefined-only | awk 'NF == 2 { print $2 }' | sort -u)
	beyond=$(comm -13 <(echo "$own") <(grep '^s2t_' <<<"$needs"))
	[ -z "$beyond" ] || complain "$layer/ needs symbols of another layer" "$beyond"

	if [ $layer = model ]; then
		ban='^_?_?(f?printf|s?n?printf|puts|putchar|f?write|f?open|close|f?read|stdout|stderr|errno_location'
		ban+='|time|clock|clock_gettime|gettimeofday|rand|random|getenv|exit|_exit|abort|assert_fail)(_chk)?$'
		banned=$(grep -E "$ban" <<<"$needs")
		[ -z "$banned" ] || complain "model/ does I/O, asks a clock or ends the process" "$banned"
	fi

	# Constant tables of pointers are in .data.rel.ro: written by the loader only.
	data=$(tr '\n' '\0' <"$S2T_OBJECTS/$layer" | xargs -0 objdump -t |
		awk '$3 == "O" && $4 ~ /^\.(data|bss)/ && $4 !~ /^\.data\.rel\.ro/ ||
			$3 ~ /^\.t(data|bss)/ || /\*COM\*/ { print $NF }')
	[ -z "$data" ] || complain "$layer/ has data that can be written" "$data"
done
exit $status
