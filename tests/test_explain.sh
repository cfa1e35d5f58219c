#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The report of a divergence. Each tests/explain/NAME.trace is explained by the command with the fault
# tests/mutants/NAME.patch planted, and the text has to be NAME.text, word for word; JSON likewise where there is a
# NAME.json. The page has to be well formed, whole and free of anything from outside; where there is a Chromium, it
# is drawn, light and dark. Then `replay --log`, --stop-at and --gdb.
#
# A report that changed on purpose: look at what is left in the scratch folder, and copy it to tests/explain.
set -u
. tests/expect.bash
: "${S2TWIN:?}" "${S2T_FAULTS:?names the folder of the commands with a planted fault}"
expected=$PWD/tests/explain
cd "${S2T_SCRATCH:?names an empty directory}" || exit 3

same() { # EXPECTED GOT
	diff -u -- "$1" "$2" >difference && return 0
	head -n 40 difference >&2
	return 1
}

faulty() { echo "$S2T_FAULTS/s2twin-fault-$1"; }

# The version is no part of what is compared.
without_version() { sed -E 's/(builtin|"(implementation_)?version": ")( ?)[0-9]+\.[0-9]+\.[0-9]+/\1\3X/' "$@"; }

# The three forms.
for trace in "$expected"/*.trace; do
	name=$(basename "$trace" .trace)
	cp "$trace" "$name.trace"
	"$(faulty "$name")" explain --html "$name.html" "$name.trace" >out 2>err </dev/null
	check "$name: exit status $? instead of 1" [ $? -eq 1 ]
	check "$name: standard error is not empty: $(cat err)" [ ! -s err ]
	without_version out >"$name.text"
	check "$name: the text differs" same "$expected/$name.text" "$name.text"
	check "$name: a line is wider than 100 columns" test -z "$(sed 's/[·→…]/./g' out | grep -E '^.{101}')"
	check "$name: colour in what is no terminal" test -z "$(grep $'\033' out)"
	if [ -e "$expected/$name.json" ]; then
		"$(faulty "$name")" explain --json "$name.trace" >out 2>err </dev/null
		without_version out >"$name.json"
		check "$name: the JSON differs" same "$expected/$name.json" "$name.json"
	fi
done

# The page: nothing of the network, no script, and what comes from outside is text. The name of a file is outside.
odd='<b>&"odd'"'"'.trace'
cp "$expected/impl-clear-no-unmap.trace" "$odd"
"$(faulty impl-clear-no-unmap)" explain --html odd.html "$odd" >out
check 'the name of the file is not quoted for a shell' grep -qF "s2twin replay '<b>&\"odd'\\''.trace'" out
check 'the name of the file is markup in the page' test -z "$(grep -F '<b>&' odd.html)"
check 'the name of the file is not in the page' grep -qF '&lt;b&gt;&amp;&quot;odd' odd.html
# Of a long sequence the page lists the first and the last steps, and says how many others there are.
{
	printf '%s\n' 's2twin-trace 1' 'assign_pfn_to_vm vmid=1 gfn=0x7 pfn=0x40000'
	for ((i = 0; i < 400; i++)); do
		printf '%s\n' 'grant_vm_page vmid=1 pfn=0x40000' 'revoke_vm_page vmid=1 pfn=0x40000'
	done
	printf '%s\n' 'grant_vm_page vmid=1 pfn=0x40000' 'map_page_host addr=0x40000000' 'clear_vm_page vmid=1 pfn=0x40000'
} >long.trace
"$(faulty impl-clear-no-unmap)" explain --html long.html long.trace >out 2>err
steps() { sed -n "s|^<tr[^>]*><td class='n'>\([0-9]*\)</td><td><span class='m'>.*|\1|p" "$1"; }
check "the page of 804 steps lists: $(steps long.html | tr '\n' ' ')" test "$(steps long.html | tr '\n' ' ')" = "$(seq -s ' ' 50) $(seq -s ' ' 555 804) "
check 'the page does not say how many steps it leaves out' grep -qF '… 504 steps like these are left out' long.html
for page in *.html; do
	check "$page: it is not whole" test "$(tail -n 1 "$page")" = '</html>'
	check "$page: something from outside" test -z "$(grep -oE 'https?:|<script|src=|@import|url\(' "$page")"
	check "$page: no style for who prefers dark" grep -q 'prefers-color-scheme:dark' "$page"
done
if command -v python3 >/dev/null; then
	cat >wellformed.py <<-'PYTHON'
		import html.parser, sys

		VOID = {"meta", "br", "link", "img", "hr", "input"}

		class Check(html.parser.HTMLParser):
		    def __init__(self, name):
		        super().__init__()
		        self.name, self.open, self.good, self.seen = name, [], True, set()

		    def complain(self, text):
		        print(f"{self.name}:{self.getpos()[0]}: {text}", file=sys.stderr)
		        self.good = False

		    def handle_starttag(self, tag, attributes):
		        names = [name for name, _ in attributes]
		        if len(names) != len(set(names)):
		            self.complain(f"<{tag}> has an attribute twice")
		        self.seen.add(tag)
		        if tag not in VOID:
		            self.open.append(tag)

		    def handle_startendtag(self, tag, attributes):
		        pass

		    def handle_endtag(self, tag):
		        if not self.open or self.open.pop() != tag:
		            self.complain(f"</{tag}> closes nothing")

		good = True
		for name in sys.argv[1:]:
		    check = Check(name)
		    with open(name, encoding="utf-8") as page:
		        check.feed(page.read())
		    check.close()
		    if check.open or not {"html", "title", "style", "main", "table"} <= check.seen:
		        check.complain(f"open: {check.open}, seen: {sorted(check.seen)}")
		    good = good and check.good
		sys.exit(0 if good else 1)
	PYTHON
	check 'there is no picture of ownership' grep -q "<svg .*aria-label='ownership" impl-clear-no-unmap.html
	check 'there is no picture of bits' grep -q "<svg .*aria-label='the bits" impl-clear-no-unmap.html
	check 'a page is not well formed' python3 wellformed.py ./*.html
	for broken in 's|</table>||' 's|<svg |<svg role="img" |' 's|</main>|</div>|'; do
		sed "$broken" impl-clear-no-unmap.html >broken.page
		check "the check of pages does not notice $broken" test "$(python3 wellformed.py broken.page 2>/dev/null; echo $?)" = 1
	done
else
	echo 'There is no python3 here, so it was not checked that the pages are well formed.'
fi

# draw PAGE PICTURE SCHEME: 0 is dark, 1 light.
draw() {
	local profile
	profile=$(mktemp -d)
	timeout 60 "$chromium" --headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking \
		--disable-component-update --disable-sync --user-data-dir="$profile" --hide-scrollbars --window-size=1180,2400 \
		--blink-settings="preferredColorScheme=$3" --screenshot="$PWD/$2" "file://$PWD/$1" >chromium.log 2>&1
	rm -rf -- "$profile"
	[ -s "$2" ]
}
chromium=$(command -v chromium || command -v chromium-browser || command -v google-chrome)
if [ -n "$chromium" ]; then
	check 'the page cannot be drawn' draw impl-clear-no-unmap.html light.png 1
	check 'the page cannot be drawn dark' draw impl-clear-no-unmap.html dark.png 0
	check 'light and dark are the same' test "$(cmp -s light.png dark.png; echo $?)" = 1
	check 'the picture of the page is empty' test "$(wc -c <light.png)" -gt 50000
else
	echo 'There is no Chromium here, so the page was not drawn.'
fi

# A trace on which both sides agree; usage.
"$S2TWIN" explain impl-clear-no-unmap.trace >out 2>err
check "explain of an agreeing trace: exit status $? instead of 0" [ $? -eq 0 ]
check "explain of an agreeing trace: $(cat out)" grep -q 'both sides agree over all 4 operations' out
"$S2TWIN" explain --json impl-clear-no-unmap.trace >out 2>err
check "explain --json of an agreeing trace: exit status $? instead of 0" [ $? -eq 0 ]
check "explain --json of an agreeing trace: $(cat out)" [ "$(tr -d ' \n' <out)" = \
	'{"origin":"impl-clear-no-unmap.trace","result":"agreed","operations":4}' ]
"$S2TWIN" explain >out 2>err
check "explain without a trace: exit status $? instead of 2" [ $? -eq 2 ]
"$(faulty impl-clear-no-unmap)" explain --html /nonexistent/x impl-clear-no-unmap.trace >out 2>err
check "a page that cannot be written: exit status $? instead of 3" [ $? -eq 3 ]
check "a page that cannot be written: $(cat err)" grep -q "cannot write '/nonexistent/x': No such file" err
"$(faulty impl-clear-no-unmap)" explain --html - impl-clear-no-unmap.trace >page.html 2>err
check 'the page on standard output is another' same impl-clear-no-unmap.html page.html

# Both forms name the implementation in the command that keeps the trace.
printf 's2twin-trace 1\nassign_pfn_to_smmu vmid=1 gfn=0x7 pfn=0x40005\n' >high.trace
"$S2TWIN" explain --iut spec:high --html high.html high.trace >out 2>err
check "explain --iut spec:high: exit status $? instead of 1" [ $? -eq 1 ]
check 'the text does not keep it so' grep -q '^KEEP  *s2twin promote --iut spec:high high.trace$' out
check 'the page does not keep it so' grep -q '^s2twin promote --iut spec:high high.trace$' high.html

# Colour only on a terminal that wants it. script(1) makes one.
if command -v script >/dev/null; then
	on_terminal() { script -qec "$* $(faulty impl-clear-no-unmap) explain impl-clear-no-unmap.trace" /dev/null </dev/null; }
	check 'no colour on a terminal' test -n "$(on_terminal env -u NO_COLOR TERM=xterm | grep $'\033')"
	check 'colour in spite of NO_COLOR' test -z "$(on_terminal env NO_COLOR=1 TERM=xterm | grep $'\033')"
	check 'colour on a dumb terminal' test -z "$(on_terminal env -u NO_COLOR TERM=dumb | grep $'\033')"
fi

# The log: a line for each step, the last one that of the divergence. It is appended to.
"$(faulty impl-clear-no-unmap)" replay --no-shrink --log steps impl-clear-no-unmap.trace >out 2>err
check "replay --log: exit status $? instead of 1" [ $? -eq 1 ]
check 'the log has not a line for each step' test "$(wc -l <steps)" -eq 4
check 'the first line is not that of the first step' grep -q '^{"trace":"impl-clear-no-unmap.trace","step":1,"operation":"assign_pfn_to_vm vmid=1 gfn=0x7 pfn=0x40005","verdict":"agreed","model":{"outcome":"ok","case":"APV-2","wrote":\[{"entry":"s2page\[0x40005\]","before":{"owner":"0x0","count":"0x0","gfn":"0x3b9eca05"},"after":{"owner":"0x1","count":"0x0","gfn":"0x7"}}' steps
check 'the last line is not the divergence' test "$(tail -n 1 steps | grep -c '"step":4,.*"verdict":"DIVERGED"')" -eq 1
check 'the log lacks the words of the implementation' grep -q '"window":"EL2 data","address":"0x[0-9a-f]*","holds":"s2page\[0x40005\]"' steps
"$S2TWIN" replay --log steps impl-clear-no-unmap.trace >out 2>err
check 'the log is not appended to' test "$(wc -l <steps)" -eq 8
"$S2TWIN" replay --log - impl-clear-no-unmap.trace >out 2>err
check 'no log on standard output' test "$(grep -c '^{"trace"' out)" -eq 4
"$S2TWIN" replay --log /nonexistent/x impl-clear-no-unmap.trace >out 2>err
check "a log that cannot be written: exit status $? instead of 3" [ $? -eq 3 ]
"$S2TWIN" replay --level body --log bodies impl-clear-no-unmap.trace >out 2>err
check 'the log of a body' grep -q '"body":{"outcome":"ok","wrote":\[{"entry":"s2page' bodies

# The debugger: the command is printed, because standard input is no terminal; and it stops where it should.
"$S2TWIN" replay --gdb impl-clear-no-unmap.trace >out 2>err </dev/null
check "--gdb without --stop-at: exit status $? instead of 2" [ $? -eq 2 ]
"$S2TWIN" replay --stop-at 5 impl-clear-no-unmap.trace >/dev/null 2>err
check "--stop-at beyond the end: exit status $? instead of 2" [ $? -eq 2 ]
check "--stop-at beyond the end: $(cat err)" grep -q 'no trace has that step; the longest has 4$' err
"$S2TWIN" replay --stop-at 4 --gdb impl-clear-no-unmap.trace >gdb.line 2>err </dev/null
check "--gdb: exit status $? instead of 0" [ $? -eq 0 ]
check "--gdb printed: $(cat gdb.line)" grep -q "^gdb .* -ex 'break \*s2t_stop_here' -ex run .* --args .* replay --stop-at 4 impl-clear-no-unmap.trace$" gdb.line
if command -v gdb >/dev/null; then
	sed "s/^gdb -q /gdb -q -batch /; s/ --args / -ex backtrace --args /" gdb.line >gdb.batch
	ASAN_OPTIONS=detect_leaks=0 timeout 60 bash gdb.batch >out 2>&1 </dev/null
	if grep -q 'Could not trace the inferior\|Operation not permitted\|ptrace' out; then
		echo 'gdb may not trace a process here, so it was not seen where it stops.'
	else
		check "gdb does not stop before step 4: $(tail -n 5 out)" grep -qE '^Breakpoint 1, .*s2t_stop_here ' out
		check "gdb does not stop in the implementation: $(tail -n 5 out)" grep -qE '^#0 .*\bcall \(' out
		check "gdb is not in a step: $(tail -n 5 out)" grep -qE '^#[1-3] .* (s2t_lockstep_step|step_as_asked) \(' out
		# Without debug information the number of the step is not shown; without optimisation it is shown wrong there
		# (S2T_UNOPTIMISED: coverage/report.sh).
		[ -n "${S2T_UNOPTIMISED-}" ] || ! grep -q 's2t_stop_here (enter' out ||
			check 'gdb is at another step' grep -q 's2t_stop_here (.*step=4' out
	fi
else
	echo 'There is no gdb here, so it was not seen where it stops.'
fi

echo "$checks checks, $failures failures"
[ "$failures" -eq 0 ]
