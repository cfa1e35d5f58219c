#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The arrows between directories are kept by include paths (cmake/layers.cmake); a path with .. would go around
# them. And each C file begins with its licence.
set -u
status=0
files=$(find include model impl harness tests fuzz coverage -name '*.[ch]' 2>/dev/null)
[ -n "$files" ] || { echo "no C files found"; exit 1; }
while read -r file; do
	if grep -nH '^[[:space:]]*#[[:space:]]*include[[:space:]]*["<]\(.*/\)\?\.\./' "$file"; then
		echo "$file includes a file of another directory by a relative path"
		status=1
	fi
	if [ "$(head -n 1 "$file")" != '/* SPDX-License-Identifier: BSD-2-Clause */' ]; then
		echo "$file does not begin with its SPDX line"
		status=1
	fi
done <<<"$files"
exit $status
