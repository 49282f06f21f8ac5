#!/bin/bash
# run.sh [--quick] [--rounds N] [--patience SECONDS] [--only PART,…] [--million]: measures the released program beside a
# PostgreSQL and a RabbitMQ of the run's own. A whole run writes docs/BENCHMARKS.md; with --quick or --only the report
# goes to target/bench/report.md and is printed. Never a test: it fails only when something cannot be measured.
set -eu
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
root=$(cd "$here/../.." && pwd -P)
cd "$root"
mkdir -p target/bench
report=docs/BENCHMARKS.md
for argument in "$@"; do
    case $argument in --quick | --only) report=target/bench/report.md ;; esac
done
# One target/ for everything, so that the second build finds what the first one made.
export CARGO_TARGET_DIR=$root/target
${CARGO:-cargo} build --release -p svod
(cd "$here" && ${CARGO:-cargo} build --release)
# What a run that was killed has left behind.
rm -rf target/bench/ledger-*
tests/servers/with-servers.sh target/release/svod-bench --out "$report" "$@"
[ "$report" = docs/BENCHMARKS.md ] || cat "$report"
echo "bench: the report is in $report" >&2
