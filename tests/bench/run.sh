#!/bin/bash
# run.sh [--quick] [--longest EVENTS] [--rounds N] [--patience SECONDS] [--only PART,…]: measures the released program beside a
# PostgreSQL and a RabbitMQ of the run's own, the stores and the document programs of others. A whole run writes
# docs/BENCHMARKS.md; with --quick or --only the report goes to target/bench/report.md and is printed. Never a test: it
# fails only when something cannot be measured.
set -eu
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
root=$(cd "$here/../.." && pwd -P)
. "$root/tests/servers/packages.sh"
. "$root/tests/servers/node.sh"
. "$root/tests/servers/python.sh"
cd "$root"
mkdir -p target/bench
report=docs/BENCHMARKS.md
only=
previous=
for argument in "$@"; do
    case $argument in --quick | --only) report=target/bench/report.md ;; esac
    [ "$previous" != --only ] || only=$argument
    previous=$argument
done
# One target/ for everything, so that the second build finds what the first one made.
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$root/target}
${CARGO:-cargo} build --release -p svod
(cd "$here" && ${CARGO:-cargo} build --release -p svod-bench)
case ,${only:-documents}, in
    *,documents,*)
        # By itself, so that what typst asks of libraries that both have changes nothing in ours.
        (cd "$here" && ${CARGO:-cargo} build --release -p svod-bench-typst)
        install_packages python3 python3-venv
        SVOD_BENCH_PYTHON=$(prepare_python "$here/requirements.txt" "$root/target/bench/venv")
        prepare_node "$here/node" "$root/target/bench/node"
        SVOD_BENCH_NODE=$(command -v node)
        export SVOD_BENCH_PYTHON SVOD_BENCH_NODE
        ;;
esac
case ,${only:-peers}, in
    *,peers,*)
        "$here/peers/prepare.sh"
        SVOD_BENCH_PEERS_PYTHON=$root/target/bench/peers-venv/bin/python
        SVOD_BENCH_PEERS_NODE=$(command -v node)
        export SVOD_BENCH_PEERS_PYTHON SVOD_BENCH_PEERS_NODE
        ;;
esac
# What a run that was killed has left behind.
rm -rf target/bench/ledger-*
servers=tests/servers/with-servers.sh
# Documents need no server.
[ "$only" != documents ] || servers=
$servers "$CARGO_TARGET_DIR/release/svod-bench" --out "$report" "$@"
[ "$report" = docs/BENCHMARKS.md ] || cat "$report"
echo "bench: the report is in $report" >&2
