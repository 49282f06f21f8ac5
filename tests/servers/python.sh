# shellcheck shell=bash
# Sourced. The tests' own Python with foreign clients (requirements.txt), kept between runs in target/venv.

# Prints the interpreter.
prepare_python() {
    local here root venv
    here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
    root=$(cd "$here/../.." && pwd -P)
    venv=$root/target/venv
    mkdir -p "$root/target"
    (
        flock 8
        cmp -s "$here/requirements.txt" "$venv/installed.txt" && exit 0
        rm -rf "$venv"
        { python3 -m venv "$venv" && "$venv/bin/python" -m pip install -q --no-input -r "$here/requirements.txt"; } \
            >&2 </dev/null || { echo "servers: the Python packages of the tests cannot be installed" >&2; exit 1; }
        cp "$here/requirements.txt" "$venv/installed.txt"
    ) 8>"$root/target/venv.lock" || return 1
    echo "$venv/bin/python"
}
