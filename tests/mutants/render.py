# SPDX-License-Identifier: BSD-2-Clause
"""The scores of the mutants as tables and as a plot. Called by score.py."""
import datetime
import html
import math
import statistics

CHECKS = ("vectors", "cases", "units", "forms", "invariants", "corpus", "body", "high", "run")
ENGINES = {"run": "s2twin run", "libfuzzer": "libFuzzer", "afl": "AFL++"}
COLOURS = {"run": "#1b6ca8", "libfuzzer": "#c2571a", "afl": "#4d8b31"}
BEGIN = "<!-- Below: written by ./dev mutants --docs -->"


def seconds(value):
	if value is None:
		return "–"
	return f"{1000 * value:.0f} ms" if value < 1 else f"{value:.1f} s"


def number(value):
	return "–" if value is None else f"{value:.0f}"


def is_run(keys):
	"""Whether a random run is to find it."""
	return "equivalent" not in keys and "run" in keys["checks"]


def quantile(values, share):
	"""The value that `share` of all mutants do not exceed; those that were not found exceed all."""
	values = sorted(math.inf if value is None else value for value in values)
	value = values[min(len(values) - 1, math.ceil(share * len(values)) - 1)]
	return None if value == math.inf else value


def most(results, key):
	return max(result[key] for result in results.values())


def summary(mutants, scores):
	lines = []
	for engine, results in scores.items():
		of = {name: result for name, result in results.items() if is_run(mutants[name])}
		found = sum(result["cpu"] is not None for result in of.values())
		others = [name for name in results if "equivalent" not in mutants[name] and not is_run(mutants[name])]
		equivalent = [name for name in results if "equivalent" in mutants[name]]
		if of:
			cpu = [result["cpu"] for result in of.values()]
			missed = sorted(name for name in of if of[name]["cpu"] is None)
			text = f"{ENGINES[engine]}: {found} of {len(of)} mutants found. Runs of at most {most(of, 'limit')} s of " \
				f"processor time, for each mutant: {most(of, 'runs')}. Time to find: half of them within " \
				f"{seconds(quantile(cpu, 0.5))}, nine tenths within {seconds(quantile(cpu, 0.9))}"
			if missed:
				lines.append(f"{text}. Not found: {', '.join(missed)}.")
			else:
				lines.append(f"{text}, all within {seconds(max(cpu))} ({max(of, key=lambda name: of[name]['cpu'])}).")
		if others:
			seen = sum(bool(results[name].get("checks")) for name in others)
			lines.append(f"Mutants of the model that random runs cannot see: {seen} of {len(others)} seen by other checks.")
		if equivalent:
			lines.append(f"Proven equivalent: {len(equivalent)}.")
	return "\n".join(lines)


def by_class(mutants, results):
	rows = []
	for word in sorted({mutants[name]["class"] for name in results}):
		of = [results[name] for name in results if mutants[name]["class"] == word and is_run(mutants[name])]
		count = sum(mutants[name]["class"] == word for name in results)
		cpu = [result["cpu"] for result in of]
		operations = [result["operations"] for result in of if result["operations"] is not None]
		rows.append([word, str(count), f"{sum(value is not None for value in cpu)} of {len(of)}",
			number(statistics.median(operations)) if operations else "–", seconds(quantile(cpu, 0.5)) if of else "–",
			seconds(quantile(cpu, 1)) if of else "–"])
	return ["class", "mutants", "found by a run", "operations, median", "time, median", "time, hardest"], rows


def by_check(mutants, results):
	of = {name: results[name].get("checks", []) for name in results
		if mutants[name]["model"] and "equivalent" not in mutants[name]}
	rows = []
	for check in CHECKS:
		seen = sum(check in checks for checks in of.values())
		alone = [name for name, checks in of.items() if checks == [check]]
		rows.append([check, str(seen), str(len(of) - seen), ", ".join(alone) or "–"])
	return ["check", "sees", "would have missed", "is the only one to see"], rows


def share(result):
	"""How many of the runs found it, if some did and some did not."""
	found, runs = result.get("found", 0), result.get("runs", 0)
	return f" ({found} of {runs})" if 0 < found < runs else ""


def each(mutants, scores, model):
	engines = [engine for engine in ENGINES if engine in scores]
	head = ["mutant", "what is wrong", "class", "operations", "shrunk to", "known shortest"]
	head += [f"time, {ENGINES[engine]}" for engine in engines] + ["seen by" if model else "seen as"]
	rows = []
	for name, keys in mutants.items():
		if keys["model"] != model or not any(name in scores[engine] for engine in engines):
			continue
		of = {engine: scores[engine].get(name, {}) for engine in engines}
		first = of.get("run", {})
		seen = ", ".join(first.get("checks" if model else "kinds", [])) or ", ".join(first.get("checks", []))
		if "equivalent" in keys:
			seen = "equivalent: " + keys["equivalent"]
		times = [seconds(of[engine].get("cpu")) + share(of[engine]) for engine in engines]
		rows.append([name, keys["text"], keys["class"], number(first.get("operations")), number(first.get("length")),
			keys.get("shortest", "–"), *times, seen or "–"])
	return head, rows


def markdown_table(head, rows):
	def line(cells):
		return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
	return "\n".join([line(head), "|" + "---|" * len(head), *map(line, rows)])


def html_table(head, rows):
	def line(cells, tag):
		return "<tr>" + "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in cells) + "</tr>"
	return "<table>" + line(head, "th") + "".join(line(row, "td") for row in rows) + "</table>"


def sections(mutants, scores):
	"""Titles and tables."""
	run = scores.get("run", {})
	if run:
		yield "By class", by_class(mutants, run)
		if any(mutants[name]["model"] for name in run):
			yield "Checks of the model", by_check(mutants, run)
	for title, model in (("Mutants of the implementation", False), ("Mutants of the model", True)):
		head, rows = each(mutants, scores, model)
		if rows:
			yield title, (head, rows)


def plot(mutants, scores):
	"""The share of mutants found within a time: one line for each engine, a dot for each mutant."""
	width, height, left, bottom, low, high = 720, 360, 60, 50, -3, 2
	def x(value):
		return left + (math.log10(min(max(value, 10 ** low), 10 ** high)) - low) / (high - low) * (width - left - 20)
	def y(share):
		return height - bottom - share * (height - bottom - 30)
	parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
		f'font-size="12"><rect width="{width}" height="{height}" fill="#fff"/>']
	for power in range(low, high + 1):
		at = x(10 ** power)
		parts.append(f'<path d="M{at:.1f} {y(0)}V{y(1)}" stroke="#ddd"/>'
			f'<text x="{at:.1f}" y="{height - bottom + 18}" text-anchor="middle">{seconds(10 ** power)}</text>')
	for part in (0, 0.25, 0.5, 0.75, 1):
		parts.append(f'<path d="M{left} {y(part)}H{width - 20}" stroke="#ddd"/>'
			f'<text x="{left - 8}" y="{y(part) + 4}" text-anchor="end">{100 * part:.0f} %</text>')
	parts.append(f'<text x="{width / 2}" y="{height - 10}" text-anchor="middle">processor time until a mutant is '
		'found (median over seeds)</text>')
	for row, (engine, results) in enumerate(scores.items()):
		of = {name: result["cpu"] for name, result in results.items() if is_run(mutants[name])}
		if not of:
			continue
		path, dots = f"M{left} {y(0)}", []
		found = sorted((cpu, name) for name, cpu in of.items() if cpu is not None)
		for done, (cpu, name) in enumerate(found, 1):
			reached = done / len(of)
			path += f"H{x(cpu):.1f}V{y(reached):.1f}"
			dots.append(f'<circle cx="{x(cpu):.1f}" cy="{y(reached):.1f}" r="2">'
				f"<title>{html.escape(name)}: {seconds(cpu)}</title></circle>")
		path += f"H{width - 20}"
		colour = COLOURS[engine]
		parts.append(f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="1.5"/>'
			f'<g fill="{colour}">{"".join(dots)}</g><text x="{left + 10}" y="{18 * row + 45}" fill="{colour}">'
			f"{ENGINES[engine]}: {len(found)} of {len(of)}</text>")
	return "".join(parts) + "</svg>\n"


def ordered(scores):
	return {engine: scores[engine] for engine in ENGINES if engine in scores}


def markdown(mutants, scores, level):
	text = "".join(f"- {line}\n" for line in summary(mutants, scores).split("\n"))
	for title, (head, rows) in sections(mutants, scores):
		text += f"\n{'#' * level} {title}\n\n{markdown_table(head, rows)}\n"
	return text


def write(folder, mutants, scores):
	scores = ordered(scores)
	(folder / "table.md").write_text(markdown(mutants, scores, 2))
	svg = plot(mutants, scores)
	(folder / "plot.svg").write_text(svg)
	page = '<!doctype html><html lang="en"><meta charset="utf-8"><title>s2twin mutants</title><style>' \
		"body{font:14px sans-serif;margin:2em}table{border-collapse:collapse}td,th{border:1px solid #ccc;" \
		"padding:2px 6px;text-align:left;vertical-align:top}svg{max-width:60em}</style><h1>s2twin mutants</h1>"
	page += "<p>" + "<br>".join(map(html.escape, summary(mutants, scores).split("\n"))) + "</p>" + svg
	for title, (head, rows) in sections(mutants, scores):
		page += f"<h2>{title}</h2>{html_table(head, rows)}"
	(folder / "index.html").write_text(page + "</html>\n")


def into_docs(path, mutants, scores):
	"""Puts the tables below the line BEGIN of a page."""
	text = path.read_text()
	text = text[:text.index(BEGIN) + len(BEGIN)]
	today = datetime.date.today().isoformat()
	path.write_text(f"{text}\n\nMeasured on {today}.\n\n{markdown(mutants, ordered(scores), 3)}")
