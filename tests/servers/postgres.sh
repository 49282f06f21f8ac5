# shellcheck shell=bash
# Sourced. A private PostgreSQL in one folder: start_postgres DIR, stop_postgres DIR [fast|immediate|kill].
# Start after stop finds the same data on the same port.
. "$(dirname "${BASH_SOURCE[0]}")/processes.sh"
. "$(dirname "${BASH_SOURCE[0]}")/packages.sh"

# PostgreSQL refuses to run as root.
as_postgres() {
    if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

# Prints the superuser's URL, which also lies in DIR/url.
start_postgres() {
    local dir bin port
    bin=$(postgres_bin) || { echo "servers: PostgreSQL is not installed" >&2; return 1; }
    mkdir -p "$1" && dir=$(cd "$1" && pwd -P) && cd "$dir" || return 1
    [ -e "$dir/data/PG_VERSION" ] || init_postgres "$dir" "$bin" || return 1
    for _ in 1 2 3 4 5; do
        # A killed server leaves its number behind, and where nobody collects dead processes it still looks alive.
        is_ours "$(postgres_pid "$dir")" "$dir" || rm -f "$dir/data/postmaster.pid"
        port=$(cat "$dir/port" 2>/dev/null || free_port)
        if as_postgres "$bin/pg_ctl" start --silent --wait --timeout=60 -D "$dir/data" -l "$dir/log" -o "-p $port" \
            </dev/null >"$dir/out" 2>&1 && "$bin/pg_isready" -q -U postgres -d postgres -h 127.0.0.1 -p "$port" -t 10; then
            echo "$port" > "$dir/port"
            postgres_pid "$dir" > "$dir/pid"
            register_server postgres "$dir" "$(cat "$dir/pid")"
            echo "postgres://postgres@127.0.0.1:$port/postgres" | tee "$dir/url"
            return 0
        fi
        sleep 0.2
    done
    fail_start "PostgreSQL in $dir" "$dir/out" "$dir/log"
    return 1
}

# Lets the user postgres pass through the folders above $1, which a test has usually made for itself alone.
open_the_way() {
    local folder=$1
    [ "$(id -u)" = 0 ] || return 0
    while [ "$folder" != / ] && [ "$folder" != "${HOME:-/root}" ]; do
        chmod o+x "$folder" || return 1
        folder=$(dirname "$folder")
        runuser -u postgres -- test -x "$folder" && return 0
    done
}

# Commits are as durable as in production; only what costs time and proves nothing is left out.
init_postgres() {
    local dir=$1 bin=$2
    open_the_way "$dir"
    if [ "$(id -u)" = 0 ]; then chown postgres "$dir"; fi
    as_postgres test -x "$dir" || { echo "servers: the user postgres cannot enter $dir" >&2; return 1; }
    as_postgres "$bin/initdb" -D "$dir/data" -U postgres --auth=trust --encoding=UTF8 --locale=C.UTF-8 --no-sync \
        </dev/null >"$dir/out" 2>&1 || { fail_start "PostgreSQL in $dir" "$dir/out"; return 1; }
    cat >> "$dir/data/postgresql.conf" <<C
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 300
fsync = on
synchronous_commit = on
checkpoint_timeout = 15min
jit = off
C
}

postgres_pid() {
    head -n 1 "$1/data/postmaster.pid" 2>/dev/null
}

stop_postgres() {
    local dir how=${2:-fast} pid children
    dir=$(cd "$1" 2>/dev/null && pwd -P) || return 0
    pid=$(postgres_pid "$dir")
    is_ours "$pid" "$dir" || return 0
    case $how in
        fast) kill -INT "$pid" ;;
        immediate) kill -QUIT "$pid" ;;
        kill)
            children=$(cat "/proc/$pid/task/$pid/children" 2>/dev/null)
            kill -KILL "$pid"
            # shellcheck disable=SC2086 # a list of words
            [ -z "$children" ] || kill -KILL $children 2>/dev/null
            ;;
        *) echo "servers: fast, immediate or kill, not $how" >&2; return 2 ;;
    esac
    await_end "$pid" "$dir" 20 || { kill -KILL "$pid" 2>/dev/null; await_end "$pid" "$dir" 5; }
}
