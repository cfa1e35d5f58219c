#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Whether each patch that is given says where it belongs: the old text of each of its hunks stands just once in the file.

`patch` takes the nearest place that fits, so a hunk that fits two places plants another fault without a word when lines
above it come or go. Exit status: 0 each has one place, 1 not.
"""
import pathlib
import sys


def hunks(patch):
	"""The file and the old text of each hunk."""
	file = old = None
	for line in patch.read_text().splitlines():
		if line.startswith("--- a/"):
			if old:
				yield file, old
			file, old = line.split()[1].removeprefix("a/"), None
		elif line.startswith("@@"):
			if old:
				yield file, old
			old = []
		elif old is not None and line[:1] in (" ", "-"):
			old.append(line[1:] + "\n")
	yield file, old


status = 0
for patch in map(pathlib.Path, sys.argv[1:]):
	for file, old in hunks(patch):
		places = ("\n" + pathlib.Path(file).read_text()).count("\n" + "".join(old))
		if places != 1:
			print(f"{patch}: a hunk for {file} fits {places} places; give it more lines around")
			status = 1
sys.exit(status)
