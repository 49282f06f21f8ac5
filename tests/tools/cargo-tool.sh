#!/bin/bash
# cargo-tool.sh TOOL ARGUMENT...: runs `cargo TOOL` (deny, nextest). A tool the machine does not have is put into
# target/tools, of the exact version and bytes that requirements.txt names.
set -eu
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
root=$(cd "$here/../.." && pwd -P)
. "$here/../servers/packages.sh"
tool=$1

if ! command -v "cargo-$tool" >/dev/null; then
    tools=$root/target/tools
    mkdir -p "$root/target"
    (
        flock 8
        cmp -s "$here/requirements.txt" "$tools/installed.txt" && exit 0
        echo "tools: fetching the programs of tests/tools/requirements.txt" >&2
        install_packages python3 python3-venv
        rm -rf "$tools"
        python3 -m venv "$tools"
        "$tools/bin/python" -m pip install -q --no-input --no-deps --require-hashes -r "$here/requirements.txt" </dev/null
        cp "$here/requirements.txt" "$tools/installed.txt"
    ) 8>"$root/target/tools.lock" >&2
    PATH=$tools/bin:$PATH
fi
exec cargo "$@"
