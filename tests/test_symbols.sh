#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# What the objects and the libraries offer and need, read from their symbol tables:
#   - every symbol of the static library that another file could refer to starts with s2t_: users link it beside
#     functions named map_page_host;
#   - none is defined twice, which a link may or may not notice;
#   - the shared library exports what the headers of include/ declare, and nothing else;
#   - the model and the implementation need nothing of each other or of the harness;
#   - the model does no I/O, asks no clock and never ends the process;
#   - there is no data that can be written, but for what signal handlers need.
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

# Declared are words before a parenthesis, and data; s2t_iut_plugin is the user's to define.
declared=$(for header in include/s2twin/*.h; do echo "#include \"$header\""; done |
	"$CC" -std=c11 -Iinclude -I. -E -P -x c - | grep -v '^static inline' |
	grep -oE '(^|[ *])s2t_[A-Za-z0-9_]+\(|^extern .*[ *]s2t_[A-Za-z0-9_]+(\[|;)' | grep -oE 's2t_[A-Za-z0-9_]+.$' | tr -d '([;' |
	grep -vx s2t_iut_plugin | sort -u)
shared=$("$NM" --dynamic --extern-only --defined-only "$S2T_SHARED" | awk 'NF == 3 { print $3 }' | sort)
[ "$(wc -l <<<"$declared")" -gt 30 ] || complain "Few declarations were found in include/" "$declared"
beyond=$(comm -13 <(echo "$declared") <(echo "$shared"))
[ -z "$beyond" ] || complain "The shared library exports what no public header declares" "$beyond"
missing=$(comm -23 <(echo "$declared") <(echo "$shared"))
[ -z "$missing" ] || complain "Public headers declare what the shared library does not export (hidden, or not defined)" "$missing"
soname=$(objdump -p "$S2T_SHARED" | awk '$1 == "SONAME" { print $2 }')
[ "$soname" = libs2twin.so.0 ] || complain "The soname of the shared library is" "$soname"

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
done

# Data that can be written: variables in .data and .bss, and those of threads. Constant tables of pointers are in
# .data.rel.ro, which the loader alone writes. A signal handler gets no argument of ours, so its variables are of the
# process: whether there was an interrupt, the crash guard's, and those of the watch over memory.
writable() { # file: object and name of each variable
	objdump -t "$1" | awk '/:[ \t]+file format/ { object = $1; sub(/:$/, "", object); sub(/.*\//, "", object) }
		$3 == "O" && $4 ~ /^\.(data|bss)/ && $4 !~ /^\.data\.rel\.ro/ ||
		/ \.t(data|bss)\t/ && $NF !~ /^\.t(data|bss)$/ || /\*COM\*/ { print object, $NF }' |
		grep -vE ' (completed\.[0-9]+|__dso_handle|__TMC_END__)$' | sort -u
}
handlers='interrupt\.c\.o interrupted|guard\.c\.o (guard|running)|memwatch\.c\.o (entered|before|installing)'
data=$(writable "$S2T_LIBRARY" | grep -vxE "$handlers")
[ -z "$data" ] || complain "$S2T_LIBRARY has data that can be written" "$data"
known=$(writable "$S2T_LIBRARY" | sed 's/.* //' | sort -u)
# Link-time optimisation appends to names.
data=$(writable "$S2T_SHARED" | sed 's/.* //; s/\.lto_priv\.[0-9]*$//' | sort -u | comm -23 - <(echo "$known"))
[ -z "$data" ] || complain "$S2T_SHARED has data that can be written, and the objects have not" "$data"
for layer in model impl; do
	data=$(while read -r object; do writable "$object"; done <"$S2T_OBJECTS/$layer")
	[ -z "$data" ] || complain "$layer/ has data that can be written" "$data"
done
exit $status
