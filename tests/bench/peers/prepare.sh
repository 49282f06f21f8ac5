#!/bin/bash
# prepare.sh: builds svod-bench-peers and installs the peers of other languages, from npm into target/bench/npm, from PyPI
# into target/bench/peers-venv. What is there already is left as it is.
set -eu
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
root=$(cd "$here/../../.." && pwd -P)
. "$root/tests/servers/packages.sh"
. "$root/tests/servers/node.sh"
. "$root/tests/servers/python.sh"
made=$root/target/bench

mkdir -p "$made"
install_packages python3 python3-venv
# Message DB is a few files of SQL, which node only installs.
prepare_node "$here" "$made/npm"
prepare_python "$here/requirements.txt" "$made/peers-venv" >/dev/null
(cd "$here" && CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$root/target} ${CARGO:-cargo} build -q --release --locked)
