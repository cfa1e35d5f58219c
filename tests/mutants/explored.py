#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Mutants against `s2twin explore`: how many calls of a universe it takes to show each, which no fewer do.

Each mutant is explored breadth first, so that its first divergence is of the least length over the calls of the
universe. That length is compared with the one that shrinking left of random finds (`shortest` in the header), which are
of any board and any argument. One that is not seen within --depth calls is then looked for in all sequences, of any
length, over the calls of a smaller universe (--whole). Prints a table in Markdown.

Exit status: 0 as expected, 1 a shrunk find is longer than what was found here, or one of NAMES was not found, 2 wrong
usage, 3 a command is missing.
"""
import argparse
import json
import pathlib
import re
import resource
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True # the source tree stays as it is
from score import HERE, header # noqa: E402

HANGS = 60 # seconds of processor time
TAKEN = {"--level": 2, "--spec": 2, "--known": 2} # options of the header that explore has, too; with their values


def options_of(keys):
	words, kept = keys.get("options", "").split(), []
	while words:
		size = TAKEN.get(words[0], 0)
		kept += words[:size]
		words = words[max(size, 1):]
	return kept


def explore(command, universe, options):
	"""The summary; a crash is a divergence after the calls of the trace that it leaves. None: the mutant ended or held up
	the process, which only --isolate of other commands can stand, or what it did is not done again on fresh machines."""
	with tempfile.TemporaryDirectory() as scratch:
		result = subprocess.run([command, "explore", universe, "--json", "--out", scratch, *options],
			stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False,
			preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (HANGS, HANGS)))
		traces = list(pathlib.Path(scratch).glob("crash-*.trace"))
		if traces:
			calls = [line for line in traces[0].read_text().splitlines()[1:] if not line.startswith(("#", "config"))]
			return {"crash": len(calls), "case": calls[-1].split()[0]}
		return json.loads(result.stdout) if result.returncode in (0, 1) and result.stdout else None


def calls_of(summary):
	if "crash" in summary:
		return summary["crash"]
	return int(re.search(r", (\d+) call", summary["divergence"]["origin"]).group(1))


def row(build, name, settings):
	"""Calls (None: not found), and the words for it."""
	keys = header(HERE / f"{name}.patch")
	command = build / f"tests/mutants/s2twin-fault-{name}"
	options = options_of(keys)
	known = keys.get("shortest", "")
	for universe, bound in ((settings.universe, ["--depth", str(settings.depth)]), (settings.whole, [])):
		summary = explore(command, universe, options + bound)
		if summary is None:
			break
		if "crash" in summary or summary["end"] == "DIVERGED":
			calls = calls_of(summary)
			where = "" if universe == settings.universe else f" of `{universe}`"
			what = f"{summary['case']}, crash" if "crash" in summary else summary["divergence"]["difference"]
			return calls, f"| {name} | {calls}{where} | {known} | {what} |"
	why = "ends or holds up the process, or depends on more than its sequence: " if summary is None else ""
	return None, f"| {name} | - | {known} | {why}{keys['text'].rstrip('.')} |"


def main():
	parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
	parser.add_argument("--build", type=pathlib.Path, required=True, help="the folder of the build, with the mutants")
	parser.add_argument("--universe", default="default", help="what is explored (default: default)")
	parser.add_argument("--depth", type=int, default=8, metavar="N", help="up to so many calls (default: 8)")
	parser.add_argument("--whole", default="small", metavar="UNIVERSE", help="explored to its end (default: small)")
	parser.add_argument("names", nargs="*", metavar="NAME", help="only these, which have to be found (default: `fast`)")
	settings = parser.parse_args()
	names = settings.names or (HERE / "fast").read_text().split()
	missing = [name for name in names if not (settings.build / f"tests/mutants/s2twin-fault-{name}").exists()]
	if missing:
		print(f"explored: s2twin-fault-{missing[0]} is not built", file=sys.stderr)
		return 3
	print("| mutant | calls | shrunk | difference, or what is wrong |\n|---|---:|---:|---|")
	found, problems = 0, []
	for name in names:
		keys = header(HERE / f"{name}.patch")
		calls, text = row(settings.build, name, settings)
		print(text, flush=True)
		found += calls is not None
		if calls is None and settings.names:
			problems.append(f"{name}: not found")
		if calls is not None and int(keys.get("shortest", 0)) > calls:
			problems.append(f"{name}: shrinking left {keys['shortest']} operations, and {calls} show it")
	print(f"\n{found} of {len(names)} found")
	for problem in problems:
		print("FAILED:", problem)
	return 1 if problems else 0


if __name__ == "__main__":
	sys.exit(main())
