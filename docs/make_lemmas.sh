#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Writes docs/lemmas.md, the table of what a run at body level made of each lemma.
#
#   docs/make_lemmas.sh [COMMAND [OPERATIONS]] >docs/lemmas.md
#
# COMMAND is the s2twin to run (default: build/release/s2twin), OPERATIONS how many in all (default: 10M).
set -eu
command=${1:-$(dirname -- "$0")/../build/release/s2twin}
operations=${2:-10M}

cat <<END
# The lemmas, run

For each of the ten operations of MemManager the code proofs have a lemma \`X_body_correct\`: the body of X, run over the
specified primitives of the layers below, does what the low specification \`X_spec0\` says, wherever that is defined. Its
proof fixes the *layer interface* of X, the primitives that the body may call, and the C signature of each. s2twin makes
the lemma a program. The bodies of \`impl/bodies.c\` are compiled a second time, with the model's primitives in the place
of the concrete ones, and step one model while the low specification steps another:

\`\`\`sh
s2twin run --level body                  # random operations, every board
s2twin replay --level body corpus/       # recorded ones
\`\`\`

After each step both models must agree on the outcome, the returned value, every entry written (whether it changed or
not) and its value, the locks held, halt and tstate; at the end of a sequence on the whole state. Calls that are
undefined run, too: the body must be undefined exactly where the specification is. A primitive outside the layer
interface is a divergence of kind \`primitive\`, an argument that does not fit its C type in the signature one of kind
\`argument\`; both lists are in \`harness/lemmas.[ch]\`, read off the proofs.

The interface is an upper bound. \`assign_pfn_to_smmu\` may look up the frame number of the page and let the VM fill it,
and its low specification does look it up, without use; the body needs neither. Case 1 of each operation is the call
after a halt, which only \`--after-panic\` makes.

This page is what \`docs/make_lemmas.sh >docs/lemmas.md\` makes of
\`s2twin run --level body --after-panic --seed 1 --ops $operations\`; a test compares its first three columns with the
present sources.

END
"$command" run --level body --after-panic --seed 1 --ops "$operations" | sed -n '/^| lemma /,/^[^|]/{/^|/p}'
