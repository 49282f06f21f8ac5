# shellcheck shell=bash
# Sourced. Pythons with foreign packages for the tests, kept between runs in target/.

# Prints the interpreter: prepare_python [REQUIREMENTS VENV [PIP-OPTION...]]. Without arguments that of the servers'
# tests: requirements.txt beside this file, in target/venv.
prepare_python() {
    local here root requirements venv
    here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
    root=$(cd "$here/../.." && pwd -P)
    requirements=${1:-$here/requirements.txt}
    venv=${2:-$root/target/venv}
    shift $(($# < 2 ? $# : 2))
    mkdir -p "$(dirname "$venv")"
    (
        flock 8
        cmp -s "$requirements" "$venv/installed.txt" && exit 0
        rm -rf "$venv"
        { python3 -m venv "$venv" && "$venv/bin/python" -m pip install -q --no-input "$@" -r "$requirements"; } \
            >&2 </dev/null || { echo "servers: the Python packages of the tests cannot be installed" >&2; exit 1; }
        cp "$requirements" "$venv/installed.txt"
    ) 8>"$venv.lock" || return 1
    echo "$venv/bin/python"
}
