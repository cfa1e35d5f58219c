#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The score of the mutants: is each noticed, by what, after how much work, and how short is what is left.

`./dev mutants` builds and calls this. Work is counted in operations and in processor time of one core, because the
machine may have other things to do. Exit status: 0 all are noticed as their headers say, 1 not, 2 wrong usage,
3 something is missing.
"""
import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True # the source tree stays as it is
import render # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
JUDGE = ("vectors", "cases", "units", "forms", "invariants")
CHECKS = JUDGE + ("corpus", "body", "high", "run")
ENGINES = ("run", "libfuzzer", "afl")
SHRINK_SECONDS = 20
HYPERCALLS = ["--layer", "hypercall"]
HOPELESS = "2000000" # operations of a run that is expected to find nothing


def header(patch):
	"""What is wrong, and the keys of the header (docs/mutants.md)."""
	lines = patch.read_text().splitlines()
	end = next(i for i, line in enumerate(lines) if line.startswith("--- "))
	keys = dict(line.split(": ", 1) for line in lines[1:end])
	keys["text"] = lines[0]
	keys["file"] = lines[end].split()[1].removeprefix("a/")
	keys["model"] = keys["file"].startswith("model/")
	keys["checks"] = keys.get("caught", "run").split(", ")
	return keys


Outcome = collections.namedtuple("Outcome", "status cpu output")


def run(command, seconds, folder, **environment):
	"""Runs a command for at most so many seconds of processor time. Status: its exit status, None if time was up."""

	def limit():
		resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 1, int(seconds) + 2))
		resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

	with tempfile.TemporaryFile() as out:
		process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, cwd=folder,
			preexec_fn=limit, env={**os.environ, **environment})
		begin = time.monotonic()
		while True:
			pid, status, usage = os.wait4(process.pid, os.WNOHANG)
			if pid:
				break
			if time.monotonic() - begin > 20 * seconds + 20:
				process.kill()
			time.sleep(0.005)
		process.returncode = os.waitstatus_to_exitcode(status)
		out.seek(0)
		output = out.read().decode(errors="replace")
	cpu = usage.ru_utime + usage.ru_stime
	timed_out = process.returncode in (-24, -9) or cpu > seconds
	return Outcome(None if timed_out else process.returncode, cpu, output)


def length(trace):
	"""Operations of a trace; a page of the start state counts as the operation that it saves."""
	return sum(1 for line in trace.read_text().splitlines()
		if line.strip() and not line.startswith(("#", "s2twin-trace", "config")))


def options_of(keys):
	return keys.get("options", "").split()


def shrink_options(keys):
	"""The options without those of `run` alone."""
	options = []
	words = iter(options_of(keys))
	for word in words:
		if word in ("--max-len", "--board", "--layer"):
			next(words)
		else:
			options.append(word)
	return options


def shrunk(command, keys, trace, folder):
	"""The length of what `s2twin shrink` leaves; None if that takes too long."""
	out = folder / "shrunk.trace"
	result = run([command, "shrink", *shrink_options(keys), "-o", out, trace], SHRINK_SECONDS, folder)
	return length(out) if result.status == 1 and out.exists() else None


def run_once(build, name, keys, seed, settings):
	"""One hunt of `s2twin run`. A dictionary, with "cpu" None where nothing was found."""
	command = build / f"tests/mutants/s2twin-fault-{name}"
	with tempfile.TemporaryDirectory() as scratch:
		folder = pathlib.Path(scratch)
		hopeless = "equivalent" in keys or "run" not in keys["checks"]
		result = run([command, "run", "--no-shrink", "--json", "--ops", HOPELESS if hopeless else "1000000000",
			"--seed", str(seed), "--out", folder / "out", *options_of(keys)], settings.limit, folder)
		find = {"seed": seed, "cpu": None}
		if result.status != 1:
			find["status"] = result.status
			return find
		summary = json.loads(result.output[result.output.index("{\n"):result.output.rindex("}\n") + 1])
		find |= {"cpu": result.cpu, "operations": summary["operations"],
			# Without a report: fresh machines do not show it again, for it depends on earlier sequences.
			"difference": summary.get("divergence", {}).get("difference", "kind=unsteady")}
		traces = [path for path in folder.glob("out/*.trace") if not path.name.endswith(".orig.trace")]
		if traces and not settings.fast:
			find["length"] = shrunk(command, keys, traces[0], folder)
		return find


def noticed_by(build, name, keys, settings):
	"""Which checks beside random runs see a mutant: of the implementation, the corpus is asked, of the model all are."""
	command, judge = (build / f"tests/mutants/{what}-{name}" for what in ("s2twin-fault", "s2twin-judge"))
	asked = keys["checks"] if settings.fast else CHECKS if keys["model"] else ["corpus"]
	options = [] if keys["model"] else shrink_options(keys)
	level = {"body": ["--level", "body"], "high": ["--spec", "high"]}
	seen = []
	with tempfile.TemporaryDirectory() as scratch:
		for check in asked:
			if check == "run":
				continue # has been counted
			if check in JUDGE:
				call = [judge, check]
			elif check == "corpus":
				call = [command, "replay", "--no-shrink", *options, "corpus/seeds", "corpus/hyper"]
			else:
				call = [command, "run", "--no-shrink", "--ops", "1000000", "--seed", "1", "--out", f"{scratch}/out",
					*level[check]]
			# Tables and corpus are found from the root of the tree.
			if run(call, settings.limit, HERE.parent.parent).status == 1:
				seen.append(check)
	return seen


def fuzz_once(build, name, keys, seed, settings):
	"""One hunt of a fuzzing engine, from an empty corpus. Without a length: its finds are shrunk like those of run."""
	empty = b"\2\0\0\0" if options_of(keys) == HYPERCALLS else b"\1\0\0\0"
	afl = settings.engine == "afl"
	with tempfile.TemporaryDirectory() as scratch:
		folder = pathlib.Path(scratch)
		(folder / "nothing").mkdir()
		(folder / "nothing/a").write_bytes(empty)
		if afl:
			call = ["afl-fuzz", "-s", str(seed), "-V", str(4 * settings.limit), "-G", "4096", "-i", "nothing", "-o", "afl", "--",
				build / f"fuzz/afl_lockstep-{name}"]
			environment = dict.fromkeys(("AFL_SKIP_CPUFREQ", "AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES", "AFL_NO_UI",
				"AFL_BENCH_UNTIL_CRASH", "AFL_TRY_AFFINITY", "AFL_CUSTOM_MUTATOR_ONLY",
				"AFL_DISABLE_TRIM", "AFL_FAST_CAL"), "1") # as ./dev fuzz --afl sets them
			environment["AFL_CUSTOM_MUTATOR_LIBRARY"] = str(build / "fuzz/libs2twin-mutator.so")
		else:
			call = [build / f"fuzz/fuzz_lockstep-{name}", "-max_len=4096", "-len_control=0", "-entropic=0", "-use_counters=0",
				"-reduce_inputs=0", f"-seed={seed}", # as fuzz/campaign.sh
				f"-max_total_time={4 * settings.limit}", "nothing"]
			environment = {}
		result = run(call, settings.limit, folder, S2TWIN_OUT=str(folder / "out"), **environment)
		traces = [path for path in folder.glob("out/*.trace") if not path.name.endswith(".orig.trace")]
		crashed = list(folder.glob("afl/default/crashes/id*")) if afl else list(folder.glob("crash-*"))
		found = bool(traces or crashed or (afl and "results in a crash" in result.output))
		# The target of AFL++ is a process of its own: beyond the limit it is killed, and that would look like a find.
		found = found and result.cpu <= settings.limit
		find = {"seed": seed, "cpu": result.cpu if found else None}
		operations = re.findall(r"^s2twin fuzz: (\d+) operations", result.output, re.M)
		if found and operations:
			find["operations"] = int(operations[-1])
		if traces:
			find["length"] = length(traces[0])
		return find


def median(finds, key):
	values = [find[key] for find in finds if find.get(key) is not None]
	return statistics.median(values) if values else None


def measure(build, name, keys, settings):
	"""The result of one mutant with one engine."""
	seeds = range(1, 2 if settings.fast else settings.seeds + 1)
	expected = "equivalent" not in keys
	if settings.engine != "run":
		finds = [fuzz_once(build, name, keys, seed, settings) for seed in seeds]
	elif expected and "run" not in keys["checks"] and settings.fast:
		finds = []
	else:
		# One run is enough where none is expected to find anything.
		if "run" not in keys["checks"] or not expected:
			seeds = [1]
		finds = [run_once(build, name, keys, seed, settings) for seed in seeds]
	found = [find for find in finds if find["cpu"] is not None]
	result = {
		"runs": len(finds),
		"limit": settings.limit,
		"found": len(found),
		"cpu": median(found, "cpu") if 2 * len(found) > len(finds) else None,
		"worst": max((find["cpu"] for find in found), default=None),
		"operations": median(found, "operations"),
		"length": median(found, "length"),
		"shortest": min((find["length"] for find in found if find.get("length")), default=None),
		"kinds": sorted(set(re.findall(r"\bkind=(\S+)", " ".join(find.get("difference") or "" for find in found)))),
		"finds": finds,
	}
	if settings.engine == "run":
		result["checks"] = noticed_by(build, name, keys, settings) + (["run"] if found else [])
	return result


def complaints(name, keys, result, settings):
	"""What is not as the header says, in sentences."""
	if "equivalent" in keys:
		if result["found"] or result.get("checks"):
			yield f"{name}: said to be equivalent, and was noticed"
		return
	missed = result["runs"] - result["found"]
	if "run" in keys["checks"] and missed:
		yield f"{name}: not found within {settings.limit} s by {missed} of {result['runs']} runs"
	for check in keys["checks"] if settings.engine == "run" else []:
		if check != "run" and check not in result["checks"]:
			yield f"{name}: {check} does not notice it"


def remark(name, keys, result):
	"""A sentence for the one who keeps the headers; or nothing."""
	known, shortest = keys.get("shortest"), result["shortest"]
	if known and shortest and shortest < int(known):
		return f"{name}: {shortest} operations show it, and its header says {known}"
	return None


def arguments():
	parser = argparse.ArgumentParser(prog="./dev mutants", description="""Runs every mutant of tests/mutants over
		several seeds: is it found, after how many operations and how much processor time, how short is the shrunk
		sequence, which check saw it. Writes scores.json, table.md, index.html and plot.svg to build/mutants.""")
	parser.add_argument("--fast", action="store_true",
		help="one seed, no shrinking, and of the checks of the model only those that the headers name")
	parser.add_argument("--engine", choices=ENGINES, default="run",
		help="what looks for them: s2twin run (default), libFuzzer or AFL++")
	parser.add_argument("--seeds", type=int, default=5, metavar="N", help="runs for each (default: 5)")
	parser.add_argument("--limit", type=int, default=60, metavar="S",
		help="seconds of processor time for each run (default: 60)")
	parser.add_argument("--jobs", type=int, default=os.cpu_count(), metavar="N",
		help="so many at a time (default: one for each core)")
	parser.add_argument("--docs", action="store_true", help="put the table into docs/mutants.md, too")
	parser.add_argument("--build", type=pathlib.Path, help=argparse.SUPPRESS)
	parser.add_argument("--out", type=pathlib.Path, help=argparse.SUPPRESS)
	parser.add_argument("names", nargs="*", metavar="NAME", help="only these")
	return parser.parse_args()


def main():
	settings = arguments()
	mutants = {patch.stem: header(patch) for patch in sorted(HERE.glob("*.patch"))}
	unknown = [name for name in settings.names if name not in mutants]
	if unknown:
		print(f"mutants: there is no tests/mutants/{unknown[0]}.patch", file=sys.stderr)
		return 2
	names = settings.names or list(mutants)
	if settings.engine != "run": # those have targets for the whole stack, all layers, and otherwise what run does by default
		names = [name for name in names if options_of(mutants[name]) in ([], HYPERCALLS) and render.is_run(mutants[name])]
	if not names:
		print("mutants: the fuzzing engines find none of these; leave out --engine", file=sys.stderr)
		return 2
	probe = settings.build / ("tests/mutants/s2twin-fault-{}" if settings.engine == "run" else
		"fuzz/afl_lockstep-{}" if settings.engine == "afl" else "fuzz/fuzz_lockstep-{}").format(names[0])
	if not probe.exists():
		print(f"mutants: {probe} is missing; './dev mutants' builds it", file=sys.stderr)
		return 3

	results, problems, remarks = {}, [], []
	progress = sys.stderr.isatty()
	with concurrent.futures.ThreadPoolExecutor(settings.jobs) as pool:
		futures = {pool.submit(measure, settings.build, name, mutants[name], settings): name for name in names}
		for future in concurrent.futures.as_completed(futures):
			name = futures[future]
			results[name] = future.result()
			problems += complaints(name, mutants[name], results[name], settings)
			remarks.append(remark(name, mutants[name], results[name]))
			if progress:
				print(f"\r{len(results)} of {len(names)} mutants", end="", file=sys.stderr, flush=True)
	if progress:
		print(file=sys.stderr)

	settings.out.mkdir(parents=True, exist_ok=True)
	scores = settings.out / "scores.json"
	kept = json.loads(scores.read_text()) if scores.exists() else {}
	kept.setdefault(settings.engine, {}).update(results)
	kept = {engine: {name: result for name, result in of.items() if name in mutants} for engine, of in kept.items()}
	scores.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n")
	render.write(settings.out, mutants, kept)
	if settings.docs:
		render.into_docs(HERE.parent.parent / "docs/mutants.md", mutants, kept)

	print(render.summary(mutants, {settings.engine: results}))
	for text in sorted(filter(None, remarks)):
		print("Shorter than known:", text)
	# An engine that is given a minute and an empty corpus need not find what random runs find.
	gate = settings.engine == "run"
	for problem in sorted(problems):
		print("FAILED:" if gate else "Not found:", problem)
	print(f"{settings.out}/index.html")
	return 1 if gate and problems else 0


if __name__ == "__main__":
	sys.exit(main())
