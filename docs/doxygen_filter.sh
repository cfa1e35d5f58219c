#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# doxygen_filter.sh HEADER: the header with its comments as Doxygen wants them. Ours are plain. One stands behind what it
# is about, in the same line, or above; then it is about all declarations up to the next empty line or comment, which
# become a group (DISTRIBUTE_GROUP_DOC). The first one, after the licence, is about the file. What a comment quotes,
# such as {0, 0, 0} or <name>, is meant as it stands.
exec awk '
function plain(text) {
	gsub(/[\\@#%]/, "\\\\&", text)
	gsub(/</, "\\&lt;", text)
	gsub(/>/, "\\&gt;", text)
	return text
}
# Doxygen has the comment of a group in front of its first member, inside the braces.
function open_group() { if (comment != "") print "/** @{ */"; grouped = comment != "" }
function close_group() { if (grouped) print "/** @} */"; grouped = 0 }
function end_comment() { printf "%s", comment; comment = "" }

NR == 1 { print; next } # the licence
!inside && /^[ \t]*\/\*/ {
	close_group()
	end_comment()
	start = index($0, "/*")
	comment = substr($0, 1, start - 1) "/**" (told++ ? "" : " \\file\n") plain(substr($0, start + 2)) "\n"
	inside = !/\*\//
	next
}
inside && comment != "" { comment = comment plain($0) "\n"; inside = !/\*\//; next }
inside { print plain($0); inside = !/\*\//; next }
/^$/ || /^}/ || /^#/ && !/\/\*/ { close_group(); end_comment(); print; next }
comment != "" {
	# What has a body is no group.
	if (!/\{$/ && told > 1) open_group()
	end_comment()
}
/\/\*/ && !/\\$/ {
	start = index($0, "/*")
	print substr($0, 1, start - 1) "/**<" plain(substr($0, start + 2))
	inside = !/\*\//
	next
}
{ print }' "$1"
