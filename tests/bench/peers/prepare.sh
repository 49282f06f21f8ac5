#!/bin/bash
# prepare.sh: builds svod-bench-peers and installs the peers of other languages, from npm into target/bench/npm, from PyPI
# into target/bench/peers-venv. What is there already is left as it is.
set -eu
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
root=$(cd "$here/../../.." && pwd -P)
. "$root/tests/servers/packages.sh"
. "$root/tests/servers/python.sh"
made=$root/target/bench

# Exact versions with their digests stand in package-lock.json. Message DB is a few files of SQL, which node only installs.
prepare_node() {
    install_packages nodejs npm || return 1
    (
        flock 8
        cmp -s "$here/package-lock.json" "$made/npm/installed.json" && exit 0
        rm -rf "$made/npm"
        mkdir -p "$made/npm" && cp "$here"/package*.json "$made/npm" && cd "$made/npm" &&
            npm ci --ignore-scripts --no-audit --no-fund --silent >&2 </dev/null ||
            { echo "bench: the npm packages of the peers cannot be installed" >&2; exit 1; }
        cp package-lock.json installed.json
    ) 8>"$made/npm.lock"
}

mkdir -p "$made"
install_packages python3 python3-venv
prepare_node
prepare_python "$here/requirements.txt" "$made/peers-venv" >/dev/null
(cd "$here" && CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$root/target} ${CARGO:-cargo} build -q --release --locked)
